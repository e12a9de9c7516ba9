from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.access import Permission
from callcenter.domain.people import Plan, PlanState
from callcenter.domain.plans.life import (
    MOVES,
    QUICK_MOVES,
    Asker,
    Element,
    Immovable,
    PlanDeed,
    Unmovable,
    begins_at,
    carries_out,
    changed,
    changed_names,
    deed_to,
    deeds_of,
    lacking,
    moved,
    over_since,
    target_of,
)
from domain.values import MONDAY_10_15, agent, case

ALL = frozenset(Permission)
SUPERVISOR = Asker("s", frozenset({Permission.CHANGE_QUEUE}))
COMPLIANCE = Asker("c", frozenset({Permission.APPROVE_PLANS}))
BOTH = Asker("b", ALL)
ALONE = Asker("b", ALL, others_approve=False)
KEEPER = Asker("", ALL, keeper=True)

COMPLETE = replace(
    case().plan,
    state=PlanState.DRAFT,
    needs_approval=True,
    content="1. Satisfied?",
    starts_on=date(2026, 11, 23),
    ends_on=date(2026, 12, 4),
    whom="signed in October",
    agent_ids=("a1",),
)


def after(plan: Plan, *moves: tuple[PlanDeed, Asker], reason: str = "because") -> Plan:
    for deed, asker in moves:
        following = moved(plan, deed, asker, reason, MONDAY_10_15)
        assert isinstance(following, Plan), (deed, following)
        plan = following
    return plan


def why_not(plan: Plan, deed: PlanDeed, asker: Asker, reason: str = "") -> Unmovable:
    against = moved(plan, deed, asker, reason, MONDAY_10_15)
    assert isinstance(against, Immovable), against
    return against.why


SUBMITTED = after(COMPLETE, (PlanDeed.SUBMIT, SUPERVISOR))
RUNNING = after(SUBMITTED, (PlanDeed.APPROVE, COMPLIANCE), (PlanDeed.START, SUPERVISOR))


def test_a_plan_goes_from_its_draft_to_its_end() -> None:
    plan = after(RUNNING, (PlanDeed.PAUSE, SUPERVISOR), (PlanDeed.RESUME, SUPERVISOR), (PlanDeed.FINISH, SUPERVISOR))
    assert (plan.state, plan.submitted_by, plan.needs_approval, plan.version) == (PlanState.FINISHED, "s", False, 7)


@pytest.mark.parametrize(
    ("element", "without"),
    [
        (Element.PURPOSE, {"purpose": " "}),
        (Element.CONTENT, {"content": ""}),
        (Element.TIME, {"starts_on": None}),
        (Element.TIME, {"ends_on": None}),
        (Element.OBJECT, {"whom": ""}),
        (Element.EXECUTOR, {"agent_ids": ()}),
    ],
)
def test_what_lacks_is_said_by_name_and_the_plan_is_not_submitted(element: Element, without: dict[str, object]) -> None:
    plan = replace(COMPLETE, **without)  # type: ignore[arg-type]
    assert lacking(plan) == (element,)
    assert moved(plan, PlanDeed.SUBMIT, SUPERVISOR, "", MONDAY_10_15) == Immovable(
        Unmovable.ELEMENTS_LACKING, (element,)
    )


def test_lists_tell_the_customers_and_departments_the_executors() -> None:
    assert lacking(replace(COMPLETE, whom="", lists=("october.xlsx",), agent_ids=(), departments=("Service",))) == ()


def test_a_plan_whose_last_day_is_over_is_not_submitted() -> None:
    last = replace(COMPLETE, starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 23))
    assert after(last, (PlanDeed.SUBMIT, SUPERVISOR)).state is PlanState.SUBMITTED
    assert why_not(replace(last, ends_on=date(2026, 11, 22)), PlanDeed.SUBMIT, SUPERVISOR) is Unmovable.TIME_PAST
    end = over_since(last)
    assert end is not None
    assert moved(last, PlanDeed.SUBMIT, SUPERVISOR, "", end) == Immovable(Unmovable.TIME_PAST)


