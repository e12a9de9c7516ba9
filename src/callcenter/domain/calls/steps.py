"""What follows? One call as a table-driven state machine without I/O: event in, new call and commands out.

Everything that moves a call lives here and in its neighbours: `setup.py` before the dial, `recorder.py`,
`dialling.py` with the talk, `pausing.py`, `legs.py`, `endings.py`. The table names, for each state, the events it
expects and the states each may lead to; `LATE` names those that a slow wire may still deliver and that change nothing.
An event in neither is a bug and raises IllegalTransition, with the call unchanged.

A customer who rang in goes the same way: his channel is there from the beginning, is answered where another would be
dialled, and is given back, to wait on, by a call that leads to no talk.

Agent first: the agent's phone, then the customer's channel undialled, two snoops and their recorders, and only when
both files stand the bridge and the dial.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from callcenter.domain.calls.call import (
    Call,
    CallState,
    RecorderLife,
    deadlines,
)
from callcenter.domain.calls.dialling import (
    customer_answered,
    dialling_check,
    dialling_failed,
    dialling_recorder_seen,
    dialling_surveyed,
    first_sign,
    notice_said,
    ring_over,
    talking_check,
    talking_failed,
    talking_recorder_seen,
    talking_surveyed,
)
from callcenter.domain.calls.endings import (
    Commands,
    Moved,
    drop,
    end,
    ending_command_failed,
    ending_part_up,
    ending_surveyed,
    release_all,
    switch_lost,
)
from callcenter.domain.calls.legs import (
    bridge_gone,
    hangup_requested,
    join_asked,
    later_agent_up,
    later_found,
    leg_gone,
    leg_joined,
    phone_lost,
)
from callcenter.domain.calls.pausing import muted, pause_asked, resumed, unmuted
from callcenter.domain.calls.recorder import recorder_ended, recorder_over, recording_started, snoop_up
from callcenter.domain.calls.setup import (
    agent_absent,
    agent_answered,
    agent_call_failed,
    agent_looked_up,
    customer_created,
    preparing_bridge_gone,
    preparing_failed,
    preparing_found,
    preparing_leg_gone,
    preparing_recorder_ended,
    recorder_not_opened,
    recorder_opened,
    ring_again,
    stale_survey,
    start,
)
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentJoinAsked,
    AgentPhoneBack,
    AgentPhoneLost,
    AgentUp,
    AlarmKind,
    Answered,
    BridgeGone,
    CallEvent,
    CheckRecorder,
    CommandFailed,
    CustomerCreated,
    DeadlineName,
    DeadlinePassed,
    HangUpAsked,
    HangupRequested,
    LegGone,
    LegJoined,
    NoticeSaid,
    PartAbsent,
    PartFound,
    PauseAsked,
    Progress,
    RaiseAlarm,
    RecorderSeen,
    RecordingFailed,
    RecordingFinished,
    RecordingMuted,
    RecordingStarted,
    RecordingUnmuted,
    ResumeAsked,
    Ringing,
    SnoopUp,
    Started,
    Surveyed,
    SwitchLost,
    is_recorder,
)
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.recording import PauseEnd

S = CallState


class IllegalTransition(Exception):  # noqa: N818 (a bug of ours, named as one)
    """An event that the table knows neither as expected nor as late in this state."""


def _hang_up_asked(call: Call, event: HangUpAsked) -> Moved:
    call = replace(call, hang_up_reason=event.reason, hung_up_first=call.hung_up_first or "agent")
    if call.state is S.TALKING:
        reason = EndReason.CUSTOMER if call.hung_up_first == "customer" else EndReason.AGENT
        return end(call, event.at, Outcome.ANSWERED, reason)
    return end(call, event.at, Outcome.CANCELLED, EndReason.CANCELLED)


def _deadline(call: Call, event: DeadlinePassed) -> Moved:
    due = deadlines(call).get(event.name)
    if due is None or event.at < due:
        return call, ()
    match event.name, call.state:
        case DeadlineName.AGENT_RING, _:
            return end(call, event.at, Outcome.NOT_DIALLED, EndReason.AGENT_ABSENT)
        case DeadlineName.SETUP, _:
            return recorder_not_opened(call, event.at, "not open in time")
        case DeadlineName.CHECK, _:
            return _check(replace(call, check_at=None), event.at)
        case DeadlineName.RING, _:
            return ring_over(call, event.at)
        case DeadlineName.AGENT_GRACE, _:
            outcome = Outcome.ANSWERED if call.state is S.TALKING else Outcome.CANCELLED
            alarm = RaiseAlarm(AlarmKind.AGENT_LOST)
            return end(call, event.at, outcome, EndReason.AGENT_LOST, alarm)
        case DeadlineName.MAX_TALK, _:
            closed = call.terms.talk_ends_at is not None and due == call.terms.talk_ends_at
            reason = EndReason.WINDOW_CLOSED if closed else EndReason.MAX_DURATION
            return end(call, event.at, Outcome.ANSWERED, reason)
        case DeadlineName.PAUSE, _:
            return resumed(call, event.at, PauseEnd.LIMIT)
        case _:
            return release_all(call, event.at)


def _check(call: Call, at: datetime) -> Moved:
    if call.state is S.PREPARING:
        return call, (CheckRecorder(call.segment),)
    return (talking_check if call.state is S.TALKING else dialling_check)(call, at)


def _resume_asked(call: Call, event: ResumeAsked) -> Moved:
    return resumed(call, event.at, PauseEnd.AGENT)


def _ending_recorder_over(call: Call, event: RecordingFinished | RecordingFailed) -> Moved:
    call = recorder_over(call, event)
    return drop(call, event.part), ()


def _ending_gone(call: Call, event: LegGone | PartAbsent | BridgeGone) -> Moved:
    part = BRIDGE if isinstance(event, BridgeGone) else event.part
    if isinstance(event, LegGone) and part == CUSTOMER and call.cause is None:
        call = replace(call, cause=event.cause, sip=event.sip)
    if is_recorder(part) and part in call.parts:
        call = recorder_over(call, RecordingFinished(event.at, part, told=False))
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
        RecordingFinished: _row(recorder_ended, state),
        RecordingFailed: _row(recorder_ended, state),
        LegGone: _row(leg_gone, state, *_OVER),
        PartAbsent: _row(leg_gone, state, *_OVER),
        PartFound: _row(later_found, state),
        HangupRequested: _row(hangup_requested, state),
        HangUpAsked: _row(_hang_up_asked, S.ENDING),
        AgentJoinAsked: _row(join_asked, state),
        AgentUp: _row(later_agent_up, state),
        LegJoined: _row(leg_joined, state),
        AgentPhoneLost: _row(phone_lost, state),
        BridgeGone: _row(bridge_gone, S.ENDING),
        DeadlinePassed: _row(_deadline, state, S.ENDING),
        SwitchLost: _row(switch_lost, S.ENDED),
    }
    for state in (S.DIALLING, S.TALKING)
}

TABLE: Mapping[CallState, Mapping[type[CallEvent], Row]] = {
    S.NEW: {
        Started: _row(start, S.AGENT_RINGING),
        HangUpAsked: _row(_hang_up_asked, S.ENDED),
        Surveyed: _row(stale_survey, *_OVER),
        SwitchLost: _row(switch_lost, S.ENDED),
    },
    S.AGENT_RINGING: {
        AgentUp: _row(agent_answered, S.AGENT_RINGING, S.PREPARING),
        LegGone: _row(agent_absent, S.AGENT_RINGING, *_OVER),
        PartAbsent: _row(agent_absent, S.AGENT_RINGING, *_OVER),
        PartFound: _row(agent_looked_up, S.AGENT_RINGING, S.PREPARING),
        HangupRequested: _row(hangup_requested, S.AGENT_RINGING),
        AgentJoinAsked: _row(ring_again, S.AGENT_RINGING),
        HangUpAsked: _row(_hang_up_asked, S.ENDING),
        CommandFailed: _row(agent_call_failed, S.AGENT_RINGING, *_OVER),
        DeadlinePassed: _row(_deadline, S.AGENT_RINGING, S.ENDING),
        Surveyed: _row(stale_survey, *_OVER),
        SwitchLost: _row(switch_lost, S.ENDED),
    },
    S.PREPARING: {
        CustomerCreated: _row(customer_created, S.PREPARING),
        SnoopUp: _row(snoop_up, S.PREPARING),
        RecordingStarted: _row(recording_started, S.PREPARING),
        RecordingFinished: _row(preparing_recorder_ended, S.ENDING),
        RecordingFailed: _row(preparing_recorder_ended, S.ENDING),
        RecorderSeen: _row(recorder_opened, S.PREPARING, S.DIALLING),
        LegGone: _row(preparing_leg_gone, S.PREPARING, S.ENDING),
        PartAbsent: _row(preparing_leg_gone, S.PREPARING, S.ENDING),
        PartFound: _row(preparing_found, S.PREPARING),
        BridgeGone: _row(preparing_bridge_gone, S.PREPARING),
        HangupRequested: _row(hangup_requested, S.PREPARING),
        HangUpAsked: _row(_hang_up_asked, S.ENDING),
        CommandFailed: _row(preparing_failed, S.PREPARING, S.ENDING),
        DeadlinePassed: _row(_deadline, S.PREPARING, S.ENDING),
        Surveyed: _row(stale_survey, *_OVER),
        SwitchLost: _row(switch_lost, S.ENDED),
    },
    S.DIALLING: {
        **_LIVE_ROWS[S.DIALLING],
        Ringing: _row(first_sign, S.DIALLING),
        Progress: _row(first_sign, S.DIALLING),
        Answered: _row(customer_answered, S.TALKING),
        RecorderSeen: _row(dialling_recorder_seen, S.DIALLING, S.ENDING),
        CommandFailed: _row(dialling_failed, S.DIALLING, S.ENDING),
        Surveyed: _row(dialling_surveyed, S.DIALLING, S.TALKING, *_OVER),
    },
    S.TALKING: {
        **_LIVE_ROWS[S.TALKING],
        NoticeSaid: _row(notice_said, S.TALKING),
        SnoopUp: _row(snoop_up, S.TALKING),
        RecordingStarted: _row(recording_started, S.TALKING),
        PauseAsked: _row(pause_asked, S.TALKING),
        ResumeAsked: _row(_resume_asked, S.TALKING),
        RecordingMuted: _row(muted, S.TALKING),
        RecordingUnmuted: _row(unmuted, S.TALKING),
        RecorderSeen: _row(talking_recorder_seen, S.TALKING, S.ENDING),
        CommandFailed: _row(talking_failed, S.TALKING),
        Surveyed: _row(talking_surveyed, S.TALKING, *_OVER),
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

_SEEN_ONLY = (NoticeSaid, HangupRequested, AgentPhoneLost, AgentPhoneBack, Ringing, Progress, Answered)
_OF_A_TALK = (PauseAsked, ResumeAsked)
_MUTING = (*_OF_A_TALK, RecordingMuted, RecordingUnmuted)

LATE: Mapping[CallState, frozenset[type[CallEvent]]] = {
    S.NEW: frozenset({*_OF_A_TALK, AgentJoinAsked, AgentPhoneLost, AgentPhoneBack}),
    S.AGENT_RINGING: frozenset({*_OF_A_TALK, AgentPhoneLost, AgentPhoneBack}),
    S.PREPARING: frozenset({*_OF_A_TALK, AgentUp, AgentJoinAsked, AgentPhoneLost, AgentPhoneBack}),
    # A second sight of what the command's answer already told.
    S.DIALLING: frozenset({*_OF_A_TALK, CustomerCreated, SnoopUp, RecordingStarted, AgentPhoneBack}),
    S.TALKING: frozenset({CustomerCreated, Ringing, Progress, Answered, AgentPhoneBack}),
    S.ENDING: frozenset({*_SEEN_ONLY, *_MUTING, HangUpAsked, AgentJoinAsked, RecorderSeen}),
    S.ENDED: frozenset(
        {
            *_SEEN_ONLY,
            *_MUTING,
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
