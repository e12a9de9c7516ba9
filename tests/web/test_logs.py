"""Visit logs: filled in by who made the visit, overwritten by nobody, closed when complete."""

from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.people import CallbackState
from web.visiting import Person, Site

COMPLETE: dict[str, Any] = {
    "content": "asked about 100% of the_service",
    "problems": "none",
    "handling_result": "none",
    "disposition": "success",
}


async def test_a_log_is_filled_in_and_closed_by_who_made_the_visit(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    path = f"/attempts/{site.talk}/log"
    opened = (await agent.get(path)).json
    assert (opened["log"]["customer"], opened["log"]["channel_name"]) == ("王芳", "电话回访")
    assert opened["missing"] == ["content", "problems", "handling_result", "disposition"]
    assert opened["may_fill"] is True
    filled = await agent.ask("PATCH", path, {"version": opened["log"]["version"], "content": "said"})
    assert (filled.status, filled.json["log"]["content"], filled.json["log"]["version"]) == (200, "said", 2)
    assert "content" not in filled.json["missing"]
    closed = await agent.post(f"{path}/close", COMPLETE | {"version": 2})
    assert (closed.status, closed.json["callback_state"]) == (200, "done")
    assert closed.json["log"]["closed_at"]
    assert (await site.story.callback("cb-1")).state is CallbackState.DONE
    again = (await agent.get(path)).json
    assert (again["missing"], again["may_fill"]) == ([], False)


async def test_what_another_wrote_meanwhile_is_not_overwritten(site: Site) -> None:
    one, two = await site.sign_in(Person.AGENT), await site.sign_in(Person.AGENT)
    path = f"/attempts/{site.talk}/log"
    assert (await one.ask("PATCH", path, {"version": 1, "content": "first"})).status == 200
    for answer in (
        await two.ask("PATCH", path, {"version": 1, "content": "second"}),
        await two.post(f"{path}/close", COMPLETE | {"version": 1}),
    ):
        assert (answer.status, answer.code) == (409, "changed_meanwhile")
    assert (await site.story.log(site.talk)).log.content == "first"


async def test_an_incomplete_log_names_what_is_missing_and_keeps_what_was_written(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    path = f"/attempts/{site.talk}/log"
    answer = await agent.post(f"{path}/close", {"version": 1, "content": "said", "disposition": "appointment"})
    assert (answer.status, answer.code) == (422, "incomplete")
    assert [error["field"] for error in answer.json["errors"]] == ["problems", "handling_result", "next_visit_at"]
    kept = (await agent.get(path)).json
    assert (kept["log"]["content"], kept["log"]["version"], kept["log"]["closed_at"]) == ("said", 2, None)


async def test_what_was_filled_in_can_be_taken_back(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    path = f"/attempts/{site.talk}/log"
    at = (site.story.clock.now() + timedelta(days=1)).isoformat()
    filled = await agent.ask("PATCH", path, {"version": 1, "disposition": "appointment", "next_visit_at": at})
    assert filled.json["log"]["next_visit_at"] == at
    taken = await agent.ask("PATCH", path, {"version": 2, "disposition": None, "next_visit_at": None})
    assert (taken.json["log"]["disposition"], taken.json["log"]["next_visit_at"]) == (None, None)


async def test_a_closed_log_is_not_changed(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    path = f"/attempts/{site.talk}/log"
    assert (await agent.post(f"{path}/close", COMPLETE | {"version": 1})).status == 200
    for answer in (
        await agent.ask("PATCH", path, {"version": 2, "content": "other"}),
        await agent.post(f"{path}/close", COMPLETE | {"version": 2}),
    ):
        assert (answer.status, answer.code) == (409, "closed")


@pytest.mark.parametrize(
    ("person", "reads", "fills"),
    [
        (Person.ANONYMOUS, 401, 401),
        (Person.OTHER_AGENT, 403, 403),
        (Person.SUPERVISOR, 200, 403),
        (Person.COMPLIANCE, 200, 403),
        (Person.RECORDS_HEAD, 200, 403),
        (Person.ADMIN, 403, 403),
    ],
)
async def test_nobody_else_writes_it(site: Site, person: Person, reads: int, fills: int) -> None:
    visitor = await site.sign_in(person)
    path = f"/attempts/{site.talk}/log"
    assert (await visitor.get(path)).status == reads
    assert (await visitor.ask("PATCH", path, {"version": 1, "content": "forged"})).status == fills
    assert (await visitor.post(f"{path}/close", COMPLETE | {"version": 1})).status == fills
    assert (await site.story.log(site.talk)).version == 1
    if fills == 403:
        assert (await site.audit())[0].deed.action is Action.ACCESS_REFUSED


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"content": "x" * 10_001}, "content"),
        ({"content": None}, "content"),
        ({"disposition": "bored"}, "disposition"),
        ({"next_visit_at": "2000-01-01T00:00:00Z"}, "next_visit_at"),
        ({"next_visit_at": "2030-01-01T00:00:00"}, "next_visit_at"),
        ({"customer": "forged"}, "customer"),
        ({"visited_at": "2030-01-01T00:00:00Z"}, "visited_at"),
        ({"version": 0}, "version"),
    ],
)
async def test_what_no_log_takes_is_named(site: Site, values: dict[str, Any], field: str) -> None:
    agent = await site.sign_in(Person.AGENT)
    answer = await agent.ask("PATCH", f"/attempts/{site.talk}/log", {"version": 1} | values)
    assert (answer.status, answer.code, answer.json["errors"][0]["field"]) == (422, "invalid", field)
    assert (await site.story.log(site.talk)).version == 1


async def test_logs_are_found_by_what_was_written(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert (await agent.post(f"/attempts/{site.talk}/log/close", COMPLETE | {"version": 1})).status == 200
    names = {site.talk: "talk", site.other_talk: "other"}
    supervisor = await site.sign_in(Person.SUPERVISOR)
    for query, expected in (
        ({}, ["other", "talk"]),
        ({"open_only": "true"}, ["other"]),
        ({"disposition": "success"}, ["talk"]),
        ({"text": "100% OF"}, ["talk"]),
        ({"text": "1%s"}, []),
        ({"text": "the_service"}, ["talk"]),
        ({"text": "the.service"}, []),
        ({"text": "王芳"}, ["other", "talk"]),
        ({"agent": "1002"}, ["other"]),
        ({"plan": "strict"}, []),
    ):
        page = (await supervisor.get("/logs", **query)).json
        assert [names[item["attempt"]["id"]] for item in page["items"]] == expected, query
    assert [item["attempt"]["id"] for item in (await agent.get("/logs")).json["items"]] == [site.talk]
    assert (await agent.get("/logs", agent="1002")).status == 403
    assert (await supervisor.get("/logs", text="x" * 101)).status == 422


async def test_a_call_that_runs_has_no_log_yet(site: Site) -> None:
    call = await site.story.begin("cb-3", 1001)
    agent = await site.sign_in(Person.AGENT)
    for answer in (
        await agent.get(f"/attempts/{call}/log"),
        await agent.ask("PATCH", f"/attempts/{call}/log", {"version": 1}),
    ):
        assert (answer.status, answer.code) == (404, "not_found")
