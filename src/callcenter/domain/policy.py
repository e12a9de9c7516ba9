"""All the numbers of an institution as one frozen value, with the rule each comes from.

A policy is TOML: for each group either its own values, or the name of a preset (`windows = "window.tongjiang"`), or a
preset with values of its own beside it (`[attempts] preset = "attempts.tongjiang"`). What nobody sets is the product's
own default, and says so.
"""

import json
import tomllib
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from pydantic import Field, ValidationError

from callcenter.domain.policy_attempts import AttemptsGroup, CallGroup, ConflictGroup, DiallingGroup, RetryGroup
from callcenter.domain.policy_base import Model, PolicyError
from callcenter.domain.policy_evidence import EvidenceGroup, RetentionGroup
from callcenter.domain.policy_hours import AppointmentGroup, CalendarGroup, WindowGroup
from callcenter.domain.presets import UnknownPresetError, preset_text


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
    raw = _toml(text)
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
        mistakes += [_sentence(key, dict(detail)) for key, detail in found if key not in named]
        raise PolicyError(tuple(mistakes)) from error
    if mistakes:
        raise PolicyError(tuple(mistakes))
    return policy


def _composed(value: object, group: str, preset: Callable[[str], str]) -> object:
    """A group's own values laid over those of the preset it names; what it sets loses the preset's source."""
    own: dict[str, Any] = dict(value) if isinstance(value, dict) else {"preset": value}
    if "preset" not in own:
        return own
    name = own.pop("preset")
    if not isinstance(name, str) or group_of_preset(name) != group:
        like = next((own for own, of in _OTHERWISE_NAMED.items() if of == group), f"{PRESET_GROUPS[group]}.…")
        raise PolicyError((f"needs a table of values or the name of a preset {like}, not {name!r}",))
    try:
        base = _toml(preset(name))
    except UnknownPresetError as error:
        raise PolicyError((f"there is no preset {name!r}",)) from error
    sources = {key: rule for key, rule in base.get("source", {}).items() if key not in own}
    return base | own | {"source": sources | own.get("source", {})}


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError((f"this is not TOML: {error}",)) from error


def _sentence(key: str, detail: Mapping[str, Any]) -> str:
    match detail["type"]:
        case "missing":
            return f"{key}: is missing"
        case "extra_forbidden":
            return f"{key}: is not a known key"
        case _:
            message = str(detail["msg"]).removeprefix("Value error, ")
            return f"{key}: {message[:1].lower()}{message[1:]}"
