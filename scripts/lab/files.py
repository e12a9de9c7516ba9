"""Folders of the project that hold what was fetched: may they be written, is there room, is another one at it?"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import LabError

PROJECT = Path(__file__).resolve().parents[2]
CACHE = PROJECT / ".cache"


def writable_folder(folder: Path) -> Path:
    """Return the folder, made if need be; raises LabError where this user may not write."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(f"Cannot make the folder {folder}: {error.strerror}.") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise LabError(f"No permission to write to {folder}: run this as its owner, or copy the project elsewhere.")
    return folder


def megabytes_needed(folder: Path, needed: int) -> None:
    """Raise LabError, with both figures, unless so much is free."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < needed:
        raise LabError(f"Too little disk: {folder} has {free} MB free, {needed} MB are needed.")


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Wait until no other process holds the lock; the system frees it however this one ends."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
