"""Where does a finished recording lie in the archive?"""

from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from callcenter.media.disk import Disk
from callcenter.media.encode import same_sound


def placed(finished: Path, root: Path, began_at: datetime, attempt_id: str, disk: Disk) -> tuple[Path, bool]:
    """Where the file is now, and whether another one of this attempt was there before. It keeps its suffix; nothing is
    overwritten. began_at: of its sound. Raises OSError.

    A file placed before a kill has the same sound and is taken for this one. Bytes may differ all the same:
    an Opus stream has a random number, and a newer encoder packs otherwise.
    """
    day = root / f"{began_at.astimezone(UTC):%Y/%m/%d}"
    disk.make_folder(day)
    for number in count(1):
        suffix = "" if number == 1 else f"-{number}"
        target = day / f"{attempt_id}{suffix}{finished.suffix}"
        try:
            disk.place(finished, target)
        except FileExistsError:
            if not same_sound(finished, target):
                continue
        disk.flush_folder(day)
        return target, number > 1
    raise AssertionError("numbers do not end")
