"""Blocklists: replaced at once, never empty meanwhile; the gate asks by the number."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from callcenter.domain.intake.blocklists import Blocklist, Load, LoadState, Owner
from callcenter.storage import blocklists as module
from callcenter.storage.blocklists import SqlBlocklists
from callcenter.storage.restraints import SqlRestraints
from callcenter.storage.tables import blocked_numbers
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores, only_sqlite


def new_load(load_id: str = "l1", name: str = "regulator") -> Load:
    return Load(load_id, name, Owner.REGULATOR, 0, "dnc.csv", "ab" * 32, 100, "u1", "boss", NOW, NOW)


async def begun(stores: Stores, load_id: str = "l1", name: str = "regulator") -> Load:
    load = await SqlBlocklists(stores.database).begin(new_load(load_id, name))
    assert load is not None
    return load


async def replaced(stores: Stores, load_id: str, *indexes: int, name: str = "regulator") -> Load:
    store, load = SqlBlocklists(stores.database), await begun(stores, load_id, name)
    taken = await store.put(load, [cases.number(index).e164 for index in indexes])
    done = replace(load, state=LoadState.DONE, taken=taken, ended_at=NOW)
    assert await store.switch(done)
    return done


async def blocked(stores: Stores, index: int) -> tuple[str, ...]:
    return await SqlRestraints(stores.database).blocked(cases.number(index))


async def kept(stores: Stores) -> int:
    async with stores.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(blocked_numbers)) or 0


async def cleared(stores: Stores, name: str = "regulator") -> None:
    place: str | None = ""
    while place is not None:
        place = await SqlBlocklists(stores.database).clear(name, place)


async def test_a_list_holds_its_numbers_once_it_is_switched_and_not_before(stores: Stores) -> None:
    store, load = SqlBlocklists(stores.database), await begun(stores)
    assert (load.generation, load.before) == (1, 0)
    assert await store.put(load, [cases.number(1).e164] * 2) == 1
    assert await store.put(load, [cases.number(each).e164 for each in (1, 2)]) == 1
    assert await store.put(load, []) == 0
    assert await blocked(stores, 1) == ()
    done = replace(load, state=LoadState.DONE, taken=2, ended_at=NOW)
    assert await store.switch(done)
    assert [await blocked(stores, index) for index in (1, 2, 3)] == [("regulator",), ("regulator",), ()]
    assert await store.lists() == [Blocklist("regulator", Owner.REGULATOR, 1, 2, NOW)]
    assert await store.load("l1") == done


async def test_while_it_is_replaced_all_of_the_old_list_holds_and_then_all_of_the_new(stores: Stores) -> None:
    await replaced(stores, "l1", 1, 2)
    store, load = SqlBlocklists(stores.database), await begun(stores, "l2")
    assert (load.generation, load.before) == (2, 2)
    await store.put(load, [cases.number(each).e164 for each in (2, 3)])
    await cleared(stores)
    assert [bool(await blocked(stores, index)) for index in (1, 2, 3)] == [True, True, False]
    assert await store.switch(replace(load, state=LoadState.DONE, taken=2, ended_at=NOW))
    assert [bool(await blocked(stores, index)) for index in (1, 2, 3)] == [False, True, True]
    await cleared(stores)
    assert [bool(await blocked(stores, index)) for index in (1, 2, 3)] == [False, True, True]
    assert await kept(stores) == 2


async def test_clearing_up_goes_step_by_step_and_leaves_other_lists_alone(stores: Stores) -> None:
    await replaced(stores, "own", *range(1, 30), name="own")
    await replaced(stores, "l1", *range(1, 30))
    await replaced(stores, "l2", 100)
    before, module.CLEARED_AT_ONCE = module.CLEARED_AT_ONCE, 7
    try:
        await cleared(stores)
    finally:
        module.CLEARED_AT_ONCE = before
    assert await kept(stores) == 30
    assert await blocked(stores, 29) == ("own",)


async def test_one_file_at_a_time_replaces_a_list_and_a_dead_one_makes_way(stores: Stores) -> None:
    store, dead = SqlBlocklists(stores.database), await begun(stores)
    assert await store.begin(new_load("l2")) is None
    await begun(stores, "o1", "own")
    await store.put(dead, [cases.number(1).e164])
    await store.interrupt(NOW, NOW)
    assert await store.begin(new_load("l2")) is None, "it gave a sign of life just now"
    await store.interrupt(NOW + timedelta(minutes=1), NOW)
    assert (await store.load("l1")) == replace(dead, state=LoadState.INTERRUPTED, ended_at=NOW)
    alive = await begun(stores, "l2")
    assert alive.generation == 2
    assert not await store.switch(replace(dead, state=LoadState.DONE, taken=1, ended_at=NOW))
    assert not await store.note(replace(dead, rows=5))
    assert await blocked(stores, 1) == ()
    await cleared(stores)
    assert await kept(stores) == 0
    assert [load.id for load in await store.loads(name="regulator")] == ["l2", "l1"]
    assert [load.id for load in await store.loads(limit=2, after=(NOW, "o1"))] == ["l2", "l1"]


@only_sqlite
async def test_the_gate_finds_a_number_by_its_key(stores: Stores) -> None:
    query = (
        "EXPLAIN QUERY PLAN SELECT name FROM blocklists JOIN blocked_numbers ON list = name AND "
        "blocked_numbers.generation = blocklists.generation WHERE number = 'x'"
    )
    async with stores.database.read() as connection:
        told = " ".join(str(row) for row in await connection.execute(sa.text(query)))
    assert "SEARCH blocked_numbers USING PRIMARY KEY (number=?" in told or "(number=? AND list=?" in told
    assert "SCAN blocked_numbers" not in told
