"""Recordings as phones make them, and files that only look so."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

TONE_HZ = 440


def phone_file(
    path: Path, seconds: float, codec: str = "aac", rate: int = 44_100, *, index_first: bool = False
) -> Path:
    """A tone, in the container that the name tells. index_first: before the sound, as in files that are sent."""
    kind = {".m4a": "ipod", ".3gp": "3gp", ".amr": "amr", ".aac": "adts", ".mp4": "mp4"}[path.suffix]
    moments = np.arange(int(seconds * rate)) / rate
    samples = (np.sin(2 * np.pi * TONE_HZ * moments) / 4 * 32_767).astype(np.int16)
    options = {"movflags": "faststart"} if index_first else {}
    with av.open(str(path), "w", format=kind, options=options) as container:
        stream = container.add_stream(codec, rate=rate)
        assert isinstance(stream, av.AudioStream)
        stream.codec_context.layout = "mono"
        if "amr" in codec:
            stream.codec_context.bit_rate = 12_200
        for begin in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(samples[begin : begin + 1024].reshape(1, -1), "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def video_file(path: Path, *, with_sound: bool) -> Path:
    """Two pictures."""
    with av.open(str(path), "w", format="mp4") as container:
        pictures = container.add_stream("mpeg4", rate=1)
        assert isinstance(pictures, av.VideoStream)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        sound = container.add_stream("aac", rate=8000) if with_sound else None
        for _ in range(2):
            picture = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
            container.mux(pictures.encode(picture))
        container.mux(pictures.encode(None))
        if isinstance(sound, av.AudioStream):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), "s16", "mono")
            frame.sample_rate = 8000
            container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
    return path


def with_box(path: Path, box: bytes, offset: int, value: bytes) -> Path:
    """The file, with these bytes so far behind the name of its first such box."""
    raw = bytearray(path.read_bytes())
    place = raw.index(box) + 4 + offset
    raw[place : place + len(value)] = value
    path.write_bytes(raw)
    return path
