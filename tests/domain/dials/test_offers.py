"""Two times are offered: on two later days, a morning and an afternoon, always when a dial may begin."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.dials.hours import Hours, hours_in, open_now
from callcenter.domain.dials.offers import offers
from callcenter.domain.times.windows import Opening, in_zone
from domain.values import MONDAY_10_15, policy

SHANGHAI = "Asia/Shanghai"


def hours(windows: str, zone: str = SHANGHAI) -> Hours:
    return hours_in(policy(f'windows = "{windows}"'), (zone,))


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ("window.tongjiang", ["11-24 10:00", "11-25 14:00"]),
        ("window.always", ["11-24 10:00", "11-25 14:00"]),
    ],
)
def test_a_morning_and_an_afternoon_of_two_days_are_offered(windows: str, expected: list[str]) -> None:
    found = offers(hours(windows), MONDAY_10_15)
    assert [in_zone(SHANGHAI, at).strftime("%m-%d %H:%M") for at in found] == expected


def test_days_on_which_nothing_opens_are_passed_over() -> None:
    friday = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)
    found = offers(hours("window.tongjiang"), friday)
    assert [in_zone(SHANGHAI, at).strftime("%m-%d %H:%M") for at in found] == ["11-30 10:00", "12-01 14:00"]


@given(
    st.sampled_from(["window.tongjiang", "window.always"]),
    st.sampled_from([SHANGHAI, "Europe/Berlin", "America/New_York", "UTC"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20)),  # noqa: DTZ001 (made aware below)
)
def test_what_is_offered_lies_on_later_days_and_is_open_then(windows: str, zone: str, now: datetime) -> None:
    moment = now.replace(tzinfo=UTC)
    open_hours = hours(windows, zone)
    found = offers(open_hours, moment)
    assert len(found) == 2
    days = [in_zone(zone, each).date() for each in (moment, *found)]
    assert days[0] < days[1] < days[2]
    assert all(isinstance(open_now(open_hours, at), Opening) for at in found)
    assert found[0] - moment < timedelta(days=20)


def test_an_unknown_zone_offers_nothing() -> None:
    assert offers(hours("window.tongjiang", "nowhere"), MONDAY_10_15) == ()
