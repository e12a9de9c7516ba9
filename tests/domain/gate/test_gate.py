from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.retry import Exhausted, TryAgain, decide
from callcenter.domain.gate import gate
from callcenter.domain.gate.facts import DialFacts
from callcenter.domain.gate.gate import RULES, Permit, explain, may_dial, next_possible, overridable
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState, PlanState
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.words.sentences import Language, sentence
from domain.gate_facts import (
    AGAINST,
    GATE_RULES,
    HARD_WINDOW,
    MORNING,
    NOON,
    TONGJIANG,
    at,
    facts,
    of_matter,
    of_plan,
)
from domain.values import MONDAY_10_15, agent, attempt, case, policy


def refusals(given_facts: DialFacts, now: datetime = MONDAY_10_15) -> Mapping[Rule, Refusal]:
    return {verdict.rule: verdict.refusal for verdict in explain(given_facts, now) if verdict.refusal is not None}


def only_refusal(given_facts: DialFacts, now: datetime = MONDAY_10_15) -> Refusal:
    (refusal,) = refusals(given_facts, now).values()
    assert may_dial(given_facts, now) == refusal
    return refusal


def test_when_every_rule_agrees_the_permit_names_slot_and_policy() -> None:
    assert may_dial(facts(), MONDAY_10_15) == Permit(MORNING, "example", 7, at(23, 11))
    assert next_possible(facts(), MONDAY_10_15) == MONDAY_10_15
    assert all(verdict.ok for verdict in explain(facts(), MONDAY_10_15))


@pytest.mark.parametrize(("rule", "make"), AGAINST)
def test_each_rule_alone_refuses_with_its_name(rule: Rule, make: Callable[[], DialFacts]) -> None:
    refusal = only_refusal(make())
    assert refusal.rule is rule
    for language in Language:
        assert "?" not in sentence(refusal, language, "Asia/Shanghai")


def test_every_rule_of_the_gate_was_seen_refusing() -> None:
    assert {rule for rule, _ in AGAINST} | {Rule.CALENDAR_UNKNOWN} == GATE_RULES
    assert len(RULES) == len(GATE_RULES)


def test_an_unpublished_year_is_refused() -> None:
    refusal = only_refusal(facts(), MONDAY_10_15.replace(year=2099))
    assert (refusal.rule, refusal.strength) == (Rule.CALENDAR_UNKNOWN, Strength.HARD)
    assert next_possible(facts(), MONDAY_10_15.replace(year=2099)) is None


def test_a_plan_opens_with_its_first_day_and_closes_after_its_last() -> None:
    last = facts(case=of_plan(starts_on=date(2026, 11, 24), ends_on=date(2026, 11, 24)))
    refusal = only_refusal(last)
    assert (refusal.rule, refusal.opens_at) == (Rule.PLAN_NOT_BEGUN, at(24, 0))
    assert next_possible(last, MONDAY_10_15) == at(24, 10)
    assert isinstance(may_dial(last, at(24, 15, 59)), Permit)
    assert Rule.PLAN_NOT_BEGUN not in refusals(last, at(24, 0))
    assert Rule.PLAN_OVER not in refusals(last, at(25, 0) - timedelta(microseconds=1))
    assert Rule.PLAN_OVER in refusals(last, at(25, 0))
    assert next_possible(last, at(25, 10)) is None


def test_a_plans_own_executors_may_dial() -> None:
    for executors in ({"agent_ids": ("a1",)}, {"departments": ("service",)}):
        assert isinstance(may_dial(facts(case=of_plan(**executors)), MONDAY_10_15), Permit)


def test_the_first_refusal_in_the_fixed_order_speaks() -> None:
    wrong = facts(stopping=True, switch_connected=False, agent=None, number=None, case=case(plan_state=PlanState.DRAFT))
    named = [verdict.rule for verdict in explain(wrong, NOON) if not verdict.ok]
    assert named == [
        Rule.SERVICE_STOPPING,
        Rule.SWITCH_DOWN,
        Rule.AGENT_UNKNOWN,
        Rule.PLAN_NOT_RUNNING,
        Rule.NUMBER_MISSING,
        Rule.WINDOW_CLOSED,
    ]
    refusal = may_dial(wrong, NOON)
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.SERVICE_STOPPING


