"""May the recording of a talk be paused, and what follows when it is?

In a pause the recorders go on and write silence, so that whatever stands in the file stands at its time. No pause is
forgotten: each ends by itself, with the policy's time or with the call.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.calls.call import Call, CallState, PartState, Renewal
from callcenter.domain.calls.endings import Moved, pause_ended
from callcenter.domain.calls.recorder import check_in
from callcenter.domain.calls.words import (
    AlarmKind,
    Command,
    CommandFailed,
    Failure,
    MuteRecording,
    PauseAsked,
    RaiseAlarm,
    RecordingMuted,
    RecordingUnmuted,
    UnmuteRecording,
    is_recorder,
    number_of,
)
from callcenter.domain.recording import Pause, PauseEnd, PauseReason
from callcenter.domain.refusal import Refusal, Rule


def may_pause(call: Call, reason: str, kind: PauseReason = PauseReason.OTHER) -> Refusal | None:
    """May the recording be paused now? Everything of a visit is recorded (C6-02): only where the policy says so, in a
    talk, with a reason, so long and so often as it says. kind, reason: see Pause.
    """
    terms = call.terms
    if not terms.pause_seconds:
        return Refusal(Rule.PAUSE_FORBIDDEN, source="C6-02")
    if call.state is not CallState.TALKING:
        return Refusal(Rule.PAUSE_NO_TALK)
    if (pause := call.pause) is not None:
        ends_at = pause.began_at + timedelta(seconds=terms.pause_seconds)
        return Refusal(Rule.PAUSE_LASTS, opens_at=ends_at, detail={"seconds": str(terms.pause_seconds)})
    if sum(pause.ended_by is not PauseEnd.FAILED for pause in call.pauses) >= terms.pauses_most:
        return Refusal(Rule.PAUSES_USED, detail={"most": str(terms.pauses_most)})
    if not call.recorder_works or call.renewal is not Renewal.NONE:
        return Refusal(Rule.PAUSE_NO_RECORDER)
    return Refusal(Rule.PAUSE_UNREASONED) if kind is PauseReason.OTHER and not reason.strip() else None


def may_resume(call: Call) -> Refusal | None:
    return None if call.pause else Refusal(Rule.PAUSE_NONE)


def pause_asked(call: Call, event: PauseAsked) -> Moved:
    if may_pause(call, event.reason, event.kind) is not None:
        return call, ()  # it was allowed when it was asked, and is not any more
    call = replace(call, pauses=(*call.pauses, Pause(event.at, event.reason.strip(), event.by, kind=event.kind)))
    return call, tuple(MuteRecording(part) for part in _recorders(call))


def resumed(call: Call, at: datetime, by: PauseEnd) -> Moved:
    """The pause, if one lasts, is over."""
    if call.pause is None:
        return call, ()
    call = pause_ended(call, at, by)
    if call.renewal is Renewal.DUE:
        # What waited for the end of the pause: the segment that follows is heard from its first moment.
        call = check_in(call, at, 0)
    return call, _unmuting(call)


def muted(call: Call, event: RecordingMuted) -> Moved:
    if event.part not in call.parts:
        return call, ()
    call = replace(call, muted=(*(part for part in call.muted if part != event.part), event.part))
    return call, () if call.pause else (UnmuteRecording(event.part),)


def unmuted(call: Call, event: RecordingUnmuted) -> Moved:
    call = replace(call, muted=tuple(part for part in call.muted if part != event.part))
    # A pause may have begun after it was asked for.
    again = call.pause is not None and event.part in call.parts
    return call, (MuteRecording(event.part),) if again else ()


def muting_failed(call: Call, event: CommandFailed) -> Moved:
    """There is no pause then, and the agent hears so."""
    alarm = RaiseAlarm(AlarmKind.RECORDER_NOT_PAUSED, event.detail)
    lasted = call.pause is not None
    call = pause_ended(call, event.at, PauseEnd.FAILED)
    if event.failure is Failure.UNKNOWN:
        # It may yet be carried out, later than all that we say now: only another recorder is heard for certain.
        return _renewed(call, event.at), (alarm,)
    return call, (alarm, *_unmuting(call)) if lasted else ()


def unmuting_failed(call: Call, event: CommandFailed) -> Moved:
    """A recorder that writes silence is none: another takes its place."""
    if call.pause is not None or call.renewal is not Renewal.NONE:
        return call, ()
    call = replace(call, recorder_failed_at=(*call.recorder_failed_at, event.at))
    return _renewed(call, event.at), (RaiseAlarm(AlarmKind.RECORDER_NOT_RESUMED, event.detail),)


def muting_after_survey(call: Call) -> tuple[Command, ...]:
    """What was asked while nobody looked may not have come to the switch."""
    if not call.pauses:
        return ()
    if call.pause is None:
        return _unmuting(call)
    return tuple(MuteRecording(part) for part in _recorders(call) if part not in call.muted)


def _renewed(call: Call, at: datetime) -> Call:
    return check_in(replace(call, renewal=Renewal.DUE), at, 0) if call.renewal is Renewal.NONE else call


def _unmuting(call: Call) -> tuple[Command, ...]:
    return tuple(UnmuteRecording(part) for part in _recorders(call))


def _recorders(call: Call) -> tuple[str, ...]:
    """Those of the present segment that run; one that begins in a pause is muted when it has begun."""
    running = [part for part, state in call.parts.items() if is_recorder(part) and state is PartState.UP]
    return tuple(sorted(part for part in running if number_of(part) == call.segment))
