import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from callcenter.domain.recording import (
    ArchiveFullError,
    AudioFormat,
    Direction,
    MissingReason,
    RecordingMissingError,
    RecordingWarning,
)
from callcenter.engine.ports import Archive
from callcenter.engine.ports import RawRecordings as RawPort
from callcenter.media.archive import IncompleteFetchError, LocalArchive
from callcenter.media.encode import read_tags
from callcenter.media.spool import SharedFolderRecordings
from media.sounds import (
    AGENT_HZ,
    BEGIN,
    CUSTOMER_HZ,
    NARROW,
    loudest_hertz,
    noise,
    order,
    part,
    tone,
    two_directions,
    write_raw,
)


def files(root: Path) -> list[str]:
    """Every file below root, those under way included."""
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def cut(path: Path, byte_count: int) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-byte_count])


def left_under_way(root: Path) -> list[Path]:
    return list((root / ".incoming").iterdir())


@pytest.mark.parametrize("audio_format", AudioFormat)
async def test_an_attempt_is_kept_as_one_stereo_file(
    archive: LocalArchive, root: Path, spool: Path, audio_format: AudioFormat
) -> None:
    parts = two_directions(spool, 2)
    kept = await archive.keep(order(*parts, audio_format=audio_format, tags={"callback": "c7"}))
    file = root / kept.path
    sound, rate = soundfile.read(file, dtype="int16")

    assert kept.path == f"2031/12/31/a1.{audio_format}"
    assert kept.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert kept.size_bytes == file.stat().st_size
    assert (kept.duration_ms, kept.sample_rate, kept.segments) == (2_000, NARROW, 1)
    assert (kept.started_at, kept.repaired, kept.lost_tail_ms, kept.warnings) == (BEGIN, False, 0, ())
    assert kept.left.rms_dbfs == pytest.approx(-15.3, abs=0.1)
    assert loudest_hertz(sound[:, 0], rate) == pytest.approx(CUSTOMER_HZ, abs=1)
    assert loudest_hertz(sound[:, 1], rate) == pytest.approx(AGENT_HZ, abs=1)
    assert read_tags(file) == {
        "title": "a1",
        "attempt": "a1",
        "date": BEGIN.isoformat(),
        "started_at": BEGIN.isoformat(),
        "callback": "c7",
    }
    assert file.stat().st_mode & 0o777 == 0o640
    assert files(root) == [kept.path]
    assert left_under_way(root) == []


async def test_the_raw_files_stay_untouched(archive: LocalArchive, spool: Path) -> None:
    parts = two_directions(spool)
    before = contents(spool)
    await archive.keep(order(*parts))
    assert contents(spool) == before


async def test_keeping_again_finds_the_same_file(archive: LocalArchive, root: Path, spool: Path) -> None:
    for audio_format in AudioFormat:
        wanted = order(*two_directions(spool), audio_format=audio_format)
        assert await archive.keep(wanted) == await archive.keep(wanted)
    assert len(files(root)) == len(AudioFormat)


async def test_a_file_with_other_sound_is_never_overwritten(archive: LocalArchive, root: Path, spool: Path) -> None:
    parts = two_directions(spool)
    first = await archive.keep(order(*parts))
    write_raw(spool, parts[0].name, tone(700, 1))
    second = await archive.keep(order(*parts))
    third = await archive.keep(order(*parts))

    assert first.sha256 == hashlib.sha256((root / first.path).read_bytes()).hexdigest()
    assert second.path == "2031/12/31/a1-2.flac"
    assert second.warnings == (RecordingWarning.OTHER_FILE_KEPT,)
    assert third == second


async def test_a_damaged_file_of_the_same_name_is_left_for_a_person_to_see(
    archive: LocalArchive, root: Path, spool: Path
) -> None:
    (root / "2031/12/31").mkdir(parents=True)
    (root / "2031/12/31/a1.flac").write_bytes(b"damaged")
    kept = await archive.keep(order(*two_directions(spool)))

    assert kept.path == "2031/12/31/a1-2.flac"
    assert (root / "2031/12/31/a1.flac").read_bytes() == b"damaged"


