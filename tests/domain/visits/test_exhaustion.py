"""What a supervisor may decide of a callback, by its state."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from callcenter.domain.people import Callback, CallbackState, VisitType
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.rounds import RoundsGroup
from callcenter.domain.refusal import Strength
from callcenter.domain.times.days import days_from, span_of_day
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.exhaustion import (
    FURTHEST,
    CloseReason,
    Decision,
    DecisionKind,
    Undecidable,
    as_before,
    closing_of,
    given_up,
    needs_no_call,
    new_number,
    new_round,
)

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
USED_UP = Callback(
    "cb",
    "plan",
    "customer",
    "",
    VisitType.SPECIAL,
    CallbackState.EXHAUSTED,
    NOW,
    5,
    2,
    NOW,
    exhausted_reason="dials_used_up",
)


@pytest.mark.parametrize("state", CallbackState)
def test_only_what_is_used_up_or_closed_is_given_back(state: CallbackState) -> None:
    decided = new_round(replace(USED_UP, state=state), "again", NOW, None)
    if state in {CallbackState.EXHAUSTED, CallbackState.CLOSED}:
        assert decided == CallbackChange(CallbackState.WAITING, round=3)
    else:
        assert decided is Undecidable.NOT_EXHAUSTED


OVER = {CallbackState.EXHAUSTED, CallbackState.CLOSED, CallbackState.DONE}


@pytest.mark.parametrize("state", CallbackState)
def test_who_rang_back_in_vain_is_called_also_about_what_is_done(state: CallbackState) -> None:
    rang = replace(USED_UP, state=state, rang_back_at=NOW)
    used_up = RoundsGroup(dials_per_round=3, phone_rounds=2, strength=Strength.HARD)
    assert new_round(USED_UP, "again", NOW, None, used_up, all_the_same=True) is Undecidable.ROUNDS_USED_UP
    if state not in OVER:
        assert new_round(rang, "he rang", NOW, None) is Undecidable.NOT_EXHAUSTED
        return
    assert new_round(rang, "he rang", NOW, None) == CallbackChange(CallbackState.WAITING, round=3)
    assert new_round(rang, "he rang", NOW, None, used_up) is Undecidable.BEYOND_ROUNDS
    beyond = new_round(rang, "he rang", NOW, None, used_up, all_the_same=True)
    assert beyond == CallbackChange(CallbackState.WAITING, round=3)


@pytest.mark.parametrize("state", CallbackState)
def test_who_rang_back_may_need_no_call_and_his_callback_stays_as_it_is(state: CallbackState) -> None:
    rang = replace(USED_UP, state=state, rang_back_at=NOW)
    assert needs_no_call(replace(rang, rang_back_at=None), "all said") is Undecidable.NOT_RUNG
    if state not in OVER:
        assert needs_no_call(rang, "all said") is Undecidable.NOT_RUNG
        return
    assert needs_no_call(rang, "  ") is Undecidable.REASON_LACKING
    assert needs_no_call(rang, "all said") == CallbackChange(
        state, exhausted_reason="dials_used_up", return_settled=True
    )


@pytest.mark.parametrize("state", CallbackState)
def test_only_what_is_used_up_is_closed(state: CallbackState) -> None:
    decided = given_up(replace(USED_UP, state=state), CloseReason.DUPLICATE, "")
    if state is CallbackState.EXHAUSTED:
        assert decided == CallbackChange(CallbackState.CLOSED, exhausted_reason="dials_used_up")
    else:
        assert decided is Undecidable.NOT_EXHAUSTED


@pytest.mark.parametrize("state", CallbackState)
def test_an_undone_close_leaves_the_round_as_it_was(state: CallbackState) -> None:
    decided = as_before(replace(USED_UP, state=state))
    if state is CallbackState.CLOSED:
        assert decided == CallbackChange(CallbackState.EXHAUSTED, exhausted_reason="dials_used_up")
    else:
        assert decided is Undecidable.NOT_CLOSED


def test_the_last_close_tells_why_it_is_closed() -> None:
    def decided(kind: DecisionKind, reason: str) -> Decision:
        return Decision("cb", NOW, "account", "supervisor", kind, reason, "", 2)

    first, undone = decided(DecisionKind.CLOSED, "duplicate"), decided(DecisionKind.REOPENED, "")
    last = decided(DecisionKind.CLOSED, "refused")
    closed = replace(USED_UP, state=CallbackState.CLOSED)
    assert closing_of(closed, [first, undone, last]) == last
    assert closing_of(closed, []) is None
    assert closing_of(USED_UP, [first, undone]) is None


@pytest.mark.parametrize(
    ("ahead", "expected"),
    [
        (timedelta(0), Undecidable.TIME_PAST),
        (-timedelta(seconds=1), Undecidable.TIME_PAST),
        (FURTHEST + timedelta(seconds=1), Undecidable.TIME_TOO_FAR),
    ],
)
def test_a_new_round_is_put_off_within_bounds(ahead: timedelta, expected: Undecidable) -> None:
    assert new_round(USED_UP, "again", NOW, NOW + ahead) is expected


def test_a_new_round_may_be_put_off() -> None:
    later = NOW + FURTHEST
    assert new_round(USED_UP, "again", NOW, later) == CallbackChange(CallbackState.WAITING, not_before=later, round=3)


def test_a_decision_needs_words() -> None:
    assert new_round(USED_UP, " \n", NOW, None) is Undecidable.REASON_LACKING
    for reason in CloseReason:
        decided = given_up(USED_UP, reason, " ")
        assert (decided is Undecidable.REASON_LACKING) is (reason is CloseReason.OTHER)
    assert isinstance(given_up(USED_UP, CloseReason.OTHER, "moved abroad"), CallbackChange)


def test_a_round_beyond_the_last_must_be_said_to_be_meant() -> None:
    last = RoundsGroup(phone_rounds=2, strength=Strength.OVERRIDE)
    assert new_round(USED_UP, "again", NOW, None, last) is Undecidable.BEYOND_ROUNDS
    assert new_number(USED_UP, (), PhoneNumber("+8613800000001"), last) is Undecidable.BEYOND_ROUNDS


@pytest.mark.parametrize(
    ("zone", "day", "hours", "begins"),
    [
        ("Asia/Shanghai", date(2026, 11, 23), 24, datetime(2026, 11, 22, 16, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 3, 29), 23, datetime(2026, 3, 28, 23, tzinfo=UTC)),
        ("Europe/Berlin", date(2026, 10, 25), 25, datetime(2026, 10, 24, 22, tzinfo=UTC)),
        ("nowhere", date(2026, 1, 1), 24, datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(zone: str, day: date, hours: int, begins: datetime) -> None:
    assert span_of_day(day, zone) == (begins, begins + timedelta(hours=hours))


def test_days_follow_one_another() -> None:
    assert days_from(date(2026, 2, 28), date(2026, 3, 1)) == [date(2026, 2, 28), date(2026, 3, 1)]
    assert days_from(date(2026, 3, 1), date(2026, 2, 28)) == []
