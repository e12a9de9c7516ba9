"""What is heard in a kept recording, when, and in which channel? Left: the customer; right: what he heard."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import soundfile

from house import House, Settled

AUDIBLE = 0.02
"""Of full scale; the tones are ten times louder."""

BLOCK_SECONDS = 0.02

Samples = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sound:
    """One channel. began_at: UTC instant of its first sample."""

    samples: Samples
    rate: int
    began_at: datetime

    def between(self, first: float, last: float) -> Self:
        """From second `first` to second `last`; negative ones count from the end."""
        whole = len(self.samples) / self.rate
        start, stop = (second + whole if second < 0 else second for second in (first, last))
        cut = self.samples[int(start * self.rate) : int(stop * self.rate)]
        return type(self)(cut, self.rate, self.began_at + timedelta(seconds=start))

    def since(self, at: datetime, seconds: float) -> Self:
        """So many seconds from this instant on."""
        first = (at - self.began_at).total_seconds()
        return self.between(first, first + seconds)

    @property
    def hertz(self) -> float:
        """The strongest frequency; 0 for silence."""
        if not len(self.samples) or np.abs(self.samples).max() < AUDIBLE:
            return 0.0
        power = np.abs(np.fft.rfft(self.samples * np.hanning(len(self.samples))))
        return float(power.argmax()) * self.rate / len(self.samples)

    def is_tone(self, hertz: float) -> bool:
        return abs(self.hertz - hertz) < 0.03 * hertz

    @property
    def silent(self) -> bool:
        return self.hertz == 0.0

    @property
    def heard(self) -> tuple[datetime, datetime]:
        """The instants at which it becomes audible, and is no more."""
        (places,) = np.nonzero(np.abs(self.samples) > AUDIBLE)
        assert len(places), "nothing is heard"
        first, last = (self.began_at + timedelta(seconds=int(place) / self.rate) for place in (places[0], places[-1]))
        return first, last

    @property
    def longest_gap(self) -> float:
        """Seconds of the longest silence."""
        size = int(BLOCK_SECONDS * self.rate)
        blocks = self.samples[: len(self.samples) // size * size].reshape(-1, size)
        longest = running = 0
        for loud in np.abs(blocks).max(axis=1) > AUDIBLE:
            running = 0 if loud else running + 1
            longest = max(longest, running)
        return longest * BLOCK_SECONDS


@dataclass(frozen=True, slots=True)
class Stereo:
    left: Sound
    right: Sound
    format: str

    @property
    def seconds(self) -> float:
        return len(self.left.samples) / self.left.rate


def listen(house: House, settled: Settled) -> Stereo:
    """The kept file of this attempt, decoded."""
    assert settled.recording.kept is not None, settled.recording
    return listen_to(settled.file(house), settled.recording.kept.started_at)


def listen_mono(file: Path) -> Sound:
    """A raw file; when it began is not told by it."""
    samples, rate = soundfile.read(file, dtype="float64")
    return Sound(samples, rate, datetime.min.replace(tzinfo=UTC))


def listen_to(file: Path, began_at: datetime) -> Stereo:
    samples, rate = soundfile.read(file, dtype="float64", always_2d=True)
    assert samples.shape[1] == 2
    left, right = (Sound(samples[:, channel], rate, began_at) for channel in (0, 1))
    return Stereo(left, right, soundfile.info(file).format)
