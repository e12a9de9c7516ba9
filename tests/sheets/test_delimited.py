"""CSV files as they come: encodings, separators, quotation marks, and files that mean harm."""

import codecs
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.intake.problems import FileProblem, FileProblemError, Problem
from callcenter.domain.intake.row import SourceRow
from callcenter.sheets.limits import LINE_CHARACTERS
from callcenter.sheets.opening import open_table
from sheets.files import text_file

LIST = "客户姓名,电话\n王伟,13800000001\n李芳,13800000002\n"


def rows_of(path: Path) -> list[SourceRow]:
    table = open_table(path)
    try:
        return list(table.rows())
    finally:
        table.close()


def cells_of(path: Path) -> list[tuple[object, ...]]:
    return [row.cells for row in rows_of(path)]


def refusal_of(path: Path) -> FileProblemError:
    with pytest.raises(FileProblemError) as refused:
        rows_of(path)
    return refused.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-32"])
def test_an_encoding_is_told_by_the_content(tmp_path: Path, encoding: str) -> None:
    path = text_file(tmp_path / "a.csv", LIST, encoding)
    assert cells_of(path) == [("客户姓名", "电话"), ("王伟", "13800000001"), ("李芳", "13800000002")]


@pytest.mark.parametrize(("mark", "encoding"), [(codecs.BOM_UTF16_BE, "utf-16-be"), (codecs.BOM_UTF16_LE, "utf-16-le")])
def test_both_orders_of_utf_16_are_read(tmp_path: Path, mark: bytes, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(mark + LIST.encode(encoding))
    assert cells_of(path)[1] == ("王伟", "13800000001")


def test_one_damaged_place_in_utf_8_does_not_make_it_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(LIST.encode() * 5 + b"\xe7\x8e,13800000003\n" + LIST.encode())
    cells = cells_of(path)
    assert cells[1] == ("王伟", "13800000001")
    assert "\ufffd" in str(cells[15][0])
    assert len(cells) == 19


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"name,phone\n\xff\xff\xfe\x81,1\n")
    assert refusal_of(path).problem is FileProblem.ENCODING


@pytest.mark.parametrize("separator", [",", ";", "\t", "，", "|"])
def test_a_separator_is_told_by_the_lines(tmp_path: Path, separator: str) -> None:
    lines = [("客户姓名", "电话", "单位"), ("王伟", "13800000001", '"甲, 乙; 丙"'), ("李芳", "13800000002", "丁")]
    path = text_file(tmp_path / "a.csv", "\n".join(separator.join(line) for line in lines))
    assert cells_of(path)[1:] == [("王伟", "13800000001", "甲, 乙; 丙"), ("李芳", "13800000002", "丁")]


def test_the_separator_that_a_spreadsheet_names_is_taken(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "sep=;\nname;phone\nWang, Wei;13800000001\n")
    rows = rows_of(path)
    assert rows[-1] == SourceRow(3, ("Wang, Wei", "13800000001"))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_as_they_stand_in_the_file(tmp_path: Path, end: str) -> None:
    text = end.join(["name,phone", '"Wang', 'Wei",1', "", "Li,2"])
    path = text_file(tmp_path / "a.csv", text)
    assert [(row.line, row.cells[0]) for row in rows_of(path)] == [(1, "name"), (2, f"Wang{end}Wei"), (5, "Li")]


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=2, max_size=4),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_in_quotation_marks_is_read_back(tmp_path: Path, rows: list[list[str]]) -> None:
    quoted = ["name,phone,third,fourth"] * 3
    quoted += [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    path = tmp_path / "a.csv"
    path.write_bytes("\n".join(quoted).encode("utf-8-sig"))
    assert cells_of(path)[3:] == [tuple(row) for row in rows]


def test_a_line_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", "name,phone\nWang,1\n" + "x" * (LINE_CHARACTERS * 10))
    refused = refusal_of(path)
    assert (refused.problem, refused.detail["line"]) == (FileProblem.LINE_LONG, "3")


def test_nul_characters_are_refused(tmp_path: Path) -> None:
    refused = refusal_of(text_file(tmp_path / "a.csv", "name,phone\nWang\0,1\n"))
    assert (refused.problem, refused.detail["line"]) == (FileProblem.BINARY, "2")


@pytest.mark.parametrize("rest", ["", "Li,2\n" * 3, "Li,2\n" * 500, "Li,2222222222222\n" * 20_000])
def test_a_quotation_mark_that_is_never_closed_is_named_by_its_line(tmp_path: Path, rest: str) -> None:
    path = text_file(tmp_path / "a.csv", "name,phone\nZhao,0\n" + '"Wang,1\n' + rest)
    table = open_table(path)
    read: list[SourceRow] = []
    with pytest.raises(FileProblemError) as refused:
        read.extend(table.rows())
    table.close()
    assert (refused.value.problem, refused.value.detail["line"]) == (FileProblem.QUOTE_OPEN, "3")
    assert not read or [row.line for row in read] == [1, 2]


def test_a_row_with_a_stray_quotation_mark_is_told_and_the_next_one_read(tmp_path: Path) -> None:
    path = text_file(tmp_path / "a.csv", 'name,phone\n"Wang" Wei,1\nLi,2\n')
    _, broken, good = rows_of(path)
    assert broken.broken is not None
    assert broken.broken.problem is Problem.ROW_BROKEN
    assert (broken.line, good) == (2, SourceRow(3, ("Li", "2")))


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", FileProblem.EMPTY),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, FileProblem.OLD_EXCEL),
        (b"%PDF-1.7", FileProblem.NO_TABLE),
        (b"  <html><table></table></html>", FileProblem.NO_TABLE),
        (b"<?xml version='1.0'?><a/>", FileProblem.NO_TABLE),
    ],
)
def test_what_is_no_table_is_refused_by_what_it_is(tmp_path: Path, content: bytes, problem: FileProblem) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    assert refusal_of(path).problem is problem


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(201 * 1024 * 1024)
    assert refusal_of(path).problem is FileProblem.TOO_LARGE


def test_the_position_tells_how_far_the_reading_came(tmp_path: Path) -> None:
    table = open_table(text_file(tmp_path / "a.csv", "name,phone\n" + "Wang,13800000001\n" * 20_000))
    rows = table.rows()
    positions = []
    for index, _ in enumerate(rows):
        if index % 5000 == 0:
            positions.append(table.position)
    assert positions == sorted(set(positions))
    assert 0 < positions[0] < table.position == table.size_bytes
    table.close()