async def test_a_switch_that_was_killed_leaves_a_recording_to_keep(
    archive: LocalArchive, root: Path, spool: Path
) -> None:
    parts = (part(Direction.IN), part(Direction.OUT))
    for one in parts:
        write_raw(spool, one.name, tone(440, 3), told=0)
    kept = await archive.keep(order(*parts, ended_at=BEGIN + timedelta(seconds=5)))

    assert kept.repaired
    assert (kept.duration_ms, kept.lost_tail_ms) == (3_000, 2_000)
    assert kept.warnings == (RecordingWarning.TAIL_LOST,)
    assert len(soundfile.read(root / kept.path)[0]) == 3 * NARROW


async def test_one_direction_alone_is_kept_with_a_warning(
    archive: LocalArchive, raw: SharedFolderRecordings, root: Path, spool: Path
) -> None:
    parts = two_directions(spool)
    await raw.discard(parts[0].name)
    kept = await archive.keep(order(*parts))

    assert kept.warnings == (RecordingWarning.ONE_DIRECTION_ABSENT,)
    assert (kept.left.peak_dbfs, kept.left.silent_share) == (-120, 1)
    assert kept.right.silent_share == 0
    assert not soundfile.read(root / kept.path)[0][:, 0].any()


async def test_a_part_that_cannot_be_read_is_named_so_that_it_stays(archive: LocalArchive, spool: Path) -> None:
    parts = two_directions(spool)
    (spool / f"{parts[1].name}.wav").write_bytes(bytes(4_096))
    kept = await archive.keep(order(*parts))

    assert kept.unread == (parts[1].name,)
    assert set(kept.warnings) == {RecordingWarning.ONE_DIRECTION_ABSENT, RecordingWarning.PART_UNREADABLE}


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        ((None, None), MissingReason.RAW_FILE_ABSENT),
        ((None, b""), MissingReason.RAW_FILE_EMPTY),
        ((b"RIFF", b""), MissingReason.RAW_FILE_EMPTY),
        ((bytes(50), b""), MissingReason.RAW_FILE_UNREADABLE),
    ],
)
async def test_where_there_is_no_sound_the_reason_is_told(
    archive: LocalArchive,
    root: Path,
    spool: Path,
    contents: tuple[bytes | None, bytes | None],
    reason: MissingReason,
) -> None:
    parts = (part(Direction.IN, 0, 1), part(Direction.OUT, 0, 1))
    for one, content in zip(parts, contents, strict=True):
        if content is not None:
            (spool / f"{one.name}.wav").write_bytes(content)
    with pytest.raises(RecordingMissingError) as caught:
        await archive.keep(order(*parts))

    assert caught.value.reason is reason
    assert files(root) == []
    assert left_under_way(root) == []


async def test_an_order_without_parts_was_never_started(archive: LocalArchive) -> None:
    with pytest.raises(RecordingMissingError) as caught:
        await archive.keep(order())
    assert caught.value.reason is MissingReason.NEVER_STARTED


