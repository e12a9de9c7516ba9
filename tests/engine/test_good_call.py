"""The good call, from hand-out to archive; and that everything is in the books before it is asked of the switch."""

import pytest

from callcenter.domain.call import CallState
from callcenter.domain.call_words import StartRecording
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


async def test_whatever_is_asked_of_the_switch_stands_in_the_books_before(story: Story) -> None:
    await story.add_callback()
    await story.start()
    await story.hang_up(await story.reach(CallState.TALKING))
    asked_after = {
        "ask CallAgent": "save Started",
        "ask CreateCustomer": "save AgentUp",
        "ask CreateSnoop": "save CustomerCreated",
        "ask StartRecording": "save SnoopUp",
        "ask Connect": "save RecorderSeen",
        "ask HangUp": "save LegGone",
        "ask DestroyBridge": "save LegGone",
        "discard": "verify",
    }
    for asked, saved in asked_after.items():
        assert story.doings.index(saved) < story.doings.index(asked), asked
    assert story.doings[0] == "begin"
    assert story.doings.index("finish") < story.doings.index("keep")


async def test_no_step_is_acted_on_while_the_books_cannot_be_written(story: Story) -> None:
    await story.add_callback()
    await story.start()
    story.away.add("save")
    call = await story.begin()
    await story.clock.advance(15)
    assert story.switch.asked == []
    story.away.clear()
    await story.clock.advance(6)
    assert story.switch.commands() == ["CallAgent"]
    story.away.add("save")
    story.switch.agent_answers(call)
    await story.clock.advance(1)
    assert story.switch.commands() == ["CallAgent"]
    story.away.clear()
    await story.clock.advance(2)
    assert "CreateCustomer" in story.switch.commands()
    assert story.service.calls.live


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
