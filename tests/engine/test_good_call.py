"""The good call, from hand-out to archive; and that everything is in the books before it is asked of the switch."""

import pytest

from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import StartRecording
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.recording import RecordingState
from callcenter.storage.errors import DatabaseFailedError
from engine.story import Story


async def test_a_call_goes_from_the_queue_to_the_archive(story: Story) -> None:
    switch, clock = story.switch, story.clock
    await story.add_callback("cb-2")
    await story.add_callback("cb-1")
    await story.start()
    case = await story.service.dialing.next_for("1001")
    assert isinstance(case, Case)
    assert case.callback.id == "cb-1"
    call = await story.begin("cb-1")
    assert switch.commands() == ["CallAgent"]
    switch.agent_answers(call)
    await clock.advance(0.5)
    assert story.state(call) is CallState.DIALLING
    assert switch.dials == 1
    switch.rings(call)
    await clock.advance(3)
    switch.answers(call)
    await clock.advance(60)
    assert story.state(call) is CallState.TALKING
    assert (await story.callback()).state is CallbackState.CALLING
    await story.hang_up(call)
    record, recording, log = await story.record(call), await story.recording(call), await story.log(call)
    assert record.attempt.outcome is Outcome.ANSWERED
    assert record.attempt.end_reason is EndReason.CUSTOMER
    assert (await story.callback()).state is CallbackState.WRAP_UP
    assert recording.state is RecordingState.VERIFIED
    assert recording.keep_until == log.keep_until
    assert log.closed_at is None
    assert switch.left == {}
    assert switch.raw_files == set()
    assert story.alarms == []
    assert story.service.calls.live == ()


async def test_what_a_kill_must_not_lose_stands_in_the_books_before_it_is_acted_on(story: Story) -> None:
    await story.add_callback()
    await story.start()
    await story.hang_up(await story.reach(CallState.TALKING))
    asked_after = {
        "ask CallAgent": "begin",
        "ask Connect": "save RecorderSeen",
        "ask HangUp": "save LegGone",
        "ask DestroyBridge": "save LegGone",
        "discard": "verify",
    }
    for asked, saved in asked_after.items():
        assert story.doings.index(saved) < story.doings.index(asked), asked
    assert story.doings[0] == "begin"
    assert story.doings.index("finish") < story.doings.index("keep")


async def test_the_journal_holds_every_step_once_and_in_order(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    journal = await story.journal(call)
    prepared = ["Started", "AgentUp", "PartFound", "CustomerCreated"]
    assert journal[:4] == prepared
    assert journal.index("RecorderSeen") < journal.index("Ringing") < journal.index("Answered")
    assert journal.index("Answered") < journal.index("LegGone")
    for event in (*prepared, "Answered", "Ringing"):
        assert journal.count(event) == 1, event
    assert journal[-2] in {"BridgeGone", "LegGone"}
    assert journal[-1] == "Decided"


async def test_a_step_that_may_wait_is_saved_within_a_second_all_the_same(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    assert story.state(call) is CallState.AGENT_RINGING
    assert await story.journal(call) == []
    await story.clock.advance(0.9)
    assert await story.journal(call) == []
    await story.clock.advance(0.2)
    assert await story.journal(call) == ["Started"]
    assert (await story.record(call)).call.state is CallState.AGENT_RINGING


async def test_what_is_unsaved_is_saved_when_the_service_stops(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    assert await story.journal(call) == []
    await story.stop()
    assert await story.journal(call) == ["Started"]


async def test_nobody_is_dialled_while_the_books_cannot_be_written(story: Story) -> None:
    await story.add_callback()
    await story.start()
    story.away.add("save")
    call = await story.begin()
    story.switch.agent_answers(call)
    await story.clock.advance(4)
    assert "StartRecording" in story.switch.commands()
    assert story.switch.dials == 0
    story.away.clear()
    await story.clock.advance(5)
    assert story.switch.dials == 1


async def test_the_customer_is_not_dialled_before_the_step_to_it_is_saved(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    let_go = story.switch.holds(StartRecording)
    story.switch.agent_answers(call)
    await story.clock.settle()
    story.away.add("save")
    let_go()
    await story.clock.advance(1)
    assert story.switch.dials == 0
    story.away.clear()
    await story.clock.advance(2)
    assert story.switch.dials == 1


async def test_nothing_rings_when_the_attempt_cannot_be_committed(story: Story) -> None:
    await story.add_callback()
    await story.start()
    story.away.add("begin")
    with pytest.raises(DatabaseFailedError):
        await story.dial()
    await story.clock.advance(60)
    assert story.switch.asked == []
    assert story.service.calls.live == ()