@pytest.mark.parametrize("attempt_id", ["../a1", "a/b", "", ".incoming", "a" * 200, "a\n"])
async def test_an_attempt_id_never_leads_out_of_its_folder(archive: LocalArchive, spool: Path, attempt_id: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        await archive.keep(order(*two_directions(spool), attempt_id=attempt_id))


async def test_the_day_is_that_of_the_first_sample_in_utc(archive: LocalArchive, spool: Path) -> None:
    parts = (part(Direction.IN, 3, 4), part(Direction.OUT, 2.5, 4))
    for one in parts:
        write_raw(spool, one.name, noise(1))
    kept = await archive.keep(order(*parts))

    assert kept.started_at == BEGIN + timedelta(seconds=2.5)
    assert kept.path == "2032/01/01/a1.flac"


async def test_what_is_kept_can_be_verified(archive: LocalArchive, root: Path, spool: Path) -> None:
    kept = await archive.keep(order(*two_directions(spool)))
    file = root / kept.path

    assert await archive.verify(kept.path, kept.sha256, kept.size_bytes) is None
    changed = bytearray(file.read_bytes())
    changed[-1] ^= 1
    file.write_bytes(changed)
    assert await archive.verify(kept.path, kept.sha256, kept.size_bytes) is MissingReason.ARCHIVE_FILE_CHANGED
    file.write_bytes(changed[:-1])
    assert await archive.verify(kept.path, kept.sha256, kept.size_bytes) is MissingReason.ARCHIVE_FILE_CHANGED
    file.unlink()
    assert await archive.verify(kept.path, kept.sha256, kept.size_bytes) is MissingReason.ARCHIVE_FILE_ABSENT
    with pytest.raises(ValueError, match="leaves the archive"):
        await archive.verify("../elsewhere", kept.sha256, kept.size_bytes)


async def test_files_without_a_row_are_found_and_left_alone(archive: LocalArchive, root: Path, spool: Path) -> None:
    paths = []
    for attempt_id in ("a1", "a2"):
        parts = two_directions(spool, attempt_id=attempt_id)
        paths.append((await archive.keep(order(*parts, attempt_id=attempt_id))).path)
    (root / "README.md").write_text("no recording")

    assert await archive.orphans(paths) == ()
    assert await archive.orphans(paths[:1]) == (paths[1],)
    assert (root / paths[1]).exists()


async def test_two_attempts_are_kept_at_once_and_one_attempt_once(
    archive: LocalArchive, root: Path, spool: Path
) -> None:
    ids = ["a1", "a2", "a3"] * 2
    orders = [order(*two_directions(spool, attempt_id=one), attempt_id=one) for one in ids]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(archive.keep(wanted)) for wanted in orders]
    kept = [task.result() for task in tasks]

    assert kept[:3] == kept[3:]
    assert files(root) == sorted({one.path for one in kept})
    assert left_under_way(root) == []


async def test_a_raw_file_that_arrives_short_is_not_kept(spool: Path, root: Path) -> None:
    class Broken(SharedFolderRecordings):
        async def fetch(self, name: str, into: Path) -> None:
            await super().fetch(name, into)
            cut(into, 100)

    broken = LocalArchive(root, Broken(spool))
    with pytest.raises(IncompleteFetchError, match="15944 of 16044 bytes"):
        await broken.keep(order(*two_directions(spool)))
    assert files(root) == []
    broken.close()


async def test_below_its_free_space_mark_the_archive_takes_nothing(
    raw: SharedFolderRecordings, root: Path, spool: Path
) -> None:
    archive = LocalArchive(root, raw, min_free_bytes=1 << 62)
    assert not archive.accepting()
    with pytest.raises(ArchiveFullError, match="bytes are free"):
        await archive.keep(order(*two_directions(spool)))
    assert files(root) == []
    archive.close()


async def test_a_folder_that_cannot_be_made_takes_nothing(
    raw: SharedFolderRecordings, tmp_path: Path, spool: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    archive = LocalArchive(tmp_path / "file" / "archive", raw)
    assert not archive.accepting()
    with pytest.raises(ArchiveFullError, match="cannot take the file"):
        await archive.keep(order(*two_directions(spool)))
    archive.close()


async def test_an_empty_archive_accepts_and_tells_its_room(archive: LocalArchive) -> None:
    assert archive.accepting()
    assert archive.free_bytes() > 0
    assert await archive.sweep_work() == 0


async def test_levels_of_a_long_quiet_call_are_told_per_channel(archive: LocalArchive, spool: Path) -> None:
    parts = two_directions(spool, 12)
    write_raw(spool, parts[1].name, np.concatenate([tone(440, 3), np.zeros(9 * NARROW, np.int16)]))
    kept = await archive.keep(order(*parts))
    assert (kept.left.silent_share, kept.right.silent_share) == (0, 0.75)


def test_the_adapters_are_what_the_engine_asks_for(archive: LocalArchive, raw: SharedFolderRecordings) -> None:
    """The annotations are the test: the type checker reads them."""
    kept: Archive = archive
    source: RawPort = raw
    assert (kept, source) == (archive, raw)
