"""Sounds, raw files and orders for the tests of the archive."""

import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

from callcenter.domain.recording import ArchiveOrder, AudioFormat, Direction, RawPart

Samples = npt.NDArray[np.int16]

NARROW, WIDE = 8_000, 16_000
BEGIN = datetime(2031, 12, 31, 23, 59, 58, tzinfo=UTC)
CUSTOMER_HZ, AGENT_HZ = 440, 1_000


def tone(hertz: float, seconds: float, rate: int = NARROW, amplitude: int = 8_000) -> Samples:
    time = np.arange(round(seconds * rate)) / rate
    sound: Samples = np.rint(amplitude * np.sin(2 * np.pi * hertz * time)).astype(np.int16)
    return sound


def noise(seconds: float, rate: int = NARROW, seed: int = 1) -> Samples:
    loud = np.random.default_rng(seed).integers(-20_000, 20_000, round(seconds * rate))
    return loud.astype(np.int16)


def wav_bytes(samples: Samples, rate: int = NARROW, told: int | None = None) -> bytes:
    """A file as the switch writes it; told: the data length in its header, the true one unless given."""
    data = samples.astype("<i2").tobytes()
    length = len(data) if told is None else told
    head = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", length + 36, b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return head + struct.pack("<4sI", b"data", length) + data


def write_raw(spool: Path, name: str, samples: Samples, rate: int = NARROW, told: int | None = None) -> None:
    path = spool / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wav_bytes(samples, rate, told))


def after(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def part(
    direction: Direction, start: float = 0.0, end: float | None = None, segment: int = 1, name: str = ""
) -> RawPart:
    finished_at = None if end is None else after(end)
    return RawPart(name or f"a1-{segment}-{direction}", direction, segment, after(start), finished_at)


def order(
    *parts: RawPart,
    attempt_id: str = "a1",
    audio_format: AudioFormat = AudioFormat.FLAC,
    tags: dict[str, str] | None = None,
    ended_at: datetime | None = None,
) -> ArchiveOrder:
    return ArchiveOrder(attempt_id, BEGIN, parts, audio_format, tags or {}, ended_at)


def two_directions(spool: Path, seconds: float = 1.0, attempt_id: str = "a1") -> tuple[RawPart, RawPart]:
    """A customer's and an agent's tone of the same length in the spool."""
    parts = tuple(
        RawPart(f"{attempt_id}-1-{direction}", direction, 1, BEGIN, after(seconds)) for direction in Direction
    )
    for raw, hertz in zip(parts, (CUSTOMER_HZ, AGENT_HZ), strict=True):
        write_raw(spool, raw.name, tone(hertz, seconds))
    return parts[0], parts[1]


def loudest_hertz(samples: npt.NDArray[np.int16], rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum) * rate / len(samples))


def first_sound(samples: Samples, threshold: int = 500) -> int:
    """The frame at which a channel becomes audible."""
    return int(np.argmax(np.abs(samples.astype(np.int32)) > threshold))
