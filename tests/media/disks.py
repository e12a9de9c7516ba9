"""Disks that fail when they are told to."""

import errno
import os
from pathlib import Path

from callcenter.media.disk import Disk


class KilledError(BaseException):
    """Stands for kill -9: nothing that would tidy up afterwards gets through to the disk either."""


class CountingDisk(Disk):
    """Counts the changes. `at`: the change before which `fails` happens, counted from 0."""

    def __init__(self, at: int | None = None) -> None:
        self.steps = 0
        self.at = at

    def fails(self, step: int) -> None:
        """Nothing fails here."""

    def _step(self) -> None:
        self.steps += 1
        if self.at is not None and self.steps > self.at:
            self.fails(self.steps)

    def make_folder(self, folder: Path) -> None:
        if not folder.is_dir():
            self._step()
        super().make_folder(folder)

    def make_work_folder(self, folder: Path) -> None:
        self._step()
        super().make_work_folder(folder)

    def create(self, path: Path) -> int:
        self._step()
        return super().create(path)

    def write(self, descriptor: int, data: bytes) -> int:
        self._step()
        return super().write(descriptor, data)

    def flush(self, descriptor: int) -> None:
        self._step()
        super().flush(descriptor)

    def flush_folder(self, folder: Path) -> None:
        self._step()
        super().flush_folder(folder)

    def place(self, finished: Path, target: Path) -> None:
        self._step()
        super().place(finished, target)

    def clear(self, folder: Path) -> None:
        self.steps += 1
        super().clear(folder)


class DyingDisk(CountingDisk):
    """The process is killed before change number `at`; no later change happens."""

    def fails(self, step: int) -> None:
        raise KilledError(f"before change {step}")

    def clear(self, folder: Path) -> None:
        self._step()
        super().clear(folder)


class FullDisk(CountingDisk):
    """There is no room from change number `at` on; removing still works, as it does on a full disk."""

    def fails(self, step: int) -> None:
        raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)} at change {step}")


class HalfWritingDisk(Disk):
    """Writes at most three bytes at a time, as a system call may."""

    def write(self, descriptor: int, data: bytes) -> int:
        return super().write(descriptor, data[:3])
