from datetime import date

import pytest

from callcenter.domain.policies.base import Group
from callcenter.domain.policies.diff import Change, differences, values_of
from callcenter.domain.policies.policy import Policy, load_policy
from callcenter.domain.policies.presets import preset_names, preset_text
from callcenter.domain.policies.written import policy_toml, written
from callcenter.domain.words.policy_sentences import (
    change_sentence,
    group_words,
    has_words,
    key_words,
    source_words,
    strength_words,
    value_words,
)
from callcenter.domain.words.policy_vocabulary import GROUPS
from callcenter.domain.words.sentences import Language
from domain.values import policy

WHOLE = tuple(name for name in preset_names() if "." not in name)
WINDOW = 'windows = "window.tongjiang"\n'
FULL = f"""{WINDOW}
retry = {{busy = {{delay_minutes = 15}}, failed = {{then = "manual"}}}}
calendar = {{country = "", closing_days = [2026-12-24, 2026-12-31]}}
dialling = {{allowed_prefixes = ["+86", "+44"]}}
"""


def told(before: str, after: str, language: Language = Language.EN) -> list[str]:
    return [change_sentence(change, language) for change in differences(policy(before), policy(after))]


@pytest.mark.parametrize("name", WHOLE)
def test_every_preset_written_out_reads_back_as_the_same_policy(name: str) -> None:
    found = load_policy(preset_text(name))
    again = load_policy(policy_toml(found))
    assert written(again) == written(found)
    assert again == found


def test_nested_values_lists_and_strange_texts_read_back_too() -> None:
    body = FULL + '[[windows.also]]\ndays = ["sat", "sun"]\nintervals = ["11:00-12:00"]\n'
    body = body.replace(WINDOW, "") + '[windows]\nintervals = ["10:00-11:00"]\ndays = "workdays"\n'
    found = policy(body).model_copy(
        update={"title": policy(FULL).title.model_copy(update={"zh": '引号"\\ \x7f\n行', "en": "a\tb"})}
    )
    again = load_policy(policy_toml(found))
    assert (again, again.effective_from) == (found, date(2026, 1, 1))
    assert [str(line.intervals[0]) for line in again.windows.also] == ["11:00-12:00"]


def test_a_policy_differs_from_itself_in_nothing() -> None:
    for name in WHOLE:
        found = load_policy(preset_text(name))
        assert differences(found, found) == ()
        later = found.model_copy(update={"version": 9, "effective_from": date(2027, 1, 1)})
        assert differences(found, later) == ()


def test_a_changed_value_is_told_with_its_unit_and_both_sources() -> None:
    before = WINDOW + 'attempts = "attempts.tongjiang"'
    after = WINDOW + 'attempts = {preset = "attempts.tongjiang", ring_seconds_min = 25}'
    assert told(before, after) == ["Attempts, Least ring: 20 s → 25 s; source: C6-55 → set by this policy"]
    assert told(before, after, Language.ZH) == ["拨打次数·最短振铃：20 秒 → 25 秒；来源：C6-55 → 本规则自定"]


def test_hours_and_days_are_told_in_words() -> None:
    before = (
        '[windows]\ndays = "workdays"\nintervals = ["10:00-11:00", "14:00-16:00"]\nstrength = "advisory"\n'
        'source = {days = "C6-58", intervals = "C6-58", strength = "C6-58"}'
    )
    after = '[windows]\ndays = ["sat", "sun"]\nintervals = ["09:00-12:00", "13:00-17:00"]\nstrength = "hard"'
    source, strength = "; source: C6-58 → set by this policy", "; binding: advice → no way round"
    assert told(before, after) == [
        f"Calling hours, Days: working days → Saturday, Sunday{strength}{source}",
        "Calling hours, Hours, the customer's own: 10:00-11:00, 14:00-16:00 → 09:00-12:00, 13:00-17:00"
        + strength
        + source,
    ]


def test_a_value_within_a_value_is_a_change_of_its_own() -> None:
    assert told(WINDOW, WINDOW + "retry = {busy = {delay_minutes = 15}}") == [
        "What follows a dial, Busy, wait: 0 min → 15 min; source: the product's own default → set by this policy"
    ]


def test_a_default_that_is_only_repeated_is_no_change() -> None:
    assert told(WINDOW, WINDOW + "attempts = {ring_seconds_min = 20}") == []


def test_the_same_value_from_another_text_is_a_change_of_its_source_alone() -> None:
    (change,) = differences(
        policy(WINDOW), policy(WINDOW + 'attempts = {dials_min = 3, source = {dials_min = "C6-57"}}')
    )
    assert change.source_only
    assert "source: the product's own default → C6-57" in change_sentence(change, Language.EN)


def test_the_same_value_that_binds_more_is_more_than_another_source() -> None:
    preset = 'conflict = {{preset = "coi.tongjiang"{}}}'
    advice = ', strength = "advisory"'
    changes = differences(policy(WINDOW + preset.format("")), policy(WINDOW + preset.format(advice)))
    assert [(change.same_value, change.source_only) for change in changes] == [(True, False)]


def test_what_is_new_stands_with_its_group_and_what_is_absent_in_both_is_no_change() -> None:
    after = WINDOW + 'caps = {number_day = {most = 2}}\nattempts = {ring_seconds_min = 25}\nconsent = {offer = ["sms"]}'
    changes = differences(policy(WINDOW), policy(after))
    assert [change.either.name for change in changes] == [
        "attempts.ring_seconds_min",
        "caps.number_day.most",
        "caps.number_day.strength",
        "consent.offer",
    ]


def test_a_value_that_one_of_them_lacks_is_told_as_none() -> None:
    value = next(each for each in values_of(policy(WINDOW)) if each.name == "retention.years")
    assert change_sentence(Change(value, None), Language.EN) == "Retention, Kept for at least: 3 years → none"
    assert change_sentence(Change(None, value), Language.ZH) == "保存期限·至少保存：无 → 3 年"


@pytest.mark.parametrize("language", Language)
def test_every_value_of_every_group_has_words_in_both_languages(language: Language) -> None:
    """A group or value that is added needs its words in `policy_sentences`."""
    found = policy(FULL)
    groups = [name for name in Policy.model_fields if isinstance(getattr(found, name), Group)]
    assert [name for name in groups if name not in GROUPS] == []
    for value in values_of(found):
        assert has_words(value), value.name
        assert key_words(value, language)
        assert group_words(value.group, language)
        assert value_words(value, language)
        assert source_words(value.source, language) not in {"product", "policy"}
        assert strength_words(value, language).isascii() or language is Language.ZH


def test_tables_of_rules_are_told_rule_by_rule_with_their_spans() -> None:
    after = WINDOW + 'due = {rules = {signing = {first_by = "5 working days", not_before = "1 day"}}}'
    rule = "first within 5 working days; no earlier than 1 day"
    assert told(WINDOW, after) == [f"When a visit is due, After, a signing: none → {rule}"]
    assert told(WINDOW, after, Language.ZH) == ["回访时限·触发：签约：无 → 首次时限 5个工作日；不早于 1天"]


def test_a_table_of_rules_has_the_sources_of_all_that_stands_in_it() -> None:
    found = load_policy(preset_text("tongjiang"))
    (signing,) = [value for value in values_of(found) if value.key == "rules.signing"]
    assert signing.source == "C6-25, C6-32"
