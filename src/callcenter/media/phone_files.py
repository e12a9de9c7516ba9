"""The files that phones record, M4A (AAC), 3GP and AMR: told apart by their content, and decoded out of harm's way."""

import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from callcenter.domain.recording import NotTakenError, NotTakenWhy
from callcenter.media import phone_decoder
from callcenter.media.digest import StoppedError
from callcenter.media.wav import Samples

LOOKED_AT = 16
"""Bytes at the beginning by which a file is told."""

PATIENCE_SECONDS = 60.0
"""So long the decoder may say nothing; it says something many times a second."""

_BLOCK_BYTES = 65_536
_LONGEST_LINE = 40
_TICK_SECONDS = 0.5
_WHY = {number: NotTakenWhy(name) for name, number in phone_decoder.EXITS.items()}


@dataclass(frozen=True, slots=True)
class Decoded:
    """blocks: of shape (frames, 2); they raise NotTakenError, StoppedError."""

    sample_rate: int
    blocks: Iterator[Samples]


def phone_kind(head: bytes) -> str | None:
    """How the decoder calls such a file; None for any other. head: its first LOOKED_AT bytes."""
    if head[4:8] == b"ftyp":
        return "mov"
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "amr"
    # ADTS: the twelve bits of its beginning, and a layer that no MPEG audio has.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:  # noqa: PLR2004 (bits of the format)
        return "aac"
    return None


@contextmanager
def decoded(
    path: Path, kind: str, longest_seconds: int, stopped: threading.Event, patience: float = PATIENCE_SECONDS
) -> Iterator[Decoded]:
    """kind: as `phone_kind` tells it. patience: seconds. Raises NotTakenError, StoppedError, OSError."""
    command = [sys.executable, "-I", phone_decoder.__file__, kind, str(longest_seconds)]
    with path.open("rb") as source:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=True
        )
    assert process.stdout is not None  # noqa: S101 (for the type checker)
    try:
        output = _Output(process.stdout, stopped, patience)
        rate, channels = _header(output, process)
        yield Decoded(rate, _blocks(output, process, channels, longest_seconds * rate))
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


class _Output:
    """What the decoder writes, for who does not wait for ever."""

    def __init__(self, pipe: IO[bytes], stopped: threading.Event, patience: float) -> None:
        self._descriptor = pipe.fileno()
        self._stopped = stopped
        self._patience = patience
        os.set_blocking(self._descriptor, False)

    def read(self, most: int) -> bytes:
        """Empty at its end. Raises NotTakenError, StoppedError."""
        until = time.monotonic() + self._patience
        with selectors.DefaultSelector() as selector:
            selector.register(self._descriptor, selectors.EVENT_READ)
            while not selector.select(_TICK_SECONDS):
                if self._stopped.is_set():
                    raise StoppedError
                if time.monotonic() > until:
                    raise NotTakenError(NotTakenWhy.DAMAGED)
        return os.read(self._descriptor, most)


def _header(output: _Output, process: subprocess.Popen[bytes]) -> tuple[int, int]:
    line = b""
    while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        byte = output.read(1)
        if not byte:
            raise NotTakenError(_ended(process) or NotTakenWhy.NO_SOUND)
        line += byte
    # A file may have got the better of the decoder: what it says is not believed either.
    told = [int(word) if word.isdigit() else 0 for word in line.split()]
    if len(told) != 2 or told[0] not in phone_decoder.RATES or told[1] not in {1, 2}:  # noqa: PLR2004 (rate, channels)
        raise NotTakenError(NotTakenWhy.DAMAGED)
    return told[0], told[1]


def _blocks(output: _Output, process: subprocess.Popen[bytes], channels: int, most_frames: int) -> Iterator[Samples]:
    rest, width, frames = b"", 2 * channels, 0
    while data := output.read(_BLOCK_BYTES):
        data = rest + data
        whole = len(data) - len(data) % width
        rest = data[whole:]
        block = np.frombuffer(data[:whole], dtype=np.int16).reshape(-1, channels)
        frames += len(block)
        if frames > most_frames:
            raise NotTakenError(NotTakenWhy.TOO_LONG)
        if len(block):
            yield np.ascontiguousarray(block[:, [0, channels - 1]])
    if (why := _ended(process)) is not None:
        raise NotTakenError(why)


def _ended(process: subprocess.Popen[bytes]) -> NotTakenWhy | None:
    """None for a file that was decoded to its end. What took too much memory or time, or the decoder down with it, is
    no true recording.
    """
    try:
        ended = process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        return NotTakenWhy.DAMAGED
    return None if ended == 0 else _WHY.get(ended, NotTakenWhy.DAMAGED)
