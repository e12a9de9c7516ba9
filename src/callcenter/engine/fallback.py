"""The recording of a call on another phone: handed in, kept as any other, marked as what it is (C6-21)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from callcenter.domain.recording import AdoptOrder, Fallback, KeptRecording, MissingReason, RecordingState
from callcenter.domain.visits.fallback import LONGEST_SECONDS, AttachMistake, why_not_attached
from callcenter.domain.visits.records import AttemptRecord, RecordingRecord
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AttemptStore, RecordingStore

LONGEST_NAME = 120


class Adopter(Protocol):
    """Where recordings are kept."""

    async def adopt(self, source: Path, order: AdoptOrder) -> KeptRecording:
        """Listen through, encode and place; safe to repeat. Raises NotTakenError, ArchiveFullError."""

    async def digest(self, source: Path) -> str:
        """SHA-256 of its bytes."""

    async def verify(self, path: str, sha256: str, size_bytes: int) -> MissingReason | None:
        """None when the file is there and unchanged."""


class NotAttachedError(Exception):
    """why: what keeps it from being handed in."""

    def __init__(self, why: AttachMistake) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class FallbackParts:
    """keep_until: the UTC instant before which nothing of this attempt may go."""

    attempts: AttemptStore
    recordings: RecordingStore
    archive: Adopter
    clock: Clock
    keep_until: Callable[[AttemptRecord], Awaitable[datetime]]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What is to be attached. path: the file as it was sent; name: as its owner called it. made_at: UTC, its first
    sample; None for the answer, or the beginning, of the call. phone: on which it was made; empty for the attempt's.
    login: who hands it in.
    """

    path: Path
    name: str
    login: str
    phone: str = ""
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """Placed in the archive, not yet in the books."""

    attempt_id: str
    kept: KeptRecording
    mark: Fallback
    keep_until: datetime


class Fallbacks:
    """The caller writes the audit's entry, in one unit with `attach`."""

    def __init__(self, parts: FallbackParts) -> None:
        self._parts = parts

    async def prepare(self, attempt_id: str, handed: HandedIn) -> Prepared | None:
        """None where this very file was handed in before. Raises LookupError, NotAttachedError, NotTakenError,
        ArchiveFullError.
        """
        parts, now = self._parts, self._parts.clock.now()
        record, recording = await parts.attempts.get(attempt_id), await parts.recordings.get(attempt_id)
        if record is None or recording is None:
            raise LookupError(attempt_id)
        digest = await parts.archive.digest(handed.path)
        if (why := why_not_attached(recording, digest)) is not None:
            raise NotAttachedError(why)
        if recording.fallback is not None:
            return None
        made_at = handed.made_at or record.call.answered_at or record.attempt.started_at
        if made_at < record.attempt.started_at or made_at > now:
            raise NotAttachedError(AttachMistake.BEFORE)
        phone = handed.phone.strip() or record.attempt.phone
        mark = Fallback(phone, handed.name[:LONGEST_NAME], digest, now, handed.login)
        kept = await parts.archive.adopt(
            handed.path, AdoptOrder(attempt_id, made_at, _tags(record, mark), LONGEST_SECONDS)
        )
        return Prepared(attempt_id, kept, mark, await parts.keep_until(record))

    async def attach(self, made: Prepared) -> None:
        """Into the books. Raises NotAttachedError: meanwhile another file was."""
        now = self._parts.clock.now()
        if not await self._parts.recordings.attach(made.attempt_id, made.kept, made.mark, made.keep_until, now):
            raise NotAttachedError(AttachMistake.TAKEN)

    async def prove(self, made: Prepared) -> RecordingRecord:
        """Read back, and verified: the last step of its life."""
        parts, kept = self._parts, made.kept
        reason = await parts.archive.verify(kept.path, kept.sha256, kept.size_bytes)
        state = RecordingState.MISSING if reason else RecordingState.VERIFIED
        detail = "" if reason else kept.sha256
        await parts.recordings.step(made.attempt_id, state, parts.clock.now(), reason=reason, detail=detail)
        found = await parts.recordings.get(made.attempt_id)
        if found is None:
            raise LookupError(made.attempt_id)
        return found


def _tags(record: AttemptRecord, mark: Fallback) -> dict[str, str]:
    attempt = record.attempt
    return {
        "title": attempt.id,
        "attempt": attempt.id,
        "callback": attempt.callback_id,
        "agent": attempt.agent_id,
        "outcome": str(attempt.outcome or ""),
        "made_on_fallback_phone": mark.phone or "yes",
        "original_sha256": mark.sha256,
    }
