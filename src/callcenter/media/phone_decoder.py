"""What phones record, from standard input into samples on standard output: a program of its own, run in a process of
its own, so that a file made to harm takes no more memory and time than it is given, and nothing but itself down.

`python -I phone_decoder.py FORMAT SECONDS`. First a line `RATE CHANNELS`, then 16-bit samples of the machine's order,
channels side by side. Nothing of the package is imported here.
"""

import os
import resource
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler, AudioStream
    from av.container import InputContainer

EXITS = {"no_sound": 3, "empty": 4, "too_long": 5, "video": 6, "damaged": 7}
"""By the name of why it is not taken."""

CODECS = {
    "aac": "",
    "alac": "",
    "amrnb": "libopencore_amrnb",
    "amrwb": "libopencore_amrwb",
    "libopencore_amrnb": "libopencore_amrnb",
    "libopencore_amrwb": "libopencore_amrwb",
}
"""What is decoded, and by which decoder where it is not the library's own: that one knows no pauses in AMR."""

_PADDING = 0x83
"""Bits that are not set in the first byte of an AMR frame."""

RATES = range(4_000, 96_001)
MEMORY_BYTES = 512 * 1024 * 1024
"""Of the whole process; it takes a quarter of that with a true recording."""

MISSING_SECONDS = 1
"""So much less than its header tells may be in a file."""


def cpu_seconds(most_seconds: int) -> int:
    """For so long a recording; a slow machine takes a tenth of that."""
    return 30 + most_seconds // 20


class Refused(Exception):  # noqa: N818 (as is told: refused)
    """why: one of EXITS."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def limited(most_seconds: int) -> None:
    """From now on: no file is written, nothing is left behind by a crash, and memory and time are limited."""
    seconds = cpu_seconds(most_seconds)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def decode(source: BinaryIO, kind: str, most_seconds: int, into: BinaryIO) -> None:
    """Raises Refused."""
    import av  # noqa: PLC0415 (within the limits)

    written = Written(into, most_seconds)
    try:
        # No other file, no address: whatever the file names is not opened.
        with av.open(source, "r", format=kind, options={"protocol_whitelist": ""}) as container:
            stream = _sound_of(container)
            told = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0
            if told > most_seconds + MISSING_SECONDS:
                raise Refused("too_long")
            for frame in _frames(container, stream):
                written.add(frame)
    except (av.FFmpegError, ValueError, OverflowError, MemoryError) as error:
        raise Refused("damaged" if written.frames else "no_sound") from error
    if not written.frames:
        raise Refused("damaged" if told else "empty")
    if kind == "mov" and written.frames / written.rate + MISSING_SECONDS < told:
        raise Refused("damaged")


def _sound_of(container: "InputContainer") -> "AudioStream":
    from av.stream import Disposition  # noqa: PLC0415 (within the limits)

    if any(not each.disposition & Disposition.attached_pic for each in container.streams.video):
        raise Refused("video")
    stream = next(iter(container.streams.audio), None)
    if stream is None or stream.codec_context.codec.name not in CODECS:
        raise Refused("no_sound")
    return stream


def _frames(container: "InputContainer", stream: "AudioStream") -> "Iterator[AudioFrame]":
    import av  # noqa: PLC0415 (within the limits)

    own = stream.codec_context
    own.thread_count = 1
    better = CODECS[own.codec.name]
    context = own
    if better:
        made = av.CodecContext.create(better, "r")
        assert isinstance(made, av.AudioCodecContext)  # noqa: S101 (for the type checker)
        context = made
        context.sample_rate, context.layout = own.sample_rate, own.layout
    for packet in container.demux(stream):
        if better and packet.size and bytes(packet)[0] & _PADDING:
            raise Refused("damaged")
        yield from context.decode(packet)


class Written:
    """Samples on their way out. frames: how many went."""

    def __init__(self, into: BinaryIO, most_seconds: int) -> None:
        self.frames = 0
        self.rate = 0
        self._into = into
        self._most = most_seconds
        self._channels = 0
        self._resampler: AudioResampler | None = None

    def add(self, frame: "AudioFrame") -> None:
        """Raises Refused."""
        for part in (self._resampler or self._begun(frame)).resample(frame):
            self._into.write(memoryview(part.planes[0])[: part.samples * 2 * self._channels])
            self.frames += part.samples
        if self.frames > self._most * self.rate:
            raise Refused("too_long")

    def _begun(self, frame: "AudioFrame") -> "AudioResampler":
        from av import AudioResampler  # noqa: PLC0415 (within the limits)

        self.rate, self._channels = frame.sample_rate, min(2, len(frame.layout.channels))
        if self.rate not in RATES:
            raise Refused("no_sound")
        self._into.write(f"{self.rate} {self._channels}\n".encode())
        self._resampler = AudioResampler("s16", "mono" if self._channels == 1 else "stereo", self.rate)
        return self._resampler


def main() -> None:
    kind, most_seconds = sys.argv[1], int(sys.argv[2])
    limited(most_seconds)
    try:
        with os.fdopen(os.dup(0), "rb") as source:
            decode(source, kind, most_seconds, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except Refused as refused:
        os._exit(EXITS[refused.why])


if __name__ == "__main__":
    main()
