"""XLSX files as they come: kinds of cells, sheets, joined cells, and workbooks that mean harm."""

import resource
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.domain.intake.row import Cell, SourceRow, Unusable
from callcenter.sheets.opening import open_table
from sheets.files import HEADINGS, raw_workbook, text_file, workbook_file


def read(path: Path, sheet: str = "") -> list[tuple[int, tuple[Cell, ...]]]:
    table = open_table(path, sheet)
    try:
        return [(row.line, row.cells) for row in table.rows()]
    finally:
        table.close()


def refusal_of(path: Path, sheet: str = "") -> FileProblemError:
    with pytest.raises(FileProblemError) as refused:
        read(path, sheet)
    return refused.value


def test_values_keep_their_kind(tmp_path: Path) -> None:
    row: list[Any] = ["王伟", 13800000001, 13800000002.0, True, datetime(2026, 11, 30, tzinfo=UTC).replace(tzinfo=None)]
    path = workbook_file(tmp_path / "a.xlsx", {"名单": [row, [None, " ", date(2026, 12, 1), time(9, 30)]]})
    (first, cells), (second, others) = read(path)
    assert (first, second) == (1, 2)
    assert cells[:4] == ("王伟", 13800000001, 13800000002, True)
    assert cells[4] == datetime(2026, 11, 30)  # noqa: DTZ001 (a day in a spreadsheet has no zone)
    assert others[1:] == (" ", datetime(2026, 12, 1), time(9, 30))  # noqa: DTZ001 (as above)


def test_a_number_is_read_as_it_is_stored(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1.3800000001E10</v></c><c r="B1"><v>13800000001.0</v></c><c r="C1"><v>5</v></c></row>'
    )
    assert read(raw_workbook(tmp_path / "a.xlsx", rows)) == [(1, (13800000001.0, 13800000001.0, 5))]


def test_a_formula_counts_by_its_result_and_without_one_is_unusable(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="str"><f>B1&amp;"x"</f><v>王伟</v></c><c r="B1"><f>1+1</f><v>2</v></c>'
        '<c r="C1"><f>1+1</f></c><c r="D1" t="e"><v>#REF!</v></c></row>'
    )
    assert read(raw_workbook(tmp_path / "a.xlsx", rows)) == [(1, ("王伟", 2, Unusable(), Unusable("#REF!")))]


def test_texts_in_runs_and_inline_are_whole_and_without_phonetic_guides(tmp_path: Path) -> None:
    strings = "<si><r><t>王</t></r><r><t>伟</t></r><rPh sb='0' eb='1'><t>wang</t></rPh></si><si><t>a_x000D_b</t></si>"
    rows = '<row r="3"><c r="B3" t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="inlineStr"><is><t>行</t></is></c></row>'
    assert read(raw_workbook(tmp_path / "a.xlsx", rows, strings=strings)) == [(3, (None, "王伟", "a\rb", "行"))]


def test_rows_and_cells_without_a_place_follow_one_another(tmp_path: Path) -> None:
    rows = "<row><c><v>1</v></c></row><row/><row r='9'><c><v>2</v></c></row><row><c><v>3</v></c></row>"
    assert read(raw_workbook(tmp_path / "a.xlsx", rows)) == [(1, (1,)), (9, (2,)), (10, (3,))]


def test_a_joined_cell_holds_for_every_row_that_it_runs_over(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["单位", "姓名"], ["晨光", "王伟"], [None, "李芳"], ["安居", "张敏"], [None, None]]
    path = workbook_file(tmp_path / "a.xlsx", {"名单": rows}, merged=["A2:A3", "A4:A5"])
    assert [cells for _, cells in read(path)][1:] == [("晨光", "王伟"), ("晨光", "李芳"), ("安居", "张敏")]


def test_one_sheet_with_content_needs_no_name(tmp_path: Path) -> None:
    path = workbook_file(tmp_path / "a.xlsx", {"Sheet2": [], "名单": [HEADINGS], "Sheet3": []})
    assert read(path) == [(1, HEADINGS)]


def test_of_several_sheets_one_must_be_named(tmp_path: Path) -> None:
    path = workbook_file(tmp_path / "a.xlsx", {"甲": [["1"]], "乙": [["2"]]})
    refused = refusal_of(path)
    assert (refused.problem, refused.detail["sheets"]) == (FileProblem.SHEETS_MANY, "甲、乙")
    assert read(path, "乙") == [(1, ("2",))]
    assert refusal_of(path, "丙").problem is FileProblem.SHEET_UNKNOWN


