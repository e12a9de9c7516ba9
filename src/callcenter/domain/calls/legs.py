"""Which legs does a live call have? They go, are lost, join later, and are found again after a lost connection."""

from dataclasses import replace

from callcenter.domain.calls.call import (
    SUSPICION_SECONDS,
    Call,
    CallState,
    PartState,
    Renewal,
    with_parts,
)
from callcenter.domain.calls.endings import (
    Commands,
    Moved,
    agent_gone,
    another_agent,
    customer_gone,
    drop,
    end,
    seen,
)
from callcenter.domain.calls.recorder import check_in, listener_gone, recorder_ended
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentJoinAsked,
    AgentPhoneLost,
    AgentUp,
    AlarmKind,
    BridgeGone,
    CallAgent,
    CommandFailed,
    Failure,
    HangUp,
    HangupRequested,
    JoinBridge,
    LegGone,
    LegJoined,
    LookUp,
    PartAbsent,
    PartFound,
    RaiseAlarm,
    RecordingFinished,
    Sight,
    Surveyed,
    agent_leg,
    is_agent,
    is_recorder,
    is_snoop,
    number_of,
    recorder,
)
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.recording import Direction

S = CallState


def leg_gone(call: Call, event: LegGone | PartAbsent) -> Moved:
    if event.part == CUSTOMER:
        return customer_gone(call, event)
    if event.part == call.agent:
        return agent_gone(call, event)
    if is_recorder(event.part):
        return recorder_ended(call, RecordingFinished(event.at, event.part, told=False))
    call = drop(call, event.part)
    if is_snoop(event.part):
        return listener_gone(call, event.at, event.part)
    due = call.state is CallState.TALKING and call.renewal is Renewal.DUE
    return check_in(call, event.at, 0) if due and alone(call) else call, ()


def alone(call: Call) -> bool:
    """Is there no agent's leg in the bridge but the present one?"""
    return not any(
        is_agent(part) and part != call.agent and state is PartState.UP for part, state in call.parts.items()
    )


def hangup_requested(call: Call, event: HangupRequested) -> Moved:
    who = {CUSTOMER: "customer", call.agent: "agent"}.get(event.part, "")
    if who == "agent" and another_agent(call, event.part):
        return call, ()
    return replace(call, hung_up_first=call.hung_up_first or who), ()


def next_agent_leg(call: Call) -> str:
    numbers = [number_of(part) for part in (*call.parts, call.agent) if is_agent(part)]
    return agent_leg(max(numbers) + 1)


def join_asked(call: Call, event: AgentJoinAsked) -> Moved:
    part = next_agent_leg(call)
    command = CallAgent(part, event.endpoint, call.terms.agent_ring_seconds)
    return with_parts(call, PartState.REQUESTED, part), (command,)


def later_agent_up(call: Call, event: AgentUp) -> Moved:
    if event.part == call.agent or call.parts.get(event.part) is PartState.UP:
        return call, ()
    return bring_in(call, event.part)


def bring_in(call: Call, part: str) -> Moved:
    # Whoever asked last speaks: a leg asked for before the present one is of a page that is gone.
    call = with_parts(call, PartState.UP, part)
    return call, (JoinBridge(part) if number_of(part) > number_of(call.agent) else HangUp(part),)


def leg_joined(call: Call, event: LegJoined) -> Moved:
    if not call.has(event.part) or event.part == call.agent:
        return call, ()
    who = "" if call.hung_up_first == "agent" else call.hung_up_first
    old, call = call.agent, replace(call, agent=event.part, agent_lost_at=None, hung_up_first=who)
    call = replace(call, renewal=Renewal.DUE)
    if call.state is CallState.TALKING:
        # New listeners must not hear the old leg: it would set the sequence that they then expect of the new one.
        call = check_in(call, event.at, 0 if alone(call) else SUSPICION_SECONDS)
    return call, (HangUp(old),) if call.has(old) else ()


def joining_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case CallAgent(part=part), Failure.UNKNOWN:
            return call, (LookUp(part),)
        case CallAgent(part=part), _:
            return drop(call, part), ()
        case JoinBridge(part=part), _:
            return call, (HangUp(part),)
        case _:
            return call, ()


def later_found(call: Call, event: PartFound) -> Moved:
    if is_agent(event.part) and event.up:
        return later_agent_up(call, AgentUp(event.at, event.part))
    return call, ()


def phone_lost(call: Call, _event: AgentPhoneLost) -> Moved:
    # A lost registration does not silence a talk; if the audio stops too, the switch drops the leg by itself.
    return call, (RaiseAlarm(AlarmKind.AGENT_LOST, "phone not registered"),)


def bridge_gone(call: Call, event: BridgeGone) -> Moved:
    outcome = Outcome.ANSWERED if call.state is S.TALKING else Outcome.CANCELLED
    return end(drop(call, BRIDGE), event.at, outcome, EndReason.SWITCH_REFUSED)


def seen_again(call: Call, event: Surveyed) -> Moved:
    """The call with only the parts that were found; what they need, if the customer's channel is among them."""
    call = seen(call, event)
    if not call.agent_lost_at and not call.has(call.agent):
        call = replace(call, agent_lost_at=event.at)
    if not all(call.has(recorder(direction, call.segment)) for direction in Direction):
        call = replace(check_in(call, event.at, SUSPICION_SECONDS), suspect=True)
    if call.renewal is Renewal.UNDER_WAY:
        call = replace(call, renewal=Renewal.DUE)
    commands: Commands = ()
    for part in sorted(part for part in event.parts if is_agent(part) and part != call.agent):
        if event.parts[part] is Sight.UP:
            call, bringing = bring_in(call, part)
            commands += bringing
        else:
            call = with_parts(call, PartState.REQUESTED, part)
    return call, commands
