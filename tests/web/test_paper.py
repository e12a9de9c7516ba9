"""Visits without a call over the API and on their page; scans by content, by right, and audited."""

import hashlib
import re
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from callcenter.domain.audit import Action
from callcenter.web.site import API
from web.test_pages import see
from web.visiting import Person, Site, Visitor

PDF = b"%PDF-1.4\nsigned\n%%EOF\n"
MADE: dict[str, Any] = {
    "channel": "onsite",
    "visited_at": "2026-11-22T02:00:00Z",
    "result": "made",
    "content": "当面谈了",
    "problems": "无",
}
FORM = {"channel": "onsite", "visited_at": "2026-11-22T10:00", "result": "made", "content": "当面谈了"}


async def attach(visitor: Visitor, visit: str, content: bytes) -> tuple[int, Any]:
    async with visitor.session.post(
        f"{API}/visits/{visit}/scans", data=content, headers={"Content-Type": "application/octet-stream"}
    ) as response:
        return response.status, await response.json(content_type=None)


async def send(
    visitor: Visitor, form: dict[str, str], content: bytes = b"", name: str = "form.pdf", to: str = "cb-3"
) -> tuple[int, str]:
    data = aiohttp.FormData()
    for key, value in form.items():
        data.add_field(key, value)
    data.add_field("file", content, filename=name if content else "", content_type="application/pdf")
    async with visitor.session.post(
        f"/paper/{to}", data=data, allow_redirects=False, headers={"Accept": "text/html"}
    ) as response:
        return response.status, response.headers.get("Location", "") or await response.text()


