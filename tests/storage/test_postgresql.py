"""PostgreSQL goes away, comes back, is cut off at the worst moment: said clearly, nothing lost, nothing twice."""

import asyncio
import errno
from collections.abc import AsyncIterator, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy import make_url
from sqlalchemy.pool import QueuePool

from callcenter.domain.calls.words import CallEvent, Started
from callcenter.domain.people import Case
from callcenter.storage import database as module
from callcenter.storage import postgresql
from callcenter.storage.database import Database
from callcenter.storage.errors import CommitUnknownError, DatabaseFailedError, DatabaseUrlError
from callcenter.storage.schema import upgrade
from lab.postgres import Postgres, PostgresFiles
from storage import cases
from storage.cases import LEASE, NOW
from storage.conftest import Stores, stores_of
from storage.wire import Cut, Wire, wire_to

STEPS: list[CallEvent] = [Started(NOW), Started(NOW + LEASE)]


@pytest.fixture(scope="module")
def server(postgres_files: PostgresFiles) -> Iterator[Postgres]:
    """One that may be stopped."""
    with Postgres(postgres_files) as server:
        yield server


@pytest.fixture(scope="module")
def template(server: Postgres) -> str:
    """A database with this program's tables, to be copied."""
    name = server.fresh()
    asyncio.run(upgrade(server.url(name)))
    return name


@pytest.fixture
def address(server: Postgres, template: str) -> Iterator[str]:
    """Of a database with this program's tables; its server runs again at the end."""
    name = server.fresh(template)
    yield server.url(name)
    server.start()
    server.drop(name)


@pytest.fixture
async def stores(address: str) -> AsyncIterator[Stores]:
    """With two callbacks."""
    database = await Database.open(address)
    stores = stores_of(database)
    await stores.seed(2)
    yield stores
    pool = database.engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0
    await database.close()


@pytest.fixture
async def wire(address: str, stores: Stores) -> AsyncIterator[Wire]:
    """To the same database; there is a first attempt."""
    await stores.begin()
    async with wire_to(address) as wire:
        yield wire


@pytest.fixture
async def remote(wire: Wire) -> AsyncIterator[Stores]:
    """The stores as somebody has them at the far end of the wire."""
    database = await Database.open(wire.url)
    yield stores_of(database)
    await database.close()


async def claim(stores: Stores, index: int = 1) -> Case:
    claimed = await stores.callbacks.claim(f"callback-{index:05}", f"agent-{index}", NOW, NOW + LEASE)
    assert isinstance(claimed, Case)
    return claimed


async def journal_of(stores: Stores) -> list[str]:
    return [entry.event for entry in await stores.attempts.journal(cases.attempt().id)]


@pytest.mark.parametrize("abruptly", [True, False])
async def test_the_first_statement_after_a_restart_works(stores: Stores, server: Postgres, *, abruptly: bool) -> None:
    # Several connections wait in the pool.
    await asyncio.gather(*(stores.database.ping() for _ in range(5)))
    await asyncio.to_thread(server.stop, abruptly=abruptly)
    server.start()
    await claim(stores)
    await asyncio.gather(*(stores.database.ping() for _ in range(5)))


async def test_while_it_is_away_every_statement_says_so_and_nothing_hangs(stores: Stores, server: Postgres) -> None:
    attempt = await stores.begin()
    await asyncio.to_thread(server.stop)
    async with asyncio.timeout(10):
        for _ in range(postgresql.POOL_SIZE + 2):
            with pytest.raises(DatabaseFailedError, match="cannot be reached") as caught:
                await stores.attempts.save(cases.talking(attempt.id), STEPS)
            assert caught.value.errno == errno.EIO
            with pytest.raises(DatabaseFailedError, match="cannot be reached"):
                await stores.callbacks.claim_next("agent-2", NOW, NOW + LEASE)
    server.start()
    await stores.attempts.save(cases.talking(attempt.id), STEPS)
    assert await journal_of(stores) == ["Started", "Started"]


async def test_a_transaction_under_way_leaves_nothing(stores: Stores, server: Postgres) -> None:
    async def write() -> None:
        async with stores.database.write() as connection:
            await connection.execute(sa.text("UPDATE callbacks SET priority = 1"))
            await asyncio.to_thread(server.stop, abruptly=True)
            await connection.execute(sa.text("UPDATE callbacks SET priority = 2"))

    with pytest.raises(DatabaseFailedError, match="cannot be reached") as caught:
        await write()
    assert not isinstance(caught.value, CommitUnknownError)
    server.start()
    assert (await stores.callback()).priority == 5


async def test_what_was_promised_before_a_crash_is_there_after_it(stores: Stores, server: Postgres) -> None:
    attempt = await stores.begin()
    await asyncio.to_thread(server.stop, abruptly=True)
    server.start()
    assert [record.attempt for record in await stores.attempts.live()] == [attempt]


@pytest.mark.parametrize("cut", list(Cut))
async def test_a_step_whose_commit_was_cut_off_is_written_once(
    wire: Wire, remote: Stores, stores: Stores, cut: Cut
) -> None:
    call = cases.talking(cases.attempt().id)
    wire.cut = cut
    with pytest.raises(CommitUnknownError, match="broke while it was written to"):
        await remote.attempts.save(call, STEPS)
    assert len(await journal_of(stores)) == (0 if cut is Cut.BEFORE_COMMIT else 2)
    await remote.attempts.save(call, STEPS)
    assert await journal_of(stores) == ["Started", "Started"]
    await remote.attempts.save(call, STEPS)
    assert len(await journal_of(stores)) == 4, "only what was in doubt is looked for"


