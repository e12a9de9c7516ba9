"""Scans of paper, kept in the archive beside the recordings: placed once, never overwritten, never removed."""

import asyncio
import hashlib
import os
from datetime import datetime
from pathlib import Path

from callcenter.domain.recording import ArchiveFullError
from callcenter.domain.visits.paper import LOOKED_AT, ScanKind, kind_of
from callcenter.media.disk import Disk, Sink

_BLOCK = 1 << 20
FOLDER = "scans"


class LocalScans:
    """A folder `scans/YYYY/MM/DD/<id>.<kind>` (UTC day on which it was added) in the archive. min_free_bytes: below
    this nothing is taken.
    """

    def __init__(self, root: Path, min_free_bytes: int = 0) -> None:
        self._root = root
        self._min_free = min_free_bytes
        self._disk = Disk()

    async def kind(self, source: Path) -> ScanKind | None:
        """What the file is, by its content."""
        return await asyncio.to_thread(_kind, source)

    async def keep(self, source: Path, scan_id: str, kind: ScanKind, at: datetime) -> tuple[str, str, int]:
        """Place a copy; its path, SHA-256 and bytes. On the disk when this returns. Raises ArchiveFullError."""
        return await asyncio.to_thread(self._keep, source, f"{at:%Y/%m/%d}/{scan_id}.{kind}")

    def _keep(self, source: Path, name: str) -> tuple[str, str, int]:
        target = self._root / FOLDER / name
        begun = target.with_name(f".{target.name}")
        try:
            # Asked first: an archive that is not there is not made anew.
            if self._disk.free_bytes(self._root) < self._min_free:
                raise ArchiveFullError(f"less than {self._min_free} bytes are free")
            self._disk.make_folder(target.parent)
            try:
                digest, size = self._copy(source, begun)
                self._disk.place(begun, target)
            finally:
                begun.unlink(missing_ok=True)
            self._disk.flush_folder(target.parent)
        except OSError as error:
            raise ArchiveFullError(f"the archive cannot take the file: {error}") from error
        return f"{FOLDER}/{name}", digest, size

    def _copy(self, source: Path, begun: Path) -> tuple[str, int]:
        hashed, size = hashlib.sha256(), 0
        with source.open("rb") as file, Sink(self._disk, begun) as sink:
            while block := file.read(_BLOCK):
                hashed.update(block)
                size += sink.write(block)
            sink.flush_to_disk()
        return hashed.hexdigest(), size


def _kind(source: Path) -> ScanKind | None:
    with source.open("rb") as file:
        head = file.read(LOOKED_AT)
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - LOOKED_AT))
        return kind_of(head, file.read(LOOKED_AT))
