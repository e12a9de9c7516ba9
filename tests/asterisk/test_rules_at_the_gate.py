"""Who is not dialled, and why? Refusals as the service gives them, and what keeps it from serving at all."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
import sqlalchemy as sa

from asterisk.calling import dial
from asterisk.door import Door
from callcenter.domain.people import CallbackState
from callcenter.settings import load_settings
from callcenter.storage.migrations import VERSION_TABLE
from house import House
from lab.lab import Lab

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

BUSY, RINGS, HANGS_UP = 3, 4, 9
ZONES = ("Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin", "America/New_York", "America/Anchorage", "Pacific/Auckland")
NIGHT = range(6)
DAYTIME = """\
name = "daytime"
version = 1
effective_from = 2020-01-01
windows = "window.tongjiang"
[calendar]
country = ""
[title]
zh = "日间"
en = "By day"
"""


def zone_where_it_is_night() -> str:
    now = datetime.now(UTC)
    return next(zone for zone in ZONES if now.astimezone(ZoneInfo(zone)).hour in NIGHT)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(tmp_path_factory.mktemp("gate"), big_lab, "gate", big_lab.agent_endpoint(1), prefix="1390001")
    await house.prepare()
    await house.agents({str(1000 + n): big_lab.agent_endpoint(n) for n in range(2, 5)})
    policy = house.folder / "daytime.toml"
    policy.write_text(DAYTIME, "utf-8")
    added = await house.command("policies", "add", str(policy))
    assert added.code == 0, added.err
    await house.plan("strict", policy="daytime")
    await house.plan("lost", trunk="nowhere")
    await house.start()
    yield house
    await house.stop()


async def answer(house: House, callback: str, agent: str = "1001") -> dict[str, Any]:
    """The first line that follows a click: the attempt, or the refusal."""
    return await anext(house.dial(callback, agent))


async def test_outside_the_window_nobody_is_dialled_but_with_a_reason(house: House) -> None:
    number = f"1390001900{BUSY}"
    callback = await house.callback_to(number, plan="strict", zone=zone_where_it_is_night())
    refused = await house.command("dial", "--agent", "1001", "--callback", callback, "--json")
    (line,) = refused.lines
    assert refused.code == 3
    assert (line["rule"], line["source"], line["strength"]) == ("window.closed", "C6-58", "advisory")
    assert datetime.fromisoformat(line["opens_at"]) > datetime.now(UTC)
    explained = (await house.command("explain", callback, "--agent", "1001", "--json")).json
    assert not explained["callable_now"]
    assert [each["rule"] for each in explained["verdicts"] if not each["ok"]] == ["window.closed"]
    assert explained["possible_at"] == line["opens_at"]
    assert house.lab.network.seen(number) == []
    asked = ("dial", "--agent", "1001", "--callback", callback, "--override", "window.closed=客户要求", "--json")
    dialled = await house.command(*asked)
    assert dialled.code == 4
    assert dialled.lines[0]["slot"].endswith("/outside")
    assert len(house.lab.network.seen(number)) == 1


@pytest.mark.parametrize(
    ("number", "plan", "rule"),
    [
        ("110", "plan", "number.emergency"),
        ("120", "plan", "number.emergency"),
        ("16812345678", "plan", "number.premium"),
        ("+1 202 555 0123", "plan", "number.prefix_not_allowed"),
        ("13900019013", "lost", "trunk.unknown"),
    ],
)
async def test_some_numbers_are_never_dialled(house: House, number: str, plan: str, rule: str) -> None:
    callback = await house.callback_to(number, plan=plan)
    phones = len(house.lab.network.seen_by_phones())
    refused = await answer(house, callback)
    assert (refused["kind"], refused["rule"], refused["strength"]) == ("refused", rule, "hard")
    assert refused["message"]
    async with house.books() as books:
        case = await books.callbacks.case(callback)
        assert await books.attempts.latest(1, callback) == []
    assert case is not None
    assert (case.callback.state, case.callback.leased_to) == (CallbackState.WAITING, None)
    assert len(house.lab.network.seen_by_phones()) == phones


async def test_one_number_is_not_called_twice_at_once(house: House) -> None:
    number = f"1390001902{RINGS}"
    callbacks = [await house.callback_to(number, name=f"{number}-{each}") for each in "ab"]
    first, second = await asyncio.gather(answer(house, callbacks[0], "1001"), answer(house, callbacks[1], "1002"))
    assert {first["kind"], second["kind"]} == {"attempt", "refused"}
    assert {first.get("rule"), second.get("rule")} == {None, "number.live"}
    made = callbacks[0] if first["kind"] == "attempt" else callbacks[1]
    await house.settled(made)
    assert len(house.lab.network.seen(number)) == 1


async def test_one_callback_is_not_with_two_agents(house: House) -> None:
    callback, number = await house.callback(BUSY)
    answers = await asyncio.gather(*(answer(house, callback, agent) for agent in ("1001", "1002", "1003", "1004")))
    assert [each["kind"] for each in answers].count("attempt") == 1
    rules = {each["rule"] for each in answers if each["kind"] == "refused"}
    assert rules <= {"callback.with_another_agent", "callback.not_waiting"}
    await house.settled(callback)
    assert len(house.lab.network.seen(number)) == 1


async def test_one_agent_does_not_call_two_customers(house: House) -> None:
    callbacks = [await house.callback(BUSY) for _ in range(3)]
    answers = await asyncio.gather(*(answer(house, callback) for callback, _ in callbacks))
    assert [each["kind"] for each in answers].count("attempt") == 1
    assert {each["rule"] for each in answers if each["kind"] == "refused"} == {"agent.busy"}
    made = next(callback for (callback, _), each in zip(callbacks, answers, strict=True) if each["kind"] == "attempt")
    await house.settled(made)
    assert sum(len(house.lab.network.seen(number)) for _, number in callbacks) == 1


async def test_a_service_that_runs_already_is_not_started_twice(house: House) -> None:
    said = await house.command("serve")
    assert said.code == 1
    assert "another callcenter service listens on" in said.err


# --- two services on one database -----------------------------------------------------------------------------------


def rewritten(house: House, folder: Path, *changes: tuple[str, str]) -> None:
    """The house's settings with these texts replaced, in a folder of its own."""
    text = house.config.read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    folder.mkdir(exist_ok=True)
    house.folder = folder
    house.log = folder / "service.log"
    house.config.write_text(text, "utf-8")
    house.settings = load_settings(house.config, {})


