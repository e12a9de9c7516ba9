"""Joined cells: what stands in the first of them holds for all rows that they run over."""

import re
from array import array
from bisect import bisect_left

from callcenter.domain.intake.row import Cell, SourceRow
from callcenter.sheets.limits import COLUMNS
from callcenter.sheets.package import Sheet, Workbook

_RANGE = re.compile(rb'<(?:\w+:)?mergeCell\s+ref="\$?([A-Z]{1,3})\$?([0-9]{1,7}):\$?([A-Z]{1,3})\$?([0-9]{1,7})"')
_CHUNK = 1 << 18
_OVERLAP = 80
_MOST = 200_000


class Merges:
    """Those of one column that run over several rows, in the order of their rows; for one walk down the sheet."""

    def __init__(self) -> None:
        self._ranges: dict[int, tuple[array[int], array[int]]] = {}
        self._values: dict[int, tuple[int, Cell]] = {}

    def add(self, column: int, first: int, last: int) -> None:
        firsts, lasts = self._ranges.setdefault(column, (array("L"), array("L")))
        at = bisect_left(firsts, first)
        firsts.insert(at, first)
        lasts.insert(at, last)

    def fill(self, row: SourceRow) -> SourceRow:
        """The row with the values of joined cells that began above it."""
        if not self._ranges:
            return row
        cells = list(row.cells)
        for column, (firsts, lasts) in self._ranges.items():
            at = bisect_left(firsts, row.line + 1) - 1
            if at < 0 or lasts[at] < row.line:
                continue
            here = cells[column] if column < len(cells) else None
            if row.line == firsts[at]:
                self._values[column] = (firsts[at], here)
                continue
            begun, value = self._values.get(column, (0, None))
            if here is None and begun == firsts[at] and value is not None and any(c is not None for c in row.cells):
                cells += [None] * (column + 1 - len(cells))
                cells[column] = value
        return SourceRow(row.line, tuple(cells), row.broken)


def read_merges(book: Workbook, sheet: Sheet) -> Merges:
    """They stand behind the rows, which is too late: so the sheet is looked through for them first."""
    merges, count, rest = Merges(), 0, b""
    with book.archive.open(sheet.part) as source:
        while chunk := source.read(_CHUNK):
            text = rest + chunk
            end = 0
            for match in _RANGE.finditer(text):
                end = match.end()
                column, first, last = _number(match[1]), int(match[2]), int(match[4])
                if first < last and column < COLUMNS and count < _MOST:
                    merges.add(column, first, last)
                    count += 1
            rest = text[max(end, len(text) - _OVERLAP) :]
    return merges


def _number(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - ord("A") + 1
    return column - 1
