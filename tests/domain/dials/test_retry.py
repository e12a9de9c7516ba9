from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.changed_times import UsedTimes
from callcenter.domain.dials.retry import (
    AgainReason,
    Appointment,
    AwaitLog,
    Exhausted,
    ExhaustedReason,
    Finished,
    TryAgain,
    after_log,
    decide,
    dials_that_count,
    earliest_by_gap,
)
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.retry import ChangeTime
from callcenter.domain.refusal import Rule
from callcenter.domain.times.windows import Opening, opening_at
from domain.values import MONDAY_10_15, attempt, case, policy

SHANGHAI = "Asia/Shanghai"
TONGJIANG = policy('windows = "window.tongjiang"\nattempts = "attempts.tongjiang"')
MORNING, AFTERNOON = "2026-11-23/10:00-11:00", "2026-11-23/14:00-16:00"
TUESDAY = "2026-11-24/10:00-11:00"
VAIN = [outcome for outcome in Outcome if outcome.charged and outcome is not Outcome.ANSWERED]
RETRIED = [outcome for outcome in VAIN if outcome is not Outcome.INVALID_NUMBER]
FREE = [Outcome.CANCELLED, Outcome.NOT_DIALLED]


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def after_dial(last: Attempt) -> datetime:
    return last.started_at + timedelta(seconds=31)


def with_retry(rules: str) -> Policy:
    return policy(f'windows = "window.tongjiang"\nattempts = "attempts.tongjiang"\n[retry]\n{rules}')


def test_a_first_dial_waits_for_the_next_opening() -> None:
    assert decide(TONGJIANG, case(), [], at(23, 9)) == TryAgain(at(23, 10), frozenset(), AgainReason.FIRST_DIAL)
    assert decide(TONGJIANG, case(), [], at(23, 10, 5)) == TryAgain(at(23, 10, 5), frozenset(), AgainReason.FIRST_DIAL)


@pytest.mark.parametrize("outcome", RETRIED)
def test_a_dial_in_vain_is_repeated_at_a_changed_time(outcome: Outcome) -> None:
    first = attempt(1, outcome, MORNING)
    assert decide(TONGJIANG, case(), [first], after_dial(first)) == TryAgain(
        at(23, 14), frozenset({MORNING}), AgainReason.NOT_REACHED
    )


def test_three_dials_at_three_times_are_enough() -> None:
    dials = [
        attempt(1, Outcome.NO_ANSWER, MORNING),
        attempt(2, Outcome.BUSY, AFTERNOON, started_at=at(23, 14)),
        attempt(3, Outcome.UNREACHABLE, TUESDAY, started_at=at(24, 10)),
    ]
    second = decide(TONGJIANG, case(), dials[:2], after_dial(dials[1]))
    assert second == TryAgain(at(24, 10), frozenset({MORNING, AFTERNOON}), AgainReason.NOT_REACHED)
    third = decide(TONGJIANG, case(), dials, after_dial(dials[2]))
    assert third == Exhausted(ExhaustedReason.DIALS_USED_UP)


@pytest.mark.parametrize("outcome", FREE)
def test_what_our_own_side_ended_is_not_charged(outcome: Outcome) -> None:
    dials = [attempt(number, outcome, MORNING) for number in range(1, 9)]
    assert decide(TONGJIANG, case(), dials, MONDAY_10_15) == TryAgain(
        MONDAY_10_15, frozenset(), AgainReason.NOT_CHARGED
    )


def test_an_answer_waits_for_its_log() -> None:
    assert decide(TONGJIANG, case(), [attempt(1, Outcome.ANSWERED, MORNING)], at(23, 10, 30)) == AwaitLog()


def test_an_invalid_number_exhausts_the_round_at_once() -> None:
    dials = [attempt(1, Outcome.INVALID_NUMBER, MORNING)]
    assert decide(TONGJIANG, case(), dials, at(23, 10, 30)) == Exhausted(ExhaustedReason.INVALID_NUMBER)


def test_with_a_new_number_a_round_begins_again() -> None:
    dials = [attempt(1, Outcome.INVALID_NUMBER, MORNING)]
    again = decide(TONGJIANG, case(round_=2), dials, at(23, 10, 30))
    assert again == TryAgain(at(23, 10, 30), frozenset(), AgainReason.FIRST_DIAL)


@pytest.mark.parametrize("state", [CallbackState.DONE, CallbackState.CLOSED])
def test_nothing_follows_for_a_callback_that_is_done(state: CallbackState) -> None:
    assert decide(TONGJIANG, case(state=state), [], at(23, 9)) == Finished()


