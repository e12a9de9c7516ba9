"""The part of an import that runs in a thread: reads the file and understands its rows, some at a time."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from callcenter.domain.intake.cells import raw_text
from callcenter.domain.intake.headings import SEARCHED, find_layout, is_heading
from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.domain.intake.row import (
    Field,
    IntakeTerms,
    Layout,
    Rejected,
    SourceRow,
    Understood,
)
from callcenter.domain.intake.rows import is_blank, understand
from callcenter.engine.import_ports import OpenTable, Table

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What a row says, and its cells as they stand in the file."""

    said: Understood | Rejected
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """position: bytes read so far. failure: why nothing follows, but for the end of the file. last: nothing follows."""

    rows: tuple[ReadRow, ...]
    position: int
    last: bool
    failure: FileProblemError | None = None


class Reading:
    """An open file, its headings found. To be used by one thread at a time."""

    def __init__(
        self, table: Table, terms: IntakeTerms, mapping: Mapping[str, Field] | None, *, digest: str, size_bytes: int
    ) -> None:
        self._table = table
        self._terms = terms
        self.sha256 = digest
        self.size_bytes = size_bytes
        rows = table.rows()
        first: list[SourceRow] = []
        # A file that breaks off among its first rows is still told by what is wrong with it.
        self._failure: FileProblemError | None = None
        try:
            first.extend(islice(_written(rows), SEARCHED))
        except FileProblemError as error:
            if not first:
                raise
            self._failure = error
        if not first:
            raise FileProblemError(FileProblem.EMPTY)
        self.layout: Layout = find_layout(first, mapping, delimited=table.delimited)
        self._rows: Iterator[SourceRow] = chain((row for row in first if row.line > self.layout.line), rows)

    @property
    def sheet(self) -> str:
        return self._table.sheet

    @property
    def total(self) -> int:
        """Bytes to be read; of a workbook, unpacked."""
        return self._table.size_bytes

    def batch(self, size: int) -> Batch:
        """At most so many rows that say something."""
        rows: list[ReadRow] = []
        failure: FileProblemError | None = None
        last = False
        try:
            while len(rows) < size:
                row = next(self._rows, None)
                if row is None:
                    failure, last = self._failure, True
                    break
                if not is_blank(row, self.layout) and not is_heading(row, self.layout):
                    rows.append(self._read(row))
        except FileProblemError as error:
            failure, last = error, True
        except OSError as error:
            failure, last = FileProblemError(FileProblem.DAMAGED, reason=error.strerror or type(error).__name__), True
        return Batch(tuple(rows), min(self._table.position, self.total), last, failure)

    def _read(self, row: SourceRow) -> ReadRow:
        return ReadRow(understand(row, self.layout, self._terms), tuple(raw_text(cell) for cell in row.cells))

    def close(self) -> None:
        self._table.close()


def open_reading(
    open_table: OpenTable, file: Path, sheet: str, terms: IntakeTerms, mapping: Mapping[str, Field] | None
) -> Reading:
    """Raises FileProblemError, OSError."""
    digest = hashlib.sha256()
    with file.open("rb") as raw:
        while block := raw.read(_BLOCK):
            digest.update(block)
    table = open_table(file, sheet)
    try:
        return Reading(table, terms, mapping, digest=digest.hexdigest(), size_bytes=file.stat().st_size)
    except BaseException:
        table.close()
        raise


def _written(rows: Iterator[SourceRow]) -> Iterator[SourceRow]:
    return (row for row in rows if any(raw_text(cell).strip() for cell in row.cells))
