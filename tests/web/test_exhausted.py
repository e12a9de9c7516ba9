"""Callbacks that are used up: listed with all their attempts, given back, closed, and given back again."""

from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.people import CallbackState
from web.test_pages import see
from web.visiting import Person, Site, Visitor


async def use_up(site: Site, callback: str) -> None:
    """Three dials that nobody answers (C6-57)."""
    for _ in range(3):
        await site.story.reach(CallState.DIALLING, callback)
        await site.story.clock.advance(25)
        site.story.updates.clear()
        while (await site.story.callback(callback)).state is CallbackState.CALLING:
            await site.story.clock.advance(5)
        after = (await site.story.callback(callback)).not_before
        if after is not None and after > site.story.clock.now():
            await site.story.clock.advance((after - site.story.clock.now()).total_seconds() + 1)


@pytest.fixture
async def used_up(site: Site) -> Site:
    await use_up(site, "cb-3")
    assert (await site.story.callback("cb-3")).state is CallbackState.EXHAUSTED
    return site


async def only(visitor: Visitor, **query: str) -> dict[str, Any]:
    answer = await visitor.get("/exhausted", **query)
    assert answer.status == 200, answer.text
    (item,) = answer.json["items"]
    assert isinstance(item, dict)
    return item


async def test_it_is_listed_with_its_reason_and_its_attempts(used_up: Site) -> None:
    visitor = await used_up.sign_in(Person.SUPERVISOR)
    page = (await visitor.get("/exhausted")).json
    assert page["counts"] == {"dials_used_up": 1}
    item = await only(visitor)
    assert (item["callback"]["id"], item["callback"]["round"]) == ("cb-3", 1)
    assert [attempt["outcome"] for attempt in item["attempts"]] == ["no_answer"] * 3
    assert item["callback"]["numbers"] == ["+8613800000003"]
    for query in ({"reason": "refused"}, {"plan": "strict"}, {"customer": "%"}, {"closed": "true"}):
        assert (await visitor.get("/exhausted", **query)).json["items"] == []


async def test_a_new_round_begins_and_the_decision_stays_told(used_up: Site) -> None:
    visitor = await used_up.sign_in(Person.SUPERVISOR)
    version = (await only(visitor))["callback"]["version"]
    later = used_up.story.clock.now() + timedelta(days=1)
    asked = {"version": version, "reason": "a new number", "not_before": later.isoformat()}
    answer = await visitor.post("/callbacks/cb-3/give-back", asked)
    assert (answer.status, answer.json["state"], answer.json["round"]) == (200, "waiting", 2)
    callback = await used_up.story.callback("cb-3")
    assert (callback.state, callback.round, callback.not_before) == (CallbackState.WAITING, 2, later)
    assert callback.exhausted_reason is None
    deed = (await used_up.audit())[0].deed
    assert (deed.action, deed.login, deed.on_id) == (Action.GIVEN_BACK, Person.SUPERVISOR, "cb-3")
    assert deed.detail["reason"] == "a new number"


async def test_a_closed_one_can_be_given_back(used_up: Site) -> None:
    visitor = await used_up.sign_in(Person.SUPERVISOR)
    version = (await only(visitor))["callback"]["version"]
    asked = {"version": version, "reason": "wrong_number", "note": "belongs to somebody else"}
    closed = await visitor.post("/callbacks/cb-3/close", asked)
    assert (closed.status, closed.json["state"], closed.json["exhausted_reason"]) == (200, "closed", "dials_used_up")
    assert (await used_up.audit())[0].deed.action is Action.CLOSED
    item = await only(visitor, closed="true")
    (decision,) = item["decisions"]
    assert item["closed_by"] == decision
    assert (await visitor.get("/callbacks/cb-3")).json["closed_by"] == decision
    assert (decision["kind"], decision["reason"], decision["by"]) == ("closed", "wrong_number", Person.SUPERVISOR)
    back = await visitor.post("/callbacks/cb-3/give-back", {"version": closed.json["version"], "reason": "by mistake"})
    assert (back.status, back.json["round"]) == (200, 2)
    case = await used_up.story.dial("cb-3")
    assert getattr(case, "round", None) == 2


