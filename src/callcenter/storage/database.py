"""The database: how it is opened, written to, read from, asked for its health, and closed.

SQLite: a file in WAL mode. Writers begin IMMEDIATE, so that what a transaction reads stays true until it writes;
readers begin deferred and never take the write lock. Writers of one process queue up here, in order, because SQLite
lets those who find the lock taken sleep and try again, in no order. A commit is on the disk when it returns
(synchronous = FULL): an attempt that is not must not ring.
"""

import asyncio
import errno
import logging
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from callcenter.storage.codec import from_text, to_text
from callcenter.storage.constraints import broken_constraint
from callcenter.storage.errors import ConstraintBrokenError, DatabaseFailedError, DatabaseUrlError
from callcenter.storage.sqlite_driver import SqliteConnection, connect

BUSY_TIMEOUT_SECONDS = 15
"""How long a writer waits for another process."""

POOL_SIZE = 5
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_WRITES = "callcenter_writes"
_ERRNO = {"SQLITE_FULL": errno.ENOSPC, "SQLITE_BUSY": errno.EAGAIN, "SQLITE_LOCKED": errno.EAGAIN}


class Database:
    """One database, shared by all stores of a process. Make it with `open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.dialect: str = engine.dialect.name
        self._writing = engine.execution_options(**{_WRITES: True})
        self._turn = asyncio.Lock() if self.dialect == "sqlite" else nullcontext()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect. url: `sqlite:///relative/file.db` or `sqlite:////absolute/file.db`; the file is made when absent,
        for its owner alone. Says nothing about the tables: see `schema.check_schema`.

        Raises DatabaseUrlError, DatabaseFailedError.
        """
        database = cls(_engine(parse_url(url)))
        try:
            _make_private(database.path)
            await database.ping()
        except BaseException:
            await database.close()
            raise
        return database

    @property
    def path(self) -> Path | None:
        """The file of a SQLite database."""
        name = self.engine.url.database
        return Path(name) if self.dialect == "sqlite" and name else None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits at the end, or leaves nothing behind.

        Raises ConstraintBrokenError, DatabaseFailedError.
        """
        with _our_errors():
            async with self._turn, self._writing.begin() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A view of one moment, which neither waits for writers nor holds them up. Raises DatabaseFailedError."""
        with _our_errors():
            async with self.engine.connect() as connection:
                yield connection

    async def ping(self) -> None:
        """Is it there and answering? Raises DatabaseFailedError."""
        async with self.read() as connection:
            await connection.scalar(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection and end their threads. Transactions under way are rolled back."""
        await self.engine.dispose()


def parse_url(text: str) -> URL:
    """The address with its asynchronous driver. Raises DatabaseUrlError."""
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise DatabaseUrlError("the database's address must look like sqlite:///callcenter.db") from error
    kind = url.get_backend_name()
    if kind not in _DRIVERS:
        raise DatabaseUrlError(f"the database must be sqlite or postgresql, not {kind}")
    if kind == "sqlite" and (not url.database or url.database == ":memory:" or url.query):
        raise DatabaseUrlError("a SQLite database must be a plain file: sqlite:///callcenter.db")
    return url.set(drivername=_DRIVERS[kind])


def _engine(url: URL) -> AsyncEngine:
    # Parameters are personal data: they stay out of messages, and the driver's own log of them is switched off.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    sqlite = url.get_backend_name() == "sqlite"
    engine = create_async_engine(
        url,
        connect_args={"async_creator_fn": connect} if sqlite else {},
        hide_parameters=True,
        pool_size=POOL_SIZE,
        max_overflow=0,
        json_serializer=to_text,
        json_deserializer=from_text,
    )
    if sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver begins nothing by itself; `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    (mode,) = cursor.fetchone()
    if mode != "wal":
        raise sqlite3.OperationalError("no write-ahead log here: is this a network file system?")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, SqliteConnection)  # noqa: S101 (for the type checker)
    driver.begin_with = "BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "BEGIN"


def _make_private(path: Path | None) -> None:
    """A new database file is for its owner alone; its companions inherit that."""
    if path is None:
        return
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        pass
    except OSError as error:
        raise DatabaseFailedError(error.errno, f"the database file {path} cannot be made: {error.strerror}") from error


class _our_errors:  # noqa: N801
    """The driver's errors as ours, without the values they may carry."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case IntegrityError():
                raise ConstraintBrokenError(broken_constraint(error.orig)) from None
            case PoolTimeoutError():
                raise DatabaseFailedError(errno.EAGAIN, "no connection to the database became free") from None
            case DBAPIError():
                raise _failed(error.orig) from None
            case StatementError() if error.orig is not None:
                # A value was refused before the database saw it.
                raise error.orig from None
            case sqlite3.Error():
                raise _failed(error) from None
            case _:
                pass


def _failed(error: BaseException | None) -> DatabaseFailedError:
    name = str(getattr(error, "sqlite_errorname", "") or type(error).__name__)
    code = next((code for prefix, code in _ERRNO.items() if name.startswith(prefix)), errno.EIO)
    return DatabaseFailedError(code, f"the database failed: {name}")
