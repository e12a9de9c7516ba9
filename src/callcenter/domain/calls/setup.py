"""What comes before the customer's phone rings: the agent's phone, the undialled channel, the recorder."""

from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.calls.call import (
    FILE_CHECK_SECONDS,
    NO_REPLY_SECONDS,
    Call,
    CallState,
    PartState,
    with_parts,
)
from callcenter.domain.calls.endings import (
    Moved,
    drop,
    end,
    gave_up,
    seen,
)
from callcenter.domain.calls.legs import next_agent_leg
from callcenter.domain.calls.recorder import open_segment, recorder_over
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentJoinAsked,
    AgentUp,
    AlarmKind,
    BridgeGone,
    CallAgent,
    CheckRecorder,
    CommandFailed,
    Connect,
    CreateCustomer,
    CreateSnoop,
    CustomerCreated,
    Failure,
    HangUp,
    LegGone,
    LookUp,
    OpenBridge,
    PartAbsent,
    PartFound,
    RaiseAlarm,
    RecorderSeen,
    RecordingFailed,
    RecordingFinished,
    Started,
    StartRecording,
    Surveyed,
    agent_leg,
    is_agent,
)
from callcenter.domain.outcomes import EndReason, Outcome

S = CallState


def start(call: Call, event: Started) -> Moved:
    first = agent_leg(1)
    call = replace(call, state=S.AGENT_RINGING, entered_at=event.at, agent=first)
    ring = CallAgent(first, call.terms.agent_endpoint, call.terms.agent_ring_seconds)
    if call.terms.incoming:
        return with_parts(call, PartState.REQUESTED, first, CUSTOMER), (ring, LookUp(CUSTOMER))
    return with_parts(call, PartState.REQUESTED, first), (ring,)


def ring_again(call: Call, event: AgentJoinAsked) -> Moved:
    """The phone that was asked to ring is of a page that is gone: another one rings, in what is left of the time."""
    old, new = call.agent, next_agent_leg(call)
    call = with_parts(replace(call, agent=new), PartState.REQUESTED, new)
    return call, (CallAgent(new, event.endpoint, call.terms.agent_ring_seconds), HangUp(old))


def agent_answered(call: Call, event: AgentUp) -> Moved:
    if event.part != call.agent:
        return call, (HangUp(event.part),)
    call = with_parts(call, PartState.UP, event.part)
    call = replace(call, state=S.PREPARING, entered_at=event.at)
    if call.terms.incoming:
        return _prepare_for_waiting(call, event.at)
    return with_parts(call, PartState.REQUESTED, CUSTOMER, BRIDGE), (
        CreateCustomer(call.terms.customer_endpoint, call.terms.caller_id),
        OpenBridge(),
    )


def _prepare_for_waiting(call: Call, at: datetime) -> Moved:
    """The customer is there already, as far as is known."""
    call = with_parts(call, PartState.REQUESTED, BRIDGE)
    if call.parts.get(CUSTOMER) is not PartState.UP:
        return call, (OpenBridge(), LookUp(CUSTOMER))
    call, opening = open_segment(call, at)
    return call, (OpenBridge(), *opening)


def agent_absent(call: Call, event: LegGone | PartAbsent) -> Moved:
    if event.part == CUSTOMER and call.terms.incoming:
        return gave_up(call, event.at)
    call = drop(call, event.part)
    if event.part != call.agent:
        return call, ()
    reason = EndReason.AGENT if call.hung_up_first == "agent" and call.state is S.PREPARING else EndReason.AGENT_ABSENT
    return end(call, event.at, Outcome.NOT_DIALLED, reason)


def agent_looked_up(call: Call, event: PartFound) -> Moved:
    if event.part == CUSTOMER and call.terms.incoming:
        return with_parts(call, PartState.UP, CUSTOMER), ()
    return agent_answered(call, AgentUp(event.at, event.part)) if event.up else (call, ())


def agent_call_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case CallAgent(part=part), Failure.UNKNOWN:
            return call, (LookUp(part),)
        case CallAgent(part=part), _ if part != call.agent:
            return drop(call, part), ()
        case CallAgent(part=part), Failure.UNAVAILABLE:
            return end(drop(call, part), event.at, Outcome.NOT_DIALLED, EndReason.AGENT_ABSENT)
        case CallAgent(part=part), _:
            return end(drop(call, part), event.at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED)
        case _:
            return call, ()


