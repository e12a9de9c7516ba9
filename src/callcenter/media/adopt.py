"""A recording that was made elsewhere: listened through, and laid down as the archive keeps all others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from callcenter.domain.recording import AdoptOrder, AudioFormat, KeptRecording, NotTakenError, NotTakenWhy
from callcenter.media.digest import sha256_of
from callcenter.media.disk import Disk, Sink
from callcenter.media.encode import encode
from callcenter.media.levels import Meter, metered
from callcenter.media.phone_decoder import RATES
from callcenter.media.phone_files import LOOKED_AT, Decoded, decoded, phone_kind
from callcenter.media.placing import placed
from callcenter.media.wav import Samples

CONTAINERS = frozenset({"WAV", "WAVEX", "RF64", "FLAC", "OGG", "MP3"})
_BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class _Source:
    path: Path
    sample_rate: int
    channels: int
    most_frames: int


def adopt(
    file: Path, order: AdoptOrder, *, root: Path, folder: Path, disk: Disk, stopped: threading.Event
) -> KeptRecording:
    """Decode, encode as FLAC, make durable, place under root. One voice of several, or a mixture, stands on both
    channels. folder: private, on root's file system.

    Raises NotTakenError, StoppedError, OSError.
    """
    finished = folder / f"finished.{AudioFormat.FLAC}"
    with _opened(file, order.longest_seconds, stopped) as source, Sink(disk, finished) as sink:
        meters = (Meter(source.sample_rate), Meter(source.sample_rate))
        blocks = metered(source.blocks, meters, stopped)
        frames = encode(sink, AudioFormat.FLAC, source.sample_rate, blocks, order.tags)
        sink.flush_to_disk()
    if not frames:
        raise NotTakenError(NotTakenWhy.EMPTY)
    target, _ = placed(finished, root, order.made_at, order.attempt_id, disk)
    return KeptRecording(
        path=target.relative_to(root).as_posix(),
        format=AudioFormat.FLAC,
        sha256=sha256_of(target, stopped),
        size_bytes=target.stat().st_size,
        duration_ms=round(frames * 1000 / source.sample_rate),
        sample_rate=source.sample_rate,
        started_at=order.made_at,
        left=meters[0].levels(),
        right=meters[1].levels(),
        segments=1,
        repaired=False,
        lost_tail_ms=0,
    )


@contextmanager
def _opened(path: Path, longest_seconds: int, stopped: threading.Event) -> Iterator[Decoded]:
    """By its content, whatever its name says."""
    with path.open("rb") as file:
        kind = phone_kind(file.read(LOOKED_AT))
    if kind is None:
        source = _looked_at(path, longest_seconds)
        yield Decoded(source.sample_rate, _blocks(source))
        return
    with decoded(path, kind, longest_seconds, stopped) as found:
        yield found


def _looked_at(path: Path, longest_seconds: int) -> _Source:
    if not path.stat().st_size:
        raise NotTakenError(NotTakenWhy.EMPTY)
    try:
        with soundfile.SoundFile(path) as file:
            if file.format not in CONTAINERS or file.samplerate not in RATES:
                raise NotTakenError(NotTakenWhy.NO_SOUND)
            most = longest_seconds * file.samplerate
            if file.frames > most:
                raise NotTakenError(NotTakenWhy.TOO_LONG)
            return _Source(path, file.samplerate, file.channels, most)
    except soundfile.LibsndfileError as error:
        raise NotTakenError(NotTakenWhy.NO_SOUND) from error


def _blocks(source: _Source) -> Iterator[Samples]:
    """What a header says of the length is not believed: it is counted. Raises NotTakenError."""
    frames = 0
    try:
        with soundfile.SoundFile(source.path) as file:
            while len(block := file.read(_BLOCK, dtype="int16", always_2d=True)):
                frames += len(block)
                if frames > source.most_frames:
                    raise NotTakenError(NotTakenWhy.TOO_LONG)
                yield np.ascontiguousarray(block[:, [0, min(1, source.channels - 1)]])
    except soundfile.LibsndfileError as error:
        raise NotTakenError(NotTakenWhy.NO_SOUND) from error
