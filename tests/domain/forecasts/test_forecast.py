from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.dials.hours import hours_in, open_now
from callcenter.domain.forecasts.forecast import Answer, Forecast, Question, forecast
from callcenter.domain.forecasts.forecast_figures import (
    ASSUMED_ANSWER_RATE,
    ASSUMED_MINUTES_PER_DIAL,
    LEAST_SAMPLE,
    Basis,
    Figure,
    Figures,
    PastDial,
    expected_dials,
    figures,
)
from callcenter.domain.outcomes import Outcome
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Rule
from callcenter.domain.times.windows import Opening
from domain.values import MONDAY_10_15, policy

SHANGHAI = "Asia/Shanghai"
MONDAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
"""In Shanghai, as Monday begins."""

WORKDAYS = policy('windows = {intervals = ["10:00-11:00", "14:00-16:00"], days = "workdays"}')
ROUND_THE_CLOCK = policy('windows = {intervals = ["00:00-24:00"]}')
TEN_MINUTES = Figures(Figure(0.5, Basis.ASSUMED), Figure(2.0, Basis.DERIVED), Figure(5.0, Basis.ASSUMED), most_dials=3)
"""For a callback."""


def question(
    many: int | dict[str, int] = 36,
    agents: int = 1,
    due: date | None = date(2026, 11, 27),
    now: datetime = MIDNIGHT,
) -> Question:
    """many: callbacks in Shanghai, or by clock, whose zones are written one after another."""
    by_clock = many.items() if isinstance(many, dict) else [(SHANGHAI, many)]
    remaining = {tuple(clock.split()): count for clock, count in by_clock}
    return Question(remaining, agents, SHANGHAI, now, due)


def told(found: Forecast) -> tuple[Answer, date | None, int, int | None]:
    return found.answer, found.finishes_on, found.shortfall, found.agents_needed


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        # Three open hours a day are 18 callbacks of an agent.
        (question(36), (Answer.MET, date(2026, 11, 24), 0, 1)),
        (question(37), (Answer.MET, date(2026, 11, 25), 0, 1)),
        (question(90), (Answer.MET, date(2026, 11, 27), 0, 1)),
        (question(91), (Answer.NOT_MET, date(2026, 11, 30), 1, 2)),
        (question(91, agents=2), (Answer.MET, date(2026, 11, 25), 0, 2)),
        (question(36, agents=0), (Answer.NO_AGENTS, None, 36, 1)),
        (question(0), (Answer.NOTHING_LEFT, MONDAY, 0, 0)),
        (question(36, due=None), (Answer.OPEN_END, date(2026, 11, 24), 0, None)),
        (question(36, due=date(2026, 11, 22)), (Answer.DUE_PAST, date(2026, 11, 24), 36, None)),
        # A quarter of an hour of Monday morning is over.
        (question(18, now=MONDAY_10_15), (Answer.MET, date(2026, 11, 24), 0, 1)),
        # From Friday evening to Sunday nobody is called.
        (
            question(5, now=datetime(2026, 11, 27, 9, tzinfo=UTC), due=date(2026, 11, 29)),
            (Answer.NO_HOURS, date(2026, 11, 30), 5, None),
        ),
    ],
)
def test_what_may_be_expected(asked: Question, expected: tuple[Answer, date | None, int, int | None]) -> None:
    assert told(forecast(asked, TEN_MINUTES, WORKDAYS)) == expected


def test_a_day_more_or_less_is_told_with_its_hours_and_what_is_left() -> None:
    found = forecast(question(30), TEN_MINUTES, WORKDAYS)
    days = [(each.day.day, each.open_minutes, round(each.left, 6)) for each in found.days]
    assert days == [(23, 180, 12), (24, 180, 0), (25, 180, 0), (26, 180, 0), (27, 180, 0)]
    assert (found.callbacks_per_day, found.open_minutes, found.remaining) == (18, 900, 30)


def test_no_agent_works_round_the_clock() -> None:
    found = forecast(question(97), TEN_MINUTES, ROUND_THE_CLOCK)
    assert [round(each.left, 6) for each in found.days[:3]] == [49, 1, 0]


def test_zones_share_the_agents_hours_only_where_they_are_open_at_once() -> None:
    """Tokyo is an hour ahead of Shanghai: of three hours each, one is the same."""
    beside = forecast(question({SHANGHAI: 12, "Asia/Tokyo": 12}, due=None), TEN_MINUTES, WORKDAYS)
    assert beside.days[0].open_minutes == 300
    assert beside.finishes_on == MONDAY
    short = question({SHANGHAI: 20, "Europe/Berlin": 1}, due=None)
    assert forecast(short, TEN_MINUTES, WORKDAYS).finishes_on == date(2026, 11, 24)
    assert forecast(replace(short, agents=2), TEN_MINUTES, WORKDAYS).finishes_on == MONDAY


