"""The words of a call: its parts on the switch, the events it may see, the commands that may follow.

An event says what happened, never what to do. A command asks the switch, or our own side, for one thing; commands
of one step do not depend on one another and may run at the same time. What a command leads to comes back as an
event, its failure too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callcenter.domain.recording import Direction, PauseReason

CUSTOMER = "c"
BRIDGE = "b"
NOTICE = "n"
"""What is said to the customer of the recording, before the talk."""
_LETTER = {Direction.IN: "i", Direction.OUT: "o"}
_DIRECTION = {letter: direction for direction, letter in _LETTER.items()}


def agent_leg(number: int) -> str:
    """The agent's channel; number is 1 for the first, and one more for each that joins later."""
    return f"a{number}"


def snoop(direction: Direction, segment: int) -> str:
    """The snoop channel that listens on the customer's channel in one direction."""
    return f"s{_LETTER[direction]}{segment}"


def recorder(direction: Direction, segment: int) -> str:
    """The live recording of one snoop; also the last part of its file's name."""
    return f"r{_LETTER[direction]}{segment}"


def is_agent(part: str) -> bool:
    return part.startswith("a")


def is_snoop(part: str) -> bool:
    return part.startswith("s")


def is_recorder(part: str) -> bool:
    return part.startswith("r")


def direction_of(part: str) -> Direction:
    """Of a snoop or a recorder."""
    return _DIRECTION[part[1]]


def number_of(part: str) -> int:
    """The segment of a snoop or recorder, the number of an agent's leg."""
    return int(part.lstrip("asrio"))


class Failure(StrEnum):
    """How a command failed: it never left, the switch said no, or it may have happened."""

    NOT_SENT = "not_sent"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


class DeadlineName(StrEnum):
    AGENT_RING = "agent_ring"
    SETUP = "setup"
    CHECK = "check"
    RING = "ring"
    AGENT_GRACE = "agent_grace"
    MAX_TALK = "max_talk"
    RELEASE = "release"
    PAUSE = "pause"


class AlarmKind(StrEnum):
    RECORDER_NOT_OPENED = "recorder_not_opened"
    RECORDER_STALLED = "recorder_stalled"
    RECORDER_ENDED_EARLY = "recorder_ended_early"
    TRUNK_REFUSED = "trunk_refused"
    AGENT_LOST = "agent_lost"
    SWITCH_LOST = "switch_lost"
    NOTICE_FAILED = "notice_failed"
    RECORDER_NOT_PAUSED = "recorder_not_paused"
    RECORDER_NOT_RESUMED = "recorder_not_resumed"


@dataclass(frozen=True, slots=True)
class Event:
    """at: UTC instant by the clock of whoever saw it."""

    at: datetime


# --- what people and the service ask ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started(Event):
    """The attempt is committed; the call may begin."""


@dataclass(frozen=True, slots=True)
class HangUpAsked(Event):
    """The agent asks to end the call, or to cancel it while it rings; asked and allowed before (may_cancel)."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class AgentJoinAsked(Event):
    """The agent's page was loaded again, or another agent takes over: a new leg joins before the old one goes."""

    endpoint: str


@dataclass(frozen=True, slots=True)
class PauseAsked(Event):
    """The recorder is not to take what is said from now on; asked and allowed before (may_pause). by: agent's id.
    kind, reason: see Pause.
    """

    by: str
    reason: str
    kind: PauseReason = PauseReason.OTHER


@dataclass(frozen=True, slots=True)
class ResumeAsked(Event):
    """The recorder is to take again what is said."""


@dataclass(frozen=True, slots=True)
class DeadlinePassed(Event):
    name: DeadlineName


# --- what the switch tells --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AgentUp(Event):
    part: str


@dataclass(frozen=True, slots=True)
class CustomerCreated(Event):
    """The customer's channel stands, not yet dialled."""


@dataclass(frozen=True, slots=True)
class SnoopUp(Event):
    part: str


@dataclass(frozen=True, slots=True)
class RecordingStarted(Event):
    part: str


@dataclass(frozen=True, slots=True)
class RecordingFinished(Event):
    """The switch stopped writing. told is False where that is inferred from its absence."""

    part: str
    told: bool = True


@dataclass(frozen=True, slots=True)
class RecordingFailed(Event):
    part: str
    cause: str


@dataclass(frozen=True, slots=True)
class RecordingMuted(Event):
    """The switch writes silence, as long as what it does not write."""

    part: str


@dataclass(frozen=True, slots=True)
class RecordingUnmuted(Event):
    """The switch writes what it hears."""

    part: str


@dataclass(frozen=True, slots=True)
class Ringing(Event):
    """The customer's phone rings, as the network tells."""


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """Early media comes from the customer's network: its own ring-back, or an announcement."""


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """The customer answered."""


@dataclass(frozen=True, slots=True)
class NoticeSaid(Event):
    """The notice of the recording has been said to the customer; whole: to its end."""

    whole: bool


@dataclass(frozen=True, slots=True)
class HangupRequested(Event):
    """A leg's own end asked to hang up, before it is gone."""

    part: str


@dataclass(frozen=True, slots=True)
class LegGone(Event):
    """A channel is destroyed. cause: Q.850; sip: last SIP status; both None where the end was not seen."""

    part: str
    cause: int | None = None
    sip: int | None = None


@dataclass(frozen=True, slots=True)
class BridgeGone(Event):
    """The bridge is destroyed."""


