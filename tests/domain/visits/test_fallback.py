"""Calls on another phone: which may be logged, and to which dials a recording may be handed in."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.access import Account, Role
from callcenter.domain.outcomes import Outcome
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.recording import AudioFormat, Fallback, KeptRecording, Levels, MissingReason, RecordingState
from callcenter.domain.visits.fallback import (
    LATEST,
    OUTSIDE_OUTCOMES,
    AttachMistake,
    OutsideCall,
    OutsideMistake,
    may_attach,
    mistakes_in_call,
    why_not_attached,
)
from callcenter.domain.visits.records import RecordingRecord

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALL = OutsideCall(PhoneNumber("+8613800000001"), NOW - HOUR, NOW - HOUR / 2, "duty mobile", Outcome.ANSWERED)


@pytest.mark.parametrize(
    ("made", "mistakes"),
    [
        (CALL, ()),
        (replace(CALL, ended_at=NOW), ()),
        (replace(CALL, ended_at=CALL.began_at, outcome=Outcome.NO_ANSWER), ()),
        (replace(CALL, ended_at=NOW + timedelta(seconds=1)), (OutsideMistake.FUTURE,)),
        (replace(CALL, ended_at=CALL.began_at - timedelta(seconds=1)), (OutsideMistake.ORDER,)),
        (replace(CALL, began_at=NOW - 5 * HOUR), (OutsideMistake.LONG,)),
        (
            replace(CALL, began_at=NOW - LATEST - HOUR, ended_at=NOW - LATEST - HOUR),
            (OutsideMistake.OLD,),
        ),
        (replace(CALL, phone="  "), (OutsideMistake.PHONE,)),
        (replace(CALL, outcome=Outcome.UNKNOWN), (OutsideMistake.OUTCOME,)),
        (replace(CALL, outcome=Outcome.NOT_DIALLED, phone=""), (OutsideMistake.PHONE, OutsideMistake.OUTCOME)),
    ],
)
def test_what_cannot_be_true_is_not_logged(made: OutsideCall, mistakes: tuple[OutsideMistake, ...]) -> None:
    assert mistakes_in_call(made, NOW) == mistakes


def test_every_outcome_that_may_be_told_counts_as_a_dial() -> None:
    assert all(outcome.charged for outcome in OUTSIDE_OUTCOMES)


S = RecordingState
LEVELS = Levels(-3, -20, 0.1)
KEPT = KeptRecording("2026/a.flac", AudioFormat.FLAC, "ab", 1, 1000, 8000, NOW, LEVELS, LEVELS, 1, False, 0)
MARK = Fallback("duty mobile", "a.mp3", "11" * 32, NOW, "li")


def missing(reason: MissingReason) -> RecordingRecord:
    return RecordingRecord("attempt", S.MISSING, reason, None, None)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (missing(MissingReason.OTHER_PHONE), None),
        (missing(MissingReason.NEVER_STARTED), None),
        (missing(MissingReason.RAW_FILE_ABSENT), None),
        (missing(MissingReason.NOT_DIALLED), AttachMistake.NOT_DIALLED),
        (RecordingRecord("attempt", S.STARTED, None, None, None), AttachMistake.LIVE),
        (RecordingRecord("attempt", S.STOPPED, None, None, None), AttachMistake.LIVE),
        (RecordingRecord("attempt", S.VERIFIED, None, KEPT, NOW), AttachMistake.OWN),
        (RecordingRecord("attempt", S.MISSING, MissingReason.ARCHIVE_FILE_CHANGED, KEPT, NOW), AttachMistake.OWN),
        (RecordingRecord("attempt", S.VERIFIED, None, KEPT, NOW, fallback=MARK), None),
        (
            RecordingRecord("attempt", S.VERIFIED, None, KEPT, NOW, fallback=replace(MARK, sha256="22" * 32)),
            AttachMistake.TAKEN,
        ),
    ],
)
def test_no_file_replaces_another(record: RecordingRecord, why: AttachMistake | None) -> None:
    assert why_not_attached(record, MARK.sha256) is why


def account(*roles: Role, agent_id: str | None = None) -> Account:
    return Account("id", "login", "name", frozenset(roles), agent_id, "", NOW)


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (account(Role.AGENT, agent_id="agent-1"), True),
        (account(Role.AGENT, agent_id="agent-2"), False),
        (account(Role.SUPERVISOR), True),
        (account(Role.COMPLIANCE), False),
        (account(Role.RECORDS_HEAD), False),
        (account(Role.ADMIN), False),
    ],
)
def test_who_hands_in(who: Account, may: bool) -> None:
    assert may_attach(who, "agent-1") is may
