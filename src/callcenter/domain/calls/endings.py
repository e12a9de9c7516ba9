"""How does a call end, and how is everything it had on the switch given back?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.calls.call import (
    RELEASE_SECONDS,
    Call,
    CallState,
    PartState,
    RecorderLife,
    with_parts,
    without_parts,
)
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AlarmKind,
    CallAgent,
    Command,
    CommandFailed,
    CreateCustomer,
    CreateSnoop,
    DestroyBridge,
    Failure,
    GiveBack,
    HangUp,
    LegGone,
    LookUp,
    PartAbsent,
    RaiseAlarm,
    StartRecording,
    StopRecording,
    Surveyed,
    SwitchLost,
    is_agent,
    is_recorder,
    is_snoop,
)
from callcenter.domain.outcomes import REASON_CODES, EndReason, NetworkSigns, Outcome, outcome_of
from callcenter.domain.recording import PauseEnd

Commands = tuple[Command, ...]
Moved = tuple[Call, Commands]

NORMAL_CLEARING = 16
RTP_TIMEOUT_CAUSE = 44
"""What the switch gives when it drops a leg from which no audio came for too long."""


def drop(call: Call, part: str) -> Call:
    """Without this part; a call that is ending and has none left has ended."""
    call = without_parts(call, [part])
    if call.state is CallState.ENDING and not call.parts:
        return replace(call, state=CallState.ENDED, check_at=None)
    return call


def seen(call: Call, event: Surveyed) -> Call:
    """With the parts that were found and no others; what recorders did out of sight is caught up with."""
    lives, muted = dict(call.recorders), tuple(part for part in call.muted if part in event.parts)
    for part in (*call.parts, *event.parts):
        if is_recorder(part):
            life = lives.get(part, RecorderLife())
            there = part in event.parts
            lives[part] = replace(life, started_at=life.started_at or event.at) if there else replace(life, ended=True)
    return replace(call, parts=dict.fromkeys(event.parts, PartState.UP), recorders=lives, muted=muted)


def pause_ended(call: Call, at: datetime, by: PauseEnd) -> Call:
    """The pause of the recording that lasts, if one does, is over. An end may be told later than it came: not before
    the pause began.
    """
    if call.pause is None:
        return call
    ended = replace(call.pause, ended_at=max(at, call.pause.began_at), ended_by=by)
    return replace(call, pauses=(*call.pauses[:-1], ended))


def end(call: Call, at: datetime, outcome: Outcome, reason: EndReason, alarm: RaiseAlarm | None = None) -> Moved:
    """Decide the outcome and give everything back."""
    call = replace(
        pause_ended(call, at, PauseEnd.CALL),
        state=CallState.ENDING if call.parts else CallState.ENDED,
        entered_at=at,
        ended_at=at,
        outcome=outcome,
        end_reason=reason,
        check_at=at + timedelta(seconds=RELEASE_SECONDS) if call.parts else None,
        agent_lost_at=None,
    )
    alarms = (alarm,) if alarm else ()
    # Snoops and recorders end by themselves with the customer's channel, and so keep its last sound.
    listening = call.has(CUSTOMER) and not waits_on(call)
    first = [part for part in call.parts if not (listening and (is_snoop(part) or is_recorder(part)))]
    return call, (*alarms, *_releases(call, first))


def _releases(call: Call, parts: Iterable[str]) -> Commands:
    cause = REASON_CODES.get(call.end_reason, 16) if call.end_reason else 16
    return tuple(_release(call, part, cause) for part in sorted(parts))


def waits_on(call: Call) -> bool:
    """Does the customer wait on, to be offered to somebody else? So does one who rang in and was not talked with."""
    return call.terms.incoming and call.outcome is not Outcome.ANSWERED


def _release(call: Call, part: str, cause: int) -> Command:
    if part == CUSTOMER and waits_on(call):
        return GiveBack()
    if part == BRIDGE:
        return DestroyBridge()
    if is_recorder(part):
        return StopRecording(part)
    return HangUp(part, cause)


def release_all(call: Call, at: datetime) -> Moved:
    """Ask again for everything that is still there."""
    return replace(call, check_at=at + timedelta(seconds=RELEASE_SECONDS)), _releases(call, call.parts)


def ending_part_up(call: Call, part: str) -> Moved:
    """Something came up after the end was decided: give it back too."""
    return with_parts(call, PartState.UP, part), _releases(call, [part])


def ending_command_failed(call: Call, event: CommandFailed) -> Moved:
    match event.command, event.failure:
        case CreateCustomer(), Failure.UNKNOWN:
            return call, (LookUp(CUSTOMER),)
        case CreateCustomer(), _:
            return drop(call, CUSTOMER), ()
        case ((CallAgent(part=part) | CreateSnoop(part=part) | StartRecording(part=part)), Failure.UNKNOWN):
            return call, (LookUp(part),)
        case ((CallAgent(part=part) | CreateSnoop(part=part) | StartRecording(part=part)), _):
            return drop(call, part), ()
        case _:
            return call, ()


def ending_surveyed(call: Call, event: Surveyed) -> Moved:
    call = seen(call, event)
    if not call.parts:
        return replace(call, state=CallState.ENDED, check_at=None), ()
    return release_all(call, event.at)


def switch_lost(call: Call, event: SwitchLost) -> Moved:
    """Nothing is left on the switch. A talk keeps its outcome; a dial whose answer was never seen is unknown."""
    lives = {
        part: life if life.ended else replace(life, ended=True, finished_at=None)
        for part, life in call.recorders.items()
    }
    lost = replace(call, parts={}, recorders=lives, check_at=None)
    if call.state is CallState.ENDING:
        return replace(lost, state=CallState.ENDED), ()
    outcome = {CallState.TALKING: Outcome.ANSWERED, CallState.DIALLING: Outcome.UNKNOWN}
    alarm = RaiseAlarm(AlarmKind.SWITCH_LOST)
    return end(lost, event.at, outcome.get(call.state, Outcome.NOT_DIALLED), EndReason.SWITCH_LOST, alarm)


def customer_gone(call: Call, event: LegGone | PartAbsent) -> Moved:
    """The customer's channel is gone: from a talk, or before an answer, with what the network said."""
    cause, sip = (event.cause, event.sip) if isinstance(event, LegGone) else (None, None)
    call = replace(drop(call, CUSTOMER), cause=cause, sip=sip)
    if call.state is CallState.TALKING:
        return end(call, event.at, Outcome.ANSWERED, _who_ended_the_talk(call, cause))
    if call.terms.incoming:
        return gave_up(call, event.at)
    signs = NetworkSigns(cause, sip, rang=call.ringing_at is not None, progressed=call.progress_at is not None)
    outcome = outcome_of(signs, call.terms.outcome_rules)
    reason = EndReason.UNSEEN if outcome is Outcome.UNKNOWN else EndReason.NETWORK
    return end(call, event.at, outcome, reason)


