"""When may a customer be called? Local hours turned into instants, in the customer's own zone.

"Open now?" and "next opening?" are both answered from `openings`, so that they cannot disagree on the two days a year
when clocks change. An instant is inside a window exactly when the customer's own clock shows a time inside it: what
the clock skips in spring is not there, and what it shows twice in autumn is open twice, as one slot.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.calendar import DayKind, DayMark, WorkCalendar, day_mark, unknown_year
from callcenter.domain.times.instant import utc
from callcenter.domain.times.seasons import Season, ever_meet

_DAY = 24 * 60
_HH_MM = re.compile(r"([0-1][0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_HORIZON_DAYS = 370
_WIDEST_OFFSET = timedelta(hours=16)
_SAMPLE = timedelta(hours=1)
_MACHINE_DEPENDENT = frozenset({"localtime", "posixrules", "Factory"})


class WindowError(ValueError):
    """Hours that were written wrongly; the message is a sentence for the person who wrote them."""


class DayRule(StrEnum):
    WORKDAYS = "workdays"
    EVERY_DAY = "every_day"


class Weekday(IntEnum):
    MON = 0
    TUE = 1
    WED = 2
    THU = 3
    FRI = 4
    SAT = 5
    SUN = 6


Days = DayRule | frozenset[Weekday]


@dataclass(frozen=True, slots=True, order=True)
class Interval:
    """Local hours of a day. start: minute of the day, 0 to 1439. end: exclusive, up to 1440; at or below start it lies
    on the next day.
    """

    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Minutes since the day's midnight; the end may lie beyond 1440."""
        return self.start, self.end if self.end > self.start else self.end + _DAY

    def __str__(self) -> str:
        return f"{_written(self.start)}-{_written(self.end)}"


@dataclass(frozen=True, slots=True)
class WindowRule:
    """On these days of this season, these hours. A window that crosses midnight belongs to the day on which it begins.
    season: None for all the year.
    """

    days: Days
    intervals: tuple[Interval, ...]
    season: Season | None = None


@dataclass(frozen=True, slots=True)
class Windows:
    """All hours of a policy. Raises WindowError when two of them overlap on any day on which both may apply."""

    rules: tuple[WindowRule, ...]

    def __post_init__(self) -> None:
        every = [(rule, interval) for rule in self.rules for interval in rule.intervals]
        for (rule, one), (other_rule, other) in combinations(every, 2):
            if _overlap(rule, one, other_rule, other):
                raise WindowError(f"the windows {one} and {other} overlap")


@dataclass(frozen=True, slots=True)
class Opening:
    """A stretch of time in which one window is open. start, end: UTC instants, end exclusive. slot: the window's local
    date and hours, for example `2026-11-23/10:00-11:00` (C6-57).
    """

    start: datetime
    end: datetime
    slot: str

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def from_(self, moment: datetime) -> datetime:
        """The first instant of this opening at or after the moment."""
        return max(self.start, moment)


def parse_interval(text: str) -> Interval:
    """`10:00-11:00`, `18:30-08:00` across midnight, `00:00-24:00` for the whole day. Raises WindowError."""
    start, dash, end = text.partition("-")
    if not dash:
        raise WindowError(f"a window is written like 10:00-11:00, not {text!r}")
    interval = Interval(_minute(start, text), _DAY if end == "24:00" else _minute(end, text))
    if interval.start == interval.end:
        raise WindowError(f"the window {text!r} is empty; the whole day is 00:00-24:00")
    return interval


def zone_of(name: str) -> ZoneInfo | Refusal:
    """The IANA zone, or ZONE_UNKNOWN."""
    if name in _MACHINE_DEPENDENT:
        return Refusal(Rule.ZONE_UNKNOWN, detail={"zone": name})
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        return Refusal(Rule.ZONE_UNKNOWN, detail={"zone": name})


def openings(windows: Windows, calendar: WorkCalendar, zone: ZoneInfo, day: date) -> tuple[Opening, ...] | Refusal:
    """Every opening of the windows that begin on this local day, in order; CALENDAR_UNKNOWN if it takes a calendar to
    tell and the calendar cannot.
    """
    found: list[Opening] = []
    for rule in windows.rules:
        if rule.season is not None and not rule.season.holds(day):
            continue
        applies = _applies(rule.days, calendar, day)
        if isinstance(applies, Refusal):
            return applies
        if applies:
            for interval in rule.intervals:
                found.extend(_instants(interval, zone, day))
    return tuple(sorted(found, key=lambda opening: opening.start))


def opening_at(windows: Windows, calendar: WorkCalendar, zone_name: str, now: datetime) -> Opening | Refusal:
    """The opening that holds this instant; else ZONE_UNKNOWN, CALENDAR_UNKNOWN, or WINDOW_CLOSED with the next."""
    found = opening_holding(windows, calendar, zone_name, now)
    if found is not None:
        return found
    upcoming = next_opening(windows, calendar, zone_name, now)
    opens_at = None if isinstance(upcoming, Refusal) else upcoming.start
    return Refusal(Rule.WINDOW_CLOSED, opens_at=opens_at, detail={"zone": zone_name})