@pytest.mark.parametrize("deed", list(MOVES))
def test_each_move_is_for_who_has_its_right(deed: PlanDeed) -> None:
    (state, *_), needs = sorted(MOVES[deed].before), MOVES[deed].needs
    plan = replace(COMPLETE, state=state)
    for permission in Permission:
        found = moved(plan, deed, Asker("x", frozenset({permission})), "because", MONDAY_10_15)
        assert isinstance(found, Plan) is (permission in needs), permission
    assert why_not(plan, deed, Asker("x", frozenset()), "because") is Unmovable.NO_RIGHT


@pytest.mark.parametrize("deed", list(PlanDeed))
@pytest.mark.parametrize("state", list(PlanState))
def test_a_move_leads_from_its_own_states_only(deed: PlanDeed, state: PlanState) -> None:
    plan = replace(COMPLETE, state=state, needs_approval=False)
    rule = MOVES.get(deed)
    if rule is None or state not in rule.before:
        assert why_not(plan, deed, KEEPER) is Unmovable.NOT_FROM_HERE
    else:
        assert after(plan, (deed, KEEPER)).state is rule.after
        assert deed_to(plan, rule.after) is deed
        assert deed in deeds_of(plan, ALL)


@pytest.mark.parametrize("state", list(PlanState))
def test_each_sees_the_deeds_that_are_open_to_him_and_no_others(state: PlanState) -> None:
    plan = replace(COMPLETE, state=state, needs_approval=False)
    for rights in (frozenset(), SUPERVISOR.rights, COMPLIANCE.rights, ALL):
        asker = Asker("x", rights)
        shut = {Unmovable.NOT_FROM_HERE, Unmovable.NO_RIGHT}
        answers = {deed: moved(plan, deed, asker, "because", MONDAY_10_15) for deed in PlanDeed}
        open_to_him = {deed for deed, found in answers.items() if isinstance(found, Plan) or found.why not in shut}
        assert set(deeds_of(plan, rights)) == open_to_him


@pytest.mark.parametrize("state", list(PlanState))
def test_what_leads_to_a_state_is_told_where_there_is_a_way(state: PlanState) -> None:
    plan = replace(COMPLETE, state=state, needs_approval=False)
    for wanted in PlanState:
        ways = [deed for deed in PlanDeed if target_of(plan, deed) is wanted]
        assert deed_to(plan, wanted) is next(iter(ways), None)


def test_who_submitted_a_plan_stays_told_whoever_moves_it_on() -> None:
    approved = after(SUBMITTED, (PlanDeed.APPROVE, COMPLIANCE))
    assert approved.submitted_by == "s"
    assert after(approved, (PlanDeed.START, BOTH), (PlanDeed.FINISH, BOTH)).submitted_by == "s"


def test_nobody_approves_what_he_submitted() -> None:
    own = after(COMPLETE, (PlanDeed.SUBMIT, BOTH))
    assert why_not(own, PlanDeed.APPROVE, BOTH, "in a hurry") is Unmovable.OWN_PLAN
    assert after(own, (PlanDeed.APPROVE, COMPLIANCE)).state is PlanState.APPROVED


def test_who_alone_may_approve_gives_a_reason_for_approving_his_own() -> None:
    own = after(COMPLETE, (PlanDeed.SUBMIT, ALONE))
    assert why_not(own, PlanDeed.APPROVE, ALONE, "  ") is Unmovable.OWN_PLAN_NEEDS_REASON
    assert moved(own, PlanDeed.APPROVE, ALONE, "one-person office", MONDAY_10_15) == replace(
        own, state=PlanState.APPROVED, needs_approval=False, version=own.version + 1
    )


@pytest.mark.parametrize("deed", [PlanDeed.RETURN, PlanDeed.REVISE])
def test_a_plan_becomes_a_draft_again_only_with_a_reason(deed: PlanDeed) -> None:
    plan = SUBMITTED if deed is PlanDeed.RETURN else after(RUNNING, (PlanDeed.PAUSE, SUPERVISOR))
    assert why_not(plan, deed, BOTH, " ") is Unmovable.REASON_LACKING
    draft = after(plan, (deed, BOTH))
    assert (draft.state, draft.needs_approval) == (PlanState.DRAFT, True)


