"""Lists of numbers that are never dialled, each replaced as a whole: see `domain/blocklists`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.intake.blocklists import Blocklist, Load, LoadState
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.errors import ConstraintBrokenError
from callcenter.storage.rows import insert_into
from callcenter.storage.tables import LOADING, blocked_numbers, blocklist_loads, blocklists

_l, _n, _b = blocklist_loads.c, blocked_numbers.c, blocklists.c
CLEARED_AT_ONCE = 5000
"""Numbers that are looked at in one step of clearing up: other writers wait no longer than that takes."""


class SqlBlocklists:
    """A BlocklistStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, load: Load) -> Load | None:
        """Write the load down, with its generation and how many numbers hold until then; None when another load of
        the same list is under way.
        """
        try:
            async with self._database.write() as connection:
                latest = sa.select(sa.func.max(_l.generation)).where(_l.list == load.list)
                held = sa.select(_b.numbers).where(_b.name == load.list)
                begun = replace(
                    load,
                    generation=(await connection.scalar(latest) or 0) + 1,
                    before=await connection.scalar(held) or 0,
                )
                await connection.execute(sa.insert(blocklist_loads).values(_row(begun)))
        except ConstraintBrokenError as error:
            if error.constraint == LOADING:
                return None
            raise
        return begun

    async def put(self, load: Load, numbers: Sequence[str]) -> int:
        """Beside those that hold; how many were not in this generation yet. numbers: E.164."""
        every = sorted(set(numbers))
        if not every:
            return 0
        async with self._database.write() as connection:
            insert = insert_into(connection, blocked_numbers)
            if connection.dialect.name == "postgresql":
                given = sa.func.unnest(sa.literal(every, sa.ARRAY(sa.Text()))).column_valued("number")
                source = sa.select(given, sa.literal(load.list), sa.literal(load.generation))
                statement = insert.from_select(["number", "list", "generation"], source)
                return (await connection.execute(statement.on_conflict_do_nothing())).rowcount
            rows = [{"number": each, "list": load.list, "generation": load.generation} for each in every]
            return (await connection.execute(insert.on_conflict_do_nothing(), rows)).rowcount

    async def note(self, load: Load) -> bool:
        """The load as it stands now; False when it does not run any more: nothing is written then."""
        async with self._database.write() as connection:
            return await _note(connection, load)

    async def switch(self, load: Load) -> bool:
        """From now on the load's numbers hold, and no others of its list: the load ends as it says, and the list is of
        its generation, in one transaction. False, and nothing is changed, when it does not run any more.
        """
        async with self._database.write() as connection:
            if not await _note(connection, load):
                return False
            values = {
                "name": load.list,
                "owner": load.owner,
                "generation": load.generation,
                "numbers": load.taken,
                "replaced_at": load.ended_at,
            }
            insert = insert_into(connection, blocklists).values(values)
            changed = {name: value for name, value in values.items() if name != "name"}
            await connection.execute(insert.on_conflict_do_update(index_elements=["name"], set_=changed))
            return True

    async def clear(self, name: str, after: str = "") -> str | None:
        """Delete numbers that no longer hold, or that a load left which came to nothing, among the next ones behind
        `after`; where it got to, None at the end.
        """
        async with self._database.write() as connection:
            beyond = sa.select(_n.number).where(_n.number > after).order_by(_n.number)
            upto = await connection.scalar(beyond.offset(CLEARED_AT_ONCE - 1).limit(1))
            running = sa.select(_l.generation).where(_l.list == name, _l.state == LoadState.RUNNING)
            holds = sa.select(_b.generation).where(_b.name == name)
            stale = sa.and_(_n.generation.not_in(running), _n.generation.not_in(holds))
            here = [_n.number > after, *([_n.number <= upto] if upto is not None else [])]
            await connection.execute(sa.delete(blocked_numbers).where(*here, _n.list == name, stale))
        return str(upto) if upto is not None else None

    async def interrupt(self, before: datetime, at: datetime) -> None:
        """Those that run by their own account, and gave no sign of life since `before`, are INTERRUPTED."""
        statement = (
            sa.update(blocklist_loads)
            .values(state=LoadState.INTERRUPTED, ended_at=at)
            .where(_l.state == LoadState.RUNNING, _l.seen_at < before)
        )
        async with self._database.write() as connection:
            await connection.execute(statement)

    async def lists(self) -> list[Blocklist]:
        """By name."""
        async with self._database.read() as connection:
            rows = (await connection.execute(sa.select(blocklists).order_by(_b.name))).mappings()
            return [Blocklist(**{column.name: row[column] for column in _b}) for row in rows]

    async def load(self, load_id: str) -> Load | None:
        found = await self._loads(sa.select(blocklist_loads).where(_l.id == load_id))
        return found[0] if found else None

    async def loads(self, limit: int = 100, after: tuple[datetime, str] | None = None, name: str = "") -> list[Load]:
        """The newest first. after: start and id of the last one that was read."""
        query = sa.select(blocklist_loads).order_by(_l.started_at.desc(), _l.id.desc()).limit(limit)
        if name:
            query = query.where(_l.list == name)
        if after is not None:
            at, last_id = after
            place = sa.tuple_(sa.literal(at, Instant()), sa.literal(last_id, sa.Text()))
            query = query.where(sa.tuple_(_l.started_at, _l.id) < place)
        return await self._loads(query)

    async def _loads(self, query: sa.Select[tuple[object, ...]]) -> list[Load]:
        async with self._database.read() as connection:
            return [_load(row) for row in (await connection.execute(query)).mappings()]


async def _note(connection: AsyncConnection, load: Load) -> bool:
    fixed = {"id", "list", "generation", "started_at"}
    values = {name: value for name, value in _row(load).items() if name not in fixed}
    statement = sa.update(blocklist_loads).values(values)
    still = (_l.id == load.id, _l.state == LoadState.RUNNING)
    return (await connection.execute(statement.where(*still))).rowcount == 1


def _row(load: Load) -> dict[str, object]:
    return {column.name: getattr(load, column.name) for column in _l}


def _load(row: RowMapping) -> Load:
    return Load(**{column.name: row[column] for column in _l})
