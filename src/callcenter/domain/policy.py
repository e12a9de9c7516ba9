"""All the numbers of an institution as one frozen value, with the rule each comes from.

A policy is TOML: for each group either its own values, or the name of a preset (`windows = "window.tongjiang"`), or a
preset with values of its own beside it (`[attempts] preset = "attempts.tongjiang"`). What nobody sets is the product's
own default, and says so.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, ValidationError, model_validator

from callcenter.domain.calendar import WorkCalendar
from callcenter.domain.outcomes import Outcome
from callcenter.domain.phone import DialRules
from callcenter.domain.presets import UnknownPresetError, preset_text
from callcenter.domain.refusal import Strength
from callcenter.domain.seasons import Season, parse_season
from callcenter.domain.windows import (
    DayRule,
    Days,
    Interval,
    Weekday,
    WindowRule,
    Windows,
    parse_interval,
)

PRODUCT = "product"
"""The source of a default of ours, where no document speaks."""

OWN = "policy"
"""The source of a value that an institution's policy sets by itself."""

MIN_RETENTION_YEARS = 3
"""C6-04, C6-19, C6-59."""

_RING_LONGEST = 120
_DAYS_SENTENCE = "days are workdays, every_day, or a list of mon, tue, wed, thu, fri, sat, sun without repetition"
_RULE_ID = r"^(product|[A-Z]{1,2}[0-9]{0,2}-[0-9]{2})(, [A-Z]{1,2}[0-9]{0,2}-[0-9]{2})*$"


class PolicyError(ValueError):
    """Everything that is wrong with a policy: one sentence a mistake, each naming its key."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


class ChangeTime(StrEnum):
    """What a further dial must differ in (C6-57): the window slot, the local day, or nothing."""

    SLOT = "slot"
    DAY = "day"
    NONE = "none"


class Then(StrEnum):
    """What an outcome leads to. MANUAL: a supervisor decides."""

    RETRY = "retry"
    EXHAUST = "exhaust"
    MANUAL = "manual"


class Conflict(StrEnum):
    """Who may not call a customer: nobody, his own manager, or the manager's whole department (C6-08)."""

    OFF = "off"
    SAME_PERSON = "same_person"
    SAME_DEPARTMENT = "same_department"


def _days(value: object) -> Days:
    if isinstance(value, str) and value in set(DayRule):
        return DayRule(value)
    names = [str(name).upper() for name in value] if isinstance(value, (list, tuple)) else []
    if not names or len(set(names)) != len(names) or not set(names) <= set(Weekday.__members__):
        raise ValueError(_DAYS_SENTENCE)
    return frozenset(Weekday[name] for name in names)


def _interval(value: object) -> Interval:
    return parse_interval(str(value))


def _season(value: object) -> Season:
    return value if isinstance(value, Season) else parse_season(str(value))


