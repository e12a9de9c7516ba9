"""What a policy says, value by value, and what changes in it, told to people in English and Chinese."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.domain.policies.base import OWN, PRODUCT
from callcenter.domain.policies.diff import Change, PolicyValue
from callcenter.domain.words.policy_vocabulary import (
    ABSENT,
    FIELDS,
    GROUPS,
    KEYS,
    SPANS,
    UNITS,
    VALUES,
    VALUES_OF,
    Both,
)
from callcenter.domain.words.policy_words import WORDS
from callcenter.domain.words.sentences import Language

_NONE, _YES, _NO = ("none", "无"), ("yes", "是"), ("no", "否")
_ITEMS, _PARTS, _WITHIN = (", ", "、"), ("; ", "；"), (", ", "：")
_SOURCES: Mapping[str, Both] = {
    PRODUCT: ("the product's own default", "产品默认值"),
    OWN: ("set by this policy", "本规则自定"),
}
_CHANGE = ("{group}, {key}: {before} → {after}", "{group}·{key}：{before} → {after}")
_STRENGTH = ("; binding: {before} → {after}", "；约束力：{before} → {after}")
_SOURCE = ("; source: {before} → {after}", "；来源：{before} → {after}")
_WEEKLY = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([0-9:]{5})", re.ASCII)
_MINUTES_OF_A_DAY = 24 * 60
_PLURAL = frozenset({UNITS["days"][0], UNITS["years"][0]})
_SPAN = re.compile(r"(?:([0-9]+) )?([a-z -]+?)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: its group, and from there its path."""

    group: str
    path: tuple[str, ...]

    @property
    def leaf(self) -> str:
        return self.path[-1]

    @property
    def name(self) -> str:
        return f"{self.group}.{self.leaf}"

    def inside(self, key: str) -> "Place":
        return Place(self.group, (*self.path, key))

    def word(self, word: str) -> Both | None:
        """What a word of the presets is called here."""
        found = (WORDS.get(f"{self.group}.{part}.{word}") for part in reversed(self.path))
        return next((both for both in found if both), None)


def group_words(group: str, language: Language) -> str:
    return _in(GROUPS[group], language) if group in GROUPS else group.replace("_", " ")


def key_words(value: PolicyValue, language: Language) -> str:
    """What this value is; what has no words of its own by its key."""
    first, *rest = value.key.split(".")
    outer = KEYS.get(f"{value.group}.{first}") or FIELDS.get(first)
    inner = [(WORDS.get(f"{value.group}.{first}.{part}") or FIELDS.get(part), part) for part in rest]
    words = [_in(both, language) if both else part.replace("_", " ") for both, part in ((outer, first), *inner)]
    return _in(_WITHIN, language).join(words)


def has_words(value: PolicyValue) -> bool:
    """Is its key, as far as it is one of ours, in the vocabulary?"""
    first = value.key.partition(".")[0]
    return f"{value.group}.{first}" in KEYS or first in FIELDS


def value_words(value: PolicyValue | None, language: Language) -> str:
    """The value with its unit; `none` for one that is not there."""
    if value is None:
        return _in(_NONE, language)
    return _told(value.value, Place(value.group, tuple(value.key.split("."))), language)


def strength_words(value: PolicyValue, language: Language) -> str:
    """How binding it is; empty where its group does not say."""
    return _in(VALUES[value.strength], language) if value.strength in VALUES else value.strength


def source_words(source: str, language: Language) -> str:
    """A rule's ID as it is; what is no document's is named as such."""
    return _in(_SOURCES[source], language) if source in _SOURCES else source


def change_sentence(change: Change, language: Language) -> str:
    """What it was, what it becomes, and where that comes from."""
    told, before, after = change.either, change.before, change.after
    parts = _in(_CHANGE, language).format(
        group=group_words(told.group, language),
        key=key_words(told, language),
        before=value_words(before, language),
        after=value_words(after, language),
    )
    if before and after and before.strength != after.strength:
        strengths = {"before": strength_words(before, language), "after": strength_words(after, language)}
        parts += _in(_STRENGTH, language).format(**strengths)
    if before and after and before.source != after.source:
        sources = {"before": source_words(before.source, language), "after": source_words(after.source, language)}
        parts += _in(_SOURCE, language).format(**sources)
    return parts


def trigger_words(trigger: str, language: Language) -> str:
    """What happened; an institution's own word stays as it is."""
    return _text(trigger, Place("due", ("rules",)), language)


def class_words(customer_class: str, language: Language) -> str:
    """A class of customers; an institution's own word stays as it is."""
    return _text(customer_class, Place("cadence", ("classes",)), language)


def _told(value: Any, place: Place, language: Language) -> str:
    match value:
        case None | "" | []:
            return _in(ABSENT.get(place.name, _NONE), language)
        case bool():
            return _in(_YES if value else _NO, language)
        case int() | float():
            return _number(value, place.leaf, language)
        case dict():
            inner = (
                f"{_field(name, place, language)} {_told(item, place.inside(name), language)}"
                for name, item in value.items()
                if item not in (None, [], {}, False)
            )
            return _in(_PARTS, language).join(inner) or _in(_NONE, language)
        case list():
            mark = _PARTS if any(isinstance(item, dict) for item in value) else _ITEMS
            return _in(mark, language).join(_told(item, place, language) for item in value)
        case _:
            return _text(str(value), place, language)


def _text(text: str, place: Place, language: Language) -> str:
    if both := place.word(text) or VALUES_OF.get(place.name, {}).get(text) or VALUES.get(text):
        return _in(both, language)
    if weekly := _WEEKLY.fullmatch(text):
        return f"{_in(VALUES[weekly[1].lower()], language)} {weekly[2]}"
    span = _SPAN.fullmatch(text)
    if language is Language.ZH and span and span[2] in SPANS:
        return f"{span[1] or ''}{SPANS[span[2]]}"
    return text


def _field(key: str, place: Place, language: Language) -> str:
    both = place.word(key) or FIELDS.get(key)
    return _in(both, language) if both else key.replace("_", " ")


def _number(value: float, leaf: str, language: Language) -> str:
    """Of minutes that make whole days those."""
    days, rest = divmod(value, _MINUTES_OF_A_DAY)
    if days and not rest and "minutes" in leaf.split("_"):
        return _number(days, "days", language)
    told = _in(_unit(leaf), language).format(f"{value:g}")
    return told.removesuffix("s") if value == 1 and _in(_unit(leaf), Language.EN) in _PLURAL else told


def _unit(key: str) -> Both:
    words = key.split("_")
    return next((UNITS[word] for word in reversed(words) if word in UNITS), ("{}", "{}"))


def _in(both: Both, language: Language) -> str:
    return both[0 if language is Language.EN else 1]
