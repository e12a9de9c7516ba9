from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.calendar import DayKind, WorkCalendar, day_kind
from callcenter.domain.times.instant import NaiveInstantError
from callcenter.domain.times.windows import (
    DayRule,
    Days,
    Interval,
    Opening,
    Weekday,
    WindowRule,
    Windows,
    in_zone,
    next_opening,
    opening_at,
    openings,
    parse_interval,
    zone_of,
)

PLAIN = WorkCalendar()
CHINA = WorkCalendar("CN")
SHANGHAI = "Asia/Shanghai"
NEVER_PUBLISHED = 2099
MINUTE = timedelta(minutes=1)

CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Nuuk", date(2026, 3, 28)),
    ("America/Nuuk", date(2026, 10, 24)),
]
"""Zones and days of clock change: by an hour, by half an hour, and across midnight."""


def windows(*intervals: str, days: Days = DayRule.EVERY_DAY) -> Windows:
    return Windows((WindowRule(days, tuple(parse_interval(text) for text in intervals)),))


TONGJIANG = windows("10:00-11:00", "14:00-16:00", days=DayRule.WORKDAYS)


def shanghai(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(SHANGHAI)).astimezone(UTC)


def naively_open(interval: Interval, days: Days, zone: ZoneInfo, moment: datetime) -> bool:
    """An independent reading of the rule: what does the customer's own clock show?"""
    local = moment.astimezone(zone)
    minute = local.hour * 60 + local.minute

    def applies(day: date) -> bool:
        if days is DayRule.EVERY_DAY:
            return True
        if days is DayRule.WORKDAYS:
            return day_kind(CHINA, day) is DayKind.WORKDAY
        return day.weekday() in days

    today, yesterday = local.date(), local.date() - timedelta(days=1)
    if interval.start < interval.end:
        return applies(today) and interval.start <= minute < interval.end
    return (applies(today) and minute >= interval.start) or (applies(yesterday) and minute < interval.end)


def minutes(start: datetime, hours: int) -> Iterator[datetime]:
    return (start + MINUTE * ahead for ahead in range(hours * 60))


@pytest.mark.parametrize(
    ("moment", "slot"),
    [
        (shanghai(23, 10), "2026-11-23/10:00-11:00"),
        (shanghai(23, 10, 59), "2026-11-23/10:00-11:00"),
        (shanghai(23, 14), "2026-11-23/14:00-16:00"),
        (shanghai(10, 15, month=10), "2026-10-10/14:00-16:00"),
    ],
)
def test_inside_a_window_its_slot_is_named(moment: datetime, slot: str) -> None:
    opening = opening_at(TONGJIANG, CHINA, SHANGHAI, moment)
    assert isinstance(opening, Opening)
    assert opening.slot == slot
    assert opening.holds(moment)


@pytest.mark.parametrize(
    ("moment", "opens_at"),
    [
        (shanghai(23, 9, 59), shanghai(23, 10)),
        (shanghai(23, 11), shanghai(23, 14)),
        (shanghai(23, 16), shanghai(24, 10)),
        (shanghai(20, 16), shanghai(23, 10)),
        (shanghai(30, 16, month=9), shanghai(8, 10, month=10)),
    ],
)
def test_outside_the_windows_the_next_opening_is_named(moment: datetime, opens_at: datetime) -> None:
    refusal = opening_at(TONGJIANG, CHINA, SHANGHAI, moment)
    assert refusal == Refusal(Rule.WINDOW_CLOSED, opens_at=opens_at, detail={"zone": SHANGHAI})


def test_the_customers_own_zone_counts() -> None:
    moment = shanghai(23, 10, 30)
    assert isinstance(opening_at(TONGJIANG, CHINA, SHANGHAI, moment), Opening)
    assert isinstance(opening_at(TONGJIANG, CHINA, "Europe/Berlin", moment), Refusal)


