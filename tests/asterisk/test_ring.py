"""How long does it ring, and who may cut that short? One of these tests rings the full 20 seconds (C6-55)."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from asterisk.calling import Dialled, Line, after, dial, hang_up
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from house import House, Said
from lab.lab import Lab

pytestmark = [pytest.mark.asterisk, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

RINGS, SLOW = 4, 0
FULL_SECONDS = 20
SHORT_SECONDS = 5
ALLOWED_LATER = 1.5

POLICY = """\
name = "{name}"
version = 1
effective_from = 2020-01-01
windows = "window.always"
calendar = "calendar.every_day"
evidence = "evidence.phone"
{more}
[title]
zh = "测试"
en = "Test"
"""
FULL = 'attempts = "attempts.tongjiang"'
FREE = f"[attempts]\nring_seconds_min = {SHORT_SECONDS}\ncancel_needs_reason = false"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(
        tmp_path_factory.mktemp("ring"),
        big_lab,
        "ring",
        big_lab.agent_endpoint(1),
        prefix="1370000",
        ring_seconds=SHORT_SECONDS,
    )
    await house.prepare()
    await house.agents({str(1000 + n): big_lab.agent_endpoint(n) for n in range(2, 5)})
    for name, more in (("full", FULL), ("free", FREE)):
        file = house.folder / f"{name}.toml"
        file.write_text(POLICY.format(name=name, more=more), "utf-8")
        added = await house.command("policies", "add", str(file))
        assert added.code == 0, added.err
        await house.plan(name, policy=name)
    await house.start()
    yield house
    await house.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def full_rings(house: House) -> AsyncIterator[list[asyncio.Task[Dialled]]]:
    """Two customers who do not answer within 20 seconds, one who never would and one who would after 25."""
    async with asyncio.TaskGroup() as tasks:
        yield [
            tasks.create_task(dial(house, await house.callback_to(number, plan="full"), number, agent))
            for agent, number in (("1003", f"1370000901{RINGS}"), ("1004", f"1370000902{SLOW}"))
        ]


async def test_a_cancel_too_early_needs_a_reason(house: House, full_rings: list[asyncio.Task[Dialled]]) -> None:
    said: list[Said] = []

    async def try_to_cancel(house: House, line: Line) -> None:
        said.append(await house.command("hang-up", line["attempt"]))
        refusal = await house.ask("POST", "/hang-up", attempt=line["attempt"], reason="  ")
        assert (refusal["rule"], refusal["source"]) == ("ring.too_short", "C6-55")
        assert refusal["opens_at"] is not None
        await house.ask("POST", "/hang-up", attempt=line["attempt"], reason="客户已另行来电")

    dialled = await dial(house, *await house.callback(RINGS), at={"Ringing": try_to_cancel})
    (refused,) = said
    assert refused.code == 3
    assert f"of at least {SHORT_SECONDS} seconds; to hang up now, give a reason" in refused.err
    assert dialled.ending == ("cancelled", "cancelled")
    assert dialled.settled.record.call.hang_up_reason == "客户已另行来电"
    assert not dialled.settled.record.attempt.charged
    assert dialled.settled.callback.state is CallbackState.WAITING
    assert dialled.settled.log.log.outcome_reason == "回访人员在接听前挂断，已取消"
    assert dialled.settled.recording.state is RecordingState.VERIFIED
    (seen,) = dialled.seen
    assert seen.hung_up_by == "caller"
    assert not any(task.done() for task in full_rings)


async def test_where_the_policy_asks_for_none_a_cancel_needs_no_reason(house: House) -> None:
    async def cancel(house: House, line: Line) -> None:
        await house.ask("POST", "/hang-up", attempt=line["attempt"])

    number = f"1370000903{RINGS}"
    callback = await house.callback_to(number, plan="free")
    dialled = await dial(house, callback, number, "1002", at={"Ringing": after(0.2, cancel)})
    assert dialled.ending == ("cancelled", "cancelled")


async def test_nobody_cancels_a_call_that_is_over(house: House) -> None:
    dialled = await dial(house, *await house.callback(RINGS), at={"Ringing": hang_up})
    refusal = await house.ask("POST", "/hang-up", attempt=dialled.lines[0]["attempt"], reason="x")
    assert "over" in refusal["message"]


async def test_a_short_policy_rings_as_long_as_it_says(house: House) -> None:
    dialled = await dial(house, *await house.callback(RINGS))
    assert dialled.ending == ("no_answer", "ring_timeout")
    assert SHORT_SECONDS <= rung(dialled) < SHORT_SECONDS + ALLOWED_LATER


async def test_it_rings_the_full_twenty_seconds(full_rings: list[asyncio.Task[Dialled]]) -> None:
    for dialled in await asyncio.gather(*full_rings):
        call = dialled.settled.record.call
        assert dialled.ending == ("no_answer", "ring_timeout")
        assert FULL_SECONDS <= rung(dialled) < FULL_SECONDS + ALLOWED_LATER
        assert call.ringing_at is not None
        assert call.ended_at is not None
        assert (call.ended_at - call.ringing_at).total_seconds() >= FULL_SECONDS
        kept = dialled.settled.recording.kept
        assert kept is not None
        assert kept.duration_ms >= FULL_SECONDS * 1000
        follows = dialled.settled.callback
        assert follows.state is CallbackState.WAITING
        assert follows.not_before is not None
        assert follows.not_before > call.ended_at


def rung(dialled: Dialled) -> float:
    """Seconds of ringing, by the network's own record."""
    (seen,) = dialled.seen
    assert seen.ringing_at is not None
    assert seen.ended_at is not None
    assert seen.answered_at is None
    return (seen.ended_at - seen.ringing_at).total_seconds()
