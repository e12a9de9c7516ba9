"""How is a call's recorder opened, proven to write, and replaced when it fails?"""

from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.calls.call import (
    EMPTY_FILE_BYTES,
    STALL_SECONDS,
    SUSPICION_SECONDS,
    Call,
    PartState,
    RecorderLife,
    Renewal,
    with_parts,
    without_parts,
)
from callcenter.domain.calls.endings import (
    Moved,
    end,
)
from callcenter.domain.calls.words import (
    CUSTOMER,
    AlarmKind,
    CheckRecorder,
    CreateSnoop,
    HangUp,
    MuteRecording,
    RaiseAlarm,
    RecorderSeen,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
    SnoopUp,
    StartRecording,
    direction_of,
    is_recorder,
    is_snoop,
    number_of,
    recorder,
    snoop,
)
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.recording import Direction


def open_segment(call: Call, at: datetime) -> Moved:
    segment = call.segment + 1
    snoops = tuple(snoop(direction, segment) for direction in Direction)
    empty = (EMPTY_FILE_BYTES, EMPTY_FILE_BYTES)
    call = replace(call, segment=segment, suspect=False, check_at=None, sizes=empty, sizes_at=at)
    call = replace(call, renewal=Renewal.NONE, growth_proven=False)
    return with_parts(call, PartState.REQUESTED, *snoops), tuple(CreateSnoop(part) for part in snoops)


def snoop_up(call: Call, event: SnoopUp) -> Moved:
    if number_of(event.part) != call.segment:
        return call, (HangUp(event.part),)
    if call.parts.get(event.part) is not PartState.REQUESTED:
        return call, ()
    part = recorder(direction_of(event.part), call.segment)
    call = with_parts(call, PartState.UP, event.part)
    call = replace(call, recorders={**call.recorders, part: RecorderLife()})
    return with_parts(call, PartState.REQUESTED, part), (StartRecording(part),)


def recording_started(call: Call, event: RecordingStarted) -> Moved:
    life = call.recorders.get(event.part, RecorderLife())
    if life.ended or life.started_at is not None:
        return call, ()
    call = with_parts(call, PartState.UP, event.part)
    call = replace(call, recorders={**call.recorders, event.part: RecorderLife(started_at=event.at)})
    muting = (MuteRecording(event.part),) if call.pause else ()
    return call, (*muting, *((CheckRecorder(call.segment),) if call.recorders_run(call.segment) else ()))


def check_in(call: Call, at: datetime, seconds: float) -> Call:
    # A recorder under suspicion is judged when its time is over, whatever else is asked of it meanwhile.
    return call if call.suspect else replace(call, check_at=at + timedelta(seconds=seconds))


def after_growth(call: Call, event: RecorderSeen) -> Call | None:
    if event.segment != call.segment or event.in_bytes is None or event.out_bytes is None:
        return None
    if event.in_bytes <= call.sizes[0] or event.out_bytes <= call.sizes[1]:
        return None
    return replace(call, sizes=(event.in_bytes, event.out_bytes), sizes_at=event.at, growth_proven=True)


def failed_in_talk(call: Call, at: datetime, kind: AlarmKind) -> Moved:
    """The talk goes on with another recorder, or ends: the policy decided that when the attempt was made."""
    call = replace(call, recorder_failed_at=(*call.recorder_failed_at, at))
    if call.terms.end_unrecorded:
        alarm = RaiseAlarm(kind, f"segment {call.segment}")
        return end(call, at, Outcome.ANSWERED, EndReason.RECORDER_FAILED, alarm)
    return next_segment(call, at, kind)


def next_segment(call: Call, at: datetime, kind: AlarmKind) -> Moved:
    old = tuple(part for part in call.parts if is_snoop(part))
    alarm = RaiseAlarm(kind, f"segment {call.segment}")
    call, opening = watched_segment(call, at)
    return call, (alarm, *(HangUp(part) for part in old), *opening)


def watched_segment(call: Call, at: datetime) -> Moved:
    """A further segment of a talk, looked at again soon."""
    call, opening = open_segment(call, at)
    return check_in(call, at, STALL_SECONDS), opening


def close_segment(call: Call, at: datetime) -> Moved:
    """Listeners are deaf to a leg that joined later where its RTP sequence numbers, which begin at random, seem to lie
    behind those heard before; the customer hears it well. New ones begin anew, if the old ones were gone before.
    """
    old = tuple(part for part in call.parts if is_snoop(part))
    call = check_in(replace(call, renewal=Renewal.UNDER_WAY), at, SUSPICION_SECONDS)
    return call, tuple(HangUp(part) for part in old)


def recorder_over(call: Call, event: RecordingFinished | RecordingFailed) -> Call:
    life = call.recorders.get(event.part, RecorderLife())
    told = not isinstance(event, RecordingFinished) or event.told
    life = replace(life, ended=True, finished_at=event.at if told else None)
    muted = tuple(part for part in call.muted if part != event.part)
    call = replace(call, recorders={**call.recorders, event.part: life}, muted=muted)
    return without_parts(call, [event.part])


def listener_gone(call: Call, at: datetime, part: str) -> Moved:
    """A snoop or recorder is gone. Asked to, both directions make room for the next segment; else it is suspect."""
    if number_of(part) != call.segment or call.suspect or not call.has(CUSTOMER):
        return call, ()
    if call.renewal is Renewal.UNDER_WAY:
        left = any((is_snoop(each) or is_recorder(each)) and number_of(each) == call.segment for each in call.parts)
        return (call, ()) if left else watched_segment(call, at)
    # The end of a recorder may be told before the end of the leg it listens to.
    return replace(call, suspect=True, check_at=at + timedelta(seconds=SUSPICION_SECONDS)), ()


def recorder_ended(call: Call, event: RecordingFinished | RecordingFailed) -> Moved:
    return listener_gone(recorder_over(call, event), event.at, event.part)
