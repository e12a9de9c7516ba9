"""Scripts over the API and on pages: written, checked, compared, kept; and what a plan names."""

import re

from callcenter.domain.audit import Action
from callcenter.domain.scripts.examples import example_text
from callcenter.domain.scripts.versions import as_version
from web.scripting import give, places_of, scripted, talking
from web.test_pages import see
from web.visiting import Person, Site

BROKER = example_text("broker")


async def test_a_version_is_added_once_and_told_in_the_audit(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    added = await supervisor.post("/scripts", {"text": BROKER})
    assert (added.status, added.json["version"], added.json["advice"]) == (201, 1, [])
    again = await supervisor.post("/scripts", {"text": BROKER})
    assert (again.status, again.json["errors"][0]["field"]) == (422, "text.version")
    later = await supervisor.post("/scripts", {"text": as_version(BROKER.replace("您好", "你好"), 5)})
    assert [each["what"] for each in later.json["changes"]] == ["opening"]
    assert (await supervisor.post("/scripts", {"text": as_version(BROKER, 4)})).status == 422
    read = (await supervisor.get("/scripts/broker")).json
    assert (read["version"], read["login"], len(read["questions"])) == (5, Person.SUPERVISOR.value, 5)
    assert (await supervisor.get("/scripts/broker", version="1")).json["text"] == BROKER
    assert (await supervisor.get("/scripts/broker", version="2")).status == 404
    diff = await supervisor.get("/scripts/broker/diff", before="1", after="5")
    assert [each["kind"] for each in diff.json["changes"]] == ["changed"]
    listed = (await supervisor.get("/scripts")).json
    assert [(each["name"], each["versions"]) for each in listed["items"]] == [("broker", [5, 1])]
    deeds = [entry.deed for entry in await site.audit() if entry.deed.action is Action.SCRIPT_ADDED]
    assert [deed.detail["version"] for deed in deeds] == ["5", "1"]


async def test_every_mistake_is_told_in_the_readers_language(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    text = BROKER.replace("{agent}", "{agnt}").replace('question = "satisfaction"', 'question = "nothing"')
    for path in ("/scripts/check", "/scripts"):
        told = await supervisor.ask("POST", path, {"text": text}, lang="zh")
        assert told.status == 422
        assert [each["field"] for each in told.json["errors"]] == ["text.why", "text"]
        assert all("占位符" in each["message"] or "前面的问题" in each["message"] for each in told.json["errors"])


async def test_a_script_is_tried_out_before_it_is_used(site: Site) -> None:
    compliance = await site.sign_in(Person.COMPLIANCE)
    tried = await compliance.post("/scripts/try", {"text": BROKER, "answers": {"q.satisfaction": 1}})
    assert [each["major"] for each in tried.json["raised"]] == [True]
    assert "why" in tried.json["missing"]
    wrong = await compliance.post("/scripts/try", {"text": BROKER, "answers": {"q.satisfaction": 9}})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "answers.q.satisfaction")
    assert (await compliance.post("/scripts", {"text": BROKER})).status == 403


async def test_the_editor_keeps_what_was_typed_shows_it_as_the_agent_sees_it_and_saves(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    assert "There is no script yet" in (await see(supervisor, "/scripts")).text
    begun = await see(supervisor, "/script-editor?example=insurer")
    assert "新单犹豫期回访" in begun.text
    assert (await see(supervisor, "/script-editor?example=nothing")).status == 404
    wrong = await see(supervisor, "/script-editor", {"text": BROKER.replace("{agent}", "{agnt}")})
    assert (wrong.status, "unknown placeholders: agnt" in wrong.text, "{agnt}" in wrong.text) == (422, True, True)
    fine = await see(supervisor, "/script-editor", {"text": BROKER})
    assert fine.status == 200
    assert places_of(fine.text)["q.why"] is False
    assert "我是示例投资的回访专员李娜，工号1001" in fine.text
    saved = await see(supervisor, "/script-editor", {"text": BROKER, "intent": "save"})
    assert saved.place == "/scripts/broker?said=script_added"
    page = await see(supervisor, "/scripts/broker")
    assert "As the agent sees it" in page.text
    more = await see(supervisor, "/script-editor?from=broker")
    assert "version = 2" in more.text
    assert (await see(supervisor, "/scripts/broker?version=9")).status == 404


async def test_too_many_questions_are_warned_of_and_kept_all_the_same(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    more = "".join(f'\n[[sections.questions]]\nid = "m{at}"\ntext = "?"\nkind = "yes_no"\n' for at in range(2))
    checked = await see(supervisor, "/script-editor", {"text": BROKER + more})
    assert "in principle there should not be more than 5 (C7-06)" in checked.text
    assert (await supervisor.post("/scripts", {"text": BROKER + more})).status == 201


async def test_two_versions_are_compared_on_a_page(site: Site) -> None:
    await scripted(site)
    await scripted(site, version=2, text=BROKER.replace("您好", "你好"))
    supervisor = await site.sign_in(Person.SUPERVISOR)
    page = await see(supervisor, "/scripts/broker/diff?before=1&after=2")
    assert "− 您好，我是" in page.text
    assert "+ 你好，我是" in page.text
    assert (await see(supervisor, "/scripts/broker/diff?before=1&after=x")).status == 404


async def test_a_plan_names_a_script_that_there_is(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    plan = {"id": "p9", "name": "P", "policy": "quick", "trunk": "network", "script": "broker"}
    unknown = await supervisor.post("/plans", plan)
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (422, "script")
    await scripted(site)
    added = await supervisor.post("/plans", plan)
    assert (added.status, added.json["script"]) == (201, "broker")
    # A script is a content (C6-34).
    assert "content" not in added.json["lacking"]
    form = await see(supervisor, "/plans/p9/edit")
    assert '<option value="broker" selected>' in form.text
    assert 'href="/scripts/broker"' in (await see(supervisor, "/plans/p9")).text


async def test_the_sheet_stands_beside_the_call_and_beside_the_log(site: Site) -> None:
    await scripted(site)
    call = await talking(site)
    agent = await site.sign_in(Person.AGENT)
    await give(agent, call, "q.satisfaction", 2)
    desk = await see(agent, "/desk")
    assert "我是示例投资的回访专员坐席1001，工号1001" in desk.text
    assert places_of(desk.text)["q.why"] is True
    assert f'id="talk-tools-{call}"' in desk.text
    await site.story.hang_up(call)
    assert f'id="script-{call}"' in (await see(agent, "/desk")).text
    other = await see(agent, f"/desk/logs/{site.talk}")
    assert places_of(other.text)["q.why"] is False


async def test_the_log_tells_where_the_script_lacks_answers(site: Site) -> None:
    await scripted(site)
    agent = await site.sign_in(Person.AGENT)
    form = {"content": "x", "problems": "无", "handling_result": "无", "disposition": "success", "resolved": "true"}
    lacking = await see(agent, f"/desk/logs/{site.talk}", form)
    assert lacking.status == 422
    assert 'id="identity-wrong"' in lacking.text
    assert 'id="script-wrong"' in lacking.text


async def test_the_time_that_was_agreed_stands_in_the_log(site: Site) -> None:
    await scripted(site)
    agent = await site.sign_in(Person.AGENT)
    page = await see(agent, "/desk")
    offered = re.findall(r'name="agreed" value="&#34;([^&]*)&#34;"', page.text)
    assert offered == ["2026-11-23T05:00:00+00:00", "2026-11-24T07:00:00+00:00"]
    assert re.findall(r"(Mo|Tu) <time", page.text) == ["Mo", "Tu"]
    times = (await agent.get(f"/attempts/{site.talk}/log/times")).json
    assert times["offers"] == offered
    assert (await give(agent, site.talk, "agreed", offered[1])).status == 200
    log = await see(agent, f"/desk/logs/{site.talk}")
    assert 'value="2026-11-24T15:00"' in log.text
    assert 'name="disposition" value="appointment" checked' in log.text
    form = {"content": "不方便", "problems": "无", "handling_result": "改约", "resolved": "true"}
    closed = {**form, "disposition": "appointment", "next_visit_at": "2026-11-24T15:00"}
    assert (await see(agent, f"/desk/logs/{site.talk}", closed)).place == "/desk?said=log_closed"
    appointment = (await site.story.callback("cb-1")).appointment_at
    assert appointment is not None
    assert appointment.isoformat() == offered[1]
    call = await talking(site)
    assert (await agent.get(f"/attempts/{call}/sheet")).json["offers"][1] == "2026-11-24T06:00:00+00:00"
