"""Worked examples, and what holds for any past: the same policy changes nothing, narrower hours allow no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from callcenter.domain.attempt import Attempt
from callcenter.domain.forecasts.simulation import NOT_RECONSTRUCTED, RECONSTRUCTED, freed, judge, opening_for, replay
from callcenter.domain.forecasts.simulation_found import EXAMPLES, PastFound, QueueFound, most_first
from callcenter.domain.gate.facts import DialFacts
from callcenter.domain.gate.gate import RULES, Permit, may_dial
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState, Case, PlanState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Rule
from domain.values import MONDAY_10_15, NUMBER, agent, attempt, case, policy

TONGJIANG = policy('windows = "window.tongjiang"\nattempts = "attempts.tongjiang"\nconflict = "coi.tongjiang"')
AGENTS = {"a1": agent()}


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def hours(text: str, more: str = "") -> Policy:
    return policy(
        f'windows = {{days = "every_day", intervals = [{text}]}}\n[attempts]\nmin_gap_minutes = 0\n{more}'
    ).model_copy(update={"version": 8})


def dial(ordinal: int, when: datetime, slot: str = "", outcome: Outcome = Outcome.NO_ANSWER) -> Attempt:
    return attempt(ordinal, outcome, slot or f"{when.date()}/x{ordinal}", started_at=when)


def rules(policy_: Policy, attempts: list[Attempt], who: Case | None = None) -> list[Rule | None]:
    return [each.rule if each else None for each in replay(policy_, who or case(), attempts, AGENTS)]


def test_a_dial_outside_the_new_hours_would_have_been_refused() -> None:
    dials = [dial(1, at(23, 10, 15)), dial(2, at(23, 14, 30)), dial(3, at(24, 15))]
    assert rules(hours('"10:00-11:00", "14:00-15:00"'), dials) == [None, None, Rule.WINDOW_CLOSED]


def test_slots_are_told_anew_so_two_old_slots_may_be_one_new() -> None:
    """10:15 and 11:15 lay in two windows; in one long window the second dial is at no changed time."""
    dials = [dial(1, at(23, 10, 15)), dial(2, at(23, 11, 15))]
    assert rules(hours('"10:00-11:00", "11:00-12:00"'), dials) == [None, None]
    assert rules(hours('"10:00-12:00"'), dials) == [None, Rule.SLOT_USED]


def test_a_longer_gap_and_fewer_dials_refuse_what_came_too_soon_or_too_often() -> None:
    dials = [dial(1, at(23, 10, 15)), dial(2, at(23, 10, 45)), dial(3, at(23, 12))]
    loose = 'change_time = "none"\n'
    whole_day = '"00:00-24:00"'
    assert rules(hours(whole_day, loose), dials) == [None, None, None]
    assert rules(hours(whole_day, loose + "dials_min = 2"), dials) == [None, None, Rule.CALLBACK_EXHAUSTED]
    gap = hours(whole_day, loose).model_copy(
        update={"attempts": policy('windows = "window.always"\nattempts = {change_time = "none"}').attempts}
    )
    assert rules(gap, dials) == [None, Rule.CALLBACK_NOT_YET, None]


def test_a_refused_dial_still_counts_for_those_that_follow() -> None:
    """What really happened before a dial is what it is judged by: the 09:00 dial used the round's first."""
    dials = [dial(1, at(23, 9)), dial(2, at(23, 10, 15))]
    one = hours('"10:00-11:00"', "dials_min = 1")
    assert rules(one, dials) == [Rule.WINDOW_CLOSED, Rule.CALLBACK_EXHAUSTED]


def test_dials_of_an_earlier_round_do_not_count() -> None:
    first = dial(1, at(23, 10, 15))
    second = replace(dial(2, at(24, 10, 15)), round=2)
    one = hours('"10:00-11:00"', "dials_min = 1")
    assert rules(one, [first, second], case(round_=2)) == [None, None]


def test_conflict_and_number_are_judged_as_they_stand_today() -> None:
    own = case(manager="Li Na")
    assert rules(TONGJIANG, [dial(1, at(23, 10, 15))], own) == [Rule.CONFLICT_OF_INTEREST]
    far = replace(dial(1, at(23, 10, 15)), number=PhoneNumber("+442071838750"))
    assert rules(TONGJIANG, [far]) == [Rule.NUMBER_PREFIX]


