"""When may customers be called: windows and the calendar, as groups of a policy."""

from datetime import date
from functools import cached_property
from typing import Annotated, Self

from pydantic import AfterValidator, PlainValidator, model_validator

from callcenter.domain.calendar import WorkCalendar
from callcenter.domain.policy_base import Group, Model
from callcenter.domain.refusal import Strength
from callcenter.domain.seasons import Season, parse_season
from callcenter.domain.windows import DayRule, Days, Interval, Weekday, WindowRule, Windows, parse_interval

_DAYS_SENTENCE = "days are workdays, every_day, or a list of mon, tue, wed, thu, fri, sat, sun without repetition"


def _days(value: object) -> Days:
    if isinstance(value, str) and value in set(DayRule):
        return DayRule(value)
    names = [str(name).upper() for name in value] if isinstance(value, (list, tuple)) else []
    if not names or len(set(names)) != len(names) or not set(names) <= set(Weekday.__members__):
        raise ValueError(_DAYS_SENTENCE)
    return frozenset(Weekday[name] for name in names)


def _interval(value: object) -> Interval:
    return parse_interval(str(value))


def _season(value: object) -> Season:
    return value if isinstance(value, Season) else parse_season(str(value))


def _some(value: tuple[Interval, ...]) -> tuple[Interval, ...]:
    if not value:
        raise ValueError("at least one window is needed, like 10:00-11:00")
    return value


_DaysField = Annotated[Days, PlainValidator(_days)]
_IntervalField = Annotated[Interval, PlainValidator(_interval)]
_SeasonField = Annotated[Season, PlainValidator(_season)]
_Intervals = Annotated[tuple[_IntervalField, ...], AfterValidator(_some)]


class WindowLine(Model):
    """On these days, these hours. days: `workdays`, `every_day`, or a list such as ["sat", "sun"]. season: in which
    part of the year, for example `05-01/09-30`; absent for all of it.
    """

    days: _DaysField = DayRule.EVERY_DAY
    intervals: _Intervals
    season: _SeasonField | None = None

    @property
    def rule(self) -> WindowRule:
        return WindowRule(self.days, self.intervals, self.season)


class WindowGroup(WindowLine, Group):
    """When customers may be called, in their own zone. also: further lines with days, hours and season of their own."""

    also: tuple[WindowLine, ...] = ()
    strength: Strength = Strength.HARD

    @cached_property
    def hours(self) -> Windows:
        return Windows((self.rule, *(line.rule for line in self.also)))

    @model_validator(mode="after")
    def _no_overlap(self) -> Self:
        _ = self.hours  # a WindowError is a ValueError, collected with the other mistakes
        return self


class CalendarGroup(Group):
    """country: whose public holidays and working weekends hold; empty for Monday to Friday all the year."""

    country: str = "CN"
    closing_days: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()

    @cached_property
    def days(self) -> WorkCalendar:
        return WorkCalendar(self.country, frozenset(self.closing_days), frozenset(self.working_days))

    @model_validator(mode="after")
    def _can_be_had(self) -> Self:
        _ = self.days  # a CalendarError is a ValueError, collected with the other mistakes
        return self
