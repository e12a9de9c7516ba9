"""Files that people send: looked at, imported in the background, told of; whatever happens, nothing is left over."""

import asyncio
import csv
import io
import json
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callcenter.domain.audit import Action, Deed
from callcenter.domain.intake import ImportState
from callcenter.engine.importing import BATCH, Importing
from callcenter.engine.imports_at_work import SIGN_OF_LIFE_SECONDS
from callcenter.engine.uploads import KEPT_FOR, MOST_KEPT, shown_name
from callcenter.web.site import API
from sheets.files import workbook_file
from web.visiting import Answer, Person, Site, Visitor

HEADINGS = "客户姓名,电话,目的,客户编号\n"
LIST = HEADINGS + "王伟,13900000001,核对,C1\n李芳,13900000002,核对,C2\n"
BAD = HEADINGS + '=HYPERLINK("http://x"),1,核对,C1\n李芳,13900000002,核对,C2\n'
RAW = "application/octet-stream"


def many(count: int, *, first: int = 1) -> str:
    return HEADINGS + "".join(f"客户{index},139{index:08},核对,C{index}\n" for index in range(first, first + count))


async def send(visitor: Visitor, path: str, content: bytes | str, name: str = "名单.csv", **fields: str) -> Answer:
    """As a form."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("file", content.encode() if isinstance(content, str) else content, filename=name)
    for key, value in ({"plan": "quick"} | fields).items():
        form.add_field(key, value)
    return await told(visitor, "POST", path, data=form)


async def told(visitor: Visitor, method: str, path: str, **given: Any) -> Answer:
    async with visitor.session.request(method, API + path, **given) as response:
        text = await response.text("utf-8", "replace")
        found = json.loads(text) if response.content_type.endswith("json") else None
        return Answer(response.status, text, found, response.headers)


async def until(visitor: Visitor, import_id: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The import, once it is so."""
    async with asyncio.timeout(30):
        while True:
            found: dict[str, Any] = (await visitor.get(f"/imports/{import_id}")).json
            if fits(found):
                return found
            await asyncio.sleep(0.01)


def ended(found: dict[str, Any]) -> bool:
    return found["ended_at"] is not None


async def imported(visitor: Visitor, content: bytes | str, name: str = "名单.csv", **fields: str) -> dict[str, Any]:
    answer = await send(visitor, "/imports", content, name, **fields)
    assert answer.status == 202, answer.text
    assert answer.headers["Location"] == f"{API}/imports/{answer.json['id']}"
    return await until(visitor, answer.json["id"], ended)


def left(site: Site) -> list[str]:
    """Files of uploads that lie there."""
    folder = site.story.settings.control.socket.with_suffix(".uploads")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def comes_true(what: Callable[[], Awaitable[bool]]) -> None:
    """Of what happens in the service's own time, and tells nobody."""
    async with asyncio.timeout(10):
        while not await what():  # noqa: ASYNC110 (files and books tell no event)
            await asyncio.sleep(0.01)


async def nothing_left(site: Site) -> None:
    """The file goes just after the end of its import is written."""

    async def none() -> bool:
        return not left(site)

    await comes_true(none)


