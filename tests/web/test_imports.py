"""Files that people send: looked at, imported, told of in the language of who asks."""

import csv
import io
from pathlib import Path

import pytest

from callcenter.domain.audit import Action, Deed
from callcenter.engine.uploads import shown_name
from sheets.files import workbook_file
from web.importing import BAD, LIST, RAW, comes_true, ended, imported, nothing_left, send, told, until
from web.visiting import Person, Site


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
