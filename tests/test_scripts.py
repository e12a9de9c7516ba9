"""What the scripts tell of themselves, before they do anything."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("--once", "--help")])
def test_run_tells_its_options_and_sets_nothing_up(tmp_path: Path, words: tuple[str, ...]) -> None:
    copied = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, copied, ignore=shutil.ignore_patterns("__pycache__"))
    (copied / "setup").write_text("#!/bin/sh\necho set up >&2\nexit 3\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        (str(copied / "run"), *words),
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: scripts/run")
    for option in ("--once", "--free-ports", "--folder"):
        assert option in done.stdout
    assert sorted(tmp_path.rglob("*")) == before
