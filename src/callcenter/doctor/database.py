"""Is the database there, does it answer, and are its tables those of this program?"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from callcenter.doctor.finding import Surroundings, Word, error, ok
from callcenter.storage.database import Database, parse_url, shown_url
from callcenter.storage.errors import DatabaseFailedError, DatabaseUrlError, SchemaTooNewError, SchemaTooOldError
from callcenter.storage.schema import check_schema, latest_version

_UPGRADE = "Run `callcenter db upgrade`."
_OUT_OF_REACH = (
    "See that PostgreSQL runs, that this database is there (createdb --encoding=UTF8), and that it lets this user in; "
    "or correct database.url."
)
_DAMAGED = "Look at the file's owner and its disk; if it is damaged, restore a copy. Never delete it: it is evidence."


async def database(at: Surroundings) -> Sequence[Word]:
    url = at.settings.database.url
    try:
        return [await _looked_at(url)]
    except SchemaTooOldError as old:
        state = f"at version {old.found}, older than this program" if old.found else "empty"
        return [error(f"The database is {state}.", _UPGRADE)]
    except SchemaTooNewError as new:
        told = f"The database is at version {new.found}, made by a newer program; this one does not touch it."
        return [error(told, "Install the newer program, or restore the database of before its upgrade.")]
    except DatabaseUrlError as wrong:
        return [error(f"The database cannot be used: {wrong}.", "Correct database.url.")]
    except (DatabaseFailedError, OSError) as failure:
        embedded = parse_url(url).get_backend_name() == "sqlite"
        told = failure.strerror or type(failure).__name__
        return [error(f"{shown_url(url)} cannot be used: {told}.", _DAMAGED if embedded else _OUT_OF_REACH)]


async def _looked_at(url: str) -> Word:
    # Opening would make an empty database, which would hide that a path is wrong.
    file = parse_url(url).database
    if file and parse_url(url).get_backend_name() == "sqlite" and not await asyncio.to_thread(_there, file):
        return error(f"There is no database {file}.", f"{_UPGRADE} It makes one; or correct database.url.")
    opened = await Database.open(url)
    try:
        await check_schema(opened)
    finally:
        await opened.close()
    return ok(f"{shown_url(url)} has version {latest_version()}.")


def _there(file: str) -> bool:
    return Path(file).exists()