@pytest.mark.parametrize("clock", ["Moon/Crater", f"{SHANGHAI} America/New_York", f"{SHANGHAI} Moon/Crater"])
def test_who_can_never_be_called_is_told_apart_and_keeps_the_plan_from_its_end(clock: str) -> None:
    found = forecast(question({SHANGHAI: 10, clock: 2}), TEN_MINUTES, WORKDAYS)
    assert told(found) == (Answer.NOT_MET, MONDAY, 2, 1)
    assert (found.never, found.remaining, found.days[-1].left) == (2, 12, 2)
    without_end = forecast(question({SHANGHAI: 10, clock: 2}, due=None), TEN_MINUTES, WORKDAYS)
    assert (without_end.answer, without_end.finishes_on, len(without_end.days)) == (Answer.OPEN_END, MONDAY, 1)


def test_where_nobody_can_ever_be_called_no_day_is_the_last() -> None:
    found = forecast(question({f"{SHANGHAI} America/New_York": 3}), TEN_MINUTES, WORKDAYS)
    assert told(found) == (Answer.NO_HOURS, None, 3, None)
    assert (found.never, found.open_minutes) == (3, 0)


def test_of_a_clock_of_two_zones_the_hours_they_share_count() -> None:
    """Berlin is seven hours behind in November: nine to eighteen there is sixteen to one in Shanghai."""
    rules = policy('windows = {intervals = ["09:00-18:00"], days = "workdays"}')
    for one, other in permutations((SHANGHAI, "Europe/Berlin")):
        found = forecast(question({f"{one} {other}": 12}, due=None), TEN_MINUTES, rules)
        assert (found.days[0].open_minutes, found.finishes_on) == (120, MONDAY)


@settings(max_examples=25, deadline=None)
@given(
    st.permutations([SHANGHAI, "Asia/Kathmandu", "Europe/Berlin", "Pacific/Auckland"]),
    st.integers(1, 3),
    st.sampled_from(['["08:15-12:00", "13:30-21:45"]', '["20:00-06:30"]', '["00:00-24:00"]']),
)
def test_a_clock_is_open_as_long_as_the_gate_says(zones: list[str], many: int, intervals: str) -> None:
    """In a week, counted by quarters of an hour."""
    rules, clock = policy(f"windows = {{intervals = {intervals}}}"), tuple(zones[:many])
    found = forecast(question({" ".join(clock): 1}, due=date(2026, 11, 29)), TEN_MINUTES, rules)
    quarters = [MIDNIGHT + timedelta(minutes=15 * place) for place in range(9 * 96)]
    allowed = [open_now(hours_in(rules, clock), each) for each in quarters]
    of_week = [each for each in allowed if isinstance(each, Opening) and each.slot < "2026-11-30"]
    assert sum(each.open_minutes for each in found.days) == 15 * len(of_week)


def test_an_unknown_zone_of_the_plan_opens_nothing() -> None:
    found = forecast(replace(question(), zone="Moon/Crater"), TEN_MINUTES, WORKDAYS)
    assert (found.answer, found.unknown and found.unknown.rule) == (Answer.NO_CALENDAR, Rule.ZONE_UNKNOWN)


def test_many_zones_are_counted_with_the_nearest_of_the_greatest() -> None:
    """An agent makes 18 callbacks a day in the three hours of one zone, and 48 in all."""
    same = ("Shanghai", "Macau", "Hong_Kong", "Taipei", "Manila", "Singapore", "Kuching")
    found = forecast(question({f"Asia/{city}": 3 for city in same}, due=None), TEN_MINUTES, WORKDAYS)
    assert (found.remaining, found.finishes_on) == (21, date(2026, 11, 24))
    western = {f"Etc/GMT+{hour}": 5 for hour in range(5, 10)}
    asked = question({**western, "Etc/GMT-8": 15, "Etc/GMT-9": 4}, due=None)
    assert forecast(asked, TEN_MINUTES, WORKDAYS).finishes_on == date(2026, 11, 24)
    fewer = question({**western, "Etc/GMT-8": 15, "Etc/GMT-9": 3}, due=None)
    assert forecast(fewer, TEN_MINUTES, WORKDAYS).finishes_on == MONDAY


def test_beyond_the_published_calendar_it_cannot_be_said() -> None:
    late = question(10_000, due=date(2099, 1, 15), now=datetime(2098, 12, 31, tzinfo=UTC))
    found = forecast(late, TEN_MINUTES, WORKDAYS)
    assert (found.answer, found.finishes_on) == (Answer.NO_CALENDAR, None)
    assert found.unknown is not None
    assert found.unknown.rule is Rule.CALENDAR_UNKNOWN


def test_a_window_that_began_yesterday_is_still_open() -> None:
    night = policy('windows = {intervals = ["22:00-06:00"]}')
    found = forecast(question(36, due=MONDAY), TEN_MINUTES, night)
    assert found.days[0].open_minutes == 6 * 60 + 8 * 60


def hours(*lengths: int) -> Policy:
    """As many windows a day, each so many minutes long, each from an hour of its own."""
    spans = [f"{8 + place:02}:00-{8 + place:02}:{length:02}" for place, length in enumerate(lengths) if length]
    return policy(f"windows = {{intervals = {spans or ['07:00-07:01']}}}".replace("'", '"'))


