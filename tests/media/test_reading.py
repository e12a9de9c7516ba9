"""A kept file is read in blocks, only from beneath the archive, and closed whatever happens."""

import asyncio
import hashlib
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.recording import MissingReason, RecordingGoneError
from callcenter.engine.ports import ArchiveReader
from callcenter.media.archive import LocalArchive
from callcenter.media.reading import BLOCK_BYTES

RAW = os.urandom(2 * BLOCK_BYTES + 1000)
SHA256 = hashlib.sha256(RAW).hexdigest()
PATH = "2026/11/23/a1.flac"


@pytest.fixture
def file(root: Path) -> Path:
    path = root / PATH
    path.parent.mkdir(parents=True)
    path.write_bytes(RAW)
    return path


async def read(archive: ArchiveReader, first: int, last: int, path: str = PATH) -> bytes:
    async with archive.reading(path, len(RAW), SHA256) as opened:
        return b"".join([block async for block in opened.blocks(first, last)])


def descriptors(path: Path) -> list[str]:
    return [link.name for link in Path("/proc/self/fd").iterdir() if link.resolve() == path]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(RAW) - 1), st.integers(0, len(RAW) - 1))
async def test_any_part_is_that_part_of_the_file(archive: LocalArchive, file: Path, one: int, two: int) -> None:
    first, last = sorted((one, two))
    assert await read(archive, first, last) == RAW[first : last + 1]
    assert descriptors(file) == []


async def test_blocks_are_read_when_they_are_asked_for(
    archive: LocalArchive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    pread = os.pread

    def watched(descriptor: int, length: int, offset: int) -> bytes:
        reads.append(threading.current_thread().name)
        return pread(descriptor, length, offset)

    assert await read(archive, 0, 0) == RAW[:1]
    monkeypatch.setattr(os, "pread", watched)
    assert file.exists()
    async with archive.reading(PATH, len(RAW), SHA256) as opened:
        blocks = opened.blocks(0, len(RAW) - 1)
        assert reads == []
        assert len(await anext(blocks)) == BLOCK_BYTES
        assert len(reads) == 1
    assert all(name.startswith("archive-reader") for name in reads)


@pytest.mark.parametrize("path", ["../a1.flac", "/etc/passwd", "2026/../../x", "", ".", "a\0b"])
async def test_nothing_outside_the_archive_is_opened(archive: LocalArchive, file: Path, path: str) -> None:
    assert file.exists()
    with pytest.raises(ValueError, match="leaves the archive"):
        await read(archive, 0, 1, path)


async def test_no_link_is_followed(archive: LocalArchive, file: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a1.flac").write_bytes(RAW)
    file.unlink()
    file.symlink_to(outside / "a1.flac")
    with pytest.raises(RecordingGoneError):
        await read(archive, 0, 1)
    file.unlink()
    file.parent.rmdir()
    file.parent.symlink_to(outside)
    with pytest.raises(RecordingGoneError):
        await read(archive, 0, 1)


async def test_what_is_not_the_file_that_was_kept_is_not_opened(archive: LocalArchive, file: Path) -> None:
    file.write_bytes(RAW[:-1])
    with pytest.raises(RecordingGoneError) as caught:
        await read(archive, 0, 1)
    assert caught.value.reason is MissingReason.ARCHIVE_FILE_CHANGED
    file.unlink()
    with pytest.raises(RecordingGoneError) as caught:
        await read(archive, 0, 1)
    assert caught.value.reason is MissingReason.ARCHIVE_FILE_ABSENT
    file.mkdir()
    with pytest.raises(RecordingGoneError):
        await read(archive, 0, 1)
    file.rmdir()
    os.mkfifo(file)
    with pytest.raises(RecordingGoneError):
        await read(archive, 0, 1)
    assert descriptors(file) == []


async def test_a_file_of_the_same_size_and_times_with_one_other_byte_is_not_opened(
    archive: LocalArchive, file: Path
) -> None:
    assert await read(archive, 0, 1) == RAW[:2]
    times = file.stat()
    file.write_bytes(bytes([RAW[0] ^ 1]) + RAW[1:])
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    with pytest.raises(RecordingGoneError) as caught:
        await read(archive, 5, 6)
    assert caught.value.reason is MissingReason.ARCHIVE_FILE_CHANGED
    assert descriptors(file) == []
    file.write_bytes(RAW)
    assert await read(archive, 0, 1) == RAW[:2]


async def test_a_file_is_read_whole_only_once_while_it_stays_the_same(
    archive: LocalArchive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await read(archive, 0, 0)
    sizes: list[int] = []
    pread = os.pread

    def watched(descriptor: int, length: int, offset: int) -> bytes:
        sizes.append(length)
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", watched)
    assert file.exists()
    await read(archive, 10, 19)
    assert sizes == [10]


async def test_an_archive_out_of_reach_is_no_missing_file(archive: LocalArchive, file: Path, root: Path) -> None:
    assert file.exists()
    root.rename(root.with_name("unmounted"))
    with pytest.raises(FileNotFoundError):
        await read(archive, 0, 1)


async def test_a_file_that_shrinks_meanwhile_is_told_of(archive: LocalArchive, file: Path) -> None:
    async with archive.reading(PATH, len(RAW), SHA256) as opened:
        file.write_bytes(RAW[:10])
        with pytest.raises(RecordingGoneError):
            _ = [block async for block in opened.blocks(0, len(RAW) - 1)]


async def test_who_is_cancelled_while_a_block_is_read_leaves_nothing_open(
    archive: LocalArchive, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    pread = os.pread

    def slow(descriptor: int, length: int, offset: int) -> bytes:
        begun.set()
        go_on.wait(10)
        return pread(descriptor, length, offset)

    monkeypatch.setattr(os, "pread", slow)
    reading = asyncio.create_task(read(archive, 0, len(RAW) - 1))
    await asyncio.to_thread(begun.wait, 10)
    reading.cancel()
    await asyncio.sleep(0)
    assert descriptors(file) != []
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert descriptors(file) == []
