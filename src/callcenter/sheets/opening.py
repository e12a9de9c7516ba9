"""Open a file as a table, whatever its kind."""

from pathlib import Path

from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.sheets.delimited import DelimitedTable
from callcenter.sheets.detect import Kind, kind_of
from callcenter.sheets.package import open_workbook
from callcenter.sheets.table import Table
from callcenter.sheets.workbook import WorkbookTable


def open_table(path: Path, sheet: str = "") -> Table:
    """To be read, and closed, in one thread. sheet: by name, for a workbook with several.

    Raises FileProblemError, with a sentence for the person whose file it is, and OSError.
    """
    if kind_of(path) is Kind.XLSX:
        return WorkbookTable(path, sheet)
    if sheet:
        raise FileProblemError(FileProblem.SHEET_UNKNOWN, sheet=sheet, sheets="CSV")
    return DelimitedTable(path)


def list_sheets(path: Path) -> tuple[str, ...]:
    """Names of a workbook's visible sheets; none for a text file. Raises FileProblemError, OSError."""
    if kind_of(path) is not Kind.XLSX:
        return ()
    book = open_workbook(path)
    try:
        return tuple(sheet.name for sheet in book.sheets if sheet.visible)
    finally:
        book.close()
