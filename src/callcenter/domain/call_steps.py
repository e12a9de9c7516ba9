"""What follows? One call as a table-driven state machine without I/O: event in, new call and commands out.

Everything that moves a call lives here and in `call_endings.py`. The table at the end names, for each state, the
events it expects and the states each may lead to; `LATE` names those that a slow wire may still deliver and that
change nothing. An event in neither is a bug and raises IllegalTransition, with the call unchanged.

Agent first: the agent's phone, then the customer's channel undialled, two snoops and their recorders, and only when
both files stand the bridge and the dial.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from callcenter.domain.call import (
    EMPTY_FILE_BYTES,
    FIRST_GROWTH_CHECK_SECONDS,
    GROWTH_SECONDS,
    NO_REPLY_SECONDS,
    STALL_SECONDS,
    SUSPICION_SECONDS,
    TALK_CHECK_SECONDS,
    Call,
    CallState,
    PartState,
    RecorderLife,
    deadlines,
    with_parts,
    without_parts,
)
from callcenter.domain.call_endings import (
    Commands,
    Moved,
    agent_gone,
    another_agent,
    customer_gone,
    drop,
    end,
    ending_command_failed,
    ending_part_up,
    ending_surveyed,
    release_all,
    seen,
    switch_lost,
)
from callcenter.domain.call_words import (
    BRIDGE,
    CUSTOMER,
    AgentJoinAsked,
    AgentPhoneBack,
    AgentPhoneLost,
    AgentUp,
    AlarmKind,
    Answered,
    BridgeGone,
    CallAgent,
    CallEvent,
    CheckRecorder,
    CommandFailed,
    Connect,
    CreateCustomer,
    CreateSnoop,
    CustomerCreated,
    DeadlineName,
    DeadlinePassed,
    Failure,
    HangUp,
    HangUpAsked,
    HangupRequested,
    JoinBridge,
    LegGone,
    LegJoined,
    LookUp,
    PartAbsent,
    PartFound,
    Progress,
    RaiseAlarm,
    RecorderSeen,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
    Ringing,
    Sight,
    SnoopUp,
    Started,
    StartRecording,
    Surveyed,
    SwitchLost,
    agent_leg,
    direction_of,
    is_agent,
    is_recorder,
    is_snoop,
    number_of,
    recorder,
    snoop,
)
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.recording import Direction

S = CallState


class IllegalTransition(Exception):  # noqa: N818 (a bug of ours, named as one)
    """An event that the table knows neither as expected nor as late in this state."""


# --- the agent's phone ------------------------------------------------------------------------------------------


def _started(call: Call, event: Started) -> Moved:
    first = agent_leg(1)
    call = replace(call, state=S.AGENT_RINGING, entered_at=event.at, agent=first)
    return with_parts(call, PartState.REQUESTED, first), (
        CallAgent(first, call.terms.agent_endpoint, call.terms.agent_ring_seconds),
    )


def _agent_answered(call: Call, event: AgentUp) -> Moved:
    if event.part != call.agent:
        return call, (HangUp(event.part),)
    call = with_parts(call, PartState.UP, event.part)
    call = replace(call, state=S.PREPARING, entered_at=event.at)
    return with_parts(call, PartState.REQUESTED, CUSTOMER), (
        CreateCustomer(call.terms.customer_endpoint, call.terms.caller_id),
    )


def _agent_absent(call: Call, event: LegGone | PartAbsent) -> Moved:
    call = drop(call, event.part)
    if event.part != call.agent:
        return call, ()
    reason = EndReason.AGENT if call.hung_up_first == "agent" and call.state is S.PREPARING else EndReason.AGENT_ABSENT
    return end(call, event.at, Outcome.NOT_DIALLED, reason)


def _agent_looked_up(call: Call, event: PartFound) -> Moved:
    return _agent_answered(call, AgentUp(event.at, event.part)) if event.up else (call, ())


def _agent_call_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case CallAgent(part=part), Failure.UNKNOWN:
            return call, (LookUp(part),)
        case CallAgent(part=part), Failure.UNAVAILABLE:
            return end(drop(call, part), event.at, Outcome.NOT_DIALLED, EndReason.AGENT_ABSENT)
        case CallAgent(part=part), _:
            return end(drop(call, part), event.at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED)
        case _:
            return call, ()


# --- the recorder, before anything rings at the customer's ------------------------------------------------------


def _open_segment(call: Call, at: datetime) -> Moved:
    segment = call.segment + 1
    snoops = tuple(snoop(direction, segment) for direction in Direction)
    empty = (EMPTY_FILE_BYTES, EMPTY_FILE_BYTES)
    call = replace(call, segment=segment, suspect=False, check_at=None, sizes=empty, sizes_at=at)
    return with_parts(call, PartState.REQUESTED, *snoops), tuple(CreateSnoop(part) for part in snoops)


def _customer_created(call: Call, event: CustomerCreated | PartFound) -> Moved:
    told_of = event.part if isinstance(event, PartFound) else CUSTOMER
    if told_of != CUSTOMER or call.parts.get(CUSTOMER) is not PartState.REQUESTED:
        return call, ()
    return _open_segment(with_parts(call, PartState.UP, CUSTOMER), event.at)


def _snoop_up(call: Call, event: SnoopUp) -> Moved:
    if number_of(event.part) != call.segment:
        return call, (HangUp(event.part),)
    if call.parts.get(event.part) is not PartState.REQUESTED:
        return call, ()
    part = recorder(direction_of(event.part), call.segment)
    call = with_parts(call, PartState.UP, event.part)
    call = replace(call, recorders={**call.recorders, part: RecorderLife()})
    return with_parts(call, PartState.REQUESTED, part), (StartRecording(part),)


def _recording_started(call: Call, event: RecordingStarted) -> Moved:
    life = call.recorders.get(event.part, RecorderLife())
    if life.ended or life.started_at is not None:
        return call, ()
    call = with_parts(call, PartState.UP, event.part)
    call = replace(call, recorders={**call.recorders, event.part: RecorderLife(started_at=event.at)})
    return call, (CheckRecorder(call.segment),) if call.recorders_run(call.segment) else ()


def _recorder_opened(call: Call, event: RecorderSeen) -> Moved:
    if event.in_bytes is None or event.out_bytes is None:
        return replace(call, check_at=event.at + timedelta(seconds=0.1)), ()
    call = replace(
        call,
        state=S.DIALLING,
        entered_at=event.at,
        dialled_at=event.at,
        sizes=(event.in_bytes, event.out_bytes),
        sizes_at=event.at,
        check_at=None,
    )
    return _connect(call)


def _connect(call: Call) -> Moved:
    # The switch's own limit must never end a ring before ours does, and a slow network's first sign may come just
    # before we give up waiting for it: the limit only serves while this service is dead.
    if not call.has(BRIDGE):
        call = with_parts(call, PartState.REQUESTED, BRIDGE)
    return call, (Connect(call.agent, 2 * (call.terms.ring_seconds + NO_REPLY_SECONDS)),)


def _recorder_not_opened(call: Call, at: datetime, detail: str) -> Moved:
    alarm = RaiseAlarm(AlarmKind.RECORDER_NOT_OPENED, detail)
    return end(call, at, Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED, alarm)


def _preparing_leg_gone(call: Call, event: LegGone | PartAbsent) -> Moved:
    if is_agent(event.part):
        return _agent_absent(call, event)
    call = drop(call, event.part)
    if event.part == CUSTOMER:
        return end(call, event.at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED, _trunk_alarm("channel gone"))
    return _recorder_not_opened(call, event.at, f"{event.part} is gone")


def _trunk_alarm(detail: str) -> RaiseAlarm:
    return RaiseAlarm(AlarmKind.TRUNK_REFUSED, detail)


def _preparing_recorder_ended(call: Call, event: RecordingFinished | RecordingFailed) -> Moved:
    return _recorder_not_opened(_recorder_over(call, event), event.at, f"{event.part} ended")


def _preparing_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case CreateCustomer(), Failure.UNKNOWN:
            return call, (LookUp(CUSTOMER),)
        case CreateCustomer(), _:
            call = drop(call, CUSTOMER)
            return end(call, event.at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED, _trunk_alarm(event.detail))
        case ((CreateSnoop(part=part) | StartRecording(part=part)), failure):
            call = call if failure is Failure.UNKNOWN else drop(call, part)
            return _recorder_not_opened(call, event.at, f"{part}: {event.detail}")
        case CheckRecorder(), _:
            return replace(call, check_at=event.at + timedelta(seconds=0.5)), ()
        case _:
            return call, ()


# --- the customer's phone ---------------------------------------------------------------------------------------


def _sign(call: Call, event: Ringing | Progress) -> Moved:
    first = call.first_sign_at is None
    if isinstance(event, Ringing):
        call = replace(call, ringing_at=call.ringing_at or event.at)
    else:
        call = replace(call, progress_at=call.progress_at or event.at)
    call = replace(call, connect_again=False, dial_unknown=False)
    if not first:
        return call, ()
    return _check_in(call, event.at, FIRST_GROWTH_CHECK_SECONDS), (CheckRecorder(call.segment),)


def _check_in(call: Call, at: datetime, seconds: float) -> Call:
    # A recorder under suspicion is judged when its time is over, whatever else is asked of it meanwhile.
    return call if call.suspect else replace(call, check_at=at + timedelta(seconds=seconds))


def _answered(call: Call, event: Answered) -> Moved:
    wait = TALK_CHECK_SECONDS if call.growth_proven else FIRST_GROWTH_CHECK_SECONDS
    call = replace(
        with_parts(call, PartState.UP, CUSTOMER),
        state=S.TALKING,
        entered_at=event.at,
        answered_at=event.at,
        connect_again=False,
        dial_unknown=False,
    )
    return _check_in(call, event.at, wait), ()


def _dialling_recorder_seen(call: Call, event: RecorderSeen) -> Moved:
    if call.first_sign_at is not None and _is_first_look(call, event, call.first_sign_at):
        return replace(call, sizes=(event.in_bytes or 0, event.out_bytes or 0), sizes_at=event.at), ()
    grown = _grown(call, event)
    if grown is not None:
        return grown if call.suspect else replace(grown, check_at=None), ()
    if call.suspect or call.first_sign_at is None:
        return call, ()
    last = call.first_sign_at + timedelta(seconds=GROWTH_SECONDS)
    if event.at >= last:
        return _stalled(call, event.at)
    return replace(call, check_at=min(event.at + timedelta(seconds=0.4), last)), ()


def _is_first_look(call: Call, event: RecorderSeen, sign_at: datetime) -> bool:
    # What was written before the ringing proves nothing of it; but a look that comes late would find no time to grow.
    early = event.at <= sign_at + timedelta(seconds=GROWTH_SECONDS - FIRST_GROWTH_CHECK_SECONDS)
    there = event.in_bytes is not None and event.out_bytes is not None
    return early and there and call.sizes_at is not None and call.sizes_at < sign_at


def _stalled(call: Call, at: datetime) -> Moved:
    alarm = RaiseAlarm(AlarmKind.RECORDER_STALLED, f"sizes {call.sizes}")
    return end(call, at, Outcome.CANCELLED, EndReason.RECORDER_FAILED, alarm)


def _dialling_check(call: Call, at: datetime) -> Moved:
    if call.suspect:
        return _stalled(call, at)
    if call.connect_again:
        return _connect(replace(call, connect_again=False))
    return call, (CheckRecorder(call.segment),)


def _not_connected(call: Call, event: CommandFailed) -> Moved:
    dial_unknown = call.dial_unknown or event.failure is Failure.UNKNOWN
    call = replace(call, dial_unknown=dial_unknown)
    may_repeat = event.failure in {Failure.UNKNOWN, Failure.NOT_SENT}
    if may_repeat and event.at - call.entered_at < timedelta(seconds=call.terms.setup_seconds):
        return _check_in(replace(call, connect_again=True), event.at, 0.5), ()
    if dial_unknown:
        # The customer's phone may ring by now: only signs, an end or the end of the ring time can tell.
        return call, ()
    if not call.has(call.agent):
        return end(call, event.at, Outcome.NOT_DIALLED, EndReason.AGENT_LOST)
    return end(call, event.at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED, _trunk_alarm(event.detail))


def _dialling_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case Connect(), _:
            return _not_connected(call, event)
        case CheckRecorder(segment=segment), _:
            return _dialling_recorder_seen(call, RecorderSeen(event.at, segment, None, None))
        case _:
            return _joining_failed(call, event)


def _dialling_surveyed(call: Call, event: Surveyed) -> Moved:
    call, commands = _seen_again(call, event)
    looking: Commands = ()
    if not call.has(CUSTOMER):
        return end(call, event.at, Outcome.UNKNOWN, EndReason.UNSEEN)
    sight = event.parts[CUSTOMER]
    if sight is Sight.DOWN:
        call, connecting = _not_dialled_yet(call, event.at)
        return call, (*(() if call.over else commands), *connecting)
    if sight is Sight.UP:
        call, _ = _answered(call, Answered(event.at))
    elif sight is Sight.DIALLED:
        call = _waiting_again(call, event.at)
    elif call.ringing_at is None:
        call, looking = _sign(call, Ringing(event.at))
    if call.check_at is None and call.first_sign_at is not None and not call.growth_proven:
        call = replace(call, check_at=event.at)
    return call, (*commands, *looking)


def _waiting_again(call: Call, at: datetime) -> Call:
    # A sign may have come while nobody looked, early media above all: the wait for one begins anew.
    call = replace(call, connect_again=False, dial_unknown=False)
    return call if call.first_sign_at else replace(call, entered_at=at)


def _not_dialled_yet(call: Call, at: datetime) -> Moved:
    if call.suspect:
        alarm = RaiseAlarm(AlarmKind.RECORDER_ENDED_EARLY, "before the dial")
        return end(call, at, Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED, alarm)
    if not call.has(call.agent):
        return end(call, at, Outcome.NOT_DIALLED, EndReason.AGENT_LOST)
    # Later than that the gate's word is stale: the window may have closed.
    if at - call.entered_at > timedelta(seconds=call.terms.setup_seconds):
        return end(call, at, Outcome.NOT_DIALLED, EndReason.SERVICE_RESTART)
    return _connect(replace(call, connect_again=False, dial_unknown=False))


# --- the talk ---------------------------------------------------------------------------------------------------


def _talking_recorder_seen(call: Call, event: RecorderSeen) -> Moved:
    if event.segment != call.segment:
        return call, ()
    grown = _grown(call, event)
    if grown is not None:
        return _check_in(grown, event.at, TALK_CHECK_SECONDS), ()
    if call.suspect:
        return call, ()
    if call.sizes_at is not None and event.at - call.sizes_at >= timedelta(seconds=STALL_SECONDS):
        return _next_segment(call, event.at, AlarmKind.RECORDER_STALLED)
    return replace(call, check_at=event.at + timedelta(seconds=1)), ()


def _grown(call: Call, event: RecorderSeen) -> Call | None:
    if event.segment != call.segment or event.in_bytes is None or event.out_bytes is None:
        return None
    if event.in_bytes <= call.sizes[0] or event.out_bytes <= call.sizes[1]:
        return None
    return replace(call, sizes=(event.in_bytes, event.out_bytes), sizes_at=event.at, growth_proven=True)


def _next_segment(call: Call, at: datetime, kind: AlarmKind) -> Moved:
    old = tuple(part for part in call.parts if is_snoop(part))
    alarm = RaiseAlarm(kind, f"segment {call.segment}")
    call, opening = _open_segment(replace(call, growth_proven=False), at)
    call = _check_in(call, at, STALL_SECONDS)
    return call, (alarm, *(HangUp(part) for part in old), *opening)


def _talking_check(call: Call, at: datetime) -> Moved:
    if call.suspect:
        return _next_segment(call, at, AlarmKind.RECORDER_ENDED_EARLY)
    return call, (CheckRecorder(call.segment),)


def _talking_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case ((CreateSnoop(part=part) | StartRecording(part=part)), failure):
            call = call if failure is Failure.UNKNOWN else drop(call, part)
            return replace(_check_in(call, event.at, STALL_SECONDS), suspect=True), ()
        case CheckRecorder(), _:
            return _check_in(call, event.at, 1), ()
        case _:
            return _joining_failed(call, event)


def _talking_surveyed(call: Call, event: Surveyed) -> Moved:
    call, commands = _seen_again(call, event)
    if call.has(CUSTOMER):
        return replace(call, check_at=call.check_at or event.at), commands
    reason = EndReason.CUSTOMER if call.agent in event.parts else EndReason.UNSEEN
    return end(call, event.at, Outcome.ANSWERED, reason)


# --- both: recorder's end, legs, agent's later legs ---------------------------------------------------------------


def _recorder_over(call: Call, event: RecordingFinished | RecordingFailed) -> Call:
    life = call.recorders.get(event.part, RecorderLife())
    told = not isinstance(event, RecordingFinished) or event.told
    life = replace(life, ended=True, finished_at=event.at if told else None)
    return without_parts(replace(call, recorders={**call.recorders, event.part: life}), [event.part])


def _suspect(call: Call, at: datetime, part: str) -> Call:
    # The end of a recorder may be told before the end of the leg it listens to.
    if number_of(part) != call.segment or call.suspect or not call.has(CUSTOMER):
        return call
    return replace(call, suspect=True, check_at=at + timedelta(seconds=SUSPICION_SECONDS))


def _recorder_ended(call: Call, event: RecordingFinished | RecordingFailed) -> Moved:
    return _suspect(_recorder_over(call, event), event.at, event.part), ()


def _leg_gone(call: Call, event: LegGone | PartAbsent) -> Moved:
    if event.part == CUSTOMER:
        return customer_gone(call, event)
    if event.part == call.agent:
        return agent_gone(call, event)
    if is_recorder(event.part):
        return _recorder_ended(call, RecordingFinished(event.at, event.part, told=False))
    call = drop(call, event.part)
    return _suspect(call, event.at, event.part) if is_snoop(event.part) else call, ()


def _hangup_requested(call: Call, event: HangupRequested) -> Moved:
    who = {CUSTOMER: "customer", call.agent: "agent"}.get(event.part, "")
    if who == "agent" and another_agent(call, event.part):
        return call, ()
    return replace(call, hung_up_first=call.hung_up_first or who), ()


def _hang_up_asked(call: Call, event: HangUpAsked) -> Moved:
    call = replace(call, hang_up_reason=event.reason, hung_up_first=call.hung_up_first or "agent")
    if call.state is S.TALKING:
        reason = EndReason.CUSTOMER if call.hung_up_first == "customer" else EndReason.AGENT
        return end(call, event.at, Outcome.ANSWERED, reason)
    return end(call, event.at, Outcome.CANCELLED, EndReason.CANCELLED)


def _join_asked(call: Call, event: AgentJoinAsked) -> Moved:
    numbers = [number_of(part) for part in (*call.parts, call.agent) if is_agent(part)]
    part = agent_leg(max(numbers) + 1)
    command = CallAgent(part, event.endpoint, call.terms.agent_ring_seconds)
    return with_parts(call, PartState.REQUESTED, part), (command,)


def _later_agent_up(call: Call, event: AgentUp) -> Moved:
    if event.part == call.agent or call.parts.get(event.part) is PartState.UP:
        return call, ()
    return _bring_in(call, event.part)


def _bring_in(call: Call, part: str) -> Moved:
    # Whoever asked last speaks: a leg asked for before the present one is of a page that is gone.
    call = with_parts(call, PartState.UP, part)
    return call, (JoinBridge(part) if number_of(part) > number_of(call.agent) else HangUp(part),)


def _leg_joined(call: Call, event: LegJoined) -> Moved:
    if not call.has(event.part) or event.part == call.agent:
        return call, ()
    who = "" if call.hung_up_first == "agent" else call.hung_up_first
    old, call = call.agent, replace(call, agent=event.part, agent_lost_at=None, hung_up_first=who)
    return call, (HangUp(old),) if call.has(old) else ()


def _joining_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case CallAgent(part=part), Failure.UNKNOWN:
            return call, (LookUp(part),)
        case CallAgent(part=part), _:
            return drop(call, part), ()
        case JoinBridge(part=part), _:
            return call, (HangUp(part),)
        case _:
            return call, ()


def _later_found(call: Call, event: PartFound) -> Moved:
    if is_agent(event.part) and event.up:
        return _later_agent_up(call, AgentUp(event.at, event.part))
    return call, ()


def _phone_lost(call: Call, _event: AgentPhoneLost) -> Moved:
    # A lost registration does not silence a talk; if the audio stops too, the switch drops the leg by itself.
    return call, (RaiseAlarm(AlarmKind.AGENT_LOST, "phone not registered"),)


def _bridge_gone(call: Call, event: BridgeGone) -> Moved:
    outcome = Outcome.ANSWERED if call.state is S.TALKING else Outcome.CANCELLED
    return end(drop(call, BRIDGE), event.at, outcome, EndReason.SWITCH_REFUSED)


def _seen_again(call: Call, event: Surveyed) -> Moved:
    """The call with only the parts that were found; what they need, if the customer's channel is among them."""
    call = seen(call, event)
    if not call.agent_lost_at and not call.has(call.agent):
        call = replace(call, agent_lost_at=event.at)
    if not all(call.has(recorder(direction, call.segment)) for direction in Direction):
        call = replace(_check_in(call, event.at, SUSPICION_SECONDS), suspect=True)
    commands: Commands = ()
    for part in sorted(part for part in event.parts if is_agent(part) and part != call.agent):
        if event.parts[part] is Sight.UP:
            call, bringing = _bring_in(call, part)
            commands += bringing
        else:
            call = with_parts(call, PartState.REQUESTED, part)
    return call, commands


