"""Problem cases and corrections for supervisors: found, handled with words, decided once; over the API and on pages."""

import re

import pytest

from callcenter.domain.audit import Action
from web.scripting import KEY, furnished, give, scripted
from web.test_pages import see
from web.visiting import Person, Site


async def test_a_case_is_handled_and_closed_with_words_and_all_is_told(site: Site) -> None:
    case = await furnished(site)
    supervisor = await site.sign_in(Person.SUPERVISOR)
    path = f"/problem-cases/{case}"

    async def step(deed: str, version: int, note: str = "已回电") -> int:
        return (await supervisor.post(f"{path}/steps", {"deed": deed, "version": version, "note": note})).status

    assert await step("close", 1) == 422
    assert await step("handle", 1, " ") == 422
    assert await step("withdraw", 1) == 422
    assert await step("handle", 1) == 200
    assert await step("handle", 1) == 409
    assert await step("close", 2) == 200
    assert await step("reopen", 3) == 200
    opened = (await supervisor.get(path)).json
    assert [each["deed"] for each in opened["steps"]] == ["raise", "handle", "close", "reopen"]
    assert (opened["problem"]["state"], opened["problem"]["version"]) == ("open", 4)
    moved = [entry.deed for entry in await site.audit() if entry.deed.action is Action.CASE_MOVED]
    assert [deed.detail["note"] for deed in moved] == ["已回电"] * 3
    assert {deed.login for deed in moved} == {Person.SUPERVISOR.value}


async def test_cases_are_found_and_the_overdue_ones_apart(site: Site) -> None:
    await scripted(site)
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    await give(agent, site.talk, "q.risk_told", value=False)
    await give(agent, site.talk, "q.promise", value=True)
    listed = (await supervisor.get("/problem-cases", limit="1")).json
    assert [each["title"] for each in listed["items"]] == ["承诺或保证投资收益"]
    rest = (await supervisor.get("/problem-cases", limit="1", cursor=listed["next"])).json
    assert [each["title"] for each in rest["items"]] == ["未揭示风险"]
    for query, many in (
        ({"overdue": "true"}, 0),
        ({"major": "true"}, 1),
        ({"department": "客户服务部"}, 1),
        ({"state": "closed"}, 0),
        ({"attempt": site.talk}, 2),
        ({"callback": "cb-2"}, 0),
    ):
        assert len((await supervisor.get("/problem-cases", **query)).json["items"]) == many, query
    await site.story.clock.advance(2 * 86400)
    supervisor = await site.sign_in(Person.SUPERVISOR)
    overdue = (await supervisor.get("/problem-cases", overdue="true")).json["items"]
    assert [each["overdue"] for each in overdue] == [True]


async def test_the_page_of_problems_leads_from_the_list_to_the_end_of_a_case(site: Site) -> None:
    case = await furnished(site)
    supervisor = await site.sign_in(Person.SUPERVISOR)
    listed = await see(supervisor, "/problems")
    assert f'href="/problems/{case}"' in listed.text
    assert "nobody named yet" in listed.text
    one = await see(supervisor, f"/problems/{case}")
    assert "他说没有人回电话" in one.text
    unsaid = await see(supervisor, f"/problems/{case}", {"version": "1", "deed": "handle", "note": " "})
    assert (unsaid.status, "Please say what was done." in unsaid.text) == (422, True)
    stale = await see(supervisor, f"/problems/{case}", {"version": "9", "deed": "handle", "note": "x"})
    assert stale.status == 409
    done = await see(supervisor, f"/problems/{case}", {"version": "1", "deed": "handle", "note": "已回电"})
    assert done.place == f"/problems/{case}?said=problem_moved"
    assert "No problem of this kind." in (await see(supervisor, "/problems")).text
    assert case in (await see(supervisor, "/problems?shown=handled")).text
    assert "Close the case" in (await see(supervisor, f"/problems/{case}")).text
    compliance = await site.sign_in(Person.COMPLIANCE)
    assert "Close the case" not in (await see(compliance, f"/problems/{case}")).text


async def test_the_number_of_open_cases_of_each_department_is_told_with_those_overdue(site: Site) -> None:
    await scripted(site)
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    await give(agent, site.talk, "q.agent_trades", ["代客户签名", "全权委托"])
    assert "<b>2</b>合规部" in (await see(supervisor, "/problems")).text
    await site.story.clock.advance(3 * 86400)
    supervisor = await site.sign_in(Person.SUPERVISOR)
    assert "2 overdue" in (await see(supervisor, "/problems")).text
    assert "No problem of this kind." in (await see(supervisor, "/problems?department=客服部&shown=all")).text


