"""Who rang in, about which callback, and what became of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.attempt import CallDirection
from callcenter.domain.outcomes import Outcome
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.queue.returns import OVER, Candidate, ReturnCall, ReturnFound, ReturnSearch, ReturnState
from callcenter.storage.database import Database
from callcenter.storage.rows import case_of, insert_into
from callcenter.storage.statements import Row
from callcenter.storage.tables import COUNTED, QUEUED, RETURN_OPEN, attempts, callbacks, customers, plans, returns

MOST_CUSTOMERS, MOST_CALLBACKS = 20, 200
"""Of one number; nobody's telephone is shared by more."""

_r, _a, _c = returns.c, attempts.c, callbacks.c


class SqlReturns:
    """A ReturnStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, call: ReturnCall) -> None:
        """Written anew, or as it is now."""
        async with self._database.write() as connection:
            await _write(connection, call)

    async def miss(self, call: ReturnCall) -> None:
        """As `save`; and its callback, if it waits, waits no longer for its time and comes first (V4-05). That the
        customer rang back is kept with it until he is called.
        """
        rang = sa.update(callbacks).where(_c.id == call.callback_id)
        async with self._database.write() as connection:
            await _write(connection, call)
            await connection.execute(rang.values(rang_back_at=call.at, version=_c.version + 1))
            lifted = rang.values(not_before=None, put_off_by=None)
            await connection.execute(lifted.where(sa.text(QUEUED)))

    async def of_channel(self, node: str, channel: str) -> ReturnCall | None:
        """The latest that came in on this channel."""
        query = sa.select(returns).where(_r.channel == channel, _r.node == node).order_by(_r.at.desc()).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return _call(row) if row else None

    async def unsettled(self, node: str) -> list[ReturnCall]:
        """Those of which it is not known what became of them, the oldest first."""
        query = sa.select(returns).where(_r.node == node, sa.text(RETURN_OPEN)).order_by(_r.at, _r.id)
        async with self._database.read() as connection:
            return [_call(row) for row in (await connection.execute(query)).mappings()]

    async def candidates(self, number: PhoneNumber) -> Sequence[Candidate]:
        """All callbacks of the customers who were called at this number; where none was, of those who have it."""
        async with self._database.read() as connection:
            known = list(await connection.scalars(_called_at(number))) or list(
                await connection.scalars(_having(number))
            )
            if not known:
                return ()
            query = (
                sa.select(callbacks, customers, plans)
                .join(customers)
                .join(plans, _c.plan_id == plans.c.id)
                .where(_c.customer_id.in_(known))
                .order_by(_c.created_at.desc(), _c.id)
                .limit(MOST_CALLBACKS)
            )
            cases = [case_of(row) for row in (await connection.execute(query)).mappings()]
            dials = _last_dials([case.callback.id for case in cases])
            last = {row["callback_id"]: row for row in (await connection.execute(dials)).mappings()}
        return [_candidate(case, last.get(case.callback.id)) for case in cases]

    async def latest(self, search: ReturnSearch, limit: int, after: tuple[datetime, str] | None) -> list[ReturnFound]:
        """The newest first, from behind `after`: its instant and id."""
        query = (
            sa.select(returns, callbacks, customers, plans)
            .outerjoin(callbacks, _c.id == _r.callback_id)
            .outerjoin(customers, customers.c.id == _c.customer_id)
            .outerjoin(plans, plans.c.id == _c.plan_id)
            .order_by(_r.at.desc(), _r.id.desc())
            .limit(limit)
        )
        if search.state is not None:
            query = query.where(_r.state == search.state)
        if search.callback_id is not None:
            query = query.where(_r.callback_id == search.callback_id)
        if search.agent_id is not None:
            offered = sa.cast(_r.tried, sa.Text).contains(f'"{search.agent_id}"', autoescape=True)
            query = query.where(sa.or_(_r.agent_id == search.agent_id, offered))
        if search.undecided:
            query = query.where(_r.state == ReturnState.MISSED, _c.rang_back_at == _r.at, _c.state.in_(OVER))
        if search.caller_id is not None:
            called = sa.exists().where(_a.callback_id == _r.callback_id, _a.agent_id == search.caller_id)
            query = query.where(called)
        if after is not None:
            at, key = after
            query = query.where(sa.or_(_r.at < at, sa.and_(_r.at == at, _r.id < key)))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [ReturnFound(_call(row), case_of(row) if row[_c.id] is not None else None) for row in rows]

    async def missed_since(self, since: datetime) -> int:
        """How many callers were missed, unknown ones aside."""
        query = sa.select(sa.func.count()).where(_r.at >= since, _r.state == ReturnState.MISSED)
        async with self._database.read() as connection:
            return int(await connection.scalar(query) or 0)


async def _write(connection: AsyncConnection, call: ReturnCall) -> None:
    row = {column.name: getattr(call, column.name) for column in _r}
    row["tried"] = list(call.tried)
    changed = {name: value for name, value in row.items() if name not in {"id", "at", "node", "channel"}}
    statement = insert_into(connection, returns).values(row)
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))


def _called_at(number: PhoneNumber) -> sa.Select[Any]:
    return (
        sa.select(_c.customer_id)
        .join(attempts, _a.callback_id == _c.id)
        .where(_a.number == number, sa.text(f"({COUNTED})"))
        .group_by(_c.customer_id)
        .order_by(sa.func.max(_a.started_at).desc())
        .limit(MOST_CUSTOMERS)
    )


def _having(number: PhoneNumber) -> sa.Select[Any]:
    numbers = sa.cast(customers.c.numbers, sa.Text)
    return sa.select(customers.c.id).where(numbers.contains(f'"{number.e164}"', autoescape=True)).limit(MOST_CUSTOMERS)


def _last_dials(callback_ids: Sequence[str]) -> sa.Select[Any]:
    """In order, so that the last of each callback remains."""
    return (
        sa.select(_a.callback_id, _a.started_at, _a.agent_id)
        .where(_a.callback_id.in_(callback_ids), _a.direction == CallDirection.OUTBOUND)
        .where(sa.or_(_a.outcome.is_(None), _a.outcome != Outcome.NOT_DIALLED))
        .order_by(_a.started_at)
    )


def _candidate(case: Any, last: Row | None) -> Candidate:
    return Candidate(case, last["started_at"], last["agent_id"]) if last else Candidate(case)


def _call(row: Row) -> ReturnCall:
    values = {column.name: row[column] for column in _r}
    return ReturnCall(**values | {"tried": tuple(values["tried"])})
