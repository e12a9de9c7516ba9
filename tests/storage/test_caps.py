"""Caps in the books: what counts, and that nobody dials one too many, whoever dials at the same time."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.gate.caps import CapTerms, CountedDials
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.policies.caps import Cap, CapsGroup, Span, Whose, key_of
from callcenter.domain.refusal import Refusal, Rule
from callcenter.storage.attempts import SqlAttempts
from callcenter.storage.attempts import _begin as begin_in
from callcenter.storage.attempts import _finish as finish_in
from callcenter.storage.database import Database
from callcenter.storage.restraints import SqlRestraints
from callcenter.storage.tables import COUNTED
from storage import cases, workers
from storage.cases import LEASE, NOW
from storage.conftest import Stores, only_postgresql, only_sqlite
from storage.test_processes import at_once

DAY = timedelta(days=1)
BOTH = CapsGroup(number_7d=Cap(most=3), customer_7d=Cap(most=3))


WAITS_FOR_TURN = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


def restraints(stores: Stores) -> SqlRestraints:
    return SqlRestraints(stores.database)


async def counted(stores: Stores, index: int = 1, caps: CapsGroup = BOTH) -> tuple[int, int]:
    found = await restraints(stores).counted(cases.number(index), f"customer-{index}", caps)
    return len(found.of_number), len(found.of_customer)


async def dialled(stores: Stores, index: int, ordinal: int, outcome: Outcome) -> None:
    attempt = await stores.begin(index, ordinal=ordinal)
    await stores.attempts.finish(cases.closing(attempt, outcome, CallbackState.WAITING))


@pytest.mark.parametrize("outcome", list(Outcome))
async def test_what_was_charged_counts_and_nothing_else(stores: Stores, outcome: Outcome) -> None:
    await stores.seed()
    await dialled(stores, 1, 1, outcome)
    assert await counted(stores) == ((1, 1) if outcome.charged else (0, 0))


async def test_a_live_dial_counts(stores: Stores) -> None:
    await stores.seed()
    await stores.begin()
    assert await counted(stores) == (1, 1)
    assert await counted(stores, caps=CapsGroup()) == (0, 0)


async def test_a_customers_dials_count_over_all_plans_callbacks_and_numbers(stores: Stores) -> None:
    await stores.seed(2)
    await stores.people.add_plan(cases.plan("plan-2"))
    await stores.add(replace(cases.callback(3, "plan-2"), customer_id="customer-1"))
    await dialled(stores, 1, 1, Outcome.NO_ANSWER)
    await stores.people.add_agent(cases.agent(3))
    await dialled(stores, 3, 1, Outcome.BUSY)
    assert await counted(stores) == (1, 2)
    assert (await restraints(stores).counted(cases.number(3), "customer-2", BOTH)) == CountedDials((NOW,), ())


async def test_the_newest_come_first_and_only_so_many_are_read(stores: Stores) -> None:
    await stores.seed()
    for ordinal in range(1, 6):
        attempt = replace(cases.attempt(ordinal=ordinal), started_at=NOW - ordinal * DAY)
        await stores.callbacks.claim(attempt.callback_id, attempt.agent_id, NOW, NOW + LEASE)
        assert await stores.attempts.begin(attempt, cases.call(attempt.id), NOW) is None
        await stores.attempts.finish(cases.closing(attempt, Outcome.NO_ANSWER, CallbackState.WAITING))
    latest = tuple(NOW - ordinal * DAY for ordinal in (1, 2, 3))
    assert await restraints(stores).counted(cases.number(), "customer-1", BOTH) == CountedDials(latest, latest)


@pytest.mark.parametrize("whose", list(Whose))
async def test_what_begins_is_counted_again_and_a_refused_one_leaves_no_trace(stores: Stores, whose: Whose) -> None:
    await stores.seed(1)
    await dialled(stores, 1, 1, Outcome.NO_ANSWER)
    group = CapsGroup.model_validate({key_of(whose, Span.HOURS_24): Cap(most=1)})
    attempt = cases.attempt(ordinal=2)
    await stores.callbacks.claim(attempt.callback_id, attempt.agent_id, NOW, NOW + LEASE)
    before = await stores.callback()
    terms = CapTerms(group, "customer-1", "Asia/Shanghai")
    refusal = await stores.attempts.begin(attempt, cases.call(attempt.id), NOW, terms)
    assert isinstance(refusal, Refusal)
    assert refusal.rule is (Rule.CAP_NUMBER if whose is Whose.NUMBER else Rule.CAP_CUSTOMER)
    assert refusal.opens_at == NOW + DAY
    assert await stores.callback() == before
    assert await stores.attempts.get(attempt.id) is None
    later = replace(attempt, started_at=NOW + DAY)
    await stores.callbacks.claim(attempt.callback_id, attempt.agent_id, NOW + DAY, NOW + DAY + LEASE)
    assert await stores.attempts.begin(later, cases.call(attempt.id), NOW + DAY, terms) is None


async def test_processes_that_dial_one_customer_by_several_numbers_do_not_exceed_his_cap(
    stores: Stores, url: str
) -> None:
    """Each has a callback and a number of its own: only the cap stands between them."""
    await stores.seed(1, agents=4)
    await stores.add(*(replace(cases.callback(index), customer_id="customer-1") for index in range(2, 5)))
    begun = at_once(workers.begin_under_cap, *((url, index, False) for index in range(1, 5)))
    assert sum(begun) == len(await stores.attempts.latest()) == 5


async def test_processes_that_dial_one_number_of_several_customers_do_not_exceed_its_cap(
    stores: Stores, url: str
) -> None:
    await stores.seed(4)
    begun = at_once(workers.begin_under_cap, *((url, index, True) for index in range(1, 5)))
    assert sum(begun) == len(await stores.attempts.latest()) == 5


@pytest.mark.parametrize("seed", range(6))
async def test_no_order_of_dials_ends_and_cancellations_exceeds_a_cap(stores: Stores, seed: int) -> None:
    """Two customers, a number that both have, clocks that jump; against a list of what was dialled."""
    await stores.seed(2)
    chance, now, made, live = random.Random(seed), NOW, list[tuple[int, int, datetime]](), dict[int, int]()
    group = CapsGroup(number_24h=Cap(most=2), customer_7d=Cap(most=3))
    counting: set[int] = set()
    for step in range(60):
        now += timedelta(minutes=chance.choice([-90, 1, 30, 200, 2000]))
        index = chance.choice([1, 2])
        if index in live:
            at = live.pop(index)
            outcome = chance.choice([Outcome.NO_ANSWER, Outcome.CANCELLED, Outcome.ANSWERED, Outcome.NOT_DIALLED])
            attempt = (await stores.attempts.get(f"t{at}")) or pytest.fail("gone")
            await stores.attempts.finish(cases.closing(attempt.attempt, outcome, CallbackState.WAITING))
            if not outcome.charged:
                counting.discard(at)
            continue
        shared = chance.choice([7, index])
        attempt_ = replace(
            cases.attempt(index, ordinal=step + 1), id=f"t{step}", number=cases.number(shared), started_at=now
        )
        await stores.callbacks.claim(attempt_.callback_id, attempt_.agent_id, now, now + LEASE)
        terms = CapTerms(group, f"customer-{index}", "Asia/Shanghai")
        if await stores.attempts.begin(attempt_, cases.call(attempt_.id), now, terms) is None:
            made.append((index, shared, now))
            live[index] = step
            counting.add(step)
            ids = [record.attempt.id for record in await stores.attempts.latest(1000)]
            assert len(ids) == len(made)
        every = [record.attempt for record in await stores.attempts.latest(1000)]
        counts = [each for each in every if each.live or each.charged]
        assert {int(each.id[1:]) for each in counts} == counting
        for number in {each.number for each in counts}:
            assert fullest([each.started_at for each in counts if each.number == number], DAY) <= 2
        for callback in {each.callback_id for each in counts}:
            assert fullest([each.started_at for each in counts if each.callback_id == callback], 7 * DAY) <= 3
    assert len(made) > 5


def fullest(dials: Sequence[datetime], span: timedelta) -> int:
    return max((sum(timedelta(0) <= other - first < span for other in dials) for first in dials), default=0)


async def plan_of_query(stores: Stores, query: str, explain: str) -> str:
    async with stores.database.read() as connection:
        return " ".join(str(row) for row in await connection.execute(sa.text(f"{explain} {query}")))


@only_sqlite
async def test_counting_walks_an_index_made_for_it(stores: Stores) -> None:
    counts = f"({COUNTED})"
    query = f"SELECT started_at FROM attempts WHERE number = 'x' AND {counts} ORDER BY started_at DESC LIMIT 3"
    told = await plan_of_query(stores, query, "EXPLAIN QUERY PLAN")
    assert "ix_attempts_counted_number" in told
    assert "TEMP B-TREE" not in told
    query = (
        "SELECT started_at FROM attempts JOIN callbacks ON callbacks.id = attempts.callback_id "
        f"WHERE callbacks.customer_id = 'x' AND {counts}"
    )
    told = await plan_of_query(stores, query, "EXPLAIN QUERY PLAN")
    assert "ix_callbacks_customer_id" in told
    assert "ix_attempts_counted_callback_id" in told


@only_postgresql
@pytest.mark.parametrize("whose", list(Whose))
async def test_whoever_counts_the_same_waits_until_the_other_has_written(
    stores: Stores, url: str, whose: Whose
) -> None:
    """One has counted and written, and not committed; what another would count without waiting is one too few."""
    await stores.seed(1, agents=2)
    customer = 1 if whose is Whose.CUSTOMER else 2
    await stores.add(replace(cases.callback(2), customer_id=f"customer-{customer}"))
    group = CapsGroup.model_validate({key_of(whose, Span.HOURS_24): Cap(most=1)})
    first, second = cases.attempt(1), cases.attempt(2)
    if whose is Whose.NUMBER:
        # Its live attempt is over before the other begins: what stands between them is the cap alone.
        second = replace(second, number=first.number)
    for attempt in (first, second):
        await stores.callbacks.claim(attempt.callback_id, attempt.agent_id, NOW, NOW + LEASE)
    other = await Database.open(url)
    try:
        async with stores.database.write() as connection:
            item = (first, cases.call(first.id), NOW, CapTerms(group, "customer-1", "Asia/Shanghai"))
            assert await connection.run_sync(begin_in, [item]) == [None]
            await connection.run_sync(finish_in, [cases.closing(first, Outcome.NO_ANSWER, CallbackState.WAITING)])
            terms = CapTerms(group, f"customer-{customer}", "Asia/Shanghai")
            begins = asyncio.create_task(
                SqlAttempts(other).begin(second, cases.call(second.id), NOW, terms), name="second"
            )
            while not await connection.scalar(WAITS_FOR_TURN):
                assert not begins.done(), "did not wait for its turn"
                await asyncio.sleep(0)
        refusal = await begins
    finally:
        await other.close()
    assert isinstance(refusal, Refusal)
    assert refusal.rule is (Rule.CAP_NUMBER if whose is Whose.NUMBER else Rule.CAP_CUSTOMER)
