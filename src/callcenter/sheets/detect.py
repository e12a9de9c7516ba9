"""What kind of file is it, in which encoding, parted by which character? Told by its content, never by its name."""

import codecs
import csv
from collections import Counter
from enum import Enum
from pathlib import Path

from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.sheets.limits import FILE_BYTES, MEGABYTE

SEPARATORS = ",;\t，|"
_CHUNK = 1 << 16
_SURE = 10
"""So many characters of several bytes right in UTF-8, and it is UTF-8 with a damaged place, nothing else."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHERS = (
    (b"%pdf", "PDF"),
    (b"<!doctype html", "HTML"),
    (b"<html", "HTML"),
    (b"<table", "HTML"),
    (b"<?xml", "XML"),
    (b"{\\rtf", "RTF"),
    (b"\x89png", "PNG"),
    (b"rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gzip"),
)


class Kind(Enum):
    XLSX = "xlsx"
    TEXT = "text"


def kind_of(path: Path) -> Kind:
    """Raises FileProblemError for what is neither, OSError."""
    size = path.stat().st_size
    if size == 0:
        raise FileProblemError(FileProblem.EMPTY)
    if size > FILE_BYTES:
        raise FileProblemError(FileProblem.TOO_LARGE, size=size // MEGABYTE, most=FILE_BYTES // MEGABYTE)
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(b"PK\x03\x04"):
        return Kind.XLSX
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileProblemError(FileProblem.OLD_EXCEL)
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for mark, name in _OTHERS:
        if start.startswith(mark):
            raise FileProblemError(FileProblem.NO_TABLE, found=name)
    return Kind.TEXT


def encoding_of(path: Path) -> tuple[str, str]:
    """Encoding and what to do with bytes that it does not know: `strict`, or `replace` where a few are damaged.

    UTF-8, GB18030 (and so GBK, GB2312), and UTF-16 or UTF-32 with their marks. Raises FileProblemError ENCODING.
    """
    with path.open("rb") as file:
        head = file.read(4)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name, "replace"
    utf8 = _decoded(path, "utf-8")
    if utf8 is None:
        return "utf-8", "strict"
    if utf8.many >= _SURE:
        return "utf-8", "replace"
    chinese = _decoded(path, "gb18030")
    if chinese is None:
        return "gb18030", "strict"
    if chinese.many >= _SURE * 10:
        return "gb18030", "replace"
    raise FileProblemError(FileProblem.ENCODING, line=utf8.line)


def separator_of(lines: list[str]) -> str:
    """The one that cuts these lines, whole ones from the file's beginning, into the same number of cells."""
    if lines and (first := lines[0].strip().lower()).startswith("sep=") and len(first) == len("sep=") + 1:
        return first[-1]
    return max(SEPARATORS, key=lambda separator: (_evenness(lines, separator), -SEPARATORS.index(separator)))


class _Broken:
    """Where a text stops to be in an encoding. line: 1-based. many: characters of several bytes before it."""

    def __init__(self, line: int, many: int) -> None:
        self.line = line
        self.many = many


def _decoded(path: Path, encoding: str) -> _Broken | None:
    """None when the whole file is in this encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line, many = 1, 0
    with path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            before = decoder.getstate()[0]
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                good = (before + chunk)[: error.start].decode(encoding, "replace")
                return _Broken(line + good.count("\n"), many + _many(good))
            line += text.count("\n")
            many += _many(text)
            if not chunk:
                return None


def _many(text: str) -> int:
    return 0 if text.isascii() else sum(character > "\x7f" for character in text)


def _evenness(lines: list[str], separator: str) -> float:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error:
        return 0.0
    if not widths:
        return 0.0
    width, times = Counter(widths).most_common(1)[0]
    # Titles above the headings are narrow; they must not outvote the rows.
    cut = sum(each > 1 for each in widths)
    return (times + cut) / (2 * len(widths)) * (1.0 + width / 100) if width > 1 else cut / (4 * len(widths))
