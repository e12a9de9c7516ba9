"""What the telephone network does, and what follows: each last digit, each kind of agent's phone, three dials in vain."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from asterisk.calling import Dialled, after, dial
from asterisk.hearing import listen
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import MissingReason, RecordingState
from house import House
from lab.lab import Lab
from lab.network import AGENT_HZ, ANNOUNCEMENT_HZ, CUSTOMER_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

RING_SECONDS = 4
"""Long enough for the announcement to be heard to its end."""

AGENT_RING_SECONDS = 3
TALKS, SILENT, BUSY, RINGS, INVALID, REJECTS, OFF, CONGESTED, HANGS_UP, SLOW = 1, 2, 3, 4, 5, 6, 7, 8, 9, 0
DIGITS = (TALKS, SILENT, BUSY, RINGS, INVALID, REJECTS, OFF, CONGESTED, HANGS_UP, SLOW)
NEVER_ANSWERS, AGENT_BUSY, AGENT_HANGS_UP, UNREGISTERED = "1901", "1902", "1903", "1999"
ABSENT = (NEVER_ANSWERS, AGENT_BUSY, UNREGISTERED)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(
        tmp_path_factory.mktemp("numbers"),
        big_lab,
        "numbers",
        big_lab.agent_endpoint(1),
        prefix="1360000",
        ring_seconds=RING_SECONDS,
        more_policy=f"[call]\nagent_ring_seconds = {AGENT_RING_SECONDS}\n",
    )
    await house.prepare()
    phones = {str(1000 + n): big_lab.agent_endpoint(n) for n in range(2, len(DIGITS) + 1)}
    await house.agents(phones | {number: f"agent-{number}" for number in (*ABSENT, AGENT_HANGS_UP)})
    await house.start()
    yield house
    await house.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_digit(house: House) -> Mapping[int, Dialled]:
    """One dial of each kind of number, all at the same time."""
    wanted = [(digit, *await house.callback(digit)) for digit in DIGITS]
    async with asyncio.TaskGroup() as tasks:
        work = {
            digit: tasks.create_task(
                dial(house, callback, number, str(1001 + place), at={"Answered": after(2)} if digit != HANGS_UP else {})
            )
            for place, (digit, callback, number) in enumerate(wanted)
        }
    return {digit: task.result() for digit, task in work.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_agent(house: House) -> Mapping[str, Dialled]:
    """One dial of each agent whose phone has a character; the customer's rings, if it rings at all, for ever."""
    wanted = [(agent, *await house.callback(RINGS)) for agent in (*ABSENT, AGENT_HANGS_UP)]
    async with asyncio.TaskGroup() as tasks:
        work = {
            agent: tasks.create_task(dial(house, callback, number, agent)) for agent, callback, number in wanted
        }
    return {agent: task.result() for agent, task in work.items()}


@pytest.mark.parametrize(
    ("digit", "ending", "cause", "sip"),
    [
        (TALKS, ("answered", "agent"), 16, None),
        (SILENT, ("answered", "agent"), 16, None),
        (BUSY, ("busy", "network"), 17, 486),
        (RINGS, ("no_answer", "ring_timeout"), None, None),
        (INVALID, ("invalid_number", "network"), 1, 404),
        (REJECTS, ("rejected", "network"), 21, 403),
        (OFF, ("unreachable", "network"), 20, 480),
        (CONGESTED, ("congestion", "network"), 34, 503),
        (HANGS_UP, ("answered", "customer"), 16, None),
        (SLOW, ("no_answer", "ring_timeout"), None, None),
    ],
)
async def test_each_number_has_its_outcome(
    by_digit: Mapping[int, Dialled], digit: int, ending: tuple[str, str], cause: int | None, sip: int | None
) -> None:
    dialled = by_digit[digit]
    call = dialled.settled.record.call
    print(digit, dialled.ending, call.cause, call.sip, dialled.alarms, dialled.settled.callback, dialled.settled.log, dialled.seen)
    assert dialled.ending == ending


async def test_agents(by_agent: Mapping[str, Dialled]) -> None:
    for agent, d in by_agent.items():
        print(agent, d.ending, d.alarms, d.settled.callback, d.settled.recording, d.seen)
    assert 0
