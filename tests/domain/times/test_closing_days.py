"""What a calendar on the wall shows, what moves before a holiday, and when the calendar's data end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.calendar import (
    DayKind,
    DayMark,
    WorkCalendar,
    before_holiday,
    day_kind,
    day_mark,
    holiday_name,
)
from callcenter.domain.times.closing_days import ClosingDay, running_out, year_of

CHINA = WorkCalendar("CN")
IN_2026 = st.dates(date(2026, 1, 5), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("day", "mark"),
    [
        (date(2026, 11, 23), DayMark.WORKDAY),
        (date(2026, 11, 22), DayMark.WEEKEND),
        (date(2026, 10, 1), DayMark.PUBLIC_HOLIDAY),
        (date(2026, 10, 3), DayMark.PUBLIC_HOLIDAY),
        (date(2026, 10, 4), DayMark.PUBLIC_HOLIDAY),
        (date(2026, 10, 10), DayMark.SWAPPED_WORKDAY),
        (date(2026, 2, 21), DayMark.PUBLIC_HOLIDAY),
        (date(2026, 5, 3), DayMark.PUBLIC_HOLIDAY),
        (date(2026, 10, 11), DayMark.WEEKEND),
        (date(2026, 9, 26), DayMark.WEEKEND),
        (date(2099, 3, 3), DayMark.UNKNOWN),
    ],
)
def test_each_day_has_its_mark(day: date, mark: DayMark) -> None:
    assert day_mark(CHINA, day) is mark


def test_own_days_have_marks_of_their_own() -> None:
    closed, open_ = date(2026, 11, 23), date(2026, 11, 22)
    calendar = WorkCalendar("CN", frozenset({closed}), frozenset({open_}))
    assert [day_mark(calendar, day) for day in (closed, open_)] == [DayMark.OWN_CLOSING_DAY, DayMark.OWN_WORKDAY]
    assert [mark for mark in DayMark if mark.holiday] == [DayMark.PUBLIC_HOLIDAY, DayMark.OWN_CLOSING_DAY]


def test_a_holiday_has_a_name_in_the_readers_language() -> None:
    assert holiday_name(CHINA, date(2026, 10, 1), "zh_CN") == "国庆节"
    assert holiday_name(CHINA, date(2026, 10, 1)) == "National Day"
    assert holiday_name(CHINA, date(2026, 10, 1), "tlh") == "国庆节"
    assert holiday_name(CHINA, date(2026, 11, 23)) == ""
    assert holiday_name(CHINA, date(2099, 10, 1)) == ""


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        (date(2026, 10, 1), date(2026, 9, 30)),
        (date(2026, 10, 7), date(2026, 9, 30)),
        (date(2026, 2, 22), date(2026, 2, 14)),
        (date(2026, 11, 22), date(2026, 11, 22)),
        (date(2026, 11, 23), date(2026, 11, 23)),
        (date(2026, 10, 10), date(2026, 10, 10)),
    ],
)
def test_what_falls_on_a_holiday_moves_to_the_last_working_day_before(day: date, moved: date) -> None:
    assert before_holiday(CHINA, day) == moved


def test_a_closing_day_after_a_weekend_moves_to_the_friday() -> None:
    monday = date(2026, 11, 23)
    assert before_holiday(WorkCalendar("CN", frozenset({monday})), monday) == date(2026, 11, 20)


@pytest.mark.parametrize("day", [date(2099, 3, 3), date(2007, 1, 1)])
def test_nothing_moves_through_days_that_are_unknown(day: date) -> None:
    answer = before_holiday(replace(CHINA, own_closing_days=frozenset({date(2099, 3, 4)})), day)
    if isinstance(answer, Refusal):
        assert answer.rule is Rule.CALENDAR_UNKNOWN
    else:
        assert day_kind(CHINA, answer) is DayKind.WORKDAY
    closed_after_unknown = replace(CHINA, own_closing_days=frozenset({date(2099, 3, 4)}))
    assert isinstance(before_holiday(closed_after_unknown, date(2099, 3, 4)), Refusal)


@given(IN_2026)
def test_what_moves_comes_to_a_working_day_with_none_between(day: date) -> None:
    moved = before_holiday(CHINA, day)
    assert isinstance(moved, date)
    if not day_mark(CHINA, day).holiday:
        assert moved == day
        return
    assert day_kind(CHINA, moved) is DayKind.WORKDAY
    between = [moved + timedelta(days=ahead) for ahead in range(1, (day - moved).days + 1)]
    assert all(day_kind(CHINA, each) is DayKind.HOLIDAY for each in between)


def test_a_year_has_all_its_days_and_the_names_of_what_is_closed() -> None:
    day = date(2026, 11, 23)
    closed = ClosingDay(day, "stock-taking", "", "", datetime(2026, 11, 1, tzinfo=UTC))
    days = year_of(WorkCalendar("CN", frozenset({day})), [closed], 2026)
    assert [each.day for each in days] == sorted({each.day for each in days})
    assert (len(days), days[0].name, days[0].mark) == (365, "New Year's Day", DayMark.PUBLIC_HOLIDAY)
    (mine,) = [each for each in days if each.mark is DayMark.OWN_CLOSING_DAY]
    assert (mine.day, mine.name) == (day, "stock-taking")
    assert len(year_of(CHINA, [], 2024)) == 366


@pytest.mark.parametrize(
    ("today", "missing"), [(date(2099, 3, 3), 2099), (date(2026, 3, 3), None), (date(2026, 10, 31), None)]
)
def test_people_are_warned_before_the_data_end(today: date, missing: int | None) -> None:
    assert running_out(CHINA, today) == missing


def test_the_warning_comes_two_months_before_the_last_known_year_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.domain.times.closing_days.last_known_year", lambda _calendar, year: year)
    assert [running_out(CHINA, date(2026, month, 1)) for month in (9, 10, 11, 12)] == [None, None, 2027, 2027]
