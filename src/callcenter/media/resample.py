"""How does narrow-band sound sound at a higher rate?

A whole multiple of the rate only, by a windowed-sinc filter. Each call reads the context it needs, so blocks
of any size join without a seam.
"""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from callcenter.media.wav import Samples

_NEIGHBOURS = 24  # source samples on each side that one new sample is made of
_LOUDEST, _LOWEST = 32_767, -32_768


def upsample(read: Callable[[int, int], Samples], first: int, count: int, factor: int) -> Samples:
    """`count` samples from frame `first` on, both at the high rate, of a source at 1/factor of it.

    read(first, count): source samples, silence outside the source.
    """
    if factor == 1:
        return read(first, count)
    low = first // factor - _NEIGHBOURS
    high = (first + count - 1) // factor + _NEIGHBOURS + 1
    spread = np.zeros((high - low) * factor)
    spread[::factor] = read(low, high - low)
    filtered = np.convolve(spread, _kernel(factor))
    begin = first - low * factor + _NEIGHBOURS * factor
    return np.clip(np.rint(filtered[begin : begin + count]), _LOWEST, _LOUDEST).astype(np.int16)


@lru_cache
def _kernel(factor: int) -> npt.NDArray[np.float64]:
    reach = _NEIGHBOURS * factor
    kernel = np.sinc(np.arange(-reach, reach + 1) / factor) * np.kaiser(2 * reach + 1, 8.0)
    return np.asarray(kernel / kernel.sum() * factor, dtype=np.float64)
