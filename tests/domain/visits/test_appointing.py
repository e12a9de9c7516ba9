"""The customer's next days, the two times that are offered, and what stands against a time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.dials.hours import Hours, hours_in, next_open, open_now
from callcenter.domain.gate.caps import CountedDials
from callcenter.domain.policies.policy import Policy, load_policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.appointing import (
    OFFERED,
    SOON,
    Agreed,
    ConflictKind,
    conflicts,
    days_ahead,
    offers,
)
from domain import values

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 10, 17, 33, tzinfo=ZONE).astimezone(UTC)
"""A Monday."""


def policy(more: str = "") -> Policy:
    return load_policy(
        f"""
name = "p"
version = 1
effective_from = 2026-01-01
[title]
zh = "测试"
en = "Test"
[attempts]
change_time = "none"
min_gap_minutes = 0
ring_seconds_min = 20
dials_min = 3
[windows]
days = "workdays"
intervals = ["10:00-11:00", "14:00-16:00"]
{more}
"""
    )


def hours(found: Policy) -> Hours:
    return hours_in(found, ("Asia/Shanghai",))


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1))  # noqa: DTZ001 (the zone is set where it is used)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def test_the_next_days_tell_the_customers_windows_and_times_to_choose_from() -> None:
    days = days_ahead(hours(policy()), NOW)
    assert [each.day for each in days] == [date(2026, 11, 23) + timedelta(days=each) for each in range(7)]
    assert days[0].times == (at(23, 14), at(23, 15))
    assert days[1].times == (at(24, 10), at(24, 14), at(24, 15))
    assert [len(each.openings) for each in days] == [2, 2, 2, 2, 2, 0, 0]
    assert not days[0].holiday


def test_a_holiday_is_marked_and_open_on_no_time() -> None:
    before = datetime(2026, 9, 30, 8, tzinfo=ZONE).astimezone(UTC)
    days = days_ahead(hours(policy()), before)
    assert [(each.day.day, each.holiday, bool(each.times)) for each in days][:3] == [
        (30, False, True),
        (1, True, False),
        (2, True, False),
    ]


def test_two_times_are_offered_on_two_days_one_in_the_morning_and_one_in_the_afternoon() -> None:
    assert offers(policy(), hours(policy()), NOW, ()) == (at(23, 14), at(24, 15))


def test_the_times_that_the_policy_names_are_offered() -> None:
    named = policy('[appointment]\noffers = ["Fri 10:00", "Sat 14:00"]')
    assert offers(named, hours(named), NOW, ()) == (at(27, 10), at(28, 14))


def test_what_the_agent_has_agreed_already_is_not_offered_to_another() -> None:
    named = policy('[appointment]\noffers = ["Fri 10:00", "Sat 14:00"]')
    assert offers(named, hours(named), NOW, [at(27, 10, 15)]) == (at(23, 14), at(24, 15))
    assert offers(policy(), hours(policy()), NOW, [at(23, 14, 10), at(24, 15)]) == (at(23, 15), at(24, 14))


def test_days_on_which_nothing_opens_are_passed_over() -> None:
    assert offers(policy(), hours(policy()), at(27, 15), ()) == (at(30, 10), datetime(2026, 12, 1, 7, tzinfo=UTC))


def test_nobody_is_offered_a_time_in_the_night_only_because_it_is_open() -> None:
    always = hours_in(values.policy('windows = "window.always"'), ("Asia/Shanghai",))
    assert offers(policy(), always, at(23, 22, 30), ()) == (at(24, 10), at(25, 15))


def test_an_unknown_zone_offers_nothing() -> None:
    assert offers(policy(), hours_in(policy(), ("nowhere",)), NOW, ()) == ()


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC"]),
    MOMENTS,
    st.sets(st.integers(0, 400), max_size=20),
)
def test_every_offer_can_be_kept(zone: str, moment: datetime, taken: set[int]) -> None:
    now, there = moment.replace(tzinfo=UTC), hours_in(policy(), (zone,))
    busy = [now + timedelta(hours=each) for each in taken]
    found = offers(policy(), there, now, busy)
    assert len(found) <= OFFERED
    days = [each.astimezone(ZoneInfo(zone)).date() for each in found]
    assert sorted(set(days)) == days
    for each in found:
        assert each >= now + SOON
        assert not isinstance(open_now(there, each), Refusal)
        assert all(abs(each - other) >= timedelta(minutes=30) for other in busy)


@settings(deadline=None, max_examples=50)
@given(MOMENTS)
def test_every_time_to_choose_is_open_and_the_first_opening_is_never_missed(moment: datetime) -> None:
    now = moment.replace(tzinfo=UTC)
    days = days_ahead(hours(policy()), now)
    for each in (at for day in days for at in day.times):
        assert each > now
        assert not isinstance(open_now(hours(policy()), each), Refusal)
    following = next_open(hours(policy()), now)
    ends = datetime.combine(days[-1].day + timedelta(days=1), datetime.min.time(), ZONE)
    if not isinstance(following, Refusal) and following.start < ends:
        assert following in next(day.openings for day in days if day.openings)


def against(
    found: Policy, when: datetime, counted: CountedDials | None = None, taken: tuple[Agreed, ...] = ()
) -> list[tuple[ConflictKind, bool]]:
    told = conflicts(found, hours(found), counted or CountedDials(), taken, when, NOW)
    return [(each.kind, each.allowed) for each in told]


def test_nothing_stands_against_an_open_time() -> None:
    assert against(policy(), at(24, 10)) == []


@pytest.mark.parametrize(("opens", "allowed"), [("true", True), ("false", False)])
def test_a_time_outside_the_windows_is_told_and_allowed_where_an_agreed_time_opens_them(
    opens: str, *, allowed: bool
) -> None:
    found = policy(f"[appointment]\noverrides_window = {opens}")
    assert against(found, at(24, 12)) == [(ConflictKind.CLOSED, allowed)]
    (conflict,) = conflicts(found, hours(found), CountedDials(), (), at(24, 12), NOW)
    assert conflict.refusal is not None
    assert conflict.refusal.rule is Rule.WINDOW_CLOSED


def test_a_holiday_is_named_as_such() -> None:
    found, holiday = policy(), datetime(2027, 1, 1, 10, tzinfo=ZONE).astimezone(UTC)
    (conflict,) = conflicts(found, hours(found), CountedDials(), (), holiday, NOW)
    assert conflict.refusal is not None
    assert conflict.refusal.rule in {Rule.PUBLIC_HOLIDAY, Rule.CALENDAR_UNKNOWN}


def test_an_appointment_with_somebody_else_at_that_time_is_told() -> None:
    other = Agreed("cb-9", "李雷", at(24, 10, 20))
    assert against(policy(), at(24, 10), taken=(other,)) == [(ConflictKind.AGENT, True)]
    assert against(policy(), at(24, 10), taken=(replace(other, at=at(24, 10, 30)),)) == []


def test_a_cap_that_would_be_reached_by_then_is_told() -> None:
    found = policy("[caps.number_day]\nmost = 2")
    full = CountedDials(of_number=(at(24, 9), at(24, 8)))
    assert against(found, at(24, 10), full) == [(ConflictKind.CAP, False)]
    assert against(found, at(25, 10), full) == []


def test_what_is_past_is_no_appointment() -> None:
    assert against(policy(), NOW) == [(ConflictKind.PAST, False)]
