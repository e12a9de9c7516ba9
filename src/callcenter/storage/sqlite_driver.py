"""A SQLite connection whose statements cost one change of threads each, not four, and whose BEGIN costs none.

The driver runs every call in the connection's own thread, and making a cursor, executing, fetching and closing are
calls of their own. Each waits for the interpreter lock twice, which a busy event loop gives away now and then only.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Self

import aiosqlite

BEGIN_READ = "BEGIN"
BEGIN_WRITE = "BEGIN IMMEDIATE"


class SqliteConnection(aiosqlite.Connection):
    """begin_with: how the next statement's transaction begins; None while one is open, or for none at all."""

    begin_with: str | None = None
    _touched = False

    def cursor(self) -> "SqliteCursor":  # type: ignore[override]  # the same protocol, with less behind it
        return SqliteCursor(self)

    async def run(self, sql: str, parameters: Any, *, many: bool) -> "Answer":
        """Execute and fetch everything."""
        begin, self.begin_with = self.begin_with, None
        self._touched = True
        return await self._execute(_run, self._conn, begin, sql, parameters, many)  # type: ignore[no-any-return, no-untyped-call]  # its wrapper knows no types

    async def commit(self) -> None:
        self.begin_with = None
        await super().commit()
        self._touched = False

    async def rollback(self) -> None:
        """Nothing to do where nothing happened since the last end of a transaction."""
        self.begin_with = None
        if self._touched:
            await super().rollback()
            self._touched = False

    async def close(self) -> None:
        """Its thread has ended when this returns."""
        await super().close()
        self._thread.join()


class Answer:
    """What a statement left behind."""

    __slots__ = ("description", "lastrowid", "rowcount", "rows")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        self.rows: list[Any] = cursor.fetchall() if cursor.description else []
        self.description = cursor.description
        self.rowcount = cursor.rowcount
        self.lastrowid = cursor.lastrowid


class SqliteCursor:
    """As much of a cursor as the dialect asks for."""

    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._answer: Answer | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> Self:
        self._answer = await self._connection.run(sql, parameters, many=False)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Iterable[Any]]) -> Self:
        self._answer = await self._connection.run(sql, parameters, many=True)
        return self

    async def fetchall(self) -> list[Any]:
        return self._answer.rows if self._answer else []

    async def close(self) -> None:
        """Nothing is left open."""

    @property
    def description(self) -> Any:
        return self._answer.description if self._answer else None

    @property
    def rowcount(self) -> int:
        return self._answer.rowcount if self._answer else -1

    @property
    def lastrowid(self) -> int | None:
        return self._answer.lastrowid if self._answer else None


def set_up(connection: Any, patience_seconds: float) -> None:
    """Every connection to the file: log ahead, commits on the disk, foreign keys; waiting so long for another process.

    Raises sqlite3.OperationalError where there can be no write-ahead log.
    """
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {patience_seconds * 1000:.0f}")
    cursor.execute("PRAGMA journal_mode = WAL")
    (mode,) = cursor.fetchone()
    if mode != "wal":
        raise sqlite3.OperationalError("no write-ahead log here: is this a network file system?")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def connect(database: str, **options: Any) -> SqliteConnection:
    """A connection to be awaited."""
    # One task at a time uses a connection, but not always in the same thread.
    options["check_same_thread"] = False
    connection = SqliteConnection(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
    # A process that ends without closing must not wait for this thread.
    connection._thread.daemon = True  # noqa: SLF001 (as the dialect does for connections that it makes)
    return connection


def _run(connection: sqlite3.Connection, begin: str | None, sql: str, parameters: Any, many: bool) -> Answer:
    if begin is not None:
        connection.execute(begin)
    cursor = connection.cursor()
    try:
        if many:
            cursor.executemany(sql, parameters)
        else:
            cursor.execute(sql, parameters)
        return Answer(cursor)
    finally:
        cursor.close()
