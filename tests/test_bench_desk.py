"""The bench of the desk makes its calls, and its last line says what an agent felt; how quick that was is no test."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benches.desk import Watched, summary, table
from benches.desk_page import Felt, Unheard
from lab.asterisk import AsteriskFiles
from lab.chromium import ChromiumFiles

SCRIPTS = Path(__file__).parents[1] / "scripts"
ASKED_FOR = ("click_to_ring_p99_ms", "answer_to_heard_p99_ms", "hangup_to_wrapup_p99_ms")


@pytest.mark.asterisk
@pytest.mark.slow
def test_a_small_bench_of_the_desk_ends_with_what_was_felt_in_one_line(
    asterisk_files: AsteriskFiles, chromium: ChromiumFiles
) -> None:
    assert asterisk_files.version
    assert chromium.executable.exists()
    done = subprocess.run(
        [sys.executable, "-m", "benches", "desk", "--agents", "2", "--calls", "1", "--talk", "2"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(SCRIPTS), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["bench"], told["agents"], told["calls"]) == ("desk", 2, 1)
    assert all(math.isfinite(told[name]) and told[name] > 0 for name in (*ASKED_FOR, "bare_ring_p50_ms")), told
    assert told["cpu_service"] > 0
    assert told["cpu_asterisk"] > 0


def test_what_is_heard_is_the_later_of_both_ends_and_the_ratio_what_is_left_of_the_bare_speed() -> None:
    watched = Watched(
        felt=[Felt(50, 120, 120, 20, 200), Felt(90, 300, 30, 300, 280)],
        unheard=[Unheard("13700000001", by_agent=False, by_customer=True)],
        bare=[10, 10],
        talking=[40, 42],
        calls=60,
        requests=600,
        wall=60.0,
        cpu={"service": 0.3},
    )
    told = summary(watched, 50, 25.0)
    assert (told["click_to_ring_p99_ms"], told["answer_to_heard_p99_ms"]) == (90, 300)
    assert told["ratio"] == pytest.approx(0.2)
    assert told["aims_met"] is True
    assert told["unheard"] == 1
    assert (told["others_talking"], told["others_calls_per_minute"], told["cpu_service"]) == (41.0, 60.0, 0.3)
    assert len(table(told).splitlines()) == 7


def test_an_aim_that_is_missed_is_told() -> None:
    slow = Watched(felt=[Felt(50, 120, 120, 20, 301)], bare=[10], talking=[1], wall=1.0)
    assert summary(slow, 50, 25.0)["aims_met"] is False
