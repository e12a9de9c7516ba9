"""What the rule of one ending says: how long it waits, at which other time, and how often."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.dials.changed_times import UsedTimes, half_of
from callcenter.domain.dials.retry import (
    AgainReason,
    Appointment,
    Exhausted,
    ExhaustedReason,
    TryAgain,
    after_log,
    decide,
    earliest_by_gap,
    used_times,
)
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.retry import ENDINGS, LONGEST_DELAY, ChangeTime, RetryGroup, RetryRule, Then, ending_of
from callcenter.domain.refusal import Refusal, Rule
from domain.trying import A, B, dialled, tongjiang, walk, with_numbers
from domain.values import MONDAY_10_15, case, policy

DAY, MORNING, AFTERNOON = "2026-11-23", "2026-11-23/10:00-11:00", "2026-11-23/14:00-16:00"


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """In Shanghai."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=UTC) - timedelta(hours=8)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (RetryRule(), [0, 0, 0]),
        (RetryRule(delay_minutes=15), [15, 15, 15]),
        (RetryRule(delay_minutes=10, growth=2, delay_most_minutes=60), [10, 20, 40, 60, 60]),
        (RetryRule(delay_minutes=10, growth=1.5), [10, 15, 22, 33]),
        (RetryRule(delays_minutes=(5, 30, 240)), [5, 30, 240, 240]),
        (RetryRule(delay_minutes=1, growth=10), [1, 10, 100, 1000, 10_000, LONGEST_DELAY, LONGEST_DELAY]),
    ],
)
def test_a_delay_is_fixed_or_grows_or_is_listed(rule: RetryRule, expected: list[int]) -> None:
    assert [rule.delay_after(times) for times in range(1, len(expected) + 1)] == expected


@given(
    st.integers(0, LONGEST_DELAY),
    st.floats(1, 10),
    st.integers(0, LONGEST_DELAY),
    st.lists(st.integers(0, 5000), max_size=6),
)
def test_a_delay_never_shrinks_and_never_exceeds_its_most(
    first: int, growth: float, room: int, listed: list[int]
) -> None:
    most = min(first + room, LONGEST_DELAY)
    growing = RetryRule(delay_minutes=first, growth=growth, delay_most_minutes=most)
    for rule in (growing, RetryRule(delays_minutes=tuple(sorted(listed)))):
        delays = [rule.delay_after(times) for times in range(1, 40)]
        assert all(later >= earlier for earlier, later in pairwise(delays))
        assert delays[-1] <= rule.delay_most_minutes
    assert growing.delay_after(1) == first


@pytest.mark.parametrize(
    ("rules", "mistake"),
    [
        ("busy = {delays_minutes = [5], delay_minutes = 5}", "retry.busy: delays_minutes stands alone"),
        ("busy = {delays_minutes = [5], growth = 2}", "retry.busy: delays_minutes stands alone"),
        ("busy = {delays_minutes = [5, 4]}", "retry.busy: delays_minutes are 0 or more"),
        ("busy = {delays_minutes = [-5]}", "retry.busy: delays_minutes are 0 or more"),
        ("busy = {delay_minutes = 9, delay_most_minutes = 8}", "retry.busy: a delay is longer than delay_most_minutes"),
        ("busy = {growth = 0.5}", "retry.busy.growth: input should be greater than or equal to 1"),
        ("busy = {most = 0}", "retry.busy.most: "),
        ('busy = {most = 2, afterwards = "busy"}', "retry: busy: afterwards must name another ending"),
        ('busy = {slots = "another"}', "retry.busy.slots: "),
        ("appointments_most = 0", "retry.appointments_most: "),
    ],
)
def test_a_mistake_in_a_rule_names_its_key(rules: str, mistake: str) -> None:
    with pytest.raises(PolicyError) as caught:
        tongjiang(f"[retry]\n{rules}")
    (found,) = caught.value.mistakes
    assert found.startswith(mistake)


def test_a_rule_keeps_what_is_usual_of_its_ending() -> None:
    group = tongjiang("[retry]\nno_answer = {delay_minutes = 60}\ninvalid_number = {delay_minutes = 1}").retry
    assert group.of("no_answer") == RetryRule(delay_minutes=60, switch_number=True)
    assert group.of("invalid_number").then is Then.EXHAUST
    assert not tongjiang("[retry]\nno_answer = {switch_number = false}").retry.of("no_answer").switch_number


