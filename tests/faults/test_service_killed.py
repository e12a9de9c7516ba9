"""kill -9 of the service at every step of a call, then a start, against the real Asterisk and the simulated network."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from faults.conftest import PHONES
from house import House, Settled
from lab.lab import Lab

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

TALKS, HANGS_UP, BUSY = 1, 9, 3

BEFORE_THE_DIAL = (
    "after:attempts.begin",
    "after:step.Started",
    "after:telephony.CallAgent",
    "after:step.AgentUp",
    "after:telephony.CreateCustomer",
    "after:step.CustomerCreated",
    "after:telephony.CreateSnoop",
    "after:step.SnoopUp",
    "after:telephony.StartRecording",
    "after:step.RecordingStarted",
    "after:step.RecorderSeen",
    "before:attempts.save.RecorderSeen",
)
"""Killed here, the customer's phone has never rung: the callback waits again, uncharged."""

AT_THE_DIAL = (
    "after:attempts.save.RecorderSeen",
    "before:telephony.Connect",
)
"""Killed here, the dial is decided and not sent. A quick start sends it; a late one lets the agent go, because the
gate's word is stale by then."""

WHILE_THE_CALL_LIVES = (
    "after:telephony.Connect",
    "after:step.Ringing",
    "after:step.Answered",
    "before:attempts.save.Answered",
    "after:attempts.save.Answered",
)
"""Killed here, the customer is, or is about to be, dialled: the call goes on by itself and is adopted."""

AFTER_THE_TALK = (
    "after:step.HangupRequested",
    "before:attempts.save.LegGone",
    "after:attempts.save.LegGone",
    "before:telephony.HangUp",
    "after:telephony.HangUp",
    "after:telephony.DestroyBridge",
    "after:step.BridgeGone",
    "before:attempts.finish",
    "after:attempts.finish",
    "before:archive.keep",
    "after:archive.keep",
    "before:recordings.keep",
    "after:recordings.keep",
    "after:archive.verify",
    "before:recordings.step.verified",
    "after:recordings.step.verified",
    "before:raw.discard",
    "after:raw.discard",
)
"""Killed here, the talk is over, or nearly: everything of it is completed by the next start."""


@dataclass(frozen=True)
class Killed:
    """What became of one call whose service was killed at one point. left: of it on the switch, also of its raw
    recordings; empty once nothing is.
    """

    point: str
    settled: Settled
    dials_seen: int
    left: list[str]
    file: Path | None
    answered_on: str


async def killed_at(house: House, point: str, digit: int) -> Killed:
    """Dial with a service that dies at this point; start it again; end the talk, if there is one; wait for the end."""
    callback, number = await house.callback(digit)
    house.dies_at(point)
    await house.dialled(callback)
    await house.died()
    await house.start()
    answered_on = await ended(house) if digit == TALKS else ""
    settled = await house.settled(callback)
    file = settled.file(house) if settled.recording.kept else None
    return Killed(point, settled, len(house.lab.network.seen(number)), await left(house), file, answered_on)


async def ended(house: House) -> str:
    """The talk is ended by the agent: the state that its call was in, empty where there is none any more."""
    live = await house.ask("GET", "/calls")
    for _ in range(200):
        if not live or live[0]["state"] == "talking":
            break
        await asyncio.sleep(0.05)
        live = await house.ask("GET", "/calls")
    if not live:
        return ""
    await asyncio.sleep(0.5)
    await house.ask("POST", "/hang-up", attempt=live[0]["attempt"])
    return str(live[0]["state"])


async def left(house: House) -> list[str]:
    """What is on the switch of this house, where it does not go within some seconds."""
    looked = 0
    while (there := house.left_on_switch() + raws_of(house)) and looked < 100:
        await asyncio.sleep(0.05)
        looked += 1
    return there


def raws_of(house: House) -> list[str]:
    return [file.name for file in house.lab.switch.recordings.glob(f"{house.app}-*")]


async def all_killed(lab: Lab, folder: Path, points: Sequence[str], digit: int, first: int) -> list[Killed]:
    """Every point, in as many houses at a time as there are phones; in each one after the other."""

    async def in_one(house: House, points: Sequence[str]) -> list[Killed]:
        await house.start()
        found = [await killed_at(house, point, digit) for point in points]
        await house.stop()
        return found

    shares = [share for place in range(PHONES) if (share := points[place::PHONES])]
    houses = []
    for place in range(len(shares)):
        name, phone = f"kill{first + place}", lab.agent_endpoint(place + 1)
        houses.append(House(folder / name, lab, name, phone, prefix=f"138{first + place:04}"))
        await houses[-1].prepare()
    async with asyncio.TaskGroup() as tasks:
        work = [tasks.create_task(in_one(house, share)) for house, share in zip(houses, shares, strict=True)]
    return [killed for task in work for killed in task.result()]


