"""The script beside the call, over the API: answers kept one by one, what they raise, and the log that waits."""

import asyncio
from typing import Any

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.scripts.examples import example_text
from web.scripting import KEY, give, scripted, talking, titles
from web.visiting import Person, Site, Visitor

WRITTEN = {
    "content": "问了合规情况",
    "problems": "无",
    "handling_result": "无",
    "disposition": "success",
    "resolved": True,
}
COMPLETE: dict[str, Any] = {
    "identity.name": True,
    "q.promise": False,
    "q.agent_trades": ["以上都没有"],
    "q.risk_told": True,
    "q.satisfaction": 5,
}


async def answer_all(visitor: Visitor, attempt: str, answers: dict[str, Any]) -> None:
    for key, value in answers.items():
        kept = await give(visitor, attempt, key, value)
        assert kept.status == 200, kept.text


@pytest.fixture
async def agent(site: Site) -> Visitor:
    await scripted(site)
    return await site.sign_in(Person.AGENT)


async def test_the_opening_names_institution_agent_and_staff_number(site: Site, agent: Visitor) -> None:
    call = await talking(site)
    sheet = (await agent.get(f"/attempts/{call}/sheet")).json
    assert sheet["spoken"]["opening"] == ["您好，我是示例投资的回访专员坐席1001，工号1001。", "这次来电是为了满意度。"]
    assert (sheet["open"], sheet["version"], sheet["answers"]) == (True, 1, {})
    assert sheet["offers"] == ["2026-11-23T05:00:00+00:00", "2026-11-24T07:00:00+00:00"]
    assert sheet["standing"]["missing"] == ["promise", "agent_trades", "risk_told", "satisfaction"]
    assert sheet["standing"]["identified"] == "not_asked"


async def test_an_answer_during_the_call_is_kept_and_leads_to_its_branch(site: Site, agent: Visitor) -> None:
    call = await talking(site)
    kept = await give(agent, call, "q.satisfaction", 2)
    assert (kept.status, kept.json["answer"]["version"]) == (200, 1)
    assert "why" in kept.json["standing"]["shown"]
    assert "why" in kept.json["standing"]["missing"]
    better = await give(agent, call, "q.satisfaction", 4, based_on=1)
    assert "why" not in better.json["standing"]["shown"]
    await site.story.hang_up(call)
    after = await give(agent, call, "q.risk_told", value=True)
    assert after.status == 200
    sheet = (await agent.get(f"/attempts/{call}/sheet")).json
    assert {key: each["value"] for key, each in sheet["answers"].items()} == {"q.satisfaction": 4, "q.risk_told": True}


async def test_a_red_flag_raises_its_case_at_once_and_its_correction_withdraws_it(site: Site, agent: Visitor) -> None:
    call = await talking(site)
    raised = await give(agent, call, "q.agent_trades", ["代客户签名", "私自收取费用"])
    assert sorted(titles(raised)) == ["代客户签名", "私自向客户收取费用"]
    assert all(each["major"] and each["department"] == "合规部" for each in raised.json["problems"])
    assert raised.json["problems"][0]["words"] == "是否存在以下情况？ 代客户签名、私自收取费用"
    again = await give(agent, call, "q.agent_trades", ["代客户签名", "私自收取费用"])
    assert len(again.json["problems"]) == 2
    less = await give(agent, call, "q.agent_trades", ["私自收取费用"], based_on=1)
    assert titles(less) == ["私自向客户收取费用"]
    back = await give(agent, call, "q.agent_trades", ["代客户签名"], based_on=2)
    assert titles(back) == ["代客户签名"]
    deeds = [entry.deed for entry in await site.audit() if entry.deed.on_kind == "problem_case"]
    assert [deed.action for deed in deeds].count(Action.CASE_RAISED) == 2
    assert {deed.detail.get("deed") for deed in deeds if deed.action is Action.CASE_MOVED} == {"withdraw", "raise"}