def test_every_ending_has_a_rule_and_only_endings_have() -> None:
    for ending in ENDINGS:
        assert isinstance(RetryGroup().of(ending), RetryRule)
    named = {ending_of(outcome, said) for outcome in Outcome for said in (None, *Disposition)}
    assert named == {None, *ENDINGS}
    ends = {said for said in Disposition if ending_of(Outcome.ANSWERED, said) is None}
    assert ends == {Disposition.SUCCESS, Disposition.VISITED, Disposition.APPOINTMENT, Disposition.PROBLEM}


def test_busy_twice_and_then_as_not_answered() -> None:
    """Busy is dialled again after 5 minutes, in the same window; the third time it waits as if nobody answered."""
    rules = policy(
        'windows = "window.tongjiang"\n[attempts]\nmin_gap_minutes = 0\ndials_max = 9\n[retry]\n'
        'busy = {delay_minutes = 5, slots = "none", most = 2}\nno_answer = {delay_minutes = 90}'
    )
    dials = [replace(dialled(ordinal, Outcome.BUSY, at=at(23, 14, ordinal)), slot=AFTERNOON) for ordinal in (1, 2, 3)]
    waits = []
    for many in (1, 2, 3):
        again = decide(rules, case(), dials[:many], at(23, 14, many, 30))
        assert isinstance(again, TryAgain)
        waits.append(again.not_before)
    assert waits == [at(23, 14, 6, 30), at(23, 14, 7, 30), at(24, 10)]
    assert rules.retry.delay("busy", 3) == 90


@pytest.mark.parametrize(
    ("afterwards", "reason"),
    [
        ("exhaust", ExhaustedReason.BY_RULE),
        ("manual", ExhaustedReason.MANUAL),
        ("other_channel", ExhaustedReason.OTHER_CHANNEL),
    ],
)
def test_a_rule_may_end_the_round_after_so_many(afterwards: str, reason: ExhaustedReason) -> None:
    rules = tongjiang(f'[retry]\nbusy = {{most = 1, afterwards = "{afterwards}"}}')
    first, second = dialled(1, Outcome.BUSY), dialled(2, Outcome.BUSY)
    assert isinstance(decide(rules, case(), [first], MONDAY_10_15), TryAgain)
    assert decide(rules, case(), [first, second], MONDAY_10_15) == Exhausted(reason)
    other = dialled(2, Outcome.NO_ANSWER)
    assert isinstance(decide(rules, case(), [first, other], MONDAY_10_15), TryAgain)


def test_endings_are_counted_anew_once_the_customer_has_answered() -> None:
    rules = tongjiang('[retry]\nbusy = {most = 1, afterwards = "exhaust"}')
    talk = dialled(2, Outcome.ANSWERED, said=Disposition.APPOINTMENT)
    dials = [dialled(1, Outcome.BUSY), talk, dialled(3, Outcome.BUSY)]
    assert isinstance(decide(rules, case(), dials, MONDAY_10_15), TryAgain)


@pytest.mark.parametrize(
    ("slot", "half"),
    [
        (MORNING, "am"),
        (AFTERNOON, "pm"),
        (f"{DAY}/11:59-12:30", "am"),
        (f"{DAY}/12:00-13:00", "pm"),
        (f"{DAY}/outside", ""),
        ("", ""),
    ],
)
def test_a_slot_lies_in_the_half_of_the_day_in_which_it_begins(slot: str, half: str) -> None:
    assert half_of(slot) == half


@pytest.mark.parametrize(
    ("last", "slot", "forbidden"),
    [
        (MORNING, MORNING, True),
        (MORNING, "2026-11-24/10:00-11:00", True),
        (MORNING, AFTERNOON, False),
        (AFTERNOON, "2026-11-24/14:00-16:00", True),
        (f"{DAY}/outside", MORNING, False),
        (f"{DAY}/outside", f"{DAY}/outside", True),
        (f"{DAY}/outside", "2026-11-24/outside", False),
    ],
)
def test_morning_and_afternoon_take_turns(last: str, slot: str, forbidden: bool) -> None:
    assert UsedTimes(ChangeTime.HALF_DAY, frozenset({last}), last).forbid(slot) is forbidden


def test_three_dials_by_turns() -> None:
    """Monday morning, Monday afternoon, Tuesday morning."""
    by_turns = policy(
        'windows = "window.tongjiang"\n[attempts]\npreset = "attempts.tongjiang"\nchange_time = "half_day"'
    )
    done = walk(by_turns, case(), lambda _number: (Outcome.NO_ANSWER, None))
    assert [dial.slot for dial in done.dials] == [MORNING, AFTERNOON, "2026-11-24/10:00-11:00"]


