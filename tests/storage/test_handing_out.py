"""Who is next? The order, what is passed over, what wakes, and that it takes one look a line."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.sql.visitors import cloned_traverse

from callcenter.domain.people import Callback, CallbackState, PlanState
from callcenter.domain.queue.handing_out import ONE_BY_ONE, Hours, KeptFrom, PassedOver
from callcenter.storage.handing_out import WAKES, appointment_statement, line_statement
from callcenter.storage.tables import callbacks, customers, lines, plans, sides
from storage import cases
from storage.cases import LEASE, NOW
from storage.conftest import Stores, only_postgresql, only_sqlite

ZONES = ("", "Asia/Urumqi", "Europe/Berlin")
PLANS = ("plan-1", "plan-2", "plan-3")
HOUR = timedelta(hours=1)
SHANGHAI = "Asia/Shanghai"


async def handed_out(stores: Stores, passed_over: PassedOver | None = None, now: datetime = NOW) -> list[int]:
    """Everything that is ready, in order, by the numbers of the callbacks; none is given back."""
    found = []
    while case := await stores.callbacks.claim_next("agent-1", now, now + 99 * HOUR, passed_over or PassedOver()):
        found.append(int(case.callback.id.partition("-")[2]))
    return found


async def add(stores: Stores, *new: Callback, zone: str = SHANGHAI, manager: str = "", department: str = "") -> None:
    indexes = [int(callback.customer_id.partition("-")[2]) for callback in new]
    theirs = [replace(cases.customer(each), zone=zone, manager=manager, department=department) for each in indexes]
    assert await stores.people.add_cases(theirs, new) == len(new)


def due(index: int, hours: float, *, plan: str = "plan-1", **values: Any) -> Callback:
    return replace(cases.callback(index, plan), due_at=NOW + timedelta(hours=hours), **values)


async def test_due_appointments_come_first_then_due_date_priority_and_age(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    old = NOW - timedelta(days=9)
    await add(
        stores,
        due(1, -50, priority=9),
        due(2, 5, priority=9),
        due(3, 5, priority=2, created_at=old),
        due(4, 5, priority=2),
        due(5, 400, priority=0, appointment_at=NOW, not_before=NOW),
        due(6, 500, priority=0, appointment_at=NOW - HOUR, not_before=NOW - HOUR),
        due(7, -90, priority=9, appointment_at=NOW + HOUR, not_before=NOW + HOUR),
        due(8, -49, priority=0),
    )
    assert await handed_out(stores) == [6, 5, 1, 8, 2, 3, 4]
    assert await handed_out(stores, now=NOW + HOUR) == [7]


@dataclass(frozen=True, slots=True)
class Row:
    """One callback of the model; hours from now."""

    plan: int
    zone: int
    due: int
    priority: int
    age: int
    appointment: int | None
    not_before: int | None
    lease: int | None

    def callback(self, index: int) -> Callback:
        leased = self.lease is not None and self.not_before is None
        return due(
            index,
            self.due,
            plan=PLANS[self.plan],
            priority=self.priority,
            created_at=NOW - self.age * HOUR,
            appointment_at=None if self.appointment is None else NOW + self.appointment * HOUR,
            not_before=None if self.not_before is None else NOW + self.not_before * HOUR,
            state=CallbackState.HANDED_OUT if leased else CallbackState.WAITING,
            leased_to="agent-2" if leased else None,
            leased_until=NOW + (self.lease or 0) * HOUR if leased else None,
        )


FEW = st.integers(-1, 1)
ROWS = st.builds(
    Row,
    st.integers(0, 2),
    st.integers(0, 2),
    FEW,
    st.integers(0, 2),
    st.integers(0, 1),
    st.none() | FEW,
    *[st.none() | FEW] * 2,
)


def expected(rows: list[Row], closed: set[tuple[int, int]]) -> list[int]:
    """A sort of a list. The third plan is paused."""
    found = []
    for index, row in enumerate(rows, 1):
        callback = row.callback(index)
        asleep = max((each for each in (callback.not_before, callback.leased_until) if each), default=NOW) > NOW
        meets = callback.appointment_at is not None and callback.appointment_at <= NOW
        if asleep or row.plan == 2 or (not meets and (row.plan, row.zone) in closed):
            continue
        first = (0, callback.appointment_at) if meets else (1, NOW)
        found.append((first, callback.due_at, -callback.priority, callback.created_at, callback.id, index))
    return [row[-1] for row in sorted(found)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, max_size=12), closed=st.sets(st.tuples(st.integers(0, 1), st.integers(0, 2)), max_size=3))
async def test_the_queue_is_handed_out_as_a_list_would_be_sorted(
    stores: Stores, rows: list[Row], closed: set[tuple[int, int]]
) -> None:
    """Whatever is ready is handed out, once, in order, and nothing else is: nobody is starved."""
    async with stores.database.write() as connection:
        for table in (callbacks, customers, lines, sides, plans):
            await connection.execute(sa.delete(table))
    for plan in PLANS:
        state = PlanState.PAUSED if plan == PLANS[2] else PlanState.RUNNING
        await stores.people.add_plan(replace(cases.plan(plan, state), policy=plan))
    for index, row in enumerate(rows, 1):
        await add(stores, row.callback(index), zone=ZONES[row.zone])
    over = PassedOver(closed=frozenset(Hours(PLANS[plan], SHANGHAI, ZONES[zone] or SHANGHAI) for plan, zone in closed))
    assert await handed_out(stores, over) == expected(rows, closed)


async def test_a_closed_line_is_passed_over_and_nothing_else(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await stores.people.add_plan(replace(cases.plan("plan-2"), policy="other"))
    await add(stores, due(1, -5), due(2, -4), zone="Europe/Berlin")
    await add(stores, due(3, -3, plan="plan-2"), zone="Europe/Berlin")
    await add(stores, due(4, -2), zone="")
    over = PassedOver(closed=frozenset({Hours("tongjiang", SHANGHAI, "Europe/Berlin")}))
    assert await handed_out(stores, over) == [3, 4]
    assert await handed_out(stores) == [1, 2]
    assert await stores.callbacks.hours() == {
        Hours("tongjiang", SHANGHAI, "Europe/Berlin"),
        Hours("tongjiang", SHANGHAI, SHANGHAI),
        Hours("other", SHANGHAI, "Europe/Berlin"),
    }


@pytest.mark.parametrize(
    ("kept_from", "left"),
    [
        (KeptFrom("tongjiang", department="sales"), [3, 4]),
        (KeptFrom("tongjiang", manager="zhao"), [2, 4]),
        (KeptFrom("tongjiang"), [4]),
        (KeptFrom("other", department="sales"), [1, 2, 3]),
        (KeptFrom("nobody's"), [1, 2, 3, 4]),
    ],
    ids=["of a department", "of a manager", "of all", "under another policy", "under none"],
)
async def test_customers_whom_an_agent_may_not_call_are_passed_over(
    stores: Stores, kept_from: KeptFrom, left: list[int]
) -> None:
    await stores.seed(0, agents=1)
    await stores.people.add_plan(replace(cases.plan("plan-2"), policy="other"))
    await add(stores, due(1, 1, appointment_at=NOW), manager="zhao", department="sales")
    await add(stores, due(2, 2), manager="qian", department="sales")
    await add(stores, due(3, 3), manager="zhao", department="loans")
    await add(stores, due(4, 4, plan="plan-2"), manager="qian", department="sales")
    assert await handed_out(stores, PassedOver(kept_from=frozenset({kept_from}))) == left


async def test_a_plan_can_be_passed_over(stores: Stores) -> None:
    await stores.seed(2)
    await stores.people.add_plan(cases.plan("plan-2"))
    await add(stores, due(3, 0, plan="plan-2"))
    assert await handed_out(stores, PassedOver(plans=frozenset({"plan-1"}))) == [3]


async def test_all_whose_time_has_come_wake_however_many(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    many = WAKES + 10
    await add(stores, *(due(index, 0, not_before=NOW + HOUR) for index in range(1, many + 1)))
    assert await handed_out(stores) == []
    assert sorted(await handed_out(stores, now=NOW + HOUR)) == list(range(1, many + 1))


async def test_a_callback_taken_before_its_time_waits_for_it_when_its_lease_has_run_out(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await add(stores, due(1, 0, not_before=NOW + 9 * HOUR))
    await stores.callbacks.claim("callback-00001", "agent-1", NOW, NOW + LEASE)
    assert await handed_out(stores, now=NOW + HOUR) == []
    callback = await stores.callback()
    assert (callback.state, callback.leased_to, callback.not_before) == (CallbackState.WAITING, None, NOW + 9 * HOUR)


async def test_a_callback_stands_in_the_line_of_the_customer_who_is_known(stores: Stores) -> None:
    """A customer who is known stays as he is, whatever comes with another callback of his."""
    await stores.seed(0, agents=1)
    await add(stores, due(1, 0), zone="Europe/Berlin")
    other = replace(cases.customer(1), zone="America/New_York")
    assert await stores.people.add_cases([other], [replace(due(2, 0), customer_id="customer-1")]) == 1
    assert await stores.callbacks.hours() == {Hours("tongjiang", SHANGHAI, "Europe/Berlin")}
    assert (await stores.callback(2)).clock == "Europe/Berlin"


async def test_a_callback_whose_hours_are_its_own_changes_its_line(stores: Stores) -> None:
    await stores.seed()
    await stores.callbacks.defer("callback-00001", NOW, ONE_BY_ONE)
    assert Hours("tongjiang", SHANGHAI, ONE_BY_ONE) in await stores.callbacks.hours()
    closed = PassedOver(closed=frozenset({Hours("tongjiang", SHANGHAI, SHANGHAI)}))
    assert await handed_out(stores, closed) == [1]


def explained(stores: Stores, *, picky: bool) -> list[str]:
    """The two statements, their values in place."""
    listed = dict.fromkeys(("closed", "plans", "callbacks", "policies", "managers", "departments"), '["one", "other"]')
    values: dict[str, Any] = {"agent": "agent-1", "now": NOW, "until": NOW + LEASE, **listed}

    def fill(bind: Any) -> None:
        if bind.key in values:
            bind.value, bind.required = values[bind.key], False

    statements = [build(stores.database.dialect, picky) for build in (line_statement, appointment_statement)]
    filled = [cloned_traverse(statement, {}, {"bindparam": fill}) for statement in statements]
    return [str(each.compile(stores.database.engine, compile_kwargs={"literal_binds": True})) for each in filled]


@only_sqlite
@pytest.mark.parametrize("picky", [False, True])
async def test_the_first_of_each_line_is_found_through_its_index(stores: Stores, picky: bool) -> None:
    await stores.seed()
    async with stores.database.read() as connection:
        line, appointment = [
            [row[3] for row in await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {statement}"))]
            for statement in explained(stores, picky=picky)
        ]
    name = "near" if picky else "each"
    assert any(f"SEARCH {name} USING" in step and "ix_callbacks_ready (plan_id=? AND clock=?)" in step for step in line)
    if picky:
        assert any(
            "SEARCH one USING INDEX ix_callbacks_sides (plan_id=? AND clock=? AND side=?)" in step for step in line
        )
    # What is sorted is one callback a line; for who is kept from some also its heads, and one callback a side.
    assert sum("TEMP B-TREE" in step for step in line) == (3 if picky else 1), line
    assert not {f"SCAN {each}" for each in ("callbacks", "each", "near", "behind", "one", "first")} & set(line), line
    assert any("SEARCH callbacks USING INDEX ix_callbacks_appointments" in step for step in appointment), appointment
    assert not any("TEMP B-TREE" in step for step in appointment), appointment


@only_postgresql
@pytest.mark.parametrize("picky", [False, True])
async def test_postgresql_finds_the_first_of_each_line_through_its_index(stores: Stores, picky: bool) -> None:
    await stores.seed(3000, agents=1)
    async with stores.database.write() as connection:
        # What is over was due first.
        over = callbacks.c.id < "callback-02500"
        await connection.execute(sa.update(callbacks).values(state=CallbackState.DONE).where(over))
        await connection.execute(sa.text("ANALYZE"))
        line, appointment = [
            [row[0] for row in await connection.execute(sa.text(f"EXPLAIN {statement}"))]
            for statement in explained(stores, picky=picky)
        ]
    assert any("using ix_callbacks_ready on callbacks" in step for step in line), line
    assert not any("Seq Scan on callbacks" in step for step in (*line, *appointment)), line
    assert any("ix_callbacks_appointments" in step for step in appointment), appointment
