"""Which hours hold for one customer: zones that disagree, own hours, appointments, holidays, the end of a window."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.dials.hours import (
    Hours,
    hours_in,
    hours_of,
    never_opens,
    next_open,
    open_now,
    slot_outside,
)
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.calendar import WorkCalendar
from callcenter.domain.times.windows import DayRule, Interval, Opening, Weekday, WindowRule, Windows, parse_interval
from callcenter.domain.words.sentences import Language, sentence
from domain.values import MONDAY_10_15, case, policy

SHANGHAI, BERLIN, NEW_YORK = "Asia/Shanghai", "Europe/Berlin", "America/New_York"
MINUTE, HALF_HOUR = timedelta(minutes=1), timedelta(minutes=30)
YEARS = timedelta(days=3650)
BERLIN_LINE = PhoneNumber("+4930123456")


def windows(*texts: str, days: DayRule = DayRule.EVERY_DAY) -> Windows:
    return Windows((WindowRule(days, tuple(parse_interval(text) for text in texts)),))


def hours(*texts: str, zones: tuple[str, ...] = (SHANGHAI,), **others: Any) -> Hours:
    return Hours(windows(*texts), WorkCalendar(), zones, **others)


def at(hour: int, minute: int = 0, *, day: int = 23, zone: str = SHANGHAI) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_open(asked: Hours, moment: datetime) -> bool:
    return isinstance(open_now(asked, moment), Opening)


def opens(asked: Hours, moment: datetime) -> datetime:
    found = next_open(asked, moment)
    assert isinstance(found, Opening), found
    return found.from_(moment)


# Zones that disagree


def test_where_zones_disagree_only_what_all_of_them_allow_is_open() -> None:
    """In winter, Berlin's 09:00 is Shanghai's 16:00: from 09:00 to 20:00 in both, four hours are left."""
    both = hours("09:00-20:00", zones=(SHANGHAI, BERLIN))
    assert opens(both, at(0)) == at(16)
    found = open_now(both, at(17))
    assert found == Opening(at(16), at(20), "2026-11-23/09:00-20:00")
    assert not is_open(both, at(15, 59))
    assert not is_open(both, at(20))


def test_zones_whose_windows_never_meet_are_never_open_and_say_so() -> None:
    never = hours("10:00-11:00", zones=(SHANGHAI, NEW_YORK))
    refusal = open_now(never, at(10, 30))
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.opens_at) == (Rule.WINDOW_CLOSED, None)
    assert refusal.detail == {"zone": "Asia/Shanghai + America/New_York", "days": "370"}
    following = next_open(never, at(10, 30))
    assert isinstance(following, Refusal)
    assert (following.rule, following.opens_at) == (Rule.WINDOW_CLOSED, None)
    assert never_opens(refusal)
    assert "For 370 days no hour allows a call" in sentence(refusal)
    assert "370天内没有可以拨打该客户的时段" in sentence(refusal, Language.ZH)


def test_hours_that_open_later_or_of_which_nobody_knows_are_not_told_as_never() -> None:
    later = open_now(hours("10:00-11:00"), at(12))
    unknown = open_now(
        Hours(windows("10:00-11:00", days=DayRule.WORKDAYS), WorkCalendar("CN"), (SHANGHAI,)), at(23, day=30) + YEARS
    )
    for refusal in (later, unknown):
        assert isinstance(refusal, Refusal)
        assert not never_opens(refusal)


def test_one_unknown_zone_among_them_closes_all() -> None:
    for asked in (open_now, next_open):
        refusal = asked(hours("00:00-24:00", zones=(SHANGHAI, "Mars/Olympus")), MONDAY_10_15)
        assert isinstance(refusal, Refusal)
        assert refusal.rule is Rule.ZONE_UNKNOWN


def test_the_gate_asks_for_the_number_that_is_dialled() -> None:
    rules = policy('windows = {intervals = ["09:00-20:00"]}')
    assert is_open(hours_of(rules, case()), at(10))
    assert not is_open(hours_of(rules, case(zone=SHANGHAI), BERLIN_LINE), at(10))
    assert is_open(hours_of(rules, case(zone=SHANGHAI), BERLIN_LINE), at(17))


def test_outside_the_windows_the_slot_is_the_customers_day() -> None:
    """At 04:00 in Shanghai it is still the day before in London, and in a zone that nobody knows UTC's day counts."""
    assert slot_outside(hours(zones=(SHANGHAI, BERLIN)), at(4)) == "2026-11-23/outside"
    assert slot_outside(hours(zones=("Mars/Olympus",)), at(4)) == "2026-11-22/outside"