async def test_a_visit_is_written_down_and_its_scan_kept_as_long_as_it(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    made = await agent.post("/callbacks/cb-3/visits", MADE)
    assert (made.status, made.json["wants_scan"], made.json["agent_id"]) == (201, True, "agent-1001")
    assert made.json["keep_until"].startswith("2029-11-22")
    status, scan = await attach(agent, made.json["id"], PDF)
    assert (status, scan["kind"], scan["sha256"]) == (201, "pdf", hashlib.sha256(PDF).hexdigest())
    assert scan["keep_until"] == made.json["keep_until"]
    (shown,) = (await agent.get("/callbacks/cb-3/visits")).json["items"]
    assert (shown["wants_scan"], [each["id"] for each in shown["scans"]]) == (False, [scan["id"]])
    told = [entry.deed.action for entry in await site.audit()]
    assert {Action.VISIT_WRITTEN, Action.SCAN_ADDED} <= set(told)


async def test_a_scan_is_taken_by_right_and_that_is_written_down(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    visit = (await agent.post("/callbacks/cb-3/visits", MADE)).json["id"]
    _, scan = await attach(agent, visit, PDF)
    path = f"{API}/scans/{scan['id']}/content"
    expected = {Person.AGENT: 200, Person.OTHER_AGENT: 403, Person.COMPLIANCE: 200, Person.ADMIN: 403}
    for person, status in expected.items():
        visitor = await site.sign_in(person)
        async with visitor.session.get(path) as response:
            assert (person, response.status) == (person, status)
            if status == 200:
                assert await response.read() == PDF
                assert response.headers["Content-Type"] == "application/pdf"
                assert response.headers["Content-Disposition"].startswith("attachment")
    takers = {entry.deed.login for entry in await site.audit() if entry.deed.action is Action.TAKEN}
    assert takers == {Person.AGENT.value, Person.COMPLIANCE.value}


async def test_a_scan_that_is_another_now_is_not_given_out(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    visit = (await agent.post("/callbacks/cb-3/visits", MADE)).json["id"]
    _, scan = await attach(agent, visit, PDF)
    found = await site.parts.paper.scan(scan["id"])
    assert found is not None
    (site.story.settings.recordings.archive / found[0].path).write_bytes(PDF.replace(b"signed", b"forged"))
    assert (await agent.get(f"/scans/{scan['id']}/content")).status == 410


@pytest.mark.parametrize("content", [b"<html>%%EOF", PDF[:-8], b"MZ\x90"])
async def test_what_is_no_whole_pdf_or_picture_is_refused(site: Site, content: bytes) -> None:
    agent = await site.sign_in(Person.AGENT)
    visit = (await agent.post("/callbacks/cb-3/visits", MADE)).json["id"]
    status, told = await attach(agent, visit, content)
    assert (status, told["errors"][0]["field"]) == (422, "file")
    assert not list(site.story.settings.recordings.archive.glob("scans/**/*.*"))


async def test_nobody_writes_for_another_and_mistakes_are_named(site: Site) -> None:
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    assert (await agent.post("/callbacks/cb-3/visits", {**MADE, "agent": "1002"})).status == 422
    assert (await agent.post("/callbacks/cb-2/visits", MADE)).status == 403
    assert (await supervisor.post("/callbacks/cb-2/visits", {**MADE, "agent": "1002"})).status == 201
    assert (await supervisor.post("/callbacks/cb-2/visits", MADE)).status == 422
    for change, field in (
        ({"channel": "phone"}, "channel"),
        ({"result": "sent"}, "result"),
        ({"visited_at": "2027-01-01T00:00:00Z"}, "visited_at"),
        ({"content": ""}, "content"),
    ):
        wrong = await agent.post("/callbacks/cb-3/visits", {**MADE, **change})
        assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, field)
    assert (await agent.get("/callbacks/cb-3/visits")).json["items"] == []


async def test_the_page_writes_a_visit_with_its_scan_or_neither(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    status, text = await send(agent, FORM, b"<html>")
    assert (status, re.findall(r'id="(\w+)-wrong"', text)) == (422, ["file"])
    status, text = await send(agent, {**FORM, "content": ""}, PDF)
    assert (status, re.findall(r'id="(\w+)-wrong"', text)) == (422, ["content"])
    assert (await agent.get("/callbacks/cb-3/visits")).json["items"] == []
    assert await send(agent, FORM, PDF) == (303, "/paper/cb-3?said=visit_done")
    page = (await see(agent, "/paper/cb-3")).text
    assert '<a href="/desk?callback=cb-3">' in page
    assert "form.pdf" in page
    assert "is missing" not in page
    (shown,) = (await agent.get("/callbacks/cb-3/visits")).json["items"]
    assert shown["visited_at"] == "2026-11-22T02:00:00+00:00"
    assert "form.pdf" not in (await see(await site.sign_in(Person.OTHER_AGENT), "/paper/cb-3")).text


@pytest.mark.parametrize(
    ("change", "state", "said"),
    [
        ({}, "done", "visit_done"),
        ({"resolved": "false", "next_visit_at": "2026-11-30T10:00"}, "waiting", "visit_waiting"),
        ({"result": "refused"}, "exhausted", "visit_exhausted"),
        ({"result": "not_met"}, "waiting", "visit_written"),
        ({"channel": "letter", "result": "sent"}, "waiting", "visit_written"),
        ({"channel": "letter", "result": "replied"}, "done", "visit_done"),
    ],
)
async def test_the_callback_moves_as_after_a_talk_and_the_page_says_so(
    site: Site, change: dict[str, str], state: str, said: str
) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert "What follows for the callback" in (await see(agent, "/paper/cb-3")).text
    assert await send(agent, {**FORM, **change}) == (303, f"/paper/cb-3?said={said}")
    after = await site.story.callback("cb-3")
    assert after.state.value == state
    told = next(each.deed for each in await site.audit() if each.deed.action is Action.VISIT_WRITTEN)
    assert told.detail["after"] == state
    if "next_visit_at" in change:
        assert after.appointment_at is not None
        assert after.appointment_at.isoformat() == "2026-11-30T02:00:00+00:00"
        (shown,) = (await agent.get("/callbacks/cb-3/visits")).json["items"]
        assert (shown["resolved"], shown["next_visit_at"]) == (False, "2026-11-30T02:00:00+00:00")


async def second_visit(site: Site, plan: str = "quick") -> str:
    """A callback that the agent must not visit: its id."""
    first = await site.story.callback("cb-3")
    again = replace(first, id="second", plan_id=plan, not_by="agent-1001")
    await site.story.books.people.add_cases([], [again])
    return again.id


async def test_who_made_the_first_visit_makes_no_second_one_on_site_without_a_reason(site: Site) -> None:
    agent, supervisor = await site.sign_in(Person.AGENT), await site.sign_in(Person.SUPERVISOR)
    path = f"/callbacks/{await second_visit(site)}/visits"
    for visitor, more in ((agent, {}), (supervisor, {"agent": "1001"})):
        refused = await visitor.post(path, {**MADE, **more})
        assert (refused.status, refused.code) == (409, "refused")
        told = ("visit.by_another", "override_with_reason", True)
        named = refused.json["detail"].startswith("This is a second visit")
        assert (refused.json["rule"], refused.json["strength"], named) == told
    assert (await supervisor.get(path)).json["items"] == []
    assert not [each for each in await site.audit() if each.deed.action is Action.OVERRIDDEN]
    with_reason = {**MADE, "overrides": {"visit.by_another": "他就住在隔壁"}}
    assert (await agent.post(path, with_reason)).status == 201
    (entry,) = [each.deed for each in await site.audit() if each.deed.action is Action.OVERRIDDEN]
    assert (entry.on_id, entry.detail["reason"]) == ("second", "他就住在隔壁")
    assert (await supervisor.post(path, {**MADE, "agent": "1002"})).status == 201


async def test_where_the_superior_visits_again_no_reason_helps(site: Site) -> None:
    agent, other = await site.sign_in(Person.AGENT), await site.sign_in(Person.OTHER_AGENT)
    path = f"/callbacks/{await second_visit(site, 'strict')}/visits"
    refused = await agent.post(path, {**MADE, "overrides": {"visit.by_another": "x"}})
    assert (refused.status, refused.json["strength"], refused.json["source"]) == (409, "hard", "C6-48")
    assert (await other.post(path, MADE)).status == 201


async def test_the_page_keeps_what_was_typed_and_asks_for_the_reason(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    await second_visit(site)
    status, text = await send(agent, FORM, PDF, to="second")
    assert (status, re.findall(r'id="(\w+)-wrong"', text), "当面谈了" in text) == (422, ["reason"], True)
    assert "This is a second visit that looks into yours" in text
    assert await send(agent, {**FORM, "reason": "x"}, PDF, to="second") == (303, "/paper/second?said=visit_done")


async def test_what_is_left_unsolved_needs_its_next_visit_and_an_open_log_decides_alone(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    status, text = await send(agent, {**FORM, "resolved": "false"})
    assert (status, re.findall(r'id="(\w+)-wrong"', text)) == (422, ["next_visit_at"])
    wrapping = (await agent.post("/callbacks/cb-1/visits", MADE)).status
    assert (wrapping, (await site.story.callback("cb-1")).state.value) == (201, "wrap_up")
    assert "its open log decides" in (await see(agent, "/paper/cb-1")).text
