"""Does the recorder really write, and what if it does not: before, while it rings, in a talk?"""

from dataclasses import replace

import pytest

from callcenter.domain.calls.call import CallState, RecorderLife, next_deadline
from callcenter.domain.calls.words import (
    CUSTOMER,
    AlarmKind,
    Answered,
    CallEvent,
    CheckRecorder,
    CommandFailed,
    Connect,
    CreateSnoop,
    DeadlineName,
    DeadlinePassed,
    Failure,
    HangUp,
    LegGone,
    LookUp,
    PartAbsent,
    Progress,
    RaiseAlarm,
    RecorderSeen,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
    Ringing,
    SnoopUp,
    StartRecording,
    StopRecording,
)
from callcenter.domain.outcomes import EndReason, Outcome
from domain.call_values import EMPTY, TERMS, Story, at

S = CallState
CHECK = DeadlineName.CHECK
SECOND_SEGMENT = (CreateSnoop("si2"), CreateSnoop("so2"))


def alarms(story: Story) -> list[AlarmKind]:
    return [command.kind for command in story.commands if isinstance(command, RaiseAlarm)]


# --- while it rings ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", [Ringing(at(10)), Progress(at(10))])
def test_growth_is_looked_for_after_the_first_sign(sign: CallEvent) -> None:
    story = Story().dials()
    assert next_deadline(story.call) == (at(26), DeadlineName.RING)
    assert story.tell(sign) == (CheckRecorder(1),)
    assert next_deadline(story.call) == (at(12.3), CHECK)
    story.see(10.1, 128044, 128044)
    assert story.pass_until(12.3) == [CHECK]
    assert story.commands == (CheckRecorder(1),)
    story.see(12.3, 160044, 160044)
    assert story.call.growth_proven
    assert next_deadline(story.call) == (at(30), DeadlineName.RING)


def test_what_was_written_before_the_ringing_proves_nothing() -> None:
    story = Story().dials()
    story.tell(Ringing(at(10)))
    for second in (10.1, 12.3, 12.7, 12.9):
        story.see(second, 128044, 128044)
        assert story.call.state is S.DIALLING
    story.see(13, 128044, 128044)
    assert (story.call.outcome, story.call.end_reason) == (Outcome.CANCELLED, EndReason.RECORDER_FAILED)


def test_a_first_look_that_comes_late_compares_with_the_opening() -> None:
    story = Story().dials()
    story.tell(Ringing(at(10)))
    story.see(11, 128044, 128044)
    assert story.call.growth_proven


@pytest.mark.parametrize(
    ("in_bytes", "out_bytes"), [(EMPTY, 64044), (64044, EMPTY), (EMPTY, EMPTY), (None, 64044), (64044, None)]
)
def test_a_ring_without_a_growing_recorder_is_cancelled_within_three_seconds(
    in_bytes: int | None, out_bytes: int | None
) -> None:
    story = Story().dials()
    story.tell(Ringing(at(2)))
    story.see(2, EMPTY, EMPTY)
    ended = None
    while not story.call.over:
        due = next_deadline(story.call)
        assert due is not None
        seconds = (due[0] - at(0)).total_seconds()
        assert story.pass_until(seconds) == [CHECK]
        assert story.commands == (CheckRecorder(1),)
        story.see(seconds, in_bytes, out_bytes)
        ended = seconds
    assert ended == 5
    assert (story.call.outcome, story.call.end_reason) == (Outcome.CANCELLED, EndReason.RECORDER_FAILED)
    assert alarms(story) == [AlarmKind.RECORDER_STALLED]
    assert HangUp(CUSTOMER) in story.commands


def test_a_recorder_that_cannot_be_seen_is_as_one_that_does_not_grow() -> None:
    story = Story().dials()
    story.tell(CommandFailed(at(1.5), CheckRecorder(1), Failure.UNKNOWN))
    assert story.call.check_at is None
    story.tell(Ringing(at(2)), CommandFailed(at(4.3), CheckRecorder(1), Failure.UNKNOWN))
    assert next_deadline(story.call) == (at(4.7), CHECK)
    story.tell(CommandFailed(at(5), CheckRecorder(1), Failure.UNKNOWN))
    assert story.call.end_reason is EndReason.RECORDER_FAILED