def preparing_found(call: Call, event: PartFound) -> Moved:
    match event.part:
        case part if part == CUSTOMER:
            return customer_created(call, CustomerCreated(event.at))
        case part if part == BRIDGE:
            return with_parts(call, PartState.UP, BRIDGE), ()
        case _:
            return call, ()


def customer_created(call: Call, event: CustomerCreated) -> Moved:
    if call.parts.get(CUSTOMER) is not PartState.REQUESTED:
        return call, ()
    return open_segment(with_parts(call, PartState.UP, CUSTOMER), event.at)


def preparing_bridge_gone(call: Call, _event: BridgeGone) -> Moved:
    # Nobody was in it; another is made when it is needed.
    return drop(call, BRIDGE), ()


def recorder_opened(call: Call, event: RecorderSeen) -> Moved:
    if event.in_bytes is None or event.out_bytes is None:
        so_far = event.at - (call.sizes_at or event.at)
        return replace(call, check_at=event.at + max(timedelta(seconds=FILE_CHECK_SECONDS), so_far / 4)), ()
    call = replace(
        call,
        state=S.DIALLING,
        entered_at=event.at,
        dialled_at=event.at,
        sizes=(event.in_bytes, event.out_bytes),
        sizes_at=event.at,
        check_at=None,
    )
    return connect(call, in_place=call.parts.get(BRIDGE) is PartState.UP)


def connect(call: Call, *, in_place: bool = False) -> Moved:
    # The switch's own limit must never end a ring before ours does, and a slow network's first sign may come just
    # before we give up waiting for it: the limit only serves while this service is dead.
    if not call.has(BRIDGE):
        call = with_parts(call, PartState.REQUESTED, BRIDGE)
    limit = 2 * (call.terms.ring_seconds + NO_REPLY_SECONDS)
    return call, (Connect(call.agent, limit, in_place, answer=call.terms.incoming),)


def recorder_not_opened(call: Call, at: datetime, detail: str) -> Moved:
    alarm = RaiseAlarm(AlarmKind.RECORDER_NOT_OPENED, detail)
    return end(call, at, Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED, alarm)


def preparing_leg_gone(call: Call, event: LegGone | PartAbsent) -> Moved:
    if is_agent(event.part) or (event.part == CUSTOMER and call.terms.incoming):
        return agent_absent(call, event)
    call = drop(call, event.part)
    if event.part == BRIDGE:
        return call, ()
    if event.part == CUSTOMER:
        return end(call, event.at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED, trunk_alarm("channel gone"))
    return recorder_not_opened(call, event.at, f"{event.part} is gone")


def trunk_alarm(detail: str) -> RaiseAlarm:
    return RaiseAlarm(AlarmKind.TRUNK_REFUSED, detail)


def preparing_recorder_ended(call: Call, event: RecordingFinished | RecordingFailed) -> Moved:
    return recorder_not_opened(recorder_over(call, event), event.at, f"{event.part} ended")


def preparing_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case CreateCustomer(), Failure.UNKNOWN:
            return call, (LookUp(CUSTOMER),)
        case CreateCustomer(), _:
            call = drop(call, CUSTOMER)
            return end(call, event.at, Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED, trunk_alarm(event.detail))
        case ((CreateSnoop(part=part) | StartRecording(part=part)), failure):
            call = call if failure is Failure.UNKNOWN else drop(call, part)
            return recorder_not_opened(call, event.at, f"{part}: {event.detail}")
        case CheckRecorder(), _:
            return replace(call, check_at=event.at + timedelta(seconds=0.5)), ()
        case OpenBridge(), failure if failure is not Failure.UNKNOWN:
            return drop(call, BRIDGE), ()
        case _:
            return call, ()


def stale_survey(call: Call, event: Surveyed) -> Moved:
    # The customer was not dialled; the gate's word may be stale by now, so the agent is let go and clicks again.
    return end(seen(call, event), event.at, Outcome.NOT_DIALLED, EndReason.SERVICE_RESTART)
