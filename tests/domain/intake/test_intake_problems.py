"""Every problem has its sentence in both languages, and the list of bad rows can be opened without harm."""

import csv
import io
import string

import pytest

from callcenter.domain.intake.cells import BadCellError, phone_numbers
from callcenter.domain.intake.problems import (
    FILE_PROBLEMS,
    PROBLEMS,
    REMARKS,
    FileProblem,
    FileProblemError,
    Problem,
    RowProblem,
    file_sentence,
    problem_sentence,
)
from callcenter.domain.intake.report import defused, report_lines
from callcenter.domain.intake.row import ImportProblem
from callcenter.domain.phone import MalformedNumberError, parse_number
from callcenter.domain.words.phone_words import UNTRANSLATED, in_chinese
from callcenter.domain.words.sentences import Language


def names_in(text: str) -> set[str]:
    return {name.removesuffix("_zh") for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("problem", [*Problem, *FileProblem])
def test_every_problem_is_told_in_both_languages_with_the_same_details(problem: Problem | FileProblem) -> None:
    english, chinese = PROBLEMS[problem] if isinstance(problem, Problem) else FILE_PROBLEMS[problem]
    assert names_in(english) == names_in(chinese)
    assert english.isascii() or "“" in english or "低" in english
    assert any(character > "\u4e00" for character in chinese) or problem in {
        Problem.NUMBER_BARRED,
        Problem.TRIGGER_REFUSED,
    }


def test_a_sentence_names_its_details() -> None:
    problem = RowProblem(Problem.DATE_WRONG, "截止日期", {"value": "soon"})
    assert problem_sentence(problem) == "“soon” is no date; write it like 2026-11-30."
    assert "soon" in problem_sentence(problem, Language.ZH)
    error = FileProblemError(FileProblem.LINE_LONG, line=7, most=100)
    assert str(error) == "Line 7 is longer than 100 characters; nothing from there on is read."
    assert "第7行" in file_sentence(error.problem, error.detail, Language.ZH)


def test_remarks_do_not_keep_a_row_out() -> None:
    assert RowProblem(Problem.DIFFERS).remark
    assert not RowProblem(Problem.EMPTY).remark
    assert Problem.NUMBER_WRONG not in REMARKS


BAD_NUMBERS = [
    "",
    "1",
    "138000000",
    "138000000012345678901",
    "0",
    "abc",
    "+999123456",
    "010-12345678转8",
    "12345678901",
]


@pytest.mark.parametrize("text", [*BAD_NUMBERS, "+", "+86", "13800000001 ext 5", "0000", "+860138000000"])
def test_why_a_number_is_wrong_is_told_in_chinese(text: str) -> None:
    with pytest.raises(MalformedNumberError) as refused:
        parse_number(text, "CN")
    assert in_chinese(str(refused.value)) != UNTRANSLATED


def test_a_bad_number_carries_both_reasons() -> None:
    with pytest.raises(BadCellError) as refused:
        phone_numbers("138", "CN")
    assert refused.value.detail["reason"].isascii()
    assert not refused.value.detail["reason_zh"].isascii()


def problems() -> list[ImportProblem]:
    return [
        ImportProblem(3, RowProblem(Problem.EMPTY, "姓名"), ("", "=1+1", "@SUM(A1)")),
        ImportProblem(
            3, RowProblem(Problem.NUMBER_WRONG, "电话", {"value": "=1+1", "reason": "r"}), ("", "=1+1", "@SUM(A1)")
        ),
        ImportProblem(5, RowProblem(Problem.DIFFERS, "", {"fields": "name"}), ("a", "b")),
        ImportProblem(6, RowProblem(Problem.ROW_BROKEN), ("x, y",)),
    ]


def test_the_list_of_bad_rows_has_the_original_cells_the_line_and_every_reason() -> None:
    text = "".join(report_lines(("姓名", "电话", "备注"), problems(), Language.ZH))
    assert text.startswith("\ufeff姓名")
    header, third, sixth = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    assert header == ["姓名", "电话", "备注", "行号", "原因"]
    assert third[:4] == ["", "'=1+1", "'@SUM(A1)", "3"]
    assert "姓名：该项为空" in third[4]
    assert "电话：" in third[4]
    assert sixth[:4] == ["x, y", "", "", "6"]


def test_remarks_are_listed_when_they_are_asked_for() -> None:
    text = "".join(report_lines(("姓名", "电话"), problems(), remarks=True))
    assert "other data (name)" in text


@pytest.mark.parametrize("cell", ["=1", "+8613800000001", "-1", "@x", "\t=1", "＝1", "\r=1"])
def test_no_cell_is_taken_for_a_formula(cell: str) -> None:
    assert defused(cell) == f"'{cell}"
    assert defused("王伟") == "王伟"


def test_a_defused_number_is_read_again_by_the_next_import() -> None:
    assert phone_numbers(defused("+8613800000001"), "CN") == phone_numbers("13800000001", "CN")
