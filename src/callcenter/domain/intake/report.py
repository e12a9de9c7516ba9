"""Which rows were not taken in, and why? A CSV file for a spreadsheet program, to be corrected and imported again."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from callcenter.domain.intake.problems import problem_sentence
from callcenter.domain.intake.row import ImportProblem
from callcenter.domain.words.sentences import Language

BOM = "\ufeff"
"""Spreadsheet programs take a CSV file for UTF-8 only with this mark."""

_DANGEROUS = tuple("=+-@＝＋－＠\t\r")
_LINE = ("Line", "行号")
_REASON = ("Reason", "原因")


def report_lines(
    headings: Sequence[str],
    problems: Iterable[ImportProblem],
    language: Language = Language.EN,
    *,
    remarks: bool = False,
) -> Iterator[str]:
    """The file's lines, its mark first. problems: in the order of their rows. remarks: also rows that were taken in."""
    yield report_head(headings, language)
    for _, group in groupby(problems, key=row_of):
        if line := report_row(headings, list(group), language, remarks=remarks):
            yield line


def row_of(each: ImportProblem) -> tuple[int, tuple[str, ...]]:
    """What the problems of one row have in common."""
    return each.line, each.cells


def report_head(headings: Sequence[str], language: Language = Language.EN) -> str:
    which = 0 if language is Language.EN else 1
    return BOM + _line([*headings, _LINE[which], _REASON[which]])


def report_row(
    headings: Sequence[str],
    problems: Sequence[ImportProblem],
    language: Language = Language.EN,
    *,
    remarks: bool = False,
) -> str:
    """One row with its reasons; empty where it was taken in. problems: all of this row, one at least."""
    reasons = [_reason(each, language) for each in problems if remarks or not each.problem.remark]
    if not reasons:
        return ""
    line, cells = row_of(problems[0])
    width = max(len(headings), len(cells))
    return _line([*cells, *[""] * (width - len(cells)), str(line), " ".join(reasons)])


def defused(cell: str) -> str:
    """So that no spreadsheet program takes it for a formula; an import takes the apostrophe away again."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def _reason(each: ImportProblem, language: Language) -> str:
    said = problem_sentence(each.problem, language)
    if not each.problem.column:
        return said
    return f"{each.problem.column}: {said}" if language is Language.EN else f"{each.problem.column}：{said}"


def _line(cells: Sequence[str]) -> str:
    made = io.StringIO()
    csv.writer(made).writerow([defused(cell) for cell in cells])
    return made.getvalue()
