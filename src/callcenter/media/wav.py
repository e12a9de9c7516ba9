"""How much sound is in a raw WAV file, whatever its header says, and what are its samples?

A header is written when the file is opened (length 0) and again when it is closed. Of a file that still
grows, or whose writer was killed, only the size on disk tells the truth. Nothing here ever writes.
"""

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

_LITTLE_ENDIAN = np.dtype("<i2")
Samples = npt.NDArray[np.int16]

SUPPORTED_RATES = (8_000, 16_000, 48_000)
NARROW_BAND = 8_000
_PCM = 1
_EXTENSIBLE = 0xFFFE
_CHUNK_HEADER = 8
_RIFF_HEADER = 12
_SAMPLE_BYTES = 2


class NotWavError(Exception):
    """The file is no mono 16-bit PCM WAV; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Wav:
    """A readable mono file. sample_rate: Hz. frames: by the size on disk when it was looked at; 0 is an empty
    file. repaired: the header told another length than the file has.
    """

    path: Path
    sample_rate: int
    data_offset: int
    frames: int
    repaired: bool


def inspect(path: Path) -> Wav:
    """Look at a raw file. Raises NotWavError, and FileNotFoundError where there is none.

    A file that ends inside its header (the writer was killed before the first flush) is an empty one.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_RIFF_HEADER)
        if not _is_riff(head):
            raise NotWavError(f"{path.name}: no RIFF/WAVE header in its {size} bytes")
        rate: int | None = None
        offset = _RIFF_HEADER
        while offset + _CHUNK_HEADER <= size:
            name, length = _chunk_header(file, offset)
            body = offset + _CHUNK_HEADER
            if name == b"data":
                if rate is None:
                    raise NotWavError(f"{path.name}: sound before its format")
                return _measured(path, file, rate, body, length, size)
            if name == b"fmt " and body + length <= size:
                rate = _sample_rate(path, file, length)
            offset = body + length + length % 2
    return Wav(path, rate or NARROW_BAND, size, 0, repaired=True)


def read(wav: Wav, first: int, count: int) -> Samples:
    """`count` samples from frame `first` on; outside the file there is silence, so first may be negative.

    Raises NotWavError when the file has become shorter since it was looked at.
    """
    samples = np.zeros(count, dtype=np.int16)
    start, stop = max(first, 0), min(first + count, wav.frames)
    if start < stop:
        with wav.path.open("rb") as file:
            file.seek(wav.data_offset + start * _SAMPLE_BYTES)
            data = file.read((stop - start) * _SAMPLE_BYTES)
        if len(data) < (stop - start) * _SAMPLE_BYTES:
            raise NotWavError(f"{wav.path.name}: became shorter while it was read")
        samples[start - first : stop - first] = np.frombuffer(data, dtype=_LITTLE_ENDIAN)
    return samples


def _is_riff(head: bytes) -> bool:
    return head[:4] == b"RIFF"[: len(head)] and head[8:] == b"WAVE"[: len(head[8:])]


def _chunk_header(file: BinaryIO, offset: int) -> tuple[bytes, int]:
    file.seek(offset)
    name, length = struct.unpack("<4sI", file.read(_CHUNK_HEADER))
    return name, length


def _sample_rate(path: Path, file: BinaryIO, length: int) -> int:
    """The rate of a `fmt ` chunk whose body the file stands at."""
    body = file.read(length)
    if len(body) < 16:  # noqa: PLR2004  the shortest format chunk there is
        raise NotWavError(f"{path.name}: format chunk of {len(body)} bytes")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if coding == _EXTENSIBLE and len(body) >= 26:  # noqa: PLR2004  the real coding begins at byte 24
        (coding,) = struct.unpack_from("<H", body, 24)
    if coding != _PCM or channels != 1 or bits != 8 * _SAMPLE_BYTES:
        raise NotWavError(f"{path.name}: coding {coding}, {channels} channels, {bits} bits; need mono 16-bit PCM")
    if rate not in SUPPORTED_RATES:
        raise NotWavError(f"{path.name}: {rate} Hz; need one of {SUPPORTED_RATES}")
    return int(rate)


def _measured(path: Path, file: BinaryIO, rate: int, body: int, told: int, size: int) -> Wav:
    there = size - body
    honest = told == there or (0 < told < there and _only_chunks_follow(file, body + told + told % 2, size))
    length = told if honest else there
    return Wav(path, rate, body, length // _SAMPLE_BYTES, repaired=not honest or length % _SAMPLE_BYTES != 0)


def _only_chunks_follow(file: BinaryIO, offset: int, size: int) -> bool:
    """Whether the bytes after the sound are further chunks, rather than sound that the header does not tell
    of.
    """
    while offset + _CHUNK_HEADER <= size:
        name, length = _chunk_header(file, offset)
        if not (name.isascii() and name.decode("ascii").isprintable()):
            return False
        offset += _CHUNK_HEADER + length + length % 2
    return offset in {size, size + 1}
