"""The next of the queue: from the first of every open line the one whose turn it is.

Order: appointments that are due, by their time; then due date (so what is overdue comes first), priority (9 first),
oldest. Each line is an index's range in this order, so the statement looks at one callback a line, however many wait.
For an agent who is kept from some customers it looks at the first few of a line; where he may call none of those, at
one callback for each of its sides.
Hand-outs take turns, on SQLite by its one writer, on PostgreSQL by a lock: nobody is handed what another is just
getting, and nobody goes away empty because of it.
"""

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import BindParameter, Column, ColumnElement, Select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.dml import ReturningUpdate

from callcenter.domain.people import Callback, CallbackState, Customer, PlanState
from callcenter.domain.queue.handing_out import PassedOver, clock_of, side_of, whose
from callcenter.storage.columns import Instant
from callcenter.storage.rows import customer_of, insert_into, row_of
from callcenter.storage.statements import Statements
from callcenter.storage.tables import HANDED_OUT, PARKED, PARKED_APPOINTMENT, callbacks, customers, lines, plans, sides

WAKES = 200
"""How many callbacks, at most, one hand-out wakes, and as many appointments before them. Of more whose time comes at
once the first in the queue's order come first; the rest follows with the next hand-out, or with the service's next
look.
"""

HEAD = 10
"""How many callbacks of a line are looked at one by one for whom an agent may call who is kept from some."""

_TURN = 4_203_110_917
"""The number of the lock on PostgreSQL under which hand-outs take turns."""

_c = callbacks.c
_AGENT: BindParameter[str] = sa.bindparam("agent", type_=sa.Text())
_NOW: BindParameter[datetime] = sa.bindparam("now", type_=Instant())
_UNTIL: BindParameter[datetime] = sa.bindparam("until", type_=Instant())
_MOST: BindParameter[int] = sa.bindparam("most", type_=sa.Integer())
_LINES = lines.join(plans, plans.c.id == lines.c.plan_id)
_ORDER = (_c.due_at, _c.priority.desc(), _c.created_at, _c.id)


class Wanted(NamedTuple):
    """What one hand-out asks for. now, until: UTC, until: the lease's end."""

    agent: str
    now: datetime
    until: datetime
    passed_over: PassedOver


