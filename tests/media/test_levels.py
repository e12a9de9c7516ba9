import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.recording import Levels
from callcenter.media.levels import Meter
from media.sounds import NARROW, Samples, noise, tone


def measured(samples: Samples, piece: int = 8_000) -> Levels:
    meter = Meter(NARROW)
    for first in range(0, len(samples), piece):
        meter.feed(samples[first : first + piece])
    return meter.levels()


def test_a_full_scale_tone_peaks_at_zero_and_has_an_rms_of_minus_three() -> None:
    levels = measured(tone(440, 2, amplitude=32_767))
    assert levels.peak_dbfs == pytest.approx(0, abs=0.01)
    assert levels.rms_dbfs == pytest.approx(-3.01, abs=0.01)
    assert levels.silent_share == 0


def test_digital_silence_is_minus_120() -> None:
    assert measured(np.zeros(NARROW, np.int16)) == Levels(-120, -120, 1)
    assert Meter(NARROW).levels() == Levels(-120, -120, 1)


def test_the_lowest_sample_is_full_scale() -> None:
    assert measured(np.full(NARROW, -32_768, np.int16)).peak_dbfs == 0


def test_the_silent_share_counts_blocks_of_a_tenth_of_a_second() -> None:
    sound = np.concatenate([tone(440, 1), np.zeros(3 * NARROW, np.int16)])
    assert measured(sound).silent_share == 0.75


def test_faint_hiss_is_silence_and_quiet_speech_is_not() -> None:
    assert measured(tone(440, 1, amplitude=60)).silent_share == 1
    assert measured(tone(440, 1, amplitude=400)).silent_share == 0


@given(st.integers(1, 9_000))
def test_it_does_not_matter_in_which_pieces_the_sound_comes(piece: int) -> None:
    sound = np.concatenate([noise(0.55), np.zeros(1_234, np.int16)])
    assert measured(sound, piece) == measured(sound)


def test_a_channel_of_a_stereo_block_is_measured_alone() -> None:
    block = np.stack([tone(440, 1), np.zeros(NARROW, np.int16)], axis=1)
    left, right = Meter(NARROW), Meter(NARROW)
    left.feed(block[:, 0])
    right.feed(block[:, 1])
    assert left.levels() == measured(tone(440, 1))
    assert right.levels().peak_dbfs == -120