CHANGES = [
    (BERLIN, date(2026, 3, 29)),
    (BERLIN, date(2026, 10, 25)),
    (NEW_YORK, date(2026, 3, 8)),
    (NEW_YORK, date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Santiago", date(2026, 9, 6)),
    ("Africa/Cairo", date(2026, 10, 29)),
    (SHANGHAI, date(2026, 11, 23)),
]
"""Zones with days of 23, 25, 23.5, 24.5 and 24 hours, among them such whose clocks change at midnight."""

PAIRED = [(*change, other) for change in CHANGES for other in ("Asia/Kathmandu", "Europe/London", "America/St_Johns")]


def clock_says_open(interval: Interval, zone: str, moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    begin, end = interval.start, interval.end
    return begin <= minute < end if end > begin else minute >= begin or minute < end


@pytest.mark.parametrize(("zone", "day", "other"), PAIRED)
def test_in_two_zones_it_is_open_exactly_when_both_clocks_say_so(zone: str, day: date, other: str) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=14)
    half_hours = [midnight + HALF_HOUR * number for number in range(96)]
    for interval in (parse_interval(text) for text in ("09:00-17:30", "22:00-02:30", "00:00-24:00")):
        asked = Hours(Windows((WindowRule(DayRule.EVERY_DAY, (interval,)),)), WorkCalendar(), (zone, other))
        expected = [all(clock_says_open(interval, each, at) for each in (zone, other)) for at in half_hours]
        assert [is_open(asked, moment) for moment in half_hours] == expected


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 47), min_size=2, max_size=4, unique=True),
    st.sampled_from(PAIRED),
    st.integers(-48, 48),
    st.sampled_from([0, 20, 1200]),
)
def test_the_next_opening_is_open_and_nothing_earlier_is(
    cuts: list[int], where: tuple[str, date, str], ahead: int, least: int
) -> None:
    zone, day, other = where
    texts = [(Interval(start * 30, end * 30)) for start, end in list(pairwise(sorted(cuts)))[::2]]
    asked = Hours(
        Windows((WindowRule(DayRule.EVERY_DAY, tuple(texts)),)),
        WorkCalendar(),
        (zone, other),
        least=timedelta(seconds=least),
    )
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + ahead * HALF_HOUR
    answer = open_now(asked, moment)
    assert open_now(asked, moment) == answer
    found = next_open(asked, moment)
    if isinstance(found, Refusal):
        assert not any(is_open(asked, moment + HALF_HOUR * number) for number in range(96))
        return
    first = found.from_(moment)
    assert is_open(asked, first)
    assert isinstance(answer, Opening) is (first == moment)
    if isinstance(answer, Refusal):
        assert answer.opens_at == first
        assert not is_open(asked, first - timedelta(seconds=1))
    steps = min(96, (first - moment) // HALF_HOUR)
    assert not any(is_open(asked, moment + HALF_HOUR * number) for number in range(steps))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PAIRED), st.integers(0, 60 * 48), st.booleans())
def test_never_callable_outside_the_window_in_any_of_the_customers_zones(
    where: tuple[str, date, str], minutes: int, fits: bool
) -> None:
    zone, day, other = where
    interval = parse_interval("08:30-18:45")
    asked = hours("08:30-18:45", zones=(zone, other), least=timedelta(seconds=30 * fits))
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * MINUTE
    if is_open(asked, moment):
        assert all(clock_says_open(interval, each, moment) for each in (zone, other))


# Holidays


def of_windows(body: str) -> Policy:
    return policy(body)


NATIONAL_DAY = datetime(2026, 10, 5, 2, 15, tzinfo=UTC)
"""A Monday morning in China."""


