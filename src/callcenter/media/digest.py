"""The SHA-256 of a file, read in blocks."""

import hashlib
import threading
from pathlib import Path

_BLOCK_BYTES = 1 << 20


class StoppedError(Exception):
    """The work was told to stop and did."""


def sha256_of(path: Path, stopped: threading.Event | None = None) -> str:
    """In lower-case hex. Raises OSError, and StoppedError when `stopped` is set meanwhile."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            if stopped is not None and stopped.is_set():
                raise StoppedError(str(path))
            digest.update(block)
    return digest.hexdigest()
