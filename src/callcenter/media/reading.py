"""A kept file, read in blocks by threads: only from beneath the archive, through no link, never all at once."""

import asyncio
import errno
import os
import stat
from collections import OrderedDict
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TypeVar

from callcenter.domain.recording import MissingReason, RecordingGoneError
from callcenter.media.digest import sha256_of_open

T = TypeVar("T")
BLOCK_BYTES = 128 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Non-blocking: a pipe in the file's place must not hold the thread.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ELOOP})


class OpenFile:
    """A KeptFile. descriptor: closed by whoever opened it."""

    def __init__(self, descriptor: int, threads: ThreadPoolExecutor) -> None:
        self._descriptor = descriptor
        self._threads = threads

    async def blocks(self, first: int, last: int) -> AsyncIterator[bytes]:
        """The bytes from `first` to `last`, both included. Raises RecordingGoneError where the file ends before."""
        loop = asyncio.get_running_loop()
        while first <= last:
            wanted = min(BLOCK_BYTES, last + 1 - first)
            # Shielded: the descriptor must not be closed while a thread still reads from it.
            reading = loop.run_in_executor(self._threads, os.pread, self._descriptor, wanted, first)
            block = await to_its_end(reading)
            if not block:
                raise RecordingGoneError(MissingReason.ARCHIVE_FILE_CHANGED)
            yield block
            first += len(block)


async def to_its_end(reading: asyncio.Future[T]) -> T:
    """What a thread does is waited for also by who is cancelled: it may still use the descriptor."""
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        await asyncio.wait([reading])
        raise


def open_beneath(root: Path, path: str, size_bytes: int) -> int:
    """A descriptor of the regular file `path` beneath `root`; none of the path's own parts may be a link.

    Raises ValueError for a path that leaves the root, RecordingGoneError where there is no such file of that size,
    OSError where the root itself is out of reach.
    """
    parts = _parts(path)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = _opened(part, _FOLDER, folder)
            os.close(folder)
            folder = inner
        descriptor = _opened(parts[-1], _FILE, folder)
    finally:
        os.close(folder)
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size != size_bytes:
        os.close(descriptor)
        raise RecordingGoneError(MissingReason.ARCHIVE_FILE_CHANGED)
    return descriptor


class Proofs:
    """Which files were read whole and found right, and are still the same: a change of one byte changes its times, and
    the time of the last change of those cannot be set back.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._known: OrderedDict[tuple[int, ...], str] = OrderedDict()
        self._most = most

    def prove(self, descriptor: int, sha256: str) -> None:
        """Read it whole, unless that was done. Raises RecordingGoneError for another content, OSError."""
        found = os.fstat(descriptor)
        key = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if self._known.get(key) == sha256:
            return
        if sha256_of_open(descriptor) != sha256:
            raise RecordingGoneError(MissingReason.ARCHIVE_FILE_CHANGED)
        self._known[key] = sha256
        while len(self._known) > self._most:
            self._known.popitem(last=False)


def _parts(path: str) -> tuple[str, ...]:
    pure = PurePosixPath(path)
    if not pure.parts or pure.is_absolute() or ".." in pure.parts or "\0" in path:
        raise ValueError(f"a path that leaves the archive: {path!r}")
    return pure.parts


def _opened(part: str, flags: int, folder: int) -> int:
    try:
        return os.open(part, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in _ABSENT:
            raise RecordingGoneError(MissingReason.ARCHIVE_FILE_ABSENT) from error
        raise