async def test_what_a_supervisor_has_handled_is_not_withdrawn(site: Site, agent: Visitor) -> None:
    call = await talking(site)
    raised = await give(agent, call, "q.promise", value=True)
    case = raised.json["problems"][0]
    supervisor = await site.sign_in(Person.SUPERVISOR)
    step = {"version": case["version"], "deed": "handle", "note": "talked to the manager"}
    assert (await supervisor.post(f"/problem-cases/{case['id']}/steps", step)).status == 200
    changed = await give(agent, call, "q.promise", value=False, based_on=1)
    assert [each["state"] for each in changed.json["problems"]] == ["handled"]


async def test_the_same_answer_twice_is_one_and_another_on_an_old_base_is_refused(site: Site, agent: Visitor) -> None:
    first = await give(agent, site.talk, "q.satisfaction", 3)
    assert (await give(agent, site.talk, "q.satisfaction", 3)).json["answer"] == first.json["answer"]
    stale = await give(agent, site.talk, "q.satisfaction", 4)
    assert (stale.status, stale.code) == (409, "changed_meanwhile")
    fresh = await give(agent, site.talk, "q.satisfaction", 4, based_on=1)
    assert fresh.json["answer"]["version"] == 2


async def test_many_answers_at_once_are_all_kept(site: Site, agent: Visitor) -> None:
    answers = await asyncio.gather(*(give(agent, site.talk, key, value) for key, value in COMPLETE.items()))
    assert [each.status for each in answers] == [200] * len(COMPLETE)
    sheet = (await agent.get(f"/attempts/{site.talk}/sheet")).json
    assert {key: each["value"] for key, each in sheet["answers"].items()} == COMPLETE
    assert (sheet["standing"]["missing"], sheet["standing"]["identified"]) == ([], "confirmed")


async def test_answers_outlive_a_service_that_is_killed(site: Site, agent: Visitor) -> None:
    await give(agent, site.talk, "q.promise", value=True)
    await site.restart()
    agent = await site.sign_in(Person.AGENT)
    sheet = (await agent.get(f"/attempts/{site.talk}/sheet")).json
    assert sheet["answers"]["q.promise"]["value"] is True
    assert [each["title"] for each in sheet["problems"]] == ["承诺或保证投资收益"]


async def test_a_talk_stays_with_the_version_it_was_begun_with(site: Site, agent: Visitor) -> None:
    assert (await give(agent, site.talk, "q.satisfaction", 3)).status == 200
    await scripted(site, version=2)
    assert (await agent.get(f"/attempts/{site.talk}/sheet")).json["version"] == 1
    assert (await give(agent, site.talk, "q.promise", value=False)).status == 200
    other = await give(agent, site.talk, "q.risk_told", value=True, script_version=2)
    assert (other.status, other.code) == (409, "changed_meanwhile")
    call = await talking(site)
    assert (await agent.get(f"/attempts/{call}/sheet")).json["version"] == 2


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("q.satisfaction", 6),
        ("q.satisfaction", "5"),
        ("q.promise", "yes"),
        ("q.agent_trades", ["没有这个选项"]),
        ("q.nothing", True),
        ("identity.nothing", True),
        ("nothing", "x"),
        ("q.why", "x" * 4001),
    ],
)
async def test_what_is_no_answer_is_told_and_not_kept(site: Site, agent: Visitor, key: str, value: object) -> None:
    refused = await give(agent, site.talk, key, value)
    assert (refused.status, refused.code, len(refused.json["errors"])) == (422, "invalid", 1)
    assert (await agent.get(f"/attempts/{site.talk}/sheet")).json["answers"] == {}


async def test_the_log_waits_for_required_answers_and_the_right_person(site: Site, agent: Visitor) -> None:
    path = f"/attempts/{site.talk}/log"
    filled = await agent.ask("PATCH", path, {"version": 1, **WRITTEN})
    assert filled.json["missing"] == ["identity", "script"]
    closed = await agent.post(f"{path}/close", {"version": 2})
    assert (closed.status, [each["field"] for each in closed.json["errors"]]) == (422, ["identity", "script"])
    await answer_all(agent, site.talk, COMPLETE)
    assert (await agent.post(f"{path}/close", {"version": 2})).status == 200
    late = await give(agent, site.talk, "q.satisfaction", 1, based_on=1)
    assert (late.status, late.code) == (409, "closed")


