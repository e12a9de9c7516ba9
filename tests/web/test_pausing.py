"""The recording is paused by the agent whose talk it is, where the policy allows it; who hears it sees where."""

from typing import Any

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import Failure, MuteRecording
from callcenter.domain.policies.policy import load_policy
from engine.test_pausing import BOTH, PAUSING
from web.test_pages import BY_SCRIPT, see
from web.visiting import Person, Site


async def talking(site: Site) -> str:
    """Agent 1001 talks, under a policy that allows pauses of 30 seconds."""
    story = site.story
    await story.books.policies.add(load_policy(PAUSING))
    await story.add_plan("pausing", "pausing")
    await story.add_callback("cb-9", plan="pausing")
    return await story.reach(CallState.TALKING, "cb-9")


async def test_paused_and_resumed_over_the_api_and_told_to_whoever_may_hear_it(site: Site) -> None:
    call = await talking(site)
    agent = await site.sign_in(Person.AGENT)
    path = f"/attempts/{call}/recording"
    assert (await agent.post(f"{path}/pause", {"reason": " card "})).status == 202
    await site.story.clock.settle()
    assert site.story.switch.call(call).muted == BOTH
    (live,) = (await agent.get("/calls")).json["items"]
    assert (live["paused_at"], live["pause_seconds"]) == (site.story.clock.now().isoformat(), 30)
    again = await agent.post(f"{path}/pause", {"reason": "card"})
    assert (again.status, again.json["rule"]) == (409, "recording.pause_lasts")
    await site.story.clock.advance(7)
    assert (await agent.post(f"{path}/resume")).status == 202
    await site.story.clock.settle()
    assert (await agent.post(f"{path}/resume")).json["rule"] == "recording.not_paused"
    await site.story.hang_up(call)
    shown = (await agent.get(f"/recordings/{call}")).json
    (pause,) = shown["pauses"]
    assert (pause["reason"], pause["agent_id"], pause["ended_by"]) == ("card", "agent-1001", "agent")
    assert (pause["kind"], pause["told"]) == ("other", "card")
    # The archive of these tests keeps a second of sound: what is behind its end stands at its end.
    assert (pause["from_ms"], pause["to_ms"]) == (1000, 1000)
    log = (await agent.get(f"/attempts/{call}/log")).json["log"]
    assert [each["reason"] for each in log["pauses"]] == ["card"]
    compliance = await site.sign_in(Person.COMPLIANCE)
    (item,) = (await compliance.get("/recordings", paused="true")).json["items"]
    assert (item["attempt"]["id"], item["pauses"]) == (call, 1)
    deeds = [entry.deed for entry in await site.audit() if entry.deed.on_id == call]
    assert [(deed.action, deed.login) for deed in deeds if deed.action in {Action.PAUSED, Action.RESUMED}] == [
        (Action.RESUMED, "agent1001"),
        (Action.PAUSED, "agent1001"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": "  "},
        {"reason": "x" * 501},
        {"reason": 1},
        [],
        {"kind": "other"},
        {"kind": "secret", "reason": "x"},
    ],
)
async def test_what_is_no_reason_pauses_nothing(site: Site, body: Any) -> None:
    call = await talking(site)
    agent = await site.sign_in(Person.AGENT)
    assert (await agent.post(f"/attempts/{call}/recording/pause", body)).status in {400, 422}
    assert site.story.switch.call(call).muted == set()


async def test_nobody_pauses_anothers_talk_nor_where_no_policy_allows_it(site: Site) -> None:
    call = await talking(site)
    for person, status in ((Person.OTHER_AGENT, 403), (Person.COMPLIANCE, 403), (Person.ANONYMOUS, 401)):
        visitor = await site.sign_in(person)
        for path in (f"/attempts/{call}/recording/pause", f"/attempts/{call}/recording/resume"):
            assert (await visitor.post(path, {"reason": "card"})).status == status
    other = await site.story.reach(CallState.TALKING, "cb-3", 1002)
    visitor = await site.sign_in(Person.OTHER_AGENT)
    refused = await visitor.post(f"/attempts/{other}/recording/pause", {"reason": "card"})
    assert (refused.status, refused.json["rule"]) == (409, "recording.pause_forbidden")
    assert "Pause the recording" not in (await see(visitor, "/desk")).text
    assert site.story.switch.call(other).muted == site.story.switch.call(call).muted == set()