async def test_an_end_whose_commit_was_cut_off_is_written_once(wire: Wire, remote: Stores, stores: Stores) -> None:
    closing = cases.closing(cases.attempt())
    wire.cut = Cut.AFTER_COMMIT
    with pytest.raises(CommitUnknownError):
        await remote.attempts.finish(closing)
    before = await stores.recordings.get(closing.attempt.id)
    await remote.attempts.finish(closing)
    assert await stores.recordings.get(closing.attempt.id) == before
    assert await stores.attempts.live() == []


async def test_an_attempt_whose_commit_was_cut_off_is_found_among_the_live(
    wire: Wire, remote: Stores, stores: Stores
) -> None:
    await claim(stores, 2)
    attempt = cases.attempt(2)
    wire.cut = Cut.AFTER_COMMIT
    with pytest.raises(CommitUnknownError):
        await remote.attempts.begin(attempt, cases.call(attempt.id), NOW)
    assert attempt in [record.attempt for record in await remote.attempts.live()]


async def test_a_connection_that_died_unnoticed_is_tried_before_it_is_used(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "STATEMENT_SECONDS", 0.3)
    database = await Database.open(wire.url)
    monkeypatch.setattr(postgresql, "IDLE_SECONDS", -1.0)
    wire.silence()
    async with asyncio.timeout(10):
        await database.ping()
    await database.close()


async def test_a_database_that_stops_answering_is_given_up(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "STATEMENT_SECONDS", 0.3)
    database = await Database.open(wire.url)
    wire.silence()
    async with asyncio.timeout(10):
        with pytest.raises(DatabaseFailedError, match="cannot be reached"):
            await database.ping()
        await database.ping()
    await database.close()


async def test_a_writer_that_was_cancelled_holds_nothing(stores: Stores) -> None:
    holds = asyncio.Event()

    async def hold() -> None:
        async with stores.database.write() as connection:
            await connection.execute(sa.text("UPDATE callbacks SET priority = 1"))
            holds.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await holds.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5):
        await stores.callbacks.defer("callback-00001", NOW)
    assert (await stores.callback()).priority == 5


async def test_who_asks_at_once_passes_over_what_another_is_being_given(stores: Stores) -> None:
    async with stores.database.write() as connection:
        await connection.execute(sa.text("UPDATE callbacks SET priority = 4 WHERE id = 'callback-00001'"))
        async with asyncio.timeout(5):
            case = await stores.callbacks.claim_next("agent-2", NOW, NOW + LEASE)
    assert case is not None
    assert case.callback.id == "callback-00002"


async def test_a_commit_is_on_the_disk_whatever_the_server_thinks(stores: Stores, server: Postgres) -> None:
    server.sql("ALTER SYSTEM SET synchronous_commit = off")
    server.sql("SELECT pg_reload_conf()")
    async with stores.database.write() as connection:
        assert await connection.scalar(sa.text("SHOW synchronous_commit")) == "on"
        assert await connection.scalar(sa.text("SHOW transaction_isolation")) == "read committed"
    server.sql("ALTER SYSTEM RESET synchronous_commit")
    server.sql("SELECT pg_reload_conf()")


async def test_who_reads_cannot_write(stores: Stores) -> None:
    with pytest.raises(DatabaseFailedError, match="can only be read") as caught:
        async with stores.database.read() as connection:
            await connection.execute(sa.text("UPDATE callbacks SET priority = 1"))
    assert caught.value.errno == errno.EROFS


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password": "secret"}, "refuses this user, or this password"),
        ({"username": "nobody"}, "refuses this user, or this password"),
        ({"database": "nowhere"}, "no database of this name"),
        ({"port": 1}, "cannot be reached: ConnectionRefusedError"),
        ({"host": "nowhere.invalid"}, "cannot be reached: gaierror"),
    ],
)
async def test_an_address_that_leads_nowhere_is_told_in_a_sentence(
    address: str, change: dict[str, str], sentence: str
) -> None:
    wrong = make_url(address).set(**change).render_as_string(hide_password=False)  # type: ignore[arg-type]  # one of its parts
    with pytest.raises(DatabaseFailedError, match=sentence) as caught:
        await Database.open(wrong)
    assert "secret" not in str(caught.value)


async def test_a_server_is_reached_through_its_socket(address: str, server: Postgres) -> None:
    through = make_url(address).set(host="", query={"host": str(server.folder)}).render_as_string(hide_password=False)
    database = await Database.open(through)
    async with database.read() as connection:
        assert await connection.scalar(sa.text("SELECT inet_client_addr() IS NULL"))
    await database.close()


async def test_a_database_that_cannot_keep_chinese_is_refused(server: Postgres) -> None:
    server.sql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1'")
    with pytest.raises(DatabaseUrlError, match="UTF8, this one has LATIN1"):
        await Database.open(server.url("latin"))
    server.drop("latin")


async def test_a_server_that_is_too_old_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OLDEST_POSTGRESQL", 99)
    with pytest.raises(DatabaseUrlError, match="PostgreSQL 99 or newer is needed"):
        await Database.open(address)