async def test_killed_before_the_dial_nobody_rings_and_the_callback_waits_again(wide_lab: Lab, tmp_path: Path) -> None:
    for killed in await all_killed(wide_lab, tmp_path, BEFORE_THE_DIAL, TALKS, 0):
        settled = killed.settled
        assert settled.record.attempt.outcome is Outcome.NOT_DIALLED, killed.point
        assert not settled.record.attempt.charged, killed.point
        assert killed.dials_seen == 0, killed.point
        assert settled.callback.state is CallbackState.WAITING, killed.point
        assert settled.recording.state is RecordingState.MISSING, killed.point
        assert settled.log.closed_at is not None, killed.point
        assert killed.left == [], killed.point


async def test_killed_at_the_dial_it_is_sent_once_or_not_at_all(wide_lab: Lab, tmp_path: Path) -> None:
    for killed in await all_killed(wide_lab, tmp_path, AT_THE_DIAL, TALKS, 400):
        outcome = killed.settled.record.attempt.outcome
        expected = {0: (Outcome.NOT_DIALLED, CallbackState.WAITING), 1: (Outcome.ANSWERED, CallbackState.WRAP_UP)}
        assert (outcome, killed.settled.callback.state) == expected[killed.dials_seen], killed.point
        assert killed.left == [], killed.point


async def test_killed_while_the_call_lives_the_talk_goes_on_and_is_adopted(wide_lab: Lab, tmp_path: Path) -> None:
    for killed in await all_killed(wide_lab, tmp_path, WHILE_THE_CALL_LIVES, TALKS, 100):
        settled = killed.settled
        assert killed.dials_seen == 1, killed.point
        assert killed.answered_on == "talking", killed.point
        assert settled.record.attempt.outcome is Outcome.ANSWERED, killed.point
        assert settled.record.attempt.end_reason is EndReason.AGENT, killed.point
        assert settled.callback.state is CallbackState.WRAP_UP, killed.point
        assert_recording_is_whole(killed)
        assert settled.log.closed_at is None, killed.point
        assert killed.left == [], killed.point


async def test_killed_after_the_talk_log_and_recording_are_completed(wide_lab: Lab, tmp_path: Path) -> None:
    for killed in await all_killed(wide_lab, tmp_path, AFTER_THE_TALK, HANGS_UP, 200):
        settled = killed.settled
        assert killed.dials_seen == 1, killed.point
        assert settled.record.attempt.outcome is Outcome.ANSWERED, killed.point
        assert settled.record.attempt.end_reason is EndReason.CUSTOMER, killed.point
        assert settled.callback.state is CallbackState.WRAP_UP, killed.point
        assert_recording_is_whole(killed)
        assert killed.left == [], killed.point


async def test_killed_when_the_customer_was_busy_the_next_dial_is_planned_once(wide_lab: Lab, tmp_path: Path) -> None:
    points = ("before:attempts.save.LegGone", "after:attempts.save.LegGone", "before:attempts.finish")
    for killed in await all_killed(wide_lab, tmp_path, points, BUSY, 300):
        assert killed.dials_seen == 1, killed.point
        assert killed.settled.record.attempt.outcome in {Outcome.BUSY, Outcome.UNKNOWN}, killed.point
        assert killed.settled.callback.state is CallbackState.WAITING, killed.point
        assert killed.left == [], killed.point


def assert_recording_is_whole(killed: Killed) -> None:
    """Verified, and as long as the customer's channel was recorded, on the wall clock."""
    kept, call = killed.settled.recording.kept, killed.settled.record.call
    assert killed.settled.recording.state is RecordingState.VERIFIED, killed.point
    assert kept is not None
    assert killed.file is not None
    assert killed.file.stat().st_size == kept.size_bytes
    starts = [life.started_at for life in call.recorders.values() if life.started_at]
    ends = [life.finished_at for life in call.recorders.values() if life.finished_at]
    # On a loaded machine a short tail may be lost; then it is told of, and measured.
    assert set(kept.warnings) <= {"tail_lost"}, killed.point
    assert kept.lost_tail_ms <= 1000, killed.point
    if ends and not kept.warnings:
        lasted = (max(ends) - min(starts)).total_seconds() * 1000
        assert abs(kept.duration_ms - lasted) <= 100, (killed.point, kept.duration_ms, lasted)
    assert call.segment == 1, killed.point
