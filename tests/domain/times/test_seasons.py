"""Seasons: a part of the year, both ends included, also across the new year; and windows that hold in one only."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.calendar import WorkCalendar
from callcenter.domain.times.seasons import Season, SeasonError, ever_meet, parse_season
from callcenter.domain.times.windows import (
    DayRule,
    Opening,
    WindowError,
    WindowRule,
    Windows,
    opening_at,
    parse_interval,
)

SHANGHAI = "Asia/Shanghai"
SUMMER, WINTER = parse_season("05-01/09-30"), parse_season("10-01/04-30")
DAYS = st.dates(date(1999, 1, 1), date(2060, 12, 31))
NIGHT_DUTY = load_policy(
    'name = "night"\nversion = 1\neffective_from = 2026-01-01\ntitle = {zh = "夜", en = "Night"}\n'
    'windows = "window.night_duty"\n'
).windows


def local(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(SHANGHAI)).astimezone(UTC)


def asked(moment: datetime) -> Opening | Refusal:
    return opening_at(NIGHT_DUTY.hours, WorkCalendar(), SHANGHAI, moment)


@given(DAYS)
def test_every_day_lies_in_one_of_two_seasons_that_share_the_year(day: date) -> None:
    assert SUMMER.holds(day) is not WINTER.holds(day)


@pytest.mark.parametrize(
    ("season", "inside", "outside"),
    [
        ("05-01/09-30", [(5, 1), (9, 30)], [(4, 30), (10, 1)]),
        ("10-01/04-30", [(10, 1), (12, 31), (1, 1), (4, 30)], [(9, 30), (5, 1)]),
        ("03-05/03-05", [(3, 5)], [(3, 4), (3, 6)]),
    ],
)
def test_both_ends_belong_to_it(season: str, inside: list[tuple[int, int]], outside: list[tuple[int, int]]) -> None:
    found = parse_season(season)
    assert str(found) == season
    assert all(found.holds(date(2026, *place)) for place in inside)
    assert not any(found.holds(date(2026, *place)) for place in outside)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", None),
        ("05-01", None),
        ("5-1/9-30", "5-1"),
        ("13-01/09-30", "13-01"),
        ("02-30/03-01", "02-30"),
        ("05-01/", ""),
        ("05-01/09-31", "09-31"),
        ("05-01/09-30/12-31", "09-30/12-31"),
        ("a/b", "a"),
    ],
)
def test_a_season_that_is_no_two_dates_is_refused_with_a_sentence_that_names_the_wrong_one(
    text: str, wrong: str | None
) -> None:
    sentence = f"a season is written like 05-01/09-30, not {text!r}"
    if wrong is not None:
        sentence = f"the date {wrong!r} in the season {text!r} must be written MM-DD, for example 05-01"
    with pytest.raises(SeasonError, match=f"^{re.escape(sentence)}$"):
        parse_season(text)


@given(st.builds(Season, *[st.tuples(st.integers(1, 12), st.integers(1, 28))] * 2), DAYS, st.sampled_from((-1, 0, 1)))
def test_what_meets_on_any_day_is_known_to_meet(other: Season, day: date, apart: int) -> None:
    if SUMMER.holds(day) and other.holds(day + timedelta(days=apart)):
        assert ever_meet(SUMMER, other, apart)


def test_seasons_side_by_side_meet_in_a_leap_year_and_in_any_other() -> None:
    first, march = parse_season("02-01/02-28"), parse_season("03-01/03-31")
    assert ever_meet(first, march, 1)
    assert ever_meet(parse_season("02-29/02-29"), march, 1)
    assert not ever_meet(first, march, 0)


def test_night_duty_begins_earlier_in_winter_and_ends_the_next_morning() -> None:
    """C2-08: in summer from 18:30 to 8:00, in winter from 17:00 to 8:00."""
    summer, winter = asked(local(2026, 7, 1, 18, 30)), asked(local(2026, 12, 1, 17, 0))
    assert isinstance(summer, Opening)
    assert isinstance(winter, Opening)
    assert (summer.slot, winter.slot) == ("2026-07-01/18:30-08:00", "2026-12-01/17:00-08:00")
    early = asked(local(2026, 7, 1, 17, 30))
    assert isinstance(early, Refusal)
    assert (early.rule, early.opens_at) == (Rule.WINDOW_CLOSED, local(2026, 7, 1, 18, 30))


def test_the_last_night_of_a_season_goes_on_into_the_next() -> None:
    last = asked(local(2026, 10, 1, 7, 59))
    assert isinstance(last, Opening)
    assert last.slot == "2026-09-30/18:30-08:00"
    assert isinstance(asked(local(2026, 10, 1, 16, 59)), Refusal)
    assert isinstance(asked(local(2026, 10, 1, 17, 0)), Opening)


def test_windows_of_seasons_that_never_meet_do_not_overlap() -> None:
    day, night = (parse_interval("07:00-09:00"),), (parse_interval("18:30-08:00"),)
    every = DayRule.EVERY_DAY
    Windows((WindowRule(every, day, SUMMER), WindowRule(every, day, WINTER)))
    with pytest.raises(WindowError, match="overlap"):
        Windows((WindowRule(every, night, SUMMER), WindowRule(every, day, WINTER)))
    with pytest.raises(WindowError, match="overlap"):
        Windows((WindowRule(every, day, SUMMER), WindowRule(every, day)))
