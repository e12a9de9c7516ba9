"""Answers and what they raise stand together; a talk keeps its script; complaints are due as the policy says."""

from dataclasses import replace
from typing import Any

import pytest

from callcenter.app.questioning import questioning
from callcenter.domain.access import Account, Role
from callcenter.domain.calls.call import CallState
from callcenter.domain.outcomes import Disposition
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.scripts.examples import example_text
from callcenter.domain.scripts.script import load_script
from callcenter.domain.scripts.versions import KeptScript, as_version
from callcenter.domain.visits.problem_cases import CaseSearch, CaseState
from callcenter.domain.visits.visitlog import FieldName
from callcenter.engine.decisions import By
from callcenter.engine.problem_cases import Complaint
from callcenter.engine.questioning import Given, Questioning, SheetClosedError, TalkNotFoundError
from callcenter.engine.visits import LogIncompleteError
from callcenter.storage.errors import DatabaseFailedError
from engine.story import MONDAY_10_15, POLICY, Story

BY = By(Account("acc-1", "agent1001", "Agent", frozenset({Role.AGENT}), "agent-1001", "", MONDAY_10_15))
WRITTEN: dict[str, Any] = {
    "content": "x",
    "problems": "无",
    "handling_result": "无",
    "disposition": Disposition.SUCCESS,
    "resolved": True,
}


async def talk(story: Story, *, over: bool = True) -> str:
    """A talk of a plan whose script is the broker's."""
    await add_version(story, 1)
    plan = next(plan for plan in await story.books.people.plans() if plan.id == "quick")
    await story.books.people.add_plan(replace(plan, script="broker"))
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    if over:
        await story.hang_up(call)
    return call


async def add_version(story: Story, version: int) -> None:
    text = as_version(example_text("broker"), version)
    await story.books.scripts.add(KeptScript(load_script(text), text, MONDAY_10_15), "acc-1")


def sheets(story: Story) -> Questioning:
    return questioning(story.books, story.clock)


def given(key: str, value: object, based_on: int = 0) -> Given:
    return Given(key, value, based_on, 1)


async def test_an_answer_whose_problem_cannot_be_written_down_is_not_kept_either(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await talk(story, over=False)

    async def failing(*_: object) -> bool:
        raise DatabaseFailedError(5, "the database failed")

    with monkeypatch.context() as broken:
        broken.setattr(story.books.problem_cases, "add", failing)
        with pytest.raises(DatabaseFailedError):
            await sheets(story).answer(call, given("q.promise", True), BY)
    run = await story.books.answers.run(call)
    assert run is not None
    assert run.values == {}
    sheet = await sheets(story).answer(call, given("q.promise", True), BY)
    assert [(case.title, case.state) for case in sheet.cases] == [("承诺或保证投资收益", CaseState.OPEN)]


async def test_a_log_waits_for_its_script_and_closing_keeps_the_version(story: Story) -> None:
    call = await talk(story)
    with pytest.raises(LogIncompleteError) as lacking:
        await story.service.visits.close(call, WRITTEN)
    assert lacking.value.missing == (FieldName.IDENTITY, FieldName.SCRIPT)
    assert await story.books.answers.run(call) is None
    refused = {**WRITTEN, "disposition": Disposition.REFUSED}
    await story.service.visits.close(call, refused)
    await add_version(story, 2)
    run = await story.books.answers.run(call)
    assert run is not None
    assert (run.version, (await sheets(story).sheet(call)).script.version) == (1, 1)
    with pytest.raises(SheetClosedError):
        await sheets(story).answer(call, given("q.promise", False), BY)
    with pytest.raises(SheetClosedError):
        await sheets(story).complain(call, Complaint("late", "key-12345"), BY)


async def test_a_dial_in_vain_asks_nothing_of_the_script(story: Story) -> None:
    call = await talk(story)
    record = await story.log(call)
    vain = replace(record.log, outcome=None, disposition=Disposition.SUCCESS)
    assert FieldName.SCRIPT not in await story.service.visits.lacking(vain, None)
    assert FieldName.SCRIPT in await story.service.visits.lacking(replace(record.log, **WRITTEN), None)


@pytest.mark.parametrize(
    ("sla", "due"),
    [
        ("", "2026-11-24T15:59:59+00:00"),
        ('[sla.clocks.complaint]\nhandled = "3 working days"\n', "2026-11-26T15:59:59+00:00"),
        ('[sla.clocks.complaint]\nreply = "24 hours"\n', "2026-11-24T02:15:13.500000+00:00"),
    ],
)
async def test_a_complaint_is_due_as_the_policy_says(story: Story, sla: str, due: str) -> None:
    text = POLICY.replace("version = 1", "version = 2").replace("2026-01-01", "2026-02-01") + sla
    assert await story.books.policies.add(load_policy(text), text)
    call = await talk(story, over=False)
    case = await sheets(story).complain(call, Complaint("he is angry", "key-12345"), BY)
    assert case.due_at.isoformat() == due
    again = await sheets(story).complain(call, Complaint("he is angry", "key-12345"), BY)
    assert again == case
    assert len(await story.books.problem_cases.search(CaseSearch(attempt_id=call))) == 1


async def test_what_was_never_dialled_has_no_sheet(story: Story) -> None:
    await talk(story)
    with pytest.raises(TalkNotFoundError):
        await sheets(story).sheet("nowhere")
