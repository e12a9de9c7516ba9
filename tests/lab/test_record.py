"""Is the network's record of calls there whatever happens to the network?"""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lab.asterisk import AsteriskFiles
from lab.lab import Lab
from lab.record import read_record

LINES = """\
1700000000.100 incoming net-1.0 13800000001 1001
1700000000.200 incoming net-1.1 +8613800000003 anonymous
1700000000.300 ringing net-1.0 13800000001 \n\
1700000000.400 ended net-1.1 +8613800000003 network 17
1700000000.500 answered net-1.0 13800000001 \n\
1700000000.600 incoming net-1.2 agent-1001 callcenter
1700000000.700 ended net-1.0 13800000001 caller 0
"""


def at(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(1_700_000_000 + milliseconds / 1000, UTC)


def test_events_of_calls_side_by_side_are_put_together(tmp_path: Path) -> None:
    file = tmp_path / "calls.log"
    file.write_text(LINES)
    talk, busy, phone = read_record(file)
    assert (talk.number, talk.caller) == ("13800000001", "1001")
    assert (talk.started_at, talk.ringing_at, talk.answered_at, talk.ended_at) == (at(100), at(300), at(500), at(700))
    assert (talk.hung_up_by, talk.cause) == ("caller", None)
    assert (busy.number, busy.hung_up_by, busy.cause, busy.answered_at) == ("+8613800000003", "network", 17, None)
    assert phone.to_phone
    assert phone.live


def test_a_line_cut_short_by_a_power_cut_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "calls.log"
    file.write_text(LINES + "1700000000.800 ended net-1.2 agent-1001 calle")
    assert read_record(file)[-1].live


def test_no_record_means_no_calls(tmp_path: Path) -> None:
    assert read_record(tmp_path / "none.log") == []


def test_an_event_nobody_knows_is_told_and_not_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "calls.log"
    file.write_text(LINES + "1700000000.800 vanished net-1.2 agent-1001 \n")
    with pytest.raises(ValueError, match="vanished"):
        read_record(file)


@pytest.mark.asterisk
def test_the_record_outlives_a_killed_network(asterisk_files: AsteriskFiles, tmp_path: Path) -> None:
    with Lab(tmp_path, files=asterisk_files, talk="tone", agents=1) as lab:
        dial(lab, "13800000001")
        wait_for(lambda: any(call.answered_at for call in lab.network.seen("13800000001")))
        lab.network.kill()
        before = lab.network.seen()
        assert [(call.number, call.live) for call in before] == [("13800000001", True)]
        lab.network.start()
        lab.wait_for_phones()
        dial(lab, "13800000003")
        wait_for(lambda: any(call.ended_at for call in lab.network.seen("13800000003")))
        after = lab.network.seen()
        assert after[:1] == before
        assert len({call.id for call in after}) == 2


def dial(lab: Lab, number: str) -> None:
    lab.switch.cli(f"channel originate PJSIP/{number}@trunk application Wait 30")


def wait_for(condition: object, seconds: float = 10) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