def _stale_survey(call: Call, event: Surveyed) -> Moved:
    # The customer was not dialled; the gate's word may be stale by now, so the agent is let go and clicks again.
    return end(seen(call, event), event.at, Outcome.NOT_DIALLED, EndReason.SERVICE_RESTART)


def _ring_over(call: Call, at: datetime) -> Moved:
    if call.dial_unknown:
        return end(call, at, Outcome.UNKNOWN, EndReason.UNSEEN)
    outcome = Outcome.NO_ANSWER if call.first_sign_at else Outcome.UNREACHABLE
    return end(call, at, outcome, EndReason.RING_TIMEOUT)


def _deadline(call: Call, event: DeadlinePassed) -> Moved:
    due = deadlines(call).get(event.name)
    if due is None or event.at < due:
        return call, ()
    match event.name, call.state:
        case DeadlineName.AGENT_RING, _:
            return end(call, event.at, Outcome.NOT_DIALLED, EndReason.AGENT_ABSENT)
        case DeadlineName.SETUP, _:
            return _recorder_not_opened(call, event.at, "not open in time")
        case DeadlineName.CHECK, S.PREPARING:
            return replace(call, check_at=None), (CheckRecorder(call.segment),)
        case DeadlineName.CHECK, S.DIALLING:
            return _dialling_check(replace(call, check_at=None), event.at)
        case DeadlineName.CHECK, S.TALKING:
            return _talking_check(replace(call, check_at=None), event.at)
        case DeadlineName.RING, _:
            return _ring_over(call, event.at)
        case DeadlineName.AGENT_GRACE, _:
            outcome = Outcome.ANSWERED if call.state is S.TALKING else Outcome.CANCELLED
            alarm = RaiseAlarm(AlarmKind.AGENT_LOST)
            return end(call, event.at, outcome, EndReason.AGENT_LOST, alarm)
        case DeadlineName.MAX_TALK, _:
            return end(call, event.at, Outcome.ANSWERED, EndReason.MAX_DURATION)
        case _:
            return release_all(call, event.at)


