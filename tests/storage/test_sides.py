"""An agent who is kept from most of a huge plan: is the first whom he may call found, and how much is read for it?"""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.people import Callback
from callcenter.domain.queue.handing_out import ONE_BY_ONE, KeptFrom, PassedOver, side_of, whose
from callcenter.storage import handing_out as module
from callcenter.storage.tables import callbacks, customers, lines, sides
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores, only_sqlite

MINUTE = timedelta(minutes=1)
POLICY = "tongjiang"
HUGE = 50_000
PEOPLE = ("zhao", "qian")
HOUSES = ("sales", "loans", "")


def kept(*barred: KeptFrom, callbacks: frozenset[str] = frozenset()) -> PassedOver:
    return PassedOver(kept_from=frozenset(barred), callbacks=callbacks)


def due(index: int) -> Callback:
    return replace(cases.callback(index), due_at=NOW + index * MINUTE)


async def add(stores: Stores, index: int, manager: str, department: str) -> None:
    theirs = replace(cases.customer(index), manager=manager, department=department)
    assert await stores.people.add_cases([theirs], [due(index)]) == 1


async def handed_out(stores: Stores, over: PassedOver) -> list[int]:
    found = []
    while case := await stores.callbacks.claim_next("agent-1", NOW, NOW + 9999 * MINUTE, over):
        found.append(int(case.callback.id.partition("-")[2]))
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(HOUSES)), max_size=10),
    managers=st.sets(st.sampled_from(PEOPLE)),
    departments=st.sets(st.sampled_from(HOUSES[:2]), min_size=1),
    without=st.sets(st.integers(1, 10), max_size=3),
)
async def test_whom_he_may_call_he_is_handed_in_order_however_many_stand_before(
    stores: Stores,
    rows: list[tuple[str, str]],
    managers: set[str],
    departments: set[str],
    without: set[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a head of one callback nearly everything is found by the sides."""
    monkeypatch.setattr(module, "HEAD", 1)
    for statement in (module.line_statement, module.unlocked_statement):
        statement.cache_clear()
    if not (await stores.people.plans()):
        await stores.seed(0, agents=1)
    async with stores.database.write() as connection:
        for table in (callbacks, customers, lines, sides):
            await connection.execute(sa.delete(table))
    for index, (manager, department) in enumerate(rows, 1):
        await add(stores, index, manager, department)
    barred = [KeptFrom(POLICY, manager=each) for each in managers]
    barred += [KeptFrom(POLICY, department=each) for each in departments]
    over = kept(*barred, callbacks=frozenset(f"callback-{index:05}" for index in without))
    assert await handed_out(stores, over) == [
        index
        for index, (manager, department) in enumerate(rows, 1)
        if manager not in managers and department not in departments and index not in without
    ]
    for statement in (module.line_statement, module.unlocked_statement):
        statement.cache_clear()


async def test_a_callback_keeps_its_side_in_another_line(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await add(stores, 1, "zhao", "sales\nnorth")
    await stores.callbacks.defer("callback-00001", NOW, ONE_BY_ONE)
    async with stores.database.read() as connection:
        found = (await connection.execute(sa.select(sides.c.clock, sides.c.manager, sides.c.department))).all()
    assert {tuple(row) for row in found} == {
        (cases.customer(1).zone, "zhao", "sales\nnorth"),
        (ONE_BY_ONE, "zhao", "sales\nnorth"),
    }
    theirs = replace(cases.customer(1), manager="zhao", department="")
    assert whose(side_of(theirs)) == ("zhao", "")


async def steps(stores: Stores, over: PassedOver) -> tuple[int | None, int]:
    """Which callback one hand-out gives, and how many steps SQLite's machine takes for it: each row read is several."""
    quick, count = stores.database.quick, 0
    assert quick is not None

    def one() -> int:
        nonlocal count
        count += 1
        return 0

    quick._writer.set_progress_handler(one, 1)  # noqa: SLF001 (nobody else counts)
    case = await stores.callbacks.claim_next("agent-1", NOW, NOW + MINUTE, over)
    quick._writer.set_progress_handler(None, 1)  # noqa: SLF001 (as before)
    return int(case.callback.id.partition("-")[2]) if case else None, count


@only_sqlite
async def test_it_reads_no_more_of_fifty_thousand_than_of_five_hundred(stores: Stores) -> None:
    """Whether somebody stands behind them all whom he may call, or nobody does."""
    await stores.seed(0, agents=1)
    over = kept(KeptFrom(POLICY, department="sales"), KeptFrom(POLICY, manager="zhao"))
    taken: dict[int, list[int]] = {}
    first = 1
    for count in (500, HUGE):
        theirs = [
            replace(cases.customer(index), manager="zhao" if index % 2 else "qian", department="sales")
            for index in range(first, count + 1)
        ]
        assert await stores.people.add_cases(theirs, [due(index) for index in range(first, count + 1)])
        found, nobody = await steps(stores, over)
        assert found is None
        await add(stores, HUGE + count, "qian", "loans")
        found, somebody = await steps(stores, over)
        assert found == HUGE + count
        taken[count] = [nobody, somebody]
        first = count + 1
    for few, many in zip(*taken.values(), strict=True):
        assert many <= 1.2 * few, taken
        assert many < HUGE, taken
