"""An agent pauses the recording of his talk: it is silent as long as he says, and never longer than the policy does."""

import pytest

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import Failure, MuteRecording, UnmuteRecording
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.recording import PauseEnd
from callcenter.domain.refusal import Refusal, Rule
from engine.story import NOTICE_POLICY, Story

PAUSING = NOTICE_POLICY.replace('recording_notice = "sound"', "pause_seconds = 30\npauses_most = 2").replace(
    '"noticed"', '"pausing"'
)
BOTH = {"ri1", "ro1"}


async def talking(story: Story) -> str:
    await story.books.policies.add(load_policy(PAUSING))
    await story.add_plan("pausing", "pausing")
    await story.add_callback(plan="pausing")
    await story.start()
    return await story.reach(CallState.TALKING)


async def pause(story: Story, call: str, reason: str = "card number") -> Refusal | None:
    refusal = await story.service.pausing.pause(call, reason)
    await story.clock.settle()
    return refusal


async def resume(story: Story, call: str) -> Refusal | None:
    refusal = await story.service.pausing.resume(call)
    await story.clock.settle()
    return refusal


def rule_of(refusal: Refusal | None) -> Rule | None:
    return refusal.rule if refusal else None


async def ends_of(story: Story, call: str) -> list[PauseEnd | None]:
    return [pause.ended_by for pause in (await story.record(call)).call.pauses]


async def test_it_is_silent_between_and_everybody_can_tell_why(story: Story) -> None:
    call = await talking(story)
    assert await pause(story, call) is None
    assert story.switch.call(call).muted == BOTH
    await story.clock.advance(12)
    assert await resume(story, call) is None
    assert story.switch.call(call).muted == set()
    await story.hang_up(call)
    (told,) = (await story.recording(call)).pauses
    assert (told.reason, told.by, told.ended_by) == ("card number", "agent-1001", PauseEnd.AGENT)
    assert told.ended_at is not None
    assert (told.ended_at - told.began_at).total_seconds() == 12
    assert (await story.log(call)).log.pauses == (told,)
    assert {"PauseAsked", "RecordingMuted", "ResumeAsked", "RecordingUnmuted"} <= set(await story.journal(call))
    deeds = [entry.deed for entry in await story.books.audit.entries() if entry.deed.on_kind == "recording"]
    assert [(deed.action, deed.on_id, dict(deed.detail)) for deed in deeds] == [
        (Action.RESUMED, call, {}),
        (Action.PAUSED, call, {"pause": "other", "reason": "card number"}),
    ]
    (order,) = story.archive.orders
    assert order.tags["pauses"] == f"{told.began_at.isoformat()}/{told.ended_at.isoformat()}"
    assert story.alarms == []


async def test_who_forgets_it_is_recorded_again_when_the_policy_s_time_is_over(story: Story) -> None:
    call = await talking(story)
    await pause(story, call)
    await story.clock.advance(29)
    assert story.switch.call(call).muted == BOTH
    await story.clock.advance(1)
    assert story.switch.call(call).muted == set()
    assert await ends_of(story, call) == [PauseEnd.LIMIT]
    assert story.state(call) is CallState.TALKING
    assert story.alarms == []


async def test_a_pause_is_in_the_books_before_the_switch_hears_of_it(story: Story) -> None:
    call = await talking(story)
    story.doings.clear()
    await pause(story, call)
    assert story.doings.index("save PauseAsked") < story.doings.index("ask MuteRecording")


async def test_who_keeps_the_machine_stands_in_the_audit_as_such(story: Story) -> None:
    call = await talking(story)
    await pause(story, call)
    await resume(story, call)
    deeds = [entry.deed for entry in await story.books.audit.entries() if entry.deed.on_id == call]
    assert {(deed.action, deed.login) for deed in deeds} == {
        (Action.PAUSED, "(command line)"),
        (Action.RESUMED, "(command line)"),
    }


