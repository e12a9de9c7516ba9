"""The archive of recordings: which folder it is, and that it is the right one."""

from pathlib import Path

from callcenter.engine.ports import RawRecordings
from callcenter.engine.stores import RecordingStore
from callcenter.media.archive import LocalArchive
from callcenter.media.scans import LocalScans
from callcenter.media.spool import SharedFolderRecordings
from callcenter.settings import Settings

ARCHIVE_RESERVE = 10
"""Dialling stops at the free-space mark; what already runs may still be archived down to this part of it."""

ARCHIVE_MARK = ".callcenter"


class ArchiveGoneError(Exception):
    """The archive's folder is not the one in which recordings were kept before: a disk is not mounted, say."""


def archive_of(settings: Settings) -> LocalArchive:
    """The archive alone, to read in."""
    return archive(settings, SharedFolderRecordings(settings.recordings.folder))


def archive(settings: Settings, raw: RawRecordings) -> LocalArchive:
    recordings = settings.recordings
    return LocalArchive(
        recordings.archive, raw, min_free_bytes=recordings.min_free_bytes // ARCHIVE_RESERVE, make=False
    )


def scans_of(settings: Settings) -> LocalScans:
    """Scans of paper, beside the recordings."""
    recordings = settings.recordings
    return LocalScans(recordings.archive, recordings.min_free_bytes // ARCHIVE_RESERVE)


async def check_archive(root: Path, recordings: RecordingStore) -> None:
    """A new archive is made and gets a mark. Raises ArchiveGoneError where recordings were kept and it has none."""
    mark = root / ARCHIVE_MARK
    if mark.exists():
        return
    if await recordings.all_kept(limit=1):
        raise ArchiveGoneError(
            f"Recordings were kept before, but {mark.parent} is not their archive ({ARCHIVE_MARK} is not in it): "
            f"is its disk mounted? If the archive was moved there without it, make an empty file {mark}."
        )
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()
