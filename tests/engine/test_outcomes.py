"""What follows a call: again at the right time, exhausted, or the visit log and what the agent says in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import CallAgent, Failure
from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.visits import LogChangedError, LogClosedError, LogIncompleteError, LogNotFoundError
from engine.story import Story

TALK = {"content": "问候", "problems": "无", "handling_result": "无需处理"}


async def talked(story: Story) -> str:
    """A talk that is over, with its recording kept and its log open."""
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    assert (await story.recording(call)).state is RecordingState.VERIFIED
    return call


async def busy_at(story: Story, moment: datetime) -> str:
    await story.clock.advance((moment - story.clock.now()).total_seconds())
    call = await story.begin()
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    story.switch.busy(call)
    await story.clock.advance(3)
    return call


async def test_a_busy_customer_is_tried_again_in_another_window_and_the_agent_is_free(story: Story) -> None:
    await story.add_callback(plan="strict")
    await story.start()
    call = await busy_at(story, datetime(2026, 11, 23, 2, 15, tzinfo=UTC))
    record, callback, log = await story.record(call), await story.callback(), await story.log(call)
    assert (record.attempt.outcome, record.attempt.charged) == (Outcome.BUSY, True)
    assert (record.call.cause, record.call.sip) == (17, 486)
    assert callback.state is CallbackState.WAITING
    # 10:15 was in the slot from 10 to 11; the next window of this policy begins at 15:00 in Shanghai.
    assert callback.not_before is not None
    assert callback.not_before > record.call.ended_at  # type: ignore[operator]  # it has ended
    assert callback.leased_to is None
    assert log.closed_at is not None
    assert log.log.outcome_reason
    assert not (await story.books.attempts.dials("cb-1", None, "agent-1001")).agent_busy
    refusal = await story.dial()
    assert isinstance(refusal, Refusal)
    assert refusal.rule in {Rule.SLOT_USED, Rule.CALLBACK_NOT_YET}
    assert refusal.opens_at == callback.not_before


async def test_after_three_vain_dials_in_three_windows_a_supervisor_decides(story: Story) -> None:
    await story.add_callback(plan="strict")
    await story.start()
    slots = set()
    for place in range(3):
        callback = await story.callback()
        moment = callback.not_before or story.clock.now()
        call = await busy_at(story, moment)
        slots.add((await story.record(call)).attempt.slot)
        assert (await story.callback()).state is (CallbackState.EXHAUSTED if place == 2 else CallbackState.WAITING)
    assert len(slots) == 3
    assert (await story.callback()).exhausted_reason == "dials_used_up"
    refusal = await story.dial()
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.CALLBACK_EXHAUSTED


@pytest.mark.parametrize("how", ["declines", "never answers", "is not there"])
async def test_an_absent_agent_is_not_charged_to_the_customer(story: Story, how: str) -> None:
    await story.add_callback()
    await story.start()
    if how == "is not there":
        story.switch.fails(CallAgent, Failure.UNAVAILABLE)
    call = await story.begin()
    if how == "declines":
        story.switch.hangs_up(call, "a1")
    await story.clock.advance(35)
    record, recording = await story.record(call), await story.recording(call)
    assert record.attempt.outcome is Outcome.NOT_DIALLED
    assert not record.attempt.charged
    assert (await story.callback()).state is CallbackState.WAITING
    assert (recording.state, recording.reason) == (RecordingState.MISSING, MissingReason.NOT_DIALLED)
    assert story.switch.dials == 0
    assert story.switch.left == {}


async def test_a_customer_who_does_not_answer_rings_the_whole_time(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    story.switch.rings(call)
    await story.clock.advance(19.9)
    assert story.state(call) is CallState.DIALLING
    await story.clock.advance(3)
    record = await story.record(call)
    assert record.attempt.outcome is Outcome.NO_ANSWER
    assert record.call.ended_at is not None
    assert record.call.first_sign_at is not None
    assert record.call.ended_at - record.call.first_sign_at == timedelta(seconds=20)


async def test_a_log_closed_with_success_ends_the_callback(story: Story) -> None:
    call = await talked(story)
    follows = await story.service.visits.close(call, {**TALK, "disposition": Disposition.SUCCESS})
    assert follows == CallbackState.DONE
    assert (await story.callback()).state is CallbackState.DONE
    assert (await story.log(call)).closed_at == story.clock.now()


async def test_an_appointment_brings_the_callback_back_at_its_time(story: Story) -> None:
    call = await talked(story)
    at = story.clock.now() + timedelta(days=2)
    values = {**TALK, "disposition": Disposition.APPOINTMENT, "next_visit_at": at}
    assert await story.service.visits.close(call, values) == CallbackState.WAITING
    assert (await story.callback()).not_before == at


async def test_a_customer_who_refuses_goes_to_a_supervisor(story: Story) -> None:
    call = await talked(story)
    await story.service.visits.close(call, {**TALK, "disposition": Disposition.REFUSED})
    callback = await story.callback()
    assert (callback.state, callback.exhausted_reason) == (CallbackState.EXHAUSTED, "refused")


async def test_a_talk_that_broke_off_is_tried_again(story: Story) -> None:
    call = await talked(story)
    await story.service.visits.close(call, {**TALK, "disposition": Disposition.INCOMPLETE})
    assert (await story.callback()).state is CallbackState.WAITING
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED


async def test_a_log_with_fields_missing_is_kept_and_stays_open(story: Story) -> None:
    call = await talked(story)
    with pytest.raises(LogIncompleteError) as caught:
        await story.service.visits.close(call, {"content": "问候"})
    assert "disposition" in caught.value.missing
    log = await story.log(call)
    assert log.log.content == "问候"
    assert log.closed_at is None
    assert (await story.callback()).state is CallbackState.WRAP_UP


async def test_a_talk_whose_recording_is_not_kept_yet_cannot_be_closed(story: Story) -> None:
    await story.add_callback()
    await story.start()
    story.archive.errors.append(OSError("not now"))
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    with pytest.raises(LogIncompleteError) as caught:
        await story.service.visits.close(call, {**TALK, "disposition": Disposition.SUCCESS})
    assert caught.value.missing == ("recording",)


async def test_a_log_that_was_changed_meanwhile_is_not_overwritten(story: Story) -> None:
    call = await talked(story)
    visits, logs = story.service.visits, story.books.logs
    stale = await visits.open_log(call)

    async def read_before_another_wrote(_attempt_id: str) -> Any:
        return stale

    await visits.fill(call, {"content": "another's words"})
    visits.open_log = read_before_another_wrote  # type: ignore[method-assign,assignment]  # the race, made certain
    for values in ({"content": "mine"}, {**TALK, "disposition": Disposition.SUCCESS}):
        with pytest.raises(LogChangedError):
            await visits.close(call, values)
    with pytest.raises(LogChangedError):
        await visits.fill(call, {"content": "mine"})
    log = await logs.get(call)
    assert log is not None
    assert log.log.content == "another's words"
    assert (await story.callback()).state is CallbackState.WRAP_UP


async def test_a_closed_log_and_one_that_is_not_there_are_refused(story: Story) -> None:
    call = await talked(story)
    visits = story.service.visits
    await visits.close(call, {**TALK, "disposition": Disposition.SUCCESS})
    with pytest.raises(LogClosedError):
        await visits.close(call, {"content": "once more"})
    with pytest.raises(LogClosedError):
        await visits.fill(call, {"content": "once more"})
    with pytest.raises(LogNotFoundError):
        await visits.fill("nowhere", {})


async def test_a_talk_cut_by_a_restart_of_the_switch_stays_answered(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.restarts()
    await story.clock.advance(5)
    lost_at = story.clock.now()
    story.switch.connects()
    await story.clock.advance(3)
    record = await story.record(call)
    assert record.attempt.outcome is Outcome.ANSWERED
    assert record.attempt.end_reason is EndReason.SWITCH_LOST
    assert record.call.ended_at == lost_at - timedelta(seconds=5)
    assert story.archive.orders[0].ended_at == record.call.ended_at
    assert "switch_lost" in story.alarms
    assert (await story.callback()).state is CallbackState.WRAP_UP