def hand_out_next(connection: Statements, wanted: Wanted) -> str | None:
    """The id of the callback that is now this agent's; None where none is ready. Within one transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_TURN)))
    wake(connection, wanted.now)
    over = wanted.passed_over
    values = {"agent": wanted.agent, "now": wanted.now, "until": wanted.until, **statement_values(over)}
    statements = [appointment_statement, line_statement]
    if connection.dialect.name == "postgresql":
        # Where the first of the only open line is just being changed by somebody else, the next one is handed out.
        statements.append(unlocked_statement)
    for statement in statements:
        found = connection.scalar(statement(connection.dialect.name, bool(over.kept_from)), values)
        if found is not None:
            return str(found)
    return None


def wake(connection: Statements, now: datetime) -> int:
    """Take from their agents those whose lease ran out, and make ready those whose not_before has come, at most WAKES
    of each kind: how many. Appointments come first: however many others come due with them, they wait for none.
    """
    values = {"now": now, "most": WAKES}
    return sum(connection.execute(each, values).rowcount for each in (_END_LEASES, _WAKE_APPOINTMENTS, _WAKE))


@cache
def appointment_statement(dialect: str, picky: bool) -> ReturningUpdate[tuple[str]]:
    """Hand out the first appointment that is due. picky: the agent is kept from some customers."""
    due = sa.and_(_c.appointment_at <= _NOW, _ready(callbacks), _c.appointment_at.is_not(None))
    first = (
        sa.select(_c.id)
        .join(plans, plans.c.id == _c.plan_id)
        .where(due, *_open_to(dialect, callbacks, picky))
        .order_by(_c.appointment_at, *_ORDER)
        .limit(1)
        .with_for_update(of=callbacks, skip_locked=True)
    )
    return _leased(first)


@cache
def line_statement(dialect: str, picky: bool) -> ReturningUpdate[tuple[str]]:
    """Hand out the first of the firsts of all open lines. picky: as for an appointment."""
    first = _first_he_may_call(dialect) if picky else _first_of_line(dialect).correlate(lines, plans).scalar_subquery()
    joined = _LINES.join(callbacks, _c.id == first)
    if picky and dialect == "postgresql":
        # Behind a fence, or it would be asked for anew with each callback that might be joined.
        fenced = sa.select(first.label("id")).offset(0).correlate(lines, plans).lateral("its_first")
        joined = _LINES.join(fenced, sa.true()).join(callbacks, _c.id == fenced.c.id)
    found = sa.select(_c.id).select_from(joined).where(*_open_lines(dialect, picky)).order_by(*_ORDER).limit(1)
    return _leased(found.with_for_update(of=callbacks, skip_locked=True))


@cache
def unlocked_statement(dialect: str, picky: bool) -> ReturningUpdate[tuple[str]]:
    """As `line_statement`, with the first of each line that nobody else has locked. Locks one callback of each line.
    picky: one of the head of the line.
    """
    first = (_unlocked_of_head(dialect) if picky else _first_of_line(dialect)).with_for_update(skip_locked=True)
    its_first = first.correlate(lines, plans).lateral("its_first")
    joined = _LINES.join(its_first, sa.true()).join(callbacks, _c.id == its_first.c.id)
    found = sa.select(_c.id).select_from(joined).where(*_open_lines(dialect, picky)).order_by(*_ORDER).limit(1)
    return _leased(found)


def _first_of_line(dialect: str) -> Select[tuple[str]]:
    each = callbacks.alias("each")
    return sa.select(each.c.id).where(*_in_line(each), *_fit(dialect, each, False)).order_by(*_order(each)).limit(1)


def _first_he_may_call(dialect: str) -> ColumnElement[str]:
    """Of a line, for who is kept from some. The sides are asked for only where the line goes on behind its head."""
    behind = callbacks.alias("behind")
    goes_on = sa.select(behind.c.id).where(*_in_line(behind)).order_by(*_order(behind)).offset(HEAD).limit(1)
    there = goes_on.correlate(lines, plans).scalar_subquery().is_not(None)
    # Mostly it is the very first of the line; then nothing else is read.
    heads = (_of_head(dialect, count).correlate(lines, plans).scalar_subquery() for count in (1, HEAD))
    return sa.func.coalesce(*heads, sa.case((there, _of_sides(dialect)), else_=None))


def _of_head(dialect: str, count: int) -> Select[tuple[str]]:
    """Of so many at the head of a line the first whom he may call."""
    near = callbacks.alias("near")
    shown = (near.c.id, near.c.customer_id, near.c.due_at, near.c.priority, near.c.created_at)
    some = sa.select(*shown).where(*_in_line(near)).order_by(*_order(near)).limit(count).correlate(lines, plans)
    head = some.subquery("head")
    fit = sa.select(head.c.id).where(*_fit(dialect, head, True))
    return fit if count == 1 else fit.order_by(*_order(head)).limit(1)


def _unlocked_of_head(dialect: str) -> Select[tuple[str]]:
    near, each = callbacks.alias("near"), callbacks.alias("each")
    head = sa.select(near.c.id).where(*_in_line(near)).order_by(*_order(near)).limit(HEAD).correlate(lines, plans)
    fit = sa.select(each.c.id).where(each.c.id.in_(head), *_fit(dialect, each, True))
    return fit.order_by(*_order(each)).limit(1)


def _of_sides(dialect: str) -> ColumnElement[str]:
    one, first = callbacks.alias("one"), callbacks.alias("first")
    mine = (one.c.plan_id == sides.c.plan_id, one.c.clock == sides.c.clock, one.c.side == sides.c.side, _ready(one))
    of_side = sa.select(one.c.id).where(*mine, *_fit(dialect, one, False)).order_by(*_order(one)).limit(1)
    firsts = sides.join(first, first.c.id == of_side.correlate(sides).scalar_subquery())
    here = (sides.c.plan_id == plans.c.id, sides.c.clock == lines.c.clock, ~_barred(dialect, sides))
    found = sa.select(first.c.id).select_from(firsts).where(*here).order_by(*_order(first)).limit(1)
    return found.correlate(lines, plans).scalar_subquery()


def _in_line(table: Any) -> tuple[ColumnElement[bool], ...]:
    return table.c.plan_id == plans.c.id, table.c.clock == lines.c.clock, _ready(table)


def _order(table: Any) -> tuple[ColumnElement[Any], ...]:
    return table.c.due_at, table.c.priority.desc(), table.c.created_at, table.c.id


def _open_lines(dialect: str, picky: bool) -> tuple[ColumnElement[bool], ...]:
    hours = plans.c.policy + _BETWEEN + plans.c.zone + _BETWEEN + lines.c.clock
    return _running(dialect, picky), hours.not_in(_listed(dialect, "closed"))


def hours_statement() -> Select[tuple[str, str, str]]:
    """Every kind of hours that lines of running plans have."""
    return (
        sa.select(plans.c.policy, plans.c.zone, lines.c.clock)
        .join(lines, lines.c.plan_id == plans.c.id)
        .where(plans.c.state == PlanState.RUNNING)
        .distinct()
    )


async def add_callbacks(
    connection: AsyncConnection, new: Sequence[Callback], fresh: Collection[Customer]
) -> frozenset[str]:
    """Add those not known by id, each in its line; the ids of those added. fresh: customers who were added just now;
    all others are looked up, since what is known of them stays.

    Raises ConstraintBrokenError (`foreign key`) for one whose plan or customer is nowhere.
    """
    if not new:
        return frozenset()
    theirs = {customer.id: (clock_of(customer), customer) for customer in fresh}
    missing = sorted({callback.customer_id for callback in new} - set(theirs))
    if missing:
        query = sa.select(customers).where(customers.c.id.in_(missing))
        known = [customer_of(row) for row in (await connection.execute(query)).mappings()]
        theirs |= {customer.id: (clock_of(customer), customer) for customer in known}
    # In one order, so that two who add the same do not wait for each other.
    ordered = sorted(new, key=lambda callback: callback.id)
    rows = [{**row_of(each, callbacks), **_place(theirs.get(each.customer_id))} for each in ordered]
    statement = insert_into(connection, callbacks).on_conflict_do_nothing(index_elements=["id"]).returning(_c.id)
    added = frozenset((await connection.scalars(statement, rows)).all())
    await connection.execute(
        insert_into(connection, lines).on_conflict_do_nothing(index_elements=["plan_id", "clock"]),
        [{"plan_id": plan, "clock": clock} for plan, clock in sorted({(row["plan_id"], row["clock"]) for row in rows})],
    )
    places = {(row["plan_id"], row["clock"], row["side"]) for row in rows}
    statement_sides = insert_into(connection, sides).on_conflict_do_nothing(index_elements=["plan_id", "clock", "side"])
    await connection.execute(statement_sides, [_side(*place) for place in sorted(places)])
    return added


def _place(known: tuple[str, Customer] | None) -> dict[str, str]:
    """Where a callback stands: nowhere yet for a customer who is nowhere, which the database refuses."""
    return {"clock": "", "side": ""} if known is None else {"clock": known[0], "side": side_of(known[1])}


def _side(plan: str, clock: str, side: str) -> dict[str, str]:
    manager, department = whose(side)
    return {"plan_id": plan, "clock": clock, "side": side, "manager": manager, "department": department}


async def change_line(connection: AsyncConnection, callback_id: str, clock: str) -> None:
    """Let the callback stand in the line of this clock."""
    changed = sa.update(callbacks).values(clock=clock).where(_c.id == callback_id).returning(_c.plan_id, _c.side)
    row = (await connection.execute(changed)).first()
    if row is not None:
        statement = insert_into(connection, lines).on_conflict_do_nothing(index_elements=["plan_id", "clock"])
        await connection.execute(statement, {"plan_id": row.plan_id, "clock": clock})
        theirs = insert_into(connection, sides).on_conflict_do_nothing(index_elements=["plan_id", "clock", "side"])
        await connection.execute(theirs, _side(row.plan_id, clock, row.side))


def _leased(first: Select[tuple[str]]) -> ReturningUpdate[tuple[str]]:
    return (
        sa.update(callbacks)
        .values(state=CallbackState.HANDED_OUT, leased_to=_AGENT, leased_until=_UNTIL, version=_c.version + 1)
        .where(_c.id == first.scalar_subquery())
        .returning(_c.id)
    )


def _first(where: str, since: Column[datetime], *order: ColumnElement[Any]) -> Select[tuple[str]]:
    come = sa.select(_c.id).where(sa.text(where), since <= _NOW).order_by(since, *order).limit(_MOST)
    return come.with_for_update(skip_locked=True)


_BETWEEN = "\n"
_CLOSED, _PLANS, _CALLBACKS, _POLICIES, _MANAGERS, _DEPARTMENTS = (
    "closed",
    "plans",
    "callbacks",
    "policies",
    "managers",
    "departments",
)


def statement_values(over: PassedOver) -> dict[str, str]:
    """What is passed over, as values of the statements. Lists are JSON, each one value: so one statement serves them
    all, however long they are.
    """
    listed: dict[str, list[str]] = {
        _CLOSED: sorted(_BETWEEN.join(hours) for hours in over.closed),
        _PLANS: sorted(over.plans),
        _CALLBACKS: sorted(over.callbacks),
    }
    if over.kept_from:
        listed[_POLICIES] = sorted(each.policy for each in over.kept_from if not each.manager and not each.department)
        listed[_MANAGERS] = sorted(each.policy + _BETWEEN + each.manager for each in over.kept_from if each.manager)
        listed[_DEPARTMENTS] = sorted(
            each.policy + _BETWEEN + each.department for each in over.kept_from if each.department
        )
    return {name: json.dumps(values, ensure_ascii=False) for name, values in listed.items()}


def _listed(dialect: str, name: str) -> Select[tuple[str]]:
    given = sa.bindparam(name, type_=sa.Text())
    if dialect == "postgresql":
        return sa.select(sa.func.json_array_elements_text(sa.cast(given, sa.JSON)).column_valued(f"{name}_listed"))
    return sa.select(sa.func.json_each(given).table_valued("value", name=f"{name}_listed").c.value)


def _ready(table: Any) -> ColumnElement[bool]:
    """As READY has it, of this alias."""
    waiting: ColumnElement[str] = sa.literal_column("'waiting'")
    return sa.and_(table.c.state == waiting, table.c.not_before.is_(None))


def _running(dialect: str, picky: bool) -> ColumnElement[bool]:
    running = sa.and_(plans.c.state == PlanState.RUNNING, plans.c.id.not_in(_listed(dialect, _PLANS)))
    return sa.and_(running, plans.c.policy.not_in(_listed(dialect, _POLICIES))) if picky else running


def _fit(dialect: str, table: Any, picky: bool) -> list[ColumnElement[bool]]:
    """Of the callbacks of a plan those that may be this agent's."""
    wanted: list[ColumnElement[bool]] = [table.c.id.not_in(_listed(dialect, _CALLBACKS))]
    if picky:
        theirs = sa.exists().where(customers.c.id == table.c.customer_id, _barred(dialect, customers))
        wanted.append(~theirs.correlate(table, plans))
    return wanted


def _barred(dialect: str, table: Any) -> ColumnElement[bool]:
    """From customers of this manager, or of this department, the agent is kept."""
    policy = plans.c.policy + _BETWEEN
    own = (policy + table.c.manager).in_(_listed(dialect, _MANAGERS))
    near = (policy + table.c.department).in_(_listed(dialect, _DEPARTMENTS))
    return sa.or_(own, near)


def _open_to(dialect: str, table: Any, picky: bool) -> list[ColumnElement[bool]]:
    return [_running(dialect, picky), *_fit(dialect, table, picky)]


_END_LEASES = (
    sa.update(callbacks)
    .values(state=CallbackState.WAITING, leased_to=None, leased_until=None, version=_c.version + 1)
    .where(_c.id.in_(_first(HANDED_OUT, _c.leased_until)))
)
_WAKEN = sa.update(callbacks).values(not_before=None, put_off_by=None, version=_c.version + 1)
_WAKE_APPOINTMENTS = _WAKEN.where(_c.id.in_(_first(PARKED_APPOINTMENT, _c.not_before)))
_WAKE = _WAKEN.where(_c.id.in_(_first(PARKED, _c.not_before, *_ORDER)))