@pytest.mark.parametrize(
    ("on_holiday", "key_customer", "callable_then"),
    [
        ("block", True, False),
        ("shift_before", True, False),
        ("key_customers", False, False),
        ("key_customers", True, True),
        ("allow", False, True),
    ],
)
def test_what_a_public_holiday_means_to_windows_of_every_day(
    on_holiday: str, *, key_customer: bool, callable_then: bool
) -> None:
    rules = policy(
        'windows = {intervals = ["10:00-11:00"], strength = "advisory"}\n'
        f'calendar = {{on_holiday = "{on_holiday}", source = {{on_holiday = "N6-15"}}}}'
    )
    answer = open_now(hours_of(rules, case(key_customer=key_customer)), NATIONAL_DAY)
    assert isinstance(answer, Opening) is callable_then
    if isinstance(answer, Refusal):
        assert (answer.rule, answer.source, answer.strength) == (Rule.PUBLIC_HOLIDAY, "N6-15", Strength.ADVISORY)
        assert answer.detail == {"day": "2026-10-05"}
        assert answer.opens_at == datetime(2026, 10, 8, 2, tzinfo=UTC)


def test_allowing_holidays_opens_no_window_of_working_days() -> None:
    rules = policy('windows = "window.tongjiang"\ncalendar = {on_holiday = "allow"}')
    assert not is_open(hours_of(rules, case(key_customer=True)), NATIONAL_DAY)


def test_an_ordinary_weekend_is_no_holiday() -> None:
    rules = policy('windows = {intervals = ["10:00-11:00"]}')
    assert is_open(hours_of(rules, case()), at(10, 15, day=22))


def test_a_weekend_within_a_holiday_is_one() -> None:
    rules = policy('windows = {intervals = ["10:00-11:00"]}')
    refusal = open_now(hours_of(rules, case()), datetime(2026, 2, 21, 2, 15, tzinfo=UTC))
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.PUBLIC_HOLIDAY


def test_a_closing_day_of_the_house_closes_and_is_named() -> None:
    rules = policy('windows = {intervals = ["10:00-11:00"]}').with_house_closed({date(2026, 11, 23)})
    refusal = open_now(hours_of(rules, case()), MONDAY_10_15)
    assert refusal == Refusal(Rule.CLOSING_DAY, opens_at=at(10, day=24), detail={"day": "2026-11-23"})


@pytest.mark.parametrize("zones", [(SHANGHAI, BERLIN), (BERLIN, SHANGHAI)])
def test_a_day_on_which_one_of_the_zones_is_closed_is_named_whichever_comes_first(zones: tuple[str, str]) -> None:
    """In the evening of the 22nd it is the 23rd in Shanghai already, where the house is closed."""
    closed = WorkCalendar(own_closing_days=frozenset({date(2026, 11, 23)}), holidays_close=True)
    refusal = open_now(Hours(windows("00:00-24:00"), closed, zones), at(20, day=22, zone=BERLIN))
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.detail) == (Rule.CLOSING_DAY, {"day": "2026-11-23"})


def test_a_closing_day_that_no_window_names_closes_nothing() -> None:
    """On Sunday the house is closed, and the windows are Monday's."""
    closed = WorkCalendar(own_closing_days=frozenset({date(2026, 11, 22)}), holidays_close=True)
    mondays = Windows((WindowRule(frozenset({Weekday.MON}), (parse_interval("10:00-11:00"),)),))
    refusal = open_now(Hours(mondays, closed, (SHANGHAI,)), at(10, 15, day=22))
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.opens_at) == (Rule.WINDOW_CLOSED, at(10))


def test_a_holiday_whose_windows_are_open_closes_nothing_beside_them() -> None:
    rules = policy('windows = {intervals = ["10:00-11:00"]}\ncalendar = {on_holiday = "allow"}')
    refusal = open_now(hours_of(rules, case()), NATIONAL_DAY + timedelta(hours=2))
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.WINDOW_CLOSED


ALSO = 'also = [{intervals = ["14:00-15:00"]}]'


@pytest.mark.parametrize(
    ("lines", "source"),
    [
        ('intervals = ["10:00-11:00"]\nsource = {intervals = "C6-58"}', "C6-58"),
        (f'intervals = ["10:00-11:00"]\n{ALSO}\nsource = {{intervals = "C6-58", also = "C2-08"}}', "C6-58"),
        (f'{ALSO}\nsource = {{also = "C2-08"}}', "C2-08"),
        ('left_open = "soon"', "product"),
    ],
    ids=["the line", "and further lines", "further lines alone", "none"],
)
def test_the_hours_come_from_the_rule_of_the_line_that_is_first(lines: str, source: str) -> None:
    rules = policy(f"[windows]\n{lines}")
    found = hours_in(rules, (BERLIN,))
    assert (found.source, found.zones) == (source, (BERLIN,))


def test_at_night_an_ordinary_closed_window_speaks() -> None:
    refusal = open_now(hours_of(policy(), case()), at(23))
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.source) == (Rule.WINDOW_CLOSED, "C6-58")


