from datetime import date

import pytest

from callcenter.domain.outcomes import Outcome
from callcenter.domain.phone import DialRules
from callcenter.domain.policies.attempts import Conflict
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.policy import PRESET_GROUPS, Policy, group_of_preset, load_policy
from callcenter.domain.policies.presets import UnknownPresetError, preset_names, preset_text
from callcenter.domain.policies.retry import ChangeTime, RetryRule, Then
from callcenter.domain.refusal import Strength
from callcenter.domain.times.windows import DayRule, Interval, Weekday
from domain.values import HEADER, policy

WHOLE = tuple(name for name in preset_names() if "." not in name)
OF_A_GROUP = tuple(name for name in preset_names() if "." in name)

CLOCK = [Interval(600, 660), Interval(840, 960)]


def mistakes(body: str, header: str = HEADER) -> tuple[str, ...]:
    with pytest.raises(PolicyError) as caught:
        load_policy(header + body)
    assert str(caught.value) == "; ".join(caught.value.mistakes)
    return caught.value.mistakes


def of_group(name: str) -> tuple[str, Policy]:
    """The group a preset belongs to, and a policy with that preset alone."""
    group = group_of_preset(name)
    assert group is not None
    always = "" if group == "windows" else 'windows = "window.always"\n'
    return group, policy(f'{always}{group} = "{name}"')


def test_the_tongjiang_window_is_the_texts() -> None:
    group = policy('windows = "window.tongjiang"').windows
    assert (group.days, list(group.intervals), group.also) == (DayRule.WORKDAYS, CLOCK, ())
    assert group.strength is Strength.ADVISORY
    assert {group.source_of(value) for value in ("days", "intervals", "strength")} == {"C6-58"}


def test_the_realestate_window_names_no_days() -> None:
    group = policy('windows = "window.realestate"').windows
    assert [str(interval) for interval in group.intervals] == ["10:00-11:30", "15:30-17:00"]
    assert group.strength is Strength.ADVISORY
    assert (group.source_of("intervals"), group.source_of("days")) == ("N6-18", "product")


def test_the_tongjiang_attempts_are_the_texts() -> None:
    group = policy('windows = "window.tongjiang"\nattempts = "attempts.tongjiang"').attempts
    assert (group.ring_seconds_min, group.ring_strength) == (20, Strength.OVERRIDE)
    assert (group.dials_min, group.dials_strength) == (3, Strength.HARD)
    assert group.change_time is ChangeTime.SLOT
    assert group.log_invalid_calls
    assert group.source_of("ring_seconds_min") == "C6-55"
    assert {group.source_of(value) for value in ("dials_min", "change_time")} == {"C6-57"}
    assert group.source_of("log_invalid_calls") == "C6-56"


def test_where_the_text_is_silent_the_products_own_default_says_so() -> None:
    group = policy('windows = "window.tongjiang"\nattempts = "attempts.tongjiang"').attempts
    assert (group.dials_max, group.most_dials, group.source_of("dials_max")) == (None, 3, "product")
    assert (group.min_gap_minutes, group.source_of("min_gap_minutes")) == (30, "product")


def test_retention_evidence_and_conflict_are_hard_and_the_texts() -> None:
    found = load_policy(preset_text("tongjiang"))
    assert (found.retention.years, found.retention.strength) == (3, Strength.HARD)
    assert found.retention.source_of("years") == "C6-04, C6-19, C6-59"
    assert (found.evidence.recording, found.evidence.strength) == ("mandatory", Strength.HARD)
    assert found.evidence.source_of("recording") == "C6-02, C9-18"
    assert (found.conflict.between, found.conflict.strength) == (Conflict.SAME_DEPARTMENT, Strength.HARD)
    assert found.conflict.source_of("between") == "C6-08"


def test_the_tongjiang_policy_is_made_of_its_presets() -> None:
    found = load_policy(preset_text("tongjiang"))
    for group in ("windows", "attempts", "retention"):
        name = f"{PRESET_GROUPS[group]}.tongjiang"
        assert getattr(found, group) == getattr(of_group(name)[1], group)
    assert (found.name, found.calendar.country) == ("tongjiang", "CN")


def test_the_trial_policy_is_always_open_and_rings_as_long() -> None:
    found = load_policy(preset_text("always_open"))
    assert found.windows.days is DayRule.EVERY_DAY
    assert list(found.windows.intervals) == [Interval(0, 1440)]
    assert (found.attempts.ring_seconds_min, found.attempts.change_time) == (20, ChangeTime.NONE)
    assert found.conflict.between is Conflict.OFF


