"""Debian packages without root: a private apt with its own state fetches them, and they are unpacked into a folder.

The archive's address, proxies and TLS settings are those of the machine's own apt.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab.errors import LabError
from lab.progress import Progress

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
OS_RELEASE = Path("/etc/os-release")
YOURSELF = "install Asterisk 22.8 or newer yourself, and for the tests PostgreSQL and Chromium"
# Settings of the machine's apt that reach the private one: how to get to the archive, nothing else.
KEPT_SETTINGS = re.compile(r"^Acquire::(http|https|ForceIPv4|ForceIPv6)\b")
UNREACHABLE = re.compile(
    r"resolv|Could not connect|Unable to connect|Connection (failed|refused|timed out)|Network is unreachable|"
    r"No route to host|Connection reset|SSL|certificate|Bad Gateway|Service Unavailable",
    re.IGNORECASE,
)
EXPIRED = re.compile(r"Release file for .* is expired|not valid anymore")
DISK_FULL = re.compile(r"No space left on device|don't have enough free space")
UNPACKERS = 2


class PrivateApt:
    """An apt whose every file lies below `folder`, for one suite (forky, sid, bookworm, …)."""

    def __init__(self, folder: Path, suite: str, progress: Progress) -> None:
        self.folder = folder
        self.suite = suite
        self._progress = progress
        self._accept_expired = False
        require_program("apt-get")
        require_program("dpkg-deb")
        self._uri = archive_uri()
        self._write()

    @property
    def archives(self) -> Path:
        """Return the folder with the packages fetched."""
        return self.folder / "cache" / "archives"

    def update(self) -> None:
        """Fetch the suite's list of packages; raises LabError when the archive cannot be reached."""
        with self._progress.step(f"Reading Debian's list of packages ({self.suite})"):
            try:
                self._run("apt-get", "update")
            except ExpiredArchiveError:
                self._accept_expired = True
                self._write()
                self._progress.say(
                    "The archive's signature is genuine, but its validity date has passed: going on with it."
                )
                self._run("apt-get", "update")

    def candidate(self, package: str) -> str | None:
        """Return the version that would be fetched, None when the suite has none."""
        found = re.search(r"^  Candidate: (?!\(none\))(.+)$", self._run("apt-cache", "policy", package), re.MULTILINE)
        return found[1] if found else None

    def download(self, packages: Sequence[str], what: str) -> list[Path]:
        """Fetch the packages and all they need; what is there already is not fetched again."""
        with self._progress.step(f"Fetching {what}", self._fetched):
            self._run("apt-get", "--yes", "--download-only", "install", *packages)
        return sorted(self.archives.glob("*.deb"))

    def download_only(self, package: str) -> Path:
        """Fetch one package without what it needs."""
        before = set(self.folder.glob("*.deb"))
        with self._progress.step(f"Fetching {package}"):
            self._run("apt-get", "download", package)
        new = set(self.folder.glob("*.deb")) - before or before
        return max(new)

    def _fetched(self) -> str:
        sizes = []
        for file in self.archives.glob("**/*.deb"):
            try:
                sizes.append(file.stat().st_size)
            except FileNotFoundError:  # apt moved it between the two looks
                continue
        return f"{sum(sizes) / 1e6:.0f} MB"

    def _write(self) -> None:
        for part in ("etc", "state/lists/partial", "cache/archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        (self.folder / "state/status").touch()
        (self.folder / "etc/sources.list").write_text(f"deb [signed-by={KEYRING}] {self._uri} {self.suite} main\n")
        settings = {
            "Dir::State": self.folder / "state",
            "Dir::State::status": self.folder / "state/status",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::sourcelist": self.folder / "etc/sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::Etc::main": "/dev/null",
            "Dir::Etc::parts": "/dev/null",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "APT::Update::Error-Mode": "any",
            "Debug::NoLocking": "1",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
        }
        if self._accept_expired:
            settings["Acquire::Check-Valid-Until"] = "false"
        lines = [f'{name} "{value}";' for name, value in settings.items()]
        (self.folder / "apt.conf").write_text("\n".join([*lines, *machine_settings()]) + "\n")

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command,
            env={
                **os.environ,
                "APT_CONFIG": str(self.folder / "apt.conf"),
                "LC_ALL": "C",
                "DEBIAN_FRONTEND": "noninteractive",
            },
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise _failure(done.stdout + done.stderr)
        return done.stdout


class ExpiredArchiveError(LabError):
    """The archive's signed date of validity has passed."""


def archive_uri(os_release: Path = OS_RELEASE) -> str:
    """Return the address of Debian's archive as the machine's own apt uses it."""
    codename = release_codename(os_release)
    listed = subprocess.run(
        ["apt-get", "--print-uris", "update"],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = re.search(rf"^'(\S+?)/dists/{re.escape(codename)}/(?:InRelease|Release)'", listed, re.MULTILINE)
    if found is None:
        raise LabError(
            f"This machine's apt names no Debian archive for '{codename}': add one to /etc/apt/sources.list, "
            f"or {YOURSELF}.",
        )
    return found[1]


def release_codename(os_release: Path = OS_RELEASE) -> str:
    """Return the machine's Debian release: bookworm, trixie, …"""
    text = os_release.read_text() if os_release.exists() else ""
    values: dict[str, str] = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))
    if values.get("ID") != "debian" or "VERSION_CODENAME" not in values:
        raise LabError(f"This set-up fetches packages for Debian only: {YOURSELF}.")
    return values["VERSION_CODENAME"]


def machine_settings() -> list[str]:
    """Return the lines of the machine's apt configuration that say how to reach an archive."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False).stdout
    return [line for line in dump.splitlines() if KEPT_SETTINGS.match(line)]


def unpack(packages: Sequence[Path], root: Path) -> None:
    """Unpack the packages into `root`, which appears complete or not at all."""
    part = root.with_name(root.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)

    def extract(package: Path) -> None:
        done = subprocess.run(["dpkg-deb", "-x", str(package), str(part)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            # A package cut short would be taken for fetched the next time.
            package.unlink(missing_ok=True)
            raise _failure(f"{package.name}: {done.stderr}")

    with ThreadPoolExecutor(UNPACKERS) as pool:
        list(pool.map(extract, packages))
    shutil.rmtree(root, ignore_errors=True)
    part.rename(root)


def require_program(name: str) -> None:
    """Raise LabError unless the program is there."""
    if shutil.which(name) is None:
        raise LabError(f"'{name}' is missing: this set-up needs Debian 12 or newer; else {YOURSELF}.")


def _failure(said: str) -> LabError:
    lines = [line.strip() for line in said.splitlines() if re.match(r"\s*[EW]: ", line)]
    last = lines[0] if lines else (said.strip().splitlines() or ["nothing said"])[-1]
    if DISK_FULL.search(said):
        return LabError("The disk is full: free at least 1.5 GB, then start again.")
    if EXPIRED.search(said):
        return ExpiredArchiveError(last)
    if UNREACHABLE.search(said):
        return LabError(f"Debian's package archive cannot be reached, check the network ({last}).")
    return LabError(f"apt failed: {last}")
