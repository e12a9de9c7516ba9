"""A major anomaly leads to a second visit by somebody else: by itself or when asked for, and once."""

from dataclasses import replace
from typing import Any

import pytest

from callcenter.app.offline import second_visits
from callcenter.app.questioning import problem_cases
from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import Callback, CallbackState
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.queue.returns import Candidate, asked_first
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.problem_cases import CaseDeed, CaseSearch, CaseState, ProblemCase, Unvisitable
from callcenter.domain.visits.second_visit import StillToVisit
from callcenter.engine.problem_cases import CaseChangedError, CaseNotFoundError, Complaint
from engine.story import POLICY, Story
from engine.test_questioning import BY, WRITTEN, given, sheets, talk

BY_ITSELF = f"""{POLICY.replace("version = 1", "version = 2").replace("2026-01-01", "2026-02-01")}
[escalation]
major_anomaly_then = ["superior", "second_visit"]
"""
INCOMPLETE: dict[str, Any] = {**WRITTEN, "disposition": Disposition.REFUSED}
"""Needs no answer of the script."""


async def by_itself(story: Story) -> None:
    assert await story.books.policies.add(load_policy(BY_ITSELF), BY_ITSELF)


async def second(story: Story, call: str) -> Callback | None:
    case = await story.books.callbacks.case(f"second-{call}")
    return case.callback if case else None


async def cases_of(story: Story, call: str) -> list[ProblemCase]:
    return await story.books.problem_cases.search(CaseSearch(attempt_id=call))


async def test_where_the_policy_says_so_it_is_added_once_when_the_log_is_closed(story: Story) -> None:
    await by_itself(story)
    call = await talk(story)
    await sheets(story).answer(call, given("q.promise", value=True), BY)
    await sheets(story).complain(call, Complaint("他骗人", "complaint-1", major=True), BY)
    assert await second(story, call) is None
    await story.service.visits.close(call, INCOMPLETE)
    visit = await second(story, call)
    assert visit is not None
    assert (visit.state, visit.not_by, visit.priority) == (CallbackState.WAITING, "agent-1001", 9)
    first, cases = await story.callback(), await cases_of(story, call)
    assert (visit.customer_id, visit.plan_id) == (first.customer_id, first.plan_id)
    assert visit.due_at == min(each.due_at for each in cases)
    assert "承诺或保证投资收益" in visit.purpose
    assert {each.second_visit for each in cases} == {visit.id}
    (deed,) = [each.deed for each in await story.books.audit.entries(on_id=visit.id)]
    assert (deed.action, deed.login) == (Action.CALLBACK_ADDED, "1001")


@pytest.mark.parametrize("major", [False, True])
async def test_nothing_follows_what_is_not_major_or_was_corrected(story: Story, *, major: bool) -> None:
    await by_itself(story)
    call = await talk(story)
    if major:
        await sheets(story).answer(call, given("q.promise", value=True), BY)
        await sheets(story).answer(call, given("q.promise", value=False, based_on=1), BY)
    else:
        await sheets(story).answer(call, given("q.risk_told", value=False), BY)
    await story.service.visits.close(call, INCOMPLETE)
    assert await second(story, call) is None
    (case,) = await cases_of(story, call)
    assert await second_visits(story.books, story.clock).ask(case.id, case.version, BY) is Unvisitable.NOT_MAJOR


