"""Are the tables those of this program? Upgrading them, and refusing any others."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from callcenter.storage.database import Database
from callcenter.storage.errors import SchemaTooNewError, SchemaTooOldError
from callcenter.storage.migrations import VERSION_TABLE

_FOLDER = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 0x75706772
"""Those who upgrade a PostgreSQL database take turns by this number."""


def latest_version() -> str:
    """The version that this program was written for."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101 (for the type checker: there is a first migration)
    return head


async def current_version(database: Database) -> str | None:
    """The version of the tables; None for an empty database."""
    async with database.read() as connection:
        return await connection.run_sync(_version_of)


async def check_schema(database: Database) -> None:
    """Raises SchemaTooOldError, which names the command to run, or SchemaTooNewError."""
    version = await current_version(database)
    if version is not None and not _known(version):
        raise SchemaTooNewError(version)
    if version != latest_version():
        raise SchemaTooOldError(version)


async def upgrade(url: str) -> str:
    """Bring the tables to this program's version, all steps in one transaction; safe to repeat and to run twice at
    once. Makes the database of a new SQLite address. Returns the version.

    Raises SchemaTooNewError, DatabaseUrlError, DatabaseFailedError.
    """
    database = await Database.open(url)
    try:
        async with database.write() as connection:
            if database.dialect == "postgresql":
                # On SQLite every writer is alone.
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
            await connection.run_sync(_upgrade)
    finally:
        await database.close()
    return latest_version()


def _upgrade(connection: sa.Connection) -> None:
    version = _version_of(connection)
    if version is not None and not _known(version):
        raise SchemaTooNewError(version)
    command.upgrade(_config(connection), "head")


def _version_of(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _known(version: str) -> bool:
    try:
        ScriptDirectory.from_config(_config()).get_revision(version)
    except CommandError:
        return False
    return True


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    # Percent signs in a path would be read as references.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
