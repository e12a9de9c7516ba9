"""Which series of callbacks have ended, and what follows them? A successor is added once, whoever adds it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import ColumnElement, ScalarSelect
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Callback, CallbackState
from callcenter.domain.plans.cadence import ENDED, EndedSeries
from callcenter.domain.visits.exhaustion import DecisionKind
from callcenter.storage.database import Database
from callcenter.storage.handing_out import add_callbacks
from callcenter.storage.rows import case_of
from callcenter.storage.tables import attempts, callbacks, customers, decisions, plans

_LOCK = 0x63616465
"""Taken by whoever adds a successor, so that of two who add at once the second sees what the first did."""

_c = callbacks.c
_other = callbacks.alias("other")
_ENDED = tuple(sorted(ENDED))


class SqlCadences:
    """A CadenceStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ended(self, plan_id: str, made_before: datetime, limit: int, after: str = "") -> list[EndedSeries]:
        """Series of the plan that nothing follows yet, whose last callback was made no later than that; by its id, from
        behind `after`.
        """
        query = (
            sa.select(
                callbacks,
                customers,
                plans,
                _SPOKEN.label("spoken_at"),
                _CLOSED.label("decided_at"),
                _CAME.label("came"),
            )
            .join(customers)
            .join(plans, _c.plan_id == plans.c.id)
            .where(_c.plan_id == plan_id, _c.id > after, _c.created_at <= made_before, _c.state.in_(_ENDED))
            .where(~_FOLLOWED, ~_GOES_ON)
            .order_by(_c.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            found = []
            for row in (await connection.execute(query)).mappings():
                known = [moment for moment in (row["spoken_at"], row["decided_at"]) if moment is not None]
                case = case_of(row)
                found.append(EndedSeries(case, max(known, default=case.callback.due_at), row["came"]))
            return found

    async def add_next(self, callback: Callback) -> bool:
        """Add the callback if what it follows has ended still, nothing follows that yet, and nothing of its series
        waits; one transaction. False when somebody else was quicker.
        """
        ready = sa.select(_c.id).where(_c.id == callback.follows, _c.state.in_(_ENDED), ~_FOLLOWED, ~_GOES_ON)
        async with self._database.write() as connection:
            await _take_turn(connection)
            if await connection.scalar(ready.with_for_update()) is None:
                return False
            return callback.id in await add_callbacks(connection, [callback], ())


async def _take_turn(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _same_series() -> ColumnElement[bool]:
    return sa.and_(
        _other.c.customer_id == _c.customer_id, _other.c.plan_id == _c.plan_id, _other.c.trigger == _c.trigger
    )


def _goes_on() -> ColumnElement[bool]:
    """Another of the series waits, or was made later: then that one is the last."""
    later = sa.or_(
        _other.c.created_at > _c.created_at, sa.and_(_other.c.created_at == _c.created_at, _other.c.id > _c.id)
    )
    open_or_later = sa.or_(_other.c.state.not_in(_ENDED), later)
    return sa.exists().where(_same_series(), _other.c.id != _c.id, open_or_later).correlate(callbacks)


def _spoken() -> ScalarSelect[datetime]:
    """When anybody last spoke to the customer, in this series."""
    talks = sa.select(sa.func.max(attempts.c.ended_at, type_=attempts.c.ended_at.type))
    of_series = talks.join(_other, _other.c.id == attempts.c.callback_id).where(_same_series())
    return of_series.where(attempts.c.outcome == Outcome.ANSWERED).correlate(callbacks).scalar_subquery()


def _closed() -> ScalarSelect[datetime]:
    """When a supervisor closed it; None where it is not closed."""
    taken = sa.select(sa.func.max(decisions.c.at, type_=decisions.c.at.type)).where(decisions.c.callback_id == _c.id)
    closed = taken.where(decisions.c.kind == DecisionKind.CLOSED, _c.state == CallbackState.CLOSED)
    return closed.correlate(callbacks).scalar_subquery()


_CAME = (
    sa.exists()
    .where(attempts.c.callback_id == _c.id, attempts.c.disposition == Disposition.VISITED)
    .correlate(callbacks)
)
_FOLLOWED = sa.exists().where(_other.c.follows == _c.id).correlate(callbacks)
_GOES_ON = _goes_on()
_SPOKEN = _spoken()
_CLOSED = _closed()
