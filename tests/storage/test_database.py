"""The database itself: durable, patient, private, silent about its values, and gone when it is closed."""

import asyncio
import errno
import logging
import sqlite3
import stat
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from callcenter.domain.calls.words import Started
from callcenter.domain.times.instant import NaiveInstantError
from callcenter.storage import database as module
from callcenter.storage import postgresql
from callcenter.storage.database import Database, parse_url, shown_url
from callcenter.storage.errors import ConstraintBrokenError, DatabaseFailedError, DatabaseUrlError
from callcenter.storage.rows import row_of
from callcenter.storage.tables import callbacks, plans
from storage import cases
from storage.cases import LEASE, NOW
from storage.conftest import Stores, only_sqlite


async def pragma(database: Database, name: str) -> object:
    async with database.read() as connection:
        return await connection.scalar(sa.text(f"PRAGMA {name}"))


@only_sqlite
async def test_a_sqlite_database_commits_to_the_disk_and_heeds_foreign_keys(database: Database) -> None:
    assert await pragma(database, "journal_mode") == "wal"
    assert await pragma(database, "synchronous") == 2
    assert await pragma(database, "foreign_keys") == 1
    assert await pragma(database, "busy_timeout") == 15_000


async def test_a_reader_neither_waits_for_a_writer_nor_holds_it_up(stores: Stores) -> None:
    await stores.seed()
    async with asyncio.timeout(5):
        async with stores.database.write() as writer:
            await writer.execute(sa.text("UPDATE callbacks SET priority = 1"))
            assert (await stores.callback()).priority == 5
        async with stores.database.read() as reader:
            await reader.execute(sa.text("SELECT * FROM callbacks"))
            await stores.callbacks.defer("callback-00001", NOW)


async def test_a_reader_sees_one_moment(stores: Stores) -> None:
    await stores.seed()
    count = sa.text("SELECT count(*) FROM agents")
    async with stores.database.read() as reader:
        assert await reader.scalar(count) == 1
        await stores.people.add_agent(cases.agent(2))
        assert await reader.scalar(count) == 1


async def test_what_a_writer_read_is_still_true_when_it_writes(stores: Stores) -> None:
    """The read-modify-write that loses updates without a word where nothing is locked before it is read."""
    await stores.seed()

    async def add_one() -> None:
        async with stores.database.write() as connection:
            seen = await connection.scalar(sa.select(callbacks.c.round).with_for_update())
            assert seen is not None
            await connection.execute(sa.text("UPDATE callbacks SET round = :next"), {"next": seen + 1})

    await asyncio.gather(*(add_one() for _ in range(40)))
    assert (await stores.callback()).round == 41