async def test_a_correction_is_proposed_by_who_talked_and_taken_over_by_a_supervisor(site: Site) -> None:
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    path = f"/attempts/{site.talk}/corrections"
    body = {"key": KEY, "field": "number", "new": "139 0000 0009", "replaces": 0}
    made = [await agent.post(path, body) for _ in range(2)]
    assert [each.status for each in made] == [201, 201]
    assert made[0].json == made[1].json
    assert (made[0].json["old"], made[0].json["new"]) == ("138****0001", "139****0009")
    waiting = (await supervisor.get("/corrections", state="proposed")).json["items"]
    assert [(each["old"], each["new"]) for each in waiting] == [("+8613800000001", "+8613900000009")]
    decision = f"/corrections/{waiting[0]['id']}/decision"
    assert (await supervisor.post(decision, {"version": 1, "accept": True})).json["state"] == "accepted"
    assert [number.e164 for number in (await site.story.case("cb-1")).customer.numbers] == ["+8613900000009"]
    assert (await supervisor.post(decision, {"version": 2, "accept": False})).status == 409
    told = [entry.deed for entry in await site.audit() if entry.deed.on_kind == "correction"]
    assert [deed.action for deed in told] == [Action.CORRECTION_DECIDED, Action.CORRECTION_PROPOSED]
    assert "139" not in str([dict(deed.detail) for deed in told])


@pytest.mark.parametrize(
    ("field", "new", "replaces"),
    [("name", "王芳", None), ("number", "not a number", None), ("number", "13900000009", 5), ("colour", "x", None)],
)
async def test_what_is_no_correction_is_told(site: Site, field: str, new: str, replaces: int | None) -> None:
    agent = await site.sign_in(Person.AGENT)
    body = {"key": KEY, "field": field, "new": new, "replaces": replaces}
    refused = await agent.post(f"/attempts/{site.talk}/corrections", body)
    assert (refused.status, refused.code) == (422, "invalid")


async def test_a_correction_that_is_declined_on_its_page_changes_nothing(site: Site) -> None:
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    body = {"key": KEY, "field": "name", "new": "王芬"}
    made = (await agent.post(f"/attempts/{site.talk}/corrections", body)).json
    page = await see(supervisor, "/corrections")
    assert "王芬" in page.text
    done = await see(supervisor, f"/corrections/{made['id']}", {"version": "1", "accept": "false"})
    assert done.place == "/corrections?said=correction_declined"
    assert "No correction waits." in (await see(supervisor, "/corrections")).text
    assert (await site.story.case("cb-1")).customer.name == "王芳"
    again = await see(supervisor, f"/corrections/{made['id']}", {"version": "1", "accept": "true"})
    assert again.status == 409


async def test_a_supervisor_asks_for_a_second_visit_by_somebody_else(site: Site) -> None:
    await scripted(site)
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    await give(agent, site.talk, "q.promise", value=True)
    (case,) = (await supervisor.get("/problem-cases", major="true")).json["items"]
    path = f"/problem-cases/{case['id']}/second-visit"
    assert (await agent.post(path, {"version": case["version"]})).status == 403
    assert "Ask for a second visit" in (await see(supervisor, f"/problems/{case['id']}")).text
    asked = await supervisor.post(path, {"version": case["version"]})
    assert (asked.status, asked.json["second_visit"]) == (200, f"second-{site.talk}")
    again = await supervisor.post(path, {"version": asked.json["version"]})
    assert (again.status, again.json["errors"][0]["field"]) == (422, "version")
    page = (await see(supervisor, f"/problems/{case['id']}")).text
    assert f'href="/queue/second-{site.talk}"' in page
    assert "Ask for a second visit" not in page
    steps = f"/problem-cases/{case['id']}/steps"
    handled = await supervisor.post(steps, {"deed": "handle", "version": asked.json["version"], "note": "已回电"})
    closing = {"deed": "close", "version": handled.json["version"], "note": "x"}
    early = await supervisor.post(steps, closing)
    told = f"The second visit, callback second-{site.talk}, is still to be made"
    assert (early.status, early.json["errors"][0]["field"]) == (422, "deed")
    assert told in early.json["errors"][0]["message"]
    on_page = await see(supervisor, f"/problems/{case['id']}", {key: str(value) for key, value in closing.items()})
    assert (on_page.status, told in on_page.text, "\nx</textarea>" in on_page.text) == (422, True, True)
    assert re.search(r'value="close" disabled', on_page.text)
    other = await site.sign_in(Person.OTHER_AGENT)
    assert "Second visit" in (await see(other, "/desk/queue")).text
    assert "must make it" in (await see(agent, "/desk/queue")).text


async def test_a_correction_of_what_the_record_tells_no_more_can_only_be_declined(site: Site) -> None:
    await scripted(site)
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    path = f"/attempts/{site.talk}/corrections"
    for key, number in (("request-1", "139 0000 0009"), ("request-2", "139 0000 0008")):
        body = {"key": key, "field": "number", "new": number, "replaces": 0}
        assert (await agent.post(path, body)).status == 201
    page = (await see(supervisor, "/corrections")).text
    assert page.count("Take it over") == 2
    first, other = (await supervisor.get("/corrections")).json["items"]
    done = await see(supervisor, f"/corrections/{first['id']}", {"version": "1", "accept": "true"})
    assert done.place == "/corrections?said=correction_accepted"
    page = (await see(supervisor, "/corrections")).text
    assert "It cannot be taken over any more." in page
    assert "Take it over" not in page
    assert other["new"] in page
