"""An XLSX file is a ZIP archive of XML parts: which sheets are in it, and is it safe to unpack?"""

import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812 (it is an error's class)

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.xml.constants import ARC_CONTENT_TYPES, SHARED_STRINGS

from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.sheets.limits import RATIO, RATIO_FROM_BYTES, SHEET_BYTES, SMALL_PART_BYTES, STRINGS_BYTES
from callcenter.sheets.strings import SharedStrings, read_strings

_READ_WHOLE = ("[Content_Types].xml", "xl/workbook.xml", "xl/styles.xml")
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Sheet:
    """part: its name in the archive."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """An open XLSX file. dates: style numbers that show a number as a date; durations: as a time span."""

    file: BinaryIO
    archive: ZipFile
    sheets: tuple[Sheet, ...]
    strings: SharedStrings
    dates: frozenset[int]
    durations: frozenset[int]
    epoch: datetime

    def close(self) -> None:
        self.archive.close()
        self.file.close()


def open_workbook(path: Path) -> Workbook:
    """Raises FileProblemError, OSError."""
    file = path.open("rb")
    try:
        # As an open file: by its name the library would refuse what is called otherwise.
        return _read(ExcelReader(file, read_only=True), file)
    except (BadZipFile, ZlibError, EOFError, ExpatError) as error:
        file.close()
        raise FileProblemError(FileProblem.DAMAGED, reason=str(error)) from error
    except BaseException:
        file.close()
        raise


def _read(reader: ExcelReader, file: BinaryIO) -> Workbook:
    archive = reader.archive
    if ARC_CONTENT_TYPES not in archive.namelist() or not any(name.startswith("xl/") for name in archive.namelist()):
        raise FileProblemError(FileProblem.NO_TABLE, found="ZIP")
    check_parts(archive)
    with warnings.catch_warnings():
        # They tell what would be lost on saving, and nothing is saved.
        warnings.simplefilter("ignore")
        try:
            reader.keep_links = False
            reader.read_manifest()
            reader.read_workbook()
            apply_stylesheet(archive, reader.wb)
            sheets = tuple(_sheets(reader))
        except (KeyError, TypeError, ValueError, AttributeError, SyntaxError, OSError) as error:
            # The library tells a workbook that it does not understand by any of these.
            raise FileProblemError(FileProblem.DAMAGED, reason=f"{type(error).__name__} in the workbook") from error
    manifest: Any = reader.package
    part = manifest.find(SHARED_STRINGS)
    name = part.PartName.lstrip("/") if part is not None else ""
    strings = SharedStrings()
    if name in archive.namelist():
        with archive.open(name) as source:
            strings = read_strings(source)  # type: ignore[arg-type]  # a member of an archive is read as any file
    book: Any = reader.wb
    # The library has no public name for these.
    dates, durations = frozenset(book._date_formats), frozenset(book._timedelta_formats)  # noqa: SLF001
    return Workbook(file, archive, sheets, strings, dates, durations, book.epoch)


def check_parts(archive: ZipFile) -> None:
    """Raises FileProblemError BOMB or OLD_EXCEL, by what the archive's list says; what unpacks to more than the list
    says is cut off there by the library, and then damaged.
    """
    for part in archive.infolist():
        if part.flag_bits & _ENCRYPTED:
            raise FileProblemError(FileProblem.OLD_EXCEL)
        most = _most(part)
        if part.file_size > most:
            size = f"{part.filename}: {part.file_size // 1_000_000} MB"
            raise FileProblemError(FileProblem.BOMB, reason=size)
        if part.file_size > RATIO_FROM_BYTES and part.file_size > part.compress_size * RATIO:
            ratio = f"{part.filename}: 1:{part.file_size // max(1, part.compress_size)}"
            raise FileProblemError(FileProblem.BOMB, reason=ratio)
    for name in _READ_WHOLE:
        if name in archive.namelist() and b"<!DOCTYPE" in archive.read(name):
            raise FileProblemError(FileProblem.BOMB, reason=f"{name}: a document type of its own")


def _most(part: ZipInfo) -> int:
    name = part.filename.lower()
    if "/worksheets/" in name and name.endswith(".xml"):
        return SHEET_BYTES
    if "sharedstrings" in name:
        return STRINGS_BYTES
    if name.endswith((".xml", ".rels")) and name.count("/") <= 1 + name.endswith(".rels"):
        return SMALL_PART_BYTES
    # Pictures, charts and comments are never unpacked.
    return SHEET_BYTES


def _sheets(reader: ExcelReader) -> list[Sheet]:
    names = set(reader.archive.namelist())
    return [
        Sheet(sheet.name, relation.target, sheet.state == "visible")
        for sheet, relation in reader.parser.find_sheets()
        if relation.target in names and "worksheet" in relation.Type
    ]
