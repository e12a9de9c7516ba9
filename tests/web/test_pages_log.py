"""What the policy and the customer add to the desk and the log: which number, when again, how often."""

import re
from dataclasses import replace

import pytest

from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import load_policy
from engine.story import POLICY
from web.test_pages import see
from web.test_pages_desk import keep, key_in
from web.visiting import Person, Site

APPOINTED = (
    POLICY.replace("version = 1", "version = 2")
    .replace("2026-01-01", "2026-02-01")
    .replace("[attempts]", 'rounds = "rounds.plaza"\n[attempts]')
)
BROKEN_OFF = {
    "content": "说到一半",
    "problems": "无",
    "handling_result": "待续",
    "disposition": "incomplete",
}
MISSED = re.compile(r'id="(\w+)-wrong"')


@pytest.fixture
async def appointed(site: Site) -> Site:
    """Under a policy by which a talk that broke off fixes the time of the next one (N9-06)."""
    assert await site.parts.policies.add(load_policy(APPOINTED), APPOINTED)
    return site


async def test_a_talk_that_broke_off_is_told_to_lack_its_next_time_before_it_is_closed(appointed: Site) -> None:
    agent = await appointed.sign_in(Person.AGENT)
    path = f"/attempts/{appointed.talk}/log"
    filled = await agent.ask("PATCH", path, {"version": 1, **BROKEN_OFF})
    assert filled.json["missing"] == ["next_visit_at"]
    at = (await agent.ask("PATCH", path, {"version": 2, "next_visit_at": "2026-12-01T02:00:00Z"})).json
    assert at["missing"] == []


async def test_a_policy_without_that_rule_lets_it_close_without_a_time(site: Site) -> None:
    agent = await site.sign_in(Person.AGENT)
    filled = await agent.ask("PATCH", f"/attempts/{site.talk}/log", {"version": 1, **BROKEN_OFF})
    assert filled.json["missing"] == []
    assert "a talk that broke off" not in (await see(agent, f"/desk/logs/{site.talk}")).text


async def test_the_form_names_the_time_together_with_all_else_that_lacks(appointed: Site) -> None:
    visitor = await appointed.sign_in(Person.AGENT)
    path = f"/desk/logs/{appointed.talk}"
    assert "a talk that broke off" in (await see(visitor, path)).text
    unsaid = await see(visitor, path, BROKEN_OFF)
    assert (unsaid.status, sorted(MISSED.findall(unsaid.text))) == (422, ["next_visit_at", "resolved"])
    said = await see(visitor, path, {**BROKEN_OFF, "resolved": "true"})
    assert (said.status, MISSED.findall(said.text)) == (422, ["next_visit_at"])
    form = {**BROKEN_OFF, "resolved": "true", "next_visit_at": "2026-12-01T10:00"}
    assert (await see(visitor, path, form)).place == "/desk?said=log_closed"


async def test_who_dislikes_calls_is_marked_in_the_log_and_at_the_customer(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    path = f"/desk/logs/{site.talk}"
    choice = re.compile(r'name="dislikes_calls" value="(true|false)"( checked)?')
    assert choice.findall((await see(visitor, path)).text) == [("false", " checked"), ("true", "")]
    await keep(visitor, path, "dislikes_calls", "true")
    assert choice.findall((await see(visitor, path)).text) == [("false", ""), ("true", " checked")]
    lacking = await see(visitor, path, {"content": "x", "dislikes_calls": "true"})
    assert lacking.status == 422
    assert choice.findall(lacking.text) == [("false", ""), ("true", " checked")]
    form = {**BROKEN_OFF, "disposition": "success", "resolved": "true", "dislikes_calls": "true"}
    assert (await see(visitor, path, form)).place == "/desk?said=log_closed"
    case = await site.story.books.callbacks.case("cb-1")
    assert case is not None
    assert case.customer.dislikes_calls


async def test_the_desk_lets_the_agent_choose_among_the_numbers_and_dials_the_chosen_one(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    assert 'name="number"' not in (await see(visitor, "/desk?callback=cb-3")).text
    case = await site.story.books.callbacks.case("cb-3")
    assert case is not None
    both = replace(case.customer, id="two", numbers=(*case.customer.numbers, PhoneNumber("+8613900000009")))
    await site.story.books.people.add_cases([both], [replace(case.callback, id="cb-9", customer_id="two")])
    page = (await see(visitor, "/desk?callback=cb-9")).text
    options = re.findall(r'<option value="(\d*)">([^<]*)</option>', page.partition('<select name="number">')[2])
    assert options[:3] == [("", "as the rules choose: 138****0003"), ("0", "138****0003"), ("1", "139****0009")]
    beyond = await see(visitor, "/desk/callbacks/cb-9/dial", {"key": key_in(page), "number": "2"})
    assert beyond.status == 422
    assert await site.story.books.attempts.of_callback("cb-9") == ()
    assert (await see(visitor, "/desk/callbacks/cb-9/dial", {"key": key_in(page), "number": "1"})).place == "/desk"
    (attempt,) = await site.story.books.attempts.of_callback("cb-9")
    assert attempt.number.e164 == "+8613900000009"