@pytest.mark.parametrize(
    "zone", ["", "Asia", "Mars/Olympus", "../etc/passwd", "/etc/localtime", "localtime", "Asia/Shanghai\0", "x" * 5000]
)
def test_an_unknown_zone_is_never_open(zone: str) -> None:
    always = windows("00:00-24:00")
    answers = (
        zone_of(zone),
        opening_at(always, PLAIN, zone, shanghai(23, 10)),
        next_opening(always, PLAIN, zone, shanghai(23, 10)),
    )
    for answer in answers:
        assert answer == Refusal(Rule.ZONE_UNKNOWN, detail={"zone": zone})


def test_an_unpublished_year_is_never_open_on_working_days() -> None:
    moment = datetime(NEVER_PUBLISHED, 3, 3, 2, 30, tzinfo=UTC)
    answers = opening_at(TONGJIANG, CHINA, SHANGHAI, moment), next_opening(TONGJIANG, CHINA, SHANGHAI, moment)
    for answer in answers:
        assert isinstance(answer, Refusal)
        assert answer.rule is Rule.CALENDAR_UNKNOWN
    assert isinstance(opening_at(windows("00:00-24:00"), CHINA, SHANGHAI, moment), Opening)


def test_a_known_day_next_to_an_unknown_one_is_itself() -> None:
    calendar = WorkCalendar("CN", own_working_days=frozenset({date(NEVER_PUBLISHED, 3, 3)}))
    morning, evening = (datetime(NEVER_PUBLISHED, 3, 3, hour, 30, tzinfo=UTC) for hour in (2, 12))
    assert isinstance(opening_at(TONGJIANG, calendar, SHANGHAI, morning), Opening)
    found = next_opening(TONGJIANG, calendar, SHANGHAI, morning)
    assert isinstance(found, Opening)
    assert found.slot == f"{NEVER_PUBLISHED}-03-03/10:00-11:00"
    closed = next_opening(TONGJIANG, calendar, SHANGHAI, evening)
    assert isinstance(closed, Refusal)
    assert closed.rule is Rule.CALENDAR_UNKNOWN


@pytest.mark.parametrize(
    ("day", "closed"), [(date(2026, 10, 1), True), (date(2026, 10, 17), False), (date(2026, 10, 12), False)]
)
def test_where_holidays_close_they_alone_close_a_window_of_every_day(day: date, *, closed: bool) -> None:
    """The National Day, an ordinary Saturday, an ordinary Monday."""
    calendar = WorkCalendar("CN", holidays_close=True)
    found = openings(windows("10:00-11:00"), calendar, ZoneInfo(SHANGHAI), day)
    assert (found == ()) is closed
    assert openings(windows("10:00-11:00"), CHINA, ZoneInfo(SHANGHAI), day) != ()


def test_closed_for_ever_has_no_next_opening() -> None:
    nothing = Windows((WindowRule(DayRule.EVERY_DAY, ()),))
    refusal = opening_at(nothing, PLAIN, SHANGHAI, shanghai(23, 10))
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.opens_at) == (Rule.WINDOW_CLOSED, None)


def test_avoided_slots_are_passed_over() -> None:
    used = {"2026-11-23/10:00-11:00", "2026-11-23/14:00-16:00"}
    opening = next_opening(TONGJIANG, CHINA, SHANGHAI, shanghai(23, 10, 30), used.__contains__)
    assert isinstance(opening, Opening)
    assert opening.slot == "2026-11-24/10:00-11:00"
    assert opening.from_(shanghai(23, 10, 30)) == shanghai(24, 10)
    assert opening.from_(shanghai(24, 10, 30)) == shanghai(24, 10, 30)


@pytest.mark.parametrize(("days", "found"), [(0, True), (369, True), (370, False)])
def test_an_opening_is_looked_for_on_this_day_and_369_more(days: int, *, found: bool) -> None:
    first = (date(2026, 11, 23) + timedelta(days=days)).isoformat()
    answer = next_opening(windows("10:00-11:00"), PLAIN, SHANGHAI, shanghai(23, 9), lambda slot: slot < first)
    assert isinstance(answer, Opening) is found
    if isinstance(answer, Refusal):
        assert answer == Refusal(Rule.WINDOW_CLOSED, detail={"zone": SHANGHAI})


