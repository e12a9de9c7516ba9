"""Scans in the archive: whole, placed once, and none where the archive is not there."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.domain.recording import ArchiveFullError
from callcenter.domain.visits.paper import ScanKind
from callcenter.media.scans import LocalScans

AT = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
PDF = b"%PDF-1.4\n" + b"x" * 3_000_000 + b"\n%%EOF\n"


def source(folder: Path, content: bytes = PDF) -> Path:
    path = folder / "sent"
    path.write_bytes(content)
    return path


async def test_a_scan_is_copied_whole_and_never_overwritten(tmp_path: Path) -> None:
    root = tmp_path / "archive"
    root.mkdir()
    scans, sent = LocalScans(root), source(tmp_path)
    assert await scans.kind(sent) is ScanKind.PDF
    path, sha256, size = await scans.keep(sent, "abc", ScanKind.PDF, AT)
    assert (path, size) == ("scans/2026/11/23/abc.pdf", len(PDF))
    assert sha256 == hashlib.sha256(PDF).hexdigest()
    assert (root / path).read_bytes() == PDF
    assert (root / path).stat().st_mode & 0o777 == 0o640
    with pytest.raises(ArchiveFullError):
        await scans.keep(source(tmp_path, b"%PDF-other%%EOF"), "abc", ScanKind.PDF, AT)
    assert (root / path).read_bytes() == PDF
    assert [each.name for each in (root / path).parent.iterdir()] == ["abc.pdf"]


async def test_an_archive_that_is_away_or_full_takes_nothing(tmp_path: Path) -> None:
    sent = source(tmp_path)
    with pytest.raises(ArchiveFullError):
        await LocalScans(tmp_path / "away").keep(sent, "abc", ScanKind.PDF, AT)
    assert not (tmp_path / "away").exists()
    with pytest.raises(ArchiveFullError):
        await LocalScans(tmp_path, min_free_bytes=1 << 62).keep(sent, "abc", ScanKind.PDF, AT)


async def test_a_file_that_is_cut_off_is_nothing(tmp_path: Path) -> None:
    assert await LocalScans(tmp_path).kind(source(tmp_path, PDF[:-100])) is None
    assert await LocalScans(tmp_path).kind(source(tmp_path, b"")) is None