@pytest.mark.parametrize(
    "event",
    [
        RecordingFinished(at(6), "ri1"),
        RecordingFailed(at(6), "ro1", "full"),
        LegGone(at(6), "si1"),
        PartAbsent(at(6), "ro1"),
    ],
)
def test_a_recorder_that_ends_while_it_rings_cancels_the_ring_a_second_later(event: CallEvent) -> None:
    story = Story().rings()
    assert story.tell(event) == ()
    assert next_deadline(story.call) == (at(7), CHECK)
    story.tell(DeadlinePassed(at(7), CHECK))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.CANCELLED, EndReason.RECORDER_FAILED)
    assert alarms(story) == [AlarmKind.RECORDER_STALLED]


@pytest.mark.parametrize(
    "meanwhile",
    [
        RecorderSeen(at(5.5), 1, 90000, 90000),
        RecorderSeen(at(5.5), 1, EMPTY, EMPTY),
        CommandFailed(at(5.5), Connect("a1", 50), Failure.NOT_SENT),
        Progress(at(5.5)),
    ],
)
def test_nothing_told_meanwhile_clears_a_suspicion(meanwhile: CallEvent) -> None:
    story = Story().dials()
    story.tell(RecordingFinished(at(5), "ri1"), meanwhile)
    assert next_deadline(story.call) == (at(6), CHECK)
    story.tell(DeadlinePassed(at(6), CHECK))
    assert story.call.end_reason is EndReason.RECORDER_FAILED


def test_the_recorders_end_told_before_the_customers_is_no_fault() -> None:
    story = Story().rings()
    story.tell(RecordingFinished(at(6), "ri1"), LegGone(at(6), "si1"), LegGone(at(6), "so1"))
    story.tell(RecordingFinished(at(6), "ro1"), LegGone(at(6), CUSTOMER, 17, 486))
    assert (story.call.outcome, alarms(story)) == (Outcome.BUSY, [])
    assert all(life.finished_at == at(6) for life in story.call.recorders.values())


# --- in a talk ---------------------------------------------------------------------------------------------------


def test_an_answer_before_growth_was_proven_has_it_proven_soon() -> None:
    story = Story().dials()
    story.tell(Answered(at(2)))
    assert next_deadline(story.call) == (at(4.3), CHECK)
    story.pass_until(4.3)
    assert story.commands == (CheckRecorder(1),)
    story.see(4.3, 48044, 48044)
    assert next_deadline(story.call) == (at(34.3), CHECK)


def test_a_talk_is_looked_at_every_thirty_seconds() -> None:
    story = Story().talks()
    for second in (40, 70, 100):
        assert story.pass_until(second) == [CHECK]
        assert story.commands == (CheckRecorder(1),)
        story.see(second, second * 16000, second * 16000)


def test_a_recorder_that_stalls_in_a_talk_gets_a_new_segment_and_the_talk_goes_on() -> None:
    story = Story().talks()
    story.pass_until(40)
    story.see(40, 640044, 640044)
    story.pass_until(70)
    commands = story.see(70, 640044, 640044)
    assert story.call.state is S.TALKING
    assert set(commands) == {
        RaiseAlarm(AlarmKind.RECORDER_STALLED, "segment 1"),
        HangUp("si1"),
        HangUp("so1"),
        *SECOND_SEGMENT,
    }
    assert story.call.segment == 2


def unrecorded_ends() -> Story:
    return Story(replace(TERMS, end_unrecorded=True)).talks()


def test_where_the_policy_wants_no_unrecorded_talk_a_stall_ends_it() -> None:
    story = unrecorded_ends()
    story.pass_until(40)
    story.see(40, 640044, 640044)
    story.pass_until(70)
    story.see(70, 640044, 640044)
    assert story.call.state is S.ENDING
    assert (story.call.outcome, story.call.end_reason) == (Outcome.ANSWERED, EndReason.RECORDER_FAILED)
    assert (story.call.recorder_failed_at, story.call.segment) == ((at(70),), 1)
    assert alarms(story) == [AlarmKind.RECORDER_STALLED]


