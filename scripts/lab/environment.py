"""The Python environment of the project: `.venv`, exactly as the hashed lock says.

A stamp tells which lock and which Python it was made from, so that the next start has nothing to do. The stamp is
written last: what was interrupted is taken up again.
"""

import hashlib
import importlib.util
import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.debian import PrivateApt, release_codename, unpack
from lab.errors import LabError
from lab.files import CACHE, PROJECT, exclusive, megabytes_needed, writable_folder
from lab.progress import Progress

OLDEST_PYTHON = (3, 11)
MEGABYTES = 500
SYSTEM_WHEELS = Path("/usr/share/python-wheels")
PIP_PACKAGE = "python3-pip-whl"
UNREACHABLE = re.compile(
    r"NewConnectionError|Temporary failure in name resolution|Name or service not known|Connection refused|"
    r"Network is unreachable|Read timed out|ConnectTimeout|ProxyError|SSLError|No matching distribution found",
)
DISK_FULL = re.compile(r"No space left on device|Errno 28")


def provide_environment(progress: Progress, project: Path = PROJECT) -> Path:
    """Return the environment's Python, making or mending the environment when need be; raises LabError."""
    python = project / ".venv/bin/python"
    lock = project / "scripts/locks/dev.txt"
    wanted = stamp_of(lock, project / "pyproject.toml")
    if _is_current(project, wanted):
        progress.say("The Python environment is there.")
        return python
    with exclusive(writable_folder(project / ".cache") / "environment.lock"):
        if _is_current(project, wanted):
            return python
        writable_folder(project / ".venv")
        megabytes_needed(project, MEGABYTES)
        _make(progress, project, lock)
        (project / ".venv/.stamp").write_text(wanted)
    progress.say("The Python environment is there.")
    return python


def stamp_of(*sources: Path) -> str:
    """Return what an environment depends on, as one word: the sources' contents and this Python."""
    digest = hashlib.sha256(f"{sys.executable} {platform.python_version()}".encode())
    for source in sources:
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _is_current(project: Path, wanted: str) -> bool:
    stamp = project / ".venv/.stamp"
    return stamp.exists() and stamp.read_text() == wanted and (project / ".venv/bin/python").exists()


def _same_python(environment: Path) -> bool:
    config = environment / "pyvenv.cfg"
    return config.exists() and platform.python_version() in config.read_text()


def _make(progress: Progress, project: Path, lock: Path) -> None:
    (project / ".venv/.stamp").unlink(missing_ok=True)
    log = project / ".cache/setup.log"
    with progress.step("Making the Python environment"):
        fresh = [] if _same_python(project / ".venv") else ["--clear"]
        _run([sys.executable, "-m", "venv", "--without-pip", *fresh, str(project / ".venv")], log)
    pip = [str(project / ".venv/bin/python"), str(pip_wheel(progress, project / ".cache") / "pip")]
    install = [*pip, "install", "--disable-pip-version-check", "--no-input", "--retries", "2"]
    with progress.step("Installing the locked Python packages", lambda: _at(log)):
        _run([*install, "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock)], log)
    with progress.step("Installing the project itself"):
        _run([*install, "--no-deps", "--no-build-isolation", "--no-index", "--editable", str(project)], log)


def pip_wheel(progress: Progress, cache: Path = CACHE) -> Path:
    """Return a pip that runs without being installed: this Python's own, Debian's, or one fetched from Debian."""
    spec = importlib.util.find_spec("ensurepip")
    folders = [SYSTEM_WHEELS, cache / "pip/tree/usr/share/python-wheels"]
    if spec is not None and spec.origin is not None:
        folders.insert(0, Path(spec.origin).parent / "_bundled")
    for folder in folders:
        if found := sorted(folder.glob("pip-*.whl")):
            return found[-1]
    apt = PrivateApt(cache / "pip/apt", release_codename(), progress)
    apt.update()
    unpack([apt.download_only(PIP_PACKAGE)], cache / "pip/tree")
    return max(folders[-1].glob("pip-*.whl"))


def _at(log: Path) -> str:
    """Return the line of pip's log that tells where it is: Collecting …, Installing …"""
    said = log.read_text(errors="replace")
    lines = re.findall(r"^(Collecting [^ =]+|Installing collected packages)", said, re.MULTILINE)
    return str(lines[-1]) if lines else ""


def _run(command: Sequence[str], log: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}}
    with log.open("w") as file:
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=file, stderr=file, check=False)
    if done.returncode == 0:
        return
    said = log.read_text(errors="replace")
    if DISK_FULL.search(said):
        raise LabError(f"The disk is full: free at least {MEGABYTES} MB, then start again.")
    if UNREACHABLE.search(said):
        raise LabError(f"The Python package index cannot be reached, check the network (see {log}).")
    last = (said.strip().splitlines() or ["nothing said"])[-1]
    raise LabError(f"'{' '.join(command[1:4])} …' failed: {last} (see {log})")
