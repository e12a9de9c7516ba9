"""XLSX as a stream of rows: one sheet, read piece by piece."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.parsers import expat
from zipfile import BadZipFile
from zlib import error as ZlibError  # noqa: N812 (it is an error's class)

from openpyxl.utils.datetime import from_excel, from_ISO8601

from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.domain.intake.row import Cell, SourceRow, Unusable
from callcenter.sheets.limits import CELL_CHARACTERS, COLUMNS, ROWS
from callcenter.sheets.merges import read_merges
from callcenter.sheets.package import Sheet, Workbook, open_workbook
from callcenter.sheets.strings import Text
from callcenter.sheets.xml import feed, local_name, parser

_MISREAD = (expat.ExpatError, BadZipFile, ZlibError, EOFError, ValueError, IndexError, KeyError, NotImplementedError)


class WorkbookTable:
    """A Table: the sheet of this name, or the only visible one that has content. Raises FileProblemError, OSError."""

    delimited = False

    def __init__(self, path: Path, sheet: str = "") -> None:
        self._read = 0
        self._book = open_workbook(path)
        try:
            self._sheet = self._chosen(sheet)
            self._merges = read_merges(self._book, self._sheet)
        except BaseException:
            self.close()
            raise
        self.size_bytes = self._book.archive.getinfo(self._sheet.part).file_size

    @property
    def sheet(self) -> str:
        return self._sheet.name

    @property
    def position(self) -> int:
        return self._read

    def rows(self) -> Iterator[SourceRow]:
        for row in self._rows_of(self._sheet):
            filled = self._merges.fill(row)
            if any(cell is not None for cell in filled.cells):
                yield filled

    def close(self) -> None:
        self._book.close()

    def _chosen(self, name: str) -> Sheet:
        sheets = self._book.sheets
        names = "、".join(sheet.name for sheet in sheets)
        if name:
            found = next((sheet for sheet in sheets if sheet.name == name), None)
            if found is None:
                raise FileProblemError(FileProblem.SHEET_UNKNOWN, sheet=name, sheets=names)
            return found
        filled = [sheet for sheet in sheets if sheet.visible and self._has_content(sheet)]
        if not filled:
            raise FileProblemError(FileProblem.EMPTY)
        if len(filled) > 1:
            raise FileProblemError(FileProblem.SHEETS_MANY, sheets="、".join(sheet.name for sheet in filled))
        return filled[0]

    def _has_content(self, sheet: Sheet) -> bool:
        return any(any(cell is not None for cell in row.cells) for row in self._rows_of(sheet))

    def _rows_of(self, sheet: Sheet) -> Iterator[SourceRow]:
        self._read = 0
        reader = _SheetReader(self._book)
        try:
            with self._book.archive.open(sheet.part) as source:
                for size in feed(reader.expat, source):  # type: ignore[arg-type]  # it is read as any file
                    self._read += size
                    yield from reader.take()
        except _MISREAD as error:
            raise FileProblemError(FileProblem.DAMAGED, reason=f"{sheet.name}, row {reader.row + 1}") from error


class _SheetReader:
    """Rows out of the events of a sheet's XML."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._rows: list[SourceRow] = []
        self._cells: list[Cell] = []
        self._column = -1
        self._kind, self._style = "n", 0
        self._formula, self._in_value = False, False
        self._value: list[str] = []
        self._text = Text()
        self.row = 0
        self.expat: expat.XMLParserType = parser(self._start, self._end, self._data)

    def take(self) -> list[SourceRow]:
        rows, self._rows = self._rows, []
        return rows

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = local_name(name)
        if tag == "c":
            self._begin_cell(attributes)
        elif tag == "v":
            self._in_value = True
        elif tag == "row":
            self._begin_row(attributes)
        elif tag == "f":
            self._formula = True
        else:
            self._text.start(tag)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self.row = int(float(attributes["r"])) if "r" in attributes else self.row + 1
        if not 0 < self.row <= ROWS:
            raise FileProblemError(FileProblem.ROWS_MANY, most=ROWS)
        self._cells, self._column = [], -1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        self._column = _column_of(attributes["r"]) if "r" in attributes else self._column + 1
        self._kind = attributes.get("t", "n")
        self._style = int(attributes.get("s", "0"))
        self._formula = False
        self._value = []
        self._text.clear()

    def _data(self, data: str) -> None:
        if not self._in_value:
            self._text.add(data)
            return
        self._value.append(data)
        if len(self._value) > 1 and sum(map(len, self._value)) > CELL_CHARACTERS:
            raise FileProblemError(FileProblem.BOMB, reason=f"a cell of more than {CELL_CHARACTERS} characters")

    def _end(self, name: str) -> None:
        tag = local_name(name)
        if tag == "c":
            self._end_cell()
        elif tag == "v":
            self._in_value = False
        elif tag == "row":
            self._rows.append(SourceRow(self.row, tuple(self._cells)))
            self._cells = []
        else:
            self._text.end(tag)

    def _end_cell(self) -> None:
        value = self._cell()
        if value is None:
            return
        if not 0 <= self._column < COLUMNS:
            raise FileProblemError(FileProblem.COLUMNS_MANY, line=self.row, most=COLUMNS)
        if self._column >= len(self._cells):
            self._cells += [None] * (self._column + 1 - len(self._cells))
        self._cells[self._column] = value

    def _cell(self) -> Cell:
        text = "".join(self._value)
        if self._kind == "inlineStr":
            return self._text.value() or None
        if not text:
            return Unusable() if self._formula and self._kind != "str" else None
        match self._kind:
            case "s":
                return self._book.strings[int(text)] or None
            case "b":
                return bool(int(text))
            case "e":
                return Unusable(text)
            case "d":
                return _plain(from_ISO8601(text))  # type: ignore[no-untyped-call]  # the library's
            case "n":
                return self._number(text)
            case _:
                return text

    def _number(self, text: str) -> Cell:
        number = float(text) if set(text) & set(".eE") else int(text)
        if self._style not in self._book.dates:
            return number
        try:
            return _plain(from_excel(number, self._book.epoch, timedelta=self._style in self._book.durations))
        except (OverflowError, ValueError):
            # A number that no calendar has, shown as ##### by spreadsheet programs.
            return Unusable("#####")


def _plain(value: object) -> Cell:
    return str(value) if isinstance(value, timedelta) else value  # type: ignore[return-value]  # the library's dates


def _column_of(reference: str) -> int:
    """0 for `A7`."""
    column = 0
    for character in reference:
        if not "A" <= character <= "Z":
            break
        column = column * 26 + ord(character) - ord("A") + 1
    return column - 1
