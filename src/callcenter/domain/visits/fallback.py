"""A call that was made on another phone (C6-21): may it be logged, and may its recording be handed in?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.access import Account, Permission
from callcenter.domain.outcomes import Outcome
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.visits.records import RecordingRecord

LONGEST_SECONDS = 4 * 3600
"""Of a call, and of what is handed in; the product's own limit."""

LATEST = timedelta(days=31)
"""So long after it a call may be logged; the product's own limit."""

OUTSIDE_OUTCOMES = (
    Outcome.ANSWERED,
    Outcome.NO_ANSWER,
    Outcome.BUSY,
    Outcome.REJECTED,
    Outcome.UNREACHABLE,
    Outcome.INVALID_NUMBER,
)
"""What a person can tell of a call that no switch of ours has seen."""


class OutsideMistake(StrEnum):
    """Why such a call is not logged."""

    FUTURE = "future"
    ORDER = "order"
    LONG = "long"
    OLD = "old"
    PHONE = "phone"
    OUTCOME = "outcome"


class AttachMistake(StrEnum):
    """Why a recording is not taken. OWN: the dial has its own recording, which nothing replaces. TAKEN: another file
    was handed in before. LIVE: the call goes on, or its own recording is still being kept. NOT_DIALLED: there was no
    call. BEFORE: it would have been made before the call.
    """

    OWN = "own"
    TAKEN = "taken"
    LIVE = "live"
    NOT_DIALLED = "not_dialled"
    BEFORE = "before"


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """began_at, ended_at: UTC. phone: which one, as people say it: `duty mobile 139…`."""

    number: PhoneNumber
    began_at: datetime
    ended_at: datetime
    phone: str
    outcome: Outcome


def mistakes_in_call(made: OutsideCall, now: datetime) -> tuple[OutsideMistake, ...]:
    """Nothing where it may be logged."""
    wrong = {
        OutsideMistake.FUTURE: made.ended_at > now,
        OutsideMistake.ORDER: made.ended_at < made.began_at,
        OutsideMistake.LONG: made.ended_at - made.began_at > timedelta(seconds=LONGEST_SECONDS),
        OutsideMistake.OLD: now - made.began_at > LATEST,
        OutsideMistake.PHONE: not made.phone.strip(),
        OutsideMistake.OUTCOME: made.outcome not in OUTSIDE_OUTCOMES,
    }
    return tuple(mistake for mistake, there in wrong.items() if there)


def why_not_attached(record: RecordingRecord, digest: str) -> AttachMistake | None:
    """None where the file may be handed in, or was before. digest: SHA-256 of its bytes."""
    if record.fallback is not None:
        return None if record.fallback.sha256 == digest else AttachMistake.TAKEN
    if record.kept is not None:
        return AttachMistake.OWN
    if record.state is not RecordingState.MISSING:
        return AttachMistake.LIVE
    return AttachMistake.NOT_DIALLED if record.reason is MissingReason.NOT_DIALLED else None


def may_attach(account: Account, agent_id: str) -> bool:
    """Agents hand in what belongs to their own calls, supervisors to all."""
    own = account.may(Permission.USE_DESK) and account.agent_id == agent_id
    return own or account.may(Permission.CHANGE_QUEUE)
