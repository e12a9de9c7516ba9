"""The raw recordings where the switch's spool folder is on this machine."""

import asyncio
import os
import shutil
from contextlib import suppress
from pathlib import Path, PurePosixPath

from callcenter.domain.recording import MissingReason, RecordingMissingError

_EXTENSIONS = ("wav", "wav16")


class SharedFolderRecordings:
    """Raw recordings under `folder`, by the name they have on the switch: without extension, sub-folders
    allowed.

    A name that would leave the folder is a ValueError; nothing is touched then.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def size(self, name: str) -> int | None:
        """Bytes on disk, header included; None when there is no such file."""
        return self._size(name)

    async def fetch(self, name: str, into: Path) -> None:
        """Put the recording at `into`: a hard link where that can be, else a copy; a file already there is
        replaced.

        Raises RecordingMissingError (raw_file_absent), and OSError when the copy cannot be written.
        """
        await asyncio.to_thread(self._fetch, name, into)

    async def discard(self, name: str) -> None:
        """Remove the recording from the spool. Doing it twice is no error."""
        await asyncio.to_thread(self._discard, name)

    def _size(self, name: str) -> int | None:
        path = self._find(name)
        with suppress(FileNotFoundError):
            return path.stat().st_size if path else None
        return None

    def _fetch(self, name: str, into: Path) -> None:
        source = self._find(name)
        if source is None:
            raise RecordingMissingError(MissingReason.RAW_FILE_ABSENT, name)
        into.unlink(missing_ok=True)
        try:
            os.link(source, into)
        except OSError:
            # Another file system, or a file of another user that the kernel does not let us link.
            _copy(source, into, name)

    def _discard(self, name: str) -> None:
        for path in self._paths(name):
            path.unlink(missing_ok=True)

    def _find(self, name: str) -> Path | None:
        return next((path for path in self._paths(name) if path.is_file()), None)

    def _paths(self, name: str) -> tuple[Path, ...]:
        pure = PurePosixPath(name)
        if not pure.name or pure.is_absolute() or ".." in pure.parts or "\0" in name:
            raise ValueError(f"not a recording's name: {name!r}")
        paths = tuple(self._folder / pure.parent / f"{pure.name}.{extension}" for extension in _EXTENSIONS)
        for path in paths:
            # What lies in the folder itself can only leave it as a link.
            if len(pure.parts) == 1 and not path.is_symlink():
                continue
            if not path.resolve().is_relative_to(self._folder.resolve()):
                raise ValueError(f"a recording's name that leaves the spool: {name!r}")
        return paths


def _copy(source: Path, into: Path, name: str) -> None:
    try:
        reader = source.open("rb")
    except FileNotFoundError as error:
        raise RecordingMissingError(MissingReason.RAW_FILE_ABSENT, name) from error
    with reader, into.open("xb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
