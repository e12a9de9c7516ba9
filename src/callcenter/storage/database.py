"""The database: how it is opened, written to, read from, asked for its health, and closed.

SQLite: a file in WAL mode. Writers begin IMMEDIATE, so that what a transaction reads stays true until it writes;
readers begin deferred and never take the write lock. Writers of one process queue up here, in order, because SQLite
lets those who find the lock taken sleep and try again, in no order. A commit is on the disk when it returns
(synchronous = FULL): an attempt that is not must not ring. PostgreSQL: see `postgresql`.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import URL, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.util import greenlet_spawn

from callcenter.storage import postgresql
from callcenter.storage.batching import GroupCommit, ItemT, ResultT, Work
from callcenter.storage.codec import from_text, to_text
from callcenter.storage.errors import DatabaseFailedError, DatabaseUrlError
from callcenter.storage.failures import our_errors
from callcenter.storage.quick import QuickSqlite
from callcenter.storage.sqlite_driver import BEGIN_READ, BEGIN_WRITE, SqliteConnection, connect, set_up
from callcenter.storage.statements import Statements

BUSY_TIMEOUT_SECONDS = 15
"""How long a writer waits for another process."""

POOL_SIZE = 5
OLDEST_POSTGRESQL = 13
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}
_WRITES = "callcenter_writes"
T = TypeVar("T")
_unit: ContextVar[AsyncConnection | None] = ContextVar("unit", default=None)
"""The transaction of the unit that this task is in."""


class Database:
    """One database, shared by all stores of a process. Make it with `open`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.dialect: str = engine.dialect.name
        sqlite = self.dialect == "sqlite"
        self._writing = engine.execution_options(**({_WRITES: True} if sqlite else postgresql.WRITING))
        self._reading = engine.execution_options(**({} if sqlite else postgresql.READING))
        self.quick: QuickSqlite | None = None
        """Takes the engine's place for quick work, once the database is open."""
        self._turn = asyncio.Lock() if sqlite else nullcontext()
        self._group = GroupCommit(self._transaction)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect. url: `sqlite:///relative/file.db` or `sqlite:////absolute/file.db`; the file is made when absent,
        for its owner alone. Or `postgresql://user:password@host/name`, a database that is there. Says nothing about
        the tables: see `schema.check_schema`.

        Raises DatabaseUrlError, DatabaseFailedError.
        """
        engine = _engine(parse_url(url))
        database = cls(engine)
        try:
            _make_private(database.path)
            await database.ping()
            if database.dialect == "postgresql":
                await _require_usable(database)
            elif database.path is not None:
                with our_errors():
                    database.quick = QuickSqlite(database.path, engine.dialect, BUSY_TIMEOUT_SECONDS)
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
        """A transaction that commits at the end, or leaves nothing behind. What it reads with `with_for_update()` stays
        true until then; on SQLite all does. Within `unit` it is a part of that one.

        Raises ConstraintBrokenError, DatabaseFailedError, CommitUnknownError.
        """
        if (unit := _unit.get()) is not None:
            with our_errors():
                yield unit
            return
        with our_errors() as guard:
            async with self._turn, self._writing.begin() as connection:
                yield connection
                guard.committing = True

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[AsyncConnection]:
        """Every `write` of this task until the end, of whichever store, commits together or leaves nothing behind.
        `together` may not be asked for within: it would wait for the end of this one.

        Raises as `write`.
        """
        async with self.write() as connection:
            before = _unit.set(connection)
            try:
                yield connection
            finally:
                _unit.reset(before)

    async def together(self, work: Work[ItemT, ResultT], item: ItemT) -> ResultT:
        """Make a write in one transaction with all others that wait: see `batching`. For what every call comes through.

        Raises what the work raises, ConstraintBrokenError, DatabaseFailedError, CommitUnknownError.
        """
        return await self._group.write(work, item)

    async def at_once(self, make: Callable[[Statements], T]) -> T:
        """As `write`, for a few statements, made one behind the other and together with what else waits: whoever comes
        behind does not wait while threads change in between.

        Raises as `together`.
        """
        if (unit := _unit.get()) is None:
            result: T = await self.together(_made, make)
            return result
        with our_errors():
            return await unit.run_sync(make)

    async def _transaction(self, make: Callable[[Statements], T]) -> T:
        def made(statements: Statements) -> T:
            result = make(statements)
            guard.committing = True
            return result

        def made_by_engine() -> T:
            with self._writing.sync_engine.begin() as connection:
                return made(connection)

        with our_errors() as guard:
            async with self._turn:
                return await (self.quick.write(made) if self.quick else greenlet_spawn(made_by_engine))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A view of one moment, which neither waits for writers nor holds them up; within `unit`, what that sees.

        Raises DatabaseFailedError.
        """
        with our_errors():
            if (unit := _unit.get()) is not None:
                yield unit
                return
            async with self._reading.connect() as connection:
                yield connection

    async def look(self, ask: Callable[[Statements], T]) -> T:
        """As `read`, for what is sure to be found at once: by its key, or by an index and few.

        Raises DatabaseFailedError.
        """

        def asked_by_engine() -> T:
            with self._reading.sync_engine.connect() as connection:
                return ask(connection)

        with our_errors():
            if (unit := _unit.get()) is not None:
                return await unit.run_sync(ask)
            return self.quick.look(ask) if self.quick else await greenlet_spawn(asked_by_engine)

    async def ping(self) -> None:
        """Is it there and answering? Raises DatabaseFailedError."""
        async with self.read() as connection:
            await connection.scalar(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close every connection and end their threads. Transactions under way are rolled back."""
        await self._group.close()
        if self.quick is not None:
            self.quick.close()
        await self.engine.dispose()


def _made(statements: Statements, makes: Sequence[Callable[[Statements], Any]]) -> list[Any]:
    return [make(statements) for make in makes]


def parse_url(text: str) -> URL:
    """The address with its asynchronous driver. Raises DatabaseUrlError."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        # What it could not read may be a password.
        raise DatabaseUrlError(
            "the database's address must look like sqlite:///callcenter.db or postgresql://user:password@host/name"
        ) from None
    kind = url.get_backend_name()
    if kind not in _DRIVERS:
        raise DatabaseUrlError(f"the database must be sqlite or postgresql, not {kind}")
    if kind == "sqlite" and (not url.database or url.database == ":memory:" or url.query):
        raise DatabaseUrlError("a SQLite database must be a plain file: sqlite:///callcenter.db")
    if kind == "postgresql" and not (url.database and url.username):
        raise DatabaseUrlError(
            "a PostgreSQL database must have a user and a name: postgresql://user:password@host/name"
        )
    return url.set(drivername=_DRIVERS[kind])


def shown_url(url: str) -> str:
    """The address as people may see it: without its password."""
    return make_url(url).render_as_string(hide_password=True)


def _engine(url: URL) -> AsyncEngine:
    # Parameters are personal data: they stay out of messages, and the driver's own log of them is switched off.
    logging.getLogger("aiosqlite").setLevel(logging.INFO)
    sqlite = url.get_backend_name() == "sqlite"
    embedded: dict[str, Any] = {"connect_args": {"async_creator_fn": connect}, "pool_size": POOL_SIZE}
    more = embedded if sqlite else postgresql.engine_options()
    engine = create_async_engine(
        url, hide_parameters=True, max_overflow=0, json_serializer=to_text, json_deserializer=from_text, **more
    )
    if sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    else:
        postgresql.prepare(engine.sync_engine)
    return engine


async def _require_usable(database: Database) -> None:
    async with database.read() as connection:
        version = int(await connection.scalar(sa.text("SHOW server_version_num")) or 0) // 10_000
        encoding = await connection.scalar(sa.text("SHOW server_encoding"))
    if version < OLDEST_POSTGRESQL:
        raise DatabaseUrlError(f"PostgreSQL {OLDEST_POSTGRESQL} or newer is needed, this is {version}")
    if encoding != "UTF8":
        raise DatabaseUrlError(f"a PostgreSQL database must be made with the encoding UTF8, this one has {encoding}")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver begins nothing by itself; `_begin_sqlite` does.
    connection.isolation_level = None
    set_up(connection, BUSY_TIMEOUT_SECONDS)


def _begin_sqlite(connection: sa.Connection) -> None:
    driver = connection.connection.driver_connection
    assert isinstance(driver, SqliteConnection)  # noqa: S101 (for the type checker)
    driver.begin_with = BEGIN_WRITE if connection.get_execution_options().get(_WRITES) else BEGIN_READ


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
