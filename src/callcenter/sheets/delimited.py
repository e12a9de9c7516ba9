"""CSV as a stream of rows: quotation marks, line ends and encodings as they come."""

import csv
import io
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from callcenter.domain.intake.problems import FileProblem, FileProblemError, Problem, RowProblem
from callcenter.domain.intake.row import SourceRow
from callcenter.sheets.detect import encoding_of, separator_of
from callcenter.sheets.limits import CELL_CHARACTERS, COLUMNS, LINE_CHARACTERS, QUOTED_LINES, ROWS

_SAMPLE = 30
"""Lines that the separator is told by."""


class DelimitedTable:
    """A Table. Raises FileProblemError, OSError."""

    delimited = True
    sheet = ""

    def __init__(self, path: Path) -> None:
        self.encoding, errors = encoding_of(path)
        self.size_bytes = path.stat().st_size
        self._raw = path.open("rb")
        try:
            self._text = io.TextIOWrapper(self._raw, encoding=self.encoding, errors=errors, newline="")
            lines = _Lines(self._text)
            self._sample = list(islice(lines, _SAMPLE))
        except BaseException:
            self._raw.close()
            raise
        self._lines = lines
        self.separator = separator_of(self._sample)

    @property
    def position(self) -> int:
        return min(self._raw.tell(), self.size_bytes) if not self._raw.closed else self.size_bytes

    def rows(self) -> Iterator[SourceRow]:
        """To be walked once."""
        feed = _Feed(self._sample, self._lines)
        if self._sample and self._sample[0].strip().lower() == f"sep={self.separator}":
            next(feed)
        reader = csv.reader(feed, delimiter=self.separator, strict=True)
        count = 0
        while True:
            feed.row_line = feed.line + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._broken(feed, str(error))
                continue
            count += 1
            if count > ROWS:
                raise FileProblemError(FileProblem.ROWS_MANY, most=ROWS)
            if len(cells) > COLUMNS and any(cells[COLUMNS:]):
                raise FileProblemError(FileProblem.COLUMNS_MANY, line=feed.row_line, most=COLUMNS)
            if cells:
                yield SourceRow(feed.row_line, tuple(cells))

    def _broken(self, feed: "_Feed", reason: str) -> SourceRow:
        if "field larger" in reason and feed.line == feed.row_line:
            raise FileProblemError(FileProblem.LINE_LONG, line=feed.row_line, most=CELL_CHARACTERS)
        if "unexpected end" in reason or "field larger" in reason:
            raise FileProblemError(FileProblem.QUOTE_OPEN, line=feed.row_line)
        place = {"line": str(feed.row_line), "last": str(feed.line)}
        return SourceRow(feed.row_line, (feed.text[:CELL_CHARACTERS],), RowProblem(Problem.ROW_BROKEN, detail=place))

    def close(self) -> None:
        self._text.close()


class _Lines:
    """The file's lines, none of them longer than is reasonable."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._line = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LINE_CHARACTERS + 1)
        if not line:
            raise StopIteration
        self._line += 1
        if len(line) > LINE_CHARACTERS:
            raise FileProblemError(FileProblem.LINE_LONG, line=self._line, most=LINE_CHARACTERS)
        if "\0" in line:
            raise FileProblemError(FileProblem.BINARY, line=self._line)
        return line


class _Feed:
    """What the CSV reader is fed with; knows where the row began that it is at."""

    def __init__(self, sample: list[str], rest: _Lines) -> None:
        self._sample = iter(sample)
        self._rest = rest
        self.line = 0
        self.row_line = 1
        self.text = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._sample)
        except StopIteration:
            line = next(self._rest)
        self.line += 1
        if self.line - self.row_line >= QUOTED_LINES:
            raise FileProblemError(FileProblem.QUOTE_OPEN, line=self.row_line)
        self.text = line if self.line == self.row_line else self.text + line
        return line
