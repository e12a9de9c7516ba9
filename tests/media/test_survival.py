"""Keeping survives a kill between any two changes on disk, a full disk at any of them, and being cancelled."""

import ast
import asyncio
import errno
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import callcenter.media
from callcenter.domain.recording import ArchiveFullError, ArchiveOrder, AudioFormat, KeptRecording
from callcenter.media.archive import LocalArchive
from callcenter.media.disk import Disk
from callcenter.media.spool import SharedFolderRecordings
from callcenter.media.work import BeingKeptError, WorkFolders
from media.disks import CountingDisk, DyingDisk, FullDisk, KilledError
from media.sounds import noise, order, two_directions, write_raw


def whole_files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


@pytest.fixture
def wanted(spool: Path) -> ArchiveOrder:
    return order(*two_directions(spool, 0.5))


async def keep(root: Path, wanted: ArchiveOrder, raw: SharedFolderRecordings, disk: Disk) -> KeptRecording:
    archive = LocalArchive(root, raw, disk=disk)
    try:
        return await archive.keep(wanted)
    finally:
        archive.close()


async def healthy(root: Path, wanted: ArchiveOrder, raw: SharedFolderRecordings) -> tuple[KeptRecording, int]:
    """What is kept when nothing goes wrong, and in how many changes."""
    disk = CountingDisk()
    kept = await keep(root, wanted, raw, disk)
    assert disk.steps > 10
    return kept, disk.steps


async def test_a_kill_between_any_two_changes_loses_and_leaves_nothing(
    tmp_path: Path, wanted: ArchiveOrder, raw: SharedFolderRecordings
) -> None:
    expected, steps = await healthy(tmp_path / "healthy", wanted, raw)
    for at in range(steps):
        root = tmp_path / f"killed-{at}"
        with pytest.raises(KilledError):
            await keep(root, wanted, raw, DyingDisk(at))
        assert await keep(root, wanted, raw, Disk()) == expected
        assert whole_files(root) == [expected.path]
        assert list((root / ".incoming").iterdir()) == []


async def test_an_opus_file_placed_before_a_kill_is_the_one_that_is_kept(
    tmp_path: Path, spool: Path, raw: SharedFolderRecordings
) -> None:
    wanted = order(*two_directions(spool, 0.5), audio_format=AudioFormat.OPUS)
    _, steps = await healthy(tmp_path / "healthy", wanted, raw)
    root = tmp_path / "killed"
    with pytest.raises(KilledError):
        await keep(root, wanted, raw, DyingDisk(steps - 1))
    (placed,) = root.rglob("20*/**/*.opus")
    content = placed.read_bytes()
    kept = await keep(root, wanted, raw, Disk())

    assert placed.read_bytes() == content
    assert kept.size_bytes == len(content)
    assert kept.warnings == ()


async def test_what_a_kill_left_under_way_is_swept_at_the_start(
    tmp_path: Path, wanted: ArchiveOrder, raw: SharedFolderRecordings
) -> None:
    root = tmp_path / "archive"
    with pytest.raises(KilledError):
        await keep(root, wanted, raw, DyingDisk(8))
    assert list((root / ".incoming" / "a1").iterdir()) != []
    archive = LocalArchive(root, raw)

    assert await archive.sweep_work() == 1
    assert list((root / ".incoming").iterdir()) == []
    archive.close()


async def test_a_disk_that_fills_up_at_any_change_leaves_nothing_half_written(
    tmp_path: Path, wanted: ArchiveOrder, raw: SharedFolderRecordings
) -> None:
    expected, _ = await healthy(tmp_path / "healthy", wanted, raw)
    complete = (tmp_path / "healthy" / expected.path).read_bytes()
    disk = FullDisk(0)
    for at in range(100):
        root = tmp_path / f"full-{at}"
        disk = FullDisk(at)
        try:
            await keep(root, wanted, raw, disk)
            break
        except ArchiveFullError as error:
            assert "No space left" in str(error)  # noqa: PT017  the loop ends with the first disk that is large enough
        assert all((root / path).read_bytes() == complete for path in whole_files(root))
        assert not (root / ".incoming").exists() or list((root / ".incoming").iterdir()) == []
        assert await keep(root, wanted, raw, Disk()) == expected
        assert whole_files(root) == [expected.path]
    assert disk.at is not None
    assert disk.at > 10


async def test_no_room_for_the_raw_files_is_a_full_archive(tmp_path: Path, wanted: ArchiveOrder, spool: Path) -> None:
    class Full(SharedFolderRecordings):
        async def fetch(self, name: str, into: Path) -> None:
            await super().fetch(name, into)
            raise OSError(errno.ENOSPC, f"No space left on device: {name}")

    with pytest.raises(ArchiveFullError, match="no room for a1-1-in"):
        await keep(tmp_path / "archive", wanted, Full(spool), Disk())
    assert whole_files(tmp_path / "archive") == []