@pytest.mark.parametrize(
    ("rule", "make", "source", "strength"),
    [
        (Rule.RECORDER_DOWN, lambda: facts(recorder_healthy=False), "C6-02, C9-18", Strength.HARD),
        (Rule.CONFLICT_OF_INTEREST, lambda: facts(case=case(manager="1001")), "C6-08", Strength.HARD),
        (Rule.DISK_FULL, lambda: facts(disk_free_bytes=0), "product", Strength.HARD),
        (Rule.WINDOW_CLOSED, lambda: facts(case=case(zone="UTC")), "C6-58", Strength.ADVISORY),
        (
            Rule.WINDOW_CLOSED,
            lambda: facts(case=case(zone="UTC"), policy=HARD_WINDOW),
            "policy",
            Strength.HARD,
        ),
        (
            Rule.SLOT_USED,
            lambda: facts(attempts=[attempt(1, Outcome.BUSY, MORNING, started_at=at(23, 9))]),
            "C6-57",
            Strength.HARD,
        ),
    ],
)
def test_a_refusal_names_source_and_strength(
    rule: Rule, make: Callable[[], DialFacts], source: str, strength: Strength
) -> None:
    refusal = refusals(make())[rule]
    assert (refusal.source, refusal.strength) == (source, strength)


def test_free_space_at_the_mark_is_enough() -> None:
    assert isinstance(may_dial(facts(disk_free_bytes=1_000_000_000), MONDAY_10_15), Permit)
    assert refusals(facts(disk_free_bytes=7_000_000))[Rule.DISK_FULL].detail == {"free_mb": "7", "mark_mb": "1000"}


@pytest.mark.parametrize(
    ("leased_to", "seconds", "permitted"),
    [("a1", 60, True), ("a2", 60, False), ("a2", 0, True), ("a2", -1, True), (None, 60, True)],
)
def test_only_a_running_lease_of_another_agent_refuses(leased_to: str | None, seconds: int, permitted: bool) -> None:
    leased = case(
        state=CallbackState.HANDED_OUT, leased_to=leased_to, leased_until=MONDAY_10_15 + timedelta(seconds=seconds)
    )
    assert isinstance(may_dial(facts(case=leased), MONDAY_10_15), Permit) is permitted


@pytest.mark.parametrize(
    ("between", "manager", "department", "refused"),
    [
        ("off", "Li Na", "Service", None),
        ("same_person", "Li Na", "Sales", "same_person"),
        ("same_person", "1001", "Sales", "same_person"),
        ("same_person", "  li　NA ", "Sales", "same_person"),
        ("same_person", "Wang Wei", "Service", None),
        ("same_person", "", "", None),
        ("same_department", "Wang Wei", "service", "same_department"),
        ("same_department", "Li Na", "Sales", "same_person"),
        ("same_department", "Wang Wei", "Sales", None),
        ("same_department", "", "", None),
    ],
)
def test_who_is_concerned_does_not_call(between: str, manager: str, department: str, refused: str | None) -> None:
    rules = policy(f'windows = "window.tongjiang"\nconflict = {{between = "{between}"}}')
    found = refusals(facts(policy=rules, case=case(manager=manager, department=department)))
    assert found.keys() == ({Rule.CONFLICT_OF_INTEREST} if refused else set())
    if refused:
        assert found[Rule.CONFLICT_OF_INTEREST].detail == {"between": refused}


def test_an_agent_without_department_is_in_nobodys() -> None:
    assert isinstance(may_dial(facts(agent=agent(department=""), case=case(department="")), MONDAY_10_15), Permit)


def test_too_early_opens_when_the_last_of_its_reasons_ends() -> None:
    dials = [attempt(1, Outcome.NO_ANSWER, "2026-11-23/09:00-10:00", started_at=MONDAY_10_15)]
    soon, late = MONDAY_10_15 + timedelta(minutes=1), MONDAY_10_15 + timedelta(hours=5)
    by_gap = MONDAY_10_15 + timedelta(minutes=30, seconds=30)
    assert only_refusal(facts(attempts=dials, case=case(not_before=soon))).opens_at == by_gap
    assert only_refusal(facts(attempts=dials, case=case(not_before=late))).opens_at == late
    assert only_refusal(facts(attempts=dials)).strength is Strength.OVERRIDE
    assert isinstance(may_dial(facts(case=case(not_before=MONDAY_10_15)), MONDAY_10_15), Permit)


