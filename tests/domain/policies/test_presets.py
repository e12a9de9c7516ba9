"""Every preset loads with exactly what its text says, and each value names its rule."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel

from callcenter.domain.policies.base import Group
from callcenter.domain.policies.oversight import Indicator
from callcenter.domain.policies.policy import group_of_preset, load_policy
from callcenter.domain.policies.presets import preset_names, preset_text
from callcenter.domain.times.spans import Counting, MonthReading, Span, end_of, start_of
from domain.preset_values import OF_HOURS_ATTEMPTS_AND_CONFLICTS, SAID, Said
from domain.values import policy

RULE = re.compile(r"(product|[A-Z]{1,2}\d{0,2}-\d{2})(, [A-Z]{1,2}\d{0,2}-\d{2})*")
NAMES = 69
SHANGHAI = ZoneInfo("Asia/Shanghai")


def group_of(name: str) -> Group:
    """The group, as a policy has it that names this preset."""
    field = group_of_preset(name)
    assert field is not None, name
    always = "" if field == "windows" else 'windows = "window.always"\n'
    found = getattr(policy(f'{always}{field} = "{name}"'), field)
    assert isinstance(found, Group)
    return found


def said(group: Group) -> Said:
    return {path: (written(at(group, path)), group.source_of(path)) for path in group.paths()}


def at(value: object, path: str) -> object:
    for name in path.split("."):
        value = value[name] if isinstance(value, Mapping) else getattr(value, name)
    return value


def written(value: object) -> Any:
    match value:
        case Span():
            return str(value)
        case Enum():
            return value.value
        case tuple():
            return [written(each) for each in value]
        case BaseModel():
            return {name: written(getattr(value, name)) for name in value.model_fields_set}
        case _:
            return value


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_preset_is_exactly_what_its_text_says(name: str) -> None:
    assert said(group_of(name)) == SAID[name]


def test_all_presets_of_the_catalogue_are_there() -> None:
    names = set(SAID) | OF_HOURS_ATTEMPTS_AND_CONFLICTS
    assert len(names) == NAMES
    assert not set(SAID) & OF_HOURS_ATTEMPTS_AND_CONFLICTS
    assert names <= set(preset_names())


@pytest.mark.parametrize("name", preset_names())
def test_every_file_loads_in_a_policy_and_names_the_rules_of_the_catalogue(name: str) -> None:
    if "." not in name:
        assert load_policy(preset_text(name)).name == name
        return
    group = group_of(name)
    assert group.paths()
    assert [rule for rule in group.source.values() if not RULE.fullmatch(rule)] == []
    assert "policy" not in {group.source_of(path) for path in group.paths()}


def test_what_a_text_does_not_say_is_the_products_own() -> None:
    due, channel = group_of("due.tongjiang_new"), group_of("channel.tongjiang")
    assert (written(at(due, "month")), due.source_of("month")) == ("same_day", "product")
    assert (at(channel, "alternatives_cap_percent"), channel.source_of("alternatives_cap_percent")) == (None, "product")


def test_the_tongjiang_policy_has_both_of_its_due_rules_and_all_its_sources() -> None:
    due = load_policy(preset_text("tongjiang")).due
    assert set(due.rules) == {"signing", "continuing"}
    assert due.source_of("rules.signing.first_by") == "C6-25"
    assert due.source_of("rules.continuing.every") == "C6-33"


# --- worked examples --------------------------------------------------------------------------------------------------

SIGNED = datetime(2026, 11, 23, 15, tzinfo=SHANGHAI)
"""A Monday afternoon."""


def counting(month: MonthReading = MonthReading.SAME_DAY, country: str = "CN") -> Counting:
    return Counting(group_calendar(country), "Asia/Shanghai", month)


def group_calendar(country: str) -> Any:
    return policy(f'windows = "window.always"\ncalendar = {{country = "{country}"}}').calendar.days


def test_who_signs_on_a_monday_is_called_by_the_end_of_the_next() -> None:
    """C6-25: signed on Monday 2026-11-23, the five working days are the 24th to the 27th and Monday the 30th."""
    by = end_of(policy_due("due.tongjiang_new", "signing.first_by"), SIGNED, counting())
    assert by == datetime(2026, 12, 1, tzinfo=SHANGHAI)


def test_a_natural_month_has_two_readings() -> None:
    """C6-32: signed on 2026-11-23, a month is over with 23 December, or with 30 November."""
    month = policy_due("due.tongjiang_new", "signing.completed_by")
    assert end_of(month, SIGNED, counting()) == datetime(2026, 12, 24, tzinfo=SHANGHAI)
    assert end_of(month, SIGNED, counting(MonthReading.CALENDAR_END)) == datetime(2026, 12, 1, tzinfo=SHANGHAI)


def test_a_product_is_first_asked_about_a_month_after_its_installation() -> None:
    """N1-13: installed on 2026-01-31, nobody calls before 28 February."""
    month = policy_due("due.product", "installation.not_before")
    installed = datetime(2026, 1, 31, 9, tzinfo=SHANGHAI)
    assert start_of(month, installed, counting()) == datetime(2026, 2, 28, tzinfo=SHANGHAI)


def test_ten_days_after_a_repair_are_days_of_the_calendar() -> None:
    """C2-03: repaired on 2026-09-25, called by the end of 5 October, in the middle of the national holiday."""
    repaired = datetime(2026, 9, 25, 18, tzinfo=SHANGHAI)
    by = end_of(policy_due("due.repair_shop", "paid_repair.first_by"), repaired, counting())
    assert by == datetime(2026, 10, 6, tzinfo=SHANGHAI)


def test_who_calls_at_half_past_eleven_at_night_is_called_back_the_same_day() -> None:
    """N6-01, C10-02: the same day ends at midnight where the customer lives."""
    late = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    for name, rule in (("due.lead_realestate", "inbound"), ("due.inbound_message", "inbound_message")):
        by = end_of(policy_due(name, f"{rule}.first_by"), late, counting())
        assert by == datetime(2026, 11, 24, tzinfo=SHANGHAI)


def test_a_complaint_is_answered_and_solved_by_the_hour() -> None:
    """V15-02: a major one at 15:00 has its first answer by 19:00 and is restored by 23:00."""
    clocks = at(group_of("sla.telecom"), "clocks.major")
    ends = [end_of(at(clocks, each), SIGNED, counting()) for each in ("reply", "restored")]  # type: ignore[arg-type]
    assert ends == [datetime(2026, 11, 23, hour, tzinfo=SHANGHAI) for hour in (19, 23)]


def test_the_two_success_rates_of_one_document_differ() -> None:
    """C9-10 and C9-29: due 100, refused 5, cancelled 3, success 84 are 91.3 % by the one and 84.0 % by the other."""
    counted = {"due": 100, "refused": 5, "cancelled": 3, "success": 84}
    first = at(group_of("kpi.liaoning_A"), "indicators.success_rate_a")
    second = at(group_of("kpi.liaoning_B"), "indicators.success_rate_b")
    assert [share(each, counted) for each in (first, second)] == [91.3, 84.0]


def share(indicator: object, counted: Mapping[str, int]) -> float:
    assert isinstance(indicator, Indicator)
    whole = counted[str(indicator.of)] - sum(counted[each] for each in indicator.less)
    return round(100 * counted[str(indicator.over)] / whole, 1)


def policy_due(name: str, path: str) -> Span:
    found = at(group_of(name), f"rules.{path}")
    assert isinstance(found, Span)
    return found
