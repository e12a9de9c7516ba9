"""Attempts: found by what people know of them, with the proof of their ringing; an agent sees his own alone."""

import json
from typing import Any

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from web.visiting import Person, Site, Visitor


def ids(page: Any) -> list[str]:
    return [item["id"] for item in page["items"]]


async def found(visitor: Visitor, **query: str) -> list[str]:
    answer = await visitor.get("/attempts", **query)
    assert answer.status == 200, answer.text
    return ids(answer.json)


async def test_the_newest_dial_comes_first_and_pages_follow_one_another(site: Site) -> None:
    third = await site.talked("cb-3", 1001)
    visitor = await site.sign_in(Person.SUPERVISOR)
    assert await found(visitor) == [third, site.other_talk, site.talk]
    seen, cursor = [], ""
    for _ in range(4):
        page = (await visitor.get("/attempts", limit="1", cursor=cursor)).json
        seen += ids(page)
        cursor = page["next"] or ""
        if not cursor:
            break
    assert seen == [third, site.other_talk, site.talk]


async def test_a_dial_that_comes_meanwhile_shifts_no_page(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    first = (await visitor.get("/attempts", limit="1")).json
    await site.talked("cb-3", 1001)
    second = (await visitor.get("/attempts", limit="1", cursor=first["next"])).json
    assert (ids(first), ids(second)) == ([site.other_talk], [site.talk])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"callback": "cb-1"}, ["talk"]),
        ({"agent": "1001"}, ["talk"]),
        ({"agent": "agent-1002"}, ["other"]),
        ({"agent": "4711"}, []),
        ({"plan": "strict"}, []),
        ({"plan": "quick"}, ["other", "talk"]),
        ({"outcome": "answered"}, ["other", "talk"]),
        ({"outcome": "busy"}, []),
        ({"number": "0001"}, ["talk"]),
        ({"number": "13800000002"}, ["other"]),
        ({"customer": "王"}, ["other", "talk"]),
        ({"customer": "%"}, []),
        ({"customer": "_芳"}, []),
        ({"from": "2026-11-23T02:15:05+00:00"}, ["other"]),
        ({"to": "2026-11-23T10:15:05+08:00"}, ["talk"]),
    ],
)
async def test_each_filter_finds_what_it_says(site: Site, query: dict[str, str], expected: list[str]) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    names = {site.talk: "talk", site.other_talk: "other"}
    assert [names[each] for each in await found(visitor, **query)] == expected


@pytest.mark.parametrize(
    "query",
    [
        {"customer": "王" * 101},
        {"number": "12x4"},
        {"number": "1"},
        {"number": "١٢٣٤"},
        {"from": "2026-11-23T02:15:05"},
        {"to": "9999-12-31T23:59:59-23:59"},
        {"outcome": "bored"},
        {"limit": "0"},
        {"limit": "201"},
        {"cursor": "AAAA"},
        {"cursor": "WyIyMDI2LTExLTIzVDAyOjE1OjA1IiwiYSJd"},
        {"cursor": "王"},
        {"colour": "red"},
    ],
)
async def test_what_no_filter_takes_is_named(site: Site, query: dict[str, str]) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    answer = await visitor.get("/attempts", **query)
    assert (answer.status, answer.code) == (422, "invalid")
    assert answer.json["errors"][0]["field"] == next(iter(query))


