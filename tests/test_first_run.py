"""What scripts/run shows, and what it leaves behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab.asterisk import AsteriskFiles

PROJECT = Path(__file__).parent.parent
DEMO = (sys.executable, str(PROJECT / "scripts" / "demo.py"), "--free-ports")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(PROJECT / "scripts")}

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


def processes_of(folder: Path) -> list[str]:
    """Command lines that name this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in words and int(process.name) != os.getpid():
            found.append(words)
    return found


def test_the_first_run_shows_a_call_from_the_queue_to_its_verified_recording(
    asterisk_files: AsteriskFiles,  # noqa: ARG001 (skips where there is no Asterisk)
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        (*DEMO, "--once", "--folder", str(tmp_path)),
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout
    steps = ("handed out", "committed", "customer's phone rings", "talking", "visit log opened", "recording verified")
    places = [told.index(step) for step in steps]
    assert places == sorted(places)
    assert len(list((tmp_path / "recordings").rglob("*.flac"))) == 1
    assert "password" in told
    assert processes_of(tmp_path) == []


def test_an_interrupt_ends_everything(
    asterisk_files: AsteriskFiles,  # noqa: ARG001 (skips where there is no Asterisk)
    tmp_path: Path,
) -> None:
    log = tmp_path / "told.txt"
    with log.open("w") as out:
        command = (*DEMO, "--folder", str(tmp_path / "demo"))
        process = subprocess.Popen(command, stdout=out, stderr=out, env=ENVIRONMENT, process_group=0)
    deadline = time.monotonic() + 60
    while "talking" not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    assert "Everything is stopped." in log.read_text()
    assert processes_of(tmp_path) == []
