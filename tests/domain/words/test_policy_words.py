"""Whatever a policy may say is told in words, never in the words of its file."""

import re
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Literal, get_args, get_origin

import pytest
from pydantic import BaseModel

from callcenter.domain.policies.diff import PolicyValue, values_of
from callcenter.domain.policies.policy import PRESET_GROUPS, Policy, group_of_preset
from callcenter.domain.policies.presets import preset_names
from callcenter.domain.words.policy_sentences import class_words, key_words, trigger_words, value_words
from callcenter.domain.words.policy_vocabulary import ABSENT, VALUES_OF
from callcenter.domain.words.policy_words import WORDS
from callcenter.domain.words.sentences import Language
from domain.values import policy

WINDOW = 'windows = "window.tongjiang"\n'
PRESETS = [name for name in preset_names() if "." in name]
CHINESE = re.compile("[\u4e00-\u9fff]")
OF_THE_FILE = re.compile("[a-z]_[a-z]")
ANY_LANGUAGE = re.compile(r"([0-9:/+, %、-]|QQ|CN)*")
"""Figures, names and codes."""


def words_of(annotation: Any) -> Iterator[str]:
    """Every word that a value of this type may be."""
    if get_origin(annotation) is Literal:
        yield from (each for each in get_args(annotation) if isinstance(each, str))
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from (each.value for each in annotation)
    else:
        for inner in get_args(annotation):
            yield from words_of(inner)


def tables_of(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from tables_of(inner)


def places(table: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, field in table.model_fields.items():
        if name != "source":
            yield from (((*path, name), word) for word in words_of(field.annotation))
            for inner in tables_of(field.annotation):
                yield from places(inner, (*path, name))


CHOICES = [
    PolicyValue(group, ".".join(path), word, "policy")
    for group in PRESET_GROUPS
    for table in tables_of(Policy.model_fields[group].annotation)
    for path, word in places(table)
]


def test_there_are_choices_in_tables_and_in_groups() -> None:
    found = {(each.name, each.value) for each in CHOICES}
    assert {
        ("windows.ring_at_close", "must_fit"),
        ("retry.busy.afterwards", "no_answer"),
        ("rounds.then", "onsite"),
        ("caps.number_7d.strength", "hard"),
    } <= found


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: f"{choice.name}={choice.value}")
def test_every_choice_that_a_value_leaves_has_words_in_both_languages(choice: PolicyValue) -> None:
    assert CHINESE.search(value_words(choice, Language.ZH)), choice
    english = value_words(choice, Language.EN)
    assert not OF_THE_FILE.search(english), choice
    assert not CHINESE.search(english), choice


@pytest.mark.parametrize("name", PRESETS)
def test_every_value_of_every_preset_is_told_in_words(name: str) -> None:
    group = group_of_preset(name)
    found = policy(f'windows = "{name}"' if group == "windows" else f'{WINDOW}{group} = "{name}"')
    own = [value for value in values_of(found) if value.group == group and value.source != "product"]
    for value in own:
        for told in (key_words(value, Language.ZH), value_words(value, Language.ZH)):
            assert CHINESE.search(told) or ANY_LANGUAGE.fullmatch(told), told
        for told in (key_words(value, Language.EN), value_words(value, Language.EN)):
            assert not OF_THE_FILE.search(told), told


def test_an_institutions_own_words_stand_as_they_are_written() -> None:
    found = policy(WINDOW + 'due = {rules = {"回厂" = {first_by = "3 days"}}}\nqc = {questions = ["态度"]}')
    told = {key_words(value, Language.EN): value_words(value, Language.EN) for value in values_of(found)}
    assert told["After, 回厂"] == "first within 3 days"
    assert told["Checked"] == "态度"


def test_one_word_means_what_it_means_where_it_stands() -> None:
    found = policy(WINDOW + 'rounds = {between = "new_number"}\nconflict = {between = "all_sales"}')
    told = {value.name: key_words(value, Language.ZH) for value in values_of(found)}
    assert told["rounds.between"] == "两轮之间"
    assert told["conflict.between"] == "不得回访客户的人员"


def test_what_is_not_there_says_what_holds_instead() -> None:
    told = {value.name: value_words(value, Language.EN) for value in values_of(policy(WINDOW))}
    assert told["caps.number_day"] == "no limit"
    assert told["retry.busy.slots"] == "as Attempts say"
    assert told["retry.busy.delay_most_minutes"] == "60 days"


def test_no_word_is_named_for_a_place_that_no_policy_has() -> None:
    keys = {f"{group}.{name}" for group, name in _names()}
    assert [place for place in (*ABSENT, *VALUES_OF) if place not in keys] == []
    assert [word for word in WORDS if word.rpartition(".")[0] not in keys] == []


def _names() -> Iterator[tuple[str, str]]:
    def walk(group: str, table: type[BaseModel]) -> Iterator[tuple[str, str]]:
        for name, field in table.model_fields.items():
            yield group, name
            for inner in tables_of(field.annotation):
                yield from walk(group, inner)

    for group in PRESET_GROUPS:
        for table in tables_of(Policy.model_fields[group].annotation):
            yield from walk(group, table)


def test_triggers_and_classes_of_the_presets_are_named_and_an_institutions_own_stay() -> None:
    assert (trigger_words("signing", Language.ZH), trigger_words("signing", Language.EN)) == ("签约", "a signing")
    assert (class_words("key", Language.ZH), class_words("VIP-3", Language.EN)) == ("重点客户", "VIP-3")
    assert trigger_words("回厂", Language.EN) == "回厂"
