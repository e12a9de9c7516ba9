"""A pause of the recording on the real Asterisk: silence between, everything else in its place, kill or no kill."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from asterisk.hearing import Sound, listen
from callcenter.domain.recording import Pause, PauseEnd
from house import House
from lab.lab import Lab
from lab.network import AGENT_HZ, CUSTOMER_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

TALKS = 1
EDGE = 0.15
"""Seconds beside a mark in which the sound may still change: two requests, and Asterisk's frames."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(tmp_path_factory.mktemp("pausing"), big_lab, "pausing", big_lab.agent_endpoint(7), prefix="1350000")
    await house.prepare()
    await house.start()
    yield house
    await house.stop()


async def talk(house: House, callback: str) -> str:
    """Dial, and go once the customer has answered: the attempt."""
    async with asyncio.timeout(30):
        async for line in house.dial(callback):
            if line.get("event") == "Answered":
                return str(line["attempt"])
    raise AssertionError("never answered")


async def ask(house: House, path: str, **values: str) -> None:
    answer = await house.ask("POST", path, **values)
    assert "rule" not in answer, answer


def lies_in(sound: Sound, pause: Pause, hertz: float) -> bool:
    """Is it silent in the pause, from its beginning to its end, and not a moment longer?"""
    assert pause.ended_at is not None
    first, last = (sound_at(sound, at) for at in (pause.began_at, pause.ended_at))
    before, after = sound.between(first - 0.6, first - EDGE), sound.between(last + EDGE, last + 0.6)
    return sound.between(first + EDGE, last - EDGE).silent and before.is_tone(hertz) and after.is_tone(hertz)


def sound_at(sound: Sound, at: datetime) -> float:
    return (at - sound.began_at).total_seconds()


async def test_what_is_said_in_a_pause_is_not_in_the_file_and_all_else_stands_where_it_was_said(house: House) -> None:
    callback, _ = await house.callback(TALKS)
    attempt = await talk(house, callback)
    await asyncio.sleep(1.0)
    await ask(house, "/pause", attempt=attempt, reason="card number")
    await asyncio.sleep(1.2)
    await ask(house, "/resume", attempt=attempt)
    await asyncio.sleep(1.0)
    await ask(house, "/pause", attempt=attempt, reason="password")
    await asyncio.sleep(0.4)
    await house.kill()
    await house.start()
    assert (await house.ask("POST", "/pause", attempt=attempt, reason="again"))["rule"] == "recording.pause_lasts"
    await ask(house, "/resume", attempt=attempt)
    await asyncio.sleep(1.0)
    await ask(house, "/hang-up", attempt=attempt)
    ended_at = datetime.now(UTC)

    done = await house.settled(callback)
    kept = done.recording.kept
    assert kept is not None
    first, second = done.recording.pauses
    assert [(each.reason, each.ended_by) for each in (first, second)] == [
        ("card number", PauseEnd.AGENT),
        ("password", PauseEnd.AGENT),
    ]
    stereo = listen(house, done)
    for pause in (first, second):
        assert lies_in(stereo.left, pause, CUSTOMER_HZ), pause
        assert lies_in(stereo.right, pause, AGENT_HZ), pause
    whole = (ended_at - kept.started_at).total_seconds()
    assert abs(stereo.seconds - whole) < 1.0, "the file is as long as the call"
    assert kept.segments == 1
    # On a loaded machine a short tail may be lost; then it is told of.
    assert set(kept.warnings) <= {"tail_lost"}
    assert done.log.log.exception is None
