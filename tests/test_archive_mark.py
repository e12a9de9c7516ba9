"""Is this the archive, or the empty mount point of one?"""

from pathlib import Path
from typing import cast

import pytest

from callcenter.app.archive import ARCHIVE_MARK, ArchiveGoneError, check_archive
from callcenter.engine.stores import RecordingStore


class Kept:
    """A RecordingStore that knows so many kept recordings."""

    def __init__(self, count: int) -> None:
        self._count = count

    async def all_kept(self, limit: int = 1000, after: str = "") -> list[str]:
        return [] if after else ["a recording"] * min(self._count, limit)


def kept(count: int) -> RecordingStore:
    return cast(RecordingStore, Kept(count))


async def test_a_new_archive_is_made_and_marked(tmp_path: Path) -> None:
    await check_archive(tmp_path / "archive", kept(0))
    assert (tmp_path / "archive" / ARCHIVE_MARK).exists()
    await check_archive(tmp_path / "archive", kept(1))


@pytest.mark.parametrize("there", [True, False])
async def test_an_archive_that_lost_its_recordings_is_not_made_anew(tmp_path: Path, *, there: bool) -> None:
    root = tmp_path / "archive"
    if there:
        root.mkdir()
    with pytest.raises(ArchiveGoneError, match="mounted"):
        await check_archive(root, kept(1))
    assert list(tmp_path.rglob("*")) == ([root] if there else [])