async def test_an_undone_close_waits_for_a_decision_as_before(used_up: Site) -> None:
    visitor = await used_up.sign_in(Person.SUPERVISOR)
    version = (await only(visitor))["callback"]["version"]
    closed = await visitor.post("/callbacks/cb-3/close", {"version": version, "reason": "duplicate"})
    late = await visitor.post("/callbacks/cb-3/reopen", {"version": version})
    assert (late.status, late.code) == (409, "changed_meanwhile")
    undone = await visitor.post("/callbacks/cb-3/reopen", {"version": closed.json["version"]})
    assert (undone.status, undone.json["state"], undone.json["round"]) == (200, "exhausted", 1)
    assert undone.json["exhausted_reason"] == "dials_used_up"
    item = await only(visitor)
    assert ([each["kind"] for each in item["decisions"]], item["closed_by"]) == (["closed", "reopened"], None)
    assert (await visitor.get("/callbacks/cb-3")).json["closed_by"] is None
    deed = (await used_up.audit())[0].deed
    assert (deed.action, deed.on_id, dict(deed.detail)) == (Action.REOPENED, "cb-3", {"round": "1"})
    again = await visitor.post("/callbacks/cb-3/reopen", {"version": undone.json["version"]})
    assert (again.status, again.code) == (409, "not_closed")


async def test_of_two_who_decide_at_once_the_second_is_told(used_up: Site) -> None:
    visitor = await used_up.sign_in(Person.SUPERVISOR)
    version = (await only(visitor))["callback"]["version"]
    assert (await visitor.post("/callbacks/cb-3/close", {"version": version, "reason": "duplicate"})).status == 200
    late = await visitor.post("/callbacks/cb-3/give-back", {"version": version, "reason": "again"})
    assert (late.status, late.code) == (409, "changed_meanwhile")
    assert (await used_up.story.callback("cb-3")).state is CallbackState.CLOSED


@pytest.mark.parametrize("callback", ["cb-1", "cb-4"])
async def test_what_is_not_used_up_is_not_decided(site: Site, callback: str) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    version = (await site.story.callback(callback)).version
    for path, more in (("give-back", {"reason": "x"}), ("close", {"reason": "duplicate"})):
        answer = await visitor.post(f"/callbacks/{callback}/{path}", {"version": version} | more)
        assert (answer.status, answer.code) == (409, "not_exhausted")
    assert (await site.story.callback(callback)).version == version


@pytest.mark.parametrize(
    ("path", "values", "field"),
    [
        ("close", {"reason": "other"}, "reason"),
        ("close", {"reason": "other", "note": "  "}, "reason"),
        ("close", {"reason": "bored"}, "reason"),
        ("give-back", {"reason": ""}, "reason"),
        ("give-back", {"reason": "  "}, "reason"),
        ("give-back", {"reason": "x", "not_before": "2000-01-01T00:00:00Z"}, "not_before"),
        ("give-back", {"reason": "x", "not_before": "2199-01-01T00:00:00Z"}, "not_before"),
    ],
)
async def test_a_decision_needs_its_reason(used_up: Site, path: str, values: dict[str, Any], field: str) -> None:
    visitor = await used_up.sign_in(Person.SUPERVISOR)
    version = (await only(visitor))["callback"]["version"]
    answer = await visitor.post(f"/callbacks/cb-3/{path}", {"version": version} | values)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, field)
    assert (await used_up.story.callback("cb-3")).version == version


@pytest.mark.parametrize(
    ("person", "lists", "decides"),
    [
        (Person.ANONYMOUS, 401, 401),
        (Person.AGENT, 403, 403),
        (Person.COMPLIANCE, 200, 403),
        (Person.RECORDS_HEAD, 403, 403),
        (Person.ADMIN, 403, 403),
    ],
)
async def test_only_a_supervisor_decides(site: Site, person: Person, lists: int, decides: int) -> None:
    visitor = await site.sign_in(person)
    assert (await visitor.get("/exhausted")).status == lists
    for path, reason in (("give-back", "x"), ("close", "duplicate")):
        answer = await visitor.post(f"/callbacks/cb-3/{path}", {"version": 1, "reason": reason})
        assert answer.status == decides


async def test_there_is_nothing_to_decide_of_no_callback(site: Site) -> None:
    visitor = await site.sign_in(Person.SUPERVISOR)
    assert (await visitor.post("/callbacks/nowhere/close", {"version": 1, "reason": "duplicate"})).status == 404


@pytest.mark.parametrize(
    ("path", "form", "others"),
    [
        ("give-back", {"reason": "he asked for it", "not_before": "2020-01-01T10:00"}, "new-number"),
        ("new-number", {"number": "12", "found": "his neighbour"}, "give-back"),
    ],
)
async def test_a_tick_stays_where_another_field_was_wrong_and_in_its_own_form_alone(
    used_up: Site, path: str, form: dict[str, str], others: str
) -> None:
    visitor = await used_up.sign_in(Person.SUPERVISOR)
    version = str((await used_up.story.callback("cb-3")).version)
    seen = await see(visitor, f"/exhausted/cb-3/{path}", {**form, "version": version, "all_the_same": "true"})
    assert seen.status == 422
    parts = {part.partition('"')[0]: part for part in seen.text.split('action="/exhausted/cb-3/')[1:]}
    ticked = 'name="all_the_same" value="true" checked'
    assert (ticked in parts[path], ticked in parts[others]) == (True, False)
