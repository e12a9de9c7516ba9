"""Which hours hold at the end of a window, and how far ahead an opening is looked for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.dials.hours import (
    Hours,
    closes_at,
    hours_in,
    hours_of,
    never_opens,
    next_open,
    open_now,
    slot_now,
)
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.calendar import DayMark, WorkCalendar, day_mark
from callcenter.domain.times.windows import DayRule, Opening, WindowRule, Windows, parse_interval
from domain.values import MONDAY_10_15, case, policy

SHANGHAI = "Asia/Shanghai"


def hours(*texts: str, **others: Any) -> Hours:
    windows = Windows((WindowRule(DayRule.EVERY_DAY, tuple(parse_interval(text) for text in texts)),))
    return Hours(windows, WorkCalendar(), (SHANGHAI,), **others)


def at(hour: int, minute: int = 0, *, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(SHANGHAI)).astimezone(UTC)


def is_open(asked: Hours, moment: datetime) -> bool:
    return isinstance(open_now(asked, moment), Opening)


SATURDAY_14 = at(14, day=28)


def test_a_ring_that_must_fit_does_not_begin_too_late() -> None:
    """20 s of ringing, 5 s of preparing, 1 s to spare."""
    fits = policy('windows = {intervals = ["10:00-11:00"], ring_at_close = "must_fit"}')
    asked = hours_of(fits, case(), setup_seconds=5)
    assert is_open(asked, at(11) - timedelta(seconds=27))
    refusal = open_now(asked, at(11) - timedelta(seconds=26))
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.opens_at) == (Rule.WINDOW_CLOSED, at(10, day=24))
    assert is_open(hours_of(policy('windows = {intervals = ["10:00-11:00"]}'), case()), at(11) - timedelta(seconds=1))


@pytest.mark.parametrize(("ring_at_close", "seconds"), [("must_fit", 21), ("may_finish", 0)])
def test_without_a_word_of_the_preparing_only_the_ring_must_fit(ring_at_close: str, seconds: int) -> None:
    rules = policy(f'windows = {{intervals = ["10:00-11:00"], ring_at_close = "{ring_at_close}"}}')
    for asked in (hours_of(rules, case()), hours_in(rules, (SHANGHAI,))):
        assert asked.least == timedelta(seconds=seconds)


def test_where_the_next_window_follows_at_once_every_ring_fits() -> None:
    asked = hours("10:00-11:00", "11:00-12:00", least=timedelta(seconds=30))
    assert is_open(asked, at(10, 59) + timedelta(seconds=50))
    assert not is_open(asked, at(11, 59) + timedelta(seconds=50))
    assert closes_at(asked, at(10, 30)) == at(12)


def test_a_window_shorter_than_a_ring_never_opens() -> None:
    for seconds in (60, 61):
        refusal = next_open(hours("10:00-10:01", least=timedelta(seconds=seconds)), at(9))
        assert isinstance(refusal, Refusal)
        assert refusal.rule is Rule.WINDOW_CLOSED


CHINA = WorkCalendar("CN")
LAST_YEAR = next(year for year in count(2026) if day_mark(CHINA, date(year + 1, 1, 1)) is DayMark.UNKNOWN)
LAST_KNOWN = datetime(LAST_YEAR, 12, 31, 12, tzinfo=UTC)
"""The evening, in Shanghai, of the last day of which the calendar tells anything."""


@pytest.mark.parametrize(("zones", "never"), [((SHANGHAI,), False), ((SHANGHAI, "America/New_York"), True)])
def test_hours_that_never_meet_are_told_so_also_where_the_calendar_ends(zones: tuple[str, ...], never: bool) -> None:
    workdays = Windows((WindowRule(DayRule.WORKDAYS, (parse_interval("10:00-11:00"),)),))
    refusal = open_now(Hours(workdays, CHINA, zones), LAST_KNOWN)
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, never_opens(refusal)) == (Rule.WINDOW_CLOSED, never)


def test_hours_that_never_meet_name_the_rule_of_the_windows() -> None:
    asked = hours("10:00-11:00", source="C6-58", strength=Strength.OVERRIDE)
    refusal = next_open(replace(asked, zones=(SHANGHAI, "America/New_York")), at(9))
    assert isinstance(refusal, Refusal)
    assert (refusal.source, refusal.strength, refusal.detail["zone"]) == (
        "C6-58",
        Strength.OVERRIDE,
        "Asia/Shanghai + America/New_York",
    )


@pytest.mark.parametrize(
    ("zones", "slot"),
    [
        ((SHANGHAI, "Europe/Berlin"), "2026-11-23/10:15"),
        (("Europe/Berlin", SHANGHAI), "2026-11-23/03:15"),
        (("Moon/Crater",), "2026-11-23/02:15"),
    ],
)
def test_a_customers_own_call_counts_in_the_minute_of_his_clock(zones: tuple[str, ...], slot: str) -> None:
    assert slot_now(replace(hours("10:00-11:00"), zones=zones), MONDAY_10_15) == slot


def test_when_it_closes_is_told_of_windows_only() -> None:
    tongjiang = hours_of(policy(), case(appointment_at=SATURDAY_14))
    assert closes_at(tongjiang, MONDAY_10_15) == at(11)
    assert closes_at(tongjiang, SATURDAY_14) is None
    assert closes_at(tongjiang, at(12)) is None
    always = closes_at(hours("00:00-24:00"), MONDAY_10_15)
    assert always is not None
    assert always >= MONDAY_10_15 + timedelta(days=2)


def test_hours_that_never_end_are_looked_ahead_for_two_days() -> None:
    assert closes_at(hours("00:00-24:00"), at(0)) == at(0, day=25)
    assert closes_at(hours("00:00-24:00"), at(0, 1)) == at(0, day=26)


@pytest.mark.parametrize(("days", "found"), [(0, True), (370, True), (371, False)])
def test_an_opening_is_looked_for_over_370_days(days: int, *, found: bool) -> None:
    first = (date(2026, 11, 23) + timedelta(days=days)).isoformat()
    asked = hours("00:00-24:00", source="C6-58", strength=Strength.ADVISORY)
    answer = next_open(asked, at(0), lambda slot: slot < first)
    assert isinstance(answer, Opening) is found
    if isinstance(answer, Refusal):
        assert answer == Refusal(Rule.WINDOW_CLOSED, "C6-58", Strength.ADVISORY, detail={"zone": SHANGHAI})


def test_used_slots_are_passed_over_in_the_order_of_time() -> None:
    asked = replace(hours("10:00-11:00", "14:00-16:00"), zones=(SHANGHAI, "Asia/Tokyo"))
    used = {"2026-11-23/10:00-11:00"}
    found = next_open(asked, at(9), used.__contains__)
    assert isinstance(found, Opening)
    assert (found.start, found.end) == (at(14), at(15))
