"""Every change the archive makes on disk goes through here, so that each can be made to fail.

Nothing here overwrites or removes a file of the archive: `place` refuses a name that is taken, and
the two `clear` are handed folders of work under way only.
"""

import errno
import os
import shutil
from pathlib import Path
from typing import IO, Self, cast

_FILE_MODE = 0o640
_FOLDER_MODE = 0o750


class Disk:
    """The real file system. All methods raise OSError as the system does."""

    def free_bytes(self, folder: Path) -> int:
        """Bytes an ordinary user may still write on the file system of `folder`."""
        return shutil.disk_usage(folder).free

    def make_folder(self, folder: Path) -> None:
        """Make a folder with its parents, each one durable in its parent."""
        if folder.is_dir():
            return
        self.make_folder(folder.parent)
        folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
        self.flush_folder(folder.parent)

    def make_work_folder(self, folder: Path) -> None:
        """Make a folder that need not outlive a power cut."""
        folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)

    def create(self, path: Path) -> int:
        """A descriptor of a new file, for reading and writing."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
        os.fchmod(descriptor, _FILE_MODE)
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        """Write at least one byte of data, and tell how many."""
        return os.write(descriptor, data)

    def flush(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def flush_folder(self, folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def place(self, finished: Path, target: Path) -> None:
        """Give the finished file its name. FileExistsError when the name is taken; the caller holds the
        attempt's claim, so nobody else can take it in between.
        """
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        finished.rename(target)

    def clear(self, folder: Path) -> None:
        """Remove one folder of work under way."""
        shutil.rmtree(folder)

    def clear_inside(self, folder: Path) -> None:
        """Remove what lies in one folder of work under way."""
        for left in folder.iterdir():
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()


class Sink:
    """A new file that a sound library writes to through C, where no exception can pass: the first error is
    kept, all later writes are refused, and `check` raises it. Also a context manager, which closes the file.
    """

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self._descriptor = disk.create(path)
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    @property
    def file(self) -> IO[bytes]:
        """The sink as the file object that libraries ask for; they use write, read, seek and tell alone."""
        return cast("IO[bytes]", self)

    def write(self, data: bytes) -> int:
        written = 0
        try:
            while self._error is None and written < len(data):
                written += self._disk.write(self._descriptor, data[written:])
        except BaseException as error:  # noqa: BLE001  called from C: nothing may pass, check() raises it
            self._error = error
        return written

    def read(self, count: int = -1) -> bytes:
        return os.read(self._descriptor, max(count, 0))

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        return os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def check(self) -> None:
        """Raise what a write met, if anything."""
        if self._error is not None:
            raise self._error

    def flush_to_disk(self) -> None:
        self.check()
        self._disk.flush(self._descriptor)
