"""When are "5 working days", "one month", "10 days" or "24 hours" over, where the customer lives?

Limits of days, weeks and months end with the local day; hours are counted exactly. Where the texts leave two readings,
the policy chooses: a month is over on the same date of the next month or with the calendar month, and days or weeks
without "working" are calendar days or working days.
"""

import calendar as almanac
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callcenter.domain.refusal import Refusal
from callcenter.domain.times.calendar import WorkCalendar, unknown_year, working_days_after
from callcenter.domain.times.instant import utc
from callcenter.domain.times.windows import Weekday, zone_of

_WRITTEN = re.compile(r"([1-9][0-9]{0,2}) ([a-z -]+?)s?", re.ASCII)
_ONE_DAY = timedelta(days=1)
_WEEK_DAYS = 7
_YEARS_THAT_CAN_BE_COUNTED = range(2, 8000)


class SpanError(ValueError):
    """A span that was written wrongly; the message is a sentence for the person who wrote it."""


class Unit(StrEnum):
    HOUR = "hour"
    SAME_DAY = "same day"
    DAY = "day"
    WORKING_DAY = "working day"
    WEEK = "week"
    HALF_MONTH = "half month"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half-year"
    YEAR = "year"


_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.HALF_YEAR: 6, Unit.YEAR: 12}
_DAYS = {Unit.SAME_DAY: 0, Unit.DAY: 1, Unit.WEEK: _WEEK_DAYS, Unit.HALF_MONTH: 15}
_AS_WORKING_DAYS = {Unit.DAY: 1, Unit.WEEK: 5}
_LEAST_DAYS = {
    Unit.DAY: 1,
    Unit.WORKING_DAY: 1,
    Unit.WEEK: 5,
    Unit.HALF_MONTH: 15,
    Unit.MONTH: 28,
    Unit.QUARTER: 89,
    Unit.HALF_YEAR: 181,
    Unit.YEAR: 365,
}
_ALONE = {
    "same day": Unit.SAME_DAY,
    "half a month": Unit.HALF_MONTH,
    **{unit.value: unit for unit in Unit},
}


class MonthReading(StrEnum):
    """When one month (自然月, C6-32) is over. SAME_DAY: on the same date of the next month, or on that month's last day
    where it has no such date. CALENDAR_END: with the calendar month in which it began. The text does not say which.
    """

    SAME_DAY = "same_day"
    CALENDAR_END = "calendar_end"


class DayReading(StrEnum):
    """What 天, 日 and 周 without 工作日 are: days of the calendar, or working days with five to a week. The texts do
    not say (N1-25, C2-03, N9-02, N11-03).
    """

    CALENDAR = "calendar"
    WORKING = "working"


@dataclass(frozen=True, slots=True)
class Span:
    """count: 1 to 999; a half month is 15 days, a quarter 3 months, a half-year 6."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        if self.unit is Unit.SAME_DAY:
            return self.unit.value
        return f"{self.count} {self.unit.value}{'' if self.count == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Counting:
    """Whose days are counted, and how. zone: IANA name, the customer's own."""

    calendar: WorkCalendar
    zone: str
    month: MonthReading = MonthReading.SAME_DAY
    days: DayReading = DayReading.CALENDAR


def parse_span(text: str) -> Span:
    """`5 working days`, `1 month`, `10 days`, `24 hours`, `same day`, `half a month`, `quarter`, `half-year`, `week`.

    Raises SpanError.
    """
    if unit := _ALONE.get(text):
        return Span(1, unit)
    written = _WRITTEN.fullmatch(text)
    unit = _ALONE.get(written[2]) if written else None
    if written is None or unit is None or unit is Unit.SAME_DAY:
        raise SpanError(f"a span of time is written like 5 working days, 1 month, 24 hours or same day, not {text!r}")
    return Span(int(written[1]), unit)


def end_of(span: Span, trigger: datetime, counting: Counting) -> datetime | Refusal:
    """UTC instant by which "within this span after the trigger" is over, exclusive: for spans of days and longer the
    end of a local day (C6-25, C6-32), for hours the very instant (N3-02).

    ZONE_UNKNOWN, or CALENDAR_UNKNOWN where the span leads into days that nobody knows yet.
    """
    if span.unit is Unit.HOUR:
        return utc(trigger) + timedelta(hours=span.count)
    last = _local_last_day(span, trigger, counting)
    return last if isinstance(last, Refusal) else _midnight(last[0] + _ONE_DAY, last[1])


