"""What differs between two policies, as a table: what decides otherwise, and what only comes from elsewhere."""

from collections.abc import Iterable
from typing import TypedDict

from callcenter.domain.policies.diff import Change, PolicyValue
from callcenter.domain.words.policy_sentences import group_words, key_words, source_words, strength_words, value_words
from callcenter.domain.words.sentences import Language


class Side(TypedDict):
    """under: its source, and how binding it is; empty where there is no such value."""

    value: str
    source: str
    under: str


class ChangeRow(TypedDict):
    group: str
    key: str
    before: Side
    after: Side


def changes_shown(changes: Iterable[Change], language: Language) -> tuple[list[ChangeRow], list[ChangeRow]]:
    """Those that change a decision, and those that only change a source."""
    rows: tuple[list[ChangeRow], list[ChangeRow]] = ([], [])
    for change in changes:
        row = ChangeRow(
            group=group_words(change.either.group, language),
            key=key_words(change.either, language),
            before=_side(change.before, language),
            after=_side(change.after, language),
        )
        rows[change.source_only].append(row)
    return rows


def _side(value: PolicyValue | None, language: Language) -> Side:
    if value is None:
        return Side(value=value_words(None, language), source="–", under="")
    source, strength = source_words(value.source, language), strength_words(value, language)
    return Side(value=value_words(value, language), source=source, under=" · ".join(filter(None, (source, strength))))
