"""What a policy says, value by value, and what changes in it, told to people in English and Chinese."""

import re
from collections.abc import Mapping
from typing import Any

from callcenter.domain.policies.base import OWN, PRODUCT
from callcenter.domain.policies.diff import Change, PolicyValue
from callcenter.domain.words.policy_vocabulary import FIELDS, GROUPS, KEYS, SPANS, UNITS, VALUES, Both
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
_SPAN = re.compile(r"(?:([0-9]+) )?([a-z -]+?)s?", re.ASCII)


def group_words(group: str, language: Language) -> str:
    return _in(GROUPS[group], language) if group in GROUPS else group.replace("_", " ")


def key_words(value: PolicyValue, language: Language) -> str:
    """What this value is; what has no words of its own by its key."""
    first, *rest = value.key.split(".")
    outer = KEYS.get(f"{value.group}.{first}")
    words = [_in(outer, language) if outer else _field(first, language), *(_field(part, language) for part in rest)]
    return _in(_WITHIN, language).join(words)


def has_words(value: PolicyValue) -> bool:
    """Is its key, as far as it is one of ours, in the vocabulary?"""
    first = value.key.partition(".")[0]
    return f"{value.group}.{first}" in KEYS or first in FIELDS


def value_words(value: PolicyValue | None, language: Language) -> str:
    """The value with its unit; `none` for one that is not there."""
    if value is None:
        return _in(_NONE, language)
    return _told(value.value, value.key, language)


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


def _told(value: Any, key: str, language: Language) -> str:
    match value:
        case None | "" | []:
            return _in(_NONE, language)
        case bool():
            return _in(_YES if value else _NO, language)
        case int() | float():
            return _in(_unit(key), language).format(f"{value:g}")
        case dict():
            inner = (
                f"{_field(name, language)} {_told(item, name, language)}"
                for name, item in value.items()
                if item not in (None, [], {}, False)
            )
            return _in(_PARTS, language).join(inner) or _in(_NONE, language)
        case list():
            mark = _PARTS if any(isinstance(item, dict) for item in value) else _ITEMS
            return _in(mark, language).join(_told(item, key, language) for item in value)
        case _:
            return _text(str(value), language)


def _text(text: str, language: Language) -> str:
    if text in VALUES:
        return _in(VALUES[text], language)
    span = _SPAN.fullmatch(text)
    if language is Language.ZH and span and span[2] in SPANS:
        return f"{span[1] or ''}{SPANS[span[2]]}"
    return text


def _field(key: str, language: Language) -> str:
    return _in(FIELDS[key], language) if key in FIELDS else key.replace("_", " ")


def _unit(key: str) -> Both:
    words = re.split(r"[._]", key)
    return next((UNITS[word] for word in reversed(words) if word in UNITS), ("{}", "{}"))


def _in(both: Both, language: Language) -> str:
    return both[0 if language is Language.EN else 1]
