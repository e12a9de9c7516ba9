"""May this field of a visit log be written over? Each field has a version of its own, from the call's beginning on.

Two windows, or two programs, may write one log at a time: whoever writes a field names the version that he saw. Where
another wrote it since, nothing is overwritten, and he is told what stands there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from callcenter.domain.visits.visitlog import VisitLog

DRAFTED = (
    "contact",
    "content",
    "problems",
    "own_words",
    "handling_result",
    "outcome_reason",
    "disposition",
    "language",
    "resolved",
    "next_visit_at",
    "exception",
    "exception_note",
    "dislikes_calls",
    "offered",
    "offer_text",
    "offer_taken",
    "offer_taken_by",
)
"""The fields that an agent writes; all others are the machine's."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What somebody wants to stand in a field. based_on: the version of it that he saw, 0 for one never written."""

    name: str
    value: Any
    based_on: int


@dataclass(frozen=True, slots=True)
class FieldKept:
    """How a field stands. version: 1 for what was written first. at: UTC; None for one never written. stale: another
    wrote it since the version that the change was based on, and the change was not made.
    """

    name: str
    value: Any
    version: int
    at: datetime | None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written of a log so far, by field. values: of the fields' own types."""

    values: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, int] = field(default_factory=dict)


NO_DRAFT = Draft()
Kept = tuple[FieldKept, ...]


def settled(change: FieldChange, stands: FieldKept, at: datetime) -> FieldKept:
    """The field after the change, or as it stands where another wrote it since. The same change, sent again, is made
    once.
    """
    if change.value == stands.value:
        return stands
    if change.based_on != stands.version:
        return replace(stands, stale=True)
    return FieldKept(change.name, change.value, stands.version + 1, at)


def stale_among(changes: Iterable[FieldChange], log: VisitLog, versions: Mapping[str, int]) -> tuple[FieldChange, ...]:
    """The changes that would write over what another wrote meanwhile."""
    return tuple(
        change
        for change in changes
        if change.value != getattr(log, change.name) and change.based_on != versions.get(change.name, 0)
    )


def with_draft(log: VisitLog, draft: Draft) -> VisitLog:
    """The log that is opened when the call ends, with what was written during it. What was emptied again says nothing
    against what the machine fills in.
    """
    said = {name: value for name, value in draft.values.items() if value not in {"", None}}
    return replace(log, **said) if said else log
