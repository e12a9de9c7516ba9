"""Spans of time, in the customer's zone: what they end on, and that they never end early."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.calendar import DayKind, WorkCalendar, day_kind
from callcenter.domain.times.spans import (
    Counting,
    DayReading,
    MonthReading,
    Span,
    SpanError,
    Unit,
    day_start,
    end_of,
    last_day,
    least_days,
    parse_span,
    start_of,
    week_of,
    week_start,
    weekday_from,
)
from callcenter.domain.times.windows import Weekday

CHINA = WorkCalendar("CN")
PLAIN = WorkCalendar()
ZONES = ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Casablanca", "America/Havana"]
MONTHLY = (Unit.MONTH, Unit.QUARTER, Unit.HALF_YEAR, Unit.YEAR)

spans = st.builds(Span, st.integers(1, 40), st.sampled_from(sorted(set(Unit) - {Unit.SAME_DAY}))) | st.just(
    Span(1, Unit.SAME_DAY)
)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (made aware)
countings = st.builds(
    Counting, st.just(PLAIN), st.sampled_from(ZONES), st.sampled_from(MonthReading), st.sampled_from(DayReading)
)


def instant(found: datetime | Refusal) -> datetime:
    assert isinstance(found, datetime)
    return found


def in_days(text: str, day: str, month: MonthReading = MonthReading.SAME_DAY, *, calendar: WorkCalendar = CHINA) -> str:
    found = last_day(parse_span(text), date.fromisoformat(day), Counting(calendar, "Asia/Shanghai", month))
    assert isinstance(found, date)
    return found.isoformat()


# --- how they are written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("5 working days", Span(5, Unit.WORKING_DAY)),
        ("1 working day", Span(1, Unit.WORKING_DAY)),
        ("1 month", Span(1, Unit.MONTH)),
        ("10 days", Span(10, Unit.DAY)),
        ("24 hours", Span(24, Unit.HOUR)),
        ("same day", Span(1, Unit.SAME_DAY)),
        ("half a month", Span(1, Unit.HALF_MONTH)),
        ("quarter", Span(1, Unit.QUARTER)),
        ("half-year", Span(1, Unit.HALF_YEAR)),
        ("2 half-years", Span(2, Unit.HALF_YEAR)),
        ("week", Span(1, Unit.WEEK)),
        ("1 year", Span(1, Unit.YEAR)),
    ],
)
def test_a_span_is_read_as_it_is_written(text: str, span: Span) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (Span(1, Unit.HOUR), "1 hour"),
        (Span(2, Unit.HOUR), "2 hours"),
        (Span(1, Unit.WORKING_DAY), "1 working day"),
        (Span(5, Unit.WORKING_DAY), "5 working days"),
        (Span(1, Unit.SAME_DAY), "same day"),
    ],
)
def test_a_span_is_written_as_it_is_said(span: Span, text: str) -> None:
    assert str(span) == text


@given(spans)
def test_what_is_written_of_a_span_reads_as_the_same(span: Span) -> None:
    assert parse_span(str(span)) == span


@pytest.mark.parametrize(
    "text",
    ["", "5", "0 days", "-1 days", "1.5 days", "1000 days", "5  days", "five days", "2 same days", "days 5", "٣ days"],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SpanError, match="written like 5 working days"):
        parse_span(text)


# --- when they end ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day", "last"),
    [
        ("5 working days", "2026-11-23", "2026-11-30"),
        ("5 working days", "2026-11-28", "2026-12-04"),
        ("5 working days", "2026-09-30", "2026-10-13"),
        ("1 working day", "2026-10-09", "2026-10-10"),
        ("3 days", "2026-09-30", "2026-10-03"),
        ("1 week", "2026-11-23", "2026-11-30"),
        ("2 weeks", "2026-11-23", "2026-12-07"),
        ("half a month", "2026-02-20", "2026-03-07"),
        ("1 month", "2026-01-31", "2026-02-28"),
        ("1 month", "2024-01-31", "2024-02-29"),
        ("1 month", "2026-12-31", "2027-01-31"),
        ("quarter", "2026-11-30", "2027-02-28"),
        ("half-year", "2026-08-31", "2027-02-28"),
        ("1 year", "2024-02-29", "2025-02-28"),
        ("same day", "2026-11-23", "2026-11-23"),
    ],
)
def test_the_last_day_of_a_span(text: str, day: str, last: str) -> None:
    """The National Day holiday of 2026 lasts from 1 to 7 October, and Saturday 10 October is worked."""
    assert in_days(text, day) == last


@pytest.mark.parametrize(
    ("text", "day", "last"),
    [
        ("1 month", "2026-11-01", "2026-11-30"),
        ("1 month", "2026-11-30", "2026-11-30"),
        ("1 month", "2024-02-01", "2024-02-29"),
        ("2 months", "2026-12-15", "2027-01-31"),
        ("quarter", "2026-11-23", "2027-01-31"),
        ("1 year", "2026-01-01", "2026-12-31"),
        ("10 days", "2026-11-23", "2026-12-03"),
    ],
)
def test_the_other_reading_of_a_month_ends_with_the_calendars(text: str, day: str, last: str) -> None:
    assert in_days(text, day, MonthReading.CALENDAR_END) == last


@pytest.mark.parametrize(
    ("text", "last"), [("3 days", "2026-10-10"), ("1 week", "2026-10-13"), ("1 month", "2026-10-30")]
)
def test_days_and_weeks_may_be_read_as_working_ones(text: str, last: str) -> None:
    counting = Counting(CHINA, "Asia/Shanghai", days=DayReading.WORKING)
    found = last_day(parse_span(text), date(2026, 9, 30), counting)
    assert found == date.fromisoformat(last)


@pytest.mark.parametrize(
    ("text", "month", "begins"),
    [
        ("1 month", MonthReading.SAME_DAY, (2026, 2, 28)),
        ("1 month", MonthReading.CALENDAR_END, (2026, 2, 1)),
        ("quarter", MonthReading.CALENDAR_END, (2026, 4, 1)),
        ("10 days", MonthReading.SAME_DAY, (2026, 2, 10)),
        ("10 days", MonthReading.CALENDAR_END, (2026, 2, 10)),
        ("1 week", MonthReading.CALENDAR_END, (2026, 2, 7)),
    ],
)
def test_what_comes_after_a_span_begins_on_its_last_day_and_after_a_calendar_month_on_the_next_days_midnight(
    text: str, month: MonthReading, begins: tuple[int, int, int]
) -> None:
    """From the evening of 31 January 2026 in Shanghai."""
    shanghai = ZoneInfo("Asia/Shanghai")
    trigger = datetime(2026, 1, 31, 20, tzinfo=shanghai)
    found = start_of(parse_span(text), trigger, Counting(PLAIN, "Asia/Shanghai", month))
    assert found == datetime(*begins, tzinfo=shanghai)


def test_a_day_ends_where_the_customer_lives() -> None:
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    same = parse_span("same day")
    assert end_of(same, late, Counting(PLAIN, "Asia/Shanghai")) == datetime(2026, 11, 24, 16, tzinfo=UTC)
    assert end_of(same, late, Counting(PLAIN, "America/New_York")) == datetime(2026, 11, 24, 5, tzinfo=UTC)


def test_hours_are_counted_through_a_change_of_clocks() -> None:
    new_york = ZoneInfo("America/New_York")
    before = datetime(2026, 10, 31, 12, tzinfo=new_york)
    counting = Counting(PLAIN, "America/New_York")
    assert instant(end_of(parse_span("24 hours"), before, counting)).astimezone(new_york).hour == 11
    assert end_of(parse_span("1 day"), before, counting) == datetime(2026, 11, 2, tzinfo=new_york)


def test_a_year_nobody_knows_is_refused_and_not_guessed() -> None:
    signed = datetime(2199, 12, 30, tzinfo=UTC)
    refused = end_of(parse_span("5 working days"), signed, Counting(CHINA, "Asia/Shanghai"))
    assert isinstance(refused, Refusal)
    assert (refused.rule, refused.detail["year"]) == (Rule.CALENDAR_UNKNOWN, "2199")
    assert isinstance(end_of(parse_span("5 days"), signed, Counting(CHINA, "Asia/Shanghai")), datetime)


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_all_time_are_refused_too(year: int) -> None:
    for find in (end_of, start_of):
        refused = find(parse_span("999 years"), datetime(year, 1, 1, tzinfo=UTC), Counting(PLAIN, "Etc/GMT+12"))
        assert isinstance(refused, Refusal)
        assert refused.rule is Rule.CALENDAR_UNKNOWN


@pytest.mark.parametrize("year", [1, 8000, 9999])
def test_a_day_at_the_ends_of_all_time_has_no_last_day(year: int) -> None:
    refused = last_day(parse_span("1 day"), date(year, 1, 1), Counting(CHINA, "Asia/Shanghai"))
    assert isinstance(refused, Refusal)
    assert (refused.rule, refused.detail) == (Rule.CALENDAR_UNKNOWN, {"country": "CN", "year": str(year)})


def test_an_unknown_zone_is_refused() -> None:
    for find in (end_of, start_of):
        refused = find(parse_span("1 day"), datetime(2026, 1, 1, tzinfo=UTC), Counting(PLAIN, "Mars/Olympus"))
        assert isinstance(refused, Refusal)
        assert refused.rule is Rule.ZONE_UNKNOWN


# --- what holds for all of them ---------------------------------------------------------------------------------------


@given(spans, instants, countings)
def test_a_span_never_ends_before_its_trigger_nor_begins_after_its_end(
    span: Span, trigger: datetime, counting: Counting
) -> None:
    end, start = instant(end_of(span, trigger, counting)), instant(start_of(span, trigger, counting))
    assert trigger < end
    assert trigger <= start <= end
    assert start.tzinfo is end.tzinfo is UTC
    assert end - start <= timedelta(hours=25)


@given(spans, instants, instants, countings)
def test_who_comes_later_is_due_no_earlier(span: Span, one: datetime, other: datetime, counting: Counting) -> None:
    first, second = sorted([one, other])
    for find in (end_of, start_of):
        assert instant(find(span, first, counting)) <= instant(find(span, second, counting))


@given(spans, instants, countings)
def test_a_longer_span_ends_later(span: Span, trigger: datetime, counting: Counting) -> None:
    assume(span.unit is not Unit.SAME_DAY)
    longer = Span(span.count + 1, span.unit)
    assert instant(end_of(span, trigger, counting)) < instant(end_of(longer, trigger, counting))


@given(spans, instants, countings)
def test_all_but_hours_end_at_a_local_midnight(span: Span, trigger: datetime, counting: Counting) -> None:
    assume(span.unit is not Unit.HOUR)
    zone = ZoneInfo(counting.zone)
    end = instant(end_of(span, trigger, counting))
    assert end == datetime.combine(end.astimezone(zone).date(), datetime.min.time(), zone).astimezone(UTC)
    assert (end - timedelta(microseconds=1)).astimezone(zone).date() < end.astimezone(zone).date()


@given(st.integers(1, 30), st.dates(date(2020, 1, 1), date(2026, 9, 1)))
def test_so_many_working_days_lie_in_a_span_of_working_days(count: int, day: date) -> None:
    last = last_day(Span(count, Unit.WORKING_DAY), day, Counting(CHINA, "Asia/Shanghai"))
    assert isinstance(last, date)
    days = [day + timedelta(days=ahead) for ahead in range(1, (last - day).days + 1)]
    assert sum(day_kind(CHINA, each) is DayKind.WORKDAY for each in days) == count
    assert day_kind(CHINA, last) is DayKind.WORKDAY


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 40), st.sampled_from(MONTHLY))
def test_a_month_is_over_on_the_same_date_or_on_the_last_before_it(day: date, count: int, unit: Unit) -> None:
    last = last_day(Span(count, unit), day, Counting(PLAIN, "UTC"))
    assert isinstance(last, date)
    months = count * {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.HALF_YEAR: 6, Unit.YEAR: 12}[unit]
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == months
    clamped = last.day < day.day and (last + timedelta(days=1)).day == 1
    assert last.day == day.day or clamped


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 40))
def test_the_calendars_month_always_ends_on_its_last_day(day: date, count: int) -> None:
    last = last_day(Span(count, Unit.MONTH), day, Counting(PLAIN, "UTC", MonthReading.CALENDAR_END))
    assert isinstance(last, date)
    assert (last + timedelta(days=1)).day == 1
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == count - 1


@pytest.mark.parametrize(
    ("zone", "days_before", "begins"),
    [
        ("Asia/Shanghai", 0, datetime(2026, 11, 23, 16, tzinfo=UTC)),
        ("Asia/Shanghai", 1, datetime(2026, 11, 22, 16, tzinfo=UTC)),
        ("Asia/Shanghai", 7, datetime(2026, 11, 16, 16, tzinfo=UTC)),
        ("America/New_York", 0, datetime(2026, 11, 23, 5, tzinfo=UTC)),
        ("America/New_York", 23, datetime(2026, 10, 31, 4, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_the_customers_midnight(zone: str, days_before: int, begins: datetime) -> None:
    """16:30 in London is the next day in Shanghai, and New York's clocks changed on 1 November."""
    moment = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert day_start(moment, zone, days_before) == begins
    assert days_before or day_start(moment, zone) == begins


