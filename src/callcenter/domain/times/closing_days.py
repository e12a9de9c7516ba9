"""On which days does this house not work? They lie over every policy's calendar, whatever the country."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from callcenter.domain.times.calendar import DayMark, WorkCalendar, day_mark, holiday_name, last_known_year
from callcenter.domain.times.days import days_from

WARNING_MONTHS = 2
"""So long before the calendar's data ends people are warned: countries publish a year in the November before it."""


@dataclass(frozen=True, slots=True)
class ClosingDay:
    """day: where the customer lives. name: why, for people. who, login: the account that entered it, and its login
    then; empty for the command line. at: UTC, when it was entered.
    """

    day: date
    name: str
    who: str
    login: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MarkedDay:
    """name: of the public holiday or the closing day; empty where it has none."""

    day: date
    mark: DayMark
    name: str = ""


def year_of(
    calendar: WorkCalendar, closed: Sequence[ClosingDay], year: int, language: str = "en_US"
) -> list[MarkedDay]:
    """Every day of the year. calendar: with the house's closing days in it. language: of the holidays' names."""
    names = {each.day: each.name for each in closed}
    return [
        MarkedDay(day, mark, names.get(day, "") or (holiday_name(calendar, day, language) if mark.holiday else ""))
        for day in days_from(date(year, 1, 1), date(year, 12, 31))
        for mark in (day_mark(calendar, day),)
    ]


def running_out(calendar: WorkCalendar, today: date) -> int | None:
    """The first year that is not known, where it has begun or is WARNING_MONTHS or less away; else None."""
    last = last_known_year(calendar, today.year)
    if last is None:
        return today.year
    return today.year + 1 if last == today.year and today.month > 12 - WARNING_MONTHS else None
