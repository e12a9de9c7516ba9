"""A PostgreSQL for the tests: the machine's own, or Debian's in a private folder; a server of its own in any case.

It listens on loopback and on a Unix socket, on a free port, with a random password, and ends with the process that
started it.
"""

import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from lab import ports
from lab.bundle import Bundle, library_path
from lab.errors import LabError
from lab.files import CACHE
from lab.instance import KEEPER
from lab.progress import Progress

OLDEST = 13
SYSTEM = Path("/usr/lib/postgresql")
USER = "callcenter"
# PostgreSQL refuses to run as root.
STAND_IN = "nobody"
START_SECONDS = 30.0
STOP_SECONDS = 20.0
NEEDLESS = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/locale",
    "usr/share/postgresql/*/man",
    "usr/share/perl*",
    "usr/lib/*/perl*",
    "usr/lib/*/libLLVM*",
    "usr/lib/llvm*",
    "usr/lib/postgresql/*/lib/bitcode",
)
# What is thrown away after the tests need not survive a power cut.
CONFIG = """\
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
max_connections = 100
shared_buffers = 32MB
fsync = off
jit = off
timezone = 'Asia/Kathmandu'
logging_collector = off
"""


@dataclass(frozen=True, slots=True)
class PostgresFiles:
    """A PostgreSQL that can be started. tree: where it was unpacked; None for the machine's own."""

    programs: Path
    tree: Path | None = None

    @property
    def environment(self) -> Mapping[str, str]:
        """Return what its programs need."""
        return {"LD_LIBRARY_PATH": library_path(self.tree)} if self.tree else {}

    def copied(self, folder: Path) -> "PostgresFiles":
        """Return a copy of these in a folder that others may enter."""
        assert self.tree is not None  # noqa: S101 (only a private one may be out of reach)
        shutil.copytree(self.tree, folder, symlinks=True)
        return PostgresFiles(folder / self.programs.relative_to(self.tree), folder)


def find_postgres(cache: Path = CACHE) -> PostgresFiles:
    """Return the PostgreSQL to use, without fetching anything; raises LabError when there is none."""
    if own := newest(SYSTEM):
        return PostgresFiles(own)
    tree = _bundle(cache).tree
    programs = newest(tree / "usr/lib/postgresql") if tree else None
    if programs is None:
        raise LabError("PostgreSQL is not here yet: scripts/test fetches it.")
    return PostgresFiles(programs, tree)


def provide_postgres(progress: Progress, cache: Path = CACHE) -> PostgresFiles:
    """Return the PostgreSQL to use, fetching it when need be. Raises LabError as `Bundle.provide` does."""
    if newest(SYSTEM) is None:
        _bundle(cache).provide(progress)
    found = find_postgres(cache)
    progress.say(f"PostgreSQL {found.programs.parent.name} is there.")
    return found


def newest(folder: Path) -> Path | None:
    """Return the programs of the newest server below `folder` that is new enough: `…/15/bin`."""
    versions = {int(found[1]): found[0] for each in folder.glob("*") if (found := re.fullmatch(r"(\d+)", each.name))}
    complete = [
        (version, folder / name / "bin")
        for version, name in versions.items()
        if version >= OLDEST and (folder / name / "bin/initdb").exists() and (folder / name / "bin/postgres").exists()
    ]
    return max(complete)[1] if complete else None


def _bundle(cache: Path) -> Bundle:
    return Bundle(cache / "postgres", ("postgresql",), "PostgreSQL and what it needs, about 95 MB", 700, NEEDLESS)


