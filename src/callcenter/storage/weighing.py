"""The queue in groups of which the rules ask the same, and past dials, callback by callback."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from callcenter.domain.people import CallbackState, Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.queue.waiting import DialledCase, GroupKey, Sizes, UntriedGroup, WaitingGroup
from callcenter.storage.codec import from_text
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.rows import ATTEMPT_COLUMNS, attempt_of, case_of
from callcenter.storage.tables import QUEUED, attempts, callbacks, customers, plans

HEAD = 7
"""So much of a customer's numbers, as they are written, tells groups apart: `["+8613`."""

_READ_AT_ONCE = 5000
_BUILT_AT_ONCE = 50
"""Others have their turn between: each takes a tenth of a millisecond."""
_c, _a = callbacks.c, attempts.c
_numbers = sa.cast(customers.c.numbers, sa.Text)
_tried = sa.exists().where(_a.callback_id == _c.id, _a.round == _c.round)
_QUEUED = sa.text(f"callbacks.{QUEUED}")


class SqlWeighing:
    """A WeighStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def groups(self, plan_id: str, now: datetime) -> list[WaitingGroup]:
        """The plan's callbacks that wait, are with an agent, or wait for a decision; the largest group first."""
        keys = _keys(now)
        # The keys in a query of their own: they hold values, and PostgreSQL groups by nothing that does.
        each = (
            sa.select(*(column.label(name) for name, column in keys.items()), _c.not_before, _c.leased_until)
            .join(customers)
            .where(_c.plan_id == plan_id, _c.state.in_(_STATES))
            .subquery()
        )
        query = sa.select(
            *(each.c[name] for name in keys),
            sa.func.count().label("many"),
            sa.func.min(each.c.not_before, type_=Instant()).label("first"),
            sa.func.min(each.c.leased_until, type_=Instant()).label("lease"),
        ).group_by(*(each.c[name] for name in keys))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        found = [
            WaitingGroup(
                GroupKey(**{name: _plain(name, row[name]) for name in keys}), row["many"], row["first"], row["lease"]
            )
            for row in rows
        ]
        return sorted(found, key=lambda group: (-group.count, str(group.key)))

    async def some_of(self, key: GroupKey, now: datetime, limit: int) -> list[Case]:
        """So many of a group, in the order of the queue."""
        same = [column == _stored(getattr(key, name)) for name, column in _keys(now).items()]
        query = _cases().where(*same).order_by(_c.due_at, _c.priority.desc(), _c.created_at, _c.id).limit(limit)
        found: list[Case] = []
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        for start in range(0, len(rows), _BUILT_AT_ONCE):
            found.extend(map(case_of, rows[start : start + _BUILT_AT_ONCE]))
            await asyncio.sleep(0)
        return found

    async def sizes(self, plan_ids: Collection[str], since: datetime) -> Sizes:
        made = (
            sa.select(sa.func.count())
            .select_from(attempts)
            .join(callbacks)
            .where(_a.started_at >= since, _c.plan_id.in_(plan_ids))
        )
        queued = sa.select(sa.func.count()).select_from(callbacks).where(_QUEUED, _c.plan_id.in_(plan_ids))
        async with self._database.read() as connection:
            return Sizes(await connection.scalar(made) or 0, await connection.scalar(queued) or 0)

    async def untried(self, plan_ids: Collection[str]) -> AsyncIterator[UntriedGroup]:
        """All waiting callbacks of these plans that were not dialled in this round, read bit by bit."""
        after: str | None = ""
        while after is not None:
            async with self._database.read() as connection:
                rows = (await connection.execute(_untried(plan_ids, after))).mappings().all()
            for row in rows:
                first = next(map(PhoneNumber, from_text(row["numbers"])), None)
                key = (row["plan_id"], row["zone"], row["not_before"], row["appointment_at"])
                yield UntriedGroup(*key, first, row["many"])
            after = rows[0]["last"] if rows else None

    async def tried(self, plan_ids: Collection[str], after: str, limit: int) -> Sequence[DialledCase]:
        """Waiting callbacks that were dialled in this round, by id, from behind `after`."""
        which = (
            sa.select(_a.callback_id)
            .distinct()
            .join(callbacks, sa.and_(_c.id == _a.callback_id, _c.round == _a.round))
            .where(_a.callback_id > after, _QUEUED, _c.plan_id.in_(plan_ids))
        )
        return await self._of(which, limit)

    async def dialled(
        self, plan_ids: Collection[str], since: datetime, after: str, limit: int
    ) -> Sequence[DialledCase]:
        """Callbacks of these plans that were dialled since then, by id, from behind `after`."""
        which = (
            sa.select(_a.callback_id)
            .distinct()
            .join(callbacks, _c.id == _a.callback_id)
            .where(_a.callback_id > after, _a.started_at >= since, _c.plan_id.in_(plan_ids))
        )
        return await self._of(which, limit)

    async def _of(self, which: Select[tuple[Any]], limit: int) -> list[DialledCase]:
        async with self._database.read() as connection:
            ids = list(await connection.scalars(which.order_by(_a.callback_id).limit(limit)))
            rows = (await connection.execute(_cases().where(_c.id.in_(ids)))).mappings()
            cases = {case.callback.id: case for case in map(case_of, rows)}
            made = sa.select(*ATTEMPT_COLUMNS).where(_a.callback_id.in_(ids)).order_by(_a.callback_id, _a.ordinal)
            every = [attempt_of(row) for row in (await connection.execute(made)).mappings()]
        of = {each: tuple(found) for each, found in groupby(every, key=lambda attempt: attempt.callback_id)}
        return [DialledCase(cases[each], of[each]) for each in ids]


_STATES = (CallbackState.WAITING, CallbackState.HANDED_OUT, CallbackState.EXHAUSTED)


def _untried(plan_ids: Collection[str], after: str) -> Select[Any]:
    """The next so many callbacks by id, in groups."""
    part = (
        sa.select(
            _c.id,
            _c.plan_id,
            customers.c.zone,
            _c.not_before,
            _c.appointment_at,
            _numbers.label("numbers"),
            sa.func.substr(_numbers, 1, HEAD).label("head"),
        )
        .join(customers)
        .where(_QUEUED, _c.plan_id.in_(plan_ids), ~_tried, _c.id > after)
        .order_by(_c.id)
        .limit(_READ_AT_ONCE)
        .subquery()
    )
    same = [part.c[name] for name in ("plan_id", "zone", "not_before", "appointment_at")]
    return sa.select(
        *same,
        sa.func.min(part.c.numbers).label("numbers"),
        sa.func.count().label("many"),
        # Of all groups together, by the database's own order of texts.
        sa.func.max(sa.func.max(part.c.id)).over().label("last"),
    ).group_by(*same, part.c.head)


def _keys(now: datetime) -> dict[str, ColumnElement[Any]]:
    """The columns of a GroupKey."""
    return {
        "plan_id": _c.plan_id,
        "state": _c.state,
        "clock": _c.clock,
        "leased": _one(_c.leased_until > now),
        "ahead": _one(_c.not_before > now),
        "tried": _one(_tried),
        "head": sa.func.substr(_numbers, 1, HEAD),
    }


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return sa.case((condition, 1), else_=0)


def _stored(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _plain(name: str, value: Any) -> Any:
    return bool(value) if name in {"leased", "ahead", "tried"} else value


def _cases() -> Select[tuple[object, ...]]:
    return sa.select(callbacks, customers, plans).join(customers).join(plans, _c.plan_id == plans.c.id)
