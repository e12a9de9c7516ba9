"""What did supervisors decide of callbacks that are used up? Each decision stands beside what it changed."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import Callback, CallbackState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.exhaustion import Decision
from callcenter.domain.visits.searches import Place, StoppedFound, StoppedSearch
from callcenter.storage.callbacks import apply_change
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.rows import ATTEMPT_COLUMNS, attempt_of, callback_of, case_of
from callcenter.storage.tables import STOPPED, WANTED, attempts, callbacks, customers, decisions, plans

_c, _d = callbacks.c, decisions.c


class SqlDecisions:
    """A DecisionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(
        self, decision: Decision, version: int, change: CallbackChange, number: PhoneNumber | None = None
    ) -> bool:
        """Change the callback if it still has this version, and write the decision beside it, in one transaction;
        False, and nothing is written, when somebody else was quicker. number: put before the customer's others.
        """
        async with self._database.write() as connection:
            return await connection.run_sync(_take, decision, version, change, number)

    async def numbers_overdue(self, now: datetime, limit: int = 100) -> list[Callback]:
        """Used up callbacks for which a new number should have come by now, the longest overdue first."""
        until = _c.number_wanted_until
        query = sa.select(callbacks).where(sa.text(WANTED), until <= now).order_by(until, _c.id).limit(limit)
        async with self._database.read() as connection:
            return [callback_of(row) for row in (await connection.execute(query)).mappings()]

    async def stopped(self, search: StoppedSearch, after: Place | None, limit: int) -> list[StoppedFound]:
        """The most overdue first, from behind `after`: its due date and id."""
        query = sa.select(callbacks, customers, plans).join(customers).join(plans, _c.plan_id == plans.c.id)
        query = query.where(sa.text(f"callbacks.{STOPPED}"), *_where(search)).order_by(_c.due_at, _c.id).limit(limit)
        if after is not None:
            at, callback_id = after
            behind = sa.tuple_(sa.literal(at, Instant()), sa.literal(callback_id, sa.Text()))
            query = query.where(sa.tuple_(_c.due_at, _c.id) > behind)
        async with self._database.read() as connection:
            cases = [case_of(row) for row in (await connection.execute(query)).mappings()]
            ids = [case.callback.id for case in cases]
            dials, decided = await _attempts(connection, ids), await _decisions(connection, ids)
        return [
            StoppedFound(case, tuple(dials.get(case.callback.id, ())), tuple(decided.get(case.callback.id, ())))
            for case in cases
        ]

    async def stopped_by_reason(self, search: StoppedSearch) -> dict[str, int]:
        """How many there are of each reason, whichever reason is searched for; empty for one that tells none."""
        reason = sa.func.coalesce(_c.exhausted_reason, "")
        every = StoppedSearch(search.closed, search.plan_id, customer=search.customer)
        query = (
            sa.select(reason.label("why"), sa.func.count().label("many"))
            .select_from(callbacks)
            .join(customers)
            .where(sa.text(f"callbacks.{STOPPED}"), *_where(every))
            .group_by(reason)
            .order_by(reason)
        )
        async with self._database.read() as connection:
            return {row.why: row.many for row in await connection.execute(query)}

    async def of_callback(self, callback_id: str) -> list[Decision]:
        """The oldest first."""
        async with self._database.read() as connection:
            return (await _decisions(connection, [callback_id])).get(callback_id, [])


def _take(
    connection: Connection, decision: Decision, version: int, change: CallbackChange, number: PhoneNumber | None
) -> bool:
    if not apply_change(connection, decision.callback_id, change, version=version):
        return False
    row = {column.name: getattr(decision, column.name) for column in _d if column is not _d.id}
    connection.execute(sa.insert(decisions).values(row))
    if number is not None:
        _put_first(connection, decision.callback_id, number)
    return True


def _put_first(connection: Connection, callback_id: str, number: PhoneNumber) -> None:
    mine = sa.select(_c.customer_id).where(_c.id == callback_id).scalar_subquery()
    query = sa.select(customers.c.id, customers.c.numbers).where(customers.c.id == mine).with_for_update()
    row = connection.execute(query).one()
    others = [each for each in row.numbers if each != number.e164]
    change = sa.update(customers).values(numbers=[number.e164, *others]).where(customers.c.id == row.id)
    connection.execute(change)


def _where(search: StoppedSearch) -> list[sa.ColumnElement[bool]]:
    given: list[sa.ColumnElement[bool]] = [
        _c.state == (CallbackState.CLOSED if search.closed else CallbackState.EXHAUSTED)
    ]
    if search.number_wanted:
        given.append(_c.number_wanted_until.is_not(None))
    if search.plan_id:
        given.append(_c.plan_id == search.plan_id)
    if search.reason:
        given.append(_c.exhausted_reason == search.reason)
    if search.customer:
        names = (customers.c.name, customers.c.organisation)
        given.append(sa.or_(*(name.icontains(search.customer, autoescape=True) for name in names)))
    return given


async def _attempts(connection: AsyncConnection, callback_ids: Sequence[str]) -> dict[str, list[Attempt]]:
    query = sa.select(*ATTEMPT_COLUMNS).where(attempts.c.callback_id.in_(callback_ids)).order_by(attempts.c.ordinal)
    found: dict[str, list[Attempt]] = {}
    for row in (await connection.execute(query)).mappings():
        attempt = attempt_of(row)
        found.setdefault(attempt.callback_id, []).append(attempt)
    return found


async def _decisions(connection: AsyncConnection, callback_ids: Sequence[str]) -> dict[str, list[Decision]]:
    query = sa.select(decisions).where(_d.callback_id.in_(callback_ids)).order_by(_d.id)
    found: dict[str, list[Decision]] = {}
    for row in (await connection.execute(query)).mappings():
        decision = _decision(row)
        found.setdefault(decision.callback_id, []).append(decision)
    return found


def _decision(row: RowMapping) -> Decision:
    return Decision(**{column.name: row[column] for column in _d if column is not _d.id})