def test_the_cap_refuses_whatever_the_callbacks_state_says() -> None:
    dials = [
        attempt(number, Outcome.NO_ANSWER, f"2026-11-{19 + number}/14:00-16:00", started_at=at(19 + number, 14))
        for number in (1, 2, 3)
    ]
    refusal = only_refusal(facts(attempts=dials))
    assert (refusal.rule, refusal.strength) == (Rule.CALLBACK_EXHAUSTED, Strength.HARD)
    assert refusal.detail == {"dials": "3", "most": "3", "round": "1"}
    assert isinstance(may_dial(facts(attempts=dials[:2]), MONDAY_10_15), Permit)
    assert isinstance(may_dial(facts(attempts=dials, case=case(round_=2)), MONDAY_10_15), Permit)


def test_a_used_slot_opens_with_the_next_one() -> None:
    dials = [attempt(1, Outcome.NO_ANSWER, MORNING, started_at=at(23, 9))]
    assert only_refusal(facts(attempts=dials)).opens_at == at(23, 14)
    unknown = facts(attempts=dials, case=case(zone="Mars/Olympus"))
    assert Rule.SLOT_USED not in refusals(unknown)


def test_a_used_slot_without_a_known_next_one_has_no_opening() -> None:
    once = policy(
        'windows = {intervals = ["00:00-24:00"], days = "workdays"}\n'
        "calendar = {working_days = [2099-03-03]}\nattempts = {min_gap_minutes = 0}"
    )
    dials = [attempt(1, Outcome.NO_ANSWER, "2099-03-03/00:00-24:00")]
    refusal = only_refusal(facts(policy=once, attempts=dials), datetime(2099, 3, 3, 2, tzinfo=UTC))
    assert (refusal.rule, refusal.opens_at) == (Rule.SLOT_USED, None)


def test_a_reason_opens_an_advisory_window_and_is_told() -> None:
    closed = facts(overrides={Rule.WINDOW_CLOSED: "the customer asked for noon"})
    permit = may_dial(closed, NOON)
    assert isinstance(permit, Permit)
    assert permit == Permit("2026-11-23/outside", "example", 7, None, permit.overridden)
    assert [refusal.rule for refusal in permit.overridden] == [Rule.WINDOW_CLOSED]
    verdict = next(verdict for verdict in explain(closed, NOON) if verdict.rule is Rule.WINDOW_CLOSED)
    assert verdict.ok
    assert verdict.refusal is not None


def test_inside_a_window_too_it_is_told_which_rule_a_reason_went_round() -> None:
    early = facts(case=case(not_before=at(23, 10, 30)), overrides={Rule.CALLBACK_NOT_YET: "he called himself"})
    permit = may_dial(early, MONDAY_10_15)
    assert isinstance(permit, Permit)
    assert permit == Permit(MORNING, "example", 7, at(23, 11), permit.overridden)
    assert [refusal.rule for refusal in permit.overridden] == [Rule.CALLBACK_NOT_YET]


def test_outside_the_windows_one_dial_a_day_is_one_slot() -> None:
    dials = [attempt(1, Outcome.NO_ANSWER, "2026-11-23/outside", started_at=at(23, 9))]
    refusal = may_dial(facts(attempts=dials, overrides={Rule.WINDOW_CLOSED: "asked for"}), NOON)
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.SLOT_USED


@pytest.mark.parametrize(("rule", "make"), AGAINST)
def test_no_reason_opens_a_hard_rule(rule: Rule, make: Callable[[], DialFacts]) -> None:
    answer = may_dial(replace(make(), overrides=dict.fromkeys(Rule, "because")), MONDAY_10_15)
    soft = {
        Rule.WINDOW_CLOSED,
        Rule.PUBLIC_HOLIDAY,
        Rule.CLOSING_DAY,
        Rule.CALLBACK_NOT_YET,
        Rule.APPOINTMENT_LATER,
        Rule.PHONE_NOT_YET,
        Rule.CLASS_NOT_BY_PHONE,
        Rule.SECOND_VISIT,
    }
    assert isinstance(answer, Permit) is (rule in soft)


