"""A round of attempts is used up (C6-57): what may a supervisor decide? A new round, with a new number where one is
wanted, or the end (C9-20, C9-21). And what of a customer who rang back about something that is over?
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.people import Callback, CallbackState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.rounds import RoundsGroup
from callcenter.domain.queue.returns import OVER
from callcenter.domain.refusal import Strength
from callcenter.domain.times.instant import utc
from callcenter.domain.visits.closing import CallbackChange

FURTHEST = timedelta(days=366)
"""How far ahead a new round may be put off."""


class CloseReason(StrEnum):
    """Why a callback is given up (C9-20 wants a reason)."""

    UNREACHABLE_FOR_GOOD = "unreachable_for_good"
    WRONG_NUMBER = "wrong_number"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    HANDLED_ELSEWHERE = "handled_elsewhere"
    OTHER = "other"


class DecisionKind(StrEnum):
    GIVEN_BACK = "given_back"
    CLOSED = "closed"
    NUMBER_FOUND = "number_found"
    REOPENED = "reopened"
    RETURN_SETTLED = "return_settled"


class Undecidable(StrEnum):
    """Why a decision cannot be taken. BEYOND_ROUNDS, NUMBER_AWAITED: unless it is said to be meant so."""

    NOT_EXHAUSTED = "not_exhausted"
    NOT_CLOSED = "not_closed"
    REASON_LACKING = "reason_lacking"
    TIME_PAST = "time_past"
    TIME_TOO_FAR = "time_too_far"
    ROUNDS_USED_UP = "rounds_used_up"
    BEYOND_ROUNDS = "beyond_rounds"
    NUMBER_AWAITED = "number_awaited"
    NUMBER_KNOWN = "number_known"
    NOT_RUNG = "not_rung"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor decided. at: UTC. who: the account's id; login: as it was then. reason: of a closed callback
    a CloseReason, of one that was given back or needs no call the supervisor's words, empty where a close was undone.
    round: the one that was used up, and exhausted_reason why. not_before: UTC, of the new round.
    """

    callback_id: str
    at: datetime
    who: str
    login: str
    kind: DecisionKind
    reason: str
    note: str
    round: int
    exhausted_reason: str = ""
    not_before: datetime | None = None


def new_round(
    callback: Callback,
    reason: str,
    now: datetime,
    not_before: datetime | None,
    rounds: RoundsGroup | None = None,
    *,
    all_the_same: bool = False,
) -> CallbackChange | Undecidable:
    """Back into the queue with a new round (C9-21), its dials counted anew; also the way back from a closed one.
    not_before: None for at once. rounds: the policy's; None where it is not known, and then asked nothing.
    all_the_same: although the policy's rounds are used up, or a new number is waited for; a hard rule stays one, but
    for a customer who rang back: the rounds limit how often he is dialled unasked. He is called also about what is
    done.
    """
    if callback.state not in {CallbackState.EXHAUSTED, CallbackState.CLOSED} and not waits_for_answer(callback):
        return Undecidable.NOT_EXHAUSTED
    if not reason.strip():
        return Undecidable.REASON_LACKING
    if not_before is not None:
        if utc(not_before) <= utc(now):
            return Undecidable.TIME_PAST
        if utc(not_before) > utc(now) + FURTHEST:
            return Undecidable.TIME_TOO_FAR
    awaited = callback.number_wanted_until
    if awaited is not None and awaited > utc(now) and not all_the_same:
        return Undecidable.NUMBER_AWAITED
    if (beyond := _beyond(callback, rounds, all_the_same=all_the_same)) is not None:
        return beyond
    return CallbackChange(CallbackState.WAITING, not_before=not_before, round=callback.round + 1)


def waits_for_answer(callback: Callback) -> bool:
    """Did he ring back, nobody talked with him, and his callback is over, so that nothing follows by itself?"""
    return callback.rang_back_at is not None and callback.state in OVER


def needs_no_call(callback: Callback, reason: str) -> CallbackChange | Undecidable:
    """The customer who rang back is not called: his callback stays as it is."""
    if not waits_for_answer(callback):
        return Undecidable.NOT_RUNG
    if not reason.strip():
        return Undecidable.REASON_LACKING
    return CallbackChange(
        callback.state,
        exhausted_reason=callback.exhausted_reason,
        number_wanted_until=callback.number_wanted_until,
        return_settled=True,
    )


def new_number(
    callback: Callback,
    known: Collection[PhoneNumber],
    number: PhoneNumber,
    rounds: RoundsGroup | None = None,
    *,
    all_the_same: bool = False,
) -> CallbackChange | Undecidable:
    """A new number was found: the next round begins with it at once (C9-21). known: the customer's numbers."""
    if callback.state is not CallbackState.EXHAUSTED:
        return Undecidable.NOT_EXHAUSTED
    if number in known:
        return Undecidable.NUMBER_KNOWN
    if (beyond := _beyond(callback, rounds, all_the_same=all_the_same)) is not None:
        return beyond
    return CallbackChange(CallbackState.WAITING, round=callback.round + 1)


def after_deadline(callback: Callback, now: datetime) -> CallbackChange | None:
    """No new number came in time: who merely did not answer is dialled in the next round at the numbers known; of who
    has no number that is his, a supervisor decides. None for one that does not wait, or still may.
    """
    until = callback.number_wanted_until
    if callback.state is not CallbackState.EXHAUSTED or until is None or until > utc(now):
        return None
    if callback.exhausted_reason == ExhaustedReason.DIALS_USED_UP:
        return CallbackChange(CallbackState.WAITING, round=callback.round + 1)
    return CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.NO_NEW_NUMBER)


def _beyond(callback: Callback, rounds: RoundsGroup | None, *, all_the_same: bool) -> Undecidable | None:
    if rounds is None or not rounds.is_last(callback.round) or rounds.strength is Strength.ADVISORY:
        return None
    if rounds.strength is Strength.HARD and not waits_for_answer(callback):
        return Undecidable.ROUNDS_USED_UP
    return None if all_the_same else Undecidable.BEYOND_ROUNDS


def given_up(callback: Callback, reason: CloseReason, note: str) -> CallbackChange | Undecidable:
    """Nothing more is dialled. What used the round up stays told; OTHER says nothing without a note (C9-20)."""
    if callback.state is not CallbackState.EXHAUSTED:
        return Undecidable.NOT_EXHAUSTED
    if reason is CloseReason.OTHER and not note.strip():
        return Undecidable.REASON_LACKING
    return CallbackChange(CallbackState.CLOSED, exhausted_reason=callback.exhausted_reason)


def as_before(callback: Callback) -> CallbackChange | Undecidable:
    """The close is undone: it waits for a decision again, in the same round, used up for the same reason."""
    if callback.state is not CallbackState.CLOSED:
        return Undecidable.NOT_CLOSED
    return CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=callback.exhausted_reason)


def closing_of(callback: Callback, decisions: Sequence[Decision]) -> Decision | None:
    """Which decision closed it; None for one that is not closed. decisions: the callback's, the oldest first."""
    if callback.state is not CallbackState.CLOSED:
        return None
    return next((each for each in reversed(decisions) if each.kind is DecisionKind.CLOSED), None)
