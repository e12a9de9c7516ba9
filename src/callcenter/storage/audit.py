"""What did people do? A table that only grows, each entry chained to the one before."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.audit import Action, Deed, Entry, chained
from callcenter.storage.database import Database
from callcenter.storage.tables import audit

_c = audit.c
_LOCK = 0x61756469
"""On PostgreSQL those who write take turns by this number; on SQLite every writer does."""


class SqlAudit:
    """An AuditStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """What is written within, by whichever store, and the entry that tells of it, are on the disk together or not
        at all. One at a time, of all processes: what is read within stays true until the end.
        """
        async with self._database.unit() as connection:
            await _take_turn(connection)
            yield

    async def write(self, deed: Deed) -> Entry:
        """Chain it to the last entry; on the disk when this returns, in order, without gaps, whoever else writes.
        Within `together`, with the rest.
        """
        async with self._database.write() as connection:
            await _take_turn(connection)
            entry = chained(deed, await _last(connection))
            await connection.execute(sa.insert(audit).values(_row(entry)))
        return entry

    async def entries(
        self,
        *,
        before: int | None = None,
        limit: int = 100,
        on_kind: str = "",
        on_id: str = "",
        who: str = "",
        login: str = "",
        action: Action | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Entry]:
        """The newest first, below this number. since, until: UTC, `until` excluded."""
        query = sa.select(audit).order_by(_c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(_c.number < before)
        for column, wanted in ((_c.on_kind, on_kind), (_c.on_id, on_id), (_c.who, who), (_c.login, login)):
            if wanted:
                query = query.where(column == wanted)
        if action is not None:
            query = query.where(_c.action == action)
        if since is not None:
            query = query.where(_c.at >= since)
        if until is not None:
            query = query.where(_c.at < until)
        return await self._found(query)

    async def chain(self, after: int = 0, limit: int = 1000) -> list[Entry]:
        """In order, from the number that follows `after`."""
        return await self._found(sa.select(audit).where(_c.number > after).order_by(_c.number).limit(limit))

    async def _found(self, query: sa.Select[tuple[object, ...]]) -> list[Entry]:
        async with self._database.read() as connection:
            return [_entry(row) for row in (await connection.execute(query)).mappings()]


async def _take_turn(connection: AsyncConnection) -> None:
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


async def _last(connection: AsyncConnection) -> Entry | None:
    query = sa.select(audit).order_by(_c.number.desc()).limit(1)
    row = (await connection.execute(query)).mappings().first()
    return _entry(row) if row else None


def _row(entry: Entry) -> dict[str, object]:
    deed = {column.name: getattr(entry.deed, column.name) for column in _c if hasattr(entry.deed, column.name)}
    return {
        **deed,
        "number": entry.number,
        "previous": entry.previous,
        "hash": entry.hash,
        "detail": dict(entry.deed.detail),
    }


def _entry(row: RowMapping) -> Entry:
    deed = Deed(
        at=row[_c.at],
        action=row[_c.action],
        who=row[_c.who],
        login=row[_c.login],
        on_kind=row[_c.on_kind],
        on_id=row[_c.on_id],
        detail=row[_c.detail],
        address=row[_c.address],
    )
    return Entry(row[_c.number], deed, row[_c.previous], row[_c.hash])