LENGTHS = st.lists(st.integers(0, 59), min_size=3, max_size=3)
WORK = st.dictionaries(
    st.sampled_from([SHANGHAI, "Asia/Tokyo", "Asia/Urumqi", "Europe/Berlin"]), st.integers(1, 300), min_size=1
)


def finish(found: Forecast) -> date:
    return found.finishes_on or date.max


@settings(max_examples=60, deadline=None)
@given(WORK, LENGTHS, st.integers(0, 6), st.integers(0, 4))
def test_more_agents_never_finish_later(work: dict[str, int], lengths: list[int], agents: int, more: int) -> None:
    asked = question(work, agents, date(2026, 12, 5))
    few = forecast(asked, TEN_MINUTES, hours(*lengths))
    many = forecast(replace(asked, agents=agents + more), TEN_MINUTES, hours(*lengths))
    assert finish(many) <= finish(few)
    assert many.shortfall <= few.shortfall
    assert many.agents_needed == few.agents_needed


@settings(max_examples=60, deadline=None)
@given(WORK, LENGTHS, LENGTHS, st.integers(1, 6))
def test_fewer_hours_never_finish_sooner(work: dict[str, int], lengths: list[int], cut: list[int], agents: int) -> None:
    asked = question(work, agents, date(2026, 12, 5))
    fewer = [max(length - less, 0) or 1 for length, less in zip(lengths, cut, strict=True)]
    whole = [max(length, 1) for length in lengths]
    long, short = (forecast(asked, TEN_MINUTES, hours(*each)) for each in (whole, fewer))
    assert finish(short) >= finish(long)
    assert short.shortfall >= long.shortfall


@settings(max_examples=60, deadline=None)
@given(WORK, LENGTHS)
def test_the_agents_needed_are_enough_and_one_less_is_not(work: dict[str, int], lengths: list[int]) -> None:
    asked, terms = question(work, due=date(2026, 11, 30)), hours(*(max(length, 1) for length in lengths))
    needed = forecast(asked, TEN_MINUTES, terms).agents_needed
    assert needed
    enough = forecast(replace(asked, agents=needed), TEN_MINUTES, terms)
    assert (enough.answer, enough.shortfall) == (Answer.MET, 0)
    assert forecast(replace(asked, agents=needed - 1), TEN_MINUTES, terms).answer is not Answer.MET


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 500), st.integers(0, 20))
def test_without_open_hours_it_says_so(many: int, agents: int) -> None:
    weekend = question(many, agents, date(2026, 11, 29), now=datetime(2026, 11, 27, 8, tzinfo=UTC))
    found = forecast(weekend, TEN_MINUTES, WORKDAYS)
    assert (found.answer, found.open_minutes, found.agents_needed) == (Answer.NO_HOURS, 0, None)
    assert found.shortfall == many


# --- figures ----------------------------------------------------------------------------------------------------------


def dial(number: int, outcome: Outcome, *, settled: bool = True, writing: timedelta | None = None) -> PastDial:
    return PastDial(f"c{number}", outcome, settled, timedelta(minutes=1), writing)


def test_without_dials_everything_is_assumed_or_derived_from_that() -> None:
    enough = [dial(1, Outcome.ANSWERED)] * LEAST_SAMPLE
    assert figures(enough, 3).answer_rate.basis is Basis.MEASURED
    found = figures(enough[1:], 3)
    assert found.answer_rate == Figure(ASSUMED_ANSWER_RATE, Basis.ASSUMED)
    assert found.minutes_per_dial == Figure(ASSUMED_MINUTES_PER_DIAL, Basis.ASSUMED)
    assert found.dials_per_callback == Figure(1.75, Basis.DERIVED)
    assert (found.minutes_per_callback, found.reached_share) == (7.0, 0.875)


def test_with_enough_dials_they_are_measured() -> None:
    talks = [dial(place, Outcome.ANSWERED, writing=timedelta(minutes=4)) for place in range(20)]
    vain = [dial(place, Outcome.NO_ANSWER) for place in range(10)] + [
        dial(place, Outcome.BUSY, settled=False) for place in range(100, 110)
    ]
    found = figures([*talks, *vain], 3)
    assert found.answer_rate == Figure(0.5, Basis.MEASURED, 40)
    assert found.dials_per_callback == Figure(1.5, Basis.MEASURED, 20)
    assert found.minutes_per_dial == Figure(1 + 2 + 1, Basis.MEASURED, 40)


def test_a_log_that_was_left_lying_counts_as_its_longest_writing() -> None:
    left = [dial(place, Outcome.ANSWERED, writing=timedelta(days=1)) for place in range(LEAST_SAMPLE)]
    assert figures(left, 3).minutes_per_dial.value == 1 + 15 + 1


@given(st.floats(0, 1), st.integers(1, 12))
def test_dials_for_a_callback_lie_between_one_and_the_most(rate: float, most: int) -> None:
    assert 1 <= expected_dials(rate, most) <= most
    assert expected_dials(0, most) == most
    assert expected_dials(1, most) == 1
