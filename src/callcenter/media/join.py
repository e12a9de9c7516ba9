"""The stereo sound of an attempt, block after block: left what the customer said, right what he heard."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from callcenter.media.resample import upsample
from callcenter.media.timeline import Span, Timeline
from callcenter.media.wav import Samples, read

BLOCK_SECONDS = 5


def stereo_blocks(timeline: Timeline, block_frames: int | None = None) -> Iterator[Samples]:
    """Blocks of shape (frames, 2), each of at most block_frames (5 s if not told), together timeline.frames
    long.

    Never more than one block is in memory. Raises NotWavError when a raw file shrinks meanwhile.
    """
    step = block_frames or BLOCK_SECONDS * timeline.sample_rate
    for first in range(0, timeline.frames, step):
        count = min(step, timeline.frames - first)
        block = np.zeros((count, 2), dtype=np.int16)
        for channel, spans in enumerate((timeline.left, timeline.right)):
            _fill(block[:, channel], spans, first, timeline.sample_rate)
        yield block


def _fill(channel: Samples, spans: Sequence[Span], first: int, rate: int) -> None:
    for span in spans:
        start, stop = max(first, span.start), min(first + len(channel), span.stop)
        if start < stop:
            factor = rate // span.wav.sample_rate
            sound = upsample(partial(read, span.wav), start - span.origin, stop - start, factor)
            channel[start - first : stop - first] = sound
