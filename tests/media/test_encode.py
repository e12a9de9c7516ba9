from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callcenter.domain.recording import AudioFormat
from callcenter.media.disk import Disk, Sink
from callcenter.media.encode import UnreadableSoundError, encode, read_tags, same_sound
from callcenter.media.export import ExportFormat, export
from media.disks import HalfWritingDisk
from media.sounds import NARROW, WIDE, Samples, loudest_hertz, tone

TAGS = {
    "title": "a1",
    "artist": "王芳",
    "date": "2031-12-31T23:59:58+00:00",
    "callback": "c7",
    "empty": "",
    "odd": "a=b\nc\\n\r=",
}


def stereo(seconds: float = 2.0, rate: int = NARROW) -> Samples:
    return np.stack([tone(440, seconds, rate), tone(1_000, seconds, rate)], axis=1)


def written(
    path: Path,
    audio_format: AudioFormat,
    sound: Samples,
    rate: int = NARROW,
    tags: Mapping[str, str] = TAGS,
    disk: Disk | None = None,
) -> Path:
    with Sink(disk or Disk(), path) as sink:
        blocks = (sound[first : first + 3_000] for first in range(0, len(sound), 3_000))
        assert encode(sink, audio_format, rate, blocks, tags) == len(sound)
        sink.flush_to_disk()
    return path


def decoded(path: Path) -> tuple[Samples, int]:
    sound, rate = soundfile.read(path, dtype="int16")
    return sound, rate


@pytest.mark.parametrize("rate", [NARROW, WIDE])
@pytest.mark.parametrize("audio_format", AudioFormat)
def test_sound_and_tags_come_back(tmp_path: Path, audio_format: AudioFormat, rate: int) -> None:
    path = written(tmp_path / "file", audio_format, stereo(rate=rate), rate)
    sound, told_rate = decoded(path)

    assert (told_rate, len(sound)) == (rate, 2 * rate)
    assert loudest_hertz(sound[:, 0], rate) == pytest.approx(440, abs=1)
    assert loudest_hertz(sound[:, 1], rate) == pytest.approx(1_000, abs=1)
    assert read_tags(path) == TAGS


@pytest.mark.parametrize("audio_format", [AudioFormat.FLAC, AudioFormat.WAV])
def test_lossless_formats_lose_nothing(tmp_path: Path, audio_format: AudioFormat) -> None:
    assert np.array_equal(decoded(written(tmp_path / "file", audio_format, stereo()))[0], stereo())


def test_players_are_told_title_artist_date_and_software(tmp_path: Path) -> None:
    with soundfile.SoundFile(written(tmp_path / "file", AudioFormat.FLAC, stereo())) as file:
        assert (file.title, file.artist, file.date) == (TAGS["title"], TAGS["artist"], TAGS["date"])
        assert file.software.startswith("callcenter")


def test_a_disk_that_takes_a_few_bytes_at_a_time_gets_them_all(tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", AudioFormat.FLAC, stereo(0.2))
    pieces = written(tmp_path / "pieces", AudioFormat.FLAC, stereo(0.2), disk=HalfWritingDisk())
    assert whole.read_bytes() == pieces.read_bytes()


def test_two_files_sound_the_same_when_samples_and_tags_agree(tmp_path: Path) -> None:
    one = written(tmp_path / "one", AudioFormat.OPUS, stereo())
    again = written(tmp_path / "again", AudioFormat.OPUS, stereo())
    shorter = written(tmp_path / "shorter", AudioFormat.OPUS, stereo(1.9))
    other = written(tmp_path / "other", AudioFormat.OPUS, stereo()[:, ::-1])
    tagged = written(tmp_path / "tagged", AudioFormat.OPUS, stereo(), tags={"title": "a2"})
    broken = tmp_path / "broken"
    broken.write_bytes(b"no sound at all")

    assert same_sound(one, again)
    assert not any(same_sound(one, file) for file in (shorter, other, tagged, broken))


def test_a_file_without_sound_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"no sound at all")
    with pytest.raises(UnreadableSoundError, match="broken"):
        read_tags(tmp_path / "broken")
    with pytest.raises(FileNotFoundError):
        read_tags(tmp_path / "absent")


@pytest.mark.parametrize("export_format", ExportFormat)
def test_a_kept_file_is_handed_out_in_every_format(tmp_path: Path, export_format: ExportFormat) -> None:
    kept = written(tmp_path / "kept", AudioFormat.FLAC, stereo())
    before = kept.read_bytes()
    export(kept, tmp_path / "out", export_format)
    sound, rate = decoded(tmp_path / "out")

    assert loudest_hertz(sound[:, 0], rate) == pytest.approx(440, abs=1)
    assert loudest_hertz(sound[:, 1], rate) == pytest.approx(1_000, abs=1)
    assert read_tags(tmp_path / "out")["callback"] == "c7"
    assert kept.read_bytes() == before


def test_an_export_never_overwrites(tmp_path: Path) -> None:
    kept = written(tmp_path / "kept", AudioFormat.FLAC, stereo())
    with pytest.raises(FileExistsError):
        export(kept, kept, ExportFormat.WAV)
