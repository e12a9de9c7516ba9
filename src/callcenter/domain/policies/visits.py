"""When is a visit due, how often does it come again, by which channel is it made, and what is said in it?"""

from collections.abc import Iterable, Mapping
from typing import Self

from pydantic import Field, model_validator

from callcenter.domain.policies.base import Group, Model
from callcenter.domain.policies.words import DaysField, Percent, RepeatField, SpanField, Word
from callcenter.domain.refusal import Strength
from callcenter.domain.times.spans import DayReading, MonthReading

ANY_CLASS = "any"
"""The class of every customer, whatever his own is."""


def same_word(words: Iterable[str], wanted: str) -> str | None:
    """The one of these words that is the same but for its case."""
    return next((word for word in words if word.casefold() == wanted.casefold()), None)


class DueRule(Model):
    """What follows from one trigger. not_before: the first visit is made no earlier than so long after it (N1-13).
    first_by: the first visit is made within (C6-25). again_by: a second one within (N6-02). completed_by: all is done
    within (C6-32). case_date: the date by which it is due stands with the case and cannot be computed (C9-09).
    every: after that, again and again (N1-16), until, a word for what ends it (N6-03): an agent says in the log that
    it has happened, or a supervisor closes the callback. channel: by which it is made,
    where that is not the plan's (N6-08). occasion: what else calls for it. coverage_percent, handled_percent: targets.
    """

    not_before: DaysField | None = None
    first_by: DaysField | None = None
    again_by: DaysField | None = None
    completed_by: DaysField | None = None
    case_date: Word | None = None
    every: RepeatField | None = None
    until: Word | None = None
    channel: Word | None = None
    occasion: Word | None = None
    coverage_percent: Percent | None = None
    handled_percent: Percent | None = None
    strength: Strength = Strength.HARD

    @model_validator(mode="after")
    def _ends_what_repeats(self) -> Self:
        if self.until is not None and self.every is None:
            raise ValueError("until ends what comes again, and nothing does: every is missing")
        return self


class DueGroup(Group):
    """rules: by trigger, a word of the institution such as `signing` or `installation`. month, days: how spans are
    counted where the texts leave two readings.
    """

    rules: Mapping[Word, DueRule] = Field(default_factory=dict)
    month: MonthReading = MonthReading.SAME_DAY
    days: DayReading = DayReading.CALENDAR

    def known_as(self, trigger: str) -> str | None:
        """The trigger as it is written here, whatever its case; None for one without a rule."""
        return same_word(self.rules, trigger)


class CadenceRule(Model):
    """How often customers of one class are visited. every: at least once in so long; absent: as needed (GB-10).
    minutes_least, minutes_most: how long such a visit lasts (V10-01). notice: so long before, an appointment is made.
    share_least_percent, share_most_percent: of all customers. channel: by which; only those by phone become callbacks.
    form: how a form is sent along (C7-02). signature: the customer signs (N1-18). also: visits beside it that are no
    calls, each at its own pace (C4-03).
    """

    every: RepeatField | None = None
    minutes_least: int | None = Field(default=None, ge=1)
    minutes_most: int | None = Field(default=None, ge=1)
    notice: DaysField | None = None
    share_least_percent: Percent | None = None
    share_most_percent: Percent | None = None
    channel: Word = "phone"
    form: Word | None = None
    signature: bool = False
    also: Mapping[Word, RepeatField] = Field(default_factory=dict)


class CadenceGroup(Group):
    """classes: by the customer's class, or `any` for every customer. ahead_days: so many days before it is due, the
    callback is made; it may then be called at once.
    """

    classes: Mapping[Word, CadenceRule] = Field(default_factory=dict)
    ahead_days: int = Field(default=0, ge=0, le=31)

    def known_as(self, customer_class: str) -> str | None:
        """The class as it is written here, whatever its case; `any` for one that has no rule of its own, if there is a
        rule for any; else None.
        """
        own = same_word(self.classes, customer_class)
        return own or (ANY_CLASS if ANY_CLASS in self.classes else None)


class Clock(Model):
    """Within which time a matter is answered, solved, traced, restored, handled or handed in; absent: not said."""

    reply: SpanField | None = None
    solution: SpanField | None = None
    traced: SpanField | None = None
    restored: SpanField | None = None
    handled: SpanField | None = None
    submitted: SpanField | None = None


class SlaGroup(Group):
    """clocks: by the matter, or by its severity."""

    clocks: Mapping[Word, Clock] = Field(default_factory=dict)


class ChannelGroup(Group):
    """main: by which visits are made. also: further ones. alternatives: in this order, when the main one has failed;
    alternatives_cap_percent: they make up at most so much of all visits (C9-07). when_unwilling: for who does not want
    to be called (C6-22). letter_needs_onsite_impossible: a letter only where nobody can go there (C9-06, against
    C9-24). onsite_not_by, onsite_accompanied_by: who may not make it, and who may come along (C9-05).
    onsite_customers: classes that are visited (N1-11). onsite_after: what a customer said that calls for one (N1-12).
    by_class: for a class of customers another channel (N6-08). message_openings, message_ending: of every message.
    """

    main: Word = "phone"
    also: tuple[Word, ...] = ()
    alternatives: tuple[Word, ...] = ()
    alternatives_cap_percent: Percent | None = None
    cap_strength: Strength = Strength.OVERRIDE
    when_unwilling: tuple[Word, ...] = ()
    letter_needs_onsite_impossible: bool = False
    onsite_not_by: Word | None = None
    onsite_accompanied_by: Word | None = None
    onsite_signature: bool = True
    onsite_customers: tuple[Word, ...] = ()
    onsite_after: tuple[Word, ...] = ()
    by_class: Mapping[Word, Word] = Field(default_factory=dict)
    message_openings: tuple[str, ...] = ()
    message_ending: str | None = None


class ScriptGroup(Group):
    """max_questions: in one call; absent: no limit. language: BCP 47, spoken unless the customer asks for another
    (C6-54). strict: read out as it is; adaptable: the agent may find other words (K19: C9-18 against C6-39). person:
    who alone may answer (C9-03). steps, opening: their order.
    """

    max_questions: int | None = Field(default=None, ge=1)
    questions_strength: Strength = Strength.ADVISORY
    customer_hangs_up_first: bool = False
    ask_why_if_dissatisfied: bool = False
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    strict: bool = False
    adaptable: bool = False
    filed_before_use: bool = False
    person: Word | None = None
    steps: tuple[Word, ...] = ()
    opening: tuple[Word, ...] = ()
    ask_convenient: bool = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.strict and self.adaptable:
            raise ValueError("a script is strict or adaptable, not both")
        return self


class EscalationGroup(Group):
    """From which number on something goes higher, and to whom; absent: the text does not say. callers: by severity, who
    calls (N9-03). major_anomalies: what is one (C6-47), and what follows (C6-48).
    """

    complaints_same_matter: int | None = Field(default=None, ge=1)
    reworks: int | None = Field(default=None, ge=1)
    repeated_becomes: Word | None = None
    repeated_decided_by: Word | None = None
    callers: Mapping[Word, Word] = Field(default_factory=dict)
    departments_needed: int | None = Field(default=None, ge=2)
    departments_to: Word | None = None
    major_anomalies: tuple[Word, ...] = ()
    major_anomaly_then: tuple[Word, ...] = ()
