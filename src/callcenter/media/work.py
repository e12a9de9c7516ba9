"""Private folders of work under way, one an attempt, held by one worker at a time in whatever process."""

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from callcenter.media.disk import Disk


class BeingKeptError(Exception):
    """Another process works at this attempt now."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A folder that nobody else uses until it is released. The system's lock is on `descriptor`, so it ends
    with the process that holds it.
    """

    folder: Path
    descriptor: int


class WorkFolders:
    """Sub-folders of `root`."""

    def __init__(self, root: Path, disk: Disk) -> None:
        self._root = root
        self._disk = disk

    def take(self, name: str) -> Claim:
        """An empty folder of this name. Raises BeingKeptError, and OSError as the disk does."""
        claim = self._lock(self._root / name)
        try:
            self._empty(claim.folder)
        except BaseException:
            os.close(claim.descriptor)
            raise
        return claim

    def release(self, claim: Claim) -> None:
        """Remove the folder with all in it; what cannot be removed is left to the next claim or sweep."""
        try:
            with suppress(OSError):
                self._disk.clear(claim.folder)
        finally:
            os.close(claim.descriptor)

    def sweep(self) -> int:
        """Remove what a killed process left, and tell how many folders; those in use are left alone."""
        swept = 0
        if self._root.is_dir():
            for folder in sorted(self._root.iterdir()):
                with suppress(BeingKeptError):
                    self.release(self.take(folder.name))
                    swept += 1
        return swept

    def _lock(self, folder: Path) -> Claim:
        """The loop is for a folder that its last holder removes between our opening and our locking it."""
        while True:
            self._disk.make_work_folder(folder)
            with suppress(FileNotFoundError):
                descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if os.path.samestat(os.fstat(descriptor), folder.stat()):
                        return Claim(folder, descriptor)
                except BlockingIOError as error:
                    os.close(descriptor)
                    raise BeingKeptError(folder.name) from error
                except OSError:
                    os.close(descriptor)
                    raise
                os.close(descriptor)

    def _empty(self, folder: Path) -> None:
        if any(folder.iterdir()):
            self._disk.clear_inside(folder)
