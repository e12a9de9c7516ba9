"""An archive in memory: it makes no sound, and fails when a test says so."""

from collections import deque
from datetime import datetime

from callcenter.domain.recording import ArchiveOrder, KeptRecording, Levels, MissingReason

SILENCE = Levels(-120.0, -120.0, 1.0)


class FakeArchive:
    """An Archive. errors: what the next `keep` raise. spoilt: what `verify` finds. free: bytes."""

    def __init__(self, doings: list[str]) -> None:
        self._doings = doings
        self.orders: list[ArchiveOrder] = []
        self.errors: deque[Exception] = deque()
        self.unread: tuple[str, ...] = ()
        self.warnings: tuple[str, ...] = ()
        self.lost_tail_ms = 0
        self.spoilt: MissingReason | None = None
        self.free: int | OSError = 10**12

    async def keep(self, order: ArchiveOrder) -> KeptRecording:
        self._doings.append("keep")
        self.orders.append(order)
        if self.errors:
            raise self.errors.popleft()
        return KeptRecording(
            path=path_of(order.attempt_id, order.started_at),
            format=order.format,
            sha256="ab" * 32,
            size_bytes=1000,
            duration_ms=1000,
            sample_rate=8000,
            started_at=order.started_at,
            left=SILENCE,
            right=SILENCE,
            segments=1,
            repaired=False,
            lost_tail_ms=self.lost_tail_ms,
            warnings=self.warnings,
            unread=self.unread,
        )

    async def verify(self, path: str, sha256: str, size_bytes: int) -> MissingReason | None:
        assert path
        assert sha256
        assert size_bytes
        self._doings.append("verify")
        return self.spoilt

    def accepting(self) -> bool:
        return True

    def free_bytes(self) -> int:
        if isinstance(self.free, OSError):
            raise self.free
        return self.free


def path_of(attempt_id: str, at: datetime) -> str:
    return f"{at:%Y/%m/%d}/{attempt_id}.flac"