@pytest.mark.parametrize("name", WHOLE)
def test_every_policy_among_the_presets_loads_under_its_own_name(name: str) -> None:
    found = load_policy(preset_text(name))
    assert found.name == name
    assert found.title.zh
    assert found.title.en


@pytest.mark.parametrize("name", OF_A_GROUP)
def test_every_value_of_every_preset_names_its_source(name: str) -> None:
    group, found = of_group(name)
    values = getattr(found, group)
    assert values.paths()
    assert {path: values.source_of(path) for path in values.paths() if values.source_of(path) == "policy"} == {}


def test_both_kinds_of_presets_are_there() -> None:
    assert {"tongjiang", "always_open"} <= set(WHOLE)
    assert {"window.tongjiang", "attempts.tongjiang", "retention.tongjiang"} <= set(OF_A_GROUP)


@pytest.mark.parametrize("name", ["nothing", "window.nothing", "../policy", "", "window.tongjiang.toml", "Tongjiang"])
def test_an_unknown_preset_is_an_error(name: str) -> None:
    with pytest.raises(UnknownPresetError):
        preset_text(name)


def test_own_values_lie_over_the_presets_and_lose_its_source() -> None:
    group = policy(
        'windows = "window.always"\n[attempts]\npreset = "attempts.tongjiang"\nring_seconds_min = 1\ndials_max = 5'
    ).attempts
    assert (group.ring_seconds_min, group.dials_min, group.most_dials) == (1, 3, 5)
    assert [group.source_of(value) for value in ("ring_seconds_min", "dials_max", "dials_min")] == [
        "policy",
        "policy",
        "C6-57",
    ]


def test_own_values_may_name_their_own_source() -> None:
    group = policy(
        'windows = "window.always"\n[attempts]\npreset = "attempts.tongjiang"\n'
        'dials_min = 4\nsource = {dials_min = "N9-07"}'
    ).attempts
    assert (group.source_of("dials_min"), group.source_of("ring_seconds_min")) == ("N9-07", "C6-55")


def test_windows_may_have_lines_of_their_own_days() -> None:
    group = policy(
        '[windows]\ndays = ["mon", "fri"]\nintervals = ["09:00-12:00"]\n'
        '[[windows.also]]\ndays = ["sat"]\nintervals = ["14:00-15:00"]'
    ).windows
    first, second = group.hours.rules
    assert (first.days, second.days) == (frozenset({Weekday.MON, Weekday.FRI}), frozenset({Weekday.SAT}))
    assert [str(interval) for interval in second.intervals] == ["14:00-15:00"]


def test_the_groups_turn_into_what_the_rules_ask() -> None:
    found = policy(
        'windows = "window.always"\n'
        'calendar = {country = "", closing_days = [2026-11-23], working_days = [2026-11-22]}\n'
        'dialling = {allowed_prefixes = ["+86", "+852"], allowed_regions = ["MO"]}\n'
        "[retry]\nbusy = {delay_minutes = 5}\nincomplete = {then = 'manual'}"
    )
    assert found.calendar.days.own_closing_days == {date(2026, 11, 23)}
    assert found.calendar.days.own_working_days == {date(2026, 11, 22)}
    assert found.dialling.rules == DialRules(("+86", "+852"), ("MO",))
    assert found.retry.after(Outcome.BUSY) == RetryRule(then=Then.RETRY, delay_minutes=5)
    assert found.retry.after(Outcome.ANSWERED).then is Then.MANUAL
    assert found.retry.after(Outcome.INVALID_NUMBER).then is Then.EXHAUST


def test_every_charged_outcome_has_a_retry_rule() -> None:
    group = policy().retry
    for outcome in Outcome:
        if outcome.charged:
            assert isinstance(group.after(outcome), RetryRule)


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ("", "windows: is missing"),
        ('windows = "window.nothing"', "windows: there is no preset 'window.nothing'"),
        ('windows = "attempts.tongjiang"', "windows: needs a table of values or the name of a preset window.…"),
        ("windows = 3", "windows: needs a table of values"),
        ("windows = {}", "windows: intervals is missing: at least one window"),
        ("windows = {intervals = []}", "windows.intervals: at least one window is needed"),
        ('windows = {intervals = ["9:00-10:00"]}', "windows.intervals.0: the time '9:00'"),
        ("windows = {intervals = [9]}", "windows.intervals.0: a window is written like 10:00-11:00"),
        ('windows = {intervals = ["09:00-10:00", "09:30-11:00"]}', "windows: the windows 09:00-10:00 and 09:30-11:00"),
        ('windows = {intervals = ["09:00-10:00"], days = "weekend"}', "windows.days: days are workdays"),
        ('windows = {intervals = ["09:00-10:00"], days = []}', "windows.days: days are workdays"),
        ('windows = {intervals = ["09:00-10:00"], days = ["mon", "mon"]}', "windows.days: days are workdays"),
        ('windows = {intervals = ["09:00-10:00"], days = ["someday"]}', "windows.days: days are workdays"),
        ('windows = {intervals = ["09:00-10:00"], days = 5}', "windows.days: days are workdays"),
        ('windows = {intervals = ["09:00-10:00"], strength = "maybe"}', "windows.strength: input should be 'hard'"),
    ],
)
def test_a_mistake_in_the_windows_is_a_sentence_that_names_its_key(body: str, mistake: str) -> None:
    (found,) = mistakes(body)
    assert found.startswith(mistake)