@pytest.mark.parametrize("where", ['attempts = {change_time = "half_day"}', 'retry = {busy = {slots = "half_day"}}'])
@pytest.mark.parametrize("hours", ['"09:00-18:00"', '"13:00-14:00", "15:00-16:00"'])
def test_turns_need_both_halves_of_the_day(where: str, hours: str) -> None:
    with pytest.raises(PolicyError, match=r"^half_day needs windows that begin before noon"):
        policy(f"windows = {{intervals = [{hours}]}}\n{where}")


def test_an_endings_own_slots_hold_for_the_dial_after_it() -> None:
    rules = tongjiang('[retry]\nbusy = {slots = "none"}\nunreachable = {slots = "day"}')
    kinds = {
        outcome: used_times(rules, [dialled(1, outcome)], 1).change
        for outcome in (Outcome.BUSY, Outcome.UNREACHABLE, Outcome.NO_ANSWER)
    }
    assert kinds == {
        Outcome.BUSY: ChangeTime.NONE,
        Outcome.UNREACHABLE: ChangeTime.DAY,
        Outcome.NO_ANSWER: ChangeTime.SLOT,
    }


def test_who_refuses_may_be_called_once_more() -> None:
    """The text of one institution persists (N6-21): again after a week, and then it is enough."""
    rules = tongjiang('[retry]\nrefused = {then = "retry", delay_minutes = 10080, most = 1, afterwards = "exhaust"}')
    first = dialled(1, Outcome.ANSWERED)
    again = after_log(rules, case(), [first], Disposition.REFUSED, MONDAY_10_15)
    assert isinstance(again, TryAgain)
    assert (again.reason, again.not_before) == (AgainReason.REFUSED, at(30, 10, 15, 30))
    told = replace(first, disposition=Disposition.REFUSED)
    assert earliest_by_gap(rules, [told], 1) == at(30, 10, 15, 30)
    second = dialled(2, Outcome.ANSWERED)
    enough = after_log(rules, case(), [told, second], Disposition.REFUSED, MONDAY_10_15)
    assert isinstance(enough, Exhausted)


def test_who_does_not_want_calls_is_reached_by_another_channel() -> None:
    """C6-22: by SMS or e-mail."""
    rules = tongjiang('[retry]\nrefused = {then = "other_channel"}')
    talk = dialled(1, Outcome.ANSWERED)
    decided = after_log(rules, case(), [talk], Disposition.REFUSED, MONDAY_10_15)
    assert decided == Exhausted(ExhaustedReason.OTHER_CHANNEL)


def test_appointments_may_have_an_end() -> None:
    rules = tongjiang("[retry]\nappointments_most = 1")
    talk, later = dialled(1, Outcome.ANSWERED), at(25, 10)
    assert after_log(rules, case(), [talk], Disposition.APPOINTMENT, MONDAY_10_15, later) == Appointment(later)
    told = replace(talk, disposition=Disposition.APPOINTMENT)
    dials = [told, dialled(2, Outcome.ANSWERED)]
    spent = after_log(rules, case(), dials, Disposition.APPOINTMENT, MONDAY_10_15, later)
    assert spent == Exhausted(ExhaustedReason.APPOINTMENTS_USED_UP)
    unlimited = after_log(tongjiang(), case(), dials, Disposition.APPOINTMENT, MONDAY_10_15, later)
    assert unlimited == Appointment(later)


def test_only_the_last_talk_of_the_round_is_the_one_whose_log_is_closed() -> None:
    rules, later = tongjiang("[retry]\nappointments_most = 1"), at(25, 10)
    broken = dialled(1, Outcome.ANSWERED, said=Disposition.INCOMPLETE)
    talks = [broken, dialled(2, Outcome.ANSWERED), dialled(3, Outcome.NO_ANSWER)]
    assert after_log(rules, case(), talks, Disposition.APPOINTMENT, MONDAY_10_15, later) == Appointment(later)
    told = replace(broken, disposition=Disposition.APPOINTMENT)
    assert isinstance(
        after_log(rules, case(), [told, *talks[1:]], Disposition.APPOINTMENT, MONDAY_10_15, later), Exhausted
    )
    earlier_round = after_log(rules, case(round_=2), [told], Disposition.APPOINTMENT, MONDAY_10_15, later)
    assert earlier_round == Appointment(later)


