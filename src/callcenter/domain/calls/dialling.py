"""The customer's phone: dialled, ringing, answered; and the talk."""

from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.calls.call import (
    FIRST_GROWTH_CHECK_SECONDS,
    GROWTH_SECONDS,
    STALL_SECONDS,
    TALK_CHECK_SECONDS,
    Call,
    CallState,
    PartState,
    Renewal,
    with_parts,
)
from callcenter.domain.calls.endings import (
    Commands,
    Moved,
    drop,
    end,
)
from callcenter.domain.calls.legs import joining_failed, seen_again
from callcenter.domain.calls.pausing import muting_after_survey, muting_failed, unmuting_failed
from callcenter.domain.calls.recorder import after_growth, check_in, close_segment, failed_in_talk
from callcenter.domain.calls.setup import connect, trunk_alarm
from callcenter.domain.calls.words import (
    CUSTOMER,
    AlarmKind,
    Answered,
    CheckRecorder,
    CommandFailed,
    Connect,
    CreateSnoop,
    Failure,
    MuteRecording,
    NoticeSaid,
    Progress,
    RaiseAlarm,
    RecorderSeen,
    Ringing,
    SayNotice,
    Sight,
    StartRecording,
    Surveyed,
    UnmuteRecording,
)
from callcenter.domain.outcomes import EndReason, Outcome

S = CallState


def first_sign(call: Call, event: Ringing | Progress) -> Moved:
    if call.terms.incoming:
        return call, ()
    first = call.first_sign_at is None
    if isinstance(event, Ringing):
        call = replace(call, ringing_at=call.ringing_at or event.at)
    else:
        call = replace(call, progress_at=call.progress_at or event.at)
    call = replace(call, connect_again=False, dial_unknown=False)
    if not first:
        return call, ()
    return check_in(call, event.at, FIRST_GROWTH_CHECK_SECONDS), (CheckRecorder(call.segment),)


def customer_answered(call: Call, event: Answered) -> Moved:
    wait = TALK_CHECK_SECONDS if call.growth_proven else FIRST_GROWTH_CHECK_SECONDS
    wait = 0 if call.renewal is Renewal.DUE else wait
    call = replace(
        with_parts(call, PartState.UP, CUSTOMER),
        state=S.TALKING,
        entered_at=event.at,
        answered_at=event.at,
        connect_again=False,
        dial_unknown=False,
    )
    return check_in(call, event.at, wait), (SayNotice(call.terms.notice),) if call.terms.notice else ()


def notice_said(call: Call, event: NoticeSaid) -> Moved:
    if event.whole:
        return replace(call, notice_at=event.at), ()
    return call, (RaiseAlarm(AlarmKind.NOTICE_FAILED, "not said to its end"),)


def dialling_recorder_seen(call: Call, event: RecorderSeen) -> Moved:
    if call.first_sign_at is not None and is_first_look(call, event, call.first_sign_at):
        return replace(call, sizes=(event.in_bytes or 0, event.out_bytes or 0), sizes_at=event.at), ()
    grown = after_growth(call, event)
    if grown is not None:
        return grown if call.suspect else replace(grown, check_at=None), ()
    if call.suspect or call.first_sign_at is None:
        return call, ()
    last = call.first_sign_at + timedelta(seconds=GROWTH_SECONDS)
    if event.at >= last:
        return stalled(call, event.at)
    return replace(call, check_at=min(event.at + timedelta(seconds=0.4), last)), ()


def is_first_look(call: Call, event: RecorderSeen, sign_at: datetime) -> bool:
    # What was written before the ringing proves nothing of it; but a look that comes late would find no time to grow.
    early = event.at <= sign_at + timedelta(seconds=GROWTH_SECONDS - FIRST_GROWTH_CHECK_SECONDS)
    there = event.in_bytes is not None and event.out_bytes is not None
    return early and there and call.sizes_at is not None and call.sizes_at < sign_at


def stalled(call: Call, at: datetime) -> Moved:
    alarm = RaiseAlarm(AlarmKind.RECORDER_STALLED, f"sizes {call.sizes}")
    return end(call, at, Outcome.CANCELLED, EndReason.RECORDER_FAILED, alarm)


def dialling_check(call: Call, at: datetime) -> Moved:
    if call.suspect:
        return stalled(call, at)
    if call.connect_again:
        return connect(replace(call, connect_again=False))
    return call, (CheckRecorder(call.segment),)


def not_connected(call: Call, event: CommandFailed) -> Moved:
    dial_unknown = call.dial_unknown or event.failure is Failure.UNKNOWN
    call = replace(call, dial_unknown=dial_unknown)
    may_repeat = event.failure in {Failure.UNKNOWN, Failure.NOT_SENT}
    if may_repeat and event.at - call.entered_at < timedelta(seconds=call.terms.setup_seconds):
        return check_in(replace(call, connect_again=True), event.at, 0.5), ()
    if dial_unknown:
        # The customer's phone may ring by now: only signs, an end or the end of the ring time can tell.
        return call, ()
    if not call.has(call.agent):
        return end(call, event.at, Outcome.NOT_DIALLED, EndReason.AGENT_LOST)
    return end(call, event.at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED, trunk_alarm(event.detail))


