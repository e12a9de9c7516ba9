"""Every statement that a database is given, whichever way it goes."""

from collections.abc import Callable

from sqlalchemy import event

from callcenter.storage.database import Database


def listen(database: Database, told: Callable[[str], None]) -> None:
    """told: called with each statement and each COMMIT, just before it is made."""
    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda _connection, _cursor, statement, *_: told(statement))
    event.listen(engine, "commit", lambda _connection: told("COMMIT"))
    if database.quick is not None:
        database.quick.listen(told)
