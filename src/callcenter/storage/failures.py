"""What went wrong with the database? The drivers' errors as ours, without the values they may carry."""

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from typing import Self

from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from callcenter.storage.constraints import broken_constraint
from callcenter.storage.errors import CommitUnknownError, ConstraintBrokenError, DatabaseFailedError

_SQLITE = {"SQLITE_FULL": errno.ENOSPC, "SQLITE_BUSY": errno.EAGAIN, "SQLITE_LOCKED": errno.EAGAIN}
_GONE = frozenset({"57P01", "57P02", "57P03"})
_STATES: Mapping[str, tuple[int, str]] = {
    "53100": (errno.ENOSPC, "its disk is full"),
    "53300": (errno.EAGAIN, "it has no connection left for this program"),
    "55P03": (errno.EAGAIN, "another program held a lock for too long"),
    "57014": (errno.EAGAIN, "a statement was cancelled"),
    "40001": (errno.EAGAIN, "another program changed the same rows"),
    "40P01": (errno.EAGAIN, "another program changed the same rows"),
    "28000": (errno.EACCES, "it refuses this user, or this password"),
    "28P01": (errno.EACCES, "it refuses this user, or this password"),
    "3D000": (errno.ENOENT, "there is no database of this name"),
    "42501": (errno.EACCES, "this user may not do that"),
    "25006": (errno.EROFS, "it can only be read"),
}
"""By PostgreSQL's SQLSTATE."""


class our_errors:  # noqa: N801 (reads as what it is: a guard around statements)
    """committing: from when on a transaction whose connection breaks may, or may not, be written."""

    committing = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case None | DatabaseFailedError():
                return
            case IntegrityError():
                raise ConstraintBrokenError(broken_constraint(error.orig)) from None
            case PoolTimeoutError():
                raise DatabaseFailedError(errno.EAGAIN, "no connection to the database became free") from None
            case DBAPIError():
                raise self._failed(error.orig, gone=error.connection_invalidated) from None
            case StatementError() if error.orig is not None:
                # A value was refused before the database saw it.
                raise error.orig from None
            case sqlite3.IntegrityError():
                raise ConstraintBrokenError(broken_constraint(error)) from None
            case sqlite3.Error():
                raise self._failed(error) from None
            case OSError():
                # Nothing but the connection is awaited in here.
                raise self._failed(error, gone=True) from None
            case _:
                pass

    def _failed(self, error: BaseException | None, *, gone: bool = False) -> DatabaseFailedError:
        if name := str(getattr(error, "sqlite_errorname", "")):
            code = next((code for prefix, code in _SQLITE.items() if name.startswith(prefix)), errno.EIO)
            return DatabaseFailedError(code, f"the database failed: {name}")
        state = next((state for each in _causes(error) if (state := getattr(each, "sqlstate", None))), "")
        if state in _STATES:
            code, why = _STATES[state]
            return DatabaseFailedError(code, f"the database failed: {why}")
        if not gone and state not in _GONE and not state.startswith("08"):
            return DatabaseFailedError(errno.EIO, f"the database failed: {_innermost(error)}")
        if self.committing:
            return CommitUnknownError(errno.EIO, "the connection to the database broke while it was written to")
        return DatabaseFailedError(errno.EIO, f"the database cannot be reached: {_innermost(error)}")


def _innermost(error: BaseException | None) -> str:
    """The kind of error, never its text, which may repeat a row."""
    return type(list(_causes(error))[-1]).__name__ if error is not None else "unknown"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