async def test_no_policy_allows_it_by_itself(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    assert rule_of(await pause(story, call)) is Rule.PAUSE_FORBIDDEN
    assert story.switch.call(call).muted == set()
    assert [entry for entry in await story.books.audit.entries() if entry.deed.action is Action.PAUSED] == []


async def test_each_refusal_has_its_rule(story: Story) -> None:
    call = await talking(story)
    assert rule_of(await resume(story, call)) is Rule.PAUSE_NONE
    assert rule_of(await pause(story, call, " ")) is Rule.PAUSE_UNREASONED
    for _ in range(2):
        assert await pause(story, call) is None
        assert rule_of(await pause(story, call)) is Rule.PAUSE_LASTS
        assert await resume(story, call) is None
    assert rule_of(await pause(story, call)) is Rule.PAUSES_USED
    await story.hang_up(call)
    assert rule_of(await pause(story, call)) is Rule.PAUSE_NO_TALK
    assert rule_of(await resume(story, call)) is Rule.PAUSE_NO_TALK
    assert rule_of(await pause(story, "nobody's")) is Rule.PAUSE_NO_TALK


async def test_the_end_of_the_call_ends_it(story: Story) -> None:
    call = await talking(story)
    await pause(story, call)
    await story.clock.advance(5)
    await story.hang_up(call)
    (told,) = (await story.recording(call)).pauses
    assert told.ended_by is PauseEnd.CALL
    assert told.ended_at == (await story.record(call)).call.ended_at


@pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.UNKNOWN])
async def test_a_recorder_that_cannot_be_paused_goes_on_and_the_agent_is_told(story: Story, failure: Failure) -> None:
    call = await talking(story)
    story.switch.fails(MuteRecording, failure)
    await pause(story, call)
    await story.clock.advance(5)
    assert story.alarms == ["recorder_not_paused"]
    assert await ends_of(story, call) == [PauseEnd.FAILED]
    assert story.switch.call(call).muted & story.switch.call(call).recordings == set()
    assert len(story.switch.call(call).recordings) == 2


async def test_one_that_stays_mute_is_replaced(story: Story) -> None:
    call = await talking(story)
    await pause(story, call)
    story.switch.fails(UnmuteRecording, Failure.REFUSED)
    await resume(story, call)
    await story.clock.advance(5)
    assert story.switch.call(call).recordings == {"ri2", "ro2"}
    assert story.alarms == ["recorder_not_resumed"]
    await story.hang_up(call)
    assert (await story.log(call)).log.exception is not None


async def test_the_service_killed_in_a_pause_neither_forgets_nor_prolongs_it(story: Story) -> None:
    call = await talking(story)
    await pause(story, call)
    await story.clock.advance(10)
    await story.kill()
    await story.clock.advance(5)
    await story.start()
    assert story.switch.call(call).muted == BOTH
    assert story.switch.commands(call).count("MuteRecording") == 2
    assert rule_of(await pause(story, call)) is Rule.PAUSE_LASTS
    await story.clock.advance(14)
    assert story.switch.call(call).muted == BOTH
    await story.clock.advance(1)
    assert story.switch.call(call).muted == set()
    await story.hang_up(call)
    assert [pause.ended_by for pause in (await story.recording(call)).pauses] == [PauseEnd.LIMIT]


async def test_killed_until_its_time_was_over_it_records_again_at_once(story: Story) -> None:
    call = await talking(story)
    await pause(story, call)
    await story.kill()
    await story.clock.advance(120)
    await story.start()
    assert story.switch.call(call).muted == set()
    (told,) = (await story.record(call)).call.pauses
    assert told.ended_at is not None
    assert (told.ended_at - told.began_at).total_seconds() == 120


async def test_killed_before_the_switch_had_heard_of_it_it_is_paused_after_the_restart(story: Story) -> None:
    call = await talking(story)
    story.switch.holds(MuteRecording)
    await pause(story, call)
    await story.kill()
    story.switch.holds(MuteRecording)()
    assert story.switch.call(call).muted == set()
    await story.start()
    assert story.switch.call(call).muted == BOTH


async def test_a_call_that_ended_meanwhile_has_its_mark(story: Story) -> None:
    call = await talking(story)
    await pause(story, call)
    await story.kill()
    story.switch.hangs_up(call)
    await story.clock.advance(3)
    await story.start()
    await story.clock.advance(3)
    assert [pause.ended_by for pause in (await story.recording(call)).pauses] == [PauseEnd.CALL]


async def test_out_of_sight_nothing_is_lost(story: Story) -> None:
    call = await talking(story)
    story.switch.loses_connection()
    await story.clock.settle()
    await pause(story, call)
    assert story.switch.call(call).muted == set()
    story.switch.connects()
    await story.clock.advance(2)
    assert story.switch.call(call).muted == BOTH
    story.switch.loses_connection()
    await story.clock.settle()
    await resume(story, call)
    story.switch.connects()
    await story.clock.advance(2)
    assert story.switch.call(call).muted == set()