class Held:
    """Imports stand still before each of their batches until they are let go."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.batches = 0

    def into(self, site: Site) -> None:
        store = site.parts.imports
        take_in = store.take_in

        async def held(*values: Any) -> Any:
            self.batches += 1
            await self.gate.wait()
            return await take_in(*values)

        store.take_in = held  # type: ignore[assignment,method-assign]  # the store of this test alone


@pytest.fixture
async def held(site: Site) -> Held:
    held = Held()
    held.into(site)
    return held


async def test_a_file_is_looked_at_and_nothing_is_written(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    answer = await send(supervisor, "/imports/preview", BAD)
    assert answer.status == 200, answer.text
    shown = answer.json
    assert [(each["heading"], each["field"]) for each in shown["columns"]][:2] == [
        ("客户姓名", "name"),
        ("电话", "number"),
    ]
    bad, good = shown["rows"]
    assert (bad["taken"], [each["column"] for each in bad["problems"]]) == (False, ["电话"])
    assert (good["taken"], good["name"], good["numbers"], good["line"]) == (True, "李芳", ["+8613900000002"], 3)
    assert (await supervisor.get("/imports")).json["items"] == []
    assert (await site.parts.callbacks.cases(plan_id="quick", limit=100))[-1].customer.name == "王芳"


async def test_what_was_looked_at_is_imported_without_being_sent_again(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    upload = (await send(supervisor, "/imports/preview", LIST)).json["upload"]
    order = {"upload": upload, "plan": "quick", "mapping": {"目的": "ignore"}}
    again = await supervisor.post("/imports/preview", order)
    assert [each["field"] for each in again.json["columns"]] == ["name", "number", "ignore", "customer_id"]
    first = await supervisor.post("/imports", order)
    assert first.status == 202, first.text
    twice = await supervisor.post("/imports", order)
    assert twice.json["id"] == first.json["id"], "the same click twice is one import"
    done = await until(supervisor, first.json["id"], ended)
    assert (done["state"], done["counts"]["new"]) == ("done", 2)
    await nothing_left(site)


async def test_the_same_file_twice_adds_every_callback_once(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    first = await imported(supervisor, LIST)
    await site.story.clock.advance(1)
    second = await imported(supervisor, LIST)
    assert first["counts"] == {"rows": 2, "new": 2, "known": 0, "bad": 0, "remarks": 0}
    assert second["counts"] == {"rows": 2, "new": 0, "known": 2, "bad": 0, "remarks": 0}
    assert [each["id"] for each in (await supervisor.get("/imports")).json["items"]] == [second["id"], first["id"]]


async def test_a_file_is_sent_as_the_whole_body_too_and_its_content_tells_its_kind(site: Site, tmp_path: Path) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    rows = [line.split(",") for line in LIST.splitlines()]
    book = workbook_file(tmp_path / "x.xlsx", {"名单": rows, "封面": [["秋季"]]})
    query = {"plan": "quick", "name": "list.csv", "sheet": "名单"}
    given = {"params": query, "data": book.read_bytes(), "headers": {"Content-Type": RAW}}
    shown = (await told(supervisor, "POST", "/imports/preview", **given)).json
    assert (shown["sheet"], shown["sheets"], len(shown["rows"])) == ("名单", ["名单", "封面"], 2)
    answer = await told(supervisor, "POST", "/imports", **given)
    assert answer.status == 202, answer.text
    assert (await until(supervisor, answer.json["id"], ended))["counts"]["new"] == 2


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("", "a.csv", "nothing in the file"),
        ("甲,乙\n1,2\n", "a.csv", "No row of headings"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "a.xlsx", "old Excel"),
        (b"%PDF-1.7", "a.csv", "PDF"),
        (b"PK\x03\x04" + b"\0" * 100, "a.csv", "damaged"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_nothing_stays(
    site: Site, content: bytes | str, name: str, said: str
) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    for path in ("/imports", "/imports/preview"):
        answer = await send(supervisor, path, content, name)
        assert (answer.status, answer.code) == (422, "invalid"), answer.text
        assert said in answer.json["detail"]
    await nothing_left(site)
    assert (await supervisor.get("/imports")).json["items"] == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"plan": "nowhere"}, "plan"),
        ({"mapping": "{"}, "mapping"),
        ({"mapping": '{"电话": "nothing"}'}, "mapping.电话"),
        ({"due": "soon"}, "due"),
    ],
)
async def test_a_wrong_choice_is_named_and_the_file_goes(site: Site, fields: dict[str, str], field: str) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    answer = await send(supervisor, "/imports", LIST, **fields)
    assert (answer.status, answer.json["errors"][0]["field"]) == (422, field)
    await nothing_left(site)


async def test_a_file_that_breaks_off_says_where_in_the_askers_language(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    broken = await imported(supervisor, LIST + '"赵磊,13900000003\n')
    assert (broken["state"], broken["failure"], broken["counts"]["new"]) == ("failed", "quotation_mark_not_closed", 2)
    assert "引号" in (await supervisor.get(f"/imports/{broken['id']}", lang="zh")).json["message"]


async def test_bad_rows_are_told_page_by_page_and_as_a_file_without_formulas(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    done = await imported(supervisor, BAD + "赵磊,2,,\n", "../秋季 名单.csv")
    assert (done["counts"]["bad"], done["file_name"]) == (2, "秋季 名单.csv")
    path = f"/imports/{done['id']}/problems"
    first = (await supervisor.get(path, limit="1")).json
    second = (await supervisor.get(path, limit="1", cursor=first["next"])).json
    assert [(page["items"][0]["line"], page["items"][0]["column"]) for page in (first, second)] == [
        (2, "电话"),
        (4, "电话"),
    ]
    report = await told(supervisor, "GET", f"{path}.csv?lang=zh")
    assert report.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "filename*=UTF-8''" in report.headers["Content-Disposition"]
    assert report.text.startswith("\ufeff")
    head, *rows = list(csv.reader(io.StringIO(report.text.removeprefix("\ufeff"))))
    assert head == ["客户姓名", "电话", "目的", "客户编号", "行号", "原因"]
    assert [row[4] for row in rows] == ["2", "4"]
    assert rows[0][0] == '\'=HYPERLINK("http://x")', "no spreadsheet program takes it for a formula"
    assert "电话" in rows[0][5]
    assert any(each.deed.action is Action.EXPORTED for each in await site.audit())


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\fakepath\\list.csv", "/abs/list.csv", "..", "a\x1b[31mb.csv", "x" * 400 + ".csv"]
)
async def test_a_files_name_is_shown_without_its_folders_and_never_a_path(site: Site, name: str) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    answer = await told(
        supervisor,
        "POST",
        "/imports",
        params={"plan": "quick", "name": name},
        data=LIST.encode(),
        headers={"Content-Type": RAW},
    )
    shown = (await until(supervisor, answer.json["id"], ended))["file_name"]
    assert not set(shown) & set("/\\\x1b")
    assert 0 < len(shown) <= 120
    assert shown == shown_name(name)
    await nothing_left(site)


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


async def test_who_imported_what_is_in_the_audit(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    done = await imported(supervisor, LIST)

    async def imports() -> list[Deed]:
        return [each.deed for each in await site.audit() if each.deed.action is Action.IMPORTED]

    async def both() -> bool:
        return len(await imports()) == 2

    await comes_true(both)
    deeds = await imports()
    assert {(deed.login, deed.on_id, deed.detail["sha256"]) for deed in deeds} == {
        (Person.SUPERVISOR.value, done["id"], done["sha256"])
    }
    assert [(deed.detail["state"], deed.detail["new"]) for deed in deeds] == [("done", "2"), ("running", "0")]
    assert {deed.detail["file"] for deed in deeds} == {"名单.csv"}


async def test_an_import_of_the_command_line_is_listed_and_not_stopped_from_here(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    done = await imported(supervisor, LIST)
    record = await site.parts.imports.get(done["id"])
    assert record is not None
    await site.parts.imports.note(replace(record, state=ImportState.RUNNING, ended_at=None))
    answer = await supervisor.post(f"/imports/{done['id']}/stop")
    assert (answer.status, answer.code) == (409, "changed_meanwhile")


async def test_imports_are_listed_page_by_page(site: Site) -> None:
    supervisor = await site.sign_in(Person.SUPERVISOR)
    made = [(await imported(supervisor, LIST, plan=plan))["id"] for plan in ("quick", "strict", "quick")]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await supervisor.get("/imports", limit="1", cursor=cursor)).json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(made)
    strict = (await supervisor.get("/imports", plan="strict")).json["items"]
    assert [each["id"] for each in strict] == [made[1]]
