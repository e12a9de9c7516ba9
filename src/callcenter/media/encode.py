"""Stereo blocks into a FLAC, WAV or Opus file, with tags that read_tags gives back."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import soundfile

from callcenter.domain.recording import AudioFormat
from callcenter.media.disk import Sink
from callcenter.media.wav import Samples

SOFTWARE = "callcenter"
_CHANNELS = 2
CONTAINERS = {
    AudioFormat.FLAC: ("FLAC", "PCM_16"),
    AudioFormat.WAV: ("WAV", "PCM_16"),
    AudioFormat.OPUS: ("OGG", "OPUS"),
}
_ESCAPED = {"\\": "\\", "n": "\n", "r": "\r", "0": "\0"}
_ESCAPES = str.maketrans({raw: f"\\{letter}" for letter, raw in _ESCAPED.items()})


class UnreadableSoundError(Exception):
    """The file holds no sound that can be decoded."""


def encode(
    sink: Sink,
    audio_format: AudioFormat,
    sample_rate: int,
    blocks: Iterable[Samples],
    tags: Mapping[str, str],
) -> int:
    """Write the blocks, of shape (frames, 2), and tell how many frames there were.

    tags: all of them go into the comment as lines `key=value`; `title`, `artist` and `date` also into the
    fields of that name. A WAV file keeps up to 2000 bytes of them. Raises what the sink met, e.g. OSError on
    a full disk.
    """
    return encode_as(sink, CONTAINERS[audio_format], sample_rate, blocks, tags)


def encode_as(
    sink: Sink,
    container_and_coding: tuple[str, str],
    sample_rate: int,
    blocks: Iterable[Samples],
    tags: Mapping[str, str],
) -> int:
    """As encode, into any container and coding that libsndfile writes."""
    container, coding = container_and_coding
    frames = 0
    try:
        with soundfile.SoundFile(
            sink.file, "w", samplerate=sample_rate, channels=_CHANNELS, format=container, subtype=coding
        ) as file:
            _write_tags(file, tags)
            for block in blocks:
                file.write(block)
                sink.check()
                frames += len(block)
    finally:
        # A refused write makes the library fail in words of its own; the sink knows the cause.
        sink.check()
    return frames


def read_tags(path: Path) -> dict[str, str]:
    """The tags that encode was given. Raises UnreadableSoundError, and FileNotFoundError."""
    with opened(path) as file:
        comment = str(file.comment)
    pairs = (line.partition("=") for line in comment.split("\n") if "=" in line)
    return {key: _unescaped(value) for key, _, value in pairs}


def same_sound(one: Path, other: Path, block_frames: int = 65_536) -> bool:
    """Whether both files tell the same tags and decode to the same samples. An unreadable file equals none."""
    try:
        if read_tags(one) != read_tags(other):
            return False
        with opened(one) as left, opened(other) as right:
            if (left.samplerate, left.channels, left.frames) != (
                right.samplerate,
                right.channels,
                right.frames,
            ):
                return False
            while len(block := left.read(block_frames, dtype="int16")):
                if block.tobytes() != right.read(block_frames, dtype="int16").tobytes():
                    return False
    except (UnreadableSoundError, soundfile.LibsndfileError):
        return False
    return True


def opened(path: Path) -> soundfile.SoundFile:
    """The file, for reading. Raises UnreadableSoundError, and FileNotFoundError."""
    if not path.is_file():
        raise FileNotFoundError(str(path))
    try:
        return soundfile.SoundFile(path)
    except soundfile.LibsndfileError as error:
        raise UnreadableSoundError(f"{path.name}: {error}") from error


def _write_tags(file: soundfile.SoundFile, tags: Mapping[str, str]) -> None:
    for field in ("title", "artist", "date"):
        if field in tags:
            setattr(file, field, tags[field])
    file.software = SOFTWARE
    file.comment = "\n".join(f"{key}={_escaped(value)}" for key, value in sorted(tags.items()))


def _escaped(value: str) -> str:
    return value.translate(_ESCAPES)


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[1]), value)
