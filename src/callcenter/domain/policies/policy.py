"""All the numbers of an institution as one frozen value, with the rule each comes from.

A policy is TOML: for each group either its own values, or the name of a preset (`windows = "window.tongjiang"`) or of
several, or presets with values of its own beside them (`[attempts] preset = "attempts.tongjiang"`). What nobody sets is
the product's own default, and says so.
"""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Self

from pydantic import Field, ValidationError, model_validator

from callcenter.domain.policies.attempts import AttemptsGroup, CallGroup, ConflictGroup, DiallingGroup
from callcenter.domain.policies.base import Model, PolicyError
from callcenter.domain.policies.caps import CapsGroup
from callcenter.domain.policies.consent import ConsentGroup
from callcenter.domain.policies.evidence import EvidenceGroup, RetentionGroup
from callcenter.domain.policies.hours import AppointmentGroup, CalendarGroup, WindowGroup
from callcenter.domain.policies.layers import composed, parse_toml
from callcenter.domain.policies.mistakes import mistake_of
from callcenter.domain.policies.oversight import AccessGroup, KpiGroup, QcGroup, ReviewGroup
from callcenter.domain.policies.presets import preset_text
from callcenter.domain.policies.retry import ENDINGS, ChangeTime, RetryGroup
from callcenter.domain.policies.rounds import RoundsGroup
from callcenter.domain.policies.visits import (
    CadenceGroup,
    ChannelGroup,
    DueGroup,
    EscalationGroup,
    ScriptGroup,
    SlaGroup,
)

_NOON = 12 * 60


class Title(Model):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Policy(Model):
    """version: 1-based. effective_from: local date. Only the windows have no default: without them nothing opens."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    version: int = Field(ge=1)
    effective_from: date
    title: Title
    windows: WindowGroup
    calendar: CalendarGroup = CalendarGroup()
    appointment: AppointmentGroup = AppointmentGroup()
    attempts: AttemptsGroup = AttemptsGroup()
    retry: RetryGroup = RetryGroup()
    retention: RetentionGroup = RetentionGroup()
    evidence: EvidenceGroup = EvidenceGroup()
    dialling: DiallingGroup = DiallingGroup()
    call: CallGroup = CallGroup()
    conflict: ConflictGroup = ConflictGroup()
    due: DueGroup = DueGroup()
    cadence: CadenceGroup = CadenceGroup()
    sla: SlaGroup = SlaGroup()
    channel: ChannelGroup = ChannelGroup()
    access: AccessGroup = AccessGroup()
    review: ReviewGroup = ReviewGroup()
    qc: QcGroup = QcGroup()
    kpi: KpiGroup = KpiGroup()
    script: ScriptGroup = ScriptGroup()
    escalation: EscalationGroup = EscalationGroup()
    rounds: RoundsGroup = RoundsGroup()
    caps: CapsGroup = CapsGroup()
    consent: ConsentGroup = ConsentGroup()

    @property
    def most_dials(self) -> int:
        """How often a customer who does not answer is dialled in one round."""
        return self.rounds.dials_per_round or self.attempts.most_dials

    @model_validator(mode="after")
    def _a_round_has_its_dials(self) -> Self:
        if self.most_dials < self.attempts.dials_min:
            raise ValueError(
                f"rounds.dials_per_round is {self.most_dials}, less than attempts.dials_min, {self.attempts.dials_min}"
            )
        return self

    @model_validator(mode="after")
    def _halves_of_the_day_are_both_open(self) -> Self:
        """By turns in the morning and in the afternoon, or nothing would be dialled a second time."""
        kinds = {self.attempts.change_time, *(getattr(self.retry, ending).slots for ending in ENDINGS)}
        starts = {interval.start < _NOON for rule in self.windows.hours.rules for interval in rule.intervals}
        if ChangeTime.HALF_DAY in kinds and len(starts) < 2:  # noqa: PLR2004 (both of the two halves)
            raise ValueError("half_day needs windows that begin before noon and windows that begin after it")
        return self

    def with_house_closed(self, days: Collection[date]) -> "Policy":
        """The same policy, with the closing days of the whole house laid over its calendar."""
        return self.model_copy(update={"calendar": self.calendar.with_house_closed(days)}) if days else self


PRESET_GROUPS: Mapping[str, str] = {
    "windows": "window",
    "calendar": "calendar",
    "appointment": "appointment",
    "attempts": "attempts",
    "retry": "retry",
    "retention": "retention",
    "evidence": "evidence",
    "dialling": "dialling",
    "call": "call",
    "conflict": "coi",
    "due": "due",
    "cadence": "cadence",
    "sla": "sla",
    "channel": "channel",
    "access": "access",
    "review": "review",
    "qc": "qc",
    "kpi": "kpi",
    "script": "script",
    "escalation": "escalation",
    "rounds": "rounds",
    "caps": "cap",
    "consent": "consent",
}
"""For each group the first part of its presets' names."""

_OTHERWISE_NAMED: Mapping[str, str] = {"window.appointment": "appointment"}
"""Presets whose name begins as another group's do."""


def group_of_preset(name: str) -> str | None:
    """The group that this preset is a value of; None for a whole policy and an unknown name."""
    prefix = name.partition(".")[0] if "." in name else ""
    by_prefix = next((group for group, own in PRESET_GROUPS.items() if own == prefix), None)
    return _OTHERWISE_NAMED.get(name, by_prefix)


def load_policy(text: str, preset: Callable[[str], str] = preset_text) -> Policy:
    """The policy that this TOML describes. Raises PolicyError with every mistake in it."""
    raw = parse_toml(text)
    mistakes: list[str] = []
    for group in PRESET_GROUPS:
        if group in raw:
            try:
                raw[group] = _composed(raw[group], group, preset)
            except PolicyError as error:
                mistakes += [f"{group}: {mistake}" for mistake in error.mistakes]
                del raw[group]
    try:
        policy = Policy.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        named = {mistake.partition(":")[0] for mistake in mistakes}
        found = [(".".join(map(str, detail["loc"])), detail) for detail in error.errors()]
        mistakes += [mistake_of(dict(detail)) for key, detail in found if key not in named]
        raise PolicyError(tuple(mistakes)) from error
    if mistakes:
        raise PolicyError(tuple(mistakes))
    return policy


def _composed(value: object, group: str, preset: Callable[[str], str]) -> object:
    like = next((own for own, of in _OTHERWISE_NAMED.items() if of == group), f"{PRESET_GROUPS[group]}.…")
    return composed(value, like, lambda name: group_of_preset(name) == group, preset)
