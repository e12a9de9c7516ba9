"""Imports in the background: one after another, stopped, killed, beyond limits; and nothing is ever left over."""

import asyncio
import io
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from callcenter.domain.intake.row import ImportState
from callcenter.engine.importing import BATCH, Importing
from callcenter.engine.imports_at_work import SIGN_OF_LIFE_SECONDS
from callcenter.engine.uploads import KEPT_FOR, MOST_KEPT
from web.importing import (
    LIST,
    RAW,
    Held,
    comes_true,
    ended,
    imported,
    left,
    many,
    nothing_left,
    send,
    told,
    until,
)
from web.visiting import Person, Site


@pytest.fixture
async def held(site: Site) -> Held:
    held = Held()
    held.into(site)
    return held


async def test_an_upload_beyond_the_limit_is_refused_before_it_fills_memory_or_disk(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    uploads = site.parts.imports_at_work.uploads
    uploads.most_bytes = 2_000_000
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(4000):
            sent += 65536
            yield b"x" * 65536

    tracemalloc.start()
    try:
        for given in ({"data": endless()}, {"data": io.BytesIO(b"x" * 3_000_000)}):
            try:
                answer = await told(supervisor, "POST", "/imports?plan=quick", headers={"Content-Type": RAW}, **given)
                assert (answer.status, answer.code) == (413, "too_large")
            except aiohttp.ClientConnectionError:
                # The service does not read on for ever, and the sender may see no answer then.
                assert sent > uploads.most_bytes
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 20_000_000, most
    await nothing_left(site)
    assert (await supervisor.get("/imports")).status == 200


async def test_who_goes_away_while_sending_leaves_nothing(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        begun.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(
        told(supervisor, "POST", "/imports?plan=quick", headers={"Content-Type": RAW}, data=slow())
    )
    await begun.wait()

    async def some() -> bool:
        return bool(left(site))

    await comes_true(some)
    task.cancel()
    await nothing_left(site)


async def test_an_upload_belongs_to_who_sent_it_and_ends_by_itself(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    upload = (await send(supervisor, "/imports/preview", LIST)).json["upload"]
    order = {"upload": upload, "plan": "quick"}
    other = site.parts.imports_at_work.uploads.find(upload, "somebody else")
    assert other is None
    await site.story.clock.advance(KEPT_FOR.total_seconds() + SIGN_OF_LIFE_SECONDS)
    await nothing_left(site)
    late = await supervisor.post("/imports", order)
    assert (late.status, late.code) == (410, "gone")


async def test_of_many_uploads_the_oldest_go(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    for _ in range(MOST_KEPT + 2):
        assert (await send(supervisor, "/imports/preview", LIST)).status == 200
        await site.story.clock.advance(1)
    assert len(left(site)) == MOST_KEPT


async def test_one_runs_after_another_and_says_so(site: Site, held: Held) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    first, second, third = [
        (await send(supervisor, "/imports", many(2, first=10 * index))).json["id"] for index in range(1, 4)
    ]
    await until(supervisor, first, lambda found: found["state"] == "running" and held.batches == 1)
    waiting = (await supervisor.get(f"/imports/{third}")).json
    assert (waiting["state"], waiting["ahead"]) == ("waiting", 2)
    dropped = await supervisor.post(f"/imports/{second}/stop")
    assert (dropped.status, dropped.json["state"]) == (202, "cancelled")
    assert (await supervisor.get(f"/imports/{third}")).json["ahead"] == 1
    held.gate.set()
    assert (await until(supervisor, third, ended))["counts"]["new"] == 2
    assert (await until(supervisor, first, ended))["state"] == "done"
    assert (await supervisor.get(f"/imports/{second}")).json["counts"]["rows"] == 0
    await nothing_left(site)
    again = await supervisor.post(f"/imports/{third}/stop")
    assert (again.status, again.code) == (409, "closed")


async def test_an_import_that_is_stopped_midway_goes_on_next_time(site: Site, held: Held) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    text = many(3 * BATCH)
    import_id = (await send(supervisor, "/imports", text)).json["id"]
    await until(supervisor, import_id, lambda _: held.batches == 1)
    assert (await supervisor.post(f"/imports/{import_id}/stop")).status == 202
    held.gate.set()
    stopped = await until(supervisor, import_id, ended)
    assert (stopped["state"], stopped["counts"]["new"]) == ("cancelled", BATCH)
    again = await imported(supervisor, text)
    assert again["counts"] == {"rows": 3 * BATCH, "new": 2 * BATCH, "known": BATCH, "bad": 0, "remarks": 0}


async def test_a_service_that_stops_ends_its_imports_and_leaves_no_file(site: Site, held: Held) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    text = many(3 * BATCH)
    running = (await send(supervisor, "/imports", text)).json["id"]
    waiting = (await send(supervisor, "/imports", LIST)).json["id"]
    await send(supervisor, "/imports/preview", LIST)
    await until(supervisor, running, lambda _: held.batches == 1)
    asyncio.get_running_loop().call_later(0.05, held.gate.set)
    await site.restart()
    states = {each.id: each.state for each in await site.parts.imports.latest()}
    assert states == {running: ImportState.CANCELLED, waiting: ImportState.CANCELLED}
    await nothing_left(site)
    assert (await imported(await site.sign_in(Person.SUPERVISOR), text))["counts"]["rows"] == 3 * BATCH


async def test_what_a_killed_service_left_is_interrupted_by_the_next_start(site: Site, held: Held) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    import_id = (await send(supervisor, "/imports", LIST)).json["id"]
    await send(supervisor, "/imports/preview", LIST)
    await until(supervisor, import_id, lambda _: held.batches == 1)
    # As after a kill: both files lie there, the books say that it runs.
    folder = site.story.settings.control.socket.with_suffix(".uploads")
    record = await site.parts.imports.get(import_id)
    assert record is not None
    kept = {path: path.read_bytes() for path in folder.iterdir()}
    assert len(kept) == 2
    held.gate.set()
    await until(supervisor, import_id, ended)
    await site.stop_listening()
    await site.parts.imports.note(record)
    for path, content in kept.items():
        path.write_bytes(content)
    await site.restart()
    supervisor = await site.sign_in(Person.SUPERVISOR)
    found = await until(supervisor, import_id, ended)
    assert found["state"] == "interrupted"
    await nothing_left(site)


async def test_an_import_that_meets_a_fault_ends_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    run: Callable[..., Awaitable[Any]] = Importing.run
    faults = [RuntimeError("a fault of ours"), OSError("no books")]

    async def faulty(self: Importing, *values: Any) -> Any:
        if faults:
            raise faults.pop()
        return await run(self, *values)

    monkeypatch.setattr(Importing, "run", faulty)
    for _ in range(2):
        broken = await imported(supervisor, LIST)
        assert (broken["state"], broken["counts"]["rows"]) == ("interrupted", 0)
    assert (await imported(supervisor, LIST))["counts"]["new"] == 2
    assert site.story.runs()
    await nothing_left(site)


async def test_an_import_of_the_command_line_is_listed_and_not_stopped_from_here(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    done = await imported(supervisor, LIST)
    record = await site.parts.imports.get(done["id"])
    assert record is not None
    await site.parts.imports.note(replace(record, state=ImportState.RUNNING, ended_at=None))
    answer = await supervisor.post(f"/imports/{done['id']}/stop")
    assert (answer.status, answer.code) == (409, "changed_meanwhile")
