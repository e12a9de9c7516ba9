"""From raw parts to the file that is kept: resumable at every step; raw parts go once their file is proven."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from callcenter.domain.calls.call import Call
from callcenter.domain.calls.telephony import TelephonyError
from callcenter.domain.calls.words import direction_of, number_of, recorder
from callcenter.domain.outcomes import EndReason
from callcenter.domain.recording import (
    ArchiveFullError,
    ArchiveOrder,
    AudioFormat,
    Direction,
    KeptRecording,
    MissingReason,
    RawPart,
    RecordingMissingError,
    RecordingState,
)
from callcenter.engine.feed import AlarmRaised, Feed, RecordingMoved
from callcenter.engine.health import Health
from callcenter.engine.ports import Archive, Clock, RawRecordings, Telephony
from callcenter.engine.stores import AttemptRecord, AttemptStore, RecordingStore

log = structlog.get_logger()

RETRY_AFTER = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ArchiveParts:
    """What the archivist needs. keep_until: the UTC instant before which nothing of this attempt may go."""

    telephony: Telephony
    raw: RawRecordings
    archive: Archive
    attempts: AttemptStore
    recordings: RecordingStore
    clock: Clock
    feed: Feed
    health: Health
    format: AudioFormat
    keep_until: Callable[[AttemptRecord], Awaitable[datetime]]


class Archivist:
    """Works off the recordings of ended calls, oldest first, one after another."""

    def __init__(self, parts: ArchiveParts) -> None:
        self._parts = parts
        self._waiting: asyncio.Queue[str] = asyncio.Queue()
        self._no_room_for: dict[str, str] = {}

    def add(self, attempt_id: str) -> None:
        self._waiting.put_nowait(attempt_id)

    async def run(self) -> None:
        """Until cancelled; begins with what an earlier life of the service left undone."""
        for attempt_id in await self._left_undone():
            self.add(attempt_id)
        while True:
            attempt_id = await self._waiting.get()
            with structlog.contextvars.bound_contextvars(attempt=attempt_id):
                await self._try(attempt_id)

    async def _left_undone(self) -> list[str]:
        while True:
            try:
                return await self._parts.recordings.unfinished()
            except Exception:  # every kind of database trouble is waited out: calls go on meanwhile
                log.exception("unfinished recordings not listed, trying again later")
                await self._parts.clock.sleep(RETRY_AFTER.total_seconds())

    async def _try(self, attempt_id: str) -> None:
        parts = self._parts
        try:
            await self.archive(attempt_id)
        except ArchiveFullError as error:
            self._no_room_for[attempt_id] = str(error)
            self._alarm(attempt_id, "archive_full", str(error))
        except TelephonyError as error:
            self._alarm(attempt_id, "raw_recording_out_of_reach", str(error))
        except Exception:
            log.exception("recording not archived, trying again later")
            self._alarm(attempt_id, "archive_failed", "see the log")
        else:
            self._no_room_for.pop(attempt_id, None)
            parts.health.archive_trouble = next(iter(self._no_room_for.values()), "")
            return
        parts.health.archive_trouble = next(iter(self._no_room_for.values()), "")
        parts.clock.call_at(parts.clock.now() + RETRY_AFTER, lambda: self.add(attempt_id))

    def _alarm(self, attempt_id: str, kind: str, detail: str) -> None:
        log.warning("alarm", kind=kind, detail=detail)
        self._parts.feed.publish(AlarmRaised(self._parts.clock.now(), kind, attempt_id, detail))

    async def archive(self, attempt_id: str) -> None:
        """Take the recording of one attempt to its end. Raises ArchiveFullError, TelephonyError."""
        record = await self._parts.attempts.get(attempt_id)
        recording = await self._parts.recordings.get(attempt_id)
        if record is None or recording is None:
            raise LookupError(f"no attempt {attempt_id}")
        if recording.state in {RecordingState.VERIFIED, RecordingState.MISSING}:
            # Its end came with that of the call, or before a restart; who follows the call waits to be told.
            self._moved(attempt_id, recording.state, recording.reason or "")
            return
        if record.call.dialled_at is None:
            await self._discard(record, spared=())
            await self._missing(record, MissingReason.NOT_DIALLED, "")
            return
        try:
            kept = recording.kept or await self._keep(record)
        except RecordingMissingError as error:
            await self._missing(record, error.reason, error.detail)
            return
        await self._verify(record, kept)

    async def _keep(self, record: AttemptRecord) -> KeptRecording:
        parts, attempt_id = self._parts, record.attempt.id
        kept = await parts.archive.keep(order_of(record, parts.telephony.recording_name, parts.format))
        await parts.recordings.keep(attempt_id, kept, await parts.keep_until(record), parts.clock.now())
        self._moved(attempt_id, RecordingState.STORED, kept.path)
        if kept.lost_tail_ms:
            self._alarm(attempt_id, "recording_tail_lost", f"{kept.lost_tail_ms} ms")
        for warning in kept.warnings:
            self._alarm(attempt_id, warning, kept.path)
        return kept

    async def _verify(self, record: AttemptRecord, kept: KeptRecording) -> None:
        parts, attempt_id = self._parts, record.attempt.id
        reason = await parts.archive.verify(kept.path, kept.sha256, kept.size_bytes)
        if reason is not None:
            self._alarm(attempt_id, reason, kept.path)
            await parts.recordings.step(attempt_id, RecordingState.MISSING, parts.clock.now(), reason=reason)
            self._moved(attempt_id, RecordingState.MISSING, reason)
            return
        # The kept file is in the books and proven. Its last step comes after the raw parts are gone: a kill between
        # the two brings us here again, and leaves none behind.
        await self._discard(record, spared=kept.unread)
        await parts.recordings.step(attempt_id, RecordingState.VERIFIED, parts.clock.now(), detail=kept.sha256)
        self._moved(attempt_id, RecordingState.VERIFIED, kept.path)

    async def _missing(self, record: AttemptRecord, reason: MissingReason, detail: str) -> None:
        parts, attempt_id = self._parts, record.attempt.id
        if reason is not MissingReason.NOT_DIALLED:
            self._alarm(attempt_id, "recording_missing", f"{reason} {detail}".strip())
        await parts.recordings.step(attempt_id, RecordingState.MISSING, parts.clock.now(), reason=reason, detail=detail)
        self._moved(attempt_id, RecordingState.MISSING, reason)
        if reason not in {MissingReason.RAW_FILE_UNREADABLE, MissingReason.NOT_DIALLED}:
            await self._discard(record, spared=())

    async def _discard(self, record: AttemptRecord, spared: Collection[str]) -> None:
        # What could not be read is spared: it may hold sound that is kept nowhere else. What is left behind by an
        # error here does no harm: it has its kept twin, or holds nothing.
        opened = {recorder(direction, 1) for direction in Direction}
        for part in sorted(opened.union(record.call.recorders)):
            name = self._parts.telephony.recording_name(record.attempt.id, part)
            if name not in spared:
                with suppress(TelephonyError, OSError):
                    await self._parts.raw.discard(name)

    def _moved(self, attempt_id: str, state: RecordingState, detail: str) -> None:
        self._parts.feed.publish(RecordingMoved(self._parts.clock.now(), attempt_id, state, detail))


def order_of(record: AttemptRecord, name_of: Callable[[str, str], str], audio: AudioFormat) -> ArchiveOrder:
    """What the archive shall make of this attempt."""
    attempt, call = record.attempt, record.call
    parts = tuple(
        RawPart(name_of(attempt.id, part), direction_of(part), number_of(part), life.started_at, life.finished_at)
        for part, life in call.recorders.items()
        if life.started_at is not None
    )
    ended_at = call.ended_at if call.end_reason is EndReason.SWITCH_LOST else None
    return ArchiveOrder(attempt.id, _began(call), parts, audio, _tags(record), ended_at)


def _began(call: Call) -> datetime:
    return min((life.started_at for life in call.recorders.values() if life.started_at), default=call.entered_at)


def _tags(record: AttemptRecord) -> dict[str, str]:
    attempt, call = record.attempt, record.call
    instants = {
        "dialled_at": call.dialled_at,
        "ringing_at": call.ringing_at,
        "answered_at": call.answered_at,
        "ended_at": call.ended_at,
    }
    spans = [f"{pause.began_at.isoformat()}/{pause.ended_at.isoformat()}" for pause in call.pauses if pause.ended_at]
    return (
        ({"pauses": ", ".join(spans)} if spans else {})
        | {
            "attempt": attempt.id,
            "callback": attempt.callback_id,
            "agent": attempt.agent_id,
            "outcome": str(call.outcome or ""),
            "end_reason": str(call.end_reason or ""),
        }
        | {name: at.isoformat() for name, at in instants.items() if at is not None}
    )