def test_where_the_callback_stands_today_says_nothing_of_its_past() -> None:
    done = case(state=CallbackState.EXHAUSTED, plan_state=PlanState.FINISHED, not_before=at(30, 10))
    assert rules(TONGJIANG, [dial(1, at(23, 10, 15))], done) == [None]


def test_every_rule_of_the_gate_is_reconstructed_or_named_as_not() -> None:
    assert {rule for rule, _ in RULES} == {*RECONSTRUCTED, *NOT_RECONSTRUCTED}
    assert Rule.AGENT_BUSY in NOT_RECONSTRUCTED


def test_both_policies_are_told_beside_each_other() -> None:
    dials = [dial(1, at(23, 9)), dial(2, at(23, 10, 15)), dial(3, at(23, 14, 15)), dial(4, at(23, 18))]
    before, after = hours('"10:00-11:00", "14:00-15:00"', "dials_min = 9"), hours('"09:00-11:00"', "dials_min = 9")
    found = PastFound()
    for judged in judge(before, after, case(), dials, AGENTS):
        found.add(judged)
    assert found.dials == 4
    assert found.allowed == {Rule.WINDOW_CLOSED: 1}
    assert found.refused == {Rule.SLOT_USED: 1, Rule.WINDOW_CLOSED: 1}
    assert found.still_refused == {Rule.WINDOW_CLOSED: 1}
    assert found.examples == {Rule.SLOT_USED: ["t2"], Rule.WINDOW_CLOSED: ["t3"]}
    assert most_first(found.refused) == [(Rule.SLOT_USED, 1), (Rule.WINDOW_CLOSED, 1)]


def test_no_more_than_a_few_attempts_are_named() -> None:
    found = PastFound()
    for ordinal in range(1, EXAMPLES + 4):
        for judged in judge(hours('"00:00-24:00"'), hours('"03:00-04:00"'), case(), [dial(ordinal, at(23, 10))], {}):
            found.add(judged)
    assert (found.refused[Rule.WINDOW_CLOSED], len(found.examples[Rule.WINDOW_CLOSED])) == (EXAMPLES + 3, EXAMPLES)


def test_the_next_opening_is_asked_of_the_windows_the_gap_and_the_slots() -> None:
    morning = hours('"10:00-11:00", "14:00-16:00"')
    assert opening_for(morning, case(), [], at(23, 10, 15)) == at(23, 10, 15)
    assert opening_for(morning, case(), [], at(23, 12)) == at(23, 14)
    assert opening_for(morning, case(), [dial(1, at(23, 10, 15))], at(23, 10, 30)) == at(23, 14)
    assert opening_for(morning, case(not_before=at(25, 9)), [], at(23, 12)) == at(25, 10)
    assert opening_for(morning, case(zone="Mars/Base"), [], at(23, 12)) is None


def test_a_beginning_that_the_present_policy_set_is_taken_off_and_what_people_set_stays() -> None:
    present = hours('"10:00-11:00", "14:00-16:00"')
    by_window, by_people = case(not_before=at(23, 14)), case(not_before=at(24, 10))
    assert freed(present, by_window, [], at(23, 12)).callback.not_before is None
    assert freed(present, by_people, [], at(23, 12)) == by_people
    assert freed(present, by_people, [dial(1, at(23, 10, 15))], at(23, 12)).callback.not_before is None
    agreed = replace(by_window, callback=replace(by_window.callback, appointment_at=at(23, 14)))
    assert freed(present, agreed, [], at(23, 12)) == agreed
    assert freed(present, case(), [], at(23, 12)) == case()


def test_shifts_are_counted_by_their_direction() -> None:
    now, found = at(23, 12), QueueFound()
    found.add(now, now, now, 3)
    found.add(at(23, 14), now, now, 2)
    found.add(at(23, 14), at(24, 14), now)
    found.add(None, at(24, 10), now)
    found.add(at(24, 10), None, now)
    assert (found.waiting, found.now_before, found.now_after) == (8, 3, 5)
    assert (found.same, found.earlier, found.later, found.gains, found.loses) == (3, 2, 1, 1, 1)
    assert (found.most_earlier, found.most_later) == (timedelta(hours=2), timedelta(days=1))