# --- the end ----------------------------------------------------------------------------------------------------


def _ending_recorder_over(call: Call, event: RecordingFinished | RecordingFailed) -> Moved:
    call = _recorder_over(call, event)
    return drop(call, event.part), ()


def _ending_gone(call: Call, event: LegGone | PartAbsent | BridgeGone) -> Moved:
    part = BRIDGE if isinstance(event, BridgeGone) else event.part
    if isinstance(event, LegGone) and part == CUSTOMER and call.cause is None:
        call = replace(call, cause=event.cause, sip=event.sip)
    if is_recorder(part) and part in call.parts:
        call = _recorder_over(call, RecordingFinished(event.at, part, told=False))
    return drop(call, part), ()


def _ending_recording_started(call: Call, event: RecordingStarted) -> Moved:
    life = call.recorders.get(event.part, RecorderLife())
    lives = {**call.recorders, event.part: replace(life, started_at=life.started_at or event.at)}
    return ending_part_up(replace(call, recorders=lives), event.part)


def _ending_up(call: Call, event: AgentUp | SnoopUp | LegJoined | PartFound) -> Moved:
    return ending_part_up(call, event.part)


def _ending_customer_up(call: Call, _event: CustomerCreated) -> Moved:
    return ending_part_up(call, CUSTOMER)