@pytest.mark.parametrize(
    ("body", "mistake"),
    [
        ("retention = {years = 2}", "retention.years: input should be greater than or equal to 3"),
        ('retention = {strength = "advisory"}', "retention.strength: "),
        ('evidence = {recording = "optional"}', "evidence.recording: input should be 'mandatory'"),
        ("attempts = {ring_seconds_min = 0}", "attempts.ring_seconds_min: "),
        ('attempts = {ring_seconds_min = "20"}', "attempts.ring_seconds_min: input should be a valid integer"),
        ("attempts = {dials_max = 2}", "attempts: dials_max is 2, less than dials_min, 3"),
        ("attempts = {dials_min = 0}", "attempts.dials_min: "),
        ("attempts = {log_invalid_calls = false}", "attempts.log_invalid_calls: "),
        ("attempts = {dials = 3}", "attempts.dials: is not a known key"),
        ('attempts = {source = {dials_min = "C6-57"}}', "attempts: a source is given for what is not set: dials_min"),
        ('attempts = {dials_min = 3, source = {dials_min = "the text"}}', "attempts.source.dials_min: "),
        ('attempts = {preset = "attempts.tongjiang.toml"}', "attempts: there is no preset"),
        ("attempts = {preset = 1}", "attempts: needs a table of values or the name of a preset"),
        ('calendar = {country = "XX"}', "calendar: no holidays are known for the country 'XX'"),
        ("calendar = {closing_days = [2026-11-23], working_days = [2026-11-23]}", "calendar: closing day and working"),
        ('calendar = {closing_days = ["23.11."]}', "calendar.closing_days.0: "),
        ('dialling = {allowed_prefixes = ["86"]}', "dialling.allowed_prefixes.0: "),
        ("retry = {answered = {}}", "retry.answered: is not a known key"),
        ('retry = {busy = {then = "never"}}', "retry.busy.then: "),
        ('conflict = {between = "everybody"}', "conflict.between: "),
        ("call = {max_minutes = 0}", "call.max_minutes: "),
    ],
)
def test_a_mistake_is_a_sentence_that_names_its_key(body: str, mistake: str) -> None:
    (found,) = mistakes(f'windows = "window.always"\n{body}')
    assert found.startswith(mistake)


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes('retry = "retry.none"\nretention = {years = 1}\ntitle = {zh = ""}\n', 'name = "Not A Name"\n')
    keys = [mistake.partition(":")[0] for mistake in found]
    assert keys == [
        "retry",
        "name",
        "version",
        "effective_from",
        "title.zh",
        "title.en",
        "windows",
        "retention.years",
    ]


def test_a_mistake_in_a_preset_alone_is_told() -> None:
    assert mistakes('windows = "window.always"\ncall = "call.nothing"') == ("call: there is no preset 'call.nothing'",)


def test_what_is_not_toml_is_refused() -> None:
    assert mistakes("windows = ")[0].startswith("this is not TOML: ")


def test_a_preset_of_ones_own_can_be_handed_in() -> None:
    own = {"window.mine": 'intervals = ["08:00-09:00"]', "window.broken": "="}
    found = load_policy(HEADER + 'windows = "window.mine"', own.__getitem__)
    assert [str(interval) for interval in found.windows.intervals] == ["08:00-09:00"]
    with pytest.raises(PolicyError, match="windows: this is not TOML"):
        load_policy(HEADER + 'windows = "window.broken"', own.__getitem__)


def test_a_policy_cannot_be_changed() -> None:
    found = policy()
    with pytest.raises(ValueError, match="frozen"):
        found.attempts.dials_min = 1