moments = st.lists(
    st.integers(0, 7 * 24 * 12).map(lambda steps: MONDAY_10_15 + timedelta(minutes=5 * steps)), max_size=8, unique=True
).map(sorted)
outcomes = st.sampled_from(list(Outcome))
change_times = st.sampled_from(["slot", "day", "none"])
spans = st.tuples(st.integers(0, 23), st.integers(1, 24)).filter(lambda span: span[0] < span[1])


def span_policy(span: tuple[int, int], change: str, gap: int = 30) -> Policy:
    text = f'"{span[0]:02}:00-{span[1]:02}:00"'
    body = (
        f'windows = {{days = "every_day", intervals = [{text}]}}\n[attempts]\nchange_time = "{change}"\ndials_min = 3'
    )
    return policy(f"{body}\nmin_gap_minutes = {gap}")


def allowed_past(rules_: Policy, moments_: list[datetime], ends: list[Outcome]) -> list[Attempt]:
    """What the gate itself lets through, one dial after another."""
    past: list[Attempt] = []
    for when, outcome in zip(moments_, ends, strict=False):
        if past and (past[-1].ended_at or when) > when:
            continue
        facts = DialFacts(
            case=case(),
            policy=rules_,
            agent=agent(),
            number=NUMBER,
            attempts=tuple(past),
            number_live=False,
            agent_busy=False,
            disk_free_bytes=1,
            disk_mark_bytes=0,
            recorder_healthy=True,
            switch_connected=True,
            stopping=False,
        )
        permit = may_dial(facts, when)
        if isinstance(permit, Permit):
            past.append(attempt(len(past) + 1, outcome, permit.slot, started_at=when))
    return past


@settings(deadline=None)
@given(moments, st.lists(outcomes, min_size=8, max_size=8), spans, change_times)
def test_the_unchanged_policy_refuses_none_of_the_dials_that_it_allowed(
    when: list[datetime], ends: list[Outcome], span: tuple[int, int], change: str
) -> None:
    rules_ = span_policy(span, change)
    past = allowed_past(rules_, when, ends)
    assert rules(rules_, past) == [None] * len(past)
    elsewhere = [replace(each, policy_version=1) for each in past]
    assert rules(rules_, elsewhere) == [None] * len(past), "nor where the slots are told anew"


@settings(deadline=None)
@given(moments, st.lists(outcomes, min_size=8, max_size=8), spans, spans, st.sampled_from(["day", "none"]))
def test_narrower_hours_never_allow_more(
    when: list[datetime], ends: list[Outcome], wide: tuple[int, int], narrow: tuple[int, int], change: str
) -> None:
    """Of any past. Where a further dial needs another slot, cutting the hours off may make two slots of what was one:
    there it holds of the dials that the wide hours allowed, as of any policy's own.
    """
    assume(wide[0] <= narrow[0] and narrow[1] <= wide[1])
    past = [dial(place, moment, outcome=end) for place, (moment, end) in enumerate(zip(when, ends, strict=False), 1)]
    before, after = rules(span_policy(wide, change), past), rules(span_policy(narrow, change), past)
    assert not [1 for old, new in zip(before, after, strict=True) if old is not None and new is None]


@settings(deadline=None)
@given(st.integers(0, 7 * 24 * 12), spans, spans)
def test_narrower_hours_never_open_earlier(steps: int, wide: tuple[int, int], narrow: tuple[int, int]) -> None:
    assume(wide[0] <= narrow[0] and narrow[1] <= wide[1])
    now = MONDAY_10_15 + timedelta(minutes=5 * steps)
    before, after = (opening_for(span_policy(each, "slot"), case(), [], now) for each in (wide, narrow))
    assert before is not None
    assert after is not None
    assert before <= after


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin", "America/St_Johns"])
def test_the_next_opening_is_asked_in_the_customers_zone(zone: str) -> None:
    opened = opening_for(hours('"10:00-11:00"'), case(zone=zone), [], at(23, 12))
    assert opened is not None
    assert opened.astimezone(ZoneInfo(zone)).hour == 10
