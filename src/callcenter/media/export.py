"""A kept recording in another format, for handing out. The kept file is only read."""

import threading
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import soundfile

from callcenter.domain.recording import AudioFormat
from callcenter.media.digest import StoppedError
from callcenter.media.disk import Disk, Sink
from callcenter.media.encode import CONTAINERS, encode_as, opened, read_tags
from callcenter.media.wav import Samples

_BLOCK_FRAMES = 65_536


class ExportFormat(StrEnum):
    FLAC = AudioFormat.FLAC.value
    WAV = AudioFormat.WAV.value
    OPUS = AudioFormat.OPUS.value
    MP3 = "mp3"


_CONTAINERS = {
    **{ExportFormat(kept.value): container for kept, container in CONTAINERS.items()},
    ExportFormat.MP3: ("MP3", "MPEG_LAYER_III"),
}


def export(kept: Path, into: Path, export_format: ExportFormat, stopped: threading.Event | None = None) -> None:
    """Write the sound and tags of `kept` to the new file `into`, block by block; for a thread.

    Raises UnreadableSoundError, FileNotFoundError, FileExistsError, OSError on a full disk, and StoppedError when
    `stopped` is set meanwhile; what was written until then stays for the caller to remove.
    """
    tags = read_tags(kept)
    with opened(kept) as source, Sink(Disk(), into) as sink:
        encode_as(sink, _CONTAINERS[export_format], source.samplerate, _blocks(source, stopped), tags)


def _blocks(source: soundfile.SoundFile, stopped: threading.Event | None) -> Iterator[Samples]:
    while len(block := source.read(_BLOCK_FRAMES, dtype="int16", always_2d=True)):
        if stopped is not None and stopped.is_set():
            raise StoppedError(str(source.name))
        yield block
