"""When does which raw part sound? Parts are placed on the wall clock; pure arithmetic, no file is opened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from callcenter.domain.recording import ArchiveOrder, Direction, RawPart, RecordingWarning
from callcenter.media.wav import Wav

TOLERANCE = timedelta(milliseconds=100)
LONGEST_GAP = timedelta(hours=6)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Sounding:
    """A raw part and the file, not empty, in which it lies."""

    part: RawPart
    wav: Wav

    @property
    def length(self) -> timedelta:
        return timedelta(microseconds=self.wav.frames * 1_000_000 // self.wav.sample_rate)

    @property
    def end(self) -> datetime:
        return self.part.started_at + self.length


@dataclass(frozen=True, slots=True)
class Span:
    """Frames [start, stop) of the timeline sound from `wav`, whose first sample belongs at frame `origin`."""

    start: int
    stop: int
    origin: int
    wav: Wav


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the stereo file will hold. frames, and all of a Span: at sample_rate (Hz), the highest of the
    parts'.
    """

    started_at: datetime
    sample_rate: int
    frames: int
    left: tuple[Span, ...]
    right: tuple[Span, ...]
    segments: int
    lost_tail_ms: int
    warnings: tuple[RecordingWarning, ...]


def lay_out(order: ArchiveOrder, soundings: Sequence[Sounding]) -> Timeline:
    """Place the soundings, at least one, on the clock that begins with the earliest of them.

    A part begins exactly when the switch said so; what nobody recorded is silence. Where two parts of one
    channel tell of the same moment the one that began later is heard, and the other again after it. A gap
    longer than LONGEST_GAP is a clock that jumped, and is closed.
    """
    rate = max(sounding.wav.sample_rate for sounding in soundings)
    in_order = sorted(soundings, key=lambda sounding: (sounding.part.started_at, sounding.part.segment))
    started_at = in_order[0].part.started_at
    origins, jumped = _origins(in_order, rate)
    left, left_overlaps = _painted(in_order, origins, rate, Direction.IN)
    right, right_overlaps = _painted(in_order, origins, rate, Direction.OUT)
    lost_tail_ms = _lost_tail_ms(order, soundings)
    segments = {sounding.part.segment for sounding in soundings}
    found = {
        RecordingWarning.SEGMENT_ABSENT: len(segments) < len({part.segment for part in order.parts}),
        RecordingWarning.ONE_DIRECTION_ABSENT: _one_direction_absent(soundings),
        RecordingWarning.SEGMENTS_OVERLAP: left_overlaps or right_overlaps,
        RecordingWarning.LONGER_THAN_TOLD: any(_is_longer_than_told(sounding) for sounding in soundings),
        RecordingWarning.CLOCK_JUMPED: jumped,
        RecordingWarning.RATES_DIFFER: len({sounding.wav.sample_rate for sounding in soundings}) > 1,
        RecordingWarning.TAIL_LOST: lost_tail_ms > 0,
    }
    return Timeline(
        started_at=started_at,
        sample_rate=rate,
        frames=max(span.stop for span in (*left, *right)),
        left=left,
        right=right,
        segments=len(segments),
        lost_tail_ms=lost_tail_ms,
        warnings=tuple(warning for warning, is_true in found.items() if is_true),
    )


def _frames(duration: timedelta, rate: int) -> int:
    return round((duration // _MICROSECOND) * rate / 1_000_000)


def _origins(in_order: Sequence[Sounding], rate: int) -> tuple[list[int], bool]:
    """The frame of each part's first sample, and whether a gap too long to be true had to be closed."""
    epoch = in_order[0].part.started_at
    covered_to = epoch
    cut_out = timedelta(0)
    origins = []
    for sounding in in_order:
        gap = sounding.part.started_at - covered_to
        if gap > LONGEST_GAP:
            cut_out += gap
        origins.append(_frames(sounding.part.started_at - epoch - cut_out, rate))
        covered_to = max(covered_to, sounding.end)
    return origins, cut_out > timedelta(0)


def _painted(
    in_order: Sequence[Sounding], origins: Sequence[int], rate: int, direction: Direction
) -> tuple[tuple[Span, ...], bool]:
    """The spans of one channel, in order and apart from each other; and whether parts overlapped noticeably."""
    spans: list[Span] = []
    overlaps = False
    for sounding, origin in zip(in_order, origins, strict=True):
        if sounding.part.direction is not direction:
            continue
        stop = origin + sounding.wav.frames * (rate // sounding.wav.sample_rate)
        hidden = sum(max(0, min(span.stop, stop) - max(span.start, origin)) for span in spans)
        overlaps = overlaps or hidden > _frames(TOLERANCE, rate)
        spans = [*_outside(spans, origin, stop), Span(origin, stop, origin, sounding.wav)]
    return tuple(sorted(spans, key=lambda span: span.start)), overlaps


def _outside(spans: Iterable[Span], start: int, stop: int) -> Iterable[Span]:
    """What is left of the spans when [start, stop) is taken out of them."""
    for span in spans:
        before = Span(span.start, min(span.stop, start), span.origin, span.wav)
        after = Span(max(span.start, stop), span.stop, span.origin, span.wav)
        yield from (piece for piece in (before, after) if piece.start < piece.stop)


def _one_direction_absent(soundings: Sequence[Sounding]) -> bool:
    heard = {(sounding.part.segment, sounding.part.direction) for sounding in soundings}
    segments = {segment for segment, _ in heard}
    return any((segment, direction) not in heard for segment in segments for direction in Direction)


def _is_longer_than_told(sounding: Sounding) -> bool:
    finished_at = sounding.part.finished_at
    return finished_at is not None and sounding.end - finished_at > TOLERANCE


def _lost_tail_ms(order: ArchiveOrder, soundings: Sequence[Sounding]) -> int:
    """Milliseconds that the files lack at their ends: per segment the worse direction, over all segments
    together.
    """
    segments = sorted({sounding.part.segment for sounding in soundings})
    following = dict(pairwise(segments))
    total = timedelta(0)
    for segment in segments:
        siblings = [sounding for sounding in soundings if sounding.part.segment == segment]
        ends = [part.finished_at for part in order.parts if part.segment == segment]
        if segment not in following:
            ends.append(order.ended_at)
        latest = max([*(end for end in ends if end is not None), *(sibling.end for sibling in siblings)])
        total += max(_lost(sibling, latest) for sibling in siblings)
    return total // timedelta(milliseconds=1)


def _lost(sounding: Sounding, latest: datetime) -> timedelta:
    """What one file lacks; up to the tolerance it is nothing. An end that was not told is the latest that the
    other direction or the order know of.
    """
    lost = (sounding.part.finished_at or latest) - sounding.end
    return lost if lost > TOLERANCE else timedelta(0)