async def test_where_the_policy_says_nothing_a_supervisor_asks_for_it(story: Story) -> None:
    call = await talk(story)
    await sheets(story).answer(call, given("q.promise", value=True), BY)
    await story.service.visits.close(call, INCOMPLETE)
    assert await second(story, call) is None
    (case,) = await cases_of(story, call)
    asking = second_visits(story.books, story.clock)
    cases = problem_cases(story.books, story.clock)
    for deed in (CaseDeed.HANDLE, CaseDeed.CLOSE):
        moved = await cases.move(case.id, deed, "x", case.version, BY)
        assert isinstance(moved, ProblemCase)
        case = moved
    assert await asking.ask(case.id, case.version, BY) is Unvisitable.CLOSED
    moved = await cases.move(case.id, CaseDeed.REOPEN, "x", case.version, BY)
    assert isinstance(moved, ProblemCase)
    case = moved
    with pytest.raises(CaseChangedError):
        await asking.ask(case.id, case.version + 1, BY)
    with pytest.raises(CaseNotFoundError):
        await asking.ask("nothing", 1, BY)
    after = await asking.ask(case.id, case.version, BY)
    assert isinstance(after, ProblemCase)
    assert (after.second_visit, after.version, after.state) == (f"second-{call}", case.version + 1, CaseState.OPEN)
    assert await asking.ask(case.id, after.version, BY) is Unvisitable.ASKED_ALREADY


async def test_whoever_made_the_first_is_not_given_the_second(story: Story) -> None:
    await by_itself(story)
    call = await talk(story)
    await sheets(story).answer(call, given("q.promise", value=True), BY)
    await story.service.visits.close(call, INCOMPLETE)
    visit = f"second-{call}"
    await story.sign_in(1001, 1002)
    assert await story.service.dialing.next_for("1001") is None
    case = await story.service.dialing.next_for("1002")
    assert case is not None
    assert not isinstance(case, Refusal)
    assert case.callback.id == visit
    assert await story.books.callbacks.give_back(visit, "agent-1002")
    explained = await story.service.asking.explain(visit, "1001")
    assert not isinstance(explained, Refusal)
    assert Rule.SECOND_VISIT in {each.refusal.rule for each in explained.verdicts if each.refusal}


async def test_whoever_made_the_first_is_not_asked_when_the_customer_rings_back(story: Story) -> None:
    await story.add_callback()
    await story.sign_in(1001, 1002)
    team = await story.books.duty.team(story.clock.now(), story.clock.now())
    case = await story.case()
    mine = Candidate(replace(case, callback=replace(case.callback, not_by="agent-1001")), None, "agent-1001")
    agent = asked_first(mine, team, lambda _: False, set())
    assert agent is not None
    assert agent.id == "agent-1002"


async def test_a_case_is_closed_only_when_its_second_visit_is_over(story: Story) -> None:
    await by_itself(story)
    call = await talk(story)
    await sheets(story).answer(call, given("q.promise", value=True), BY)
    cases = problem_cases(story.books, story.clock)

    async def move(deed: CaseDeed) -> object:
        (case,) = await cases_of(story, call)
        return await cases.move(case.id, deed, "已核实", case.version, BY)

    assert isinstance(await move(CaseDeed.HANDLE), ProblemCase)
    assert await move(CaseDeed.CLOSE) == StillToVisit(None)
    await story.service.visits.close(call, INCOMPLETE)
    assert await move(CaseDeed.CLOSE) == StillToVisit(await second(story, call))
    again = await story.reach(CallState.TALKING, f"second-{call}", 1002)
    await story.hang_up(again)
    lacks = await move(CaseDeed.CLOSE)
    assert isinstance(lacks, StillToVisit)
    assert lacks.visit is not None
    assert lacks.visit.state is CallbackState.WRAP_UP
    (case,) = await cases_of(story, call)
    assert [each.deed for each in await story.books.problem_cases.steps(case.id)] == [CaseDeed.RAISE, CaseDeed.HANDLE]
    await story.service.visits.close(again, INCOMPLETE)
    exhausted = await second(story, call)
    assert exhausted is not None
    assert await move(CaseDeed.CLOSE) == StillToVisit(exhausted)
    given_up = CallbackChange(CallbackState.CLOSED, exhausted_reason=exhausted.exhausted_reason)
    assert await story.books.callbacks.change(exhausted.id, exhausted.version, given_up)
    after = await move(CaseDeed.CLOSE)
    assert isinstance(after, ProblemCase)
    assert after.state is CaseState.CLOSED
