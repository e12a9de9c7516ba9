"""The texts that the cells of a workbook share: kept packed, for there may be millions."""

from array import array
from typing import BinaryIO
from xml.parsers import expat

from openpyxl.utils.escape import unescape

from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.sheets.limits import CELL_CHARACTERS, STRINGS
from callcenter.sheets.xml import feed, local_name, parser


class SharedStrings:
    """By number, as the cells name them."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")

    def add(self, text: str) -> None:
        if len(self._ends) >= STRINGS:
            raise FileProblemError(FileProblem.BOMB, reason=f"more than {STRINGS} texts")
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __getitem__(self, index: int) -> str:
        """Raises IndexError."""
        if index < 0:
            raise IndexError(index)
        begin = self._ends[index - 1] if index else 0
        return self._bytes[begin : self._ends[index]].decode("utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self._ends)


def read_strings(source: BinaryIO) -> SharedStrings:
    """Raises FileProblemError, ExpatError."""
    reader = _Reader()
    for _ in feed(reader.expat, source):
        pass
    return reader.strings


class Text:
    """The text of one item: plain or in runs, without the phonetic guides that stand beside some."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._aside = 0
        self._inside = False

    def clear(self) -> None:
        self._parts, self._length, self._aside, self._inside = [], 0, 0, False

    def start(self, tag: str) -> None:
        if tag == "rPh":
            self._aside += 1
        self._inside = tag == "t" and not self._aside

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._aside -= 1
        self._inside = False

    def add(self, data: str) -> None:
        if self._inside:
            self._length += len(data)
            if self._length > CELL_CHARACTERS:
                raise FileProblemError(FileProblem.BOMB, reason=f"a cell of more than {CELL_CHARACTERS} characters")
            self._parts.append(data)

    def value(self) -> str:
        text = "".join(self._parts)
        return unescape(text) if "_x" in text else text


class _Reader:
    def __init__(self) -> None:
        self.strings = SharedStrings()
        self._text = Text()
        self.expat: expat.XMLParserType = parser(self._start, self._end, self._text.add)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        tag = local_name(name)
        if tag == "si":
            self._text.clear()
        else:
            self._text.start(tag)

    def _end(self, name: str) -> None:
        tag = local_name(name)
        if tag == "si":
            self.strings.add(self._text.value())
        else:
            self._text.end(tag)
