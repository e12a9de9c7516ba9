"""The fields of a visit log over the API, each with its version, from the call's beginning on."""

from typing import Any

import pytest

from callcenter.domain.calls.call import CallState
from web.visiting import Person, Site

AGAIN_AT = "2026-12-01T02:00:00+00:00"


def content(words: str, based_on: int = 0) -> dict[str, Any]:
    return {"content": {"value": words, "based_on": based_on}}


async def test_fields_are_written_and_read_while_the_call_goes_on(site: Site) -> None:
    call = await site.story.reach(CallState.TALKING, "cb-3", 1001)
    agent = await site.sign_in(Person.AGENT)
    path = f"/attempts/{call}/log/fields"
    begun = (await agent.get(path)).json
    assert (begun["opened"], begun["closed"], begun["fields"]["content"]["version"]) == (False, False, 0)
    body = {**content("说了"), "next_visit_at": {"value": AGAIN_AT, "based_on": 0}}
    written = await agent.ask("PATCH", path, body)
    assert (written.status, written.json["fields"]["next_visit_at"]["value"]) == (200, AGAIN_AT)
    read = (await (await site.sign_in(Person.SUPERVISOR)).get(path)).json
    assert (read["fields"]["content"]["value"], read["fields"]["content"]["version"]) == ("说了", 1)
    await site.story.hang_up(call)
    log = (await agent.get(f"/attempts/{call}/log")).json
    assert (log["log"]["content"], log["log"]["version"]) == ("说了", 1)
    assert (await agent.get(path)).json["opened"]


async def test_a_stale_field_comes_back_with_what_stands_there_and_the_others_are_kept(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    path = f"/attempts/{site.talk}/log/fields"
    assert (await agent.ask("PATCH", path, content("first"))).status == 200
    answer = await agent.ask("PATCH", path, {**content("second"), "problems": {"value": "无", "based_on": 0}})
    fields = answer.json["fields"]
    assert (fields["content"]["stale"], fields["content"]["value"], fields["content"]["version"]) == (True, "first", 1)
    assert (fields["problems"]["stale"], fields["problems"]["version"]) == (False, 1)
    # Sent once more, as after a connection that broke off: nothing happens twice.
    again = await agent.ask("PATCH", path, content("first"))
    assert again.json["fields"]["content"] == fields["content"] | {"stale": False}


async def test_who_wrote_the_whole_log_is_not_overwritten_by_a_field(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert (await agent.ask("PATCH", f"/attempts/{site.talk}/log", {"version": 1, "content": "whole"})).status == 200
    answer = await agent.ask("PATCH", f"/attempts/{site.talk}/log/fields", content("field"))
    assert answer.json["fields"]["content"]["value"] == "whole"


async def test_a_closed_log_is_not_written(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    said = {"content": "x", "problems": "无", "handling_result": "y", "disposition": "success"}
    assert (await agent.post(f"/attempts/{site.talk}/log/close", {"version": 1, **said})).status == 200
    answer = await agent.ask("PATCH", f"/attempts/{site.talk}/log/fields", content("late", 1))
    assert (answer.status, answer.code) == (409, "closed")


async def test_nobody_writes_into_anothers_log(site: Site) -> None:
    path = f"/attempts/{site.talk}/log/fields"
    for person in (Person.OTHER_AGENT, Person.SUPERVISOR, Person.COMPLIANCE):
        assert (await (await site.sign_in(person)).ask("PATCH", path, content("x"))).status == 403
    assert (await (await site.sign_in(Person.OTHER_AGENT)).get(path)).status == 403
    assert (await site.story.log(site.talk)).log.content == ""


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"content": "x"},
        {"content": {"value": "x"}},
        {"content": {"value": "x", "based_on": -1}},
        {"content": {"value": 5, "based_on": 0}},
        {"customer": {"value": "x", "based_on": 0}},
        {"next_visit_at": {"value": "2001-01-01T00:00:00Z", "based_on": 0}},
        {"disposition": {"value": "fine", "based_on": 0}},
    ],
)
async def test_what_no_field_takes_is_named(site: Site, body: dict[str, Any]) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert (await agent.ask("PATCH", f"/attempts/{site.talk}/log/fields", body)).status == 422
