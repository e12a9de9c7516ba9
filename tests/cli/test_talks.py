"""What came of talks, from the command line: scripts, problems, corrections, logs, visits without a call."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from callcenter.domain.calls.call import CallState
from callcenter.domain.people import CallbackState
from callcenter.domain.queue.returns import ReturnCall, ReturnState
from callcenter.domain.scripts.examples import example_text
from callcenter.domain.scripts.versions import as_version
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.corrections import CorrectionState
from callcenter.domain.visits.problem_cases import CaseSearch, CaseState
from cli.conftest import Shell
from cli.test_calls import at, in_thread
from engine.story import Story

__all__ = ["at"]

PDF = b"%PDF-1.4\nsigned\n%%EOF\n"


@pytest.fixture
async def talked(story: Story, at: Shell) -> str:
    """A talk that is over, by the agent of the account `li`; `boss` is a supervisor."""
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    await said(at, "accounts", "add", "boss", "--name", "Boss", "--role", "supervisor")
    await said(at, "accounts", "add", "li", "--name", "Li", "--role", "agent", "--agent", "1001")
    return call


async def said(shell: Shell, *words: str | Path) -> str:
    result = await in_thread(shell, *map(str, words))
    assert result.exit_code == 0, result.output
    return result.stdout


async def failed(shell: Shell, *words: str | Path, code: int = 1) -> str:
    result = await in_thread(shell, *map(str, words))
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stderr


def test_a_script_is_checked_added_shown_and_named_by_a_plan(shell: Shell) -> None:
    shell.said("accounts", "add", "boss", "--name", "Boss", "--role", "supervisor")
    shell.said("accounts", "add", "qc", "--name", "Q", "--role", "compliance")
    file = shell.folder / "broker.toml"
    file.write_text(example_text("broker").replace("{agent}", "{agnt}"), "utf-8")
    assert any("agnt" in line for line in shell.fails("scripts", "check", file))
    file.write_text(example_text("broker"), "utf-8")
    assert "right" in shell.said("scripts", "check", file)
    assert "no right" in shell.fails("scripts", "add", file, "--by", "qc")[0]
    assert "no script" in shell.fails("scripts", "show", "broker")[0]
    shell.said("scripts", "add", file, "--by", "boss")
    assert "stands already" in shell.fails("scripts", "add", file, "--by", "boss")[0]
    assert shell.said("scripts", "show", "broker") == example_text("broker")
    assert "no version" in shell.fails("scripts", "show", "broker", "--changes")[0]
    file.write_text(as_version(example_text("broker"), 2).replace("示例投资", "另一家投资"), "utf-8")
    shell.said("scripts", "add", file, "--by", "boss")
    assert [(each["change"], each["of"]) for each in shell.told("scripts", "show", "broker", "--changes")] == [
        ("changed", "institution")
    ]
    plan = ("plans", "add", "p", "--name", "P", "--purpose", "P", "--policy", "always_open", "--trunk", "network")
    assert "no script" in shell.fails(*plan, "--script", "nothing")[0]
    shell.said(*plan, "--script", "broker")
    (row,) = shell.told("scripts", "list")
    assert (row["name"], row["version"], row["by"], row["plans"]) == ("broker", 2, "boss", "p")


async def test_a_complaint_is_raised_handled_closed_and_leads_to_a_second_visit(
    story: Story, at: Shell, talked: str
) -> None:
    words = ("problems", "raise", talked, "--words", "没有人回电话", "--major")
    assert "not that of the agent" in await failed(at, *words, "--by", "boss")
    await said(at, *words, "--department", "客服", "--by", "li")
    (case,) = json.loads(await said(at, "problems", "list", "--major", "--json"))
    assert (case["words"], case["department"], case["state"]) == ("没有人回电话", "客服", "open")
    key = case["id"]
    assert "no right" in await failed(at, "problems", "handle", key, "--note", "x", "--by", "li")
    assert "does not follow" in await failed(at, "problems", "close", key, "--note", "x", "--by", "boss")
    for deed, state in (("handle", "handled"), ("close", "closed"), ("reopen", "open")):
        assert state in await said(at, "problems", deed, key, "--note", "已回电", "--by", "boss")
    shown = json.loads(await said(at, "problems", "show", key, "--json"))
    assert [each["deed"] for each in shown["steps"]] == ["raise", "handle", "close", "reopen"]
    assert f"second-{talked}" in await said(at, "problems", "second-visit", key, "--by", "boss")
    assert "already" in await failed(at, "problems", "second-visit", key, "--by", "boss")
    await said(at, "problems", "handle", key, "--note", "x", "--by", "boss")
    early = await failed(at, "problems", "close", key, "--note", "x", "--by", "boss")
    assert f"second-{talked}, is still to be made (waiting)" in early
    await said(at, "problems", "reopen", key, "--note", "x", "--by", "boss")
    again = await story.books.callbacks.case(f"second-{talked}")
    assert again is not None
    assert again.callback.not_by == "agent-1001"
    (kept,) = await story.books.problem_cases.search(CaseSearch(attempt_id=talked))
    assert kept.state is CaseState.OPEN
    assert "No problem like that." in await said(at, "problems", "list", "--state", "closed")
    assert "no problem case" in await failed(at, "problems", "show", "nothing")


async def test_a_correction_is_proposed_masked_in_the_list_and_decided(story: Story, at: Shell, talked: str) -> None:
    words = ("corrections", "propose", talked, "--by", "li")
    assert "already" in await failed(at, *words, "--field", "number", "--new", "13800000001", "--replaces", "0")
    await said(at, *words, "--field", "number", "--new", "139 0000 0009", "--replaces", "0")
    await said(at, *words, "--field", "name", "--new", "王方")
    number, name = json.loads(await said(at, "corrections", "list", "--state", "proposed", "--json"))
    assert (number["old"], number["new"], name["new"]) == ("138****0001", "139****0009", "王方")
    assert "no right" in await failed(at, "corrections", "accept", number["id"], "--by", "li")
    assert "accepted" in await said(at, "corrections", "accept", number["id"], "--by", "boss")
    assert "declined" in await said(at, "corrections", "decline", name["id"], "--by", "boss")
    assert "decided already" in await failed(at, "corrections", "accept", name["id"], "--by", "boss")
    customer = (await story.case()).customer
    assert ([each.e164 for each in customer.numbers], customer.name != "王方") == (["+8613900000009"], True)
    states = {each.state for each in await story.books.corrections.search()}
    assert states == {CorrectionState.ACCEPTED, CorrectionState.DECLINED}


async def test_a_log_takes_every_field_that_the_page_has(story: Story, at: Shell, talked: str) -> None:
    fields = {
        "own-words": "服务不错",
        "offered": "sms",
        "offer-text": "可以发短信吗",
        "offer-taken-by": "王芳",
        "contact": "王芳的丈夫",
    }
    options = [word for name, value in fields.items() for word in (f"--{name}", value)]
    await said(at, "logs", "fill", talked, *options, "--offer-taken", "--dislikes-calls", "--unresolved")
    log = (await story.log(talked)).log
    assert (log.own_words, log.offered, log.offer_text, log.offer_taken_by) == (
        "服务不错",
        "sms",
        "可以发短信吗",
        "王芳",
    )
    assert (log.offer_taken, log.dislikes_calls, log.resolved, log.contact) == (True, True, False, "王芳的丈夫")
    await said(at, "logs", "fill", talked, "--disposition", "appointment", "--next-visit-at", "2099-01-01T10:00")
    assert (await story.log(talked)).log.next_visit_at is not None


@pytest.mark.usefixtures("talked")
async def test_a_visit_is_written_with_its_scan_and_moves_its_callback(story: Story, at: Shell) -> None:
    await story.add_callback("cb-2")
    words = ("visits", "write", "cb-2", "--agent", "1001", "--channel", "onsite", "--at", "2026-11-22T10:00")
    assert "--content is missing" in await failed(at, *words, "--result", "made", "--by", "boss")
    assert "no right" in await failed(at, *words, "--result", "not_met", "--by", "li")
    told = await said(at, *words, "--result", "made", "--content", "谈了", "--by", "boss")
    assert "the callback is now: done" in told
    assert (await story.callback("cb-2")).state is CallbackState.DONE
    (visit,) = json.loads(await said(at, "visits", "list", "cb-2", "--json"))
    assert (visit["result"], visit["wants_scan"], visit["scans"]) == ("made", True, [])
    file = at.folder / "form.pdf"
    file.write_bytes(PDF[:-8])
    assert "no whole PDF" in await failed(at, "visits", "attach", visit["id"], file, "--by", "boss")
    file.write_bytes(PDF)
    (at.folder / "archive").mkdir(exist_ok=True)
    await said(at, "visits", "attach", visit["id"], file, "--by", "boss")
    (visit,) = json.loads(await said(at, "visits", "list", "cb-2", "--json"))
    assert [each["name"] for each in visit["scans"]] == ["form.pdf"]


@pytest.mark.usefixtures("talked")
async def test_a_second_visit_on_site_by_the_same_agent_needs_a_reason(story: Story, at: Shell) -> None:
    again = replace(await story.callback(), id="second", not_by="agent-1001")
    await story.books.people.add_cases([], [replace(again, state=CallbackState.WAITING)])
    words = ("visits", "write", "second", "--agent", "1001", "--channel", "onsite", "--at", "2026-11-22T10:00")
    told = ("--result", "not_met", "--by", "boss")
    assert "somebody else must make it" in await failed(at, *words, *told, code=3)
    assert "written down" in await said(at, *words, *told, "--reason", "x")


async def test_a_missed_return_call_is_listed_and_decided(story: Story, at: Shell, talked: str) -> None:
    before = await story.callback()
    await story.books.callbacks.change("cb-1", before.version, CallbackChange(CallbackState.DONE))
    number = (await story.case()).customer.numbers[0]
    now = story.clock.now()
    missed = ReturnCall("r-1", now, "callcenter", "c-1", number, "4001", ReturnState.MISSED, "cb-1", talked)
    await story.books.returns.miss(missed)
    (row,) = json.loads(await said(at, "returns", "--undecided", "--json"))
    assert (row["callback_id"], row["number"], row["undecided"]) == ("cb-1", "138****0001", True)
    settle = ("callbacks", "settle-return", "cb-1", "--reason", "answered by e-mail", "--by")
    assert "no right" in await failed(at, *settle, "li")
    assert "settled" in await said(at, *settle, "boss")
    assert "Nobody who rang back" in await failed(at, *settle, "boss")
    assert "not used up" in await failed(at, "callbacks", "give-back", "cb-1", "--reason", "x", "--by", "boss")


def test_a_used_up_callback_is_closed_reopened_and_given_back(shell: Shell) -> None:
    elements = ("--name", "P", "--purpose", "P", "--policy", "always_open", "--trunk", "network")
    shell.said("plans", "add", "p", *elements)
    shell.said("accounts", "add", "boss", "--name", "Boss", "--role", "supervisor")
    shell.said("callbacks", "add", "--plan", "p", "--name", "王芳", "--number", "13800000001")
    (row,) = shell.told("callbacks")
    key = row["callback"]
    with sqlite3.connect(shell.folder / "callcenter.db") as books:
        books.execute("UPDATE callbacks SET state = 'exhausted', exhausted_reason = 'dials_used_up'")
    books.close()
    assert "note" in shell.fails("callbacks", "close", key, "--reason", "other", "--by", "boss")[0]
    assert "closed" in shell.said("callbacks", "close", key, "--reason", "duplicate", "--by", "boss")
    assert "exhausted" in shell.said("callbacks", "reopen", key, "--by", "boss")
    back = ("callbacks", "give-back", key, "--reason", "again", "--by", "boss")
    assert "past" in shell.fails(*back, "--not-before", "2020-01-01T10:00")[0]
    assert "waiting, round 2" in shell.said(*back)
