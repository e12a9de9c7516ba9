"""In which part of the year does a rule hold? From one date to another, both included, also across the new year."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

_MONTH_DAY = re.compile(r"([0-9]{2})-([0-9]{2})", re.ASCII)
_LEAP_YEAR = 2024
_THREE_YEARS = tuple(date(2023, 1, 1) + timedelta(days=number) for number in range(3 * 365))
"""A common year, a leap year and one more: every two dates that ever lie side by side do so here."""


class SeasonError(ValueError):
    """A season that was written wrongly; the message is a sentence for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Season:
    """first, last: month and day. Where the first is the later one, it goes on across the new year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, day: date) -> bool:
        place = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= place <= self.last
        return place >= self.first or place <= self.last

    def __str__(self) -> str:
        return "/".join(f"{month:02}-{day:02}" for month, day in (self.first, self.last))


def parse_season(text: str) -> Season:
    """`05-01/09-30`: month and day of the first and of the last day. Raises SeasonError."""
    first, slash, last = text.partition("/")
    if not slash:
        raise SeasonError(f"a season is written like 05-01/09-30, not {text!r}")
    return Season(_month_day(first, text), _month_day(last, text))


def ever_meet(one: Season | None, other: Season | None, days_apart: int) -> bool:
    """Is there a day in one season that lies so many days before a day in the other? None: all the year."""
    return any(
        (one is None or one.holds(day)) and (other is None or other.holds(day + timedelta(days=days_apart)))
        for day in _THREE_YEARS
    )


def _month_day(text: str, whole: str) -> tuple[int, int]:
    match = _MONTH_DAY.fullmatch(text)
    try:
        day = date(_LEAP_YEAR, int(match[1]), int(match[2])) if match else None
    except ValueError:
        day = None
    if day is None:
        raise SeasonError(f"the date {text!r} in the season {whole!r} must be written MM-DD, for example 05-01")
    return day.month, day.day
