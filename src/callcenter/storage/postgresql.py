"""How a connection to PostgreSQL is made, and found to be gone before a statement goes to it.

Writers run READ COMMITTED: a decision and its write are one statement, which PostgreSQL judges anew on a row that
another has just changed, so nothing is decided by what is no longer true, and nothing has to be tried again. What is
read first and written later is read with `FOR UPDATE`, or written only if its version still stands. Readers run
REPEATABLE READ, read only: all their statements see one moment.
"""

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_SECONDS = 10
LOCK_SECONDS = 15
"""How long a statement waits for another's lock; as long as on SQLite."""

STATEMENT_SECONDS = 60
"""Longer than any statement takes: then the database is out of reach, though the connection does not know it."""

IDLE_SECONDS = 30.0
"""A connection that rested longer may have been cut off by something in between; it is tried before it is used."""

POOL_SIZE = 10
WRITING = {"isolation_level": "READ COMMITTED"}
READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_LAST_USED = "last_used"


def engine_options() -> dict[str, Any]:
    """For create_async_engine."""
    return {
        "pool_size": POOL_SIZE,
        # Those that were used last are used first: when there is little to do, few have to be tried.
        "pool_use_lifo": True,
        "connect_args": {
            "timeout": CONNECT_SECONDS,
            "command_timeout": STATEMENT_SECONDS,
            "server_settings": {
                "application_name": "callcenter",
                "timezone": "UTC",
                "lock_timeout": f"{LOCK_SECONDS}s",
                # A commit is on the disk when it returns, whatever the server's default: an attempt that is not must
                # not ring.
                "synchronous_commit": "on",
                # The locks of a service whose machine went down are free again within a minute.
                "idle_in_transaction_session_timeout": "60s",
                "tcp_keepalives_idle": "20",
                "tcp_keepalives_interval": "10",
                "tcp_keepalives_count": "3",
                # Compiling pays only for statements that run for long.
                "jit": "off",
            },
        },
    }


def prepare(engine: Engine) -> None:
    """Let the pool hand out no connection that is gone."""

    def returned(_connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        entry.info[_LAST_USED] = time.monotonic()

    def handed_out(connection: DBAPIConnection, entry: ConnectionPoolEntry, _proxy: object) -> None:
        driver: Any = entry.driver_connection
        rested = time.monotonic() - entry.info.get(_LAST_USED, time.monotonic())
        if driver.is_closed() or (rested > IDLE_SECONDS and not _answers(engine, connection)):
            # One that is gone tells that all are: the server was started anew.
            raise InvalidatePoolError

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", handed_out)


def _answers(engine: Engine, connection: DBAPIConnection) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except (engine.dialect.loaded_dbapi.Error, OSError):
        return False
