"""The office bench: agents work over the API, and books that are not right are named."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benches.office import Booked, compare
from callcenter.domain.recording import RecordingState
from lab.asterisk import AsteriskFiles
from lab.record import SeenCall

SCRIPTS = Path(__file__).parents[1] / "scripts"
NOW = datetime.now(UTC)


@pytest.mark.asterisk
@pytest.mark.slow
def test_agents_work_over_the_api_and_the_books_are_what_the_network_saw(asterisk_files: AsteriskFiles) -> None:
    assert asterisk_files.version
    done = subprocess.run(
        [sys.executable, "-m", "benches", "office", "--agents", "3", "--minutes", "0.1"],
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["wrong"] == []
    assert told["calls"] >= 3
    assert told["seen_by_network"] == told["dialled"] == told["recordings_checked"] > 0


def seen(number: str, *, answered: bool = True) -> SeenCall:
    return SeenCall(f"call-{number}", number, NOW, answered_at=NOW if answered else None)


def booked(number: str, *, answered: bool = True, recording: RecordingState | None = RecordingState.VERIFIED) -> Booked:
    return Booked(f"attempt-{number}", number, dialled=True, answered=answered, recording=recording)


def test_books_that_are_right_are_not_blamed() -> None:
    agent_absent = Booked("attempt-9", "9", dialled=False, answered=False, recording=None)
    assert (
        compare([booked("1"), booked("2", answered=False), agent_absent], [seen("1"), seen("2", answered=False)]) == []
    )


@pytest.mark.parametrize(
    ("books", "network", "blame"),
    [
        ([booked("1")], [], "in the books"),
        ([], [seen("1")], "in the books"),
        ([booked("1")], [seen("1"), seen("1")], "in the books"),
        ([booked("1", answered=False)], [seen("1")], "answered"),
        ([booked("1")], [seen("1", answered=False)], "answered"),
        ([booked("1", recording=RecordingState.STORED)], [seen("1")], "without a verified recording"),
        ([booked("1", recording=None)], [seen("1")], "without a verified recording"),
    ],
)
def test_a_call_that_is_on_one_side_only_or_has_no_recording_is_named(
    books: list[Booked], network: list[SeenCall], blame: str
) -> None:
    assert any(blame in wrong for wrong in compare(books, network))
