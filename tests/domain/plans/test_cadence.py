"""What comes again: when, and only once."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.people import Callback, CallbackState, VisitType
from callcenter.domain.plans.cadence import (
    ENDED,
    LastVisit,
    Occurrence,
    ends_when_he_comes,
    next_occurrence,
    ripe_before,
)
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule
from domain.values import case, policy

ZONE = "Asia/Shanghai"
SHANGHAI = ZoneInfo(ZONE)
MONDAY = datetime(2026, 11, 23, 15, tzinfo=SHANGHAI)
DAY = timedelta(days=1)


WEEKLY = 'cadence = {classes = {key = {every = "1 week"}}}'


@lru_cache
def with_rules(body: str) -> Policy:
    return policy(f'windows = "window.always"\n{body}')


def callback(trigger: str = "", state: CallbackState = CallbackState.DONE, follows: str | None = None) -> Callback:
    triggered_at = MONDAY if trigger else None
    return replace(case(state=state).callback, trigger=trigger, triggered_at=triggered_at, follows=follows)


def last(of: Callback, customer_class: str = "", visited_at: datetime = MONDAY, zone: str = ZONE) -> LastVisit:
    return LastVisit(of, customer_class, visited_at, zone)


def following(body: str, visit: LastVisit) -> Occurrence:
    found = next_occurrence(with_rules(body), visit)
    assert isinstance(found, Occurrence)
    return found


def day(year: int, month: int, of_month: int) -> datetime:
    return datetime(year, month, of_month, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("preset", "customer_class", "due", "source"),
    [
        ("cadence.generic", "key", day(2026, 11, 30), "GB-10"),
        ("cadence.generic", "ordinary", day(2026, 12, 23), "GB-10"),
        ("cadence.tobacco", "core", day(2026, 12, 7), "V10-01"),
        ("cadence.telecom", "good_c", day(2027, 2, 23), "V15-04"),
        ("cadence.telecom", "ordinary_cd", day(2027, 5, 23), "V15-04"),
        ("cadence.survey", "", day(2027, 2, 23), "C7-02"),
        ("cadence.survey", "whatever", day(2027, 2, 23), "C7-02"),
        ("cadence.rehab", "", day(2026, 12, 3), "C4-03"),
    ],
)
def test_a_class_is_called_again_on_the_day_its_span_is_over(
    preset: str, customer_class: str, due: datetime, source: str
) -> None:
    """Spoken to on Monday 2026-11-23: a key customer is called again on Monday the 30th, and due by its end."""
    found = following(f'cadence = "{preset}"', last(callback(), customer_class))
    assert (found.opens_at, found.source) == (due, source)
    assert found.due_at == due + DAY - timedelta(seconds=1)


def test_a_callback_may_be_there_some_days_ahead_but_never_on_the_day_of_the_last_visit() -> None:
    body = '[cadence]\npreset = "cadence.generic"\nahead_days = 3'
    assert following(body, last(callback(), "key")).opens_at == day(2026, 11, 27)
    early = following(body.replace("= 3", "= 31"), last(callback(), "key"))
    assert (early.opens_at, early.due_at) == (day(2026, 11, 24), day(2026, 12, 1) - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("body", "customer_class"),
    [
        ("", "key"),
        ('cadence = "cadence.generic"', ""),
        ('cadence = "cadence.generic"', "unheard_of"),
        ('cadence = "cadence.generic"', "potential"),
        ('cadence = "cadence.onsite"', "big"),
    ],
)
def test_without_a_pace_or_by_another_channel_no_call_follows(body: str, customer_class: str) -> None:
    assert next_occurrence(with_rules(body), last(callback(), customer_class)) is None


def test_an_installation_is_asked_about_every_half_year() -> None:
    found = following('due = "due.product"', last(callback("installation")))
    assert (found.opens_at, found.source) == (day(2027, 5, 23), "N1-16, YC-21")


def test_the_triggers_own_rule_goes_before_the_class() -> None:
    body = 'due = "due.product"\ncadence = "cadence.generic"'
    assert following(body, last(callback("installation"), "key")).opens_at == day(2027, 5, 23)
    assert following(body, last(callback("other"), "key")).opens_at == day(2026, 11, 30)


def test_after_a_trigger_that_does_not_repeat_nothing_follows() -> None:
    assert next_occurrence(with_rules('due = "due.repair_shop"'), last(callback("warranty"))) is None


def test_a_good_lead_is_called_within_three_days_again_and_then_weekly() -> None:
    """N6-01 to N6-03: called in on Monday and called back the same day; again by Thursday; then every week."""
    body = 'due = "due.lead_realestate"'
    second = following(body, last(callback("inbound_good")))
    assert (second.opens_at, second.due_at) == (day(2026, 11, 24), day(2026, 11, 27) - timedelta(seconds=1))
    assert second.source == "N6-02"
    third = following(body, last(callback("inbound_good", follows="c0"), visited_at=day(2026, 11, 25)))
    assert (third.opens_at, third.source) == (day(2026, 12, 2), "N6-03")


def test_a_second_call_after_a_late_first_one_is_due_the_next_day() -> None:
    late = following('due = "due.lead_realestate"', last(callback("visitor_ab"), visited_at=day(2026, 12, 10)))
    assert (late.opens_at, late.due_at) == (day(2026, 12, 11), day(2026, 12, 12) - timedelta(seconds=1))


def test_a_second_call_is_the_last_where_nothing_repeats() -> None:
    rules = with_rules('due = "due.lead_realestate"')
    assert next_occurrence(rules, last(callback("visitor_ab", follows="c0"))) is None


def test_a_series_with_an_end_ends_when_its_callback_is_closed() -> None:
    rules = with_rules('due = ["due.lead_realestate", "due.product"]')
    assert next_occurrence(rules, last(callback("inbound_good", CallbackState.CLOSED, "c0"))) is None
    assert next_occurrence(rules, last(callback("installation", CallbackState.CLOSED))) is not None
    assert next_occurrence(rules, last(callback("inbound_good", follows="c0"))) is not None
    assert next_occurrence(rules, replace(last(callback("inbound_good", follows="c0")), came=True)) is None
    assert next_occurrence(rules, replace(last(callback("installation")), came=True)) is not None


def test_the_reading_of_a_natural_month_does_not_pull_repetitions_together() -> None:
    body = 'cadence = "cadence.generic"\ndue = {month = "calendar_end"}'
    assert following(body, last(callback(), "ordinary")).opens_at == day(2026, 12, 23)


def test_what_nobody_can_count_is_refused() -> None:
    rules = with_rules('cadence = {classes = {key = {every = "5 working days"}}}')
    unknown = next_occurrence(rules, last(callback(), "key", datetime(2199, 12, 30, tzinfo=UTC)))
    nowhere = next_occurrence(rules, last(callback(), "key", zone="Mars/Olympus"))
    assert isinstance(unknown, Refusal)
    assert isinstance(nowhere, Refusal)
    assert (unknown.rule, nowhere.rule) == (Rule.CALENDAR_UNKNOWN, Rule.ZONE_UNKNOWN)


def test_the_next_callback_carries_on_what_the_last_one_was() -> None:
    found = following('due = "due.product"', last(callback("installation")))
    made = found.callback(MONDAY)
    old = found.follows
    assert (made.plan_id, made.customer_id, made.purpose, made.priority) == (
        old.plan_id,
        old.customer_id,
        old.purpose,
        old.priority,
    )
    assert (made.trigger, made.triggered_at, made.follows) == ("installation", MONDAY, old.id)
    assert (made.state, made.round, made.due_at, made.not_before) == (
        CallbackState.WAITING,
        1,
        found.due_at,
        found.opens_at,
    )
    assert made.visit_type is VisitType.ROUTINE_CONTINUING


def test_its_id_is_the_same_whoever_makes_it_and_whatever_the_policy_says_since() -> None:
    one = following('cadence = "cadence.generic"', last(callback(), "key"))
    other = following('cadence = "cadence.survey"', last(callback(), "key", MONDAY + DAY))
    assert one.id == other.id == one.callback(MONDAY).id
    assert one.id != replace(one, follows=replace(one.follows, id="c2")).id


@given(
    st.sampled_from(["1 day", "3 days", "1 week", "half a month", "1 month", "quarter", "1 year"]),
    st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (made aware)
    st.sampled_from([ZONE, "America/New_York", "America/Havana", "Pacific/Kiritimati"]),
    st.integers(0, 31),
)
def test_the_next_visit_is_on_a_later_day_and_open_before_it_is_due(
    every: str, visited_at: datetime, zone: str, ahead: int
) -> None:
    body = f'[cadence]\nahead_days = {ahead}\n[cadence.classes.key]\nevery = "{every}"'
    found = following(body, last(callback(), "key", visited_at, zone))
    there = ZoneInfo(zone)
    assert found.opens_at.astimezone(there).date() > visited_at.astimezone(there).date()
    assert visited_at < found.opens_at < found.due_at


@given(st.integers(0, 10_000))
def test_over_random_outages_each_occurrence_arises_once_and_none_is_forgotten(seed: int) -> None:
    """Two processes look now and then, sometimes on an old view of the books, and sometimes nobody for weeks."""
    chance = random.Random(seed)
    books = {"c1": callback()}
    visited = {"c1": MONDAY}
    views = [dict(visited), dict(visited)]
    made: list[str] = []
    now = MONDAY
    for _ in range(60):
        now += timedelta(hours=chance.choice([1, 5, 24, 24 * 9, 24 * 30]))
        view = visited if chance.random() < 0.5 else chance.choice(views)
        newest = max(view, key=view.__getitem__)
        found = following(WEEKLY, last(books[newest], "key", view[newest]))
        if found.opens_at <= now and found.id not in books:
            books[found.id] = found.callback(now)
            made.append(found.id)
        views[chance.randrange(2)] = dict(visited)
        open_ones = [each for each in books.values() if each.state not in ENDED]
        assert len(open_ones) <= 1
        if open_ones and chance.random() < 0.6:
            (one,) = open_ones
            books[one.id], visited[one.id] = replace(one, state=CallbackState.DONE), now
        if not open_ones:
            newest = max(visited, key=visited.__getitem__)
            due = following(WEEKLY, last(books[newest], "key", visited[newest]))
            assert due.opens_at > now or view is not visited
    assert len(made) == len(set(made)) == len(books) - 1


PACES = ["1 day", "1 working day", "3 days", "1 week", "5 working days", "half a month", "1 month", "quarter", "1 year"]


@given(
    st.sampled_from(PACES),
    st.datetimes(datetime(2012, 1, 1), datetime(2025, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (made aware)
    st.sampled_from([ZONE, "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"]),
    st.integers(0, 31),
    st.sampled_from(["calendar", "working"]),
)
def test_nothing_that_is_ripe_is_too_young_to_be_looked_at(
    every: str, visited_at: datetime, zone: str, ahead: int, days: str
) -> None:
    body = f'due = {{days = "{days}"}}\n[cadence]\nahead_days = {ahead}\n[cadence.classes.key]\nevery = "{every}"'
    found = following(body, last(callback(), "key", visited_at, zone))
    before = ripe_before(with_rules(body), found.opens_at)
    assert before is not None
    assert visited_at <= before


def test_the_second_call_to_a_lead_is_looked_for_from_the_next_day_on() -> None:
    rules = with_rules('due = "due.lead_realestate"')
    assert ripe_before(rules, MONDAY) == MONDAY
    assert ripe_before(with_rules('due = "due.repair_shop"'), MONDAY) is None
    assert ripe_before(with_rules('due = "due.product"'), MONDAY) == MONDAY - timedelta(days=166)


def test_an_agent_may_say_that_the_customer_came_where_that_ends_something() -> None:
    until = with_rules('due = "due.lead_realestate"')
    assert ends_when_he_comes(until, "inbound_good")
    assert not ends_when_he_comes(until, "buyer")
    assert not ends_when_he_comes(until, "")
    assert ends_when_he_comes(with_rules('rounds = "rounds.lead"'), "")
