"""Sound lies on the wall clock: painted sample by sample by a simple model, and compared."""

import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.recording import ArchiveOrder, Direction, RawPart, RecordingWarning
from callcenter.media.join import stereo_blocks
from callcenter.media.resample import upsample
from callcenter.media.timeline import LONGEST_GAP, Sounding, Timeline, lay_out
from callcenter.media.wav import inspect
from media.sounds import BEGIN, NARROW, WIDE, Samples, first_sound, loudest_hertz, noise, order, part, tone, wav_bytes


def sounding(folder: Path, raw: RawPart, samples: Samples, rate: int = NARROW) -> Sounding:
    path = folder / f"{raw.name}.wav"
    path.write_bytes(wav_bytes(samples, rate))
    return Sounding(raw, inspect(path))


def laid_out(*soundings: Sounding, **more: object) -> Timeline:
    base = order(*(one.part for one in soundings))
    return lay_out(ArchiveOrder(base.attempt_id, base.started_at, base.parts, base.format, {}, **more), soundings)  # type: ignore[arg-type]  # only ended_at is passed


def joined(timeline: Timeline, block_frames: int | None = None) -> Samples:
    return np.concatenate(list(stereo_blocks(timeline, block_frames)))


def test_the_customer_is_on_the_left_and_the_agent_on_the_right(tmp_path: Path) -> None:
    timeline = laid_out(
        sounding(tmp_path, part(Direction.OUT, 0, 2), tone(1_000, 2)),
        sounding(tmp_path, part(Direction.IN, 0, 2), tone(440, 2)),
    )
    sound = joined(timeline)

    assert sound.shape == (2 * NARROW, 2)
    assert loudest_hertz(sound[:, 0], NARROW) == pytest.approx(440, abs=1)
    assert loudest_hertz(sound[:, 1], NARROW) == pytest.approx(1_000, abs=1)
    assert timeline.warnings == ()


def test_a_part_that_began_later_is_padded_by_the_exact_difference(tmp_path: Path) -> None:
    timeline = laid_out(
        sounding(tmp_path, part(Direction.IN, 0.0375, 1.0375), tone(440, 1)),
        sounding(tmp_path, part(Direction.OUT, 0, 1), tone(1_000, 1)),
    )
    sound = joined(timeline)

    assert timeline.started_at == BEGIN
    assert len(sound) == 8_300
    assert not sound[:300, 0].any()
    assert np.array_equal(sound[300:, 0], tone(440, 1))
    assert not sound[8_000:, 1].any()


def test_the_gap_between_segments_is_silence_as_long_as_it_was(tmp_path: Path) -> None:
    both = [
        sounding(tmp_path, part(direction, start, start + 1, segment), tone(440, 1))
        for direction in Direction
        for segment, start in ((1, 0.0), (2, 2.5))
    ]
    timeline = laid_out(*both)
    sound = joined(timeline)

    assert timeline.segments == 2
    assert len(sound) == 3.5 * NARROW
    assert not sound[NARROW : round(2.5 * NARROW)].any()
    assert first_sound(sound[NARROW:, 0]) == pytest.approx(1.5 * NARROW, abs=2)


def test_the_next_segment_is_on_time_however_long_the_one_before(tmp_path: Path) -> None:
    """A file shorter than its times leaves silence, one longer gives way: nothing is shifted."""
    for seconds in (0.7, 1.0, 1.6):
        both = [sounding(tmp_path, part(direction, 0, 1), tone(440, seconds)) for direction in Direction]
        both += [sounding(tmp_path, part(direction, 1.2, 2.2, 2), tone(900, 1)) for direction in Direction]
        sound = joined(laid_out(*both))
        assert np.array_equal(sound[round(1.2 * NARROW) :, 0], tone(900, 1))


def test_of_overlapping_segments_the_later_is_heard_and_it_is_told(tmp_path: Path) -> None:
    timeline = laid_out(
        *(sounding(tmp_path, part(direction, 0, 3), tone(440, 3)) for direction in Direction),
        *(sounding(tmp_path, part(direction, 1, 2, 2), tone(900, 1)) for direction in Direction),
    )
    sound = joined(timeline)

    assert np.array_equal(sound[:NARROW, 0], tone(440, 1))
    assert np.array_equal(sound[NARROW : 2 * NARROW, 0], tone(900, 1))
    assert np.array_equal(sound[2 * NARROW :, 0], tone(440, 3)[2 * NARROW :])
    assert timeline.warnings == (RecordingWarning.SEGMENTS_OVERLAP,)