# --- the table --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """What handles the event, and the states it may lead to."""

    handler: Callable[[Call, Any], Moved]
    to: frozenset[CallState]


def _row(handler: Callable[[Call, Any], Moved], *to: CallState) -> Row:
    return Row(handler, frozenset(to))


_OVER = (S.ENDING, S.ENDED)

_LIVE_ROWS: Mapping[CallState, Mapping[type[CallEvent], Row]] = {
    state: {
        RecordingFinished: _row(_recorder_ended, state),
        RecordingFailed: _row(_recorder_ended, state),
        LegGone: _row(_leg_gone, state, *_OVER),
        PartAbsent: _row(_leg_gone, state, *_OVER),
        PartFound: _row(_later_found, state),
        HangupRequested: _row(_hangup_requested, state),
        HangUpAsked: _row(_hang_up_asked, S.ENDING),
        AgentJoinAsked: _row(_join_asked, state),
        AgentUp: _row(_later_agent_up, state),
        LegJoined: _row(_leg_joined, state),
        AgentPhoneLost: _row(_phone_lost, state),
        BridgeGone: _row(_bridge_gone, S.ENDING),
        DeadlinePassed: _row(_deadline, state, S.ENDING),
        SwitchLost: _row(switch_lost, S.ENDED),
    }
    for state in (S.DIALLING, S.TALKING)
}