def test_where_the_policy_wants_no_unrecorded_talk_a_recorder_that_ends_early_ends_it() -> None:
    story = unrecorded_ends()
    story.tell(RecordingFailed(at(20), "ri1", "disk"))
    assert story.call.state is S.TALKING, "the leg may have ended with it"
    story.tell(DeadlinePassed(at(21), CHECK))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.ANSWERED, EndReason.RECORDER_FAILED)
    assert HangUp(CUSTOMER) in story.commands


def test_a_recorder_works_until_it_is_doubted_and_again_when_the_next_one_runs() -> None:
    story = Story().talks()
    assert (story.call.recorder_works, story.call.recorder_failed_at) == (True, ())
    story.tell(RecordingFinished(at(20), "ri1"))
    assert not story.call.recorder_works
    story.tell(DeadlinePassed(at(21), CHECK))
    assert (story.call.recorder_works, story.call.recorder_failed_at) == (False, (at(21),))
    story.tell(SnoopUp(at(21), "si2"), SnoopUp(at(21), "so2"))
    story.tell(RecordingStarted(at(21.1), "ri2"))
    assert not story.call.recorder_works
    story.tell(RecordingStarted(at(21.2), "ro2"))
    assert story.call.recorder_works


def test_a_talk_waits_five_seconds_before_it_calls_a_recorder_stalled() -> None:
    story = Story().dials()
    story.tell(Answered(at(1)))
    for second in (3.3, 4.3, 5.3):
        assert story.pass_until(second) == [CHECK]
        assert story.see(second, EMPTY, EMPTY) == ()
    story.pass_until(6.3)
    story.see(6.3, EMPTY, EMPTY)
    assert alarms(story) == [AlarmKind.RECORDER_STALLED]


def second_segment() -> Story:
    """A talk whose recorder ended at second 20, and whose second one is being opened at 21."""
    story = Story().talks()
    story.tell(RecordingFinished(at(20), "ri1"))
    assert next_deadline(story.call) == (at(21), CHECK)
    story.tell(DeadlinePassed(at(21), CHECK))
    assert alarms(story) == [AlarmKind.RECORDER_ENDED_EARLY]
    return story


def test_the_second_segment_is_opened_and_proven_as_the_first_was() -> None:
    story = second_segment()
    assert story.tell(SnoopUp(at(21), "si2")) == (StartRecording("ri2"),)
    assert story.tell(SnoopUp(at(21), "so2")) == (StartRecording("ro2"),)
    assert story.tell(RecordingStarted(at(21.1), "ri2")) == ()
    assert story.tell(RecordingStarted(at(21.2), "ro2")) == (CheckRecorder(2),)
    story.see(21.3, EMPTY, EMPTY)
    assert story.call.sizes == (EMPTY, EMPTY), "a header is no sound"
    assert next_deadline(story.call) == (at(22.3), CHECK)
    story.see(23.3, 32044, 32044)
    assert story.call.growth_proven
    story.tell(LegGone(at(22), "si1"), LegGone(at(22), "so1"), RecordingFinished(at(22), "ro1"))
    assert not story.call.suspect, "the old segment's end is no news"
    assert set(story.call.recorders) == {"ri1", "ro1", "ri2", "ro2"}


def test_a_second_segment_of_which_nothing_is_heard_is_given_up_for_a_third() -> None:
    story = second_segment()
    assert next_deadline(story.call) == (at(26), CHECK)
    assert story.pass_until(26) == [CHECK]
    assert CreateSnoop("si3") in story.see(26, None, None)
    assert {HangUp("si2"), HangUp("so2")} < set(story.commands)


@pytest.mark.parametrize("failure", list(Failure))
@pytest.mark.parametrize("failed", [CreateSnoop("si2"), StartRecording("ri2")])
def test_a_second_segment_that_is_refused_is_tried_again_five_seconds_later(
    failed: CreateSnoop | StartRecording, failure: Failure
) -> None:
    story = second_segment()
    story.tell(CommandFailed(at(21.5), failed, failure))
    assert next_deadline(story.call) == (at(26.5), CHECK)
    assert story.call.has(failed.part) is (failure is Failure.UNKNOWN and isinstance(failed, CreateSnoop))
    story.tell(DeadlinePassed(at(26.5), CHECK))
    assert CreateSnoop("si3") in story.commands
    assert story.call.state is S.TALKING


