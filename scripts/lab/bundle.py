"""Some packages of the machine's own Debian suite, fetched once and unpacked into a folder, with what they need.

The C library is left out: these programs run on the machine's own, which is of the same suite.
"""

import fnmatch
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.debian import PrivateApt, release_codename, unpack
from lab.files import exclusive, megabytes_needed, writable_folder
from lab.progress import Progress

LEFT_OUT = ("libc6_*", "libc-bin_*", "libc-l10n_*", "locales_*")


@dataclass(frozen=True, slots=True)
class Bundle:
    """What to fetch into `folder`. what: for the person who waits. needless: patterns of what is removed again."""

    folder: Path
    packages: tuple[str, ...]
    what: str
    megabytes: int
    needless: tuple[str, ...] = ()

    @property
    def tree(self) -> Path | None:
        """Where it was unpacked; None unless that is complete."""
        try:
            fetched = json.loads((self.folder / "stamp.json").read_text())["packages"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        tree = self.folder / "tree"
        return tree if fetched == list(self.packages) and tree.is_dir() else None

    def provide(self, progress: Progress) -> Path:
        """Return the tree, fetching it when need be; what was interrupted goes on where it stopped.

        Raises LabError: no network, no disk, no permission, no Debian.
        """
        if tree := self.tree:
            return tree
        writable_folder(self.folder)
        with exclusive(self.folder.with_suffix(".lock")):
            if self.tree is None:
                megabytes_needed(self.folder, self.megabytes)
                self._fetch(progress)
        return self.folder / "tree"

    def _fetch(self, progress: Progress) -> None:
        apt = PrivateApt(self.folder / "apt", release_codename(), progress)
        apt.update()
        packages = [
            package
            for package in apt.download(self.packages, self.what)
            if not any(fnmatch.fnmatch(package.name, pattern) for pattern in LEFT_OUT)
        ]
        with progress.step(f"Unpacking {len(packages)} packages"):
            (self.folder / "stamp.json").unlink(missing_ok=True)
            unpack(packages, self.folder / "tree")
            self._prune()
        stamp = self.folder / "stamp.part"
        stamp.write_text(json.dumps({"packages": self.packages, "suite": apt.suite}))
        stamp.rename(self.folder / "stamp.json")
        shutil.rmtree(self.folder / "apt", ignore_errors=True)

    def _prune(self) -> None:
        for pattern in self.needless:
            for found in list((self.folder / "tree").glob(pattern)):
                if found.is_dir() and not found.is_symlink():
                    shutil.rmtree(found)
                else:
                    found.unlink(missing_ok=True)


def library_path(tree: Path, more: Sequence[str] = ()) -> str:
    """The value of LD_LIBRARY_PATH for programs of this tree. more: further folders in it."""
    patterns = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*", *more)
    return os.pathsep.join(str(folder) for pattern in patterns for folder in sorted(tree.glob(pattern)))
