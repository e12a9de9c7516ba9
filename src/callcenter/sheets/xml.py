"""XML from strangers, read as a stream: no entities of its own, no element without end."""

from collections.abc import Callable, Iterator
from typing import BinaryIO
from xml.parsers import expat

from callcenter.domain.intake.problems import FileProblem, FileProblemError
from callcenter.sheets.limits import MEGABYTE

_CHUNK = 1 << 16
_LONGEST_TAG = MEGABYTE


def parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None]
) -> expat.XMLParserType:
    """Names come with their namespace before them: see `local_name`."""
    made = expat.ParserCreate(namespace_separator="}")
    made.buffer_text = True
    made.StartElementHandler = start
    made.EndElementHandler = end
    made.CharacterDataHandler = text
    made.StartDoctypeDeclHandler = _refuse
    return made


def local_name(name: str) -> str:
    return name.rpartition("}")[2]


def feed(made: expat.XMLParserType, source: BinaryIO) -> Iterator[int]:
    """Read the source to its end; after each piece, the number of bytes in it. Raises FileProblemError, ExpatError."""
    run = 0
    while chunk := source.read(_CHUNK):
        mark = max(chunk.rfind(b"<"), chunk.rfind(b">"))
        run = run + len(chunk) if mark < 0 else len(chunk) - mark
        if run > _LONGEST_TAG:
            raise FileProblemError(FileProblem.BOMB, reason="an element without end")
        made.Parse(chunk, False)
        yield len(chunk)
    made.Parse(b"", True)


def _refuse(*_: object) -> None:
    raise FileProblemError(FileProblem.BOMB, reason="a document type of its own")