def test_a_text_file_has_no_sheets(tmp_path: Path) -> None:
    assert refusal_of(text_file(tmp_path / "a.csv", "a,b\n"), "甲").problem is FileProblem.SHEET_UNKNOWN


def test_a_workbook_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    path = workbook_file(tmp_path / "a.xlsx", {"名单": [HEADINGS]})
    assert read(path.rename(tmp_path / "list.csv")) == [(1, HEADINGS)]


def test_an_empty_workbook_is_told(tmp_path: Path) -> None:
    assert refusal_of(workbook_file(tmp_path / "a.xlsx", {"名单": []})).problem is FileProblem.EMPTY


def test_an_archive_that_is_no_workbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert refusal_of(path).problem is FileProblem.NO_TABLE


def test_a_torn_workbook_is_told(tmp_path: Path) -> None:
    whole = workbook_file(tmp_path / "a.xlsx", {"名单": [HEADINGS] * 100}).read_bytes()
    path = tmp_path / "b.xlsx"
    path.write_bytes(whole[: len(whole) // 2])
    assert refusal_of(path).problem is FileProblem.DAMAGED


def test_rows_before_a_damaged_place_are_read(tmp_path: Path) -> None:
    rows = "<row r='1'><c><v>1</v></c></row>" * 3000 + "<row r='2'><c><v>"
    table = open_table(raw_workbook(tmp_path / "a.xlsx", rows + "</row>"), "名单")
    found: list[SourceRow] = []
    with pytest.raises(FileProblemError, match="damaged"):
        found.extend(table.rows())
    table.close()
    assert found


BOMB = 400 * 1024 * 1024


def spaces(path: Path, part: str) -> Path:
    """A part that unpacks to 400 MB of blanks."""
    raw_workbook(path)
    with ZipFile(path, "a", ZIP_DEFLATED) as archive, archive.open(part, "w", force_zip64=True) as out:
        for _ in range(BOMB // (1 << 20)):
            out.write(b" " * (1 << 20))
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("part", ["xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/theme/theme1.xml"])
def test_a_part_that_unpacks_beyond_reason_is_refused_unread(tmp_path: Path, part: str) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused = refusal_of(spaces(tmp_path / "a.xlsx", part))
    assert refused.problem is FileProblem.BOMB
    grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kb < 50 * 1024 or sys.platform == "darwin"


@pytest.mark.parametrize(
    "rows",
    [
        f"<row><c t='inlineStr'><is><t>{'x' * 200_000}</t></is></c></row>",
        f"<row><c><v>{'1' * 200_000}</v></c></row>",
        f"<row><c r='{'A' * 2_000_000}1'><v>1</v></c></row>",
    ],
    ids=["text", "number", "tag"],
)
def test_a_cell_without_end_is_refused(tmp_path: Path, rows: str) -> None:
    assert refusal_of(raw_workbook(tmp_path / "a.xlsx", rows), "名单").problem is FileProblem.BOMB


def test_a_shared_text_without_end_is_refused(tmp_path: Path) -> None:
    path = raw_workbook(tmp_path / "a.xlsx", strings=f"<si><t>{'x' * 200_000}</t></si>")
    assert refusal_of(path).problem is FileProblem.BOMB


def test_entities_of_its_own_are_refused(tmp_path: Path) -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]><worksheet>&c;</worksheet>'
    path = raw_workbook(tmp_path / "a.xlsx")
    with ZipFile(path) as old, ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, laughs if "sheet1" in name else old.read(name))
    assert refusal_of(tmp_path / "b.xlsx", "名单").problem is FileProblem.BOMB


@pytest.mark.parametrize("row", ["99999999999", "1048577", "0"])
def test_a_row_beyond_the_last_one_is_refused_at_once(tmp_path: Path, row: str) -> None:
    path = raw_workbook(tmp_path / "a.xlsx", f"<row r='{row}'><c><v>1</v></c></row>")
    assert refusal_of(path, "名单").problem is FileProblem.ROWS_MANY


def test_a_value_in_a_column_far_out_is_refused_and_an_empty_cell_there_is_nothing(tmp_path: Path) -> None:
    far = "<row r='1'><c r='A1'><v>1</v></c><c r='XFD1'>{}</c></row>"
    assert read(raw_workbook(tmp_path / "a.xlsx", far.format("")), "名单") == [(1, (1,))]
    path = raw_workbook(tmp_path / "b.xlsx", far.format("<v>2</v>"))
    assert refusal_of(path, "名单").problem is FileProblem.COLUMNS_MANY
