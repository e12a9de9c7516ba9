"""Who may read what, who looks at the visits afterwards, how they are checked, and which figures are wanted?"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from callcenter.domain.policies.base import Group, Model
from callcenter.domain.policies.words import DayName, Percent, SpanField, Word
from callcenter.domain.refusal import Strength
from callcenter.domain.times.spans import DayReading


class AccessGroup(Group):
    """departments_approved_by: whose approval a department needs to read (C6-60). regulator_filed_with: where handing
    data to the regulator is filed besides (C6-61). every_reading_by: whose authorisation every reading needs (N5-06).
    branch_reads_own_calls: a branch looks up its own (C3-12). package: what a branch is sent and how often (C3-01).
    """

    departments_approved_by: Word | None = None
    regulator_filed_with: Word | None = None
    every_reading_by: Word | None = None
    branch_reads_own_calls: bool = False
    package: Literal["monthly"] | None = None
    package_has_recordings: bool = False
    large_files_separately: bool = False


class ReviewGroup(Group):
    """log_by: from the visit. report_by, supervisor_by, with_consent_by: from the end of the visits. schedule_on,
    report_on: days of the week. dissatisfied_is_complaint: N11-09. days: whether 天 and 周 are of the calendar or of
    work (N1-25 does not say).
    """

    log_by: SpanField | None = None
    report_by: SpanField | None = None
    supervisor_by: SpanField | None = None
    with_consent_by: SpanField | None = None
    schedule_on: DayName | None = None
    schedule_approved_by: Word | None = None
    report_on: DayName | None = None
    opinion_by: Word | None = None
    dissatisfied_is_complaint: bool = False
    statistics: Literal["monthly"] | None = None
    week_starts: DayName = "mon"
    days: DayReading = DayReading.CALENDAR


class QcGroup(Group):
    """sampling: when visits are checked. sample_customers: how many of an agent each time. by: how they are asked.
    questions: what is checked. assessment, violations: how often both are reported. transfer_after: so many failures
    lead to a transfer. live_listening: supervisors listen in.
    """

    sampling: Literal["irregular", "quarterly", "same_day"] | None = None
    sample_customers: int | None = Field(default=None, ge=1)
    by: Word | None = None
    questions: tuple[Word, ...] = ()
    assessment: Literal["monthly"] | None = None
    violations: Literal["monthly"] | None = None
    scored: bool = False
    transfer_after: int | None = Field(default=None, ge=1)
    live_listening: bool = False


class Indicator(Model):
    """A share: `over` of `of` without `less`; where the text gives no formula, both are absent. at_least_percent: its
    target.
    """

    over: Word | None = None
    of: Word | None = None
    less: tuple[Word, ...] = ()
    at_least_percent: Percent | None = None
    strength: Strength = Strength.HARD

    @model_validator(mode="after")
    def _whole_or_none(self) -> Self:
        if (self.over is None) is not (self.of is None) or (self.less and self.of is None):
            raise ValueError("a share needs both what is counted, over, and what it is part of, of")
        return self


class KpiGroup(Group):
    """indicators: by name. satisfaction_bands_percent: the limits between bands, the highest first (N2-09)."""

    indicators: Mapping[Word, Indicator] = Field(default_factory=dict)
    satisfaction_bands_percent: tuple[Percent, ...] = ()

    @model_validator(mode="after")
    def _bands_fall(self) -> Self:
        if any(lower >= upper for upper, lower in pairwise(self.satisfaction_bands_percent)):
            raise ValueError("satisfaction_bands_percent: the highest comes first, and none twice")
        return self