def opening_holding(
    windows: Windows, calendar: WorkCalendar, zone_name: str, now: datetime
) -> Opening | Refusal | None:
    """The opening that holds this instant; ZONE_UNKNOWN or CALENDAR_UNKNOWN; None where all is closed."""
    zone = zone_of(zone_name)
    if isinstance(zone, Refusal):
        return zone
    unknown: Refusal | None = None
    today = utc(now).astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        found = openings(windows, calendar, zone, day)
        if isinstance(found, Refusal):
            unknown = found
            continue
        for opening in found:
            if opening.holds(now):
                return opening
    return unknown


def next_opening(
    windows: Windows,
    calendar: WorkCalendar,
    zone_name: str,
    after: datetime,
    avoided: Callable[[str], bool] | None = None,
) -> Opening | Refusal:
    """The first opening that holds `after` or lies behind it and whose slot is not avoided.

    Otherwise ZONE_UNKNOWN; CALENDAR_UNKNOWN, when an unknown day comes first; WINDOW_CLOSED, when 370 days hold none.
    """
    zone = zone_of(zone_name)
    if isinstance(zone, Refusal):
        return zone
    for found in _from_day(windows, calendar, zone, utc(after)):
        if isinstance(found, Refusal):
            return found
        if found.end > after and not (avoided is not None and avoided(found.slot)):
            return found
    return Refusal(Rule.WINDOW_CLOSED, detail={"zone": zone_name})


def in_zone(zone_name: str, moment: datetime) -> datetime:
    """The same instant on the clock of this zone; on UTC's where the zone is unknown."""
    zone = zone_of(zone_name)
    return utc(moment) if isinstance(zone, Refusal) else utc(moment).astimezone(zone)


def local_date(zone: ZoneInfo, moment: datetime) -> date:
    return utc(moment).astimezone(zone).date()


def _from_day(windows: Windows, calendar: WorkCalendar, zone: ZoneInfo, after: datetime) -> Iterator[Opening | Refusal]:
    first = local_date(zone, after) - timedelta(days=1)
    for ahead in range(_HORIZON_DAYS + 1):
        found = openings(windows, calendar, zone, first + timedelta(days=ahead))
        if isinstance(found, Refusal):
            # The day before today matters only for a window across midnight: unknown, it opens nothing.
            if ahead:
                yield found
        else:
            yield from found


def _applies(days: Days, calendar: WorkCalendar, day: date) -> bool | Refusal:
    if isinstance(days, frozenset) and day.weekday() not in days:
        return False
    if days is not DayRule.WORKDAYS and not calendar.holidays_close:
        return True
    mark = day_mark(calendar, day)
    if mark is DayMark.UNKNOWN:
        return unknown_year(calendar, day)
    return mark.kind is DayKind.WORKDAY if days is DayRule.WORKDAYS else not mark.holiday


def _instants(interval: Interval, zone: ZoneInfo, day: date) -> list[Opening]:
    """One opening, as a rule; two or none where the clocks change inside the window."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    begin, end = (midnight + timedelta(minutes=minute) for minute in interval.span)
    slot = f"{day.isoformat()}/{interval}"
    found: list[Opening] = []
    for since, until, offset in _stretches(zone, day):
        start, stop = max(since, begin - offset), min(until, end - offset)
        if start >= stop:
            continue
        if found and found[-1].end == start:
            start = found.pop().start
        found.append(Opening(start, stop, slot))
    return found


@lru_cache(maxsize=4096)
def _stretches(zone: ZoneInfo, day: date) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The time around this local day and the next, cut where the zone's offset changes: from, until, offset."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    first, last = midnight - _WIDEST_OFFSET, midnight + timedelta(days=2) + _WIDEST_OFFSET
    cuts = [first]
    sample = first
    while sample < last:
        if _offset(zone, sample) != _offset(zone, sample + _SAMPLE):
            cuts.append(_change(zone, sample, sample + _SAMPLE))
        sample += _SAMPLE
    cuts.append(last)
    return tuple((since, until, _offset(zone, since)) for since, until in pairwise(cuts))


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The instant between the two, to the second, from which the later offset holds."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _overlap(rule: WindowRule, one: Interval, other_rule: WindowRule, other: Interval) -> bool:
    """May the two be open at once? Compared on the same day, and across the midnight before and after it."""
    (start, end), (other_start, other_end) = one.span, other.span
    for shift in (-1, 0, 1):
        if start < other_end + shift * _DAY and other_start + shift * _DAY < end:
            meet = any((day + shift) % 7 in _weekdays(other_rule.days) for day in _weekdays(rule.days))
            if meet and ever_meet(rule.season, other_rule.season, shift):
                return True
    return False


def _weekdays(days: Days) -> frozenset[Weekday]:
    """The days of the week on which a rule may apply; a swapped Saturday is a working day."""
    return days if isinstance(days, frozenset) else frozenset(Weekday)


def _minute(text: str, whole: str) -> int:
    match = _HH_MM.fullmatch(text)
    if match is None:
        raise WindowError(f"the time {text!r} in the window {whole!r} must be written HH:MM, for example 09:00")
    return int(match[1]) * 60 + int(match[2])


def _written(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
