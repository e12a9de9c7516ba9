"""The same whole call with the service on PostgreSQL, also when the database goes away in the middle of the talk."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from asterisk.calling import Line, dial
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from house import House
from lab.lab import Lab
from lab.postgres import Postgres, PostgresFiles

pytestmark = pytest.mark.asterisk

HANGS_UP = 9


@pytest.fixture(scope="module")
def server(postgres_files: PostgresFiles) -> Iterator[Postgres]:
    """One that may be stopped."""
    with Postgres(postgres_files) as server:
        yield server


@pytest.fixture
async def house(big_lab: Lab, server: Postgres, tmp_path: Path) -> AsyncIterator[House]:
    """The service runs, on a database that `callcenter db upgrade` made ready."""
    database = server.url(server.fresh())
    house = House(tmp_path, big_lab, "postgres", big_lab.agent_endpoint(1), prefix="1350100", database=database)
    await house.prepare()
    await house.serve()
    await house.in_sight()
    yield house
    await house.stop()


async def test_a_whole_call_on_postgresql(house: House, server: Postgres) -> None:
    callback, _ = await house.callback(HANGS_UP)
    said = await house.command("dial", "--agent", "1001", "--json")
    assert said.code == 0, said.err
    settled = await house.settled(callback)
    assert settled.file(house).exists()
    assert settled.recording.state is RecordingState.VERIFIED
    assert settled.callback.state is CallbackState.WRAP_UP
    upgraded = await house.command("db", "upgrade")
    assert upgraded.code == 0
    everything = upgraded.out + upgraded.err + said.out + said.err + house.log.read_text("utf-8")
    assert server.password not in everything


async def test_a_talk_goes_on_while_the_database_is_away_and_is_written_once_it_is_back(
    house: House, server: Postgres
) -> None:
    callback, number = await house.callback(HANGS_UP)
    before = len(house.lab.network.seen(number))

    async def take_away(_house: House, _line: Line) -> None:
        await asyncio.to_thread(server.stop)
        # The customer speaks for two seconds and hangs up, which cannot be written.
        while "step not saved" not in house.log.read_text("utf-8"):  # noqa: ASYNC110 (another process writes it)
            await asyncio.sleep(0.05)
        refused = await house.command("callbacks")
        assert refused.code != 0
        assert "the database cannot be reached" in refused.err
        async with house.control() as session, session.post("/dial", json={"agent": "1001"}) as response:
            assert response.status == 503
            assert "the database cannot be reached" in await response.text()
        assert (await house.ask("GET", "/status"))["calls"] == 1
        await asyncio.to_thread(server.start)

    dialled = await dial(house, callback, number, at={"Answered": take_away})
    assert dialled.ending == ("answered", "customer")
    assert dialled.settled.recording.state is RecordingState.VERIFIED
    assert len(dialled.seen) - before == 1
    async with house.books() as books:
        attempts = await books.attempts.of_callback(callback)
        journal = await books.attempts.journal(attempts[0].id)
    assert len(attempts) == 1
    assert [entry for entry, times in Counter(journal).items() if times > 1] == []