def test_a_window_across_midnight_belongs_to_the_day_it_begins_on() -> None:
    night = windows("18:30-08:00", days=frozenset({Weekday.MON}))
    opening = opening_at(night, PLAIN, SHANGHAI, shanghai(24, 7, 59))
    assert isinstance(opening, Opening)
    assert opening == Opening(shanghai(23, 18, 30), shanghai(24, 8), "2026-11-23/18:30-08:00")
    assert isinstance(opening_at(night, PLAIN, SHANGHAI, shanghai(23, 7, 59)), Refusal)
    assert isinstance(opening_at(night, PLAIN, SHANGHAI, shanghai(24, 8)), Refusal)


def test_a_naive_instant_is_refused() -> None:
    naive = shanghai(23, 10).replace(tzinfo=None)
    with pytest.raises(NaiveInstantError):
        opening_at(TONGJIANG, CHINA, SHANGHAI, naive)
    with pytest.raises(NaiveInstantError):
        next_opening(TONGJIANG, CHINA, SHANGHAI, naive)


def test_what_the_clock_skips_in_spring_moves_forward() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    day = date(2026, 3, 29)
    assert openings(windows("02:00-03:00"), PLAIN, berlin, day) == ()
    assert openings(windows("02:30-04:00"), PLAIN, berlin, day) == (
        Opening(change, change + timedelta(hours=1), "2026-03-29/02:30-04:00"),
    )
    assert openings(windows("00:00-24:00"), PLAIN, berlin, day) == (
        Opening(change - timedelta(hours=2), change + timedelta(hours=21), "2026-03-29/00:00-24:00"),
    )


def test_what_the_clock_shows_twice_in_autumn_is_open_twice_as_one_slot() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    hour, half = timedelta(hours=1), timedelta(minutes=30)
    day = date(2026, 10, 25)
    assert openings(windows("02:00-03:00"), PLAIN, berlin, day) == (
        Opening(first, first + 2 * hour, "2026-10-25/02:00-03:00"),
    )
    assert openings(windows("02:00-02:30"), PLAIN, berlin, day) == (
        Opening(first, first + half, "2026-10-25/02:00-02:30"),
        Opening(first + hour, first + hour + half, "2026-10-25/02:00-02:30"),
    )


def test_a_change_of_clocks_is_found_to_the_second() -> None:
    """On 1972-01-07 at midnight, Liberia's clocks went from 44 minutes and 30 seconds behind UTC to UTC."""
    monrovia = ZoneInfo("Africa/Monrovia")
    change = datetime(1972, 1, 7, 0, 44, 30, tzinfo=UTC)
    (before,), (after,) = (_of_day(windows("00:00-24:00"), monrovia, date(1972, 1, day)) for day in (6, 7))
    assert (before.end, after.start, after.end) == (change, change, datetime(1972, 1, 8, tzinfo=UTC))
    assert _of_day(windows("00:00-00:30"), monrovia, date(1972, 1, 7)) == (), "the clocks went over it"


def shown(zone: ZoneInfo, moments: tuple[datetime, ...]) -> list[int]:
    """The minute of the day that the customer's clock shows at each of these moments."""
    return [local.hour * 60 + local.minute for local in (moment.astimezone(zone) for moment in moments)]


@pytest.mark.parametrize(("zone_name", "day"), CHANGES)
def test_every_half_hour_window_is_open_exactly_when_the_customers_clock_says_so(zone_name: str, day: date) -> None:
    """Minute by minute over the day of the change and its neighbours; no minute belongs to two openings."""
    zone = ZoneInfo(zone_name)
    moments = tuple(minutes(datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30), 84))
    clock = shown(zone, moments)
    for start in range(0, 1440, 30):
        hours = windows(str(Interval(start, start + 30)))
        found = [opening for ahead in range(-3, 4) for opening in _of_day(hours, zone, day + timedelta(days=ahead))]
        covered = [
            moment for opening in found for moment in _minutes_of(opening) if moments[0] <= moment <= moments[-1]
        ]
        expected = [moment for moment, minute in zip(moments, clock, strict=True) if start <= minute < start + 30]
        assert covered == expected