def gave_up(call: Call, at: datetime) -> Moved:
    """A customer who rang in hung up before anybody talked with him."""
    return end(drop(call, CUSTOMER), at, Outcome.CANCELLED, EndReason.CUSTOMER)


def _who_ended_the_talk(call: Call, cause: int | None) -> EndReason:
    if call.hung_up_first == "agent":
        return EndReason.AGENT
    asked = call.hung_up_first == "customer" and cause != RTP_TIMEOUT_CAUSE
    return EndReason.CUSTOMER if asked or cause in {None, NORMAL_CLEARING} else EndReason.NETWORK


def another_agent(call: Call, part: str) -> bool:
    """Is there an agent's leg beside this one, or one on its way?"""
    return any(is_agent(other) for other in call.parts if other != part)


def agent_gone(call: Call, event: LegGone | PartAbsent) -> Moved:
    """The agent's leg is gone. One that hung up ends the call; one that was lost may come back within the grace."""
    call = drop(call, event.part)
    cause = event.cause if isinstance(event, LegGone) else None
    another_comes = another_agent(call, event.part)
    hung_up = call.hung_up_first == "agent" and cause != RTP_TIMEOUT_CAUSE
    if not hung_up or another_comes:
        return replace(call, agent_lost_at=call.agent_lost_at or event.at), ()
    outcome = Outcome.ANSWERED if call.state is CallState.TALKING else Outcome.CANCELLED
    return end(call, event.at, outcome, EndReason.AGENT)