TABLE: Mapping[CallState, Mapping[type[CallEvent], Row]] = {
    S.NEW: {
        Started: _row(_started, S.AGENT_RINGING),
        HangUpAsked: _row(_hang_up_asked, S.ENDED),
        Surveyed: _row(_stale_survey, *_OVER),
        SwitchLost: _row(switch_lost, S.ENDED),
    },
    S.AGENT_RINGING: {
        AgentUp: _row(_agent_answered, S.AGENT_RINGING, S.PREPARING),
        LegGone: _row(_agent_absent, S.AGENT_RINGING, S.ENDED),
        PartAbsent: _row(_agent_absent, S.AGENT_RINGING, S.ENDED),
        PartFound: _row(_agent_looked_up, S.AGENT_RINGING, S.PREPARING),
        HangupRequested: _row(_hangup_requested, S.AGENT_RINGING),
        HangUpAsked: _row(_hang_up_asked, S.ENDING),
        CommandFailed: _row(_agent_call_failed, S.AGENT_RINGING, *_OVER),
        DeadlinePassed: _row(_deadline, S.AGENT_RINGING, S.ENDING),
        Surveyed: _row(_stale_survey, *_OVER),
        SwitchLost: _row(switch_lost, S.ENDED),
    },
    S.PREPARING: {
        CustomerCreated: _row(_customer_created, S.PREPARING),
        SnoopUp: _row(_snoop_up, S.PREPARING),
        RecordingStarted: _row(_recording_started, S.PREPARING),
        RecordingFinished: _row(_preparing_recorder_ended, S.ENDING),
        RecordingFailed: _row(_preparing_recorder_ended, S.ENDING),
        RecorderSeen: _row(_recorder_opened, S.PREPARING, S.DIALLING),
        LegGone: _row(_preparing_leg_gone, S.PREPARING, S.ENDING),
        PartAbsent: _row(_preparing_leg_gone, S.PREPARING, S.ENDING),
        PartFound: _row(_customer_created, S.PREPARING),
        HangupRequested: _row(_hangup_requested, S.PREPARING),
        HangUpAsked: _row(_hang_up_asked, S.ENDING),
        CommandFailed: _row(_preparing_failed, S.PREPARING, S.ENDING),
        DeadlinePassed: _row(_deadline, S.PREPARING, S.ENDING),
        Surveyed: _row(_stale_survey, *_OVER),
        SwitchLost: _row(switch_lost, S.ENDED),
    },
    S.DIALLING: {
        **_LIVE_ROWS[S.DIALLING],
        Ringing: _row(_sign, S.DIALLING),
        Progress: _row(_sign, S.DIALLING),
        Answered: _row(_answered, S.TALKING),
        RecorderSeen: _row(_dialling_recorder_seen, S.DIALLING, S.ENDING),
        CommandFailed: _row(_dialling_failed, S.DIALLING, S.ENDING),
        Surveyed: _row(_dialling_surveyed, S.DIALLING, S.TALKING, *_OVER),
    },
    S.TALKING: {
        **_LIVE_ROWS[S.TALKING],
        SnoopUp: _row(_snoop_up, S.TALKING),
        RecordingStarted: _row(_recording_started, S.TALKING),
        RecorderSeen: _row(_talking_recorder_seen, S.TALKING),
        CommandFailed: _row(_talking_failed, S.TALKING),
        Surveyed: _row(_talking_surveyed, S.TALKING, *_OVER),
    },
    S.ENDING: {
        AgentUp: _row(_ending_up, S.ENDING),
        CustomerCreated: _row(_ending_customer_up, S.ENDING),
        SnoopUp: _row(_ending_up, S.ENDING),
        LegJoined: _row(_ending_up, S.ENDING),
        PartFound: _row(_ending_up, S.ENDING),
        RecordingStarted: _row(_ending_recording_started, S.ENDING),
        RecordingFinished: _row(_ending_recorder_over, *_OVER),
        RecordingFailed: _row(_ending_recorder_over, *_OVER),
        LegGone: _row(_ending_gone, *_OVER),
        PartAbsent: _row(_ending_gone, *_OVER),
        BridgeGone: _row(_ending_gone, *_OVER),
        CommandFailed: _row(ending_command_failed, *_OVER),
        DeadlinePassed: _row(_deadline, S.ENDING),
        Surveyed: _row(ending_surveyed, *_OVER),
        SwitchLost: _row(switch_lost, S.ENDED),
    },
    S.ENDED: {},
}