@dataclass(slots=True)
class Postgres:
    """One server whose every file lies below a temporary folder, gone at the end of the `with`."""

    files: PostgresFiles
    port: int = field(default_factory=lambda: ports.free_port(socket.SOCK_STREAM))
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    folder: Path = field(init=False)
    _keeper: "subprocess.Popen[bytes] | None" = None
    _pid: int = 0
    _made: int = 0

    def __post_init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))

    def __enter__(self) -> Self:
        try:
            self._initialise()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: object, _trace: TracebackType | None) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Tell whether the server lives."""
        return self._keeper is not None and self._keeper.poll() is None

    def url(self, name: str = "postgres") -> str:
        """Return the address of the database of this name, as settings want it."""
        return f"postgresql://{USER}:{self.password}@{ports.LOOPBACK}:{self.port}/{name}"

    def fresh(self, template: str | None = None) -> str:
        """Make a database, as a copy of `template` or empty; returns its name."""
        self._made += 1
        name = f"test_{self._made}"
        self.sql(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected."""
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def sql(self, statement: str, name: str = "postgres") -> str:
        """Return what the server answers; raises LabError when it does not do it."""
        where = ["-h", ports.LOOPBACK, "-p", str(self.port), "-U", USER, "-d", name]
        command = ["psql", "--no-psqlrc", "-qAt", "-v", "ON_ERROR_STOP=1", *where, "-c", statement]
        return self._run(command, as_server=False, PGPASSWORD=self.password)

    def start(self) -> None:
        """Start and return when it answers; raises LabError with the last lines of its log."""
        if self.running:
            return
        command = [*self._as_server(), str(self.files.programs / "postgres"), "-D", str(self.folder / "data")]
        with (self.folder / "log").open("ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(KEEPER), *command],
                env=self._environment(),
                cwd=self.folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert self._keeper.stdout is not None  # noqa: S101 (it was asked for in the line above)
        self._pid = int(self._keeper.stdout.readline() or 0)
        self._wait_until_ready()

    def stop(self, *, abruptly: bool = False) -> None:
        """End it: connections are cut off, what is not committed is lost. abruptly: as if it had crashed."""
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        if keeper.poll() is None:
            os.kill(self._pid, signal.SIGQUIT if abruptly else signal.SIGINT)
        try:
            keeper.wait(STOP_SECONDS)
        finally:
            for pipe in (keeper.stdin, keeper.stdout):
                if pipe is not None:
                    pipe.close()
            keeper.wait(STOP_SECONDS)

    def close(self) -> None:
        """Stop it and remove all its files."""
        self.stop(abruptly=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        if os.geteuid() == 0:
            account = pwd.getpwnam(STAND_IN)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
            if self.files.tree is not None and not self._reachable():
                self.files = self.files.copied(self.folder / "programs")
        secret = self.folder / "password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        shutil.chown(secret, self.folder.stat().st_uid)
        options = ["--no-sync", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256"]
        names = ["-U", USER, "--pwfile", str(secret), "-D", str(self.folder / "data")]
        self._run(["initdb", *options, *names], as_server=True)
        with (self.folder / "data/postgresql.auto.conf").open("a") as file:
            file.write(CONFIG.format(port=self.port, folder=self.folder))

    def _reachable(self) -> bool:
        look = [*self._as_server(), "test", "-x", str(self.files.programs / "postgres")]
        return subprocess.run(look, cwd="/", check=False).returncode == 0

    def _as_server(self) -> list[str]:
        if os.geteuid() != 0:
            return []
        account = pwd.getpwnam(STAND_IN)
        ids = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        # A change of the user makes the kernel forget that the keeper's end is to be told.
        return ["setpriv", *ids, "--pdeathsig=QUIT", "--"]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, **self.files.environment, "HOME": str(self.folder), "LC_ALL": "C"}

    def _run(self, command: list[str], *, as_server: bool, **more: str) -> str:
        program, *rest = command
        done = subprocess.run(
            [*(self._as_server() if as_server else []), str(self.files.programs / program), *rest],
            env={**self._environment(), **more},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise LabError(f"PostgreSQL's {program} failed: {done.stderr.strip()}")
        return done.stdout.strip()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.sql("SELECT 1")
            except LabError as error:
                tail = "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-10:])
                if not self.running:
                    raise LabError(f"PostgreSQL ended while starting. Its log:\n{tail}") from error
                if time.monotonic() > deadline:
                    raise LabError(f"PostgreSQL was not ready after {START_SECONDS:.0f} s:\n{tail}") from error
                time.sleep(0.05)
            else:
                return
