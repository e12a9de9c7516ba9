"""What the database keeps of attempts and recordings, as it is read back: values only."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call
from callcenter.domain.recording import Fallback, KeptRecording, MissingReason, Pause, RecordingState
from callcenter.domain.visits.visitlog import VisitLog


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """An attempt with the call it caused, as last saved."""

    attempt: Attempt
    call: Call


@dataclass(frozen=True, slots=True)
class Dials:
    """What was dialled before, or is just now. of_callback: its attempts, the oldest first. number_live, agent_busy:
    is this number, is this agent, in a call? agent_on_break: he does not work just now.
    """

    of_callback: tuple[Attempt, ...]
    number_live: bool
    agent_busy: bool
    agent_on_break: bool = False


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One event of an attempt, as it was handled. at: UTC. detail: the event's values, JSON."""

    at: datetime
    event: str
    detail: str


@dataclass(frozen=True, slots=True)
class RecordingStep:
    """One step of a recording's life. at: UTC."""

    at: datetime
    state: RecordingState
    detail: str


@dataclass(frozen=True, slots=True)
class RecordingRecord:
    """The recording of an attempt. reason: why it is missing. keep_until: UTC, not deleted before. pauses: in the order
    of time; what was said in them is not in the file. fallback: the file was made on another phone, and handed in.
    """

    attempt_id: str
    state: RecordingState
    reason: MissingReason | None
    kept: KeptRecording | None
    keep_until: datetime | None
    steps: tuple[RecordingStep, ...] = ()
    pauses: tuple[Pause, ...] = ()
    fallback: Fallback | None = None


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A visit log as it stands. closed_at: UTC, None while it is open. keep_until: UTC, not deleted before. version:
    named by every change, so that nobody overwrites what another wrote meanwhile.
    """

    log: VisitLog
    version: int
    closed_at: datetime | None
    keep_until: datetime
