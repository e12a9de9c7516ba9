"""The bench makes its calls, and its last line says what it found; how quick the machine is today is no test."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benches.dial import summary
from benches.figures import Block, percentile
from lab.asterisk import AsteriskFiles

SCRIPTS = Path(__file__).parents[1] / "scripts"
STEADY = ("--steady", "1")
TOLD = (
    "ratio",
    "calls_per_s",
    "bare_calls_per_s",
    "dial_sent_added_p99_ms",
    "answer_pushed_p99_ms",
    "cpu_ms_service",
    "cpu_ms_asterisk_service",
    "backlog",
    "drain_s",
)


@pytest.mark.asterisk
@pytest.mark.slow
def test_a_small_bench_ends_with_its_figures_in_one_line(asterisk_files: AsteriskFiles) -> None:
    assert asterisk_files.version
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "benches",
            "dial",
            "--concurrency",
            "1,2",
            "--calls",
            "3",
            "--rounds",
            "1",
            "--steady",
            "1",
        ],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["bench"] == "dial"
    assert told["concurrency"] == 2
    assert [level["concurrency"] for level in told["levels"]] == [1, 2]
    assert all(math.isfinite(part[name]) for part in (told, told["steady"]) for name in TOLD), told
    assert told["ratio"] == pytest.approx(told["calls_per_s"] / told["bare_calls_per_s"], abs=0.01)
    assert told["calls_per_s"] > 0


def block(side: str, calls: int, seconds: float, dial_ms: list[float]) -> Block:
    cpu = {"asterisk": 0.01, "network": 0.01} | ({"bare": 0.01} if side == "bare" else {"service": 0.02, "agents": 0.0})
    return Block(side, 20, calls, seconds, dial_ms, [5.0] if side == "service" else (), cpu)


def test_the_ratio_is_that_of_all_rounds_together() -> None:

    blocks = [
        block("bare", 100, 2.0, [10.0, 20.0]),
        block("service", 100, 4.0, [15.0, 30.0]),
        block("bare", 100, 2.0, [10.0, 20.0]),
        block("service", 100, 6.0, [15.0, 40.0]),
    ]
    told = summary(blocks)
    assert told["ratio"] == pytest.approx(0.4)
    assert told["ratio_least"] == pytest.approx(1 / 3, abs=0.001)
    assert told["dial_sent_added_p99_ms"] == pytest.approx(20.0)
    assert told["cpu_ms_service"] == pytest.approx(20.0)


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile(range(1, 101), 99) == 99
    assert percentile(range(1, 101), 50) == 50
    assert percentile([7.0], 99) == 7.0
    assert math.isnan(percentile([], 50))