def test_where_holidays_close_an_unknown_year_is_closed_also_for_every_day() -> None:
    unknown = MONDAY_10_15.replace(year=2099)
    refusal = open_now(hours_of(policy('windows = "window.always"'), case()), unknown)
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.CALENDAR_UNKNOWN
    trial = policy('windows = "window.always"\ncalendar = "calendar.every_day"')
    assert is_open(hours_of(trial, case()), unknown)


# Own hours


def test_a_customers_own_hours_count_only_where_the_policy_lets_them() -> None:
    wished = case(own_hours="every_day 19:00-20:00")
    heard = hours_of(policy('windows = "window.realestate"'), wished)
    assert is_open(heard, at(19, 30))
    refusal = open_now(heard, at(10, 15))
    assert isinstance(refusal, Refusal)
    assert (refusal.source, refusal.opens_at) == ("N6-18, N6-19", at(19))
    deaf = hours_of(policy('windows = "window.tongjiang"'), wished)
    assert is_open(deaf, at(10, 15))
    assert not is_open(deaf, at(19, 30))


def test_own_hours_do_not_open_a_holiday() -> None:
    heard = hours_of(policy('windows = "window.realestate"'), case(own_hours="every_day 10:00-11:00"))
    assert not is_open(heard, NATIONAL_DAY)


def test_own_hours_that_cannot_be_read_open_nothing() -> None:
    refusal = open_now(hours_of(policy('windows = "window.realestate"'), case(own_hours="soon")), at(10, 15))
    assert refusal == Refusal(Rule.WINDOW_UNSET, "N6-18, N6-19", detail={"said": "-"})


def test_hours_that_nobody_filled_in_open_nothing() -> None:
    asked = hours_of(policy('windows = "window.liaoning"'), case())
    for answer in (open_now(asked, MONDAY_10_15), next_open(asked, MONDAY_10_15)):
        assert isinstance(answer, Refusal)
        assert (answer.rule, answer.strength, answer.detail["said"]) == (Rule.WINDOW_UNSET, Strength.HARD, "适当时间")


# Appointments

SATURDAY_14 = at(14, day=28)


def test_an_appointment_opens_the_window_for_its_tolerance_and_no_longer() -> None:
    """C8-02: the customer chose Saturday at 14:00, and the windows are those of working days."""
    asked = hours_of(policy(), case(appointment_at=SATURDAY_14))
    assert not is_open(asked, SATURDAY_14 - MINUTE)
    assert open_now(asked, SATURDAY_14) == Opening(SATURDAY_14, SATURDAY_14 + HALF_HOUR, "2026-11-28/appointment 14:00")
    assert is_open(asked, SATURDAY_14 + HALF_HOUR - MINUTE)
    assert not is_open(asked, SATURDAY_14 + HALF_HOUR)
    assert opens(asked, at(16, 30, day=27)) == SATURDAY_14
    assert opens(asked, SATURDAY_14 + HALF_HOUR) == at(10, day=30)


def test_a_policy_may_keep_its_windows_against_appointments() -> None:
    rules = policy('windows = "window.tongjiang"\nappointment = {overrides_window = false}')
    assert not is_open(hours_of(rules, case(appointment_at=SATURDAY_14)), SATURDAY_14)


def test_an_appointment_within_a_window_counts_in_its_slot() -> None:
    found = open_now(hours_of(policy(), case(appointment_at=MONDAY_10_15)), MONDAY_10_15)
    assert isinstance(found, Opening)
    assert found.slot == "2026-11-23/10:00-11:00"
    assert next_open(hours_of(policy(), case(appointment_at=MONDAY_10_15)), MONDAY_10_15) == found


def test_an_appointment_needs_no_calendar_but_a_zone() -> None:
    then = MONDAY_10_15.replace(year=2099)
    assert is_open(hours_of(policy(), case(appointment_at=then)), then)
    assert not is_open(hours_of(policy(), case(appointment_at=then, zone="Mars/Olympus")), then)


def test_an_appointment_whose_slot_was_used_is_passed_over() -> None:
    asked = hours_of(policy(), case(appointment_at=SATURDAY_14))
    found = next_open(asked, SATURDAY_14, {"2026-11-28/appointment 14:00"}.__contains__)
    assert isinstance(found, Opening)
    assert found.start == at(10, day=30)
