"""Is the evidence still what it was? A kept recording looked at again, and the whole chain of the audit."""

from dataclasses import dataclass

import structlog

from callcenter.domain.audit import Entry, first_break
from callcenter.domain.recording import KeptRecording, MissingReason, RecordingGoneError, RecordingState
from callcenter.domain.visits.records import RecordingRecord
from callcenter.engine.feed import AlarmRaised, Feed
from callcenter.engine.ports import ArchiveReader, Clock
from callcenter.engine.stores import AuditStore, RecordingStore

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class EvidenceParts:
    archive: ArchiveReader
    recordings: RecordingStore
    clock: Clock
    feed: Feed


class Evidence:
    """What is found wrong is told at once, and stands in the books."""

    def __init__(self, parts: EvidenceParts) -> None:
        self._parts = parts

    async def verify(self, record: RecordingRecord) -> MissingReason | None:
        """Read the whole file and compare it with its hash: None, or what is wrong, which the recording's life then
        tells. One that was wrong and is right again is verified again. Raises OSError where the archive is out of
        reach, ValueError where there is no file to compare.
        """
        if record.kept is None:
            raise ValueError(f"no recording of {record.attempt_id} is kept")
        reason = await self._finding(record.kept)
        if reason is not None:
            self.alarm(record.attempt_id, reason, record.kept.path)
        if record.state is RecordingState.STORED and reason is None:
            # Its first proof is the archivist's, who then removes the raw parts.
            return None
        state = RecordingState.MISSING if reason else RecordingState.VERIFIED
        now, detail = self._parts.clock.now(), "" if reason else record.kept.sha256
        await self._parts.recordings.step(record.attempt_id, state, now, reason=reason, detail=detail)
        return reason

    def alarm(self, attempt_id: str, reason: MissingReason, path: str) -> None:
        """A file that should be there is not, or is another."""
        log.warning("alarm", kind=reason, attempt=attempt_id, detail=path)
        self._parts.feed.publish(AlarmRaised(self._parts.clock.now(), reason, attempt_id, path))

    async def _finding(self, kept: KeptRecording) -> MissingReason | None:
        archive = self._parts.archive
        try:
            async with archive.reading(kept.path, kept.size_bytes, kept.sha256):
                return await archive.verify(kept.path, kept.sha256, kept.size_bytes)
        except RecordingGoneError as error:
            return error.reason


@dataclass(frozen=True, slots=True)
class ChainProof:
    """entries: so many follow one another unbroken from the first. first_break: the number of the first that does not
    follow. hash: the last good one's; noted elsewhere, it also proves that none is missing at the end.
    """

    entries: int
    first_break: int | None
    hash: str


async def chain_proof(audit: AuditStore) -> ChainProof:
    """Read the whole chain of the audit."""
    last: Entry | None = None
    while part := await audit.chain(last.number if last else 0, 500):
        broken = first_break(part, last)
        if broken is not None:
            good = [entry for entry in part if entry.number < broken]
            last = good[-1] if good else last
            return ChainProof(last.number if last else 0, broken, last.hash if last else "")
        last = part[-1]
    return ChainProof(last.number if last else 0, None, last.hash if last else "")
