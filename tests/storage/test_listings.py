"""The queue, looked through page by page while it changes; found by what is typed; counted."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.people import Callback, CallbackState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.queue.listings import CallbackFilter, CallbackOrder, ListPart, searched
from callcenter.domain.visits.closing import CallbackChange
from callcenter.storage.listings import SqlListings
from callcenter.storage.tables import callbacks
from storage import cases
from storage.conftest import Stores

ALL = CallbackFilter()


async def pages(listings: SqlListings, order: CallbackOrder, limit: int, wanted: CallbackFilter = ALL) -> list[str]:
    """The ids of the whole list."""
    found: list[str] = []
    part = ListPart(order, limit)
    while True:
        listed = await listings.callbacks(wanted, part)
        found += [case.callback.id for case in listed.cases]
        if listed.next is None:
            return found
        part = replace(part, after=listed.next)


def varied(index: int, due: int, priority: int, age: int) -> Callback:
    return replace(
        cases.callback(index),
        due_at=cases.NOW + timedelta(days=due),
        priority=priority,
        created_at=cases.NOW - timedelta(minutes=age),
    )


VALUES = st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.lists(VALUES, min_size=1, max_size=12),
    doings=st.lists(st.tuples(st.sampled_from(["add", "change", "delete"]), VALUES), max_size=8),
    limit=st.integers(1, 4),
    order=st.sampled_from(CallbackOrder),
)
async def test_a_list_read_in_parts_repeats_and_leaves_out_nothing(
    stores: Stores,
    start: list[tuple[int, int, int]],
    doings: list[tuple[str, tuple[int, int, int]]],
    limit: int,
    order: CallbackOrder,
) -> None:
    """Between two parts rows come, change and go: whoever was there all the while is read, once, in order."""
    async with stores.database.write() as connection:
        await connection.execute(sa.delete(callbacks))
    await stores.people.add_plan(cases.plan())
    await _add(stores, [varied(index, *values) for index, values in enumerate(start, 1)])
    listings, there, there_always = SqlListings(stores.database), len(start), set(range(1, len(start) + 1))
    read: list[str] = []
    part, waiting = ListPart(order, limit), list(doings)
    while True:
        listed = await listings.callbacks(ALL, part)
        read += [case.callback.id for case in listed.cases]
        if listed.next is None:
            break
        part = replace(part, after=listed.next)
        if waiting:
            what, values = waiting.pop()
            victim = 1 + values[0] * 4 + values[1]
            if what == "add":
                there += 1
                await _add(stores, [varied(there, *values)])
            elif what == "change":
                change = CallbackChange(CallbackState.EXHAUSTED, exhausted_reason="dials_used")
                await stores.callbacks.change(cases.callback(victim).id, 1, change)
            else:
                there_always.discard(victim)
                async with stores.database.write() as connection:
                    await connection.execute(sa.delete(callbacks).where(callbacks.c.id == cases.callback(victim).id))
    assert len(read) == len(set(read))
    assert {cases.callback(index).id for index in there_always} <= set(read)
    whole = await pages(listings, order, 100)
    assert [key for key in whole if key in read] == [key for key in read if key in whole]


async def _add(stores: Stores, new: list[Callback]) -> None:
    customers = [cases.customer(int(callback.customer_id.partition("-")[2])) for callback in new]
    await stores.people.add_cases(customers, new)


async def test_the_queue_is_listed_as_it_is_handed_out(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await stores.add(varied(1, 1, 5, 0), varied(2, 0, 0, 0), varied(3, 1, 9, 0), varied(4, 1, 5, 9), varied(5, 0, 0, 0))
    listings = SqlListings(stores.database)
    listed = await pages(listings, CallbackOrder.QUEUE, 2)
    assert listed == [cases.callback(index).id for index in (2, 5, 3, 4, 1)]
    handed_out = []
    while case := await stores.callbacks.claim_next(cases.agent(1).id, cases.NOW, cases.NOW + cases.LEASE):
        handed_out.append(case.callback.id)
    assert handed_out == listed
    assert (await pages(listings, CallbackOrder.NEWEST, 3))[-1] == cases.callback(4).id


async def test_filters_hold_together(stores: Stores) -> None:
    await stores.seed(4)
    await stores.begin(1)
    await stores.callbacks.claim(cases.callback(2).id, cases.agent(2).id, cases.NOW, cases.NOW + cases.LEASE)
    listings = SqlListings(stores.database)

    async def found(wanted: CallbackFilter) -> list[int]:
        return [int(key.partition("-")[2]) for key in await pages(listings, CallbackOrder.QUEUE, 10, wanted)]

    assert await found(CallbackFilter(states=frozenset({CallbackState.CALLING}))) == [1]
    assert await found(CallbackFilter(leased_to=cases.agent(2).id)) == [2]
    assert await found(CallbackFilter(visible_to=cases.agent(2).id)) == [2, 3, 4]
    assert await found(CallbackFilter(plan_id="nowhere")) == []
    assert len(await found(CallbackFilter(plan_id=cases.plan().id))) == 4
    due = cases.callback(3).due_at
    assert await found(CallbackFilter(due_before=due)) + await found(CallbackFilter(due_from=due)) == [1, 2, 3, 4]
    counts = await listings.counts(ALL)
    assert counts == {
        cases.plan().id: {CallbackState.CALLING: 1, CallbackState.HANDED_OUT: 1, CallbackState.WAITING: 2}
    }
    assert await listings.counts(CallbackFilter(visible_to=cases.agent(2).id)) == {
        cases.plan().id: {CallbackState.HANDED_OUT: 1, CallbackState.WAITING: 2}
    }


@pytest.mark.parametrize(
    ("typed", "whole", "fits"),
    [
        ("ali", True, True),
        ("100%_", True, True),
        ("%", True, True),
        ("_%", True, False),
        ("bank", True, True),
        ("callback-00001", True, True),
        ("allback", True, False),
        ("0001", False, True),
        ("800000001", True, True),
        ("+86 138-0000-0001", True, True),
        ("00001", False, False),
        ("13800000001", False, False),
        ("8000", True, False),
        ("' OR 1=1 --", True, False),
    ],
)
async def test_what_is_typed_is_found_as_it_stands(stores: Stores, typed: str, whole: bool, fits: bool) -> None:
    customer = replace(
        cases.customer(1), name="Alice 100%_", organisation="A Bank", numbers=(PhoneNumber("+8613800000001"),)
    )
    await stores.people.add_plan(cases.plan())
    await stores.people.add_cases([customer], [cases.callback(1)])
    text, digits = searched(typed, whole_numbers=whole)
    listed = await SqlListings(stores.database).callbacks(
        CallbackFilter(text=text, digits=digits), ListPart(CallbackOrder.QUEUE, 5)
    )
    assert bool(listed.cases) is fits


async def test_a_part_of_a_long_list_is_had_by_an_index(stores: Stores) -> None:
    """Neither the beginning nor the middle of the list is sorted first."""
    await stores.seed(3)
    if stores.database.dialect != "sqlite":
        pytest.skip("the plan is told in SQLite's words")
    listings = SqlListings(stores.database)
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if statement.startswith("SELECT callbacks"):
            seen.append((statement, parameters))

    engine = stores.database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        for order in CallbackOrder:
            first = await listings.callbacks(ALL, ListPart(order, 1))
            await listings.callbacks(ALL, ListPart(order, 1, first.next))
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == 2 * len(CallbackOrder)
    async with stores.database.read() as connection:
        for statement, values in seen:
            rows = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)).mappings()
            told = " / ".join(str(row["detail"]) for row in rows)
            assert "USE TEMP B-TREE" not in told, told
            assert "ix_callbacks" in told, told
