"""Visit logs: written when a call ends, filled in and closed by the agent, kept for years."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.people import CallbackState
from callcenter.domain.visits.closing import CallbackChange, Closing
from callcenter.domain.visits.drafting import DRAFTED, with_draft
from callcenter.domain.visits.records import LogRecord
from callcenter.domain.visits.visitlog import VisitLog
from callcenter.storage import codec
from callcenter.storage.callbacks import apply_change
from callcenter.storage.database import Database
from callcenter.storage.deciding import write_decided
from callcenter.storage.drafts import draft_of, put_fields
from callcenter.storage.statements import Row, Statements
from callcenter.storage.tables import OPEN, attempts, callbacks, customers, visit_logs

_c = visit_logs.c
_ADD = sa.insert(visit_logs)
_ONE = sa.select(visit_logs).where(_c.attempt_id == sa.bindparam("attempt"))


class SqlLogs:
    """A LogStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, attempt_id: str) -> LogRecord | None:
        key = {"attempt": attempt_id}
        row = await self._database.look(lambda each: each.execute(_ONE, key).mappings().first())
        return record_of(row) if row else None

    async def save(self, log: VisitLog, version: int, at: datetime) -> bool:
        """Keep what was filled in so far of an open log; False when it was changed or closed meanwhile."""
        async with self._database.write() as connection:
            return await _write(connection, log, version, at, closed=False)

    async def close(self, log: VisitLog, version: int, at: datetime, change: CallbackChange | None) -> bool:
        """Save the log as closed and, in the same transaction, change its callback, if that waits in WRAP_UP; False,
        and nothing is written, when the log was changed or closed meanwhile. The attempt is told what the agent says of
        the talk, and the customer whether he dislikes calls.
        """
        async with self._database.write() as connection:
            closed = await _write(connection, log, version, at, closed=True)
            if closed:
                await _tell(connection, log)
            # Where the customer rang back before the first log was closed, the last one decides.
            if closed and change is not None and not await connection.scalar(_others_open(log)):
                await connection.run_sync(write_decided, log.attempt_id, at, change)
                await connection.run_sync(apply_change, log.callback_id, change, state=CallbackState.WRAP_UP)
            return closed

    async def latest(self, limit: int = 100, *, open_only: bool = False) -> list[LogRecord]:
        """The newest visit first."""
        query = sa.select(visit_logs).order_by(_c.visited_at.desc(), _c.attempt_id.desc()).limit(limit)
        if open_only:
            query = query.where(sa.text(OPEN))
        async with self._database.read() as connection:
            return [record_of(row) for row in (await connection.execute(query)).mappings()]


def open_log(connection: Statements, closing: Closing) -> None:
    """Write the log of an attempt that has just ended; that of a vain dial is closed at once."""
    # What was written while the call went on stands in it from the first.
    log = with_draft(closing.log, draft_of(connection, closing.attempt.id))
    row = {
        "attempt_id": closing.attempt.id,
        "callback_id": closing.attempt.callback_id,
        "visited_at": log.visited_at,
        "closed_at": closing.at if closing.log_closed else None,
        "keep_until": closing.keep_until,
        "body": codec.dump(log),
        "version": 1,
    }
    connection.execute(_ADD, row)


async def _write(connection: AsyncConnection, log: VisitLog, version: int, at: datetime, *, closed: bool) -> bool:
    this = (_c.attempt_id == log.attempt_id, _c.version == version)
    before = await connection.scalar(sa.select(_c.body).where(*this))
    if before is None:
        return False
    statement = (
        sa.update(visit_logs)
        .values(visited_at=log.visited_at, closed_at=at if closed else None, body=codec.dump(log), version=version + 1)
        .where(*this, _c.callback_id == log.callback_id, sa.text(OPEN))
    )
    if (await connection.execute(statement)).rowcount != 1:
        return False
    after = codec.dump(log)
    changed = {name: after[name] for name in DRAFTED if after[name] != before.get(name, after[name])}
    await connection.run_sync(put_fields, log.attempt_id, changed, at)
    return True


def _others_open(log: VisitLog) -> Select[tuple[bool]]:
    others = sa.exists().where(_c.callback_id == log.callback_id, _c.attempt_id != log.attempt_id, sa.text(OPEN))
    return sa.select(others)


async def _tell(connection: AsyncConnection, log: VisitLog) -> None:
    if not log.answered:
        return
    said = sa.update(attempts).values(disposition=log.disposition).where(attempts.c.id == log.attempt_id)
    await connection.execute(said)
    mine = sa.select(callbacks.c.customer_id).where(callbacks.c.id == log.callback_id).scalar_subquery()
    marked = customers.c.dislikes_calls != sa.literal(log.dislikes_calls)
    liking = sa.update(customers).values(dislikes_calls=log.dislikes_calls).where(customers.c.id == mine, marked)
    await connection.execute(liking)


def record_of(row: Row) -> LogRecord:
    return LogRecord(codec.load_log(row["body"]), row["version"], row["closed_at"], row["keep_until"])
