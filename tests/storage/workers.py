"""What the processes of the tests do; each opens the database for itself."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from multiprocessing.connection import Connection

import sqlalchemy as sa

from callcenter.domain.gate.caps import CapTerms
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.plans.cadence import Occurrence
from callcenter.domain.policies.caps import Cap, CapsGroup
from callcenter.domain.visits.closing import CallbackChange
from callcenter.storage.attempts import SqlAttempts
from callcenter.storage.cadences import SqlCadences
from callcenter.storage.callbacks import SqlCallbacks
from callcenter.storage.database import Database
from callcenter.storage.people import SqlPeople
from callcenter.storage.tables import callbacks
from storage import cases
from storage.cases import LEASE, NOW
from storage.listening import listen


def claim_all(url: str, agent_id: str, answer: Connection) -> None:
    """Take callbacks until there are none; answers with their ids."""

    async def work(database: Database) -> list[str]:
        taken = []
        while case := await SqlCallbacks(database).claim_next(agent_id, NOW, NOW + LEASE):
            taken.append(case.callback.id)
        return taken

    _with_database(url, answer, work)


def begin_on_one_number(url: str, index: int, answer: Connection) -> None:
    """Begin, end at once in a change of its own, ten times over; answers with how often it began."""

    async def work(database: Database) -> int:
        attempts, begun = SqlAttempts(database), 0
        for ordinal in range(1, 11):
            attempt = replace(cases.attempt(index, ordinal=ordinal), number=cases.number(1))
            await SqlCallbacks(database).claim(attempt.callback_id, attempt.agent_id, NOW, NOW + LEASE)
            if await attempts.begin(attempt, cases.call(attempt.id), NOW) is None:
                begun += 1
                live = await attempts.live()
                if [record.attempt.id for record in live] != [attempt.id]:
                    raise AssertionError("not alone")
                await attempts.finish(cases.closing(attempt, state=CallbackState.WAITING))
        return begun

    _with_database(url, answer, work)


def begin_under_cap(url: str, index: int, one_number: bool, answer: Connection) -> None:
    """Dial the callback of this index ten times over, under a cap of 5 in a day, on the number or on the first
    customer; answers with how often it began.
    """

    async def work(database: Database) -> int:
        attempts, begun = SqlAttempts(database), 0
        caps = CapsGroup(number_24h=Cap(most=5)) if one_number else CapsGroup(customer_24h=Cap(most=5))
        customer = f"customer-{index}" if one_number else "customer-1"
        terms = CapTerms(caps, customer, "Asia/Shanghai")
        for ordinal in range(1, 11):
            attempt = cases.attempt(index, ordinal=ordinal)
            if one_number:
                attempt = replace(attempt, number=cases.number(1))
            await SqlCallbacks(database).claim(attempt.callback_id, attempt.agent_id, NOW, NOW + LEASE)
            if await attempts.begin(attempt, cases.call(attempt.id), NOW, terms) is None:
                begun += 1
                await attempts.finish(cases.closing(attempt, Outcome.NO_ANSWER, CallbackState.WAITING))
        return begun

    _with_database(url, answer, work)


def add_to_round(url: str, times: int, answer: Connection) -> None:
    """Read the first callback, add one to its round, write it; again where another was quicker."""

    async def work(database: Database) -> int:
        queue, missed = SqlCallbacks(database), 0
        for _ in range(times):
            while True:
                case = await queue.case("callback-00001")
                if case is None:
                    raise AssertionError("no callback")
                seen = case.callback
                change = CallbackChange(seen.state, round=seen.round + 1)
                if await queue.change(seen.id, seen.version, change):
                    break
                missed += 1
        return missed

    _with_database(url, answer, work)


def add_in_one_transaction(url: str, times: int, answer: Connection) -> None:
    """Read the round of the first callback, and write one more in the same transaction."""

    async def work(database: Database) -> None:
        for _ in range(times):
            async with database.write() as connection:
                seen = await connection.scalar(sa.select(callbacks.c.round).with_for_update())
                if seen is None:
                    raise AssertionError("no callback")
                await connection.execute(sa.text("UPDATE callbacks SET round = :next"), {"next": seen + 1})

    _with_database(url, answer, work)


def add_cases(url: str, order: list[int], answer: Connection) -> None:
    """Add these cases in this order; answers with how many were new."""

    async def work(database: Database) -> int:
        customers = [cases.customer(index) for index in order]
        return await SqlPeople(database).add_cases(customers, [cases.callback(index) for index in order])

    _with_database(url, answer, work)


def die_at_statement(url: str, deed: str, statement: int) -> None:
    """Begin or finish the first attempt, and be killed before this statement of it (0-based)."""
    asyncio.run(_die(url, deed, statement))


async def _die(url: str, deed: str, statement: int) -> None:
    database = await Database.open(url)
    seen = 0

    def count(_statement: str) -> None:
        nonlocal seen
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    attempt = cases.attempt()
    listen(database, count)
    if deed == "begin":
        await SqlAttempts(database).begin(attempt, cases.call(attempt.id), NOW)
    else:
        await SqlAttempts(database).finish(cases.closing(attempt))
    await database.close()


def die_after_begin(url: str) -> None:
    """Begin the first attempt, and be killed as soon as that is said to have happened."""

    async def work() -> None:
        database = await Database.open(url)
        attempt = cases.attempt()
        await SqlAttempts(database).begin(attempt, cases.call(attempt.id), NOW)
        os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(work())


def hold_write_lock(url: str, holds: Connection) -> None:
    """Open a write transaction, say so, and wait to be killed."""

    async def work() -> None:
        database = await Database.open(url)
        async with database.write() as connection:
            await connection.execute(sa.text("UPDATE callbacks SET priority = 1"))
            holds.send(True)
            await asyncio.Event().wait()

    asyncio.run(work())


def add_successors(url: str, answer: Connection) -> None:
    """Add what follows each callback of the first plan that has ended; answers with how many were added here."""

    async def work(database: Database) -> int:
        cadences = SqlCadences(database)
        found = await cadences.ended("plan-1", NOW, 1000)
        following = [Occurrence(each.case.callback, NOW, NOW + LEASE, "GB-10").callback(NOW) for each in found]
        return sum([await cadences.add_next(callback) for callback in following])

    _with_database(url, answer, work)


def _with_database(url: str, answer: Connection, work: Callable[[Database], Awaitable[object]]) -> None:
    async def run() -> object:
        database = await Database.open(url)
        try:
            return await work(database)
        finally:
            await database.close()

    answer.send(asyncio.run(run()))