def _some(value: tuple[Interval, ...]) -> tuple[Interval, ...]:
    if not value:
        raise ValueError("at least one window is needed, like 10:00-11:00")
    return value


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Group(_Model):
    """source: for each value the ID of its rule in the requirements catalogue."""

    source: Mapping[str, Annotated[str, Field(pattern=_RULE_ID)]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_name_values(self) -> Self:
        if unset := sorted(set(self.source) - self.model_fields_set):
            raise ValueError(f"a source is given for what is not set: {', '.join(unset)}")
        return self

    def source_of(self, value: str) -> str:
        """The rule's ID, `policy` for a value the institution set by itself, `product` for our own default."""
        return self.source.get(value, OWN if value in self.model_fields_set else PRODUCT)


_DaysField = Annotated[Days, PlainValidator(_days)]
_IntervalField = Annotated[Interval, PlainValidator(_interval)]
_SeasonField = Annotated[Season, PlainValidator(_season)]
_Intervals = Annotated[tuple[_IntervalField, ...], AfterValidator(_some)]


class WindowLine(_Model):
    """On these days, these hours. days: `workdays`, `every_day`, or a list such as ["sat", "sun"]. season: in which
    part of the year, for example `05-01/09-30`; absent for all of it.
    """

    days: _DaysField = DayRule.EVERY_DAY
    intervals: _Intervals
    season: _SeasonField | None = None

    @property
    def rule(self) -> WindowRule:
        return WindowRule(self.days, self.intervals, self.season)


class WindowGroup(WindowLine, _Group):
    """When customers may be called, in their own zone. also: further lines with days, hours and season of their own."""

    also: tuple[WindowLine, ...] = ()
    strength: Strength = Strength.HARD

    @cached_property
    def hours(self) -> Windows:
        return Windows((self.rule, *(line.rule for line in self.also)))

    @model_validator(mode="after")
    def _no_overlap(self) -> Self:
        _ = self.hours  # a WindowError is a ValueError, collected with the other mistakes
        return self


class CalendarGroup(_Group):
    """country: whose public holidays and working weekends hold; empty for Monday to Friday all the year."""

    country: str = "CN"
    closing_days: tuple[date, ...] = ()
    working_days: tuple[date, ...] = ()

    @cached_property
    def days(self) -> WorkCalendar:
        return WorkCalendar(self.country, frozenset(self.closing_days), frozenset(self.working_days))

    @model_validator(mode="after")
    def _can_be_had(self) -> Self:
        _ = self.days  # a CalendarError is a ValueError, collected with the other mistakes
        return self


class AttemptsGroup(_Group):
    """ring_seconds_min: a ring lasts at least so long (C6-55). dials_min: a customer who does not answer is dialled
    at least so often; dials_max: at most, absent for the same as dials_min. change_time: what each further dial
    must differ in (C6-57). min_gap_minutes: from the end of a dial to the next. cancel_needs_reason: whoever hangs
    up before ring_seconds_min says why.
    """

    ring_seconds_min: int = Field(default=20, ge=1, le=_RING_LONGEST)
    ring_strength: Strength = Strength.OVERRIDE
    cancel_needs_reason: bool = True
    dials_min: int = Field(default=3, ge=1)
    dials_max: int | None = Field(default=None, ge=1)
    change_time: ChangeTime = ChangeTime.SLOT
    dials_strength: Strength = Strength.HARD
    min_gap_minutes: int = Field(default=30, ge=0)
    log_invalid_calls: Literal[True] = True

    @property
    def most_dials(self) -> int:
        """How often a customer who does not answer is dialled in one round."""
        return self.dials_min if self.dials_max is None else self.dials_max

    @model_validator(mode="after")
    def _most_is_no_less(self) -> Self:
        if self.most_dials < self.dials_min:
            raise ValueError(f"dials_max is {self.dials_max}, less than dials_min, {self.dials_min}")
        return self


class RetryRule(_Model):
    """delay_minutes: from the end of the dial to the earliest next one, where it is tried again."""

    then: Then = Then.RETRY
    delay_minutes: int = Field(default=0, ge=0)


class RetryGroup(_Group):
    """What each outcome leads to, as long as dials are left. incomplete: a talk that broke off."""

    no_answer: RetryRule = RetryRule()
    busy: RetryRule = RetryRule()
    rejected: RetryRule = RetryRule()
    unreachable: RetryRule = RetryRule()
    invalid_number: RetryRule = RetryRule(then=Then.EXHAUST)
    congestion: RetryRule = RetryRule()
    failed: RetryRule = RetryRule()
    unknown: RetryRule = RetryRule()
    incomplete: RetryRule = RetryRule()

    def after(self, outcome: Outcome) -> RetryRule:
        """Of a charged outcome; a talk counts as incomplete until its log says otherwise."""
        rule = self.incomplete if outcome is Outcome.ANSWERED else getattr(self, outcome.value)
        assert isinstance(rule, RetryRule)  # noqa: S101 (for the type checker)
        return rule


class RetentionGroup(_Group):
    """years: logs, recordings and all other data of a visit are kept at least so long (C6-04, C6-19, C6-59)."""

    years: int = Field(default=MIN_RETENTION_YEARS, ge=MIN_RETENTION_YEARS)
    strength: Literal[Strength.HARD] = Strength.HARD


class EvidenceGroup(_Group):
    """recording: every phone visit is recorded (C6-02, C9-18)."""

    recording: Literal["mandatory"] = "mandatory"
    strength: Literal[Strength.HARD] = Strength.HARD


class DiallingGroup(_Group):
    """Where calls may go; see DialRules. region: of numbers written without a country code."""

    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    allowed_prefixes: tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")], ...] = ("+86",)
    allowed_regions: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()

    @property
    def rules(self) -> DialRules:
        return DialRules(self.allowed_prefixes, self.allowed_regions)


class CallGroup(_Group):
    """agent_ring_seconds: how long the agent's own phone rings. agent_grace_seconds: how long a customer waits for
    an agent whose leg was lost. max_minutes: longest talk.
    """

    agent_ring_seconds: int = Field(default=30, ge=1, le=_RING_LONGEST)
    agent_grace_seconds: int = Field(default=30, ge=0)
    max_minutes: int = Field(default=180, ge=1)


class ConflictGroup(_Group):
    """between: who may not call (C6-08)."""

    between: Conflict = Conflict.OFF
    strength: Strength = Strength.HARD


class Title(_Model):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Policy(_Model):
    """version: 1-based. effective_from: local date. Only the windows have no default: without them nothing opens."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    version: int = Field(ge=1)
    effective_from: date
    title: Title
    windows: WindowGroup
    calendar: CalendarGroup = CalendarGroup()
    attempts: AttemptsGroup = AttemptsGroup()
    retry: RetryGroup = RetryGroup()
    retention: RetentionGroup = RetentionGroup()
    evidence: EvidenceGroup = EvidenceGroup()
    dialling: DiallingGroup = DiallingGroup()
    call: CallGroup = CallGroup()
    conflict: ConflictGroup = ConflictGroup()


PRESET_GROUPS: Mapping[str, str] = {
    "windows": "window",
    "calendar": "calendar",
    "attempts": "attempts",
    "retry": "retry",
    "retention": "retention",
    "evidence": "evidence",
    "dialling": "dialling",
    "call": "call",
    "conflict": "coi",
}
"""For each group the first part of its presets' names."""


def load_policy(text: str, preset: Callable[[str], str] = preset_text) -> Policy:
    """The policy that this TOML describes. Raises PolicyError with every mistake in it."""
    raw = _toml(text)
    mistakes: list[str] = []
    for group, prefix in PRESET_GROUPS.items():
        if group in raw:
            try:
                raw[group] = _composed(raw[group], prefix, preset)
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


def _composed(value: object, prefix: str, preset: Callable[[str], str]) -> object:
    """A group's own values laid over those of the preset it names; what it sets loses the preset's source."""
    own: dict[str, Any] = dict(value) if isinstance(value, dict) else {"preset": value}
    if "preset" not in own:
        return own
    name = own.pop("preset")
    if not isinstance(name, str) or name.partition(".")[0] != prefix:
        raise PolicyError((f"needs a table of values or the name of a preset {prefix}.…, not {name!r}",))
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