async def test_an_agent_sees_his_own_dials_alone(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    assert await found(agent) == [site.talk]
    assert await found(agent, agent="1001") == [site.talk]
    assert await found(agent, customer="王") == [site.talk]
    for answer in (await agent.get("/attempts", agent="1002"), await agent.get(f"/attempts/{site.other_talk}")):
        assert (answer.status, answer.code) == (403, "forbidden")
    by_path, by_filter = (entry.deed for entry in (await site.audit())[:2])
    for deed in (by_path, by_filter):
        assert (deed.action, deed.login) == (Action.ACCESS_REFUSED, Person.AGENT)
    assert (by_path.on_kind, by_path.on_id) == ("attempt", site.other_talk)
    assert (await agent.get(f"/attempts/{site.talk}")).status == 200


async def test_numbers_are_masked_for_who_may_not_see_them(site: Site) -> None:
    for person, sees in (
        (Person.AGENT, False),
        (Person.RECORDS_HEAD, False),
        (Person.SUPERVISOR, True),
        (Person.COMPLIANCE, True),
    ):
        visitor = await site.sign_in(person)
        listed, shown = await visitor.get("/attempts"), await visitor.get(f"/attempts/{site.talk}")
        assert ("13800000001" in listed.text) is sees
        assert ("13800000001" in shown.text) is sees
        assert ("138****0001" in shown.text) is not sees
        # Else the masked digits could be found out one by one.
        assert (await visitor.get("/attempts", number="00001")).status == (200 if sees else 422)


async def test_a_dial_is_shown_with_its_ringing_its_end_and_every_event(site: Site) -> None:
    visitor = await site.sign_in(Person.COMPLIANCE)
    shown = (await visitor.get(f"/attempts/{site.talk}")).json
    call, ring = shown["call"], shown["call"]["ring"]
    assert shown["attempt"]["end_reason"] == "customer"
    assert (call["state"], call["hung_up_first"]) == ("ended", "customer")
    assert (ring["least_seconds"], ring["rang_seconds"], ring["long_enough"]) == (20, 3.0, None)
    assert ring["ringing_at"] == ring["first_sign_at"]
    assert ring["until"] == call["answered_at"]
    assert call["talk_seconds"] == 10
    events = [entry["event"] for entry in shown["journal"]]
    assert events[0] == "Started"
    assert events.index("Ringing") < events.index("Answered") < events.index("LegGone")
    steps = [step["state"] for step in shown["recording_steps"]]
    assert steps == ["requested", "started", "stopped", "stored", "verified"]
    assert shown["keep_until"] > "2029-11-23"


async def test_a_vain_dial_proves_how_long_it_rang(site: Site) -> None:
    story = site.story
    call = await story.reach(CallState.DIALLING, "cb-3")
    visitor = await site.sign_in(Person.COMPLIANCE)
    ring = (await visitor.get(f"/attempts/{call}")).json["call"]["ring"]
    assert (ring["until"], ring["rang_seconds"], ring["long_enough"]) == (None, None, None)
    await story.clock.advance(20)
    shown = (await visitor.get(f"/attempts/{call}")).json
    assert shown["attempt"]["outcome"] == "no_answer"
    ring = shown["call"]["ring"]
    assert ring["rang_seconds"] >= 20
    assert ring["long_enough"] is True


@pytest.mark.parametrize("key", ["nowhere", "a" * 300, "%00", "..%2f..", "%ff%fe", "王"])
async def test_there_is_no_attempt_of_an_odd_id(site: Site, key: str) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    for path in ("attempts/{}", "attempts/{}/log", "recordings/{}", "recordings/{}/audio"):
        answer = await visitor.get("/" + path.format(key))
        assert (answer.status, answer.code) == (404, "not_found"), path


async def test_journals_tell_no_number_to_who_may_not_see_it(site: Site) -> None:
    story = site.story
    call = await story.reach(CallState.AGENT_RINGING, "cb-4")
    record = await story.record(call)
    endpoint = record.call.terms.customer_endpoint
    assert "13800000004" in endpoint
    async with story.books.database.write() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO journal (attempt_id, at, event, detail) VALUES (?, ?, ?, ?)",
            (call, "2026-11-23 02:20:00.000000", "CommandFailed", json.dumps({"command": {"endpoint": endpoint}})),
        )
    for person, sees in ((Person.AGENT, False), (Person.SUPERVISOR, True)):
        shown = await (await site.sign_in(person)).get(f"/attempts/{call}")
        assert ("13800000004" in shown.text) is sees
