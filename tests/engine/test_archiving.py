"""From raw parts to the file that is kept: resumed at every step, nothing lost, the raw parts removed last."""

import pytest

from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.telephony import TelephonyNotSent
from callcenter.domain.outcomes import Outcome
from callcenter.domain.recording import (
    ArchiveFullError,
    Direction,
    MissingReason,
    RecordingMissingError,
    RecordingState,
)
from engine.story import Story

ENDS = (RecordingState.VERIFIED, RecordingState.MISSING)


async def talk(story: Story) -> str:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    return call


async def test_every_step_of_a_recordings_life_is_a_row(story: Story) -> None:
    call = await talk(story)
    steps = [step.state for step in (await story.recording(call)).steps]
    assert steps == [
        RecordingState.REQUESTED,
        RecordingState.STARTED,
        RecordingState.STOPPED,
        RecordingState.STORED,
        RecordingState.VERIFIED,
    ]


async def test_the_archive_is_told_both_parts_with_the_switchs_times(story: Story) -> None:
    call = await talk(story)
    (order,) = story.archive.orders
    record = await story.record(call)
    assert [(part.direction, part.segment) for part in order.parts] == [(Direction.IN, 1), (Direction.OUT, 1)]
    assert all(part.finished_at is not None for part in order.parts)
    assert order.tags["attempt"] == call
    assert order.tags["outcome"] == Outcome.ANSWERED
    assert order.started_at == min(part.started_at for part in order.parts)
    assert order.ended_at is None
    assert "138" not in str({**order.tags, "attempt": "", "callback": ""})
    assert record.call.answered_at is not None
    assert order.tags["answered_at"] == record.call.answered_at.isoformat()


@pytest.mark.parametrize("error", [ArchiveFullError("no room"), TelephonyNotSent("away"), OSError("odd")])
async def test_what_cannot_be_archived_now_is_tried_again_and_the_raw_parts_stay(
    story: Story, error: Exception
) -> None:
    story.archive.errors.extend([error, error])
    call = await talk(story)
    assert story.switch.raw_files == {"ri1", "ro1"}
    assert (await story.recording(call)).state is RecordingState.STOPPED
    await story.clock.advance(31)
    assert story.switch.raw_files == {"ri1", "ro1"}
    await story.clock.advance(30)
    assert (await story.recording(call)).state is RecordingState.VERIFIED
    assert story.switch.raw_files == set()
    assert len(story.alarms) == 2
    assert story.service.health.archive_trouble == ""


@pytest.mark.parametrize(
    ("operation", "raw_left", "again"), [("keep", {"ri1", "ro1"}, ["keep"]), ("step", set(), ["verify"])]
)
async def test_the_work_goes_on_where_a_kill_cut_it(
    story: Story, operation: str, raw_left: set[str], again: list[str]
) -> None:
    """Raw parts go only when their file is in the books and proven, and before the last step: none is left behind."""
    story.away.add(operation)
    call = await talk(story)
    assert (await story.recording(call)).state not in ENDS
    assert story.switch.raw_files == raw_left
    await story.kill()
    story.away.clear()
    del story.doings[:]
    await story.start()
    await story.clock.advance(1)
    assert (await story.recording(call)).state is RecordingState.VERIFIED
    assert [doing for doing in story.doings if doing in {"keep", "verify"}][:1] == again
    assert story.doings.index("verify") < story.doings.index("discard") < story.doings.index("step verified")
    assert story.switch.raw_files == set()


async def test_a_list_of_unfinished_work_that_cannot_be_had_is_asked_for_again(story: Story) -> None:
    call = await _unfinished(story)
    story.away.add("unfinished")
    await story.start()
    await story.clock.advance(20)
    assert story.runs()
    assert (await story.recording(call)).state is RecordingState.STOPPED
    story.away.clear()
    await story.clock.advance(20)
    assert (await story.recording(call)).state is RecordingState.VERIFIED


async def _unfinished(story: Story) -> str:
    story.archive.errors.append(OSError("odd"))
    call = await talk(story)
    await story.kill()
    return call


async def test_a_raw_part_that_cannot_be_read_is_spared(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.archive.unread = (story.switch.recording_name(call, "ro1"),)
    await story.hang_up(call)
    assert (await story.recording(call)).state is RecordingState.VERIFIED
    assert story.switch.raw_files == {"ro1"}


async def test_nothing_is_discarded_when_no_raw_part_can_be_read(story: Story) -> None:
    story.archive.errors.append(RecordingMissingError(MissingReason.RAW_FILE_UNREADABLE, "both"))
    call = await talk(story)
    recording = await story.recording(call)
    assert (recording.state, recording.reason) == (RecordingState.MISSING, MissingReason.RAW_FILE_UNREADABLE)
    assert story.switch.raw_files == {"ri1", "ro1"}
    assert story.alarms == ["recording_missing"]


async def test_a_kept_file_that_was_changed_is_missing_and_its_raw_parts_stay(story: Story) -> None:
    story.archive.spoilt = MissingReason.ARCHIVE_FILE_CHANGED
    call = await talk(story)
    recording = await story.recording(call)
    assert (recording.state, recording.reason) == (RecordingState.MISSING, MissingReason.ARCHIVE_FILE_CHANGED)
    assert story.switch.raw_files == {"ri1", "ro1"}
    assert story.alarms == ["archive_file_changed"]


async def test_what_was_recorded_of_a_call_that_never_rang_is_discarded_without_alarm(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    story.switch.agent_answers(call)
    story.switch.size_error = TelephonyNotSent("away")
    await story.clock.settle()
    story.switch.hangs_up(call, "a1")
    story.switch.size_error = None
    await story.clock.advance(5)
    recording = await story.recording(call)
    assert story.switch.dials == 0
    assert (recording.state, recording.reason) == (RecordingState.MISSING, MissingReason.NOT_DIALLED)
    assert story.switch.raw_files == set()
    assert "recording_missing" not in story.alarms


async def test_a_lost_tail_and_warnings_of_the_archive_are_alarms(story: Story) -> None:
    story.archive.lost_tail_ms = 1900
    story.archive.warnings = ("rates_differ",)
    await talk(story)
    assert story.alarms == ["recording_tail_lost", "rates_differ"]


async def test_a_recording_that_fails_does_not_hold_up_the_next(story: Story) -> None:
    await story.add_callback("cb-2")
    story.archive.errors.append(OSError("odd"))
    first = await talk(story)
    second = await story.reach(CallState.TALKING, "cb-2")
    await story.hang_up(second)
    assert (await story.recording(second)).state is RecordingState.VERIFIED
    assert (await story.recording(first)).state is not RecordingState.MISSING