def test_nothing_can_be_decided_while_a_dial_lives() -> None:
    with pytest.raises(ValueError, match=r"^an attempt is still live$"):
        decide(TONGJIANG, case(), [attempt(1, None, MORNING)], at(23, 10, 30))


def test_attempts_are_taken_by_their_ordinal_whatever_their_order() -> None:
    dials = [attempt(2, Outcome.ANSWERED, AFTERNOON), attempt(1, Outcome.NO_ANSWER, MORNING)]
    assert decide(TONGJIANG, case(), dials, at(23, 15)) == AwaitLog()


@pytest.mark.parametrize(
    ("rules", "outcome", "reason"),
    [
        ("rejected = {then = 'exhaust'}", Outcome.REJECTED, ExhaustedReason.BY_RULE),
        ("rejected = {then = 'manual'}", Outcome.REJECTED, ExhaustedReason.MANUAL),
        ("invalid_number = {then = 'manual'}", Outcome.INVALID_NUMBER, ExhaustedReason.MANUAL),
    ],
)
def test_an_outcomes_own_rule_may_end_the_round(rules: str, outcome: Outcome, reason: ExhaustedReason) -> None:
    dials = [attempt(1, outcome, MORNING)]
    assert decide(with_retry(rules), case(), dials, at(23, 10, 30)) == Exhausted(reason)


def test_an_invalid_number_may_be_tried_again_by_rule() -> None:
    found = decide(
        with_retry("invalid_number = {then = 'retry'}"),
        case(),
        [attempt(1, Outcome.INVALID_NUMBER, MORNING)],
        at(23, 11),
    )
    assert isinstance(found, TryAgain)


def test_gap_and_delay_are_kept() -> None:
    started = at(23, 10)
    dials = [attempt(1, Outcome.BUSY, MORNING, started_at=started)]
    ended = started + timedelta(seconds=30)
    assert earliest_by_gap(TONGJIANG, dials, 1) == ended + timedelta(minutes=30)
    assert earliest_by_gap(with_retry("busy = {delay_minutes = 300}"), dials, 1) == ended + timedelta(minutes=300)
    assert earliest_by_gap(with_retry("no_answer = {delay_minutes = 300}"), dials, 1) == ended + timedelta(minutes=30)
    assert earliest_by_gap(TONGJIANG, dials, 2) is None
    delayed = decide(with_retry("busy = {delay_minutes = 300}"), case(), dials, ended)
    assert isinstance(delayed, TryAgain)
    assert delayed.not_before == ended + timedelta(minutes=300)


def test_a_dial_whose_end_was_not_seen_is_counted_from_its_start() -> None:
    dials = [attempt(1, Outcome.UNKNOWN, MORNING, ended=False)]
    assert earliest_by_gap(TONGJIANG, dials, 1) == MONDAY_10_15 + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("change", "slot", "forbidden"),
    [
        (ChangeTime.SLOT, MORNING, True),
        (ChangeTime.SLOT, AFTERNOON, False),
        (ChangeTime.SLOT, TUESDAY, False),
        (ChangeTime.DAY, AFTERNOON, True),
        (ChangeTime.DAY, TUESDAY, False),
        (ChangeTime.NONE, MORNING, False),
    ],
)
def test_what_a_changed_time_is(change: ChangeTime, slot: str, forbidden: bool) -> None:
    assert UsedTimes(change, frozenset({MORNING})).forbid(slot) is forbidden


def test_another_day_when_the_policy_says_so() -> None:
    by_day = policy('windows = "window.tongjiang"\n[attempts]\npreset = "attempts.tongjiang"\nchange_time = "day"')
    first = attempt(1, Outcome.NO_ANSWER, MORNING)
    again = decide(by_day, case(), [first], after_dial(first))
    assert isinstance(again, TryAgain)
    assert again.not_before == at(24, 10)


@pytest.mark.parametrize(("zone", "rule"), [("Mars/Olympus", Rule.ZONE_UNKNOWN), ("", None), (SHANGHAI, None)])
def test_without_an_opening_the_callback_waits_and_says_why(zone: str, rule: Rule | None) -> None:
    again = decide(TONGJIANG, case(zone=zone), [], at(23, 10, 5))
    assert isinstance(again, TryAgain)
    assert again.not_before == at(23, 10, 5)
    assert (again.closed.rule if again.closed else None) is rule


