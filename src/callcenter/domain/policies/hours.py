"""When may customers be called: windows and the calendar, as groups of a policy."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, PrivateAttr, model_validator

from callcenter.domain.policies.base import Group, Model
from callcenter.domain.refusal import Strength
from callcenter.domain.times.calendar import WorkCalendar
from callcenter.domain.times.seasons import Season, parse_season
from callcenter.domain.times.windows import (
    DayRule,
    Days,
    Interval,
    Weekday,
    WindowError,
    WindowRule,
    Windows,
    parse_interval,
)

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
_Offer = Annotated[str, Field(pattern=r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([01][0-9]|2[0-3]):[0-5][0-9]$")]
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


class RingAtClose(StrEnum):
    """MAY_FINISH: a ring that began inside the window goes on to its end. MUST_FIT: no dial whose whole ring would not
    fit before the window closes.
    """

    MAY_FINISH = "may_finish"
    MUST_FIT = "must_fit"


class TalkAtClose(StrEnum):
    """FINISH: no talk is ever cut. END: a talk ends with the window."""

    FINISH = "finish"
    END = "end"


class OnHoliday(StrEnum):
    """What public holidays and own closing days mean (requirements, part 4, K2).

    BLOCK: nothing is open, whatever days a window names. ALLOW: a window of `every_day` or of named weekdays is open as
    on any other day. SHIFT_BEFORE: as BLOCK, and what is due then is due on the last working day before (N8-06).
    KEY_CUSTOMERS: as ALLOW for key customers, as BLOCK for all others (N6-15). A window of `workdays` stays closed on
    every day off: the calendar never opens what a window does not. Ordinary weekends are no holidays here.
    """

    BLOCK = "block"
    ALLOW = "allow"
    SHIFT_BEFORE = "shift_before"
    KEY_CUSTOMERS = "key_customers"


class WindowGroup(WindowLine, Group):
    """When customers may be called, in their own zone. also: further lines with days, hours and season of their own.

    left_open: what the text says where it names no hours and the institution must; until it does, nothing is dialled.
    strength_word: the text's own word for how binding the hours are. per_customer_override: a customer's own hours
    replace these (N6-19). ring_at_close, talk_at_close: what happens when the window closes; no text says.
    prepare, blocked_lunch, wrap_up: the rest of the day's frame (V4-04), in which nobody is called.
    """

    intervals: _Intervals = ()
    also: tuple[WindowLine, ...] = ()
    strength: Strength = Strength.HARD
    strength_word: str = ""
    left_open: str = ""
    per_customer_override: bool = False
    ring_at_close: RingAtClose = RingAtClose.MAY_FINISH
    talk_at_close: TalkAtClose = TalkAtClose.FINISH
    prepare: _IntervalField | None = None
    blocked_lunch: _IntervalField | None = None
    wrap_up: _IntervalField | None = None

    @cached_property
    def hours(self) -> Windows:
        """Without any rule where the institution has not filled them in."""
        return Windows((*((self.rule,) if self.intervals else ()), *(line.rule for line in self.also)))

    @model_validator(mode="after")
    def _no_overlap(self) -> Self:
        hours = self.hours  # a WindowError is a ValueError, collected with the other mistakes
        if not hours.rules and not self.left_open:
            raise ValueError("intervals is missing: at least one window is needed, like 10:00-11:00")
        for name in ("prepare", "blocked_lunch", "wrap_up"):
            if (kept := getattr(self, name)) is not None:
                _check_kept_free(hours, kept, name)
        return self

    @model_validator(mode="after")
    def _no_talk_is_cut_at_once(self) -> Self:
        if self.talk_at_close is TalkAtClose.END and self.ring_at_close is not RingAtClose.MUST_FIT:
            raise ValueError(
                'talk_at_close = "end" needs ring_at_close = "must_fit": who answers after the end would be cut at once'
            )
        return self


def _check_kept_free(hours: Windows, kept: Interval, name: str) -> None:
    for rule in hours.rules:
        try:
            Windows((rule, WindowRule(rule.days, (kept,), rule.season)))
        except WindowError as error:
            raise ValueError(f"{name}: {error}") from error


class AppointmentGroup(Group):
    """What an agreed time is worth (N1-08, C8-02, N9-06).

    overrides_window: from the agreed time on, for tolerance_minutes, the customer may be called outside the windows and
    on days off too; he chose the time himself. It opens no other rule: opt-outs, numbers and caps hold. Before the
    agreed time he is not called at all, and once the tolerance is over the windows hold again. offers: the two
    times that the desk proposes, such as `Fri 10:00` (C8-02).
    """

    overrides_window: bool = True
    tolerance_minutes: int = Field(default=30, ge=1, le=24 * 60)
    offers: tuple[_Offer, ...] = ()


class CalendarGroup(Group):
    """country: whose public holidays and working weekends hold; empty for Monday to Friday all the year.

    on_holiday: the product blocks where no text speaks, so that who is silent about holidays calls nobody on them, and
    a closing day closes; a policy that calls on every day of the year says `allow`. Blocking takes a calendar that
    knows the year. holiday_message: who gets a greeting by message (N6-15); handover: what is left before a holiday
    is handed to a colleague (N8-06); monday_report_moves_to: the weekly report's day, if Monday is off (N8-05).
    """

    country: str = "CN"
    closing_days: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()
    on_holiday: OnHoliday = OnHoliday.BLOCK
    holiday_message: Literal["none", "all"] = "none"
    handover: bool = False
    monday_report_moves_to: Literal["sunday"] | None = None
    _house_closed: frozenset[date] = PrivateAttr(default=frozenset())

    @cached_property
    def days(self) -> WorkCalendar:
        """Public holidays close every window but where they are allowed; for key customers see `days_for_key`."""
        return self._calendar(holidays_close=self.on_holiday is not OnHoliday.ALLOW)

    @cached_property
    def days_for_key(self) -> WorkCalendar:
        open_then = self.on_holiday in {OnHoliday.ALLOW, OnHoliday.KEY_CUSTOMERS}
        return self._calendar(holidays_close=not open_then)

    def with_house_closed(self, days: Iterable[date]) -> "CalendarGroup":
        """With the closing days of the whole house laid over it; they win over the policy's own working days."""
        laid = self.model_copy()
        for cached in ("days", "days_for_key"):
            laid.__dict__.pop(cached, None)
        laid._house_closed = frozenset(days)  # noqa: SLF001 (of the same class)
        return laid

    def _calendar(self, *, holidays_close: bool) -> WorkCalendar:
        working = frozenset(self.working_days) - self._house_closed
        closed = frozenset(self.closing_days) | self._house_closed
        return WorkCalendar(self.country, closed, working, holidays_close)

    @model_validator(mode="after")
    def _can_be_had(self) -> Self:
        _ = self.days  # a CalendarError is a ValueError, collected with the other mistakes
        return self
