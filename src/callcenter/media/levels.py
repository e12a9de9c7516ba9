"""How loud is a channel, and how much of it is silence? Measured while the sound streams by."""

import math
import threading
import warnings
from collections.abc import Iterable, Iterator

from callcenter.domain.recording import Levels
from callcenter.media.digest import StoppedError
from callcenter.media.wav import Samples

with warnings.catch_warnings():
    # pydub looks for ffmpeg and for audioop when it is imported; levels need no ffmpeg.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment

DIGITAL_SILENCE_DBFS = -120.0
SILENCE_THRESHOLD_DBFS = -50.0
_BLOCKS_PER_SECOND = 10
_FULL_SCALE = 32_768


class Meter:
    """Peak, rms and silent share of one channel, fed in pieces of any length."""

    def __init__(self, sample_rate: int, silence_dbfs: float = SILENCE_THRESHOLD_DBFS) -> None:
        self._rate = sample_rate
        self._block_bytes = sample_rate // _BLOCKS_PER_SECOND * 2
        self._silence = silence_dbfs
        self._rest = b""
        self._peak = 0
        self._energy = 0.0
        self._samples = 0
        self._blocks = 0
        self._silent = 0

    def feed(self, samples: Samples) -> None:
        data = self._rest + samples.tobytes()
        whole = len(data) - len(data) % self._block_bytes
        for begin in range(0, whole, self._block_bytes):
            self._measure(data[begin : begin + self._block_bytes])
        self._rest = data[whole:]

    def levels(self) -> Levels:
        """The result, once all has been fed. A channel without any sample is digital silence."""
        if self._rest:
            self._measure(self._rest)
            self._rest = b""
        rms = math.sqrt(self._energy / self._samples) if self._samples else 0.0
        silent = self._silent / self._blocks if self._blocks else 1.0
        return Levels(_dbfs(self._peak), _dbfs(rms), round(silent, 4))

    def _measure(self, block: bytes) -> None:
        segment = AudioSegment(data=block, sample_width=2, frame_rate=self._rate, channels=1)
        rms = int(segment.rms)
        samples = len(block) // 2
        self._peak = max(self._peak, int(segment.max))
        self._energy += float(rms) * rms * samples
        self._samples += samples
        self._blocks += 1
        self._silent += _dbfs(rms) < self._silence


def _dbfs(amplitude: float) -> float:
    if amplitude <= 0:
        return DIGITAL_SILENCE_DBFS
    return round(max(DIGITAL_SILENCE_DBFS, 20 * math.log10(amplitude / _FULL_SCALE)), 2)


def metered(blocks: Iterable[Samples], meters: tuple[Meter, Meter], stopped: threading.Event) -> Iterator[Samples]:
    """The same blocks of two channels, measured as they pass. Raises StoppedError when `stopped` is set meanwhile."""
    for block in blocks:
        if stopped.is_set():
            raise StoppedError
        for channel, meter in enumerate(meters):
            meter.feed(block[:, channel])
        yield block
