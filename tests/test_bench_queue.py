"""The bench of the queue fills one, hands out of it, and says in its last line what it found."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benches.queue import Level, summary, table

SCRIPTS = Path(__file__).parents[1] / "scripts"
TOLD = ("ratio", "handout_p99_ms", "growth", "import_rows_per_s", "explain_p99_ms", "replan_rows_per_s", "memory_mb")


@pytest.mark.slow
def test_a_small_bench_of_the_queue_ends_with_its_figures_in_one_line() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benches", "queue", "--lengths", "2000,4000", "--rounds", "1"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SCRIPTS), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["bench"], told["waiting"]) == ("queue", 4000)
    assert all(math.isfinite(told[name]) and told[name] > 0 for name in TOLD), told


def test_growth_is_the_longest_queue_beside_the_shortest_and_the_ratio_what_is_left_of_the_bare_speed() -> None:
    first = Level(10, [1.0, 2.0], [0.5, 0.5], [1.0], 100.0, memory_mb=50.0, meanwhile=[1.0])
    last = Level(1000, [2.0, 3.0], [0.5, 0.5], [1.0], 200.0, memory_mb=60.0, meanwhile=[1.0])
    told = summary([first, last])
    assert (told["growth"], told["ratio"], told["import_rows_per_s"], told["memory_mb"]) == (1.5, 0.25, 200, 60)
    assert len(table([first, last]).splitlines()) == 3
