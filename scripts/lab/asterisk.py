"""Which Asterisk is used: the machine's own, or Debian's in a private folder?

The machine's own is taken when it is new enough; else Debian's forky (or sid) is fetched once, without root,
into `.cache/asterisk` of the project.
"""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.debian import PrivateApt, unpack
from lab.errors import LabError
from lab.files import CACHE, exclusive, megabytes_needed, writable_folder
from lab.progress import Progress

OLDEST = (22, 8)
SUITES = ("forky", "sid")
PACKAGES = ("asterisk", "asterisk-core-sounds-en-wav")
MEGABYTES = 700
MODULE_FOLDERS = ("/usr/lib/*-linux-gnu*/asterisk/modules", "/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules")
DATA_FOLDERS = ("/usr/share/asterisk", "/var/lib/asterisk")
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"
PROMPTS = "sounds/en_US_f_Allison"


@dataclass(frozen=True, slots=True)
class AsteriskFiles:
    """An Asterisk that can be started: the command, its modules and its data (documentation, prompts)."""

    command: tuple[str, ...]
    modules: Path
    data: Path
    version: str

    @property
    def has_speech(self) -> bool:
        """Tell whether English prompts are there."""
        return any((self.data / "sounds/en").glob("demo-congrats.*"))


def find_asterisk(cache: Path = CACHE) -> AsteriskFiles:
    """Return the Asterisk to use, without fetching anything; raises LabError when there is none."""
    found = own_asterisk() or _cached(cache / "asterisk")
    if found is None:
        raise LabError("Asterisk is not here yet: scripts/run or scripts/test fetches it.")
    return found


def provide_asterisk(progress: Progress, cache: Path = CACHE) -> AsteriskFiles:
    """Return the Asterisk to use, fetching it when need be.

    A fetch that was interrupted goes on where it stopped. Raises LabError: no network, no disk, no permission,
    nothing new enough.
    """
    if found := own_asterisk() or _cached(cache / "asterisk"):
        progress.say(f"Asterisk {found.version} is there.")
        return found
    with exclusive(writable_folder(cache) / "asterisk.lock"):
        if found := _cached(cache / "asterisk"):
            return found
        megabytes_needed(cache, MEGABYTES)
        return _fetch(cache / "asterisk", progress)


def version_of(text: str) -> tuple[int, ...] | None:
    """Return the numbers in `Asterisk 22.10.1~dfsg` or `1:22.10.1+dfsg-1`; None when there are none."""
    found = re.search(r"(?:^|:|\s)(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part) for part in found.groups() if part is not None) if found else None


def own_asterisk(path: str = SYSTEM_PATH) -> AsteriskFiles | None:
    """Return the machine's own Asterisk if it is new enough and complete, else None."""
    program = shutil.which("asterisk", path=path)
    if program is None:
        return None
    said = subprocess.run([program, "-V"], capture_output=True, text=True, check=False).stdout
    version = version_of(said)
    modules = _first_folder(MODULE_FOLDERS, "chan_pjsip.so")
    data = _first_folder(DATA_FOLDERS, "documentation")
    if version is None or version < OLDEST or modules is None or data is None:
        return None
    return AsteriskFiles((program,), modules, data, _dotted(version))


def _first_folder(patterns: tuple[str, ...], content: str) -> Path | None:
    folders = (folder for pattern in patterns for folder in sorted(Path("/").glob(pattern.lstrip("/"))))
    return next((folder for folder in folders if (folder / content).exists()), None)


def _fetch(folder: Path, progress: Progress) -> AsteriskFiles:
    apt, version = _newest(folder, progress)
    packages = apt.download(PACKAGES, f"Asterisk {_dotted(version)} and what it needs, about 90 MB")
    with progress.step(f"Unpacking {len(packages)} packages"):
        unpack(packages, folder / "tree")
        prompts = folder / "tree/usr/share/asterisk/sounds/en"
        if not prompts.exists() and (prompts.parent / Path(PROMPTS).name).exists():
            prompts.symlink_to(Path(PROMPTS).name)
    stamp = folder / "stamp.part"
    stamp.write_text(json.dumps({"version": _dotted(version), "suite": apt.suite}))
    stamp.rename(folder / "stamp.json")
    for suite in SUITES:
        shutil.rmtree(folder / suite, ignore_errors=True)
    found = _cached(folder)
    if found is None:
        raise LabError("Debian's Asterisk cannot be started on this machine: install Asterisk 22.8 or newer yourself.")
    progress.say(f"Asterisk {found.version} is there.")
    return found


def _newest(folder: Path, progress: Progress) -> tuple[PrivateApt, tuple[int, ...]]:
    offered = []
    for suite in SUITES:
        apt = PrivateApt(folder / suite, suite, progress)
        apt.update()
        candidate = apt.candidate(PACKAGES[0])
        version = version_of(candidate) if candidate else None
        if version is not None and version >= OLDEST:
            return apt, version
        offered.append(f"{suite}: {candidate or 'none'}")
    raise LabError(
        f"Debian offers no Asterisk {_dotted(OLDEST)} or newer ({', '.join(offered)}): install one yourself.",
    )


def _cached(folder: Path) -> AsteriskFiles | None:
    """Return the Asterisk unpacked earlier; None unless it is complete."""
    try:
        version = str(json.loads((folder / "stamp.json").read_text())["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    tree = folder / "tree"
    loader = next(tree.glob("usr/lib*/ld-linux*.so.*"), None)
    libraries = next(tree.glob("usr/lib/*-linux-gnu*/asterisk"), None)
    if loader is None or libraries is None:
        return None
    command = (str(loader), "--library-path", str(libraries.parent), str(tree / "usr/sbin/asterisk"))
    return AsteriskFiles(command, libraries / "modules", tree / "usr/share/asterisk", version)


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
