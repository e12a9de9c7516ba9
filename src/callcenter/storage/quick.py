"""Quick work on a SQLite file, in the event loop's own thread: what is found by its key takes less time than a change
of threads. Two connections beside the pool, one that reads and one that writes.

What waits for the disk has a thread of its own: COMMIT. Folding the log into the file has another, so that no commit
waits for it. While another process writes, nothing is waited for in place.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Dialect

from callcenter.storage.sqlite_driver import BEGIN_READ, BEGIN_WRITE, set_up
from callcenter.storage.statements import DriverStatements, Statements

READ_PATIENCE_SECONDS = 1
"""A reader waits only while another process mends or folds up the log."""

TRY_AGAIN_SECONDS = 0.002
CACHE_KB = 32_000
"""Of the file's pages kept in memory, each of the two: the upper parts of all indexes, and the first of every line."""

FOLD_SECONDS = 1.0
"""How often the log is folded up while there are writers, at most."""

LONGEST_LOG_PAGES = 16_000
"""Where the folding falls behind, a commit does it from here on; 64 MB."""

T = TypeVar("T")


class QuickSqlite:
    """Use `look` and `write` from one event loop. write: one at a time, which the caller sees to."""

    def __init__(self, path: Path, dialect: Dialect, patience_seconds: float) -> None:
        """patience_seconds: how long a writer waits for another process. Raises sqlite3.Error."""
        self._patience = patience_seconds
        self._reader = _connected(path, READ_PATIENCE_SECONDS)
        self._writer = _connected(path, 0)
        self._reads = DriverStatements(self._reader, dialect)
        self._writes = DriverStatements(self._writer, dialect)
        self._writer.execute(f"PRAGMA wal_autocheckpoint = {LONGEST_LOG_PAGES}")
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._folder = _connected(path, 0)
        self._folders = ThreadPoolExecutor(1, thread_name_prefix="fold")
        self._folds_at = 0.0
        self.folding: Future[None] | None = None
        """The one that is under way, or the last."""

    def listen(self, told: Callable[[str], None]) -> None:
        """told: called with each statement, of BEGIN and COMMIT too, just before it is made."""
        for connection in (self._reader, self._writer):
            connection.set_trace_callback(told)

    def look(self, ask: Callable[[Statements], T]) -> T:
        """What it asks is seen in one moment. Raises sqlite3.Error."""
        self._reader.execute(BEGIN_READ)
        try:
            return ask(self._reads)
        finally:
            self._reader.rollback()

    async def write(self, make: Callable[[Statements], T]) -> T:
        """In one transaction, on the disk when this returns. Raises sqlite3.Error, and what `make` raises."""
        await self._begin()
        try:
            result = make(self._writes)
            await asyncio.get_running_loop().run_in_executor(self._disk, self._writer.commit)
            self._fold()
        finally:
            # Nothing is left to take back after a commit, and one that was cancelled is waited for.
            self._writer.rollback()
        return result

    async def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._patience
        while True:
            try:
                self._writer.execute(BEGIN_WRITE)
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or loop.time() > give_up_at:
                    raise
            else:
                return
            await asyncio.sleep(TRY_AGAIN_SECONDS)

    def _fold(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._folds_at and (self.folding is None or self.folding.done()):
            self._folds_at = now + FOLD_SECONDS
            self.folding = self._folders.submit(_folded, self._folder)

    def close(self) -> None:
        """Its threads have ended when this returns."""
        self._disk.shutdown()
        self._folders.shutdown()
        self._folder.close()
        self._reader.close()
        self._writer.close()


def _folded(connection: sqlite3.Connection) -> None:
    # What it cannot fold, because somebody still reads it or mends the file, is left for the next time.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _connected(path: Path, patience_seconds: float) -> sqlite3.Connection:
    # One at a time uses it, but a commit has its own thread.
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    set_up(connection, patience_seconds)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KB}")
    return connection