@pytest.mark.parametrize(
    ("strength", "reason", "opened"),
    [
        (Strength.HARD, "because", False),
        (Strength.OVERRIDE, "because", True),
        (Strength.ADVISORY, "because", True),
        (Strength.OVERRIDE, "  ", False),
        (Strength.ADVISORY, None, False),
    ],
)
def test_a_rule_that_is_not_hard_needs_a_reason(strength: Strength, reason: str | None, opened: bool) -> None:
    reasons = {} if reason is None else {Rule.WINDOW_CLOSED: reason}
    assert overridable(Refusal(Rule.WINDOW_CLOSED, strength=strength), reasons) is opened
    assert not overridable(Refusal(Rule.SLOT_USED, strength=strength), reasons)


def test_the_next_possible_instant_satisfies_all_rules_at_once() -> None:
    dials = [attempt(1, Outcome.NO_ANSWER, MORNING, started_at=MONDAY_10_15)]
    waiting = facts(attempts=dials, case=case(not_before=at(23, 16, 30)))
    assert next_possible(waiting, MONDAY_10_15) == at(24, 10)
    assert isinstance(may_dial(waiting, at(24, 10)), Permit)


def test_what_time_alone_does_not_open_has_no_next_instant() -> None:
    assert next_possible(facts(number_live=True), NOON) is None
    assert next_possible(facts(case=case(zone="Mars/Olympus")), NOON) is None


def test_a_rule_that_names_no_later_instant_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = MONDAY_10_15
    for opens_at in (now, now - timedelta(seconds=1)):
        refusal = Refusal(Rule.SWITCH_DOWN, opens_at=opens_at)
        monkeypatch.setattr(gate, "RULES", ((Rule.SWITCH_DOWN, lambda _facts, _now, said=refusal: said),))
        assert next_possible(facts(), now) is None


OUTCOMES = [outcome for outcome in Outcome if outcome not in {Outcome.ANSWERED, Outcome.INVALID_NUMBER}]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(OUTCOMES), st.integers(1, 2000), st.booleans()), max_size=25))
def test_gate_and_retry_agree_and_the_gate_keeps_the_cap(
    course: list[tuple[Outcome, int, bool]],
) -> None:
    """An agent who tries at any instant gets through only where retry says so too, and never too often."""
    now = MONDAY_10_15
    dials: list[Attempt] = []
    for outcome, minutes, patient in course:
        now += timedelta(minutes=minutes)
        decision = decide(TONGJIANG, case(), dials, now)
        if patient and isinstance(decision, TryAgain):
            now = decision.not_before
        asked = facts(attempts=dials)
        answer = may_dial(asked, now)
        assert answer == may_dial(asked, now)
        decision = decide(TONGJIANG, case(), dials, now)
        if isinstance(decision, Exhausted):
            assert isinstance(answer, Refusal)
            assert answer.rule is Rule.CALLBACK_EXHAUSTED
            break
        assert isinstance(decision, TryAgain)
        assert isinstance(answer, Permit) is (decision.not_before == now)
        if isinstance(answer, Refusal):
            assert next_possible(asked, now) == decision.not_before
        else:
            dials.append(attempt(len(dials) + 1, outcome, answer.slot, started_at=now))
    charged = [dial for dial in dials if dial.charged]
    assert len(charged) <= 3
    assert len({dial.slot for dial in charged}) == len(charged)


@pytest.mark.parametrize("rules", [TONGJIANG, HARD_WINDOW])
def test_no_minute_of_a_week_is_open_outside_the_windows(rules: Policy) -> None:
    for minutes in range(0, 7 * 24 * 60, 7):
        now = MONDAY_10_15 + timedelta(minutes=minutes)
        local = now + timedelta(hours=8)
        inside = local.weekday() < 5 and (local.hour in {10, 14, 15})
        assert isinstance(may_dial(facts(policy=rules), now), Permit) is inside


def test_the_superior_s_second_visit_is_nothing_that_a_reason_opens() -> None:
    superior = policy('windows = "window.always"\nescalation = "escalation.tongjiang"')
    mine = facts(policy=superior, case=of_matter(not_by="a1"))
    answer = may_dial(replace(mine, overrides={Rule.SECOND_VISIT: "because"}), MONDAY_10_15)
    assert isinstance(answer, Refusal)
    assert (answer.rule, answer.source) == (Rule.SECOND_VISIT, "C6-48")
    assert isinstance(may_dial(facts(policy=superior, case=of_matter(not_by="a2")), MONDAY_10_15), Permit)
