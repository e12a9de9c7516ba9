from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.forecasts.simulation_load import (
    HOUR,
    SHOWN_HOURS,
    Demand,
    HourLoad,
    Load,
    Pace,
    dials_shown,
    hour_of,
    load_of,
    pace_of,
)
from callcenter.domain.policies.policy import Policy
from domain.values import policy

SHANGHAI = "Asia/Shanghai"


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """In Shanghai."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def hours(text: str) -> Policy:
    return policy(f'windows = {{days = "every_day", intervals = [{text}]}}\ncalendar = "calendar.every_day"')


def demand(now: datetime, *opened: tuple[datetime, int], zone: str = SHANGHAI) -> Demand:
    found = Demand(now)
    for opens_at, count in opened:
        found.add(zone, opens_at, count)
    return found


def dials(load: Load) -> dict[datetime, float]:
    return {hour.at: hour.dials for hour in load.hours if hour.dials}


def test_an_hour_takes_what_the_pace_allows_and_the_next_takes_the_rest() -> None:
    """25 callbacks of two dials each at 20 dials an hour: 20, 20, then 10, over lunch and all."""
    load = load_of(hours('"10:00-12:00", "14:00-16:00"'), demand(at(23, 9), (at(23, 10), 25)), Pace(20, 2))
    assert dials(load) == {at(23, 10): 20, at(23, 11): 20, at(23, 14): 10}
    assert load.exhausted_at == at(23, 15)
    assert [hour.ready for hour in load.hours if hour.ready] == [25]
    assert len(load.hours) == SHOWN_HOURS


def test_an_hour_that_is_open_for_a_half_takes_half() -> None:
    load = load_of(hours('"10:30-12:00"'), demand(at(23, 9), (at(23, 10, 30), 25)), Pace(20, 1))
    assert dials(load) == {at(23, 10): 10, at(23, 11): 15}


def test_of_the_present_hour_only_what_is_left_of_it_counts() -> None:
    load = load_of(hours('"10:00-12:00"'), demand(at(23, 10, 45), (at(23, 10, 45), 30)), Pace(20, 1))
    assert dials(load) == {at(23, 10): 5, at(23, 11): 20, at(24, 10): 5}


def test_zones_that_are_open_at_once_share_the_agents() -> None:
    both = demand(at(23, 9), (at(23, 10), 30))
    both.add("Asia/Tokyo", at(23, 10), 10)
    load = load_of(hours('"10:00-12:00"'), both, Pace(20, 1))
    # 10:00 in Shanghai is 11:00 in Tokyo: its last hour that day.
    assert dials(load)[at(23, 10)] == 20
    assert sum(dials(load).values()) == pytest.approx(40)
    assert load.exhausted_at == at(24, 10)


def test_a_queue_that_half_a_year_does_not_empty_has_no_such_date() -> None:
    load = load_of(hours('"10:00-11:00"'), demand(at(23, 9), (at(23, 10), 100_000)), Pace(1, 1))
    assert load.exhausted_at is None


def test_without_a_pace_only_what_becomes_ready_is_told() -> None:
    load = load_of(hours('"10:00-11:00"'), demand(at(23, 9), (at(23, 10), 7)), None)
    assert (dials(load), load.exhausted_at) == ({at(23, 10): 7}, None)


def test_an_empty_queue_is_no_load_and_ends_at_no_time() -> None:
    load = load_of(hours('"10:00-11:00"'), Demand(at(23, 9)), Pace(5, 1))
    assert (dials(load), load.exhausted_at, len(load.hours)) == ({}, None, SHOWN_HOURS)


def test_the_pace_is_dials_by_hours_and_by_callbacks_that_left() -> None:
    assert pace_of(120, 6, 40) == Pace(20, 3)
    assert pace_of(120, 6, 200) == Pace(20, 1)
    assert pace_of(0, 0, 0) is None
    assert pace_of(12, 6, 0) == Pace(2, 12)


@pytest.mark.parametrize(("made", "shown"), [(0.0, 0), (0.2, 1), (1.4, 1), (1.6, 2)])
def test_a_little_is_not_told_as_nothing(made: float, shown: int) -> None:
    assert dials_shown(HourLoad(at(23, 10), 0, made)) == shown


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 50)), max_size=6),
    st.integers(5, 30),
    st.sampled_from(['"10:00-11:00"', '"09:20-12:00", "13:00-17:45"', '"18:30-08:00"']),
)
def test_no_dial_is_lost_and_no_hour_takes_more_than_the_pace(
    opened: list[tuple[int, int]], per_hour: int, text: str
) -> None:
    now = at(23, 9, 10)
    wanted = demand(now, *((now + ahead * HOUR, count) for ahead, count in opened))
    load = load_of(hours(text), wanted, Pace(per_hour, 1))
    made = sum(hour.dials for hour in load.hours)
    many = sum(count for _, count in opened)
    assert all(hour.dials <= per_hour + 1e-3 for hour in load.hours)
    assert made <= many + 0.01
    if load.exhausted_at is not None and load.exhausted_at <= load.hours[-1].at + HOUR:
        assert made == pytest.approx(many, abs=0.05)
    assert (load.exhausted_at is None) == (many == 0)
    assert hour_of(now) == load.hours[0].at
    assert load == load_of(hours(text), wanted, Pace(per_hour, 1))
