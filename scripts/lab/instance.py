"""One running Asterisk in a folder of its own: render its configuration, start, ask, stop or kill it."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from lab import ports
from lab.asterisk import AsteriskFiles
from lab.errors import LabError
from lab.files import PROJECT

DIALPLANS = PROJECT / "dialplans"
TEMPLATES = Path(__file__).resolve().parent / "etc"
KEEPER = Path(__file__).resolve().with_name("keeper.py")
START_SECONDS = 20.0
STOP_SECONDS = 8.0
CLI_SECONDS = 10.0
# The longest path a Unix socket may have is 107 bytes; Asterisk adds "/asterisk.ctl" to the folder.
LONGEST_RUN_FOLDER = 90
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class Instance:
    """An Asterisk whose every file lies below `folder`. Ports are free ones unless given."""

    def __init__(self, name: str, files: AsteriskFiles, folder: Path, *, sip_port: int | None = None) -> None:
        self.name = name
        self.files = files
        self.folder = folder.resolve()
        self.sip_port = sip_port or ports.free_port(socket.SOCK_DGRAM)
        self.rtp_ports = ports.rtp_range()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self._run_folder = self.folder / "run"
        self._owns_run_folder = False
        if len(os.fsencode(self._run_folder)) > LONGEST_RUN_FOLDER:
            self._run_folder = Path(tempfile.mkdtemp(prefix="asterisk-"))
            self._owns_run_folder = True

    @property
    def pid(self) -> int:
        """Process id of the running Asterisk; raises LabError when it does not run."""
        if not self.running:
            raise LabError(f"Asterisk '{self.name}' is not running.")
        return self._pid

    @property
    def running(self) -> bool:
        """Tell whether the process lives."""
        return self._keeper is not None and self._keeper.poll() is None

    @property
    def spool(self) -> Path:
        """Return the spool folder."""
        return self.folder / "spool"

    @property
    def recordings(self) -> Path:
        """Return the folder of recordings made through ARI."""
        return self.spool / "recording"

    @property
    def log_file(self) -> Path:
        """Return the log of notices, warnings and errors."""
        return self.folder / "log" / "asterisk.log"

    @property
    def config(self) -> Path:
        """Return the folder with the rendered configuration."""
        return self.folder / "etc"

    def start(self) -> None:
        """Render the configuration, start, and return when fully booted.

        Raises PortTakenError for a port in use, and LabError with the last lines of the log for all else.
        """
        if self.running:
            return
        self._require_ports()
        self._render()
        command = [*self.files.command, "-f", "-C", str(self.config / "asterisk.conf")]
        with (self.folder / "log" / "console.log").open("ab") as console:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(KEEPER), *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=console,
                start_new_session=True,
            )
        assert self._keeper.stdout is not None  # noqa: S101 - it was asked for in the line above
        self._pid = int(self._keeper.stdout.readline() or 0)
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it in good order; harmless when it does not run."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            self._part_with(keeper)
        if self._owns_run_folder and not self.running:
            for left in self._run_folder.glob("asterisk.*"):
                left.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL): nothing is flushed, nobody is told."""
        os.kill(self.pid, signal.SIGKILL)
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            self._part_with(keeper)

    def restart(self) -> None:
        """Stop and start again with the same ports and passwords."""
        self.stop()
        self.start()

    def cli(self, command: str) -> str:
        """Return what Asterisk's command line answers; raises LabError when it cannot be reached."""
        try:
            done = subprocess.run(
                [*self.files.command, "-C", str(self.config / "asterisk.conf"), "-rx", command],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=CLI_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise LabError(f"Asterisk '{self.name}' did not answer '{command}' in {CLI_SECONDS:.0f} s.") from error
        if done.returncode != 0:
            said = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise LabError(f"Asterisk '{self.name}' does not answer '{command}': {said}")
        return done.stdout.decode(errors="replace")

    def log_tail(self, lines: int = 12) -> str:
        """Return the last lines of its log, for an error message."""
        for file in (self.log_file, self.folder / "log" / "console.log"):
            if file.exists() and (text := file.read_text(errors="replace").strip()):
                return "\n".join(text.splitlines()[-lines:])
        return "(its log is empty)"

    def _values(self) -> Mapping[str, object]:
        """Return what fills the templates; a subclass adds its own."""
        return {
            "name": self.name,
            "folder": self.folder,
            "run": self._run_folder,
            "modules": self.files.modules,
            "data": self.files.data,
            "dialplans": DIALPLANS,
            "sip_port": self.sip_port,
            "rtp_first": self.rtp_ports[0],
            "rtp_last": self.rtp_ports[1],
        }

    def _require_ports(self) -> None:
        ports.require_free(socket.SOCK_DGRAM, self.sip_port, f"SIP of '{self.name}'")

    def _ready(self) -> bool:
        if not (self._run_folder / "asterisk.ctl").exists():
            return False
        try:
            return "fully booted" in self.cli("core waitfullybooted")
        except LabError:
            return False

    def _render(self) -> None:
        try:
            for part in ("etc", "var", "spool/recording", "log"):
                (self.folder / part).mkdir(parents=True, exist_ok=True)
            self._run_folder.mkdir(parents=True, exist_ok=True)
            (self._run_folder / "asterisk.ctl").unlink(missing_ok=True)
            values = self._values()
            for source in (TEMPLATES / "common", TEMPLATES / self._templates()):
                for template in sorted(source.glob("*.conf")):
                    self._write(template.name, _filled(template.read_text(), values))
        except OSError as error:
            raise LabError(f"Cannot write to {self.folder}: {error.strerror}.") from error

    def _write(self, name: str, text: str) -> None:
        target = self.config / name
        target.touch(mode=0o600)
        target.write_text(text)

    def _templates(self) -> str:
        return self.name

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if not self.running:
                raise LabError(f"Asterisk '{self.name}' ended while starting. Its log:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise LabError(
                    f"Asterisk '{self.name}' was not ready after {START_SECONDS:.0f} s. Its log:\n{self.log_tail()}",
                )
            time.sleep(0.05)

    @staticmethod
    def _part_with(keeper: subprocess.Popen[bytes]) -> None:
        for pipe in (keeper.stdin, keeper.stdout):
            if pipe is not None:
                pipe.close()
        try:
            keeper.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            keeper.kill()
            keeper.wait()


def _filled(text: str, values: Mapping[str, object]) -> str:
    return PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)