async def test_two_services_on_one_queue_dial_each_callback_once_and_no_number_twice_at_once(
    big_lab: Lab, tmp_path: Path
) -> None:
    phones = {str(1000 + n): big_lab.agent_endpoint(n) for n in range(5, 11)}
    one, other = (House(tmp_path, big_lab, "one", big_lab.agent_endpoint(11), prefix="1390002") for _ in range(2))
    await one.prepare()
    await one.agents(phones)
    shared = [f"1390002{n:03}{HANGS_UP}" for n in range(3)]
    numbers = [*shared, *shared, *(f"1390002{n:03}{HANGS_UP}" for n in range(3, 8))]
    callbacks = [await one.callback_to(number, name=f"{n}-{number}") for n, number in enumerate(numbers)]
    other.settings = one.settings
    rewritten(other, tmp_path / "other", ('app = "one"', 'app = "other"'), ("/control.sock", "/other.sock"))
    await one.start()
    await other.start()
    try:
        async with asyncio.timeout(60), asyncio.TaskGroup() as tasks:
            for place, agent in enumerate(phones):
                tasks.create_task(work_off(one if place % 2 else other, agent, callbacks))
        settled = [await one.settled(callback) for callback in callbacks]
    finally:
        await asyncio.gather(one.stop(), other.stop())
    assert {each.callback.state for each in settled} == {CallbackState.WRAP_UP}
    assert {each.record.call.node for each in settled} == {"one", "other"}
    assert {each.record.attempt.ordinal for each in settled} == {1}
    for number in set(numbers):
        seen = big_lab.network.seen(number)
        assert len(seen) == numbers.count(number)
        for before, after in pairwise(seen):
            assert before.ended_at is not None
            assert before.ended_at <= after.started_at
    assert one.left_on_switch() == []
    assert other.left_on_switch() == []


