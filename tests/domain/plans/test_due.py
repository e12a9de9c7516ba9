"""From the trigger to the due date."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.plans.due import Due, by_date, due_of
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.presets import preset_names
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.calendar import WorkCalendar
from callcenter.domain.times.spans import Counting, DayReading, MonthReading
from domain.values import policy

ZONE = "Asia/Shanghai"
SHANGHAI = ZoneInfo(ZONE)
MONDAY = datetime(2026, 11, 23, 15, tzinfo=SHANGHAI)
PRESETS = [name for name in preset_names() if name.startswith("due.")]


@lru_cache
def with_due(body: str) -> Policy:
    return policy(f'windows = "window.always"\n{body}')


def due(body: str, trigger: str, at: datetime = MONDAY, zone: str = ZONE) -> Due:
    found = due_of(with_due(body), trigger, at, zone)
    assert isinstance(found, Due)
    return found


def refused(body: str, trigger: str, at: datetime = MONDAY, zone: str = ZONE) -> Refusal:
    found = due_of(with_due(body), trigger, at, zone)
    assert isinstance(found, Refusal)
    return found


def last_second_of(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 23, 59, 59, tzinfo=SHANGHAI)


def test_a_signing_is_followed_up_within_five_working_days_and_done_within_a_month() -> None:
    found = due('due = "due.tongjiang_new"', "signing")
    assert found == Due(
        trigger="signing",
        not_before=None,
        due_by=last_second_of(2026, 11, 30),
        completed_by=last_second_of(2026, 12, 23),
        coverage_percent=100,
        strength=Strength.HARD,
        source="C6-25",
    )
    assert found.due_by.tzinfo is UTC


def test_where_the_calendar_month_ends_before_five_working_days_do_its_end_counts() -> None:
    body = '[due]\npreset = "due.tongjiang_new"\nmonth = "calendar_end"'
    signed = datetime(2026, 11, 26, 9, tzinfo=SHANGHAI)
    found = due(body, "signing", signed)
    assert (found.due_by, found.completed_by, found.source) == (
        last_second_of(2026, 11, 30),
        last_second_of(2026, 11, 30),
        "C6-32",
    )
    assert due('due = "due.tongjiang_new"', "signing", signed).due_by == last_second_of(2026, 12, 3)


def test_an_installation_is_asked_about_no_earlier_than_a_month_later() -> None:
    found = due('due = "due.product"', "installation", datetime(2026, 1, 31, 9, tzinfo=SHANGHAI))
    assert found.not_before == datetime(2026, 2, 28, tzinfo=SHANGHAI)
    assert (found.due_by, found.source) == (last_second_of(2026, 2, 28), "N1-13, YC-17")


def test_with_the_calendars_month_it_is_the_first_of_the_next() -> None:
    body = '[due]\npreset = "due.product"\nmonth = "calendar_end"'
    found = due(body, "installation", datetime(2026, 1, 15, 9, tzinfo=SHANGHAI))
    assert found.not_before == datetime(2026, 2, 1, tzinfo=SHANGHAI)
    assert found.due_by == last_second_of(2026, 2, 1)


def test_what_only_repeats_is_first_due_before_it_would_come_again() -> None:
    found = due('due = "due.tongjiang_cont"', "continuing")
    assert (found.due_by, found.source) == (last_second_of(2027, 11, 23), "C6-33")
    assert due('[due]\npreset = "due.tongjiang_cont"\nmonth = "calendar_end"', "continuing") == found


def test_what_comes_again_keeps_its_date_whatever_a_month_is_read_as() -> None:
    for month in MonthReading:
        counting = Counting(WorkCalendar("CN"), ZONE, month, DayReading.WORKING)
        assert by_date(counting) == Counting(WorkCalendar("CN"), ZONE, MonthReading.SAME_DAY, DayReading.WORKING)


@pytest.mark.parametrize(
    ("trigger", "day"), [("complaint_handled", 30), ("special_service", 33), ("other", 30), ("repair_done", 53)]
)
def test_each_trigger_of_an_estate_has_its_own_limit(trigger: str, day: int) -> None:
    """N11-03 to N11-06; day: of November, and beyond it."""
    found = due('due = "due.yayuan"', trigger)
    assert found.due_by == last_second_of(2026, 11, 1) + timedelta(days=day - 1)


def test_a_coverage_that_is_named_is_told() -> None:
    assert due('due = "due.plaza"', "repair_done").coverage_percent == 50
    assert due('due = "due.yayuan"', "repair_done").coverage_percent is None


def test_the_days_of_a_limit_may_be_working_days() -> None:
    body = '[due]\npreset = "due.repair_shop"\ndays = "working"'
    assert due(body, "warranty").due_by == last_second_of(2026, 12, 7)
    assert due('due = "due.repair_shop"', "warranty").due_by == last_second_of(2026, 12, 3)


def test_a_trigger_without_a_rule_is_refused_with_those_there_are() -> None:
    found = refused('due = "due.tongjiang_new"', "wedding")
    assert (found.rule, found.detail) == (
        Rule.TRIGGER_UNKNOWN,
        {"trigger": "wedding", "policy": "example", "known": "signing"},
    )
    assert refused("", "signing").detail["known"] == "-"
    two = 'due = {rules = {sale = {first_by = "1 day"}, repair = {first_by = "1 day"}}}'
    assert refused(two, "wedding").detail["known"] == "sale, repair"


def test_a_cooling_off_period_cannot_be_computed() -> None:
    found = refused('due = "due.liaoning_new"', "policy")
    detail = {"trigger": "policy", "policy": "example"}
    assert found == Refusal(Rule.DUE_UNKNOWN, "C9-09, C9-18", detail=detail)


def test_what_is_not_called_about_has_no_due_date() -> None:
    assert refused('due = "due.lead_realestate"', "visitor_d").rule is Rule.DUE_UNKNOWN


def test_what_another_channel_is_for_has_no_due_date_for_a_call() -> None:
    body = 'due = {rules = {sale = {first_by = "1 day", channel = "sms"}}}'
    assert refused(body, "sale").rule is Rule.DUE_UNKNOWN
    assert due(body.replace("sms", "phone"), "sale").due_by == last_second_of(2026, 11, 24)


def test_working_days_of_an_unknown_year_are_refused() -> None:
    far = datetime(2199, 12, 30, tzinfo=UTC)
    assert refused('due = "due.tongjiang_new"', "signing", far).rule is Rule.CALENDAR_UNKNOWN
    assert (
        refused('due = "due.repair_shop"', "warranty", datetime(9999, 1, 1, tzinfo=UTC)).rule is Rule.CALENDAR_UNKNOWN
    )


def test_an_unknown_zone_is_refused() -> None:
    assert refused('due = "due.product"', "installation", zone="Mars/Olympus").rule is Rule.ZONE_UNKNOWN


@given(
    st.sampled_from(PRESETS),
    st.datetimes(datetime(2015, 1, 1), datetime(2026, 10, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (made aware)
    st.sampled_from(["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "Etc/GMT+12"]),
    st.sampled_from(["same_day", "calendar_end"]),
    st.sampled_from(["calendar", "working"]),
)
def test_nothing_is_ever_due_before_its_trigger_nor_before_it_may_be_made(
    name: str, at: datetime, zone: str, month: str, days: str
) -> None:
    rules = with_due(f'[due]\npreset = "{name}"\nmonth = "{month}"\ndays = "{days}"')
    for trigger in rules.due.rules:
        found = due_of(rules, trigger, at, zone)
        if isinstance(found, Refusal):
            assert found.rule is Rule.DUE_UNKNOWN
            continue
        assert at <= found.due_by + timedelta(seconds=1)
        local = (found.due_by + timedelta(seconds=1)).astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute, local.second) == (0, 0, 0)
        assert found.completed_by is None or found.due_by <= found.completed_by
        assert found.not_before is None or at <= found.not_before < found.due_by