@pytest.mark.parametrize(
    ("disposition", "appointed", "expected"),
    [
        (Disposition.SUCCESS, None, Finished()),
        (Disposition.REFUSED, None, Exhausted(ExhaustedReason.REFUSED)),
        (Disposition.WRONG_PERSON, None, Exhausted(ExhaustedReason.WRONG_PERSON)),
        (Disposition.APPOINTMENT, at(26, 10), Appointment(at(26, 10))),
        (Disposition.PROBLEM, None, Finished()),
        (Disposition.PROBLEM, at(26, 10), Appointment(at(26, 10))),
    ],
)
def test_what_follows_a_talk(
    disposition: Disposition, appointed: datetime | None, expected: Finished | Exhausted | Appointment
) -> None:
    dials = [attempt(1, Outcome.ANSWERED, MORNING)]
    assert after_log(TONGJIANG, case(), dials, disposition, at(23, 10, 30), appointed) == expected


@pytest.mark.parametrize("outcome", FREE)
def test_no_rule_follows_what_our_own_side_ended(outcome: Outcome) -> None:
    with pytest.raises(ValueError, match=r"^no rule follows this ending$"):
        after_log(TONGJIANG, case(), [attempt(1, outcome, MORNING)], Disposition.INCOMPLETE, at(23, 10, 30))


def test_an_appointment_needs_its_time() -> None:
    dials = [attempt(1, Outcome.ANSWERED, MORNING)]
    with pytest.raises(ValueError, match=r"^an appointment needs its time$"):
        after_log(TONGJIANG, case(), dials, Disposition.APPOINTMENT, at(23, 10, 30))


def test_a_talk_that_broke_off_may_be_resumed_in_the_same_slot() -> None:
    dials = [attempt(1, Outcome.ANSWERED, MORNING)]
    again = after_log(TONGJIANG, case(), dials, Disposition.INCOMPLETE, at(23, 10, 20))
    assert again == TryAgain(at(23, 10, 45) + timedelta(seconds=30), frozenset(), AgainReason.TALK_INCOMPLETE)


def test_talks_that_break_off_use_up_the_round_too() -> None:
    dials = [attempt(number, Outcome.ANSWERED, MORNING) for number in (1, 2, 3)]
    spent = after_log(TONGJIANG, case(), dials, Disposition.INCOMPLETE, at(23, 10, 20))
    assert spent == Exhausted(ExhaustedReason.DIALS_USED_UP)


@pytest.mark.parametrize(("then", "reason"), [("manual", ExhaustedReason.MANUAL), ("exhaust", ExhaustedReason.BY_RULE)])
def test_a_talk_that_broke_off_may_have_its_own_rule(then: str, reason: ExhaustedReason) -> None:
    dials = [attempt(1, Outcome.ANSWERED, MORNING)]
    rule = with_retry(f"incomplete = {{then = '{then}'}}")
    assert after_log(rule, case(), dials, Disposition.INCOMPLETE, at(23, 10, 20)) == Exhausted(reason)


def test_an_appointment_kept_in_vain_has_its_three_dials_again() -> None:
    dials = [
        attempt(1, Outcome.NO_ANSWER, MORNING),
        attempt(2, Outcome.NO_ANSWER, AFTERNOON),
        attempt(3, Outcome.ANSWERED, TUESDAY),
        attempt(4, Outcome.NO_ANSWER, "2026-11-24/14:00-16:00", started_at=at(24, 14)),
    ]
    assert dials_that_count(dials, 1) == (dials[3],)
    again = decide(TONGJIANG, case(), dials, at(24, 14, 1))
    assert isinstance(again, TryAgain)
    assert again.avoid_slots == {"2026-11-24/14:00-16:00"}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*RETRIED, *FREE]), max_size=30), st.integers(0, 14 * 24 * 60))
def test_the_cap_is_never_exceeded_and_every_dial_is_at_a_changed_time(outcomes: list[Outcome], start: int) -> None:
    """Whatever the order of outcomes: at most three charged dials, each in another open slot, in order of time."""
    now = MONDAY_10_15 + timedelta(minutes=start)
    dials: list[Attempt] = []
    for ordinal, outcome in enumerate(outcomes, 1):
        decision = decide(TONGJIANG, case(), dials, now)
        assert decision == decide(TONGJIANG, case(), list(reversed(dials)), now)
        if isinstance(decision, Exhausted):
            break
        assert isinstance(decision, TryAgain)
        assert decision.closed is None
        opening = opening_at(TONGJIANG.windows.hours, TONGJIANG.calendar.days, SHANGHAI, decision.not_before)
        assert isinstance(opening, Opening)
        assert opening.slot not in decision.avoid_slots
        dials.append(attempt(ordinal, outcome, opening.slot, started_at=decision.not_before))
        now = after_dial(dials[-1])
    charged = [dial for dial in dials if dial.charged]
    assert len(charged) <= 3
    assert len({dial.slot for dial in charged}) == len(charged)
    assert all(later.started_at - earlier.started_at >= timedelta(minutes=30) for earlier, later in pairwise(charged))
