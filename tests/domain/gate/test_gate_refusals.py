"""What each refusal of the gate tells: where its rule comes from, how binding it is, when it opens, and its details."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter.domain.gate.caps import CountedDials
from callcenter.domain.gate.facts import DialFacts
from callcenter.domain.gate.gate import explain
from callcenter.domain.gate.restraints import Restraints
from callcenter.domain.gate.when import closing_of, opening_of
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.refusal import Refusal, Rule, Strength
from domain.gate_facts import AGAINST, ON_SITE_FIRST, at, facts
from domain.values import MONDAY_10_15, attempt, case, policy

HARD, OVERRIDE, ADVISORY = Strength.HARD, Strength.OVERRIDE, Strength.ADVISORY
MINUTE = timedelta(minutes=1)
OTHER = "139****0009"
OWN = "138****0001"

TOLD: Mapping[Rule, Refusal] = {
    refusal.rule: refusal
    for refusal in (
        Refusal(Rule.SERVICE_STOPPING),
        Refusal(Rule.SWITCH_DOWN),
        Refusal(Rule.RECORDER_DOWN, "C6-02, C9-18"),
        Refusal(Rule.DISK_FULL, detail={"free_mb": "999", "mark_mb": "1000"}),
        Refusal(Rule.AGENT_UNKNOWN),
        Refusal(Rule.AGENT_BUSY),
        Refusal(Rule.AGENT_ON_BREAK),
        Refusal(Rule.PLAN_NOT_RUNNING, detail={"plan": "Autumn", "state": "paused"}),
        Refusal(Rule.PLAN_NOT_BEGUN, "C6-34", HARD, at(24, 0), {"plan": "Autumn", "day": "2026-11-24"}),
        Refusal(Rule.PLAN_OVER, "C6-34", detail={"plan": "Autumn", "day": "2026-11-22"}),
        Refusal(Rule.AGENT_NOT_OF_PLAN, "C6-34", detail={"plan": "Autumn"}),
        Refusal(Rule.CALLBACK_NOT_WAITING, detail={"state": "wrap_up"}),
        Refusal(Rule.CALLBACK_WITH_ANOTHER_AGENT, opens_at=MONDAY_10_15 + MINUTE),
        Refusal(Rule.CALLBACK_EXHAUSTED, detail={"dials": "0", "most": "3", "round": "1"}),
        Refusal(Rule.CONFLICT_OF_INTEREST, "C6-08", detail={"between": "same_person"}),
        Refusal(Rule.SECOND_VISIT, "product", OVERRIDE),
        Refusal(Rule.PHONE_NOT_YET, "policy", OVERRIDE, detail={"round": "1", "after": "2"}),
        Refusal(Rule.PLAN_NOT_BY_PHONE, "C6-34, C6-37", detail={"plan": "Autumn", "channel": "letter"}),
        Refusal(Rule.PHONE_FORBIDDEN, "policy", detail={"matter": "class-3 complaints"}),
        Refusal(Rule.CLASS_NOT_BY_PHONE, "N6-08", OVERRIDE, detail={"class": "d", "channel": "sms"}),
        Refusal(Rule.NUMBER_MISSING),
        Refusal(Rule.NUMBER_OF_SOMEBODY_ELSE, detail={"number": OTHER}),
        Refusal(Rule.NUMBER_EMERGENCY, detail={"number": "110"}),
        Refusal(Rule.NUMBER_MALFORMED, detail={"number": "95588", "reason": "the phone number is too short: 5 digits"}),
        Refusal(Rule.NUMBER_PREMIUM, detail={"number": "168****5678"}),
        Refusal(Rule.NUMBER_PREFIX, detail={"number": "+44 74****56", "allowed": "+86"}),
        Refusal(Rule.NUMBER_LIVE, detail={"number": OWN}),
        Refusal(Rule.CASE_WITHDRAWN, detail={"kind": "deceased"}),
        Refusal(Rule.OPT_OUT, "C6-22", detail={"kind": "refused"}),
        Refusal(Rule.NUMBER_WRONG, detail={"number": OWN}),
        Refusal(Rule.NUMBER_BLOCKED, detail={"number": OWN, "lists": "regulator"}),
        Refusal(Rule.CAP_NUMBER, "policy", HARD, MONDAY_10_15 + timedelta(days=1), detail={"most": "1", "span": "24h"}),
        Refusal(Rule.CAP_CUSTOMER, "policy", detail={"most": "1", "span": "lifetime"}),
        Refusal(Rule.ZONE_UNKNOWN, detail={"zone": "Mars/Olympus"}),
        Refusal(Rule.WINDOW_UNSET, detail={"said": "适当时间"}),
        Refusal(Rule.CLOSING_DAY, "product", ADVISORY, at(24, 10), {"day": "2026-11-23"}),
        Refusal(Rule.PUBLIC_HOLIDAY, "product", ADVISORY, at(24, 10), {"day": "2026-11-23"}),
        Refusal(Rule.WINDOW_CLOSED, "C6-58", ADVISORY, at(23, 17), {"zone": "Europe/Berlin"}),
        Refusal(Rule.APPOINTMENT_LATER, "N1-08, N9-06", OVERRIDE, MONDAY_10_15 + MINUTE),
        Refusal(Rule.CALLBACK_NOT_YET, "product", OVERRIDE, MONDAY_10_15 + MINUTE),
        Refusal(Rule.SLOT_USED, "C6-57", HARD, at(23, 14), {"slot": "2026-11-23/10:00-11:00"}),
    )
}


@pytest.mark.parametrize(("rule", "make"), AGAINST)
def test_each_refusal_tells_its_source_its_strength_and_when_it_opens(
    rule: Rule, make: Callable[[], DialFacts]
) -> None:
    said = {verdict.rule: verdict.refusal for verdict in explain(make(), MONDAY_10_15)}
    assert said[rule] == TOLD[rule]


def test_every_refusal_is_in_the_table() -> None:
    assert {rule for rule, _ in AGAINST} - set(TOLD) == set()


def test_the_hours_are_those_of_the_number_that_is_dialled() -> None:
    """10:15 in Shanghai is 03:15 in Berlin, and 15:30 there is 22:30 in Shanghai."""
    usual, number = case(), PhoneNumber("+4930123456")
    both = replace(usual, customer=replace(usual.customer, numbers=(*usual.customer.numbers, number)))
    line = facts(case=both, number=number)
    assert isinstance(opening_of(line, MONDAY_10_15), Refusal)
    assert closing_of(line, MONDAY_10_15) is None
    assert closing_of(line, at(23, 22, 30)) == at(23, 23)
    assert closing_of(facts(), MONDAY_10_15) == at(23, 11)


def test_a_day_that_caps_count_is_the_customers() -> None:
    capped = policy('windows = "window.tongjiang"\ncaps = {number_day = {most = 1}}')
    dialled = Restraints(counted=CountedDials((MONDAY_10_15,), ()))
    for zone, opens_at in (("", at(24, 0)), ("Europe/Berlin", at(24, 7))):
        asked = facts(policy=capped, restraints=dialled, case=case(zone=zone))
        told = {each.rule: each.refusal for each in explain(asked, MONDAY_10_15)}
        refusal = told[Rule.CAP_NUMBER]
        assert refusal is not None
        assert refusal.opens_at == opens_at


def test_a_gap_that_the_institution_chose_is_told_as_its_own() -> None:
    own = policy('windows = "window.tongjiang"\nattempts = {min_gap_minutes = 45}')
    asked = facts(policy=own, case=case(not_before=MONDAY_10_15 + MINUTE))
    (refusal,) = [each.refusal for each in explain(asked, MONDAY_10_15) if each.refusal]
    assert (refusal.rule, refusal.source) == (Rule.CALLBACK_NOT_YET, "policy")


@pytest.mark.parametrize("strength", Strength)
def test_the_number_of_dials_binds_as_the_policy_says(strength: Strength) -> None:
    rules = policy(f'windows = "window.tongjiang"\nattempts = {{dials_max = 4, dials_strength = "{strength.value}"}}')
    dialled = attempt(1, Outcome.NO_ANSWER, "2026-11-23/10:00-11:00", started_at=at(23, 9))
    asked = facts(policy=rules, case=case(state=CallbackState.EXHAUSTED), attempts=(dialled,))
    told = [each.refusal for each in explain(asked, MONDAY_10_15) if each.refusal]
    assert [(each.rule, each.source, each.strength) for each in told] == [
        (Rule.CALLBACK_EXHAUSTED, "policy", strength),
        (Rule.SLOT_USED, "product", strength),
    ]


@pytest.mark.parametrize("strength", Strength)
def test_a_conflict_of_interest_binds_as_the_policy_says(strength: Strength) -> None:
    rules = policy(
        f'windows = "window.tongjiang"\nconflict = {{between = "same_person", strength = "{strength.value}"}}'
    )
    (refusal,) = [
        each.refusal for each in explain(facts(policy=rules, case=case(manager="Li Na")), MONDAY_10_15) if each.refusal
    ]
    assert (refusal.rule, refusal.strength) == (Rule.CONFLICT_OF_INTEREST, strength)


@pytest.mark.parametrize(("round_", "refused"), [(1, True), (2, True), (3, False)])
def test_by_phone_only_after_so_many_rounds_by_other_channels(round_: int, *, refused: bool) -> None:
    asked = facts(policy=ON_SITE_FIRST, case=case(round_=round_))
    told = [each.rule for each in explain(asked, MONDAY_10_15) if each.refusal]
    assert told == ([Rule.PHONE_NOT_YET] if refused else [])


def test_at_the_agreed_instant_itself_it_is_dialled() -> None:
    asked = facts(case=case(appointment_at=MONDAY_10_15))
    assert [each.refusal for each in explain(asked, MONDAY_10_15) if each.refusal] == []


@pytest.mark.parametrize(("setup_seconds", "too_late"), [(0, 21), (5, 26)])
def test_a_ring_and_what_prepares_it_must_fit_where_the_policy_says_so(setup_seconds: int, too_late: int) -> None:
    rules = policy('windows = {intervals = ["10:00-11:00"], ring_at_close = "must_fit"}')
    asked = facts(policy=rules, setup_seconds=setup_seconds)
    last = at(23, 11) - timedelta(seconds=too_late)
    assert isinstance(opening_of(asked, last), Refusal)
    assert not isinstance(opening_of(asked, last - timedelta(microseconds=1)), Refusal)


@pytest.mark.parametrize(
    ("dislikes_calls", "agreed", "opens_at"),
    [(False, False, at(23, 10, 30)), (True, False, at(23, 11)), (False, True, None)],
)
def test_the_gap_is_doubled_for_who_dislikes_calls_and_lifted_by_an_appointment(
    *, dislikes_calls: bool, agreed: bool, opens_at: datetime | None
) -> None:
    """30 minutes of our own after a dial that ended at 10:00; not at all where he named 10:15 himself."""
    dialled = attempt(1, Outcome.NO_ANSWER, "2026-11-20/14:00-16:00", started_at=at(23, 10) - timedelta(seconds=30))
    usual = case(appointment_at=MONDAY_10_15 if agreed else None)
    asked = replace(usual, customer=replace(usual.customer, dislikes_calls=dislikes_calls))
    told = {each.rule: each.refusal for each in explain(facts(attempts=(dialled,), case=asked), MONDAY_10_15)}
    refusal = told.get(Rule.CALLBACK_NOT_YET)
    assert (refusal.opens_at if refusal else None) == opens_at
