"""The service is killed or stopped at every state of a call, and started again; or breaks in the midst of one."""

from dataclasses import replace
from typing import Any

import pytest

from callcenter.domain.calls.call import Call, CallState
from callcenter.domain.calls.steps import step as right_step
from callcenter.domain.calls.words import HangUpAsked, Started, StartRecording
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from callcenter.domain.refusal import Refusal
from callcenter.engine import runner as runner_module
from callcenter.engine import service as service_module
from callcenter.storage.errors import DatabaseFailedError
from engine.story import Story


async def prepare(story: Story, state: CallState) -> str:
    """A call in this state, and nothing of it under way but what is asked of the switch."""
    await story.add_callback()
    await story.start()
    match state:
        case CallState.NEW:
            story.away.add("save")
            return await story.begin()
        case CallState.PREPARING:
            call = await story.begin()
            story.switch.holds(StartRecording)
            story.switch.agent_answers(call)
            await story.clock.settle()
            return call
        case CallState.ENDING:
            call = await story.reach(CallState.TALKING)
            story.away.add("save")
            story.switch.hangs_up(call)
            await story.clock.settle()
            story.away.clear()
            return call
        case _:
            return await story.reach(state)


async def restart(story: Story) -> None:
    await story.kill()
    story.away.clear()
    story.switch.holds(StartRecording)()
    await story.clock.advance(1)
    await story.start()
    await story.clock.advance(3)


@pytest.mark.parametrize("state", [CallState.NEW, CallState.AGENT_RINGING, CallState.PREPARING])
async def test_killed_before_the_dial_the_customer_never_rings(story: Story, state: CallState) -> None:
    call = await prepare(story, state)
    await restart(story)
    record = await story.record(call)
    assert (record.attempt.outcome, record.attempt.charged) == (Outcome.NOT_DIALLED, False)
    assert record.attempt.end_reason is EndReason.SERVICE_RESTART
    assert story.switch.dials == 0
    assert story.switch.left == {}
    assert (await story.callback()).state is CallbackState.WAITING
    assert not isinstance(await story.dial(), Refusal)


@pytest.mark.parametrize("state", [CallState.DIALLING, CallState.TALKING])
async def test_killed_later_the_call_is_adopted_and_ends_as_it_would_have(story: Story, state: CallState) -> None:
    call = await prepare(story, state)
    await restart(story)
    assert story.state(call) is state
    if state is CallState.DIALLING:
        story.switch.answers(call)
        await story.clock.advance(5)
    await story.hang_up(call)
    record = await story.record(call)
    assert (record.attempt.outcome, record.attempt.end_reason) == (Outcome.ANSWERED, EndReason.CUSTOMER)
    assert story.switch.dials == 1
    assert story.switch.left == {}
    assert (await story.recording(call)).state is RecordingState.VERIFIED


async def test_killed_while_the_end_is_given_back_it_is_given_back_after_the_start(story: Story) -> None:
    call = await prepare(story, CallState.ENDING)
    await restart(story)
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED
    assert story.switch.left == {}
    assert story.service.calls.live == ()


async def test_a_call_that_ended_while_nobody_looked_is_told_so(story: Story) -> None:
    call = await prepare(story, CallState.TALKING)
    await story.kill()
    story.switch.hangs_up(call)
    await story.clock.advance(30)
    await story.start()
    await story.clock.advance(3)
    record = await story.record(call)
    assert record.attempt.outcome is Outcome.ANSWERED
    assert record.attempt.end_reason in {EndReason.CUSTOMER, EndReason.UNSEEN}
    assert story.switch.left == {}