def test_an_overlap_of_a_few_milliseconds_is_not_worth_a_warning(tmp_path: Path) -> None:
    timeline = laid_out(
        *(sounding(tmp_path, part(direction, 0, 1), tone(440, 1)) for direction in Direction),
        *(sounding(tmp_path, part(direction, 0.95, 2, 2), tone(440, 1.05)) for direction in Direction),
    )
    assert timeline.warnings == ()


def test_a_direction_that_is_missing_is_silent_and_told(tmp_path: Path) -> None:
    timeline = laid_out(
        *(sounding(tmp_path, part(direction, 0, 1), tone(440, 1)) for direction in Direction),
        sounding(tmp_path, part(Direction.OUT, 1, 2, 2), tone(440, 1)),
    )
    sound = joined(timeline)

    assert not sound[NARROW:, 0].any()
    assert sound[NARROW:, 1].any()
    assert timeline.warnings == (RecordingWarning.ONE_DIRECTION_ABSENT,)


def test_a_segment_without_any_sound_is_told(tmp_path: Path) -> None:
    heard = [sounding(tmp_path, part(direction, 0, 1), tone(440, 1)) for direction in Direction]
    silent = [part(direction, 1, 2, 2) for direction in Direction]
    timeline = lay_out(order(*(one.part for one in heard), *silent), heard)

    assert timeline.segments == 1
    assert timeline.warnings == (RecordingWarning.SEGMENT_ABSENT,)


def test_a_clock_that_jumped_does_not_make_a_file_of_days(tmp_path: Path) -> None:
    late = LONGEST_GAP.total_seconds() * 30
    timeline = laid_out(
        *(sounding(tmp_path, part(direction, 0, 1), tone(440, 1)) for direction in Direction),
        *(sounding(tmp_path, part(direction, late, late + 1, 2), tone(900, 1)) for direction in Direction),
    )
    assert timeline.frames == 2 * NARROW
    assert RecordingWarning.CLOCK_JUMPED in timeline.warnings


@pytest.mark.parametrize(
    ("seconds", "lost_ms"), [((5.0, 5.0), 0), ((4.95, 5.0), 0), ((3.0, 4.5), 2_000), ((5.05, 5.05), 0)]
)
def test_the_lost_tail_is_what_the_times_tell_and_the_file_lacks(
    tmp_path: Path, seconds: tuple[float, float], lost_ms: int
) -> None:
    timeline = laid_out(
        *(sounding(tmp_path, part(d, 0, 5), tone(440, long)) for d, long in zip(Direction, seconds, strict=True))
    )
    assert timeline.lost_tail_ms == lost_ms
    assert (RecordingWarning.TAIL_LOST in timeline.warnings) is (lost_ms > 0)


def test_an_end_that_was_not_told_is_measured_by_the_sibling(tmp_path: Path) -> None:
    by_time = laid_out(
        sounding(tmp_path, part(Direction.IN), tone(440, 3)),
        sounding(tmp_path, part(Direction.OUT, 0, 5), tone(440, 5)),
    )
    by_length = laid_out(
        sounding(tmp_path, part(Direction.IN), tone(440, 3)),
        sounding(tmp_path, part(Direction.OUT, 0.5), tone(440, 4)),
    )
    assert (by_time.lost_tail_ms, by_length.lost_tail_ms) == (2_000, 1_500)


def test_when_the_switch_died_the_last_sign_of_life_measures_the_tail(tmp_path: Path) -> None:
    both = [sounding(tmp_path, part(direction), tone(440, 3)) for direction in Direction]

    assert laid_out(*both).lost_tail_ms == 0
    assert laid_out(*both, ended_at=BEGIN + timedelta(seconds=5)).lost_tail_ms == 2_000


def test_a_file_longer_than_its_times_is_told(tmp_path: Path) -> None:
    timeline = laid_out(*(sounding(tmp_path, part(d, 0, 1), tone(440, 1.5)) for d in Direction))
    assert timeline.warnings == (RecordingWarning.LONGER_THAN_TOLD,)


