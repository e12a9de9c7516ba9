"""What is looked for among the evidence, and what is found: attempts, visit logs, recordings, used-up callbacks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Case
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.visits.exhaustion import Decision
from callcenter.domain.visits.records import LogRecord, RecordingRecord

Place = tuple[datetime, str]
"""Where a page of a list ended: the sort values of its last item."""


@dataclass(frozen=True, slots=True)
class AttemptSearch:
    """Which attempts; what is empty or None does not matter. since, until: UTC, of the dial, `until` excluded.
    number_tail: last digits of the number. customer: a part of name or organisation, case does not matter.
    """

    callback_id: str = ""
    agent_id: str = ""
    plan_id: str = ""
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None
    number_tail: str = ""
    customer: str = ""


@dataclass(frozen=True, slots=True)
class LogSearch:
    """text: a part of what was written into the log, or of the customer's name; case does not matter."""

    attempts: AttemptSearch = field(default_factory=AttemptSearch)
    open_only: bool = False
    disposition: Disposition | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class RecordingSearch:
    """missing: only calls that were dialled and have no recording. flawed: only files that lack something, or of which
    one should know something. min_duration_ms: of the kept file; 0 for any. paused: only those that were paused.
    fallback: only those that were made on another phone.
    """

    attempts: AttemptSearch = field(default_factory=AttemptSearch)
    disposition: Disposition | None = None
    state: RecordingState | None = None
    reason: MissingReason | None = None
    missing: bool = False
    flawed: bool = False
    min_duration_ms: int = 0
    paused: bool = False
    fallback: bool = False


@dataclass(frozen=True, slots=True)
class AttemptFound:
    """An attempt with the names that people know, and how far its evidence is. recording: None where the books hold
    none. log_open: None while there is no log.
    """

    attempt: Attempt
    plan_id: str
    plan: str
    customer_id: str
    customer: str
    organisation: str
    agent: str
    recording: RecordingState | None
    reason: MissingReason | None
    log_open: bool | None


@dataclass(frozen=True, slots=True)
class LogFound:
    attempt: AttemptFound
    record: LogRecord


@dataclass(frozen=True, slots=True)
class RecordingFound:
    """record: without its steps."""

    attempt: AttemptFound
    record: RecordingRecord
    disposition: Disposition | None


@dataclass(frozen=True, slots=True)
class StoppedSearch:
    """Callbacks whose round is used up; closed: instead those that a supervisor has closed. number_wanted: only those
    that wait for a new number.
    """

    closed: bool = False
    plan_id: str = ""
    reason: str = ""
    customer: str = ""
    number_wanted: bool = False


@dataclass(frozen=True, slots=True)
class StoppedFound:
    """A callback that waits for a decision, or was closed; its attempts and earlier decisions, the oldest first."""

    case: Case
    attempts: tuple[Attempt, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Accounted:
    """What became of the recordings of all attempts that began within one span of time.

    dials: all but those that were never dialled; each is verified, stored, pending, missing or unaccounted.
    talks: dials that were answered; talks_missing: those of them without a recording. missing: by reason. flawed: files
    that are kept and lack something, or of which one should know something, among the verified and stored.
    unaccounted: attempts of which the books hold no recording at all; there are none, unless the books were tampered
    with.
    """

    attempts: int = 0
    not_dialled: int = 0
    talks: int = 0
    verified: int = 0
    stored: int = 0
    pending: int = 0
    talks_missing: int = 0
    unaccounted: int = 0
    flawed: int = 0
    missing: Mapping[MissingReason, int] = field(default_factory=dict)

    @property
    def dials(self) -> int:
        return self.attempts - self.not_dialled

    @property
    def complete(self) -> bool:
        """Has every dial its recording, proven?"""
        return self.verified == self.dials