def dialling_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case Connect(), _:
            return not_connected(call, event)
        case CheckRecorder(segment=segment), _:
            return dialling_recorder_seen(call, RecorderSeen(event.at, segment, None, None))
        case _:
            return joining_failed(call, event)


def dialling_surveyed(call: Call, event: Surveyed) -> Moved:
    call, commands = seen_again(call, event)
    looking: Commands = ()
    if not call.has(CUSTOMER):
        return end(call, event.at, Outcome.UNKNOWN, EndReason.UNSEEN)
    sight = event.parts[CUSTOMER]
    if sight is Sight.DOWN or (call.terms.incoming and sight is not Sight.UP):
        call, connecting = not_dialled_yet(call, event.at)
        return call, (*(() if call.over else commands), *connecting)
    if sight is Sight.UP:
        call, looking = customer_answered(call, Answered(event.at))
    elif sight is Sight.DIALLED:
        call = waiting_again(call, event.at)
    elif call.ringing_at is None:
        call, looking = first_sign(call, Ringing(event.at))
    if call.check_at is None and call.first_sign_at is not None and not call.growth_proven:
        call = replace(call, check_at=event.at)
    return call, (*commands, *looking)


def waiting_again(call: Call, at: datetime) -> Call:
    # A sign may have come while nobody looked, early media above all: the wait for one begins anew.
    call = replace(call, connect_again=False, dial_unknown=False)
    return call if call.first_sign_at else replace(call, entered_at=at)


def not_dialled_yet(call: Call, at: datetime) -> Moved:
    if call.suspect:
        alarm = RaiseAlarm(AlarmKind.RECORDER_ENDED_EARLY, "before the dial")
        return end(call, at, Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED, alarm)
    if not call.has(call.agent):
        return end(call, at, Outcome.NOT_DIALLED, EndReason.AGENT_LOST)
    # Later than that the gate's word is stale: the window may have closed.
    if at - call.entered_at > timedelta(seconds=call.terms.setup_seconds):
        return end(call, at, Outcome.NOT_DIALLED, EndReason.SERVICE_RESTART)
    return connect(replace(call, connect_again=False, dial_unknown=False))


def ring_over(call: Call, at: datetime) -> Moved:
    if call.terms.incoming:
        return end(call, at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED, trunk_alarm("no answer given"))
    if call.dial_unknown:
        return end(call, at, Outcome.UNKNOWN, EndReason.UNSEEN)
    outcome = Outcome.NO_ANSWER if call.first_sign_at else Outcome.UNREACHABLE
    return end(call, at, outcome, EndReason.RING_TIMEOUT)


def talking_recorder_seen(call: Call, event: RecorderSeen) -> Moved:
    if event.segment != call.segment:
        return call, ()
    grown = after_growth(call, event)
    if grown is not None:
        renewing = call.renewal is not Renewal.NONE
        return grown if renewing else check_in(grown, event.at, TALK_CHECK_SECONDS), ()
    if call.suspect or call.renewal is not Renewal.NONE:
        return call, ()
    if call.sizes_at is not None and event.at - call.sizes_at >= timedelta(seconds=STALL_SECONDS):
        return failed_in_talk(call, event.at, AlarmKind.RECORDER_STALLED)
    return replace(call, check_at=event.at + timedelta(seconds=1)), ()


def talking_check(call: Call, at: datetime) -> Moved:
    if call.suspect or call.renewal is Renewal.UNDER_WAY:
        return failed_in_talk(call, at, AlarmKind.RECORDER_ENDED_EARLY)
    if call.renewal is Renewal.DUE and call.pause is None:
        return close_segment(call, at)
    return call, (CheckRecorder(call.segment),)


def talking_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case ((CreateSnoop(part=part) | StartRecording(part=part)), failure):
            call = call if failure is Failure.UNKNOWN else drop(call, part)
            return replace(check_in(call, event.at, STALL_SECONDS), suspect=True), ()
        case CheckRecorder(), _:
            return check_in(call, event.at, 1), ()
        case SayNotice(), _:
            return call, (RaiseAlarm(AlarmKind.NOTICE_FAILED, event.detail),)
        case MuteRecording(), _:
            return muting_failed(call, event)
        case UnmuteRecording(), _:
            return unmuting_failed(call, event)
        case _:
            return joining_failed(call, event)


def talking_surveyed(call: Call, event: Surveyed) -> Moved:
    call, commands = seen_again(call, event)
    if call.has(CUSTOMER):
        return replace(call, check_at=call.check_at or event.at), (*commands, *muting_after_survey(call))
    reason = EndReason.CUSTOMER if call.agent in event.parts else EndReason.UNSEEN
    return end(call, event.at, Outcome.ANSWERED, reason)
