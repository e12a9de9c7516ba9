"""Which tone is it?"""

from dataclasses import dataclass

import numpy as np

from callcenter.media.wav import Samples

_FULL_SCALE = 32_768
_SILENT_DBFS = -50.0
_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Heard:
    """hz: the strongest frequency. dbfs: the level, 0 is full scale."""

    hz: float
    dbfs: float

    @property
    def silent(self) -> bool:
        return self.dbfs < _SILENT_DBFS

    def is_tone(self, hz: float) -> bool:
        return not self.silent and abs(self.hz - hz) <= hz * _TOLERANCE

    def __str__(self) -> str:
        return "silence" if self.silent else f"{self.hz:.0f} Hz"


def heard(samples: Samples, rate: int) -> Heard:
    """rate: of the samples, in Hz; half a second or more of them."""
    if not len(samples):
        return Heard(0.0, -np.inf)
    wave = samples.astype(np.float64)
    level = float(np.sqrt(np.mean(wave**2))) / _FULL_SCALE
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    peak = float(np.fft.rfftfreq(len(wave), 1 / rate)[int(np.argmax(spectrum))])
    return Heard(peak, 20 * float(np.log10(level)) if level else -np.inf)
