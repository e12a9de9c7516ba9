"""Visit logs: written when a call ends, filled in and closed by the agent, kept for years."""

from datetime import datetime

import sqlalchemy as sa

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
_SEEN = (_c.attempt_id == sa.bindparam("attempt"), _c.version == sa.bindparam("seen"))
_BODY = sa.select(_c.body).where(*_SEEN)
_FILL = (
    sa.update(visit_logs)
    .values(
        visited_at=sa.bindparam("visited"),
        closed_at=sa.bindparam("closed"),
        body=sa.bindparam("now"),
        version=_c.version + 1,
    )
    .where(*_SEEN, _c.callback_id == sa.bindparam("callback"), sa.text(OPEN))
)
_OTHERS_OPEN = sa.select(
    sa.exists().where(
        _c.callback_id == sa.bindparam("callback"), _c.attempt_id != sa.bindparam("attempt"), sa.text(OPEN)
    )
)
_SAY = sa.update(attempts).values(disposition=sa.bindparam("said")).where(attempts.c.id == sa.bindparam("attempt"))
_LIKE = (
    sa.update(customers)
    .values(dislikes_calls=sa.bindparam("dislikes"))
    .where(
        customers.c.id
        == sa.select(callbacks.c.customer_id).where(callbacks.c.id == sa.bindparam("callback")).scalar_subquery(),
        customers.c.dislikes_calls != sa.bindparam("dislikes"),
    )
)


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
        return await self._database.at_once(lambda each: _write(each, log, version, at, closed=False))

    async def close(self, log: VisitLog, version: int, at: datetime, change: CallbackChange | None) -> bool:
        """Save the log as closed and, in the same transaction, change its callback, if that waits in WRAP_UP; False,
        and nothing is written, when the log was changed or closed meanwhile. The attempt is told what the agent says of
        the talk, and the customer whether he dislikes calls.
        """
        return await self._database.at_once(lambda each: _close(each, log, version, at, change))

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


def _close(connection: Statements, log: VisitLog, version: int, at: datetime, change: CallbackChange | None) -> bool:
    if not _write(connection, log, version, at, closed=True):
        return False
    _tell(connection, log)
    others = {"callback": log.callback_id, "attempt": log.attempt_id}
    # Where the customer rang back before the first log was closed, the last one decides.
    if change is not None and not connection.scalar(_OTHERS_OPEN, others):
        write_decided(connection, log.attempt_id, at, change)
        apply_change(connection, log.callback_id, change, state=CallbackState.WRAP_UP)
    return True


def _write(connection: Statements, log: VisitLog, version: int, at: datetime, *, closed: bool) -> bool:
    this = {"attempt": log.attempt_id, "seen": version}
    before = connection.scalar(_BODY, this)
    if before is None:
        return False
    after = codec.dump(log)
    values = {"visited": log.visited_at, "closed": at if closed else None, "now": after, "callback": log.callback_id}
    if connection.execute(_FILL, {**this, **values}).rowcount != 1:
        return False
    changed = {name: after[name] for name in DRAFTED if after[name] != before.get(name, after[name])}
    put_fields(connection, log.attempt_id, changed, at)
    return True


def _tell(connection: Statements, log: VisitLog) -> None:
    if log.answered:
        connection.execute(_SAY, {"attempt": log.attempt_id, "said": log.disposition})
        connection.execute(_LIKE, {"callback": log.callback_id, "dislikes": log.dislikes_calls})


def record_of(row: Row) -> LogRecord:
    return LogRecord(codec.load_log(row["body"]), row["version"], row["closed_at"], row["keep_until"])
