"""What each agent is doing: one break at a time, and a team that is told from its sessions, calls and logs."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from callcenter.domain.access import Account, Role, Session, SessionKind
from callcenter.domain.duty import AtWork, Break, BreakReason, Doing
from callcenter.storage.accounts import SqlAccounts
from callcenter.storage.duty import SqlDuty
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

DAY = NOW - timedelta(hours=5)
MINUTE = timedelta(minutes=1)
LUNCH = Break("agent-1", BreakReason.LUNCH, "", NOW)


@pytest.fixture
def duty(stores: Stores) -> SqlDuty:
    return SqlDuty(stores.database)


async def signed_in(stores: Stores, index: int, at: datetime = NOW) -> None:
    accounts = SqlAccounts(stores.database)
    agent_id = f"agent-{index}"
    account = Account(f"acc-{index}", f"agent{index}", "王芳", frozenset({Role.AGENT}), agent_id, "", NOW)
    assert await accounts.add(account, "hash")
    session = Session(f"s-{index}", f"d-{index}", account.id, SessionKind.BROWSER, "", at, at, at + timedelta(hours=8))
    await accounts.open_session(session)


async def only(duty: SqlDuty, now: datetime = NOW) -> AtWork:
    (found,) = await duty.team(DAY, now)
    return found


async def test_an_agent_takes_one_break_at_a_time_and_ends_it_once(stores: Stores, duty: SqlDuty) -> None:
    await stores.seed(2)
    assert await duty.on_break("agent-1") is None
    assert await duty.begin_break(LUNCH)
    assert not await duty.begin_break(replace(LUNCH, reason=BreakReason.REST))
    assert await duty.begin_break(replace(LUNCH, agent_id="agent-2", note="phone"))
    assert await duty.on_break("agent-1") == LUNCH
    assert await duty.paused() == {"agent-1", "agent-2"}
    assert await duty.end_break("agent-1", NOW + MINUTE)
    assert not await duty.end_break("agent-1", NOW + MINUTE)
    assert await duty.paused() == {"agent-2"}
    assert await duty.begin_break(replace(LUNCH, began_at=NOW + MINUTE))


async def test_of_many_requests_for_a_break_one_is_granted(stores: Stores, duty: SqlDuty) -> None:
    await stores.seed(1)
    granted = await asyncio.gather(*(duty.begin_break(LUNCH) for _ in range(5)))
    assert granted.count(True) == 1


async def test_the_gate_hears_of_a_break(stores: Stores, duty: SqlDuty) -> None:
    await stores.seed(1)
    await duty.begin_break(LUNCH)
    assert (await stores.attempts.dials("callback-00001", None, "agent-1")).agent_on_break
    await duty.end_break("agent-1", NOW)
    assert not (await stores.attempts.dials("callback-00001", None, "agent-1")).agent_on_break
    assert not (await stores.attempts.dials("callback-00001", None, None)).agent_on_break


async def test_the_team_tells_what_each_does_and_since_when(stores: Stores, duty: SqlDuty) -> None:
    await stores.seed(1)
    assert [(each.doing, each.since) for each in await duty.team(DAY, NOW)] == [(Doing.AWAY, None)]
    await signed_in(stores, 1, NOW - MINUTE)
    free = await only(duty)
    assert (free.doing, free.since) == (Doing.AVAILABLE, NOW - MINUTE)
    attempt = await stores.begin(1)
    calling = await only(duty)
    assert (calling.doing, calling.since, calling.dials, calling.talks) == (Doing.ON_CALL, attempt.started_at, 1, 0)
    await duty.begin_break(LUNCH)
    assert (await only(duty)).doing is Doing.ON_CALL
    await stores.attempts.finish(cases.closing(attempt))
    resting = await only(duty, NOW + 3 * MINUTE)
    assert (resting.doing, resting.since, resting.break_seconds) == (Doing.ON_BREAK, NOW, 180)
    assert await duty.end_break("agent-1", NOW + 3 * MINUTE)
    writing = await only(duty, NOW + 4 * MINUTE)
    assert (writing.doing, writing.logs_open, writing.talks, writing.break_seconds) == (Doing.WRAP_UP, 1, 1, 180)
    gone = await only(duty, NOW + timedelta(hours=9))
    assert gone.doing is Doing.AWAY


async def test_yesterdays_calls_and_breaks_are_not_todays(stores: Stores, duty: SqlDuty) -> None:
    await stores.seed(1)
    attempt = await stores.begin(1)
    await stores.attempts.finish(cases.closing(attempt))
    await duty.begin_break(LUNCH)
    await duty.end_break("agent-1", NOW + MINUTE)
    tomorrow = NOW + timedelta(days=1)
    (told,) = await duty.team(tomorrow, tomorrow + MINUTE)
    assert (told.dials, told.talks, told.break_seconds) == (0, 0, 0)
    await duty.begin_break(replace(LUNCH, began_at=tomorrow - MINUTE))
    (told,) = await duty.team(tomorrow, tomorrow + MINUTE)
    assert told.break_seconds == 60