def test_narrow_and_wide_parts_meet_at_the_higher_rate(tmp_path: Path) -> None:
    timeline = laid_out(
        sounding(tmp_path, part(Direction.IN, 0.25, 2.25), tone(3_000, 2)),
        sounding(tmp_path, part(Direction.OUT, 0, 2), tone(6_000, 2, WIDE), WIDE),
    )
    sound = joined(timeline)

    assert timeline.sample_rate == WIDE
    assert timeline.warnings == (RecordingWarning.RATES_DIFFER,)
    assert loudest_hertz(sound[:, 0], WIDE) == pytest.approx(3_000, abs=1)
    assert loudest_hertz(sound[:, 1], WIDE) == pytest.approx(6_000, abs=1)
    assert first_sound(sound[:, 0]) == pytest.approx(0.25 * WIDE, abs=4)


@given(st.integers(1, 700), st.sampled_from([2, 6]))
def test_the_size_of_a_block_is_not_heard_in_resampled_sound(step: int, factor: int) -> None:
    source = noise(0.05)

    def read(first: int, count: int) -> Samples:
        padded = np.concatenate([np.zeros(2_000, np.int16), source, np.zeros(2_000, np.int16)])
        return padded[2_000 + first : 2_000 + first + count]

    total = len(source) * factor
    whole = upsample(read, 0, total, factor)
    pieces = [upsample(read, first, min(step, total - first), factor) for first in range(0, total, step)]

    assert np.abs(np.concatenate(pieces).astype(int) - whole).max() <= 1
    assert np.abs(whole[::factor].astype(int) - source).max() <= 60


def test_resampling_keeps_level_and_phase() -> None:
    source, wanted = tone(1_000, 0.5), tone(1_000, 0.5, WIDE)

    def read(first: int, count: int) -> Samples:
        return source[first : first + count]

    middle = slice(1_000, 3_000)
    assert np.abs(upsample(read, 1_000, 2_000, 2).astype(int) - wanted[middle]).max() < 30


@dataclass(frozen=True)
class Piece:
    direction: Direction
    segment: int
    start_us: int
    frames: int


pieces = st.builds(Piece, st.sampled_from(Direction), st.integers(1, 4), st.integers(0, 400_000), st.integers(1, 1_500))


def ramp(number: int, frames: int) -> Samples:
    """Samples that tell which piece they are of and where in it."""
    return (2_000 * (number + 1) + np.arange(frames)).astype(np.int16)


def painted(all_pieces: Sequence[Piece]) -> Samples:
    """The model: each piece over what was there before."""
    epoch = min(piece.start_us for piece in all_pieces)
    origins = [round((piece.start_us - epoch) * NARROW / 1_000_000) for piece in all_pieces]
    length = max(origin + piece.frames for origin, piece in zip(origins, all_pieces, strict=True))
    canvas = np.zeros((length, 2), np.int16)
    in_order = sorted(range(len(all_pieces)), key=lambda n: (all_pieces[n].start_us, all_pieces[n].segment))
    for number in in_order:
        channel = 0 if all_pieces[number].direction is Direction.IN else 1
        canvas[origins[number] : origins[number] + all_pieces[number].frames, channel] = ramp(
            number, all_pieces[number].frames
        )
    return canvas


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, min_size=1, max_size=8), st.integers(1, 4_000))
def test_every_sample_lies_where_the_clock_says(
    tmp_path_factory: pytest.TempPathFactory, all_pieces: list[Piece], block_frames: int
) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    soundings = [
        sounding(
            folder,
            RawPart(f"p{n}", piece.direction, piece.segment, BEGIN + timedelta(microseconds=piece.start_us), None),
            ramp(n, piece.frames),
        )
        for n, piece in enumerate(all_pieces)
    ]
    timeline = laid_out(*soundings)

    assert np.array_equal(joined(timeline, block_frames), painted(all_pieces))
    assert all(a.stop <= b.start for spans in (timeline.left, timeline.right) for a, b in pairwise(spans))


def test_three_hours_are_joined_in_a_few_megabytes(tmp_path: Path) -> None:
    hours = 3 * 3_600
    soundings = []
    for direction in Direction:
        raw = part(direction, 0, hours)
        path = tmp_path / f"{raw.name}.wav"
        path.write_bytes(wav_bytes(tone(440, 1), told=0))
        with path.open("ab") as file:
            file.truncate(44 + hours * NARROW * 2)
        soundings.append(Sounding(raw, inspect(path)))
    timeline = laid_out(*soundings)

    begun = monotonic()
    tracemalloc.start()
    try:
        frames = sum(len(block) for block in stereo_blocks(timeline))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert frames == hours * NARROW
    assert peak < 4_000_000
    assert monotonic() - begun < 30