@dataclass(frozen=True, slots=True)
class AgentPhoneLost(Event):
    """The agent's phone lost its registration."""


@dataclass(frozen=True, slots=True)
class AgentPhoneBack(Event):
    """The agent's phone is registered again."""


# --- what comes back from commands ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommandFailed(Event):
    command: "Command"
    failure: Failure
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PartAbsent(Event):
    """Asked for, the switch says: there is no such part."""

    part: str


@dataclass(frozen=True, slots=True)
class PartFound(Event):
    """Asked for, the switch says: it is there. up: a channel that is answered."""

    part: str
    up: bool


@dataclass(frozen=True, slots=True)
class LegJoined(Event):
    """A later agent's leg is in the bridge and hears the customer."""

    part: str


@dataclass(frozen=True, slots=True)
class RecorderSeen(Event):
    """The sizes of a segment's two files, in bytes; None for a file that is not there."""

    segment: int
    in_bytes: int | None
    out_bytes: int | None


# --- what is seen after a connection was lost -------------------------------------------------------------------


class Sight(StrEnum):
    """How a part was found. For channels: DOWN created, RINGING, UP; for bridges and recorders: UP. DIALLED, of the
    customer's channel alone: the dial was sent, and the network has not yet told that it rings.
    """

    DOWN = "down"
    DIALLED = "dialled"
    RINGING = "ringing"
    UP = "up"


@dataclass(frozen=True, slots=True)
class Surveyed(Event):
    """After a connect: everything of this call that is on the switch, and nothing else is."""

    parts: Mapping[str, Sight] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SwitchLost(Event):
    """The switch was restarted: nothing of before is left on it. at: when it was last known to live."""


CallEvent = (
    Started
    | HangUpAsked
    | AgentJoinAsked
    | PauseAsked
    | ResumeAsked
    | DeadlinePassed
    | AgentUp
    | CustomerCreated
    | SnoopUp
    | RecordingStarted
    | RecordingFinished
    | RecordingFailed
    | RecordingMuted
    | RecordingUnmuted
    | Ringing
    | Progress
    | Answered
    | NoticeSaid
    | HangupRequested
    | LegGone
    | BridgeGone
    | AgentPhoneLost
    | AgentPhoneBack
    | CommandFailed
    | PartAbsent
    | PartFound
    | LegJoined
    | RecorderSeen
    | Surveyed
    | SwitchLost
)


# --- commands ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallAgent:
    """Originate the agent's phone under this part's name. timeout_seconds: how long it may ring."""

    part: str
    endpoint: str
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class CreateCustomer:
    """Create the customer's channel without dialling it."""

    endpoint: str
    caller_id: str


@dataclass(frozen=True, slots=True)
class CreateSnoop:
    part: str


@dataclass(frozen=True, slots=True)
class StartRecording:
    """Record the snoop of the same direction and segment."""

    part: str


@dataclass(frozen=True, slots=True)
class OpenBridge:
    """Make the bridge, with nobody in it yet; answered by PartFound."""


@dataclass(frozen=True, slots=True)
class Connect:
    """Bridge the agent's leg and the customer's channel, then dial it. Safe to repeat: what stands stays, and a
    channel that was dialled is not dialled again. ring_seconds: the switch's own limit, a backstop to ours. in_place:
    the bridge was opened and nobody was brought into it yet, so nothing has to be looked for. answer: the customer
    rang in, and is answered instead; that is told as Answered.
    """

    agent: str
    ring_seconds: int
    in_place: bool = False
    answer: bool = False


@dataclass(frozen=True, slots=True)
class JoinBridge:
    """Bring a later agent's leg into the standing bridge; answered by LegJoined."""

    part: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Destroy a channel. cause: the Q.850 code to give. An absent one is answered by PartAbsent."""

    part: str
    cause: int = 16


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The channel of a customer who rang in leaves the call unharmed, and waits as before. Answered by PartAbsent."""


@dataclass(frozen=True, slots=True)
class SayNotice:
    """Say these sounds to the customer, of the recording; answered by NoticeSaid."""

    sounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StopRecording:
    """Stop and keep what was recorded. An absent one is answered by PartAbsent."""

    part: str


@dataclass(frozen=True, slots=True)
class MuteRecording:
    """Write silence, not what is heard. Safe to repeat. Answered by RecordingMuted; an absent one by PartAbsent."""

    part: str


@dataclass(frozen=True, slots=True)
class UnmuteRecording:
    """Write what is heard. Safe to repeat. Answered by RecordingUnmuted; an absent one by PartAbsent."""

    part: str


@dataclass(frozen=True, slots=True)
class DestroyBridge:
    """Answered by BridgeGone, or by PartAbsent."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """Is this part on the switch? Answered by PartFound or PartAbsent."""

    part: str


@dataclass(frozen=True, slots=True)
class CheckRecorder:
    """How large are the two files of this segment? Answered by RecorderSeen."""

    segment: int


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    kind: AlarmKind
    detail: str = ""


Command = (
    CallAgent
    | CreateCustomer
    | CreateSnoop
    | StartRecording
    | OpenBridge
    | Connect
    | JoinBridge
    | HangUp
    | GiveBack
    | SayNotice
    | StopRecording
    | MuteRecording
    | UnmuteRecording
    | DestroyBridge
    | LookUp
    | CheckRecorder
    | RaiseAlarm
)
