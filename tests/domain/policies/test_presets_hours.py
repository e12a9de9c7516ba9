"""The presets of windows, appointments and calendars hold what the texts say, exactly, and each value its rule."""

from datetime import date
from typing import Any

import pytest

from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.hours import OnHoliday, RingAtClose, TalkAtClose
from callcenter.domain.policies.policy import group_of_preset, load_policy
from callcenter.domain.policies.presets import preset_names, preset_text
from callcenter.domain.refusal import Strength
from callcenter.domain.times.calendar import WorkCalendar, before_holiday
from callcenter.domain.times.windows import DayRule, Interval
from domain.values import policy

PRESETS: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    (
        "window.tongjiang",
        {
            "days": DayRule.WORKDAYS,
            "intervals": ["10:00-11:00", "14:00-16:00"],
            "strength": Strength.ADVISORY,
            "strength_word": "一般是",
        },
        {"days": "C6-58", "intervals": "C6-58", "strength": "C6-58", "strength_word": "C6-58"},
    ),
    (
        "window.realestate",
        {
            "intervals": ["10:00-11:30", "15:30-17:00"],
            "strength": Strength.ADVISORY,
            "strength_word": "一般來說",
            "per_customer_override": True,
        },
        {
            "intervals": "N6-18",
            "strength": "N6-18",
            "strength_word": "N6-18",
            "per_customer_override": "N6-18, N6-19",
        },
    ),
    (
        "window.field_sales_day",
        {
            "intervals": ["09:00-12:00", "13:00-17:00"],
            "prepare": "08:00-09:00",
            "blocked_lunch": "12:00-13:00",
            "wrap_up": "17:00-18:00",
        },
        {"intervals": "V4-04", "prepare": "V4-04", "blocked_lunch": "V4-04", "wrap_up": "V4-04"},
    ),
    ("window.liaoning", {"left_open": "适当时间"}, {"left_open": "C9-18"}),
    (
        "window.night_duty",
        {"intervals": ["18:30-08:00"], "season": "05-01/09-30"},
        {"intervals": "C2-08", "season": "product", "also": "C2-08"},
    ),
    ("window.always", {"days": DayRule.EVERY_DAY, "intervals": ["00:00-24:00"]}, {"days": "product"}),
    (
        "window.appointment",
        {"offers": ("Fri 10:00", "Sat 14:00"), "overrides_window": True},
        {"offers": "C8-02", "overrides_window": "C8-02, N1-08, N9-06"},
    ),
    ("calendar.workdays_only", {"on_holiday": OnHoliday.BLOCK}, {"on_holiday": "C6-58"}),
    (
        "calendar.holiday_greetings",
        {"on_holiday": OnHoliday.KEY_CUSTOMERS, "holiday_message": "all"},
        {"on_holiday": "N6-15", "holiday_message": "N6-15"},
    ),
    (
        "calendar.before_holiday",
        {"on_holiday": OnHoliday.SHIFT_BEFORE, "handover": True, "monday_report_moves_to": "sunday"},
        {"on_holiday": "N8-06", "handover": "N8-06", "monday_report_moves_to": "N8-05"},
    ),
    ("calendar.china", {"country": "CN"}, {"country": "product"}),
    ("calendar.every_day", {"country": "", "on_holiday": OnHoliday.ALLOW}, {"on_holiday": "product"}),
]


def group_with(name: str) -> Any:
    group = group_of_preset(name)
    always = "" if group == "windows" else 'windows = "window.always"\n'
    return getattr(policy(f'{always}{group} = "{name}"'), str(group))


def plain(value: object) -> object:
    if isinstance(value, tuple) and value and isinstance(value[0], Interval):
        return [str(interval) for interval in value]
    return value if value is None or isinstance(value, (bool, tuple, list)) else str(value)


@pytest.mark.parametrize(("name", "values", "sources"), PRESETS)
def test_a_preset_holds_the_values_of_its_text_and_their_rules(
    name: str, values: dict[str, Any], sources: dict[str, str]
) -> None:
    group = group_with(name)
    assert {key: plain(getattr(group, key)) for key in values} == {key: plain(value) for key, value in values.items()}
    assert {key: group.source_of(key) for key in sources} == sources


@pytest.mark.parametrize(("name", "values", "_sources"), PRESETS)
def test_what_a_text_does_not_say_is_the_products_own(
    name: str, values: dict[str, Any], _sources: dict[str, str]
) -> None:
    group = group_with(name)
    silent = set(type(group).model_fields) - set(values) - {"source", "also"}
    assert {key: group.source_of(key) for key in silent} == dict.fromkeys(silent, "product")


def test_every_preset_of_hours_is_in_the_table() -> None:
    of_hours = {name for name in preset_names() if group_of_preset(name) in {"windows", "calendar", "appointment"}}
    assert {name for name, _, _ in PRESETS} == of_hours


