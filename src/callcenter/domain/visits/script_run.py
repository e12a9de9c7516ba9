"""A talk with its script: which version is it held by, what was answered, and what keeps its visit log open?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.domain.outcomes import Disposition
from callcenter.domain.scripts.answers import Identified, excused, standing
from callcenter.domain.scripts.question import Value
from callcenter.domain.scripts.script import Script
from callcenter.domain.visits.visitlog import FieldName, VisitLog

TALKED = frozenset({Disposition.SUCCESS, Disposition.PROBLEM})
"""Dispositions that say the visit was made: then everything required was asked (C9-18)."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One answer as it stands. key: see `scripts.answers`. value: None for one that was taken back. version: 1-based,
    named by every change. at: UTC.
    """

    key: str
    value: Value | None
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """The script's version that this talk is held by stays, whatever versions follow. answers: by key."""

    attempt_id: str
    script: str
    version: int
    answers: Mapping[str, KeptAnswer] = field(default_factory=dict)

    @property
    def values(self) -> Mapping[str, Value]:
        return {key: each.value for key, each in self.answers.items() if each.value is not None}


def script_lacking(log: VisitLog, script: Script | None, values: Mapping[str, Value]) -> tuple[FieldName, ...]:
    """What the script lacks before the log may be closed. Only a talk in which the visit was made must be complete; an
    adaptable script takes a reason instead of answers, and nothing takes the place of the right person (C9-03).
    """
    if script is None or not log.answered or log.disposition not in TALKED:
        return ()
    now = standing(script, values)
    lacking = []
    if now.identified is not Identified.CONFIRMED:
        lacking.append(FieldName.IDENTITY)
    if now.missing and not excused(script, values):
        lacking.append(FieldName.SCRIPT)
    return tuple(lacking)
