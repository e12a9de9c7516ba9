"""Is this day a working day? Public holidays with their swapped working weekends, and the institution's own days.

A year whose official schedule is not published yet is unknown, and nothing is open on an unknown day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays

from callcenter.domain.refusal import Refusal, Rule

_SCHEDULED_YEARLY = frozenset({"CN"})
"""Countries whose government publishes each year's holidays and working weekends shortly before it begins."""

_SATURDAY = 5


class CalendarError(ValueError):
    """A calendar that cannot be had."""


class DayKind(StrEnum):
    """HOLIDAY is every day off, weekends too. UNKNOWN: the year's schedule is not known."""

    WORKDAY = "workday"
    HOLIDAY = "holiday"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """country: ISO 3166 code; empty means Monday to Friday without public holidays. The institution's own days win
    over the country's, also in a year that is not known yet. Raises CalendarError.
    """

    country: str = ""
    own_closing_days: frozenset[date] = frozenset()
    own_working_days: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.country and self.country not in _countries():
            raise CalendarError(f"no holidays are known for the country {self.country!r}")
        if both := self.own_closing_days & self.own_working_days:
            days = ", ".join(day.isoformat() for day in sorted(both))
            raise CalendarError(f"closing day and working day at once: {days}")


@dataclass(frozen=True, slots=True)
class _Year:
    known: bool
    days_off: frozenset[date] = frozenset()
    working_weekends: frozenset[date] = frozenset()
    weekend: frozenset[int] = frozenset({_SATURDAY, _SATURDAY + 1})


def day_kind(calendar: WorkCalendar, day: date) -> DayKind:
    """What kind of day it is, where the customer lives."""
    if day in calendar.own_closing_days:
        return DayKind.HOLIDAY
    if day in calendar.own_working_days:
        return DayKind.WORKDAY
    year = _year(calendar.country, day.year)
    if not year.known:
        return DayKind.UNKNOWN
    if day in year.working_weekends:
        return DayKind.WORKDAY
    off = day in year.days_off or day.weekday() in year.weekend
    return DayKind.HOLIDAY if off else DayKind.WORKDAY


def working_days_after(calendar: WorkCalendar, day: date, count: int) -> date | Refusal:
    """The count-th working day after `day`, which itself is not counted ("within 5 working days after", C6-25).

    CALENDAR_UNKNOWN when a day on the way is unknown. Raises ValueError for a count below 1.
    """
    if count < 1:
        raise ValueError(f"working days are counted from 1: {count}")
    left = count
    while left:
        day += timedelta(days=1)
        kind = day_kind(calendar, day)
        if kind is DayKind.UNKNOWN:
            return unknown_year(calendar, day)
        left -= kind is DayKind.WORKDAY
    return day


def unknown_year(calendar: WorkCalendar, day: date) -> Refusal:
    """The refusal for a day of which nobody can say yet whether it is a working day."""
    return Refusal(Rule.CALENDAR_UNKNOWN, detail={"country": calendar.country, "year": str(day.year)})


def last_known_year(calendar: WorkCalendar, from_year: int) -> int | None:
    """The last year, from `from_year` on and without a gap, whose schedule is known; None if that year is not."""
    year = from_year
    while year <= date.max.year and _year(calendar.country, year).known:
        year += 1
    return year - 1 if year > from_year else None


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@lru_cache(maxsize=512)
def _year(country: str, year: int) -> _Year:
    if not country:
        return _Year(known=True)
    national = holidays.country_holidays(country, years=year)
    if not national.start_year <= year <= national.end_year:
        return _Year(known=False)
    if country in _SCHEDULED_YEARLY and year not in national.special_public_holidays:
        return _Year(known=False)
    return _Year(
        known=True,
        days_off=frozenset(national),
        working_weekends=frozenset(national.weekend_workdays),
        weekend=frozenset(national.weekend),
    )
