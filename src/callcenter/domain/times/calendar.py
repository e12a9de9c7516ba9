"""Is this day a working day, and if not, why not? Public holidays with their swapped working weekends, and own days.

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


class DayMark(StrEnum):
    """What a calendar on the wall would show. SWAPPED_WORKDAY: a weekend day on which the country works (调休).
    PUBLIC_HOLIDAY: also the weekend between two days of one holiday, which nobody takes for an ordinary one.
    """

    WORKDAY = "workday"
    SWAPPED_WORKDAY = "swapped_workday"
    OWN_WORKDAY = "own_workday"
    WEEKEND = "weekend"
    PUBLIC_HOLIDAY = "public_holiday"
    OWN_CLOSING_DAY = "own_closing_day"
    UNKNOWN = "unknown"

    @property
    def kind(self) -> DayKind:
        return _KINDS[self]

    @property
    def holiday(self) -> bool:
        """A public holiday or an own closing day; an ordinary weekend is none."""
        return self in {DayMark.PUBLIC_HOLIDAY, DayMark.OWN_CLOSING_DAY}


_KINDS = {
    DayMark.WORKDAY: DayKind.WORKDAY,
    DayMark.SWAPPED_WORKDAY: DayKind.WORKDAY,
    DayMark.OWN_WORKDAY: DayKind.WORKDAY,
    DayMark.WEEKEND: DayKind.HOLIDAY,
    DayMark.PUBLIC_HOLIDAY: DayKind.HOLIDAY,
    DayMark.OWN_CLOSING_DAY: DayKind.HOLIDAY,
    DayMark.UNKNOWN: DayKind.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """country: ISO 3166 code; empty means Monday to Friday without public holidays. The institution's own days win
    over the country's, also in a year that is not known yet. holidays_close: on public holidays and own closing days
    nothing is open, whatever days a window names. Raises CalendarError.
    """

    country: str = ""
    own_closing_days: frozenset[date] = frozenset()
    own_working_days: frozenset[date] = frozenset()
    holidays_close: bool = False

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
    return day_mark(calendar, day).kind


def day_mark(calendar: WorkCalendar, day: date) -> DayMark:
    """What kind of day it is, and for which reason. The institution's own days come first."""
    if day in calendar.own_closing_days:
        return DayMark.OWN_CLOSING_DAY
    if day in calendar.own_working_days:
        return DayMark.OWN_WORKDAY
    year = _year(calendar.country, day.year)
    if not year.known:
        return DayMark.UNKNOWN
    if day in year.working_weekends:
        return DayMark.SWAPPED_WORKDAY
    if day in year.days_off:
        return DayMark.PUBLIC_HOLIDAY
    if day.weekday() not in year.weekend:
        return DayMark.WORKDAY
    within = all(_meets_holiday(calendar.country, day, timedelta(days=step)) for step in (-1, 1))
    return DayMark.PUBLIC_HOLIDAY if within else DayMark.WEEKEND


def holiday_name(calendar: WorkCalendar, day: date, language: str = "en_US") -> str:
    """What the country calls this public holiday; empty where it is none, or where it has no name of its own."""
    return _names(calendar.country, day.year, language).get(day, "")


def before_holiday(calendar: WorkCalendar, day: date) -> date | Refusal:
    """The day itself, or where it is a public holiday or an own closing day, the last working day before it (N8-06).

    For a policy with `on_holiday = "shift_before"`. An ordinary weekend moves nothing. CALENDAR_UNKNOWN when a day
    on the way is unknown.
    """
    mark = day_mark(calendar, day)
    if mark is not DayMark.UNKNOWN and not mark.holiday:
        return day
    while mark.kind is DayKind.HOLIDAY:
        day -= timedelta(days=1)
        mark = day_mark(calendar, day)
    return unknown_year(calendar, day) if mark is DayMark.UNKNOWN else day


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


def _meets_holiday(country: str, day: date, step: timedelta) -> bool:
    """Going on from this weekend day, is the first day that is no weekend a public holiday?"""
    while True:
        day += step
        year = _year(country, day.year)
        if day in year.days_off:
            return True
        if day.weekday() not in year.weekend or day in year.working_weekends:
            return False


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


@lru_cache(maxsize=64)
def _names(country: str, year: int, language: str) -> dict[date, str]:
    if not country or not _year(country, year).known:
        return {}
    national = holidays.country_holidays(country)
    # Named always: left out, the library takes the language of the machine.
    wanted = language if language in national.supported_languages else national.default_language
    return dict(holidays.country_holidays(country, years=year, language=wanted))