async def test_a_call_that_is_over_but_not_closed_in_the_books_is_closed_at_the_start(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.away.add("finish")
    await story.hang_up(call)
    assert (await story.record(call)).call.state is CallState.ENDING
    assert (await story.record(call)).attempt.live
    assert "end_not_written" in story.alarms
    await restart(story)
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED
    assert (await story.callback()).state is CallbackState.WRAP_UP
    assert (await story.recording(call)).state is RecordingState.VERIFIED


async def test_the_end_of_a_call_is_written_as_soon_as_the_books_can_be(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.away.add("finish")
    await story.hang_up(call)
    await story.clock.advance(100)
    story.away.clear()
    await story.clock.advance(60)
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED
    assert story.service.calls.live == ()


async def test_another_nodes_calls_are_left_untouched(story: Story) -> None:
    call = await prepare(story, CallState.TALKING)
    await story.kill()
    record = await story.record(call)
    await story.books.attempts.save(replace(record.call, node="elsewhere"), [])
    await story.start()
    assert story.service.calls.live == ()
    assert (await story.record(call)).attempt.live


async def test_a_stop_leaves_talks_up_and_the_next_start_adopts_them(story: Story) -> None:
    call = await prepare(story, CallState.TALKING)
    await story.stop()
    assert story.switch.call(call).left()
    assert any(entry["event"] == "service stopped" and entry["calls_left_up"] == 1 for entry in story.logs)
    await story.start()
    await story.clock.advance(1)
    assert story.state(call) is CallState.TALKING


async def test_a_stop_ends_in_time_though_a_step_hangs(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "DRAIN_SECONDS", 0.05)
    call = await prepare(story, CallState.PREPARING)
    await story.stop()
    assert not story.runs()
    assert story.switch.call(call).left()


async def test_a_stop_finishes_the_step_it_is_at(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    let_go = story.switch.holds(StartRecording)
    story.switch.agent_answers(call)
    await story.clock.settle()
    stopping = story.clock.settle()
    story._stop.set()  # noqa: SLF001 (to see it while it stops)
    await stopping
    assert story.runs()
    assert story.service.health.stopping
    let_go()
    await story.clock.settle()
    assert not story.runs()
    assert story.switch.dials == 0


async def test_an_attempt_that_was_written_and_never_begun_is_found(story: Story) -> None:
    """The books took it, and failed before they said so."""
    await story.add_callback()
    await story.start()
    begin = story.service.attempts.begin

    async def fails_afterwards(*args: Any) -> Any:
        await begin(*args)
        raise DatabaseFailedError(5, "gone")

    setattr(story.service.attempts, "begin", fails_afterwards)  # noqa: B010 (a store has no such setter)
    with pytest.raises(DatabaseFailedError):
        await story.dial()
    assert (await story.callback()).state is CallbackState.CALLING
    await story.clock.advance(130)
    assert (await story.callback()).state is CallbackState.WAITING
    (attempt,) = await story.books.attempts.of_callback("cb-1")
    assert (attempt.outcome, attempt.charged) == (Outcome.NOT_DIALLED, False)
    assert story.switch.asked == []


async def test_while_one_call_finishes_its_step_no_other_takes_up_a_new_one(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    talk = await story.reach(CallState.TALKING, "cb-1", 1001)
    slow = await story.begin("cb-2", 1002)
    let_go = story.switch.holds(StartRecording)
    story.switch.agent_answers(slow, "a1")
    await story.clock.settle()
    story._stop.set()  # noqa: SLF001 (to see it while it stops)
    await story.clock.settle()
    asked = len(story.switch.asked)
    story.switch.hangs_up(talk)
    await story.clock.settle()
    assert story.state(talk) is CallState.TALKING
    assert len(story.switch.asked) == asked
    let_go()
    await story.clock.settle()
    assert not story.runs()


# --- mistakes of ours ------------------------------------------------------------------------------------------------


def breaks_on(monkeypatch: pytest.MonkeyPatch, attempt_ids: list[str], event_name: str, times: int) -> None:
    """The call machine has a bug: it breaks on this event of these calls, so many times."""
    left = [times]

    def step(call: Call, event: Any) -> Any:
        if call.attempt_id in attempt_ids and type(event).__name__ == event_name and left[0]:
            left[0] -= 1
            raise KeyError("a mistake of ours")
        return right_step(call, event)

    monkeypatch.setattr(runner_module, "step", step)


async def test_a_mistake_in_one_call_ends_neither_it_nor_the_others(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    broken = await story.reach(CallState.TALKING, "cb-1", 1001)
    other = await story.reach(CallState.TALKING, "cb-2", 1002)
    breaks_on(monkeypatch, [broken], "HangupRequested", 1)
    story.switch.hangs_up(broken)
    await story.clock.settle()
    assert "call_broke" in story.alarms
    assert story.runs()
    await story.clock.advance(60)
    assert story.state(other) is CallState.TALKING
    record = await story.record(broken)
    assert record.attempt.outcome is Outcome.ANSWERED
    assert (await story.recording(broken)).state is RecordingState.VERIFIED
    assert set(story.switch.left) == {other}


async def test_a_talk_whose_call_broke_is_not_hung_up_by_the_sweep(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await prepare(story, CallState.TALKING)
    breaks_on(monkeypatch, [call], "RecorderSeen", 100)
    await story.clock.advance(200)
    assert "call_broke" in story.alarms
    assert story.switch.released == []
    assert story.switch.sight(call, "c") is not None
    monkeypatch.undo()
    await story.clock.advance(35)
    assert story.state(call) is CallState.TALKING
    await story.hang_up(call)
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED


async def test_a_mistake_at_the_end_of_a_call_is_tried_again(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    call = await prepare(story, CallState.TALKING)
    right, left = story.service.health.__class__.learn, [1]

    def learn(*args: Any) -> None:
        if left[0]:
            left[0] -= 1
            raise KeyError("a mistake of ours")
        right(*args)

    monkeypatch.setattr(story.service.health.__class__, "learn", learn)
    await story.hang_up(call)
    await story.clock.advance(5)
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED
    assert story.service.calls.live == ()


async def test_a_recorder_whose_files_cannot_be_asked_for_stops_the_dial(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    story.switch.size_error = PermissionError(13, "Permission denied")
    story.switch.agent_answers(call)
    await story.clock.advance(10)
    record = await story.record(call)
    assert (record.attempt.outcome, record.attempt.end_reason) == (Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED)
    assert story.switch.dials == 0
    assert story.switch.left == {}
    assert story.runs()


async def test_an_event_in_the_wrong_state_is_logged_and_the_call_goes_on(story: Story) -> None:
    call = await prepare(story, CallState.TALKING)
    story.service.calls.post(call, Started(story.clock.now()))
    await story.clock.settle()
    assert any(entry["event"] == "illegal transition" for entry in story.logs)
    story.service.calls.post(call, HangUpAsked(story.clock.now(), ""))
    await story.clock.advance(3)
    assert (await story.record(call)).attempt.end_reason is EndReason.AGENT
