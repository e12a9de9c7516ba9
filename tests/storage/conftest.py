"""A fresh database for each test, made by the migrations: every test runs on SQLite and on PostgreSQL."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.pool import QueuePool

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import Callback, Case
from callcenter.storage.attempts import SqlAttempts
from callcenter.storage.callbacks import SqlCallbacks
from callcenter.storage.database import Database
from callcenter.storage.logs import SqlLogs
from callcenter.storage.people import SqlPeople
from callcenter.storage.policies import SqlPolicies
from callcenter.storage.recordings import SqlRecordings
from callcenter.storage.schema import upgrade
from lab.postgres import Postgres
from storage import cases

only_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
only_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


@dataclass(frozen=True)
class Stores:
    database: Database
    callbacks: SqlCallbacks
    attempts: SqlAttempts
    recordings: SqlRecordings
    logs: SqlLogs
    people: SqlPeople
    policies: SqlPolicies

    async def seed(self, count: int = 1, *, agents: int | None = None) -> None:
        """A running plan with so many callbacks, and an agent for each."""
        for index in range(1, (agents or count) + 1):
            await self.people.add_agent(cases.agent(index))
        await self.people.add_plan(cases.plan())
        await self.add(*(cases.callback(index) for index in range(1, count + 1)))

    async def add(self, *callbacks: Callback) -> None:
        customers = [cases.customer(int(callback.customer_id.partition("-")[2])) for callback in callbacks]
        assert await self.people.add_cases(customers, callbacks) == len(callbacks)

    async def begin(self, index: int = 1, *, ordinal: int = 1) -> Attempt:
        """The callback of this index is claimed by its agent and in call."""
        attempt = cases.attempt(index, ordinal=ordinal)
        claimed = await self.callbacks.claim(attempt.callback_id, attempt.agent_id, cases.NOW, cases.NOW + cases.LEASE)
        assert isinstance(claimed, Case)
        assert await self.attempts.begin(attempt, cases.call(attempt.id), cases.NOW) is None
        return attempt

    async def callback(self, index: int = 1) -> Callback:
        case = await self.callbacks.case(f"callback-{index:05}")
        assert case is not None
        return case.callback


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables, on each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'callcenter.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.fresh()
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with this program's tables, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "callcenter.db"
    asyncio.run(upgrade(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The same, on PostgreSQL: the name of a database."""
    name = postgres.fresh()
    asyncio.run(upgrade(postgres.url(name)))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with this program's tables, on each kind of database."""
    if request.param == "sqlite":
        path = tmp_path / "callcenter.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.fresh(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = await Database.open(url)
    yield database
    pool = database.engine.sync_engine.pool
    assert isinstance(pool, QueuePool)
    assert pool.checkedout() == 0
    await database.close()


@pytest.fixture
def stores(database: Database) -> Stores:
    return stores_of(database)


def stores_of(database: Database) -> Stores:
    return Stores(
        database,
        SqlCallbacks(database),
        SqlAttempts(database),
        SqlRecordings(database),
        SqlLogs(database),
        SqlPeople(database),
        SqlPolicies(database),
    )
