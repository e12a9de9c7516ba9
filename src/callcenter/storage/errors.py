"""What can go wrong with the database. No message carries a value of a row: rows hold personal data."""


class DatabaseFailedError(OSError):
    """The database could not do it: disk full (errno ENOSPC), locked too long (EAGAIN), gone or damaged (EIO), not for
    this user (EACCES). Nothing of the transaction is written, but for `CommitUnknownError`.
    """


class CommitUnknownError(DatabaseFailedError):
    """The connection broke while a transaction was committed: all of it is written, or nothing."""


class ConstraintBrokenError(Exception):
    """A row broke a constraint of the tables; nothing of the transaction is written.

    constraint: its name in `tables.py`, or what kind it is where the database does not tell the name.
    """

    def __init__(self, constraint: str) -> None:
        super().__init__(f"a row breaks the constraint {constraint}")
        self.constraint = constraint


class SnapshotError(ValueError):
    """A stored JSON value cannot be read back: a field is unknown, lacking, or of the wrong kind."""


class AttemptNotFoundError(LookupError):
    """There is no attempt of this id."""

    def __init__(self, attempt_id: str) -> None:
        super().__init__(f"there is no attempt {attempt_id}")


class DatabaseUrlError(ValueError):
    """The database's address names nothing that can be used."""


class SchemaError(Exception):
    """The tables are not those that this program was written for."""


class SchemaTooOldError(SchemaError):
    """The database is empty or older than the program."""

    def __init__(self, found: str | None) -> None:
        state = f"at version {found}, older than this program" if found else "empty"
        super().__init__(f"the database is {state}; run `callcenter db upgrade`")
        self.found = found


class SchemaTooNewError(SchemaError):
    """A database from the future: made by a newer program, and not touched by this one."""

    def __init__(self, found: str) -> None:
        super().__init__(
            f"the database is at version {found}, which this program does not know: it was made by a newer one; "
            "install that, or restore a database of before the upgrade"
        )
        self.found = found


class DowngradeRefusedError(SchemaError):
    """A schema never goes back: the way back is the copy made before the upgrade."""
