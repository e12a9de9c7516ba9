"""Lists of numbers that are never dialled, and the files they come in: what is a number, what is a broken file?

A list is replaced as a whole. The file's numbers are put beside those that hold, as a generation of their own; when all
are there, and the file was no broken one, the list changes over to them at once. Until then, whatever happens, the old
numbers hold.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callcenter.domain.intake.cells import text_of
from callcenter.domain.intake.row import Cell
from callcenter.domain.phone import MalformedNumberError, parse_number

NAME = re.compile(r"[\w\-]{1,40}")
"""A list's name: letters, also Chinese ones, digits, - and _."""

LOOKED_AT = 200
"""Rows by which the column of the numbers is told."""

_CHINESE_MOBILE = re.compile(r"(?P<code>\+86)?(?P<number>1[3-9][0-9]{9})")
_DIGITS = re.compile(r"\d")


class Owner(StrEnum):
    """Whose list it is: the institution's own, or the regulator's."""

    OWN = "own"
    REGULATOR = "regulator"


class LoadState(StrEnum):
    """REFUSED: the file was obviously broken, and the list stays as it was. INTERRUPTED: the service ended meanwhile,
    and the list stays as it was, too. EMPTIED: no file, somebody emptied the list.
    """

    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    EMPTIED = "emptied"


class Unemptied(StrEnum):
    """Why a list is not emptied. OTHERWISE: it does not hold so many numbers as whoever empties it believes."""

    UNKNOWN = "unknown"
    EMPTY = "empty"
    OTHERWISE = "otherwise"
    REASON_LACKING = "reason_lacking"
    BEING_REPLACED = "being_replaced"


class Broken(StrEnum):
    """Why a file is refused."""

    NO_NUMBER = "no_number"
    MOSTLY_BAD = "mostly_bad"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Blocklist:
    """generation: of the numbers that hold. numbers: how many there are. replaced_at: UTC."""

    name: str
    owner: Owner
    generation: int
    numbers: int
    replaced_at: datetime


@dataclass(frozen=True, slots=True)
class Load:
    """One file that replaces a list. size_bytes, position: how much there is to read, and how much is read. rows: those
    that say something; taken: numbers, each once; bad: rows without a number. before: numbers of the list until then.
    started_at, seen_at, ended_at: UTC. failure: a Broken, with what the file's reader says of it as detail; of an
    emptied list why, in somebody's words.
    """

    id: str
    list: str
    owner: Owner
    generation: int
    file_name: str
    sha256: str
    size_bytes: int
    who: str
    login: str
    started_at: datetime
    seen_at: datetime
    state: LoadState = LoadState.RUNNING
    position: int = 0
    ended_at: datetime | None = None
    rows: int = 0
    taken: int = 0
    bad: int = 0
    before: int = 0
    failure: str = ""
    failure_detail: dict[str, str] = field(default_factory=dict)


def broken(rows: int, bad: int) -> Broken | None:
    """Is it obviously no list of numbers: no number in it, or more than half of its rows without one?"""
    if rows <= bad:
        return Broken.NO_NUMBER
    return Broken.MOSTLY_BAD if bad * 2 > rows else None


def number_in(cell: Cell, region: str) -> str | None:
    """The number that a cell holds, as E.164. region: of numbers without a country code."""
    text = text_of(cell).strip().strip("'\"")
    # Most lines of most lists; the library takes far longer to say the same.
    if (plain := _CHINESE_MOBILE.fullmatch(text)) and (plain["code"] or region == "CN"):
        return f"+86{plain['number']}"
    try:
        return parse_number(text, region).e164
    except MalformedNumberError:
        return None


def number_column(rows: Sequence[Sequence[Cell]], region: str) -> int:
    """The column with the most numbers; of equal ones the first."""
    width = max((len(cells) for cells in rows), default=0)
    held = [
        sum(index < len(cells) and number_in(cells[index], region) is not None for cells in rows)
        for index in range(width)
    ]
    return held.index(max(held)) if held else 0


def is_heading(cell: Cell) -> bool:
    """Words above a column: no digit in them."""
    return not _DIGITS.search(text_of(cell))
