from datetime import date

import pytest

from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.diff import values_of
from callcenter.domain.policies.editing import as_version, group_of_preset, with_preset
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.policies.presets import preset_text
from callcenter.domain.policies.written import value_toml
from callcenter.domain.words.policy_mistakes import mistake_words
from callcenter.domain.words.sentences import Language

TEXT = """\
name = "own"  # ours
version = 3
effective_from = 2026-01-01
title = {zh = "例", en = "Example"}
windows = "window.always"

[attempts]
preset = "attempts.tongjiang"
min_gap_minutes = 5

[attempts.source]
min_gap_minutes = "product"
"""


def test_a_preset_takes_the_place_of_the_groups_line() -> None:
    changed = with_preset(TEXT, "window.tongjiang")
    assert changed == TEXT.replace("window.always", "window.tongjiang")


def test_in_a_groups_table_the_own_values_stay() -> None:
    changed = with_preset(TEXT, "attempts.trial")
    assert load_policy(changed).attempts.min_gap_minutes == 5
    assert changed.count("preset = ") == 1
    assert 'preset = "attempts.trial"' in changed


def test_a_group_that_was_not_named_is_named_before_the_first_table() -> None:
    changed = with_preset(TEXT, "coi.tongjiang")
    assert load_policy(changed).conflict.between == "same_department"
    assert changed.index("conflict = ") < changed.index("[attempts]")


@pytest.mark.parametrize("preset", ["tongjiang", "nothing.here", ""])
def test_what_is_no_groups_preset_changes_nothing(preset: str) -> None:
    assert group_of_preset(preset) is None
    assert with_preset(TEXT, preset) == TEXT


def test_the_next_version_differs_in_its_number_and_date_alone() -> None:
    changed = as_version(TEXT, 4, date(2026, 12, 1))
    assert changed == TEXT.replace("version = 3", "version = 4").replace("2026-01-01", "2026-12-01")


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("windows: is missing", "windows：缺少此项"),
        ("attempts.dials_min: input should be greater than or equal to 1", "attempts.dials_min：须大于或等于 1"),
        ("windows: the windows 10:00-11:00 and 10:30-12:00 overlap", "windows：时段 10:00-11:00 与 10:30-12:00 重叠"),
        ("this is not TOML: Invalid value (at line 1)", "不是有效的 TOML：Invalid value (at line 1)"),
        ("attempts: something new", "attempts：something new"),
    ],
)
def test_a_mistake_is_told_in_chinese_with_its_key(english: str, chinese: str) -> None:
    assert mistake_words(english, Language.ZH) == chinese
    assert mistake_words(english, Language.EN) == english


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("a = b", "第 1 行第 5 个字符处不是有效的 TOML：值的写法不对；文字须加引号"),
        ("a = 1\nb = 2 c = 3", "第 2 行第 7 个字符处不是有效的 TOML：一行只写一项"),
        ("[a]\n[a]", "第 2 行第 3 个字符处不是有效的 TOML：同一组写了两次"),
        ("a = 1\na = 2", "末尾处不是有效的 TOML：同一项写了两次"),
        ("a = [1", "末尾处不是有效的 TOML：列表缺少右方括号"),
        ("a", "末尾处不是有效的 TOML：键后缺少等号"),
    ],
)
def test_what_the_parser_says_is_told_in_chinese_with_its_place(text: str, chinese: str) -> None:
    with pytest.raises(PolicyError) as refused:
        load_policy(text)
    (mistake,) = refused.value.mistakes
    assert mistake_words(mistake, Language.ZH) == chinese


@pytest.mark.parametrize("group", ["windows", "attempts", "evidence", "consent"])
def test_each_value_can_be_put_in_as_it_is_shown(group: str) -> None:
    whole = load_policy(preset_text("tongjiang"))
    shown = [each for each in values_of(whole) if each.group == group and value_toml(each.value)]
    text = preset_text("tongjiang").replace(f"\n{group} = ", f"\n[{group}]\npreset = ")
    top, begins, rest = text.partition(f"\n[{group}]\n")
    preset, _, others = rest.partition("\n")
    own = "\n".join(f"{each.key} = {value_toml(each.value)}" for each in shown)
    again = load_policy(f"{top}\n{others}{begins}{preset}\n{own}\n")
    assert shown
    assert {each.key: each.value for each in values_of(again) if each.group == group} == {
        each.key: each.value for each in values_of(whole) if each.group == group
    }