async def test_a_source_that_cannot_be_reached_is_not_taken_for_a_full_archive(
    tmp_path: Path, wanted: ArchiveOrder, spool: Path
) -> None:
    class Unreachable(SharedFolderRecordings):
        async def fetch(self, name: str, into: Path) -> None:
            raise ConnectionResetError(f"{name} to {into.name}")

    with pytest.raises(ConnectionResetError):
        await keep(tmp_path / "archive", wanted, Unreachable(spool), Disk())
    assert whole_files(tmp_path / "archive") == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 200 kB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("seconds", [4, 8])
async def test_a_really_full_disk_keeps_what_it_had_and_takes_the_rest_later(
    tiny_disk: Path, tmp_path: Path, spool: Path, raw: SharedFolderRecordings, seconds: int
) -> None:
    """4 s: the raw files fit and the result does not; 8 s: not even the raw files fit."""
    small = await keep(tiny_disk, order(*two_directions(spool, 0.5)), raw, Disk())
    parts = two_directions(spool, seconds, "a2")
    for number, one in enumerate(parts):
        write_raw(spool, one.name, noise(seconds, seed=number))
    wanted = order(*parts, attempt_id="a2")
    with pytest.raises(ArchiveFullError, match="No space left"):
        await keep(tiny_disk, wanted, raw, Disk())

    assert whole_files(tiny_disk) == [small.path]
    assert (await keep(tmp_path / "roomier", wanted, raw, Disk())).duration_ms == seconds * 1_000


class WaitingDisk(Disk):
    """Stands still at the first write of sound, until it is let go."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.go_on = threading.Event()

    def write(self, descriptor: int, data: bytes) -> int:
        self.reached.set()
        assert self.go_on.wait(10)
        return super().write(descriptor, data)


async def test_a_cancelled_keep_ends_soon_and_leaves_nothing(
    root: Path, spool: Path, raw: SharedFolderRecordings
) -> None:
    parts = two_directions(spool, 60)
    disk = WaitingDisk()
    archive = LocalArchive(root, raw, disk=disk)
    task = asyncio.create_task(archive.keep(order(*parts)))
    assert await asyncio.to_thread(disk.reached.wait, 10)
    task.cancel()
    disk.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert whole_files(root) == []
    assert list((root / ".incoming").iterdir()) == []
    archive.close()


async def test_the_loop_goes_on_while_a_file_is_made(
    root: Path, wanted: ArchiveOrder, raw: SharedFolderRecordings
) -> None:
    disk = WaitingDisk()
    archive = LocalArchive(root, raw, disk=disk)
    task = asyncio.create_task(archive.keep(wanted))
    assert await asyncio.to_thread(disk.reached.wait, 10)
    assert archive.free_bytes() > 0
    disk.go_on.set()
    assert (await task).duration_ms == 500
    archive.close()


def test_a_folder_of_work_has_one_holder_and_is_not_swept_from_under_him(tmp_path: Path) -> None:
    ours, theirs = WorkFolders(tmp_path, Disk()), WorkFolders(tmp_path, Disk())
    claim = ours.take("a1")
    (claim.folder / "sound").write_bytes(b"under way")
    with pytest.raises(BeingKeptError):
        theirs.take("a1")
    assert theirs.sweep() == 0
    assert (claim.folder / "sound").exists()

    ours.release(claim)
    theirs.release(theirs.take("a1"))
    assert list(tmp_path.iterdir()) == []


async def test_an_attempt_that_another_process_keeps_is_left_for_later(
    root: Path, wanted: ArchiveOrder, raw: SharedFolderRecordings
) -> None:
    other = WorkFolders(root / ".incoming", Disk())
    claim = other.take("a1")
    with pytest.raises(ArchiveFullError, match="another process"):
        await keep(root, wanted, raw, Disk())
    other.release(claim)
    assert (await keep(root, wanted, raw, Disk())).path.endswith("a1.flac")


def test_nothing_in_the_package_removes_or_overwrites_what_is_kept() -> None:
    """Every call that could is listed here: the clearing of work under way, the placing, the raw files, a copy."""
    dangerous = {"unlink", "remove", "rmtree", "rmdir", "rename", "replace", "truncate", "removedirs", "move"}
    found = set()
    for module in Path(callcenter.media.__path__[0]).glob("*.py"):
        for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= {
                    (module.name, function.name, call.func.attr)
                    for call in ast.walk(function)
                    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
                    if call.func.attr in dangerous
                }
    assert found == {
        ("disk.py", "clear", "rmtree"),
        ("disk.py", "clear_inside", "rmtree"),
        ("disk.py", "clear_inside", "unlink"),
        ("disk.py", "place", "rename"),
        ("scans.py", "_keep", "unlink"),
        ("spool.py", "_fetch", "unlink"),
        ("spool.py", "_discard", "unlink"),
    }
