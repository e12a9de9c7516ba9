"""The archive's disk is full: before a call, and while one is on. Nothing is deleted, nothing half-written stays."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk.calling import Dialled, Line, after, dial
from asterisk.hearing import listen
from callcenter.app.archive import ARCHIVE_MARK
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from house import House
from lab.lab import Lab
from lab.network import AGENT_HZ, CUSTOMER_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

HANGS_UP = 9
DISK_MEGABYTES = 12
MARK_MEGABYTES = 4
IMPATIENT = Path(__file__).with_name("impatient.py")


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small file system of its own; skipped where it cannot be mounted."""
    folder = tmp_path_factory.mktemp("disk")
    options = f"size={DISK_MEGABYTES}m"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=False, capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(lab: Lab, disk: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(
        tmp_path_factory.mktemp("full"),
        lab,
        "full",
        lab.agent_endpoint(1),
        prefix="1330000",
        min_free_mb=MARK_MEGABYTES,
        archive=disk / "marked",
    )
    await house.prepare()
    await house.serve()
    await house.in_sight()
    yield house
    await house.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bold_house(lab: Lab, disk: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Dials to the last byte, and tries again soon."""
    house = House(
        tmp_path_factory.mktemp("bold"),
        lab,
        "bold",
        lab.agent_endpoint(2),
        prefix="1330001",
        min_free_mb=0,
        archive=disk / "bold",
    )
    await house.prepare()
    await house.launch(sys.executable, str(IMPATIENT), "--config", str(house.config), "serve")
    await house.in_sight()
    yield house
    await house.stop()


def fill(disk: Path, leave: int) -> Path:
    """A file that leaves only so many bytes free."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        file.flush()
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        os.posix_fallocate(file.fileno(), 0, free - leave)
    return filler


def files_of(archive: Path) -> dict[str, bytes]:
    """All but the mark that tells it from an empty mount point."""
    files = [path for path in archive.rglob("*") if path.is_file() and path.name != ARCHIVE_MARK]
    return {str(path.relative_to(archive)): path.read_bytes() for path in files}


async def test_below_the_mark_nobody_is_dialled_and_what_is_kept_stays(house: House, disk: Path) -> None:
    before = await dial(house, *await house.callback(HANGS_UP))
    assert before.settled.recording.state is RecordingState.VERIFIED
    kept = files_of(house.settings.recordings.archive)
    callback, number = await house.callback(HANGS_UP)
    filler = fill(disk, leave=(MARK_MEGABYTES - 1) * 1_000_000)
    try:
        refused = await house.command("dial", "--agent", "1001", "--callback", callback, "--json")
        (queue,) = (await house.command("dial", "--agent", "1001", "--json")).lines
    finally:
        filler.unlink()
    (line,) = refused.lines
    assert refused.code == 3
    assert (line["rule"], queue["rule"]) == ("disk.full", "disk.full")
    assert f"less than the {MARK_MEGABYTES} MB it needs; nothing is dialled" in line["message"]
    assert house.lab.network.seen(number) == []
    assert files_of(house.settings.recordings.archive) == kept
    async with house.books() as books:
        case = await books.callbacks.case(callback)
    assert case is not None
    assert (case.callback.state, case.callback.leased_to) == (CallbackState.WAITING, None)
    again = await dial(house, callback, number)
    assert again.ending == ("answered", "customer")
    assert files_of(house.settings.recordings.archive).items() > kept.items()


async def test_a_disk_that_fills_up_in_a_talk_costs_no_recording(bold_house: House, disk: Path) -> None:
    house, fillers = bold_house, list[Path]()
    meanwhile: list[tuple[RecordingState, bool, int, dict[str, bytes]]] = []
    archive = house.settings.recordings.archive

    async def fill_up(_house: House, _line: Line) -> None:
        fillers.append(fill(disk, leave=8192))

    async def look_and_make_room(house: House, line: Line) -> None:
        async with house.books() as books:
            recording = await books.recordings.get(line["attempt"])
        assert recording is not None
        status = await house.ask("GET", "/status")
        raw = len(list(house.lab.switch.recordings.glob(f"{house.app}-*.wav")))
        meanwhile.append((recording.state, status["archive_trouble"] != "", raw, files_of(archive)))
        fillers.pop().unlink()

    try:
        dialled: Dialled = await dial(
            house,
            *await house.callback(HANGS_UP),
            at={"Answered": fill_up, "archive_full": after(1.5, look_and_make_room)},
        )
    finally:
        for filler in fillers:
            filler.unlink()
    assert meanwhile == [(RecordingState.STOPPED, True, 2, {})]
    assert dialled.ending == ("answered", "customer")
    assert dialled.settled.recording.state is RecordingState.VERIFIED
    sound = listen(house, dialled.settled)
    answered_at = dialled.settled.record.call.answered_at
    assert answered_at is not None
    assert sound.left.since(answered_at, 1.8).between(0.3, 1.8).is_tone(CUSTOMER_HZ)
    assert sound.right.since(answered_at, 1.8).between(0.3, 1.8).is_tone(AGENT_HZ)
    assert (await house.ask("GET", "/status"))["archive_trouble"] == ""
    assert list(house.lab.switch.recordings.glob(f"{house.app}-*")) == []
    assert set(files_of(archive)) == {path_of(dialled)}


def path_of(dialled: Dialled) -> str:
    assert dialled.settled.recording.kept is not None
    return dialled.settled.recording.kept.path