@pytest.mark.parametrize(("zone_name", "day"), CHANGES)
def test_the_next_opening_is_open_and_nothing_before_it_is(zone_name: str, day: date) -> None:
    """At each half hour and the minute before it, against a walk back over all minutes."""
    zone = ZoneInfo(zone_name)
    moments = tuple(minutes(datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=26), 60))
    clock = shown(zone, moments)
    lengths = [*product(range(0, 1440, 30), (30,)), *product(range(15, 1440, 240), (720, 1410))]
    for start, length in lengths:
        hours = windows(str(Interval(start, (start + length - 1) % 1440 + 1)))
        upcoming = None
        for moment, minute in zip(reversed(moments), reversed(clock), strict=True):
            if (minute - start) % 1440 < length:
                upcoming = moment
            if upcoming is not None and moment.minute % 30 in {0, 29}:
                opening = next_opening(hours, PLAIN, zone_name, moment)
                assert isinstance(opening, Opening)
                assert opening.from_(moment) == upcoming
        _agrees_with_the_next(hours, zone_name, moments[::185])


def _minutes_of(opening: Opening) -> list[datetime]:
    return [opening.start + MINUTE * ahead for ahead in range((opening.end - opening.start) // MINUTE)]


def _agrees_with_the_next(hours: Windows, zone_name: str, moments: tuple[datetime, ...]) -> None:
    for moment in moments:
        opening = next_opening(hours, PLAIN, zone_name, moment)
        assert isinstance(opening, Opening)
        now = opening_at(hours, PLAIN, zone_name, moment)
        assert isinstance(now, Opening) is opening.holds(moment)
        assert isinstance(now, Opening) or now.opens_at == opening.start


DAY_RULES: st.SearchStrategy[Days] = st.one_of(
    st.sampled_from(DayRule), st.frozensets(st.sampled_from(Weekday), min_size=1)
)


@settings(max_examples=300)
@given(
    st.integers(0, 1439),
    st.integers(1, 1440),
    DAY_RULES,
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"]),
    st.datetimes(datetime(2025, 1, 2), datetime(2026, 12, 20), timezones=st.just(UTC)),  # noqa: DTZ001 (made aware)
)
def test_no_instant_is_open_unless_the_customers_clock_says_so(
    start: int, length: int, days: Days, zone_name: str, moment: datetime
) -> None:
    interval = Interval(start, (start + length - 1) % 1440 + 1)
    hours = Windows((WindowRule(days, (interval,)),))
    answer = opening_at(hours, CHINA, zone_name, moment)
    expected = naively_open(interval, days, ZoneInfo(zone_name), moment)
    assert isinstance(answer, Opening) is expected
    assert opening_at(hours, CHINA, zone_name, moment) == answer
    if isinstance(answer, Refusal) and answer.opens_at is not None:
        assert naively_open(interval, days, ZoneInfo(zone_name), answer.opens_at)
        assert not naively_open(interval, days, ZoneInfo(zone_name), answer.opens_at - MINUTE)


def _of_day(hours: Windows, zone: ZoneInfo, day: date) -> tuple[Opening, ...]:
    found = openings(hours, PLAIN, zone, day)
    assert not isinstance(found, Refusal)
    return found


def test_an_instant_is_shown_on_the_clock_of_a_zone_and_on_utc_where_that_is_unknown() -> None:
    moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert in_zone("Asia/Shanghai", moment).date() == date(2026, 11, 23)
    assert in_zone("Nowhere/Land", moment) == moment
    assert in_zone("Nowhere/Land", moment).date() == date(2026, 11, 22)