async def work_off(house: House, agent: str, callbacks: Sequence[str]) -> None:
    """Take the next of the queue again and again, until none of these waits."""
    while True:
        kinds = [line["kind"] async for line in house.dial(None, agent)]
        if kinds == ["nothing"]:
            async with house.books() as books:
                states = [(await books.callbacks.case(each)) for each in callbacks]
            if all(case is not None and case.callback.state is CallbackState.WRAP_UP for case in states):
                return
            await asyncio.sleep(0.2)


# --- what keeps the service from serving ----------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed_house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house whose service does not run."""
    house = House(tmp_path_factory.mktemp("closed"), big_lab, "closed", big_lab.agent_endpoint(12), prefix="1390003")
    await house.prepare()
    return house


@asynccontextmanager
async def changed(house: House, *changes: tuple[str, str]) -> AsyncIterator[None]:
    """The settings file with these texts replaced, for a while."""
    before = house.config.read_text("utf-8")
    text = before
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    house.config.write_text(text, "utf-8")
    try:
        yield
    finally:
        house.config.write_text(before, "utf-8")


async def test_a_wrong_ari_password_ends_the_service_with_one_sentence(closed_house: House) -> None:
    password = closed_house.lab.switch.ari_password
    async with changed(closed_house, (password, "wrong")):
        said = await closed_house.command("serve")
    assert said.code == 1
    (sentence,) = [line for line in said.err.splitlines() if not line.startswith("{")]
    assert "Asterisk refuses the user or the password of ARI" in sentence
    assert "Traceback" not in said.err
    assert "wrong" not in said.err


async def test_all_mistakes_of_the_settings_are_told_at_once(closed_house: House) -> None:
    wrong = (('format = "flac"', 'format = "mp3"'), ("heartbeat_seconds = 1", "heartbeat_seconds = -1"))
    async with changed(closed_house, *wrong, ("[log]", "[logs]")):
        said = await closed_house.command("serve")
    assert said.code == 2
    for key in ("recordings.format", "ari.heartbeat_seconds", "logs"):
        assert key in said.err
    assert "Traceback" not in said.err


async def test_a_database_from_the_future_is_left_alone(closed_house: House) -> None:
    engine = sa.create_engine(f"sqlite:///{closed_house.folder / 'callcenter.db'}")
    with engine.begin() as connection:
        was = connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}"))
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    for words in (("serve",), ("callbacks",), ("db", "upgrade")):
        said = await closed_house.command(*words)
        assert said.code == 1, words
        assert "made by a newer one" in said.err, words
        assert "Traceback" not in said.err, words
    with engine.begin() as connection:
        assert connection.scalar(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")) == "9999"
        connection.execute(sa.text(f"UPDATE {VERSION_TABLE} SET version_num = :was"), {"was": was})
    engine.dispose()


async def test_without_asterisk_the_service_waits_and_dials_when_it_comes(closed_house: House) -> None:
    door = Door(closed_house.lab.switch.http_port)
    house, callback, number = closed_house, *await closed_house.callback(BUSY)
    async with changed(house, (f":{house.lab.switch.http_port}/", f":{door.port}/")):
        await house.serve()
        try:
            status = await status_of(house)
            assert status["switch_in_sight"] is False
            refused = await house.command("dial", "--agent", "1001", "--callback", callback, "--json")
            assert (refused.code, refused.lines[0]["rule"]) == (3, "switch.down")
            assert house.lab.network.seen(number) == []
            async with door.open():
                await house.in_sight()
                dialled = await dial(house, callback, number)
        finally:
            await house.stop()
    assert dialled.ending == ("busy", "network")


async def status_of(house: House) -> dict[str, Any]:
    """What the command says once the service listens."""
    async with asyncio.timeout(30):
        while True:
            said = await house.command("status", "--json")
            if said.code == 0:
                return dict(said.json)
