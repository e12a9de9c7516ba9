"""The good story, told through the commands: queue, dial, talk, visit log, recording, done."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from asterisk.hearing import Stereo, listen_to
from callcenter.media.encode import read_tags
from house import House, Said
from lab.lab import Lab
from lab.network import AGENT_HZ, CUSTOMER_HZ
from lab.record import SeenCall

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

HANGS_UP = 9
THREE_YEARS = timedelta(days=3 * 365)
ON_THE_CLOCK = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True)
class Story:
    """One call, and what the commands, the network and the archive say of it when it is over."""

    house: House
    callback: str
    dial: Said
    attempt: dict[str, Any]
    log: dict[str, Any]
    seen: list[SeenCall]
    sound: Stereo
    began: datetime
    ended: datetime

    @property
    def updates(self) -> list[dict[str, Any]]:
        return self.dial.lines

    @property
    def lost_tail(self) -> timedelta:
        """What Asterisk did not write of the end, as it was told; a loaded one may lose a little."""
        told = [line["detail"] for line in self.updates if line.get("alarm") == "recording_tail_lost"]
        return timedelta(milliseconds=sum(int(detail.removesuffix(" ms")) for detail in told))

    def at(self, name: str) -> datetime:
        return datetime.fromisoformat(self.attempt[name])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """One agent takes the next callback of the queue; the customer answers, speaks two seconds and hangs up."""
    house = House(tmp_path_factory.mktemp("story"), big_lab, "story", big_lab.agent_endpoint(1), prefix="1350000")
    await house.prepare()
    callback, number = await house.callback(HANGS_UP)
    await house.serve()
    await house.in_sight()
    began = datetime.now(UTC)
    dial = await house.command("dial", "--agent", "1001", "--json")
    ended = datetime.now(UTC)
    attempt_id = next(line["attempt"] for line in dial.lines if line["kind"] == "attempt")
    attempt = (await house.command("attempts", attempt_id, "--json")).json
    log = (await house.command("logs", "show", attempt_id, "--json")).json
    file = house.settings.recordings.archive / attempt["recording_file"]
    sound = listen_to(file, datetime.fromisoformat(read_tags(file)["started_at"]))
    seen = big_lab.network.seen(number)
    yield Story(house, callback, dial, attempt, log, seen, sound, began, ended)
    await house.stop()


async def test_the_command_tells_the_whole_way_and_ends_well(story: Story) -> None:
    kinds = [line["kind"] for line in story.updates]
    assert kinds[:2] == ["handed_out", "attempt"]
    assert story.updates[0]["callback"] == story.callback
    events = [line["event"] for line in story.updates if line["kind"] == "call"]
    told = ["AgentUp", "CustomerCreated", "Ringing", "Answered"]
    assert [event for event in events if event in told] == told
    assert [line["state"] for line in story.updates if line["kind"] == "recording"] == ["stored", "verified"]
    assert {line["alarm"] for line in story.updates if line["kind"] == "alarm"} <= {"recording_tail_lost", "tail_lost"}
    assert story.dial.code == 0


async def test_both_recorders_run_before_the_customer_rings(story: Story) -> None:
    events = [step["event"] for step in story.attempt["journal"]]
    started = [place for place, event in enumerate(events) if event == "RecordingStarted"]
    assert len(started) == 2
    assert max(started) < events.index("RecorderSeen") < events.index("Ringing")


async def test_the_network_saw_exactly_one_call(story: Story) -> None:
    (seen,) = story.seen
    assert seen.hung_up_by == "network"
    assert seen.cause == 16
    assert seen.answered_at is not None


async def test_the_customer_hung_up_first_and_the_talk_counts_as_answered(story: Story) -> None:
    assert (story.attempt["outcome"], story.attempt["end_reason"]) == ("answered", "customer")
    assert story.attempt["cause"] == 16
    assert story.attempt["segments"] == 1


async def test_the_attempt_s_times_are_the_network_s(story: Story) -> None:
    (seen,) = story.seen
    assert seen.ringing_at is not None
    assert seen.answered_at is not None
    assert seen.ended_at is not None
    assert abs(story.at("ringing_at") - seen.ringing_at) <= ON_THE_CLOCK
    assert abs(story.at("answered_at") - seen.answered_at) <= ON_THE_CLOCK
    assert abs(story.at("ended_at") - seen.ended_at) <= ON_THE_CLOCK
    assert story.began < story.at("dialled_at") < story.at("ringing_at")
    assert story.at("ended_at") < story.ended


async def test_each_is_heard_in_his_own_channel(story: Story) -> None:
    talk = story.at("answered_at") + timedelta(seconds=0.3)
    assert story.sound.format == "FLAC"
    assert story.sound.left.since(talk, 1.5).is_tone(CUSTOMER_HZ)
    assert story.sound.right.since(talk, 1.5).is_tone(AGENT_HZ)


async def test_what_is_heard_lies_on_the_wall_clock(story: Story) -> None:
    (seen,) = story.seen
    assert seen.answered_at is not None
    assert seen.ended_at is not None
    first, last = story.sound.left.heard
    assert abs(first - seen.answered_at) <= ON_THE_CLOCK
    assert abs(last - seen.ended_at) <= ON_THE_CLOCK + story.lost_tail
    assert story.sound.left.between(0.0, 0.2).silent


async def test_the_kept_file_is_what_the_books_say(story: Story) -> None:
    house, attempt = story.house, story.attempt["attempt"]
    async with house.books() as books:
        recording = await books.recordings.get(attempt)
    assert recording is not None
    kept = recording.kept
    assert kept is not None
    file = house.settings.recordings.archive / kept.path
    assert kept.path == f"{kept.started_at:%Y/%m/%d}/{attempt}.flac"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == kept.sha256
    assert file.stat().st_size == kept.size_bytes
    assert (kept.segments, kept.repaired) == (1, False)
    assert kept.lost_tail_ms == story.lost_tail // timedelta(milliseconds=1) <= 1000
    assert kept.warnings == (("tail_lost",) if kept.lost_tail_ms else ())
    assert abs(kept.duration_ms / 1000 - story.sound.seconds) < 0.001
    assert [step.state for step in recording.steps] == ["requested", "started", "stopped", "stored", "verified"]
    assert recording.keep_until is not None
    assert recording.keep_until >= story.began + THREE_YEARS


async def test_the_tags_name_the_call_and_its_times(story: Story) -> None:
    tags = read_tags(story.house.settings.recordings.archive / story.attempt["recording_file"])
    assert tags["attempt"] == story.attempt["attempt"]
    assert tags["callback"] == story.callback
    assert (tags["outcome"], tags["end_reason"]) == ("answered", "customer")
    for name in ("dialled_at", "ringing_at", "answered_at", "ended_at"):
        assert datetime.fromisoformat(tags[name]) == story.at(name), name


async def test_nothing_is_left_on_the_switch_nor_of_the_raw_files(story: Story) -> None:
    assert story.house.left_on_switch() == []
    assert list(story.house.lab.switch.recordings.glob(f"{story.house.app}-*")) == []
    assert list((story.house.settings.recordings.archive / ".incoming").glob("*")) == []


async def test_the_open_log_holds_what_the_machine_knows(story: Story) -> None:
    log = story.log
    assert log["closed_at"] is None
    known = {
        "agent": "测试坐席",
        "staff_number": "1001",
        "customer": "王芳",
        "channel": "电话回访",
        "outcome": "answered",
        "purpose": "测试",
        "plan": "测试计划",
        "attempt": 1,
        "round": 1,
        "hung_up_by": "customer",
        "manager": "周经理",
        "recording": story.attempt["recording_file"],
        "recording_state": "verified",
    }
    assert {name: log[name] for name in known} == known
    assert story.began <= datetime.fromisoformat(log["visited_at"]) <= story.ended
    assert log["slot"]
    assert datetime.fromisoformat(log["keep_until"]) >= story.began + THREE_YEARS


async def test_a_log_closes_only_when_complete_and_then_the_callback_is_done(story: Story) -> None:
    house, attempt = story.house, story.attempt["attempt"]
    refused = await house.command("logs", "close", attempt, "--content", "客户已签收合同")
    assert refused.code == 1
    assert "problems, handling-result, disposition" in refused.err
    assert "content" not in refused.err
    (waiting,) = (await house.command("callbacks", "--state", "wrap_up", "--json")).json
    assert waiting["callback"] == story.callback
    closed = await house.command(
        *("logs", "close", attempt, "--problems", "无", "--handling-result", "无需处理", "--disposition", "success")
    )
    assert (closed.code, closed.out) == (0, "closed; the callback is now: done\n")
    (done,) = (await house.command("callbacks", "--state", "done", "--json")).json
    assert done["callback"] == story.callback
    log = (await house.command("logs", "show", attempt, "--json")).json
    assert (log["content"], log["disposition"]) == ("客户已签收合同", "success")
    assert log["closed_at"] is not None
    again = await house.command("logs", "close", attempt, "--content", "x")
    assert again.code == 1
    assert "closed and is not changed any more" in again.err


async def test_the_recording_verifies(story: Story) -> None:
    said = await story.house.command("recordings", "verify", "--json")
    assert said.code == 0
    assert said.json == {"checked": 1, "unfinished": [], "findings": []}
