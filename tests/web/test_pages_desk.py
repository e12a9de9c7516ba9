"""The desk without a browser: taking, dialling, hanging up, putting back, and the visit log."""

import re

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import Progress
from callcenter.domain.people import CallbackState
from web.test_pages import BY_SCRIPT, see
from web.visiting import Person, Site


def key_in(text: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found, text
    return found[1]


async def test_the_next_callback_is_taken_dialled_once_and_hung_up_with_a_reason(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    taken = await see(visitor, "/desk/next", {})
    assert taken.place == "/desk?callback=cb-3"
    key = key_in((await see(visitor, taken.place)).text)
    for _ in range(2):
        assert (await see(visitor, "/desk/callbacks/cb-3/dial", {"key": key})).place == "/desk"
    attempts = await site.story.books.attempts.of_callback("cb-3")
    assert len(attempts) == 1
    call = attempts[0].id
    await site.story.clock.settle()
    site.story.switch.agent_answers(call)
    await site.story.clock.advance(0.5)
    site.story.switch.rings(call)
    await site.story.clock.advance(7)
    now = await see(visitor, "/desk/now")
    assert "The customer&#39;s phone rings" in now.text
    assert 'data-seconds="7"' in now.text
    early = await see(visitor, f"/desk/attempts/{call}/hang-up", {"reason": ""}, BY_SCRIPT)
    assert early.status == 409
    assert "It has rung for 7 of at least 20 seconds" in early.text
    assert (await see(visitor, f"/desk/attempts/{call}/hang-up", {"reason": "wrong customer"})).place == "/desk"
    await site.story.clock.advance(3)
    assert site.story.state(call) is None
    assert "hung up by the agent" in (await see(visitor, "/desk")).text


async def test_a_refusal_names_its_rule_and_a_reason_goes_round_it_and_is_audited(site: Site) -> None:
    await site.story.clock.advance(12 * 3600)
    visitor = await site.sign_in(Person.AGENT)
    page = await see(visitor, "/desk?callback=cb-6")
    assert "outside the customer&#39;s calling hours" in page.text
    assert "Possible from 2026-11-24 10:00 (Asia/Shanghai)" in page.text
    refused = await see(visitor, "/desk/callbacks/cb-6/dial", {"key": key_in(page.text)}, BY_SCRIPT)
    assert refused.status == 409
    form = {"key": f"{key_in(page.text)}o", "reason": "he asked for it"}
    assert (await see(visitor, "/desk/callbacks/cb-6/dial", form)).place == "/desk"
    assert Action.OVERRIDDEN in {entry.deed.action for entry in await site.audit()}


async def test_a_callback_is_put_back_by_its_agent_alone(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    await see(visitor, "/desk/next", {})
    other = await site.sign_in(Person.OTHER_AGENT)
    assert (await see(other, "/desk/callbacks/cb-3/release", {})).status == 409
    assert (await see(visitor, "/desk/callbacks/cb-3/release", {})).place == "/desk?said=released"
    assert (await site.story.callback("cb-3")).state is CallbackState.WAITING


async def test_another_agents_callback_is_not_shown(site: Site) -> None:
    await see(await site.sign_in(Person.AGENT), "/desk/next", {})
    seen = await see(await site.sign_in(Person.OTHER_AGENT), "/desk?callback=cb-3")
    assert "138****0003" not in seen.text


async def test_a_log_is_kept_while_typed_and_tells_at_each_field_what_is_missing(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    path = f"/desk/logs/{site.talk}"
    kept = await see(visitor, f"{path}/keep", {"content": "说了很多", "disposition": "appointment"})
    assert (kept.status, "Kept at" in kept.text) == (200, True)
    assert (await site.story.log(site.talk)).log.content == "说了很多"
    open_still = await see(visitor, path, {"content": "说了很多", "disposition": "appointment", "resolved": "true"})
    assert open_still.status == 422
    for field in ("problems", "handling_result", "next_visit_at"):
        assert f'id="{field}-wrong"' in open_still.text
    assert "说了很多" in open_still.text
    past = await see(visitor, path, {"next_visit_at": "2001-01-01T10:00"})
    assert "This lies in the past." in past.text
    form = {
        "content": "说了很多",
        "problems": "无",
        "handling_result": "已解释",
        "disposition": "success",
        "resolved": "true",
    }
    assert (await see(visitor, path, form)).place == "/desk?said=log_closed"
    assert (await site.story.callback("cb-1")).state is CallbackState.DONE


async def test_whether_all_is_settled_is_answered_by_who_talked(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    path = f"/desk/logs/{site.talk}"
    field = re.compile(r'name="resolved" value="(true|false)"( checked)?')
    assert field.findall((await see(visitor, path)).text) == [("true", ""), ("false", "")]
    form = {"content": "说了很多", "problems": "无", "handling_result": "已解释", "disposition": "success"}
    lacking = await see(visitor, path, form)
    assert lacking.status == 422
    assert re.findall(r'id="(\w+)-wrong"', lacking.text) == ["resolved"]
    kept = await site.story.log(site.talk)
    assert (kept.log.content, kept.log.resolved, kept.closed_at) == ("说了很多", None, None)
    await see(visitor, f"{path}/keep", {"resolved": "false"})
    assert field.findall((await see(visitor, path)).text) == [("true", ""), ("false", " checked")]
    unsettled = await see(visitor, path, form)
    assert re.findall(r'id="(\w+)-wrong"', unsettled.text) == ["next_visit_at"]
    assert (await see(visitor, path, {**form, "resolved": "true"})).place == "/desk?said=log_closed"


async def test_what_the_network_says_is_not_called_ringing(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    call = await site.story.begin("cb-3", 1001)
    site.story.switch.agent_answers(call)
    await site.story.clock.advance(0.5)
    site.story.service.calls.post(call, Progress(site.story.clock.now()))
    await site.story.clock.settle()
    seen = await see(visitor, "/desk/now")
    assert ("Network announcement" in seen.text, "phone rings" in seen.text) == (True, False)
    site.story.switch.rings(call)
    await site.story.clock.settle()
    seen = await see(visitor, "/desk/now")
    assert ("Network announcement" in seen.text, "The customer&#39;s phone rings" in seen.text) == (False, True)


async def test_a_next_visit_is_meant_in_the_customers_time(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    await see(visitor, f"/desk/logs/{site.talk}/keep", {"next_visit_at": "2026-12-01T10:00"})
    at = (await site.story.log(site.talk)).log.next_visit_at
    assert at is not None
    assert at.isoformat() == "2026-12-01T02:00:00+00:00"


async def test_only_who_made_the_visit_writes_its_log(site: Site) -> None:
    other = await site.sign_in(Person.OTHER_AGENT)
    for path in (f"/desk/logs/{site.talk}", f"/desk/logs/{site.talk}/keep"):
        assert (await see(other, path, {"content": "x"})).status == 403
    assert (await site.story.log(site.talk)).log.content == ""


async def test_a_call_shows_its_states_to_its_agent_alone(site: Site) -> None:
    await site.story.reach(CallState.TALKING, "cb-3", 1001)
    mine = await see(await site.sign_in(Person.AGENT), "/desk/now")
    assert "Talking" in mine.text
    assert "Recorder runs" in mine.text
    assert "Talking" not in (await see(await site.sign_in(Person.OTHER_AGENT), "/desk/now")).text


def window_in(text: str) -> str:
    found = re.search(r'name="window" value="([^"]+)"', text)
    assert found, text
    return found[1]


async def test_a_window_does_not_overwrite_what_another_wrote_since(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    path = f"/desk/logs/{site.talk}"
    one, other = [window_in((await see(visitor, path)).text) for _ in range(2)]
    for words in ("first", "second"):
        assert (await see(visitor, f"{path}/keep", {"content": words, "window": one})).status == 200
    for place in (f"{path}/keep", path):
        refused = await see(visitor, place, {"content": "another window", "window": other}, BY_SCRIPT)
        assert refused.status == 409
        assert "written in another window" in refused.text
    kept = await site.story.books.logs.get(site.talk)
    assert kept is not None
    assert kept.log.content == "second"
    again = window_in((await see(visitor, path)).text)
    assert (await see(visitor, f"{path}/keep", {"content": "third", "window": again})).status == 200
