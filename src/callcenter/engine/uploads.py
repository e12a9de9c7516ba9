"""Files that people sent: each kept for who sent it until it is imported, or its time is over; then it is removed."""

import asyncio
import os
import secrets
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from callcenter.domain.intake.row import Field
from callcenter.engine.ports import Clock

KEPT_FOR = timedelta(minutes=30)
"""An upload that nobody looks at for so long is removed."""

MOST_KEPT = 3
"""Uploads kept for one account; with one more the oldest goes."""

MOST_RECEIVED = 3
"""Uploads that one account sends at the same time."""

NAME_LENGTH = 120
_BLOCK = 1 << 20
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Choices:
    """How a file is to be understood. plan_id, sheet: empty where nothing is chosen. mapping: heading to field."""

    plan_id: str = ""
    sheet: str = ""
    mapping: Mapping[str, Field] = field(default_factory=dict)
    due: date | None = None


@dataclass(eq=False, slots=True)
class Upload:
    """A file that was sent. key: random, told only to who sent it. import_id: of the import that has taken it."""

    key: str
    account_id: str
    file_name: str
    path: Path
    size_bytes: int
    expires_at: datetime
    choices: Choices = field(default_factory=Choices)
    import_id: str = ""


class UploadTooLargeError(Exception):
    """It has more bytes than may be uploaded."""


class UploadsTooManyError(Exception):
    """This account sends several already."""


class Uploads:
    """folder: of this service alone; whatever lies in it at the start is left over. most_bytes: of one file."""

    def __init__(self, folder: Path, clock: Clock, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._folder = folder
        self._clock = clock
        self._kept: dict[str, Upload] = {}
        self._received: dict[str, int] = {}

    async def sweep(self) -> list[Path]:
        """Before the first upload: remove what an earlier life left; the files that imports had taken are told."""
        return await asyncio.to_thread(self._sweep)

    def _sweep(self) -> list[Path]:
        taken: list[Path] = []
        if not self._folder.exists():
            return taken
        _check_own(self._folder)
        for path in self._folder.iterdir():
            if path.name.startswith("import-"):
                taken.append(path)
            else:
                path.unlink(missing_ok=True)
        return taken

    async def receive(self, account_id: str, file_name: str, pieces: AsyncIterator[bytes]) -> Upload:
        """Write a file piece by piece; all of it or nothing is kept. Raises UploadTooLargeError, UploadsTooManyError,
        OSError.
        """
        if self._received.get(account_id, 0) >= MOST_RECEIVED:
            raise UploadsTooManyError
        self._received[account_id] = self._received.get(account_id, 0) + 1
        key = secrets.token_urlsafe(24)
        path = self._folder / f"upload-{secrets.token_hex(12)}"
        try:
            size = await self._write(path, pieces)
        except BaseException:
            await asyncio.shield(remove(path))
            raise
        finally:
            self._received[account_id] -= 1
            if not self._received[account_id]:
                del self._received[account_id]
        upload = Upload(key, account_id, shown_name(file_name), path, size, self._clock.now() + KEPT_FOR)
        self._kept[key] = upload
        await self._make_room(account_id)
        return upload

    async def _write(self, path: Path, pieces: AsyncIterator[bytes]) -> int:
        size = 0
        file = await asyncio.to_thread(self._create, path)
        try:
            block = bytearray()
            async for piece in pieces:
                size += len(piece)
                if size > self.most_bytes:
                    raise UploadTooLargeError
                block += piece
                if len(block) >= _BLOCK:
                    written, block = block, bytearray()
                    await _finished(partial(file.write, written))
            await _finished(partial(file.write, block))
        finally:
            await _finished(file.close)
        return size

    def _create(self, path: Path) -> BinaryIO:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_own(self._folder)
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb", buffering=0)

    async def _make_room(self, account_id: str) -> None:
        waiting = [each for each in self._kept.values() if each.account_id == account_id and not each.import_id]
        for upload in sorted(waiting, key=lambda each: each.expires_at)[:-MOST_KEPT]:
            await self.forget(upload)

    def find(self, key: str, account_id: str) -> Upload | None:
        """An upload of this account; whoever asks for it has it for a while longer."""
        upload = self._kept.get(key)
        if upload is None or upload.account_id != account_id or upload.expires_at <= self._clock.now():
            return None
        upload.expires_at = self._clock.now() + KEPT_FOR
        return upload

    async def give_to(self, upload: Upload, import_id: str) -> Path:
        """The import takes the file over; it bears the import's name from now on. Raises OSError."""
        path = self._folder / import_id
        await asyncio.to_thread(upload.path.rename, path)
        upload.path, upload.import_id = path, import_id
        return path

    async def take_back(self, upload: Upload) -> None:
        """The import did not begin; the file stays with who sent it."""
        path = self._folder / f"upload-{secrets.token_hex(12)}"
        await asyncio.to_thread(upload.path.rename, path)
        upload.path, upload.import_id = path, ""

    async def forget(self, upload: Upload) -> None:
        self._kept.pop(upload.key, None)
        if not upload.import_id:
            await remove(upload.path)

    async def expire(self) -> None:
        """Remove those whose time is over."""
        now = self._clock.now()
        for upload in [each for each in self._kept.values() if each.expires_at <= now]:
            await self.forget(upload)

    async def close(self) -> None:
        for upload in [*self._kept.values()]:
            await self.forget(upload)


async def remove(path: Path) -> None:
    await asyncio.to_thread(path.unlink, missing_ok=True)


def shown_name(name: str) -> str:
    """The name of a file without its folders, for people alone: nothing is ever opened by it."""
    last = name.replace("\\", "/").rpartition("/")[2]
    clean = "".join(character for character in last if character.isprintable()).strip()
    if len(clean) > NAME_LENGTH:
        stem, dot, ending = clean.rpartition(".")
        clean = f"{stem[: NAME_LENGTH - 10]}…{dot}{ending[:8]}" if dot else f"{clean[: NAME_LENGTH - 1]}…"
    return clean or "upload"


def _check_own(folder: Path) -> None:
    """Raises PermissionError where somebody else could read or replace what lies there."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(f"{folder} must be a folder that only the service's own user can enter")


async def _finished(work: Callable[[], ResultT]) -> ResultT:
    """Run in a thread; whoever is cancelled meanwhile still waits for its end, for the file is then closed."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