async def test_a_talk_in_which_nothing_was_asked_closes_by_what_is_said_of_it(site: Site, agent: Visitor) -> None:
    values = {**WRITTEN, "disposition": "wrong_person", "version": 1}
    assert (await agent.post(f"/attempts/{site.talk}/log/close", values)).status == 200
    run = await site.story.books.answers.run(site.talk)
    assert run is not None
    assert (run.script, run.version, run.answers) == ("broker", 1, {})


@pytest.mark.parametrize(("name", "closes"), [("broker", True), ("insurer", False)])
async def test_only_an_adaptable_script_takes_a_reason_instead_of_answers(site: Site, name: str, closes: bool) -> None:
    await scripted(site, name)
    visitor = await site.sign_in(Person.AGENT)
    checks = {"identity.name": True} if closes else {"identity.name": True, "identity.birthday": True}
    await answer_all(visitor, site.talk, checks)
    reason = await give(visitor, site.talk, "unanswered", "客户赶时间")
    assert (reason.status == 200) is closes
    closed = await visitor.post(f"/attempts/{site.talk}/log/close", {"version": 1, **WRITTEN})
    assert closed.status == (200 if closes else 422), closed.text


async def test_a_talk_whose_plan_names_no_script_has_no_sheet(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    missing = await visitor.get(f"/attempts/{site.talk}/sheet")
    assert (missing.status, missing.json["detail"]) == (404, "The plan of this talk names no script.")
    closed = await visitor.post(f"/attempts/{site.talk}/log/close", {"version": 1, **WRITTEN})
    assert closed.status == 200


async def test_only_who_talks_answers_and_others_read(site: Site, agent: Visitor) -> None:
    other = await site.sign_in(Person.OTHER_AGENT)
    assert (await give(other, site.talk, "q.satisfaction", 3)).status == 403
    assert (await other.get(f"/attempts/{site.talk}/sheet")).status == 403
    await give(agent, site.talk, "q.satisfaction", 3)
    for person in (Person.SUPERVISOR, Person.COMPLIANCE):
        reader = await site.sign_in(person)
        sheet = (await reader.get(f"/attempts/{site.talk}/sheet")).json
        assert (sheet["answers"]["q.satisfaction"]["value"], sheet["open"]) == (3, False)
        assert (await give(reader, site.talk, "q.satisfaction", 4, based_on=1)).status == 403


async def test_a_complaint_is_kept_at_once_and_once(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    call = await talking(site)
    body = {"key": KEY, "words": " 没有人回电话 ", "department": "客服部", "major": True}
    opened = [await visitor.post(f"/attempts/{call}/complaints", body) for _ in range(2)]
    assert [each.status for each in opened] == [201, 201]
    assert opened[0].json["id"] == opened[1].json["id"]
    case = opened[0].json
    assert (case["kind"], case["words"], case["major"], case["state"]) == ("complaint", "没有人回电话", True, "open")
    # The end of the next working day, in Shanghai.
    assert case["due_at"] == "2026-11-24T15:59:59+00:00"
    assert (await visitor.post(f"/attempts/{call}/complaints", {**body, "words": " "})).status == 422
    theirs = await visitor.post(f"/attempts/{site.other_talk}/complaints", body)
    assert theirs.status == 403


async def test_a_strict_script_takes_no_other_words(site: Site) -> None:
    await scripted(site, "insurer")
    visitor = await site.sign_in(Person.AGENT)
    refused = await give(visitor, site.talk, "deviation", "换了说法")
    assert (refused.status, refused.json["errors"][0]["message"]) == (
        422,
        "This script is strict: it is read out as it is.",
    )
    assert "deviation" not in example_text("insurer")
