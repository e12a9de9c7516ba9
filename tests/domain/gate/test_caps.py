"""Caps: never exceeded under any order of events, and open again exactly when they say."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.gate.caps import CapTerms, CountedDials, over_cap, refused_by_caps
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.caps import CapsGroup, Span, Whose
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.words.sentences import Language, sentence
from domain.values import HEADER, MONDAY_10_15, policy

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "UTC")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURS = {"24h": 24, "7d": 7 * 24, "30d": 30 * 24}
SPANS = st.sampled_from(list(Span))
MINUTES = st.integers(0, 300 * 24 * 60)


def caps(**most: int) -> CapsGroup:
    written = ", ".join(f"{name} = {{most = {number}}}" for name, number in most.items())
    return policy(f'windows = "window.always"\ncaps = {{{written}}}').caps


def ask(group: CapsGroup, dials: Sequence[datetime], now: datetime, zone: str = "Asia/Shanghai") -> Refusal | None:
    return over_cap(group, Whose.NUMBER, sorted(dials, reverse=True), zone, now)


def opens(group: CapsGroup, dials: Sequence[datetime], now: datetime, zone: str = "Asia/Shanghai") -> datetime | None:
    refusal = ask(group, dials, now, zone)
    assert refusal is not None
    assert refusal.rule is Rule.CAP_NUMBER
    return refusal.opens_at


def test_without_caps_nothing_is_too_often() -> None:
    assert ask(CapsGroup(), [MONDAY_10_15] * 1000, MONDAY_10_15) is None
    assert [CapsGroup().most(whose) for whose in Whose] == [0, 0]


@pytest.mark.parametrize(
    ("cap", "opens_after"),
    [("number_24h", 24 * HOUR), ("number_7d", 7 * DAY), ("number_30d", 30 * DAY), ("number_lifetime", None)],
)
def test_a_cap_opens_when_the_dial_that_fills_it_leaves_its_span(cap: str, opens_after: timedelta | None) -> None:
    group, now = caps(**{cap: 2}), MONDAY_10_15
    assert ask(group, [now - HOUR], now) is None
    first = now - 2 * HOUR
    assert opens(group, [first, now - HOUR], now) == (None if opens_after is None else first + opens_after)
    if opens_after is not None:
        assert ask(group, [first, now - HOUR], first + opens_after) is None
        assert ask(group, [first, now - HOUR], first + opens_after - timedelta(microseconds=1)) is not None


def test_a_day_is_the_customers_own() -> None:
    """01:00 in Shanghai is another day there, and the same day in Berlin."""
    evening = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    later = evening + 2 * HOUR
    group = caps(number_day=1)
    assert ask(group, [evening], later, "Asia/Shanghai") is None
    assert opens(group, [evening], later, "Europe/Berlin") == datetime(2026, 11, 23, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25)])
def test_a_day_on_which_clocks_change_ends_at_its_midnight(day: tuple[int, int, int], hours: int) -> None:
    midnight = datetime(*day, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert opens(caps(number_day=1), [midnight], midnight + HOUR, "Europe/Berlin") == midnight + hours * HOUR


def test_of_several_caps_the_one_that_lasts_longest_speaks() -> None:
    now = MONDAY_10_15
    dials = [now - HOUR, now - 2 * HOUR]
    assert opens(caps(number_day=1, number_24h=2, number_7d=2), dials, now) == dials[1] + 7 * DAY
    assert opens(caps(number_7d=2, number_lifetime=2), dials, now) is None


def test_a_hard_cap_speaks_before_one_that_a_reason_overrides() -> None:
    group = policy(
        'windows = "window.always"\n'
        'caps = {number_day = {most = 1}, number_lifetime = {most = 1, strength = "override_with_reason"}}'
    ).caps
    now, zone = MONDAY_10_15, "Asia/Shanghai"
    refusal = ask(group, [now], now)
    assert refusal is not None
    assert (refusal.strength, refusal.detail["span"]) == (Strength.HARD, "day")
    terms = CapTerms(group, "k1", zone, frozenset({Rule.CAP_NUMBER}))
    assert refused_by_caps(terms, CountedDials((now,)), now) == refusal
    tomorrow = now + DAY
    soft = ask(group, [now], tomorrow)
    assert soft is not None
    assert soft.strength is Strength.OVERRIDE
    assert refused_by_caps(terms, CountedDials((now,)), tomorrow) is None
    assert refused_by_caps(CapTerms(group, "k1", zone), CountedDials((now,)), tomorrow) == soft


def test_a_cap_says_how_many_and_over_which_time_in_both_languages() -> None:
    refusal = ask(caps(number_7d=1), [MONDAY_10_15], MONDAY_10_15)
    assert refusal is not None
    assert "1 times" in sentence(refusal)
    assert "in 7 days" in sentence(refusal)
    assert "7天内" in sentence(refusal, Language.ZH)


@pytest.mark.parametrize("wrong", ["number_day = {most = 0}", "number_day = 3", "number_week = {most = 1}"])
def test_a_cap_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(PolicyError, match="caps"):
        load_policy(f'{HEADER}windows = "window.always"\ncaps = {{{wrong}}}')


def in_span(span: Span, one: datetime, other: datetime, zone: str) -> bool:
    """May both instants lie within one span of this kind?"""
    if span is Span.LIFETIME:
        return True
    if span is Span.DAY:
        return one.astimezone(ZoneInfo(zone)).date() == other.astimezone(ZoneInfo(zone)).date()
    return abs(one - other) < HOURS[span.value] * HOUR


def most_together(span: Span, dials: Sequence[datetime], zone: str) -> int:
    """So many dials the fullest span holds; counted the long way round."""
    return max(
        (sum(first <= other and in_span(span, first, other, zone) for other in dials) for first in dials), default=0
    )


@given(
    span=SPANS,
    most=st.integers(1, 4),
    zone=st.sampled_from(ZONES),
    start=MINUTES.map(lambda minutes: MONDAY_10_15 - timedelta(minutes=minutes)),
    steps=st.lists(st.integers(-40 * 60, 20 * 24 * 60), max_size=25),
)
def test_no_span_ever_holds_more_whatever_the_clock_does(
    span: Span, most: int, zone: str, start: datetime, steps: list[int]
) -> None:
    """Asked at every step (minutes, also back), and dialled whenever it agrees."""
    group, now, dials = caps(**{f"number_{span.value}": most}), start, list[datetime]()
    refused = 0
    for step in steps:
        now += timedelta(minutes=step)
        if ask(group, dials, now, zone) is None:
            dials.append(now)
        else:
            refused += 1
        assert most_together(span, dials, zone) <= most
    assert len(dials) + refused == len(steps)


@given(
    span=SPANS,
    most=st.integers(1, 4),
    zone=st.sampled_from(ZONES),
    now=MINUTES.map(lambda minutes: MONDAY_10_15 - timedelta(minutes=minutes)),
    ago=st.lists(st.integers(0, 40 * 24 * 60), max_size=8),
)
def test_it_is_refused_only_where_one_more_would_be_too_many_and_opens_no_sooner_than_it_may(
    span: Span, most: int, zone: str, now: datetime, ago: list[int]
) -> None:
    dials = [now - timedelta(minutes=each) for each in ago]
    refusal = ask(caps(**{f"number_{span.value}": most}), dials, now, zone)
    within = sum(in_span(span, each, now, zone) for each in dials)
    assert (refusal is not None) == (within >= most)
    if refusal is None or refusal.opens_at is None:
        assert refusal is None or span is Span.LIFETIME
        return
    at, before = refusal.opens_at, refusal.opens_at - timedelta(microseconds=1)
    assert sum(in_span(span, each, at, zone) for each in dials) < most
    assert sum(in_span(span, each, before, zone) for each in dials) >= most
