"""The first run: two Asterisks and the service are started, and one call is dialled and followed live.

Run by scripts/run. Ctrl-C ends everything, and leaves the database and the recordings for the next start.
"""

import argparse
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.asterisk import find_asterisk
from lab.errors import LabError
from lab.lab import Lab
from lab.ports import free_port, require_free
from lab.progress import Progress

PROJECT = Path(__file__).resolve().parent.parent
CALLCENTER = Path(sys.executable).with_name("callcenter")
WEB_PORT = 8080
PORTS = {"http_port": 18088, "switch_sip_port": 15060, "network_sip_port": 15062}
READY_SECONDS = 60.0
"""Generous: a machine that is busy otherwise starts slowly, and a service that failed is told at once."""
AGENTS = 3
TALK_SECONDS = "10"
"""After that the agent hangs up, if the customer has not done so."""

CONFIG_TEXT = """\
[database]
url = "sqlite+aiosqlite:///{folder}/callcenter.db"

[ari]
url = "{ari_url}"
user = "{ari_user}"
password = "{ari_password}"

[recordings]
archive = "{archive}"
folder = "{recordings}"

[control]
socket = "{folder}/callcenter.sock"

[web]
port = {web_port}

[trunks.network]
endpoint = "PJSIP/{{number}}@trunk"
number_format = "national"
simulated = true
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of one installation lies."""

    folder: Path
    archive: Path

    @property
    def config(self) -> Path:
        return self.folder / "callcenter.toml"

    @property
    def passwords(self) -> Path:
        """Logins with the passwords that were made up, for the owner alone."""
        return self.folder / "passwords.txt"

    @property
    def log(self) -> Path:
        return self.folder / "callcenter.log"

    def command(self, *words: str) -> tuple[str, ...]:
        return (str(CALLCENTER), "--config", str(self.config), *words)

    def run(self, *words: str) -> str:
        """Run one command of the program; its sentence becomes ours when it fails."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        if done.returncode:
            raise LabError(done.stderr.strip() or f"`callcenter {' '.join(words)}` failed.")
        return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/run", description="Set up and start everything, and show one call. Ctrl-C ends it."
    )
    parser.add_argument("--once", action="store_true", help="end after the call")
    parser.add_argument("--free-ports", action="store_true", help="take whatever ports are free")
    parser.add_argument("--folder", type=Path, help="keep everything, the recordings too, in this folder")
    chosen = parser.parse_args()
    folder = chosen.folder or PROJECT / ".run" / "demo"
    place = Place(folder, chosen.folder / "recordings" if chosen.folder else PROJECT / "recordings")
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    progress = Progress()
    try:
        with ExitStack() as stack:
            lab = started_lab(progress, stack, place, {} if chosen.free_ports else PORTS)
            port = free_port(socket.SOCK_STREAM) if chosen.free_ports else WEB_PORT
            require_free(socket.SOCK_STREAM, port, "the pages")
            started_service(progress, stack, place, lab, port)
            return show_one_call(progress, place, lab, port, once=chosen.once)
    except LabError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nEverything is stopped.")
        return 0


def started_lab(progress: Progress, stack: ExitStack, place: Place, ports: dict[str, int]) -> Lab:
    with progress.step("Starting Asterisk, and a second one as the telephone network with three agents' phones"):
        files = find_asterisk()
        lab = Lab(
            place.folder,
            files=files,
            talk="speech",
            agents=AGENTS,
            ring_seconds=1.5,
            http_port=ports.get("http_port"),
            switch_sip_port=ports.get("switch_sip_port"),
            network_sip_port=ports.get("network_sip_port"),
        )
        stack.enter_context(lab)
    return lab


def started_service(progress: Progress, stack: ExitStack, place: Place, lab: Lab, port: int) -> None:
    with progress.step("Making the database, with a sample plan of 200 callbacks and an account for each role"):
        write_config(place, lab, port)
        place.run("db", "upgrade")
        place.run("sample", "--agents", str(AGENTS), "--passwords", str(place.passwords))
    with progress.step("Starting the service"):
        stack.enter_context(service(place))
    progress.say("Ready.")


def write_config(place: Place, lab: Lab, port: int) -> None:
    switch = lab.switch
    text = CONFIG_TEXT.format(
        folder=place.folder,
        archive=place.archive,
        ari_url=switch.ari_url,
        ari_user=switch.ari_user,
        ari_password=switch.ari_password,
        recordings=switch.recordings,
        web_port=port,
    )
    place.config.touch(mode=0o600)
    place.config.write_text(text, encoding="utf-8")


@contextmanager
def service(place: Place) -> Iterator[None]:
    """The service as a process of its own; its log goes into a file."""
    with place.log.open("a", encoding="utf-8") as out:
        process = subprocess.Popen(place.command("serve"), stdout=out, stderr=out, process_group=0)
        try:
            wait_until(lambda: in_sight(process, place), "The service did not come up")
            yield
        finally:
            process.terminate()
            process.wait(timeout=30)


def in_sight(process: subprocess.Popen[bytes], place: Place) -> bool:
    if process.poll() is not None:
        raise LabError(f"The service ended at once. Its log:\n{place.log.read_text(encoding='utf-8')[-2000:]}")
    asked = subprocess.run(place.command("status", "--json"), capture_output=True, text=True, check=False)
    return asked.returncode == 0 and bool(json.loads(asked.stdout)["switch_in_sight"])


def wait_until(true: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not true():
        if time.monotonic() > deadline:
            raise LabError(f"{otherwise} within {READY_SECONDS:.0f} s.")
        time.sleep(0.1)


def show_one_call(progress: Progress, place: Place, lab: Lab, port: int, *, once: bool) -> int:
    progress.say("One call: agent 1001 takes the next callback of the queue; the phone answers by itself and speaks.")
    dial = place.command("dial", "--agent", "1001", "--talk-seconds", TALK_SECONDS)
    code = subprocess.run(dial, check=False).returncode
    print()
    print(place.run("logs", "list", "--limit", "3"))
    print(f"Recordings:        {place.archive}/YYYY/MM/DD/ATTEMPT.flac")
    print(f"Settings:          {place.config}")
    print(f"Asterisk's ARI:    {lab.switch.ari_url}  user {lab.switch.ari_user}  password {lab.switch.ari_password}")
    print(f"Logs:              {place.log}, {lab.switch.log_file}")
    print(f"\nPages: http://127.0.0.1:{port}/   sign in with one of these (login, password):")
    print(place.passwords.read_text(encoding="utf-8"))
    if once:
        return code
    print("Try in another terminal:")
    print(f"  export PATH={CALLCENTER.parent}:$PATH CALLCENTER_CONFIG={place.config}")
    for words, meaning in (
        ("dial --agent 1002", "the next callback"),
        ("callbacks", "the queue"),
        ("explain cb-0003", "why a callback can, or cannot, be called now"),
        ("attempts", "every dial, also those in vain"),
        ("doctor", "checks the whole installation"),
    ):
        print(f"  callcenter {words:<20} # {meaning}")
    print("\nCtrl-C ends everything.")
    signal.pause()
    return code


if __name__ == "__main__":
    sys.exit(main())