_SEEN_ONLY = (HangupRequested, AgentPhoneLost, AgentPhoneBack, Ringing, Progress, Answered)

LATE: Mapping[CallState, frozenset[type[CallEvent]]] = {
    S.NEW: frozenset({AgentJoinAsked, AgentPhoneLost, AgentPhoneBack}),
    S.AGENT_RINGING: frozenset({AgentJoinAsked, AgentPhoneLost, AgentPhoneBack}),
    S.PREPARING: frozenset({AgentUp, AgentJoinAsked, AgentPhoneLost, AgentPhoneBack}),
    # A second sight of what the command's answer already told.
    S.DIALLING: frozenset({CustomerCreated, SnoopUp, RecordingStarted, AgentPhoneBack}),
    S.TALKING: frozenset({CustomerCreated, Ringing, Progress, Answered, AgentPhoneBack}),
    S.ENDING: frozenset({*_SEEN_ONLY, HangUpAsked, AgentJoinAsked, RecorderSeen}),
    S.ENDED: frozenset(
        {
            *_SEEN_ONLY,
            Started,
            HangUpAsked,
            AgentJoinAsked,
            DeadlinePassed,
            RecorderSeen,
            AgentUp,
            CustomerCreated,
            SnoopUp,
            RecordingStarted,
            RecordingFinished,
            RecordingFailed,
            LegGone,
            BridgeGone,
            PartAbsent,
            PartFound,
            LegJoined,
            CommandFailed,
            Surveyed,
            SwitchLost,
        }
    ),
}


def step(call: Call, event: CallEvent) -> tuple[Call, Commands]:
    """The call after `event`, and what must now be done. Raises IllegalTransition; then the call is unchanged."""
    row = TABLE[call.state].get(type(event))
    if row is None:
        if type(event) in LATE[call.state]:
            return call, ()
        raise IllegalTransition(f"{type(event).__name__} in state {call.state} of call {call.attempt_id}")
    moved, commands = row.handler(call, event)
    if moved.state not in row.to:
        raise IllegalTransition(f"{type(event).__name__} led from {call.state} to {moved.state}")
    return moved, commands


def replay(call: Call, events: Sequence[CallEvent]) -> Call:
    """The call after all these events; the commands are left aside."""
    for event in events:
        call, _ = step(call, event)
    return call
