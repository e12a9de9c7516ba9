from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.retention import anniversary, keep_until
from callcenter.domain.times.instant import NaiveInstantError

SHANGHAI = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("day", "years", "expected"),
    [
        (date(2026, 11, 23), 3, date(2029, 11, 23)),
        (date(2024, 2, 29), 3, date(2027, 3, 1)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2024, 2, 28), 3, date(2027, 2, 28)),
        (date(2025, 3, 1), 3, date(2028, 3, 1)),
        (date(2096, 2, 29), 4, date(2100, 3, 1)),
    ],
)
def test_the_same_date_years_later(day: date, years: int, expected: date) -> None:
    assert anniversary(day, years) == expected


def test_it_is_kept_to_the_end_of_the_local_day() -> None:
    late = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert keep_until(late, 3, SHANGHAI) == datetime(2029, 11, 25, tzinfo=ZoneInfo(SHANGHAI))
    assert keep_until(late, 3, "UTC") == datetime(2029, 11, 24, tzinfo=UTC)
    assert keep_until(late, 3, SHANGHAI).tzinfo is UTC


def test_of_the_29th_of_february_it_is_kept_to_the_end_of_the_1st_of_march() -> None:
    assert keep_until(datetime(2024, 2, 29, 12, tzinfo=UTC), 3, "UTC") == datetime(2027, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize("years", [-1, 0, 2])
def test_fewer_than_three_years_are_refused(years: int) -> None:
    with pytest.raises(ValueError, match="at least 3 years"):
        keep_until(datetime(2026, 11, 23, tzinfo=UTC), years, SHANGHAI)


def test_a_naive_instant_is_refused() -> None:
    for zone in (SHANGHAI, "Mars/Olympus"):
        with pytest.raises(NaiveInstantError):
            keep_until(datetime(2026, 11, 23, tzinfo=UTC).replace(tzinfo=None), 3, zone)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (made aware)
    st.integers(3, 30),
    st.sampled_from([SHANGHAI, "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12", "Africa/Casablanca"]),
)
def test_it_is_never_kept_shorter_than_the_years_and_at_most_three_days_longer(
    visit_at: datetime, years: int, zone: str
) -> None:
    local = visit_at.astimezone(ZoneInfo(zone))
    full_years = datetime.combine(anniversary(local.date(), years), local.time(), ZoneInfo(zone))
    kept = keep_until(visit_at, years, zone)
    assert kept >= full_years.astimezone(UTC)
    assert kept - full_years.astimezone(UTC) < timedelta(days=1, hours=2)
    unknown = keep_until(visit_at, years, "Mars/Olympus")
    assert kept <= unknown <= kept + timedelta(days=3)
