"""Asterisk killed in a talk and while it rings; Asterisk out of sight for a while."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk.calling import Line, after, dial, hang_up
from asterisk.door import Door
from asterisk.hearing import listen
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from house import House, Settled
from lab.asterisk import AsteriskFiles
from lab.lab import Lab
from lab.network import AGENT_HZ, CUSTOMER_HZ
from lab.record import SeenCall

pytestmark = [pytest.mark.asterisk, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

TALKS, RINGS = 1, 4
RING_SECONDS = 15
TALK_SECONDS = 5.0
BUFFER_SECONDS = 2.1
"""So much of a raw file Asterisk may hold back."""

SIGHT_SECONDS = 1.5
"""How long before its death Asterisk may have been heard last: a heartbeat, and some."""

SHORT_TAIL_MS = 1000
OUT_OF_SIGHT_SECONDS = 5.0


@pytest.fixture(scope="module")
def mortal_lab(asterisk_files: AsteriskFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("mortal-lab"), files=asterisk_files, talk="tone", agents=2) as lab:
        yield lab


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(mortal_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(
        tmp_path_factory.mktemp("mortal"),
        mortal_lab,
        "mortal",
        mortal_lab.agent_endpoint(1),
        prefix="1340000",
        ring_seconds=RING_SECONDS,
    )
    await house.prepare()
    await house.agents({"1002": mortal_lab.agent_endpoint(2)})
    await house.serve()
    await house.in_sight()
    yield house
    await house.stop()


@dataclass(frozen=True, slots=True)
class Killed:
    """Two calls whose Asterisk was killed at `at`: one in its talk, the other while it rang."""

    at: datetime
    talk: Settled
    ring: Settled
    seen: dict[str, list[SeenCall]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def killed(house: House) -> Killed:
    lab = house.lab
    talk, talk_number = await house.callback(TALKS)
    ring, ring_number = await house.callback(RINGS)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(house.dialled(talk, "1001"))
        tasks.create_task(house.dialled(ring, "1002"))
        for _ in range(200):
            if {call["state"] for call in await house.ask("GET", "/calls")} == {"talking", "dialling"}:
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(TALK_SECONDS)
        at = datetime.now(UTC)
        lab.switch.kill()
        await asyncio.to_thread(lab.start)
    seen = {name: lab.network.seen(number) for name, number in (("talk", talk_number), ("ring", ring_number))}
    return Killed(at, await house.settled(talk), await house.settled(ring), seen)


async def test_a_talk_stays_answered_and_says_that_the_switch_was_lost(killed: Killed) -> None:
    attempt = killed.talk.record.attempt
    assert (attempt.outcome, attempt.end_reason) == (Outcome.ANSWERED, EndReason.SWITCH_LOST)
    assert attempt.ended_at is not None
    assert -0.1 < (killed.at - attempt.ended_at).total_seconds() < SIGHT_SECONDS
    assert killed.talk.callback.state is CallbackState.WRAP_UP
    assert killed.talk.log.closed_at is None
    assert killed.talk.log.log.hung_up_by is EndReason.SWITCH_LOST
    assert len(killed.seen["talk"]) == 1


async def test_the_part_that_was_recorded_is_repaired_kept_and_its_lost_tail_listed(
    house: House, killed: Killed
) -> None:
    recording, kept = killed.talk.recording, killed.talk.recording.kept
    assert recording.state is RecordingState.VERIFIED
    assert kept is not None
    assert kept.repaired
    ended_at = killed.talk.record.attempt.ended_at
    answered_at = killed.talk.record.call.answered_at
    assert ended_at is not None
    assert answered_at is not None
    sound = listen(house, killed.talk)
    whole = (ended_at - kept.started_at).total_seconds()
    assert kept.lost_tail_ms / 1000 == pytest.approx(max(0.0, whole - sound.seconds), abs=0.15)
    assert kept.lost_tail_ms / 1000 <= BUFFER_SECONDS
    assert ("tail_lost" in kept.warnings) == (kept.lost_tail_ms > 0)
    assert (killed.at - kept.started_at).total_seconds() - sound.seconds <= BUFFER_SECONDS + 0.1
    first, _ = sound.left.heard
    assert abs((first - answered_at).total_seconds()) <= 0.1
    assert sound.left.since(answered_at, 2.5).between(0.2, 2.5).is_tone(CUSTOMER_HZ)
    assert sound.right.since(answered_at, 2.5).between(0.2, 2.5).is_tone(AGENT_HZ)
    assert list(house.lab.switch.recordings.glob(f"{house.app}-*")) == []


async def test_a_dial_whose_answer_nobody_saw_is_unknown_and_counts(killed: Killed) -> None:
    attempt = killed.ring.record.attempt
    assert (attempt.outcome, attempt.end_reason) == (Outcome.UNKNOWN, EndReason.SWITCH_LOST)
    assert attempt.charged
    assert killed.ring.callback.state is CallbackState.WAITING
    assert killed.ring.log.closed_at is not None
    assert killed.ring.recording.state is RecordingState.VERIFIED
    assert len(killed.seen["ring"]) == 1


async def test_after_that_it_calls_again(house: House, killed: Killed) -> None:
    number = killed.ring.record.attempt.number.national
    dialled = await dial(house, killed.ring.callback.id, number, "1002", at={"Ringing": after(0.5)})
    assert dialled.ending == ("cancelled", "cancelled")
    assert len(dialled.seen) == 2
    assert house.left_on_switch() == []


async def test_a_talk_outlives_a_switch_that_stood_still_and_what_it_missed_is_listed(
    house: House, killed: Killed
) -> None:
    assert killed.talk.callback.state is CallbackState.WRAP_UP
    told = house.log.stat().st_size

    async def freeze_and_talk_on(house: House, line: Line) -> None:
        os.kill(house.lab.switch.pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(OUT_OF_SIGHT_SECONDS)
            assert not (await house.ask("GET", "/status"))["switch_in_sight"]
        finally:
            os.kill(house.lab.switch.pid, signal.SIGCONT)
        await house.in_sight()
        (call,) = await house.ask("GET", "/calls")
        assert call["state"] == "talking"
        await asyncio.sleep(3.0)
        await hang_up(house, line)

    dialled = await dial(house, *await house.callback(TALKS), at={"Answered": after(3.0, freeze_and_talk_on)})
    call, kept = dialled.settled.record.call, dialled.settled.recording.kept
    assert dialled.ending == ("answered", "agent")
    assert len(dialled.seen) == 1
    assert "switch out of sight" in house.log.read_text("utf-8")[told:]
    assert call.segment == 1
    assert kept is not None
    assert kept.lost_tail_ms / 1000 == pytest.approx(OUT_OF_SIGHT_SECONDS, abs=0.5)
    sound = listen(house, dialled.settled)
    assert sound.left.between(-1.2, -0.2).is_tone(CUSTOMER_HZ)
    assert sound.right.between(-1.2, -0.2).is_tone(AGENT_HZ)
    assert house.left_on_switch() == []


async def test_a_talk_goes_on_while_the_connection_is_lost(mortal_lab: Lab, tmp_path: Path) -> None:
    door = Door(mortal_lab.switch.http_port)
    house = House(tmp_path, mortal_lab, "parted", mortal_lab.agent_endpoint(2), prefix="1340001")
    await house.prepare()
    text = house.config.read_text("utf-8")
    house.config.write_text(text.replace(f":{mortal_lab.switch.http_port}/", f":{door.port}/"), "utf-8")
    callback, number = await house.callback(TALKS)
    other, _ = await house.callback(TALKS)
    async with AsyncExitStack() as opened:
        await opened.enter_async_context(door.open())
        await house.serve()
        await house.in_sight()

        async def part(house: House, line: Line) -> None:
            await opened.aclose()
            await asyncio.sleep(2.0)
            assert not (await house.ask("GET", "/status"))["switch_in_sight"]
            refused = await anext(house.dial(other))
            assert (refused["kind"], refused["rule"]) == ("refused", "switch.down")
            await opened.enter_async_context(door.open())
            await house.in_sight()
            await asyncio.sleep(1.5)
            await hang_up(house, line)

        try:
            dialled = await dial(house, callback, number, at={"Answered": after(1.0, part)})
        finally:
            await house.stop()
    kept = dialled.settled.recording.kept
    assert dialled.ending == ("answered", "agent")
    # A loaded machine may lose a short tail where the recorder is stopped; that is told and measured, and nothing else.
    assert set(dialled.alarms) <= {"recording_tail_lost", "tail_lost"}
    assert kept is not None
    assert kept.lost_tail_ms <= SHORT_TAIL_MS
    assert dialled.settled.record.call.segment == 1
    assert len(dialled.seen) == 1
    sound = listen(house, dialled.settled)
    answered_at = dialled.settled.record.call.answered_at
    assert answered_at is not None
    talk = sound.left.since(answered_at, 60)
    assert talk.is_tone(CUSTOMER_HZ)
    assert talk.longest_gap <= 0.15
    assert house.left_on_switch() == []
