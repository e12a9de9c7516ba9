"""The SHA-256 of a file, read in blocks."""

import hashlib
import os
import threading
from pathlib import Path

_BLOCK_BYTES = 1 << 20


class StoppedError(Exception):
    """The work was told to stop and did."""


def sha256_of(path: Path, stopped: threading.Event | None = None) -> str:
    """In lower-case hex. Raises OSError, and StoppedError when `stopped` is set meanwhile."""
    with path.open("rb") as file:
        return sha256_of_open(file.fileno(), stopped)


def sha256_of_open(descriptor: int, stopped: threading.Event | None = None) -> str:
    """As `sha256_of`, of an open file from its beginning; where it is read next stays as it was."""
    digest, place = hashlib.sha256(), 0
    while block := os.pread(descriptor, _BLOCK_BYTES, place):
        if stopped is not None and stopped.is_set():
            raise StoppedError
        digest.update(block)
        place += len(block)
    return digest.hexdigest()