def test_what_is_told_of_an_old_segment_does_not_touch_the_new() -> None:
    story = second_segment()
    before = story.call
    assert story.tell(RecorderSeen(at(22), 1, 1, 1)) == ()
    assert story.tell(RecordingStarted(at(22), "ri1")) == ()
    assert story.call == before


def test_a_recorder_that_is_over_does_not_start_again() -> None:
    story = second_segment()
    story.tell(SnoopUp(at(21), "si2"), RecordingFinished(at(22), "ri2"), RecordingStarted(at(21.9), "ri2"))
    assert story.call.recorders["ri2"] == RecorderLife(None, at(22), ended=True)
    assert not story.call.has("ri2")


def test_a_recorder_that_cannot_be_seen_in_a_talk_is_asked_again() -> None:
    story = Story().talks()
    story.pass_until(40)
    story.tell(CommandFailed(at(40), CheckRecorder(1), Failure.UNKNOWN))
    assert next_deadline(story.call) == (at(41), CHECK)


def test_a_suspicion_before_the_answer_is_judged_in_the_talk() -> None:
    story = Story().rings()
    story.tell(RecordingFinished(at(9.5), "ri1"), Answered(at(10)), RecorderSeen(at(10.1), 1, 90000, 90000))
    story.tell(RecorderSeen(at(10.2), 1, 90000, 90000))
    assert next_deadline(story.call) == (at(10.5), CHECK)
    story.tell(DeadlinePassed(at(10.5), CHECK))
    assert story.call.segment == 2


def test_a_recorder_is_not_suspected_when_the_customer_is_gone() -> None:
    story = Story().is_ending()
    story.tell(RecordingFinished(at(40), "ri1"))
    assert not story.call.suspect


# --- at the end --------------------------------------------------------------------------------------------------


def test_recorders_are_left_to_end_with_the_customers_channel() -> None:
    story = Story().talks()
    story.tell(DeadlinePassed(at(7210), DeadlineName.MAX_TALK))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.ANSWERED, EndReason.MAX_DURATION)
    assert not any(isinstance(command, StopRecording) or command == HangUp("si1") for command in story.commands)
    story.tell(DeadlinePassed(at(7212), DeadlineName.RELEASE))
    assert {StopRecording("ri1"), HangUp("si1"), HangUp(CUSTOMER)} < set(story.commands)
    assert next_deadline(story.call) == (at(7214), DeadlineName.RELEASE)


def test_a_recorder_found_absent_at_the_end_has_an_end_without_a_time() -> None:
    story = Story().is_ending()
    story.tell(PartAbsent(at(43), "ri1"), RecordingFinished(at(43), "ro1"))
    assert story.call.recorders["ri1"] == RecorderLife(at(1), None, ended=True)
    assert story.call.recorders["ro1"] == RecorderLife(at(1), at(43), ended=True)
    assert story.tell(PartAbsent(at(44), "ri1")) == ()
    assert story.call.recorders["ri1"].finished_at is None


def test_what_comes_up_after_the_end_is_listed_and_given_back() -> None:
    story = second_segment()
    story.tell(SnoopUp(at(21), "si2"), LegGone(at(22), CUSTOMER, 16))
    assert story.tell(RecordingStarted(at(22), "ri2")) == (StopRecording("ri2"),)
    assert story.call.recorders["ri2"].started_at == at(22)
    assert story.tell(SnoopUp(at(22), "so2")) == (HangUp("so2"),)


@pytest.mark.parametrize("created", [CreateSnoop("si2"), StartRecording("ri2")])
def test_an_unknown_creation_is_looked_up_after_the_end_too(created: CreateSnoop | StartRecording) -> None:
    story = second_segment()
    story.tell(SnoopUp(at(21), "si2"), LegGone(at(22), CUSTOMER, 16))
    assert story.tell(CommandFailed(at(22), created, Failure.UNKNOWN)) == (LookUp(created.part),)
    story.tell(CommandFailed(at(22), created, Failure.REFUSED))
    assert not story.call.has(created.part)