async def test_the_desk_pauses_with_a_reason_shows_how_long_and_records_again(site: Site) -> None:
    call = await talking(site)
    agent = await site.sign_in(Person.AGENT)
    path = f"/desk/attempts/{call}/recording"
    assert f'action="{path}/pause"' in (await see(agent, "/desk")).text
    wordless = await see(agent, f"{path}/pause", {"reason": "other", "note": " "}, BY_SCRIPT)
    assert wordless.status == 409
    assert "needs its reason" in wordless.text
    assert (await see(agent, f"{path}/pause", {"reason": "secrets", "note": "银行卡 <b>"})).place == "/desk"
    await site.story.clock.advance(12)
    now = (await see(agent, "/desk/now")).text
    assert "Recording paused" in now
    assert 'data-seconds="12" data-most="30"' in now
    assert "or a password: 银行卡 &lt;b&gt;" in now
    assert "Recorder runs" not in now
    assert (await see(agent, f"{path}/resume", {})).place == "/desk"
    await site.story.clock.settle()
    now = (await see(agent, "/desk/now")).text
    assert "Recorder runs" in now
    await site.story.hang_up(call)
    assert "银行卡 &lt;b&gt;, ended by the agent" in (await see(agent, f"/desk/logs/{call}")).text
    heard = (await see(await site.sign_in(Person.COMPLIANCE), f"/recordings/{call}")).text
    assert "Paused by the agent" in heard
    assert "银行卡 &lt;b&gt;" in heard
    assert "12 s" in heard


async def test_a_reason_of_the_list_is_read_by_each_in_his_own_language(site: Site) -> None:
    call = await talking(site)
    agent, compliance = await site.sign_in(Person.AGENT), await site.sign_in(Person.COMPLIANCE)
    pausing = f"/desk/attempts/{call}/recording"
    assert (await see(agent, f"{pausing}/pause?lang=zh", {"reason": "secrets", "note": "建行卡"})).place == "/desk"
    told = {
        "zh": "客户提供卡号、账号或密码：建行卡",
        "en": "Customer tells card or account data, or a password: 建行卡",
    }
    for language, words in told.items():
        assert words in (await see(agent, f"/desk/now?lang={language}")).text
    await see(agent, f"{pausing}/resume", {})
    await site.story.clock.settle()
    assert (await agent.post(f"/attempts/{call}/recording/pause", {"kind": "private"})).status == 202
    await site.story.hang_up(call)
    (first, second) = (await compliance.get(f"/recordings/{call}")).json["pauses"]
    assert (first["kind"], first["reason"], first["told"]) == ("secrets", "建行卡", told["en"])
    assert (second["kind"], second["reason"]) == ("private", "")
    for visitor, page in (
        (agent, f"/desk/logs/{call}"),
        (compliance, f"/recordings/{call}"),
    ):
        for language, words in told.items():
            found = (await see(visitor, f"{page}?lang={language}")).text
            assert (page, words in found) == (page, True)
            other = told["en" if language == "zh" else "zh"]
            assert (page, other in found) == (page, False)
    audited = (await see(compliance, "/audit?lang=zh")).text
    assert "暂停原因" in audited
    assert "客户提供卡号、账号或密码" in audited


async def test_the_desk_says_so_where_the_recorder_could_not_be_paused(site: Site) -> None:
    call = await talking(site)
    agent = await site.sign_in(Person.AGENT)
    site.story.switch.fails(MuteRecording, Failure.REFUSED)
    await see(agent, f"/desk/attempts/{call}/recording/pause", {"reason": "private"})
    await site.story.clock.settle()
    now = (await see(agent, "/desk/now")).text
    assert "The recording could not be paused" in now
    assert "Recorder runs" in now