def test_the_texts_without_days_hold_on_every_day() -> None:
    """Part 5: `days: null`."""
    for name in ("window.realestate", "window.field_sales_day"):
        group = group_with(name)
        assert (group.days, group.source_of("days")) == (DayRule.EVERY_DAY, "product")


def test_night_duty_has_a_winter_of_its_own() -> None:
    (winter,) = group_with("window.night_duty").also
    assert ([str(each) for each in winter.intervals], str(winter.season)) == (["17:00-08:00"], "10-01/04-30")


def test_no_text_says_what_happens_when_the_window_closes() -> None:
    group = group_with("window.tongjiang")
    assert (group.ring_at_close, group.talk_at_close) == (RingAtClose.MAY_FINISH, TalkAtClose.FINISH)
    assert {group.source_of(key) for key in ("ring_at_close", "talk_at_close")} == {"product"}


def test_hours_that_a_text_leaves_open_are_filled_in_by_the_institution() -> None:
    filled = policy('[windows]\npreset = "window.liaoning"\nintervals = ["09:00-11:00"]').windows
    assert [str(each) for each in filled.intervals] == ["09:00-11:00"]
    assert filled.source_of("intervals") == "policy"
    assert not group_with("window.liaoning").hours.rules


def test_the_trial_policy_knows_no_holidays() -> None:
    calendar = load_policy(preset_text("always_open")).calendar
    assert (calendar.country, calendar.on_holiday) == ("", OnHoliday.ALLOW)
    assert not calendar.days.holidays_close


def test_where_nobody_speaks_of_holidays_they_block() -> None:
    calendar = policy('windows = "window.always"').calendar
    assert (calendar.on_holiday, calendar.source_of("on_holiday")) == (OnHoliday.BLOCK, "product")
    assert calendar.days.holidays_close


@pytest.mark.parametrize(
    ("on_holiday", "for_all", "for_key"),
    [("block", True, True), ("allow", False, False), ("shift_before", True, True), ("key_customers", True, False)],
)
def test_for_whom_holidays_close(on_holiday: str, *, for_all: bool, for_key: bool) -> None:
    calendar = policy(f'windows = "window.always"\ncalendar = {{on_holiday = "{on_holiday}"}}').calendar
    assert (calendar.days.holidays_close, calendar.days_for_key.holidays_close) == (for_all, for_key)


def test_what_is_due_on_a_holiday_is_due_before_it() -> None:
    """Worked example of N8-06: over the National Day of 2026 the last working day is Wednesday, 30 September."""
    calendar = group_with("calendar.before_holiday").days
    assert before_holiday(calendar, date(2026, 10, 4)) == date(2026, 9, 30)
    assert isinstance(calendar, WorkCalendar)


def test_the_houses_closing_days_win_over_the_policys_working_days() -> None:
    mine = policy('windows = "window.always"\ncalendar = {working_days = [2026-11-28], closing_days = [2026-11-30]}')
    laid = mine.with_house_closed({date(2026, 11, 28), date(2026, 11, 23)})
    assert laid.calendar.days.own_closing_days == {date(2026, 11, day) for day in (23, 28, 30)}
    assert laid.calendar.days_for_key.own_working_days == frozenset()
    assert mine.calendar.days.own_closing_days == {date(2026, 11, 30)}
    assert laid.calendar.model_fields_set == mine.calendar.model_fields_set
    assert mine.with_house_closed(()) is mine


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ("windows = {left_open = ''}", "windows: intervals is missing: at least one window is needed"),
        (
            'windows = {intervals = ["09:00-17:00"], blocked_lunch = "12:00-13:00"}',
            "windows: blocked_lunch: the windows 09:00-17:00 and 12:00-13:00 overlap",
        ),
        (
            'windows = {intervals = ["09:00-17:00"], talk_at_close = "end"}',
            'windows: talk_at_close = "end" needs ring_at_close = "must_fit"',
        ),
        ('windows = "window.appointment"', "windows: needs a table of values or the name of a preset window.…"),
        (
            'windows = "window.always"\nappointment = "window.always"',
            "appointment: needs a table of values or the name",
        ),
        ('windows = "window.always"\nappointment = {offers = ["Freitag 10:00"]}', "appointment.offers.0: "),
        ('windows = "window.always"\nappointment = {tolerance_minutes = 0}', "appointment.tolerance_minutes: "),
        ('windows = "window.always"\ncalendar = {on_holiday = "maybe"}', "calendar.on_holiday: "),
    ],
)
def test_a_mistake_in_the_hours_is_a_sentence_that_names_its_key(body: str, mistake: str) -> None:
    with pytest.raises(PolicyError) as caught:
        policy(body)
    assert caught.value.mistakes[0].startswith(mistake)
