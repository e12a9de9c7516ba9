"""How a customer is dialled: how often and from which number, where calls may go, and who may not call."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from callcenter.domain.phone import DialRules
from callcenter.domain.policies.base import Group
from callcenter.domain.policies.retry import ChangeTime
from callcenter.domain.refusal import Strength

_RING_LONGEST = 120


class Conflict(StrEnum):
    """Who may not call a customer, each level with those before it: nobody; his own manager; the manager's whole
    department (C6-08); every department that sells (C9-12).
    """

    OFF = "off"
    SAME_PERSON = "same_person"
    SAME_DEPARTMENT = "same_department"
    ALL_SALES = "all_sales"


class FallbackWhen(StrEnum):
    """When another telephone may be used than the usual one (C6-21)."""

    LINE_OR_RECORDER_FAULT = "line_or_recorder_fault"
    NOT_ANSWERED = "not_answered"


CALLER_ID = r"^[^\x00-\x1f\x7f]{1,80}$"
"""A number, or `Name <number>`."""


class AttemptsGroup(Group):
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
    caller_id: str = Field(default="", pattern=r"^[0-9]{0,15}$")
    caller_ids: tuple[Annotated[str, Field(pattern=CALLER_ID)], ...] = ()
    fallback_phone: tuple[FallbackWhen, ...] = ()
    fallback_must_record: Literal[True] = True

    @property
    def most_dials(self) -> int:
        """How often a customer who does not answer is dialled in one round."""
        return self.dials_min if self.dials_max is None else self.dials_max

    @model_validator(mode="after")
    def _most_is_no_less(self) -> Self:
        if self.most_dials < self.dials_min:
            raise ValueError(f"dials_max is {self.dials_max}, less than dials_min, {self.dials_min}")
        return self


class DiallingGroup(Group):
    """Where calls may go; see DialRules. region: of numbers written without a country code."""

    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    allowed_prefixes: tuple[Annotated[str, Field(pattern=r"^\+[0-9]{1,15}$")], ...] = ("+86",)
    allowed_regions: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ()

    @property
    def rules(self) -> DialRules:
        return DialRules(self.allowed_prefixes, self.allowed_regions)


class CallGroup(Group):
    """agent_ring_seconds: how long the agent's own phone rings. agent_grace_seconds: how long a customer waits for
    an agent whose leg was lost. max_minutes: longest talk.
    """

    agent_ring_seconds: int = Field(default=30, ge=1, le=_RING_LONGEST)
    agent_grace_seconds: int = Field(default=30, ge=0)
    max_minutes: int = Field(default=180, ge=1)


class ConflictGroup(Group):
    """between: who may not call (C6-08, C9-12). sales_departments: those that sell, by name; the department whose
    customer it is counts among them without being named. onsite: who may not make the visit on site (C9-05).
    """

    between: Conflict = Conflict.OFF
    sales_departments: tuple[str, ...] = ()
    onsite: Conflict = Conflict.OFF
    strength: Strength = Strength.HARD
