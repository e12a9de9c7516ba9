"""A recording that was made elsewhere: what can be heard is kept as any other, and nothing else is."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callcenter.domain.recording import AdoptOrder, AudioFormat, NotTakenError, NotTakenWhy
from callcenter.media.adopt import adopt
from callcenter.media.archive import LocalArchive
from callcenter.media.digest import StoppedError
from callcenter.media.disk import Disk
from callcenter.media.encode import read_tags
from callcenter.media.spool import SharedFolderRecordings

MADE_AT = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
RATE = 8000


@pytest.fixture
def archive(tmp_path: Path) -> LocalArchive:
    return LocalArchive(tmp_path / "archive", SharedFolderRecordings(tmp_path / "raw"))


def tone(
    seconds: float = 1.0, channels: int = 1, rate: int = RATE
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    moments = np.arange(int(seconds * rate)) / rate
    return np.stack([np.sin(2 * np.pi * (400 + 300 * place) * moments) / 4 for place in range(channels)], axis=1)


def order(longest_seconds: int = 60) -> AdoptOrder:
    return AdoptOrder("attempt-1", MADE_AT, {"attempt": "attempt-1", "original_sha256": "ab"}, longest_seconds)


@pytest.mark.parametrize(
    ("name", "kind", "rate"),
    [("a.wav", "WAV", 8000), ("a.flac", "FLAC", 16000), ("a.mp3", "MP3", 44100), ("a.ogg", "OGG", 48000)],
)
async def test_whatever_can_be_heard_is_kept_as_flac(
    archive: LocalArchive, tmp_path: Path, name: str, kind: str, rate: int
) -> None:
    source = tmp_path / name
    soundfile.write(source, tone(2.0, rate=rate), rate, format=kind)
    before = source.read_bytes()
    kept = await archive.adopt(source, order())
    assert (kept.path, kept.format, kept.sample_rate) == ("2026/11/23/attempt-1.flac", AudioFormat.FLAC, rate)
    assert kept.duration_ms == pytest.approx(2000, abs=80)
    assert kept.started_at == MADE_AT
    assert await archive.verify(kept.path, kept.sha256, kept.size_bytes) is None
    assert read_tags(archive.locate(kept.path))["original_sha256"] == "ab"
    assert source.read_bytes() == before
    assert kept.left.peak_dbfs == pytest.approx(-12, abs=1.5)
    assert kept.left == kept.right


async def test_two_channels_stay_two_and_the_samples_what_they_were(archive: LocalArchive, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0, channels=2), RATE, subtype="PCM_16")
    kept = await archive.adopt(tmp_path / "a.wav", order())
    given, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
    found, _ = soundfile.read(archive.locate(kept.path), dtype="int16")
    assert np.array_equal(given, found)


async def test_the_same_again_is_found_and_nothing_is_overwritten(archive: LocalArchive, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(1.0), RATE)
    soundfile.write(tmp_path / "b.wav", tone(1.5), RATE)
    first, again = [await archive.adopt(tmp_path / "a.wav", order()) for _ in range(2)]
    other = await archive.adopt(tmp_path / "b.wav", order())
    assert first == again
    assert other.path == "2026/11/23/attempt-1-2.flac"
    assert await archive.verify(first.path, first.sha256, first.size_bytes) is None


def flac_with_a_hole(path: Path) -> None:
    soundfile.write(path, tone(5.0), RATE, format="FLAC")
    raw = bytearray(path.read_bytes())
    raw[200:-200] = b"\xff" * (len(raw) - 400)
    path.write_bytes(raw)


HOSTILE: list[tuple[Callable[[Path], object], NotTakenWhy]] = [
    (lambda path: path.write_bytes(b""), NotTakenWhy.EMPTY),
    (lambda path: soundfile.write(path, tone(0), RATE, format="WAV"), NotTakenWhy.EMPTY),
    (lambda path: path.write_bytes(b"MZ" + bytes(1000)), NotTakenWhy.NO_SOUND),
    (lambda path: path.write_bytes(b"<script>alert(1)</script>" * 50), NotTakenWhy.NO_SOUND),
    (lambda path: path.write_bytes(b"RIFF\xff\xff\xff\xffWAVEfmt "), NotTakenWhy.NO_SOUND),
    (lambda path: soundfile.write(path, tone(1), RATE, format="AIFF"), NotTakenWhy.NO_SOUND),
    (lambda path: soundfile.write(path, tone(61), RATE, format="FLAC"), NotTakenWhy.TOO_LONG),
]


@pytest.mark.parametrize(("make", "why"), HOSTILE)
async def test_what_is_no_recording_is_refused_and_leaves_nothing(
    archive: LocalArchive, tmp_path: Path, make: Callable[[Path], object], why: NotTakenWhy
) -> None:
    source = tmp_path / "sent"
    make(source)
    with pytest.raises(NotTakenError) as refused:
        await archive.adopt(source, order())
    assert refused.value.why is why
    assert list((tmp_path / "archive").rglob("*.flac")) == []


async def test_a_damaged_file_is_refused(archive: LocalArchive, tmp_path: Path) -> None:
    flac_with_a_hole(tmp_path / "sent")
    with pytest.raises(NotTakenError):
        await archive.adopt(tmp_path / "sent", order())
    assert list((tmp_path / "archive").rglob("*.flac")) == []


async def test_who_does_not_wait_any_more_leaves_nothing(archive: LocalArchive, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(30.0), RATE)

    stopped = threading.Event()
    stopped.set()
    folder = tmp_path / "work"
    folder.mkdir()
    with pytest.raises(StoppedError):
        adopt(tmp_path / "a.wav", order(), root=tmp_path / "archive", folder=folder, disk=Disk(), stopped=stopped)
    assert list((tmp_path / "archive").rglob("*.flac")) == []
    archive.close()
