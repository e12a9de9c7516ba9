"""A customer rings back through the real Asterisk: offered, recorded before he is answered, talked with; or missed."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from asterisk.hearing import listen_to
from callcenter.domain.access import Account, Role, Session, SessionKind
from callcenter.domain.attempt import CallDirection
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.queue.returns import MissedWhy, ReturnSearch, ReturnState
from callcenter.domain.queue.returns import ReturnCall as Kept
from callcenter.media.encode import read_tags
from house import House
from lab.lab import Lab
from lab.network import AGENT_HZ, CUSTOMER_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

CALLED = "4001"
TALK_SECONDS = 2.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(tmp_path_factory.mktemp("returns"), big_lab, "returns", big_lab.agent_endpoint(6), prefix="1360000")
    await house.prepare()
    big_lab.switch.ari("POST", "asterisk/variable", variable="CALLCENTER_APP", value="returns")
    await house.start()
    yield house
    await house.stop()


async def at_desk(house: House, *, there: bool) -> None:
    """The agent signs in, or all his sessions end."""
    now = datetime.now(UTC)
    async with house.books() as books:
        account = Account("account", "agent", "坐席", frozenset({Role.AGENT}), "agent", "", now)
        await books.accounts.add(account, "hash")
        for session in await books.accounts.sessions("account", now):
            await books.accounts.end_session(session.id, "account")
        if there:
            key = f"{now.timestamp()}"
            until = now + timedelta(hours=1)
            await books.accounts.open_session(Session(key, key, "account", SessionKind.BROWSER, "", now, now, until))


async def latest(house: House) -> Kept | None:
    async with house.books() as books:
        found = await books.returns.latest(ReturnSearch(), 1, None)
    return found[0].call if found else None


async def settled(house: House, number: str, *states: ReturnState) -> Kept:
    """What is kept of this number's call once it stands so."""
    async with asyncio.timeout(30):
        while True:
            kept = await latest(house)
            if kept is not None and kept.number is not None and kept.number.national == number and kept.state in states:
                return kept
            await asyncio.sleep(0.05)


async def ring_back(house: House, number: str) -> None:
    await asyncio.to_thread(house.lab.network.ring_back, number, CALLED)


async def accept(house: House, kept: Kept) -> str:
    """The attempt's id."""
    async with asyncio.timeout(15):
        while True:
            answer: dict[str, Any] = await house.ask("POST", "/accept", agent="1001", **{"return": kept.id})
            if "attempt" in answer:
                return str(answer["attempt"])
            await asyncio.sleep(0.1)


async def talking(house: House, attempt: str) -> datetime:
    async with asyncio.timeout(20):
        while True:
            async with house.books() as books:
                record = await books.attempts.get(attempt)
            if record is not None and record.call.answered_at is not None:
                return record.call.answered_at
            await asyncio.sleep(0.05)


async def test_a_customer_rings_back_and_each_is_heard_in_his_own_channel(house: House) -> None:
    callback, number = await house.callback(1)
    await at_desk(house, there=True)
    await ring_back(house, number)
    attempt = await accept(house, await settled(house, number, ReturnState.WAITING))
    answered_at = await talking(house, attempt)
    await asyncio.sleep(TALK_SECONDS)
    await asyncio.to_thread(house.lab.network.hang_up, number)
    done = await house.settled(callback)
    assert done.record.attempt.direction is CallDirection.INBOUND
    assert (done.record.attempt.outcome, done.record.attempt.end_reason) == (Outcome.ANSWERED, EndReason.CUSTOMER)
    assert done.callback.state is CallbackState.WRAP_UP
    file = done.file(house)
    sound = listen_to(file, datetime.fromisoformat(read_tags(file)["started_at"]))
    talk = answered_at + timedelta(seconds=0.4)
    assert sound.left.since(talk, 1.0).is_tone(CUSTOMER_HZ)
    assert sound.right.since(talk, 1.0).is_tone(AGENT_HZ)
    async with house.books() as books:
        journal = [entry.event for entry in await books.attempts.journal(attempt)]
    assert max(place for place, event in enumerate(journal) if event == "RecordingStarted") < journal.index("Answered")
    kept = await settled(house, number, ReturnState.ANSWERED)
    assert (kept.attempt_id, kept.called) == (attempt, CALLED)
    assert house.left_on_switch() == []


async def test_nobody_at_a_desk_and_he_hears_a_notice_and_comes_first(house: House) -> None:
    callback, number = await house.callback(1)
    await at_desk(house, there=False)
    await ring_back(house, number)
    kept = await settled(house, number, ReturnState.MISSED)
    assert (kept.missed_why, kept.callback_id) == (MissedWhy.NOBODY_FREE, callback)
    async with asyncio.timeout(30):
        while await asyncio.to_thread(house.lab.network.rings_back, number):  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(0.2)
    async with house.books() as books:
        case = await books.callbacks.case(callback)
    assert case is not None
    assert case.callback.rang_back_at is not None


async def test_an_unknown_caller_is_listed(house: House) -> None:
    await ring_back(house, "13611111111")
    assert (await settled(house, "13611111111", ReturnState.UNKNOWN)).callback_id is None
    await asyncio.to_thread(house.lab.network.hang_up, "13611111111")


async def test_a_talk_outlives_a_kill_of_the_service_and_who_waits_is_found_again(house: House) -> None:
    callback, number = await house.callback(1)
    _, other = await house.callback(1)
    await at_desk(house, there=True)
    await ring_back(house, number)
    attempt = await accept(house, await settled(house, number, ReturnState.WAITING))
    await talking(house, attempt)
    await house.kill()
    await asyncio.sleep(TALK_SECONDS)
    assert await asyncio.to_thread(house.lab.network.rings_back, number)
    await house.start()
    await asyncio.sleep(0.5)
    await asyncio.to_thread(house.lab.network.hang_up, number)
    done = await house.settled(callback)
    assert (done.record.attempt.outcome, done.record.attempt.end_reason) == (Outcome.ANSWERED, EndReason.CUSTOMER)
    assert (await settled(house, number, ReturnState.ANSWERED)).attempt_id == attempt

    await ring_back(house, other)
    await settled(house, other, ReturnState.WAITING)
    await house.kill()
    await house.start()
    attempt = await accept(house, await settled(house, other, ReturnState.WAITING))
    await talking(house, attempt)
    await asyncio.to_thread(house.lab.network.hang_up, other)
    await settled(house, other, ReturnState.ANSWERED)
    assert house.left_on_switch() == []
