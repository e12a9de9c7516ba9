from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.calendar import (
    CalendarError,
    DayKind,
    DayMark,
    WorkCalendar,
    day_kind,
    day_mark,
    last_known_year,
    working_days_after,
)

CHINA = WorkCalendar("CN")
PLAIN = WorkCalendar()
NEVER_PUBLISHED = 2099


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 11, 23), DayKind.WORKDAY),
        (date(2026, 11, 22), DayKind.HOLIDAY),
        (date(2026, 10, 1), DayKind.HOLIDAY),
        (date(2026, 2, 17), DayKind.HOLIDAY),
        (date(2026, 2, 14), DayKind.WORKDAY),
        (date(2026, 9, 20), DayKind.WORKDAY),
        (date(2026, 10, 10), DayKind.WORKDAY),
        (date(2026, 10, 17), DayKind.HOLIDAY),
        (date(2025, 9, 28), DayKind.WORKDAY),
        (date(NEVER_PUBLISHED, 3, 3), DayKind.UNKNOWN),
        (date(1999, 3, 3), DayKind.UNKNOWN),
        (date(1940, 3, 3), DayKind.UNKNOWN),
    ],
)
def test_chinas_holidays_and_swapped_working_weekends(day: date, kind: DayKind) -> None:
    assert day_kind(CHINA, day) is kind


def test_without_a_country_monday_to_friday_are_working_days_in_every_year() -> None:
    first = date(NEVER_PUBLISHED, 1, 1)
    for ahead in range(14):
        day = first + timedelta(days=ahead)
        assert day_kind(PLAIN, day) is (DayKind.WORKDAY if day.weekday() < 5 else DayKind.HOLIDAY)


def test_other_countries_have_other_weekends() -> None:
    friday = date(2026, 11, 20)
    assert day_kind(WorkCalendar("SA"), friday) is DayKind.HOLIDAY
    assert day_kind(CHINA, friday) is DayKind.WORKDAY


def test_a_country_with_fixed_holidays_is_known_ahead() -> None:
    assert day_kind(WorkCalendar("DE"), date(2040, 10, 3)) is DayKind.HOLIDAY


@pytest.mark.parametrize(
    ("day", "mark"),
    [
        (date(2026, 4, 4), DayMark.PUBLIC_HOLIDAY),
        (date(2026, 4, 5), DayMark.PUBLIC_HOLIDAY),
        (date(2026, 5, 2), DayMark.WEEKEND),
        (date(2026, 5, 3), DayMark.WEEKEND),
        (date(2026, 5, 23), DayMark.WEEKEND),
        (date(2026, 5, 24), DayMark.WEEKEND),
    ],
    ids=["Easter Saturday", "Easter Sunday", "after Labour Day", "the day after", "before Whit Monday", "Whit Sunday"],
)
def test_a_weekend_is_a_holiday_only_between_two_of_them(day: date, mark: DayMark) -> None:
    assert day_mark(WorkCalendar("DE"), day) is mark


def test_the_institutions_own_days_win() -> None:
    calendar = WorkCalendar(
        "CN",
        own_closing_days=frozenset({date(2026, 11, 23)}),
        own_working_days=frozenset({date(2026, 11, 22), date(NEVER_PUBLISHED, 3, 3)}),
    )
    assert day_kind(calendar, date(2026, 11, 23)) is DayKind.HOLIDAY
    assert day_kind(calendar, date(2026, 11, 22)) is DayKind.WORKDAY
    assert day_kind(calendar, date(NEVER_PUBLISHED, 3, 3)) is DayKind.WORKDAY


def test_a_day_is_not_closing_and_working_at_once() -> None:
    days = frozenset({date(2026, 11, 23), date(2026, 11, 22)})
    with pytest.raises(CalendarError, match=r"^closing day and working day at once: 2026-11-22, 2026-11-23$"):
        WorkCalendar("CN", own_closing_days=days, own_working_days=days | {date(2026, 11, 24)})


def test_a_country_without_data_is_an_error() -> None:
    with pytest.raises(CalendarError, match="'XX'"):
        WorkCalendar("XX")


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 16), 5, date(2026, 11, 23)),
        (date(2026, 9, 29), 5, date(2026, 10, 12)),
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
    ],
)
def test_five_working_days_after_signing(day: date, count: int, expected: date) -> None:
    assert working_days_after(CHINA, day, count) == expected


def test_counting_into_an_unpublished_year_is_refused() -> None:
    answer = working_days_after(CHINA, date(NEVER_PUBLISHED - 1, 12, 31), 5)
    assert isinstance(answer, Refusal)
    assert answer.rule is Rule.CALENDAR_UNKNOWN
    assert answer.detail == {"country": "CN", "year": str(NEVER_PUBLISHED)}


@pytest.mark.parametrize("count", [0, -1])
def test_working_days_are_counted_from_one(count: int) -> None:
    with pytest.raises(ValueError, match="from 1"):
        working_days_after(CHINA, date(2026, 11, 20), count)


@given(st.dates(date(2020, 1, 1), date(2026, 6, 1)), st.integers(1, 40))
def test_the_nth_working_day_is_one_and_has_as_many_before_it(day: date, count: int) -> None:
    end = working_days_after(CHINA, day, count)
    assert isinstance(end, date)
    between = [day + timedelta(days=ahead) for ahead in range(1, (end - day).days + 1)]
    assert day_kind(CHINA, end) is DayKind.WORKDAY
    assert sum(day_kind(CHINA, passed) is DayKind.WORKDAY for passed in between) == count


def test_the_last_published_year_is_known() -> None:
    last = last_known_year(CHINA, 2024)
    assert last is not None
    assert last >= 2026
    assert day_kind(CHINA, date(last, 12, 31)) is not DayKind.UNKNOWN
    assert day_kind(CHINA, date(last + 1, 1, 4)) is DayKind.UNKNOWN
    assert last_known_year(CHINA, NEVER_PUBLISHED) is None
    assert last_known_year(PLAIN, 2026) == date.max.year
