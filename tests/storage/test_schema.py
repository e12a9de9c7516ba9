"""The tables: made by the migrations, the same as in `tables.py`, and refused when they are not ours."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from callcenter.storage import schema
from callcenter.storage.database import Database
from callcenter.storage.errors import DowngradeRefusedError, SchemaTooNewError, SchemaTooOldError
from callcenter.storage.migrations import VERSION_TABLE
from callcenter.storage.tables import metadata
from lab.postgres import Postgres
from storage.conftest import only_postgresql, only_sqlite


def differences(connection: Connection) -> list[object]:
    options = {"version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def sqlite_objects(path: Path) -> dict[str, list[str]]:
    """Each definition, its constraints in no order."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'")
        found = {name: sorted(_clauses(sql)) for name, sql in rows if name != VERSION_TABLE}
    connection.close()
    return found


CATALOGUE = (
    """SELECT table_name || '.' || column_name, concat_ws(' ', ordinal_position, data_type, is_nullable, column_default)
    FROM information_schema.columns WHERE table_schema = 'public'""",
    """SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
)


async def postgresql_objects(database: Database) -> dict[str, str]:
    """Each column, constraint and index with its definition."""
    found: dict[str, str] = {}
    async with database.read() as connection:
        for query in CATALOGUE:
            rows = await connection.execute(sa.text(query.replace("::", r"\:\:")))
            found |= {name: definition for name, definition in rows if VERSION_TABLE not in name}
    return {name: definition for name, definition in found.items() if VERSION_TABLE not in definition}


def _clauses(sql: str) -> list[str]:
    return [clause.strip(" ,") for clause in " ".join(sql.split()).removesuffix(")").split(" CONSTRAINT ")]


async def test_migrations_make_the_tables_of_this_program(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_missing_column_would_be_noticed(database: Database) -> None:
    async with database.write() as connection:
        await connection.execute(sa.text("ALTER TABLE plans ADD COLUMN colour TEXT"))
    async with database.read() as connection:
        assert len(await connection.run_sync(differences)) == 1


@only_sqlite
async def test_migrations_make_the_same_checks_and_partial_indexes(database: Database, tmp_path: Path) -> None:
    """What the comparison above does not see: conditions of indexes, checks, the order of columns."""
    assert database.path is not None
    direct = sa.create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    metadata.create_all(direct)
    direct.dispose()
    migrated, made = sqlite_objects(database.path), sqlite_objects(tmp_path / "direct.db")
    assert len(made) > 20
    assert migrated == made


@only_postgresql
async def test_migrations_make_the_same_on_postgresql(database: Database, postgres: Postgres) -> None:
    name = postgres.fresh()
    direct = await Database.open(postgres.url(name))
    async with direct.write() as connection:
        await connection.run_sync(metadata.create_all)
    made, migrated = await postgresql_objects(direct), await postgresql_objects(database)
    await direct.close()
    postgres.drop(name)
    assert len(made) > 100
    assert migrated == made


async def test_a_database_of_this_version_is_accepted(database: Database) -> None:
    await schema.check_schema(database)
    assert await schema.current_version(database) == schema.latest_version()


async def test_an_empty_database_is_too_old_and_the_remedy_is_named(empty_url: str) -> None:
    database = await Database.open(empty_url)
    with pytest.raises(SchemaTooOldError, match=r"empty.*callcenter db upgrade"):
        await schema.check_schema(database)
    await database.close()


async def test_a_database_from_the_future_is_refused_and_not_touched(url: str) -> None:
    database = await Database.open(url)
    async with database.write() as connection:
        await connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(SchemaTooNewError, match="9999"):
        await schema.check_schema(database)
    with pytest.raises(SchemaTooNewError, match="9999"):
        await schema.upgrade(url)
    assert await schema.current_version(database) == "9999"
    await database.close()


async def test_upgrading_twice_changes_nothing(url: str) -> None:
    assert await schema.upgrade(url) == schema.latest_version()


async def test_two_who_upgrade_at_once_both_succeed(empty_url: str) -> None:
    assert len({*await asyncio.gather(*(schema.upgrade(empty_url) for _ in range(4)))}) == 1


async def test_an_upgrade_that_fails_leaves_nothing(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("alembic.runtime.migration.MigrationContext._ensure_version_table", broken)
    with pytest.raises(RuntimeError):
        await schema.upgrade(empty_url)
    database = await Database.open(empty_url)
    assert await schema.current_version(database) is None
    await database.close()


async def test_a_downgrade_is_refused_loudly(database: Database) -> None:
    def down(connection: Connection) -> None:
        command.downgrade(schema._config(connection), "base")  # noqa: SLF001 (there is no way down from outside)

    with pytest.raises(DowngradeRefusedError, match="never goes back"):
        async with database.write() as connection:
            await connection.run_sync(down)
    await schema.check_schema(database)


async def test_an_upgrade_leaves_no_thread_behind(empty_url: str) -> None:
    before = threading.active_count()
    await schema.upgrade(empty_url)
    assert threading.active_count() == before
