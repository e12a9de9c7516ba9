"""The desk without a browser: taking, dialling, hanging up, putting back, and the visit log."""

import json
import re
from typing import Any

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import Progress
from callcenter.domain.people import CallbackState
from web.test_pages import BY_SCRIPT, see
from web.visiting import Person, Site, Visitor


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
    assert (await keep(visitor, path, "content", "说了很多"))["state"] == "kept"
    assert (await keep(visitor, path, "disposition", "appointment"))["told"].startswith("Saved ")
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
    await keep(visitor, path, "resolved", "false")
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
    await keep(visitor, f"/desk/logs/{site.talk}", "next_visit_at", "2026-12-01T10:00")
    at = (await site.story.log(site.talk)).log.next_visit_at
    assert at is not None
    assert at.isoformat() == "2026-12-01T02:00:00+00:00"


async def test_only_who_made_the_visit_writes_its_log(site: Site) -> None:
    other = await site.sign_in(Person.OTHER_AGENT)
    for path in (f"/desk/logs/{site.talk}", f"/desk/logs/{site.talk}/fields"):
        assert (await see(other, path, {"name": "content", "value": "x", "based_on": "0"})).status == 403
    assert (await site.story.log(site.talk)).log.content == ""


async def test_a_call_shows_its_states_to_its_agent_alone(site: Site) -> None:
    await site.story.reach(CallState.TALKING, "cb-3", 1001)
    mine = await see(await site.sign_in(Person.AGENT), "/desk/now")
    assert "Talking" in mine.text
    assert "Recorder runs" in mine.text
    assert "Talking" not in (await see(await site.sign_in(Person.OTHER_AGENT), "/desk/now")).text


async def keep(visitor: Visitor, path: str, name: str, value: str, based_on: int = 0) -> dict[str, Any]:
    """As the page's script does. path: of the log."""
    form = {"name": name, "value": value, "based_on": str(based_on)}
    seen = await see(visitor, f"{path}/fields", form, BY_SCRIPT)
    assert seen.status == 200, seen.text
    found: dict[str, Any] = json.loads(seen.text)
    return found


def versions_in(text: str) -> dict[str, str]:
    return dict(re.findall(r'name="(v-\w+)" value="(\d+)"', text))


async def test_a_window_does_not_overwrite_what_another_wrote_since(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    path = f"/desk/logs/{site.talk}"
    form = {"problems": "无", "handling_result": "已解释", "disposition": "success", "resolved": "true"}
    shown = versions_in((await see(visitor, path)).text)
    assert shown["v-content"] == "0"
    for version, words in enumerate(("first", "second")):
        assert (await keep(visitor, path, "content", words, version))["version"] == version + 1
    stale = await keep(visitor, path, "content", "another window", 1)
    assert (stale["state"], stale["value"], stale["version"]) == ("stale", "second", 2)
    assert (await site.story.log(site.talk)).log.content == "second"
    refused = await see(visitor, path, {**form, "content": "another window", **shown})
    assert (refused.status, re.findall(r'id="(\w+)-wrong"', refused.text)) == (422, ["content"])
    assert "Another window wrote here: “second”." in refused.text
    assert "another window</textarea>" in refused.text
    kept = await site.story.log(site.talk)
    assert (kept.log.content, kept.log.problems, kept.closed_at) == ("second", "", None)
    # Who was told, and closes again, means it so.
    again = versions_in(refused.text)
    assert again["v-content"] == "2"
    closed = await see(visitor, path, {**form, "content": "another window", **again})
    assert closed.place == "/desk?said=log_closed"
    assert (await site.story.log(site.talk)).log.content == "another window"
    assert (await keep(visitor, path, "content", "late", 3))["state"] == "closed"


async def test_the_log_is_written_from_the_calls_beginning_and_stands_when_it_ends(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    call = await site.story.begin("cb-3", 1001)
    path = f"/desk/logs/{call}"
    for page in ("/desk/now", path):
        text = (await see(visitor, page)).text
        assert f'data-log="{call}"' in text
        assert "Close the log" not in text
    assert (await keep(visitor, path, "content", "还没接通就记下"))["version"] == 1
    assert (await keep(visitor, path, "next_visit_at", "2001-01-01T10:00"))["state"] == "wrong"
    assert (await keep(visitor, path, "resolved", "maybe"))["state"] == "wrong"
    refused = await see(visitor, path, {"content": "x"}, BY_SCRIPT)
    assert refused.status == 404
    site.story.switch.agent_answers(call)
    await site.story.clock.advance(0.5)
    site.story.switch.rings(call)
    await site.story.clock.advance(3)
    site.story.switch.answers(call)
    await site.story.clock.settle()
    assert (await keep(visitor, path, "problems", "无"))["state"] == "kept"
    assert "还没接通就记下" in (await see(visitor, "/desk/now")).text
    await site.restart()
    assert "还没接通就记下" in (await see(visitor, "/desk/now")).text
    await site.story.hang_up(call)
    text = (await see(visitor, "/desk/now")).text
    assert "还没接通就记下" in text
    assert "Close the log" in text
    log = (await site.story.log(call)).log
    assert (log.content, log.problems, log.answered) == ("还没接通就记下", "无", True)


async def test_what_no_field_of_the_log_takes_is_refused(site: Site) -> None:
    visitor = await site.sign_in(Person.AGENT)
    path = f"/desk/logs/{site.talk}/fields"
    for wrong in (
        {"name": "customer", "value": "x", "based_on": "0"},
        {"name": "content", "value": "x"},
        {"name": "attempt_id", "value": "x", "based_on": "0"},
        {},
    ):
        assert (await see(visitor, path, wrong, BY_SCRIPT)).status == 422
    assert (await keep(visitor, path[:-7], "content", "x" * 10_001))["state"] == "wrong"
    assert (await site.story.log(site.talk)).log.content == ""
    await keep(visitor, path[:-7], "content", "kept")
    tampered = {"name": "content", "value": "x", "based_on": "9" * 40}
    assert '"state": "stale"' in (await see(visitor, path, tampered, BY_SCRIPT)).text
