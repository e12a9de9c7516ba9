from collections.abc import Iterator
from pathlib import Path

import pytest

from callcenter.media.archive import LocalArchive
from callcenter.media.spool import SharedFolderRecordings


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "archive"


@pytest.fixture
def raw(spool: Path) -> SharedFolderRecordings:
    return SharedFolderRecordings(spool)


@pytest.fixture
def archive(root: Path, raw: SharedFolderRecordings) -> Iterator[LocalArchive]:
    archive = LocalArchive(root, raw)
    yield archive
    archive.close()