def test_a_running_plan_is_not_changed() -> None:
    wanted = replace(RUNNING, content="something else")
    assert changed(RUNNING, wanted, ALL) == Immovable(Unmovable.NOT_A_DRAFT)
    assert changed(COMPLETE, wanted, COMPLIANCE.rights) == Immovable(Unmovable.NO_RIGHT)
    found = changed(COMPLETE, replace(wanted, id="p2", submitted_by="x", state=PlanState.RUNNING), SUPERVISOR.rights)
    assert found == replace(COMPLETE, content="something else", version=2)
    assert changed_names(COMPLETE, found) == ("content",)


def test_a_draft_that_was_finished_is_a_draft_when_it_is_opened_again() -> None:
    given_up = after(COMPLETE, (PlanDeed.FINISH, SUPERVISOR))
    assert after(given_up, (PlanDeed.REOPEN, SUPERVISOR)).state is PlanState.DRAFT
    assert after(RUNNING, (PlanDeed.FINISH, SUPERVISOR), (PlanDeed.REOPEN, SUPERVISOR)).state is PlanState.PAUSED


def test_the_keeper_of_the_machine_starts_a_plan_at_once() -> None:
    bare = replace(case().plan, state=PlanState.DRAFT, needs_approval=True)
    assert after(bare, *((deed, KEEPER) for deed in QUICK_MOVES), reason="").state is PlanState.RUNNING


@given(st.lists(st.tuples(st.sampled_from([*MOVES, PlanDeed.CHANGE]), st.sampled_from([SUPERVISOR, COMPLIANCE, BOTH]))))
def test_nothing_runs_but_as_somebody_else_than_its_submitter_approved_it(deeds: list[tuple[PlanDeed, Asker]]) -> None:
    plan, approved = replace(COMPLETE, starts_on=date(2026, 11, 1)), ""
    for number, (deed, asker) in enumerate(deeds):
        wanted = replace(plan, content=f"version {number}")
        following = (
            changed(plan, wanted, asker.rights)
            if deed is PlanDeed.CHANGE
            else moved(plan, deed, asker, "because", MONDAY_10_15)
        )
        if isinstance(following, Immovable):
            continue
        if deed is PlanDeed.APPROVE:
            assert asker.id != plan.submitted_by
            approved = plan.content
        plan = following
        if plan.state is PlanState.RUNNING:
            assert plan.content == approved


def test_the_days_are_those_of_the_plans_zone_and_both_included() -> None:
    assert begins_at(COMPLETE) == datetime(2026, 11, 22, 16, tzinfo=UTC)
    assert over_since(COMPLETE) == datetime(2026, 12, 4, 16, tzinfo=UTC)
    assert begins_at(case().plan) is over_since(case().plan) is None
    nowhere = replace(COMPLETE, zone="Moon/Crater")
    assert begins_at(nowhere) == datetime(2026, 11, 23, tzinfo=UTC)


def test_a_plan_is_carried_out_by_those_it_names() -> None:
    both = replace(COMPLETE, agent_ids=("a1",), departments=("Ｓervice Desk",))
    assert carries_out(both, agent("a1", department="Sales"))
    assert carries_out(both, agent("a2", department=" service desk"))
    assert carries_out(both, agent("a2", department="ServiceDesk"))
    assert not carries_out(both, agent("a2", department="Sales"))
    assert not carries_out(replace(both, agent_ids=()), agent("a2", department="Sales"))
    assert carries_out(replace(both, agent_ids=(), departments=()), agent("a2", department="Sales"))


def test_a_finished_plan_leads_nowhere_but_to_being_opened_again() -> None:
    finished = after(RUNNING, (PlanDeed.FINISH, SUPERVISOR))
    assert {deed for deed in PlanDeed if target_of(finished, deed)} == {PlanDeed.REOPEN}
