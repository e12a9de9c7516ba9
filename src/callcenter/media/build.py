"""One attempt's fetched parts become one placed file; runs in a thread, and may be killed between any two
steps.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from callcenter.domain.recording import (
    ArchiveOrder,
    KeptRecording,
    MissingReason,
    RawPart,
    RecordingMissingError,
    RecordingWarning,
)
from callcenter.domain.times.instant import utc
from callcenter.media.digest import sha256_of
from callcenter.media.disk import Disk, Sink
from callcenter.media.encode import encode
from callcenter.media.join import stereo_blocks
from callcenter.media.levels import Meter, metered
from callcenter.media.placing import placed
from callcenter.media.timeline import Sounding, Timeline, lay_out
from callcenter.media.wav import NotWavError, inspect


@dataclass(frozen=True, slots=True)
class Fetched:
    """A raw part and the private file it was fetched to; None when the switch has no such file."""

    part: RawPart
    file: Path | None


@dataclass(frozen=True, slots=True)
class _Looked:
    """What the raw files turned out to be."""

    soundings: tuple[Sounding, ...]
    unread: tuple[str, ...]
    empty: tuple[str, ...]


def build(
    order: ArchiveOrder,
    fetched: Sequence[Fetched],
    *,
    root: Path,
    folder: Path,
    disk: Disk,
    stopped: threading.Event,
) -> KeptRecording:
    """Join, encode, make durable, place under root. folder: private, on root's file system.

    Raises RecordingMissingError, StoppedError, OSError.
    """
    looked = _look(fetched)
    if not looked.soundings:
        raise _nothing(order, looked)
    timeline = lay_out(order, looked.soundings)
    meters = (Meter(timeline.sample_rate), Meter(timeline.sample_rate))
    finished = folder / f"finished.{order.format}"
    with Sink(disk, finished) as sink:
        blocks = metered(stereo_blocks(timeline), meters, stopped)
        encode(sink, order.format, timeline.sample_rate, blocks, _tags(order, timeline))
        sink.flush_to_disk()
    target, differs = placed(finished, root, timeline.started_at, order.attempt_id, disk)
    unread = (RecordingWarning.PART_UNREADABLE,) if looked.unread else ()
    other = (RecordingWarning.OTHER_FILE_KEPT,) if differs else ()
    return KeptRecording(
        path=target.relative_to(root).as_posix(),
        format=order.format,
        sha256=sha256_of(target, stopped),
        size_bytes=target.stat().st_size,
        duration_ms=round(timeline.frames * 1000 / timeline.sample_rate),
        sample_rate=timeline.sample_rate,
        started_at=utc(timeline.started_at),
        left=meters[0].levels(),
        right=meters[1].levels(),
        segments=timeline.segments,
        repaired=any(sounding.wav.repaired for sounding in looked.soundings),
        lost_tail_ms=timeline.lost_tail_ms,
        warnings=(*timeline.warnings, *unread, *other),
        unread=looked.unread,
    )


def _look(fetched: Sequence[Fetched]) -> _Looked:
    soundings, unread, empty = [], [], []
    for one in fetched:
        if one.file is None:
            continue
        try:
            wav = inspect(one.file)
        except NotWavError:
            unread.append(one.part.name)
            continue
        if wav.frames:
            soundings.append(Sounding(one.part, wav))
        else:
            empty.append(one.part.name)
    return _Looked(tuple(soundings), tuple(unread), tuple(empty))


def _nothing(order: ArchiveOrder, looked: _Looked) -> RecordingMissingError:
    if looked.unread:
        return RecordingMissingError(MissingReason.RAW_FILE_UNREADABLE, ", ".join(looked.unread))
    if looked.empty:
        return RecordingMissingError(MissingReason.RAW_FILE_EMPTY, ", ".join(looked.empty))
    return RecordingMissingError(MissingReason.RAW_FILE_ABSENT, ", ".join(part.name for part in order.parts))


def _tags(order: ArchiveOrder, timeline: Timeline) -> dict[str, str]:
    started_at = utc(timeline.started_at).isoformat()
    own = {
        "title": order.attempt_id,
        "attempt": order.attempt_id,
        "date": started_at,
        "started_at": started_at,
    }
    return own | order.tags
