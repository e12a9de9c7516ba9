"""The next visit's time: drawn, offered and checked, on the page and over the API."""

import re

import pytest

from callcenter.domain.policies.policy import load_policy
from engine.story import POLICY
from web.test_pages import see
from web.test_pages_desk import keep
from web.visiting import Person, Site

DAYTIME = (
    POLICY.replace("version = 1", "version = 2")
    .replace("2026-01-01", "2026-02-01")
    .replace('windows = "window.always"', '[windows]\ndays = "workdays"\nintervals = ["10:00-12:00", "14:00-16:00"]')
)
TOP = "evidence = "


@pytest.fixture
async def daytime(site: Site) -> Site:
    """Under a policy that calls on working days, in the morning and the afternoon."""
    head, _, tail = DAYTIME.partition("[windows]")
    windows, _, rest = tail.partition(TOP)
    first, _, groups = (TOP + rest).partition("[attempts]")
    text = f"{head}{first}[windows]{windows}[attempts]{groups}"
    assert await site.parts.policies.add(load_policy(text), text)
    return site


async def test_the_page_draws_the_customers_days_and_offers_two_times(daytime: Site) -> None:
    visitor = await daytime.sign_in(Person.AGENT)
    text = (await see(visitor, f"/desk/logs/{daytime.talk}/times")).text
    assert re.findall(r'<rect class="open" x="(\d+)" width="(\d+)"', text)[-2:] == [("600", "120"), ("840", "120")]
    offers = re.findall(r'class="pick first" data-pick="([^"]+)"', text)
    assert offers == ["2026-11-23T14:00", "2026-11-24T15:00"]
    assert "He may not be called then." in text


async def test_what_stands_against_a_time_is_told_before_it_is_saved(daytime: Site) -> None:
    visitor = await daytime.sign_in(Person.AGENT)
    path = f"/desk/logs/{daytime.talk}/times/check?next_visit_at="
    assert "Nothing stands against this time." in (await see(visitor, f"{path}2026-11-24T10:00")).text
    closed = (await see(visitor, f"{path}2026-11-28T10:00")).text
    assert "something against it" in closed
    assert "agreed all the same" in closed
    assert "lies in the past" in (await see(visitor, f"{path}2001-01-01T10:00")).text
    assert (await see(visitor, f"{path}nonsense")).text.strip() == ""
    assert (await daytime.story.log(daytime.talk)).log.next_visit_at is None


async def test_another_appointment_of_the_agent_at_that_time_is_named(daytime: Site) -> None:
    visitor = await daytime.sign_in(Person.AGENT)
    form = {
        "content": "x",
        "problems": "无",
        "handling_result": "y",
        "disposition": "appointment",
        "resolved": "true",
        "next_visit_at": "2026-11-24T10:00",
    }
    assert (await see(visitor, f"/desk/logs/{daytime.talk}", form)).place == "/desk?said=log_closed"
    again = await daytime.talked("cb-3", 1001)
    for page in (f"/desk/logs/{again}/times", f"/desk/logs/{again}/times/check?next_visit_at=2026-11-24T10:15"):
        assert "agreed" in (await see(visitor, page)).text
    answer = (await visitor.get(f"/attempts/{again}/log/conflicts", at="2026-11-24T02:15:00+00:00")).json
    assert [(each["kind"], each["allowed"]) for each in answer["items"]] == [("agent", True)]
    assert answer["items"][0]["agreed"]["callback_id"] == "cb-1"
    assert (await visitor.get(f"/attempts/{again}/log/conflicts", at="2026-11-24T03:15:00+00:00")).json["items"] == []


async def test_the_api_tells_the_same_days(daytime: Site) -> None:
    agent = await daytime.sign_in(Person.AGENT)
    shown = (await agent.get(f"/attempts/{daytime.talk}/log/times")).json
    assert (shown["zone"], shown["offers"]) == (
        "Asia/Shanghai",
        ["2026-11-23T06:00:00+00:00", "2026-11-24T07:00:00+00:00"],
    )
    assert [len(day["times"]) for day in shown["days"]] == [3, 4, 4, 4, 4, 0, 0]
    assert (await agent.get(f"/attempts/{daytime.talk}/log/conflicts")).status == 422
    other = await daytime.sign_in(Person.OTHER_AGENT)
    assert (await other.get(f"/attempts/{daytime.talk}/log/times")).status == 403


async def test_a_picked_time_is_kept_as_the_customers(daytime: Site) -> None:
    visitor = await daytime.sign_in(Person.AGENT)
    kept = await keep(visitor, f"/desk/logs/{daytime.talk}", "next_visit_at", "2026-11-24T15:00")
    assert kept["value"] == "2026-11-24T15:00"
    at = (await daytime.story.log(daytime.talk)).log.next_visit_at
    assert at is not None
    assert at.isoformat() == "2026-11-24T07:00:00+00:00"
