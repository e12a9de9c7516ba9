"""What the database keeps of attempts and recordings, as it is read back: values only."""

from dataclasses import dataclass
from datetime import date, datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.call import Call
from callcenter.domain.recording import KeptRecording, MissingReason, RecordingState


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """An attempt with the call it caused, as last saved."""

    attempt: Attempt
    call: Call


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
    """The recording of an attempt. reason: why it is missing. keep_until: not deleted before this day."""

    attempt_id: str
    state: RecordingState
    reason: MissingReason | None
    kept: KeptRecording | None
    keep_until: date | None
    steps: tuple[RecordingStep, ...] = ()
