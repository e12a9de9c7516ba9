"""The recording of one attempt: its raw parts, the file that is kept, and every step of its life."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Direction(StrEnum):
    """IN: what the customer and his network said, the left channel. OUT: what he heard, the right channel."""

    IN = "in"
    OUT = "out"


class RecordingState(StrEnum):
    """Every step is also a row of its own. VERIFIED and MISSING are the two ends; MISSING has a reason."""

    REQUESTED = "requested"
    STARTED = "started"
    STOPPED = "stopped"
    STORED = "stored"
    VERIFIED = "verified"
    MISSING = "missing"


class MissingReason(StrEnum):
    NOT_DIALLED = "not_dialled"
    NEVER_STARTED = "never_started"
    RAW_FILE_ABSENT = "raw_file_absent"
    RAW_FILE_EMPTY = "raw_file_empty"
    RAW_FILE_UNREADABLE = "raw_file_unreadable"
    ARCHIVE_FILE_ABSENT = "archive_file_absent"
    ARCHIVE_FILE_CHANGED = "archive_file_changed"
    OTHER_PHONE = "other_phone"


class RecordingWarning(StrEnum):
    """What a person should know of a recording that is kept. SEGMENTS_OVERLAP: two parts of one channel told
    of the same moment, the later one was taken. LONGER_THAN_TOLD: a raw file holds more than the switch's
    times allow. CLOCK_JUMPED: a gap too long to be true was closed. OTHER_FILE_KEPT: another file of this
    attempt was there already and stays.
    """

    SEGMENT_ABSENT = "segment_absent"
    ONE_DIRECTION_ABSENT = "one_direction_absent"
    PART_UNREADABLE = "part_unreadable"
    SEGMENTS_OVERLAP = "segments_overlap"
    LONGER_THAN_TOLD = "longer_than_told"
    CLOCK_JUMPED = "clock_jumped"
    RATES_DIFFER = "rates_differ"
    TAIL_LOST = "tail_lost"
    OTHER_FILE_KEPT = "other_file_kept"


class NotTakenWhy(StrEnum):
    """Why a file is no recording that could be handed in. DAMAGED: cut off, or not decoded to its end within the time
    and memory that a true recording needs.
    """

    NO_SOUND = "no_sound"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    VIDEO = "video"
    DAMAGED = "damaged"


class PauseEnd(StrEnum):
    """What ended a pause. LIMIT: the policy's longest. CALL: the end of the call. FAILED: the recorder was not paused
    at all, and what was said meanwhile may be in the file.
    """

    AGENT = "agent"
    LIMIT = "limit"
    CALL = "call"
    FAILED = "failed"


class PauseReason(StrEnum):
    """Why a recording is paused. SECRETS: card or account data, or a password, is told. PRIVATE: the customer asks for
    it. OTHER: as the agent says in his own words.
    """

    SECRETS = "secrets"
    PRIVATE = "private"
    OTHER = "other"


class AudioFormat(StrEnum):
    FLAC = "flac"
    WAV = "wav"
    OPUS = "opus"


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch of a talk that is silence in the file, on purpose, and as long there as it lasted. began_at, ended_at:
    UTC; None while it lasts. by: the agent's id. kind: the reason that he chose. reason: his own words, which OTHER
    needs.
    """

    began_at: datetime
    reason: str
    by: str
    ended_at: datetime | None = None
    ended_by: PauseEnd | None = None
    kind: PauseReason = PauseReason.OTHER


@dataclass(frozen=True, slots=True)
class Fallback:
    """The mark of a recording that was made on another phone and handed in (C6-21). phone: which one. name, sha256: of
    the file as it was sent. added_at: UTC; added_by: the login.
    """

    phone: str
    name: str
    sha256: str
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class AdoptOrder:
    """Keep a file as the recording of this attempt. made_at: UTC, its first sample. tags: written into the file."""

    attempt_id: str
    made_at: datetime
    tags: dict[str, str]
    longest_seconds: int


@dataclass(frozen=True, slots=True)
class RawPart:
    """One mono WAV file that Asterisk writes. segment: 1-based. started_at, finished_at: UTC, by the switch's
    clock; finished_at is None when its end was not told (the switch died).
    """

    name: str
    direction: Direction
    segment: int
    started_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ArchiveOrder:
    """Make one stereo file of these parts. tags: ids and times, written into the file. ended_at: UTC, the
    last instant at which the switch is known to have recorded; measures the lost tail of parts whose end was
    not told.
    """

    attempt_id: str
    started_at: datetime
    parts: tuple[RawPart, ...]
    format: AudioFormat
    tags: dict[str, str]
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Levels:
    """One channel: peak and rms in dBFS (0 is full scale, -120 stands for digital silence), and the share of
    100 ms blocks below the silence threshold, 0..1.
    """

    peak_dbfs: float
    rms_dbfs: float
    silent_share: float


@dataclass(frozen=True, slots=True)
class KeptRecording:
    """The file that is kept. path: relative to the archive. sha256: of the file's bytes. started_at: UTC
    instant of its first sample. repaired: a header had to be mended. lost_tail_ms: what the raw files lack
    against the times the switch told, 0 when nothing. warnings: what a person should know (RecordingWarning).
    unread: names of raw parts that hold bytes but no readable sound; they are not in the file and must not be
    discarded.
    """

    path: str
    format: AudioFormat
    sha256: str
    size_bytes: int
    duration_ms: int
    sample_rate: int
    started_at: datetime
    left: Levels
    right: Levels
    segments: int
    repaired: bool
    lost_tail_ms: int
    warnings: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def place_of(self, at: datetime) -> int:
        """Where in the file this instant is, in ms; its beginning or its end for what is outside."""
        return min(max(0, round((at - self.started_at).total_seconds() * 1000)), self.duration_ms)


class RecordingMissingError(Exception):
    """There is nothing to keep: the reason goes into the recording's row."""

    def __init__(self, reason: MissingReason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class NotTakenError(Exception):
    """The file is no recording that could be kept."""

    def __init__(self, why: NotTakenWhy) -> None:
        super().__init__(str(why))
        self.why = why


class RecordingGoneError(Exception):
    """A file that was kept is absent, or is not the one that was kept."""

    def __init__(self, reason: MissingReason) -> None:
        super().__init__(str(reason))
        self.reason = reason


class ArchiveFullError(Exception):
    """The archive cannot take the file; the raw parts stay where they are and the work is tried again later."""