async def test_an_error_in_a_transaction_leaves_nothing(stores: Stores) -> None:
    await stores.seed()

    async def fail() -> None:
        async with stores.database.write() as connection:
            await connection.execute(sa.text("UPDATE callbacks SET priority = 1"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert (await stores.callback()).priority == 5


async def test_writers_that_are_cancelled_leave_nothing_and_block_nobody(stores: Stores) -> None:
    await stores.seed(8)
    for index in range(1, 9):
        await stores.callbacks.claim(f"callback-{index:05}", f"agent-{index}", NOW, NOW + LEASE)
    for turns in range(8):
        attempt = cases.attempt(turns + 1)
        task = asyncio.create_task(stores.attempts.begin(attempt, cases.call(attempt.id), NOW))
        for _ in range(turns * 3):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(10):
        for record in await stores.attempts.live():
            await stores.attempts.save(record.call, [Started(NOW)])
            assert await stores.recordings.get(record.attempt.id) is not None
        await stores.people.add_agent(cases.agent(9))


@only_sqlite
async def test_closing_ends_every_thread_and_leaves_one_file(url: str) -> None:
    before = threading.active_count()
    database = await Database.open(url)
    await asyncio.gather(*(database.ping() for _ in range(20)))
    assert threading.active_count() > before
    path = database.path
    await database.close()
    assert threading.active_count() == before
    assert path is not None
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@only_sqlite
async def test_the_log_is_folded_into_the_file_beside_the_work(stores: Stores, tmp_path: Path) -> None:
    database = stores.database
    assert database.quick is not None
    assert database.path is not None
    await stores.seed(1)
    assert await stores.callbacks.claim_next("agent-1", NOW, NOW + LEASE) is not None
    assert database.quick.folding is not None
    await asyncio.wrap_future(database.quick.folding)
    alone = tmp_path / "alone.db"
    alone.write_bytes(database.path.read_bytes())
    with closing(sqlite3.connect(alone)) as connection:
        assert connection.execute("SELECT state FROM callbacks").fetchall() == [("handed_out",)]


@only_sqlite
async def test_a_new_file_is_for_its_owner_alone(database: Database) -> None:
    assert database.path is not None
    for file in database.path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


async def test_a_broken_constraint_is_named_and_its_values_are_not(stores: Stores) -> None:
    await stores.seed(2)
    with pytest.raises(ConstraintBrokenError) as caught:
        await stores.people.add_agent(replace(cases.agent(2), staff_number="1001", name="secret"))
    assert str(caught.value) == "a row breaks the constraint uq_agents_staff_number"
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_nothing_personal_reaches_the_log(stores: Stores, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await stores.seed(2)
        attempt = await stores.begin()
        await stores.attempts.save(cases.talking(attempt.id), [Started(NOW)])
        await stores.attempts.finish(cases.closing(attempt))
        with pytest.raises(ConstraintBrokenError):
            await stores.people.add_agent(replace(cases.agent(3), staff_number="1001"))
    assert "13800000001" not in caplog.text
    assert "王芳" not in caplog.text


async def test_an_instant_without_a_zone_is_not_stored(stores: Stores) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 (the point of the test)
    await stores.seed()
    with pytest.raises(NaiveInstantError):
        await stores.callbacks.defer("callback-00001", naive)


async def test_instants_are_kept_to_the_microsecond_in_utc(stores: Stores) -> None:
    await stores.seed()
    local = NOW.astimezone()
    await stores.callbacks.defer("callback-00001", local)
    kept = (await stores.callback()).not_before
    assert kept == NOW
    assert kept.utcoffset() == NOW.utcoffset()


async def test_another_process_that_writes_too_long_is_told_of(
    stores: Stores, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stores.seed()
    monkeypatch.setattr(module, "BUSY_TIMEOUT_SECONDS", 0)
    monkeypatch.setattr(postgresql, "LOCK_SECONDS", 0.01)
    impatient = await Database.open(url)
    async with stores.database.write() as connection:
        await connection.execute(sa.text("UPDATE callbacks SET priority = 1"))
        with pytest.raises(DatabaseFailedError) as caught:
            async with impatient.write() as other:
                await other.execute(sa.text("UPDATE callbacks SET priority = 2"))
    assert caught.value.errno == errno.EAGAIN
    await impatient.close()


@only_sqlite
async def test_a_full_disk_is_told_of_and_nothing_is_half_written(stores: Stores) -> None:
    await stores.seed()
    large = replace(cases.plan("large"), name="x" * 200_000)

    async def fill() -> None:
        async with stores.database.write() as connection:
            await connection.execute(sa.text("UPDATE callbacks SET priority = 1"))
            await connection.execute(sa.insert(plans).values(row_of(large, plans)))

    # The limit holds for one connection: without a second one, it is the one that the writer gets.
    await _limit_to_its_size(stores.database)
    with pytest.raises(DatabaseFailedError) as caught:
        await fill()
    assert caught.value.errno == errno.ENOSPC
    assert await stores.people.plans() == [cases.plan()]
    assert (await stores.callback()).priority == 5


async def _limit_to_its_size(database: Database) -> None:
    async with database.read() as connection:
        pages = await connection.scalar(sa.text("PRAGMA page_count"))
        await connection.execute(sa.text(f"PRAGMA max_page_count = {pages}"))


async def test_a_file_that_is_no_database_is_told_of(tmp_path: Path) -> None:
    before = threading.active_count()
    (tmp_path / "notes.db").write_bytes(b"these are notes, and not a database at all" * 100)
    with pytest.raises(DatabaseFailedError, match="SQLITE_NOTADB"):
        await Database.open(f"sqlite:///{tmp_path / 'notes.db'}")
    assert threading.active_count() <= before


async def test_a_folder_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(DatabaseFailedError) as caught:
        await Database.open(f"sqlite:///{tmp_path / 'nowhere' / 'callcenter.db'}")
    assert caught.value.errno == errno.ENOENT


NO_SQLITE = ("sqlite://", "sqlite:///:memory:")
NO_POSTGRESQL = ("postgresql://host/name", "postgresql://user@host", "postgresql://user:se@cret:x@host:port/name")


@pytest.mark.parametrize("text", ["", "callcenter.db", "mysql://x/y", *NO_SQLITE, *NO_POSTGRESQL])
def test_an_address_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(DatabaseUrlError):
        parse_url(text)


def test_an_address_names_its_driver() -> None:
    assert parse_url("sqlite:////srv/x.db").drivername == "sqlite+aiosqlite"
    assert parse_url("postgresql://user@host/name").drivername == "postgresql+asyncpg"


def test_an_address_is_shown_without_its_password() -> None:
    assert shown_url("postgresql://user:secret@host/name") == "postgresql://user:***@host/name"
    assert shown_url("sqlite:////srv/x.db") == "sqlite:////srv/x.db"