def test_no_day_begins_in_a_zone_that_nobody_knows() -> None:
    refused = day_start(datetime(2026, 11, 23, tzinfo=UTC), "Mars/Olympus")
    assert isinstance(refused, Refusal)
    assert refused.rule is Rule.ZONE_UNKNOWN


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("24 hours", 0),
        ("same day", 0),
        ("10 days", 10),
        ("5 working days", 5),
        ("2 weeks", 10),
        ("half a month", 15),
        ("2 months", 56),
        ("quarter", 89),
        ("half-year", 181),
        ("3 years", 1095),
    ],
)
def test_the_least_days_of_a_span_are_those_of_its_shortest_case(text: str, least: int) -> None:
    """A month may be a February, and a week may be read as five working days."""
    assert least_days(parse_span(text)) == least


# --- weeks ------------------------------------------------------------------------------------------------------------


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(Weekday))
def test_a_week_begins_on_its_first_day_and_has_seven(day: date, first: Weekday) -> None:
    start = week_start(day, first)
    assert start.weekday() == first
    assert start <= day < start + timedelta(days=7)
    assert weekday_from(day, first) in {start, start + timedelta(days=7)}
    assert weekday_from(day, first) >= day


def test_a_week_from_saturday_to_friday_in_the_customers_zone() -> None:
    """N8-08: Friday 2026-11-27, 23:30 in Shanghai, still belongs to the week that began on Saturday the 21st."""
    shanghai = ZoneInfo("Asia/Shanghai")
    friday = datetime(2026, 11, 27, 23, 30, tzinfo=shanghai)
    start, end = datetime(2026, 11, 21, tzinfo=shanghai), datetime(2026, 11, 28, tzinfo=shanghai)
    assert week_of(friday, Weekday.SAT, "Asia/Shanghai") == (start, end)
    assert week_of(end, Weekday.SAT, "Asia/Shanghai") == (end, end + timedelta(days=7))
    assert isinstance(week_of(friday, Weekday.SAT, "Mars/Olympus"), Refusal)


@given(instants, st.sampled_from(Weekday), st.sampled_from(ZONES))
def test_weeks_follow_each_other_without_a_gap(moment: datetime, first: Weekday, zone: str) -> None:
    weeks = [week_of(moment, first, zone)]
    for _ in range(3):
        last = weeks[-1]
        assert not isinstance(last, Refusal)
        weeks.append(week_of(last[1], first, zone))
    for one, following in pairwise(weeks):
        assert not isinstance(one, Refusal)
        assert not isinstance(following, Refusal)
        assert one[1] == following[0]


@given(spans, st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.sampled_from(DayReading))
def test_a_span_has_never_fewer_days_than_its_least(span: Span, day: date, days: DayReading) -> None:
    if span.unit is Unit.HOUR:
        assert least_days(span) == 0
        return
    last = last_day(span, day, Counting(PLAIN, "UTC", days=days))
    assert isinstance(last, date)
    assert (last - day).days >= least_days(span)
