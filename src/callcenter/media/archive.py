"""The recordings that are kept: made of their raw parts, placed once, never overwritten, never removed."""

import asyncio
import errno
import os
import re
import threading
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol, TypeVar
from weakref import WeakValueDictionary

from callcenter.domain.recording import (
    AdoptOrder,
    ArchiveFullError,
    ArchiveOrder,
    KeptRecording,
    MissingReason,
    RawPart,
    RecordingMissingError,
)
from callcenter.media.adopt import adopt
from callcenter.media.build import Fetched, build
from callcenter.media.digest import sha256_of
from callcenter.media.disk import Disk
from callcenter.media.reading import OpenFile, Proofs, open_beneath, to_its_end
from callcenter.media.work import BeingKeptError, Claim, WorkFolders

_WORK_FOLDER = ".incoming"
_THREADS = 2
_READERS = 4
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_ATTEMPT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")

T = TypeVar("T")


class RawRecordings(Protocol):
    """Where the switch's raw files are fetched from."""

    async def size(self, name: str) -> int | None: ...
    async def fetch(self, name: str, into: Path) -> None: ...


class IncompleteFetchError(Exception):
    """A raw file arrived shorter than its source said it is; nothing was kept, and it may be tried again."""


class LocalArchive:
    """A folder `YYYY/MM/DD/<attempt>.<format>` (UTC day of the first sample), files of mode 0640.

    root: made when it is not there and `make` says so; while it is not there, nothing is kept.
    raw: where the parts come from. work: where the parts are joined, on
    root's file system (`.incoming` in it unless told). min_free_bytes: below this the archive takes nothing.
    There is no way to remove what is kept.
    """

    def __init__(
        self,
        root: Path,
        raw: RawRecordings,
        work: Path | None = None,
        min_free_bytes: int = 0,
        *,
        disk: Disk | None = None,
        make: bool = True,
    ) -> None:
        self._root = root
        self._raw = raw
        self._min_free = min_free_bytes
        self._disk = disk or Disk()
        if make:
            with suppress(OSError):
                root.mkdir(parents=True, exist_ok=True)
        self._work = WorkFolders(work or root / _WORK_FOLDER, self._disk)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="archive")
        # Apart, so that who listens need not wait for what is being archived.
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="archive-reader")
        self._proofs = Proofs()
        self._busy: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def keep(self, order: ArchiveOrder) -> KeptRecording:
        """Make and place the file of one attempt. The raw files stay; discard them once the result is
        committed.

        May be repeated after a kill at any point: what was placed before is found again and not made twice. A
        file of that name with other sound is left alone and the new one is placed beside it (warning
        `other_file_kept`). Raises RecordingMissingError, ArchiveFullError, IncompleteFetchError, ValueError
        for an attempt id that is no file name, and whatever the raw source raises; nothing half-written stays
        then.
        """
        if not _ATTEMPT_ID.fullmatch(order.attempt_id):
            raise ValueError(f"not a file name: {order.attempt_id!r}")
        if not order.parts:
            raise RecordingMissingError(MissingReason.NEVER_STARTED, order.attempt_id)
        async with self._busy.setdefault(order.attempt_id, asyncio.Lock()):
            claim = await self._run(lambda _: self._claimed(order.attempt_id))
            try:
                fetched = [
                    await _fetch(part, self._raw, claim.folder / f"{number}.raw")
                    for number, part in enumerate(order.parts)
                ]
                return await self._run(lambda stopped: self._built(order, fetched, claim, stopped))
            finally:
                await self._run(lambda _: self._work.release(claim))

    async def adopt(self, source: Path, order: AdoptOrder) -> KeptRecording:
        """Keep a recording that was made elsewhere, as FLAC; its source stays. May be repeated after a kill at any
        point. Raises NotTakenError, ArchiveFullError, ValueError for an attempt id that is no file name.
        """
        if not _ATTEMPT_ID.fullmatch(order.attempt_id):
            raise ValueError(f"not a file name: {order.attempt_id!r}")
        async with self._busy.setdefault(order.attempt_id, asyncio.Lock()):
            claim = await self._run(lambda _: self._claimed(order.attempt_id))
            try:
                return await self._run(lambda stopped: self._adopted(source, order, claim, stopped))
            finally:
                await self._run(lambda _: self._work.release(claim))

    async def digest(self, source: Path) -> str:
        """SHA-256 of a file's bytes. Raises OSError."""
        return await self._run(lambda stopped: sha256_of(source, stopped))

    async def verify(self, path: str, sha256: str, size_bytes: int) -> MissingReason | None:
        """Whether the kept file is there and unchanged: None, or what is wrong. path: as KeptRecording tells
        it.
        """
        return await self._run(lambda stopped: self._verified(path, sha256, size_bytes, stopped))

    @asynccontextmanager
    async def reading(self, path: str, size_bytes: int, sha256: str) -> AsyncIterator[OpenFile]:
        """The kept file, open, and proven to be what was kept. path: as KeptRecording tells it; nothing outside the
        archive is opened, and no link beneath it followed.

        Raises ValueError for a path that leaves the archive, RecordingGoneError where the file is not there, or is
        another, OSError where the archive itself is out of reach.
        """
        loop = asyncio.get_running_loop()
        opening = loop.run_in_executor(self._readers, open_beneath, self._root, path, size_bytes)
        try:
            descriptor = await asyncio.shield(opening)
        except asyncio.CancelledError:
            opening.add_done_callback(_close_opened)
            raise
        try:
            proving = loop.run_in_executor(self._readers, self._proofs.prove, descriptor, sha256)
            await to_its_end(proving)
            yield OpenFile(descriptor, self._readers)
        finally:
            os.close(descriptor)

    def locate(self, path: str) -> Path:
        """The file of a kept recording on this machine. Raises ValueError for a path that leaves the archive."""
        if Path(path).is_absolute() or ".." in Path(path).parts:
            raise ValueError(f"a path that leaves the archive: {path!r}")
        return self._root / path

    def free_bytes(self) -> int:
        """Bytes that may still be written on the archive's file system. Raises OSError. One quick system
        call.
        """
        return self._disk.free_bytes(self._root)

    def accepting(self) -> bool:
        """Whether there is as much room as min_free_bytes asks for. A folder that cannot be asked is full."""
        try:
            return self.free_bytes() >= self._min_free
        except OSError:
            return False

    async def orphans(self, known_paths: Collection[str]) -> tuple[str, ...]:
        """Files of the archive that are not among known_paths, sorted. They are only told of."""
        known = frozenset(known_paths)
        return await self._run(lambda _: tuple(path for path in self._files() if path not in known))

    async def sweep_work(self) -> int:
        """Clear what a killed process left under way, and tell how many attempts. For the start of the
        service.
        """
        return await self._run(lambda _: self._work.sweep())

    def close(self) -> None:
        """Wait for work under way and end the threads."""
        self._readers.shutdown(wait=True)
        self._threads.shutdown(wait=True)

    def _claimed(self, attempt_id: str) -> Claim:
        try:
            if self.free_bytes() < self._min_free:
                raise ArchiveFullError(f"less than {self._min_free} bytes are free")
            claim = self._work.take(attempt_id)
        except BeingKeptError as error:
            raise ArchiveFullError(f"another process keeps {attempt_id} now") from error
        except OSError as error:
            raise ArchiveFullError(f"the archive cannot take the file: {error}") from error
        if claim.folder.stat().st_dev != self._root.stat().st_dev:
            self._work.release(claim)
            raise ValueError(f"{claim.folder.parent} and {self._root} are on different file systems")
        return claim

    def _built(
        self, order: ArchiveOrder, fetched: Sequence[Fetched], claim: Claim, stopped: threading.Event
    ) -> KeptRecording:
        try:
            return build(order, fetched, root=self._root, folder=claim.folder, disk=self._disk, stopped=stopped)
        except OSError as error:
            raise ArchiveFullError(f"the archive cannot take the file: {error}") from error

    def _adopted(self, source: Path, order: AdoptOrder, claim: Claim, stopped: threading.Event) -> KeptRecording:
        try:
            return adopt(source, order, root=self._root, folder=claim.folder, disk=self._disk, stopped=stopped)
        except OSError as error:
            raise ArchiveFullError(f"the archive cannot take the file: {error}") from error

    def _verified(self, path: str, sha256: str, size_bytes: int, stopped: threading.Event) -> MissingReason | None:
        file = self.locate(path)
        try:
            if file.stat().st_size != size_bytes or sha256_of(file, stopped) != sha256:
                return MissingReason.ARCHIVE_FILE_CHANGED
        except (FileNotFoundError, NotADirectoryError):
            return MissingReason.ARCHIVE_FILE_ABSENT
        return None

    def _files(self) -> list[str]:
        days = "[0-9][0-9][0-9][0-9]/[0-9][0-9]/[0-9][0-9]/*"
        return sorted(path.relative_to(self._root).as_posix() for path in self._root.glob(days))

    async def _run(self, work: Callable[[threading.Event], T]) -> T:
        """Run in a thread. When the waiting task is cancelled, the work is told so and waited for."""
        stopped = threading.Event()
        future = asyncio.get_running_loop().run_in_executor(self._threads, work, stopped)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            stopped.set()
            await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise


def _close_opened(opening: asyncio.Future[int]) -> None:
    """Nobody waits for it any more."""
    if not opening.cancelled() and opening.exception() is None:
        os.close(opening.result())


async def _fetch(part: RawPart, raw: RawRecordings, into: Path) -> Fetched:
    """The part and its file, None where there is none."""
    told = await raw.size(part.name)
    if told is None:
        return Fetched(part, None)
    try:
        await raw.fetch(part.name, into)
    except RecordingMissingError:
        return Fetched(part, None)
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise ArchiveFullError(f"no room for {part.name}: {error}") from error
        raise
    there = await asyncio.to_thread(os.path.getsize, into)
    if there < told:
        raise IncompleteFetchError(f"{part.name}: {there} of {told} bytes")
    return Fetched(part, into)
