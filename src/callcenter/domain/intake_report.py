"""Which rows were not taken in, and why? A CSV file for a spreadsheet program, to be corrected and imported again."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from callcenter.domain.intake import ImportProblem
from callcenter.domain.intake_problems import problem_sentence
from callcenter.domain.sentences import Language

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
    which = 0 if language is Language.EN else 1
    yield BOM + _line([*headings, _LINE[which], _REASON[which]])
    for (line, cells), group in groupby(problems, key=lambda each: (each.line, each.cells)):
        reasons = [_reason(each, language) for each in group if remarks or not each.problem.remark]
        if reasons:
            width = max(len(headings), len(cells))
            filled = [*cells, *[""] * (width - len(cells))]
            yield _line([*filled, str(line), " ".join(reasons)])


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