def test_a_dial_in_vain_at_the_agreed_time_has_kept_the_appointment() -> None:
    """It is dialled again as any other: after the gap, at a changed time."""
    dial = replace(dialled(1, Outcome.NO_ANSWER), slot=MORNING)
    again = decide(tongjiang(), case(appointment_at=MONDAY_10_15), [dial], at(23, 10, 16))
    assert again == TryAgain(at(23, 14), frozenset({MORNING}), AgainReason.NOT_REACHED)


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.NOT_DIALLED])
def test_a_dial_that_the_customer_did_not_notice_leaves_the_appointment(outcome: Outcome) -> None:
    saturday = at(28, 14)
    again = decide(tongjiang(), case(appointment_at=saturday), [dialled(1, outcome, at=saturday)], at(28, 14, 1))
    assert again == TryAgain(at(28, 14, 1), frozenset(), AgainReason.NOT_CHARGED)


def test_what_is_dialled_again_waits_longer_for_who_dislikes_calls() -> None:
    """N6-17."""
    rules = policy('windows = "window.always"\n[attempts]\nmin_gap_minutes = 30\nchange_time = "none"')
    waits = []
    for dislikes in (False, True):
        again = decide(rules, with_numbers(A, dislikes_calls=dislikes), [dialled(1, Outcome.BUSY)], at(23, 10, 16))
        assert isinstance(again, TryAgain)
        waits.append(again.not_before - at(23, 10, 15, 30))
    assert waits == [timedelta(minutes=30), timedelta(minutes=60)]


def test_a_number_that_does_not_exist_uses_up_no_time_but_where_it_is_tried_again_by_rule() -> None:
    dial = replace(dialled(1, Outcome.INVALID_NUMBER), slot=MORNING)
    stubborn = tongjiang('[retry]\ninvalid_number = {then = "retry"}')
    assert used_times(tongjiang(), [dial], 1) == UsedTimes(ChangeTime.SLOT)
    assert used_times(stubborn, [dial], 1) == UsedTimes(ChangeTime.SLOT, frozenset({MORNING}), MORNING)


def test_without_an_opening_the_used_times_and_the_gap_stay_told() -> None:
    dial = replace(dialled(1, Outcome.BUSY), slot=MORNING)
    again = decide(tongjiang(), case(zone="Mars/Olympus"), [dial], at(23, 10, 16))
    closed = Refusal(Rule.ZONE_UNKNOWN, detail={"zone": "Mars/Olympus"})
    assert again == TryAgain(at(23, 10, 45, 30), frozenset({MORNING}), AgainReason.NOT_REACHED, closed)


def test_after_a_talk_with_an_appointment_no_delay_of_a_broken_one_holds() -> None:
    rules = tongjiang("[retry]\nincomplete = {delay_minutes = 300}")
    broken = dialled(1, Outcome.ANSWERED, said=Disposition.INCOMPLETE)
    agreed = replace(broken, disposition=Disposition.APPOINTMENT)
    assert earliest_by_gap(rules, [broken], 1) == at(23, 15, 15, 30)
    assert earliest_by_gap(rules, [agreed], 1) == at(23, 10, 45, 30)
    without_gap = policy('windows = "window.tongjiang"\n[attempts]\nmin_gap_minutes = 0')
    assert earliest_by_gap(without_gap, [agreed], 1) == at(23, 10, 15, 30)


def test_a_number_that_does_not_exist_keeps_no_gap() -> None:
    assert earliest_by_gap(tongjiang(), [dialled(1, Outcome.INVALID_NUMBER)], 1) == at(23, 10, 15, 30)
    again = decide(tongjiang(), with_numbers(A, B), [dialled(1, Outcome.INVALID_NUMBER)], at(23, 10, 16))
    assert again == TryAgain(at(23, 10, 16), frozenset(), AgainReason.NEXT_NUMBER)


@pytest.mark.parametrize(("dislikes", "minutes"), [(False, 60), (True, 120)])
def test_who_dislikes_calls_is_called_less_often(dislikes: bool, minutes: int) -> None:
    """N6-17; how much less is the product's own: twice the time."""
    rules = tongjiang("[retry]\nbusy = {delay_minutes = 60}")
    dials = [dialled(1, Outcome.BUSY)]
    expected = at(23, 10, 15, 30) + timedelta(minutes=minutes)
    assert earliest_by_gap(rules, dials, 1, dislikes_calls=dislikes) == expected
    same = tongjiang('[rounds]\nif_annoyed = "nothing"\n[retry]\nbusy = {delay_minutes = 60}')
    assert earliest_by_gap(same, dials, 1, dislikes_calls=dislikes) == at(23, 11, 15, 30)