def start_of(span: Span, trigger: datetime, counting: Counting) -> datetime | Refusal:
    """UTC instant from which "this span after the trigger" has passed: the beginning of the local day on which a month
    is over (N1-13), of the month after where a month ends with the calendar's. Never before the trigger.
    """
    if span.unit is Unit.HOUR:
        return utc(trigger) + timedelta(hours=span.count)
    last = _local_last_day(span, trigger, counting)
    if isinstance(last, Refusal):
        return last
    day, zone = last
    ends_with_month = span.unit in _MONTHS and counting.month is MonthReading.CALENDAR_END
    return max(utc(trigger), _midnight(day + _ONE_DAY if ends_with_month else day, zone))


def last_day(span: Span, day: date, counting: Counting) -> date | Refusal:
    """The last local day of a span, of days or longer, that began on `day`, which itself is not counted.

    CALENDAR_UNKNOWN. Raises KeyError for hours, which are no days.
    """
    if day.year not in _YEARS_THAT_CAN_BE_COUNTED:
        return unknown_year(counting.calendar, day)
    if span.unit in _MONTHS:
        return _months_after(day, span.count * _MONTHS[span.unit], counting.month)
    if span.unit is Unit.WORKING_DAY:
        return working_days_after(counting.calendar, day, span.count)
    if counting.days is DayReading.WORKING and span.unit in _AS_WORKING_DAYS:
        return working_days_after(counting.calendar, day, span.count * _AS_WORKING_DAYS[span.unit])
    return day + span.count * _DAYS[span.unit] * _ONE_DAY


def least_days(span: Span) -> int:
    """So many days at least lie between the first and the last day of the span, whatever the reading and the calendar;
    0 for hours and the same day.
    """
    return span.count * _LEAST_DAYS.get(span.unit, 0)


def day_start(moment: datetime, zone_name: str, days_before: int = 0) -> datetime | Refusal:
    """UTC instant at which the moment's local day begins, or so many days before it, or ZONE_UNKNOWN."""
    zone = zone_of(zone_name)
    if isinstance(zone, Refusal):
        return zone
    return _midnight(utc(moment).astimezone(zone).date() - days_before * _ONE_DAY, zone)


def week_start(day: date, first: Weekday) -> date:
    """The first day of the week that holds this day, where weeks begin on `first`: Monday, or Saturday (N8-08)."""
    return day - (day.weekday() - first) % _WEEK_DAYS * _ONE_DAY


def weekday_from(day: date, wanted: Weekday) -> date:
    """The next such weekday, this day included: the Sunday of a schedule (N8-04), the Monday of a report (N8-05)."""
    return day + (wanted - day.weekday()) % _WEEK_DAYS * _ONE_DAY


def week_of(moment: datetime, first: Weekday, zone_name: str) -> tuple[datetime, datetime] | Refusal:
    """UTC instants of the beginning and the exclusive end of the local week that holds this moment, or ZONE_UNKNOWN."""
    zone = zone_of(zone_name)
    if isinstance(zone, Refusal):
        return zone
    start = week_start(utc(moment).astimezone(zone).date(), first)
    return _midnight(start, zone), _midnight(start + _WEEK_DAYS * _ONE_DAY, zone)


def _local_last_day(span: Span, trigger: datetime, counting: Counting) -> tuple[date, ZoneInfo] | Refusal:
    zone = zone_of(counting.zone)
    if isinstance(zone, Refusal):
        return zone
    moment = utc(trigger)
    if moment.year not in _YEARS_THAT_CAN_BE_COUNTED:
        return unknown_year(counting.calendar, moment.date())
    last = last_day(span, moment.astimezone(zone).date(), counting)
    return last if isinstance(last, Refusal) else (last, zone)


def _months_after(day: date, months: int, reading: MonthReading) -> date:
    ends = reading is MonthReading.CALENDAR_END
    years, month = divmod(day.month - 1 + months - ends, 12)
    year, month = day.year + years, month + 1
    longest = almanac.monthrange(year, month)[1]
    return date(year, month, longest if ends else min(day.day, longest))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)
