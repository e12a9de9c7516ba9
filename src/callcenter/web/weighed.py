"""Policies, their differences, and what weighing them found, as the API and the commands tell them."""

from pydantic import Field

from callcenter.domain.forecasts.simulation_found import Simulation, most_first
from callcenter.domain.forecasts.simulation_load import Load
from callcenter.domain.policies.diff import Change, PolicyValue, values_of
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Rule
from callcenter.domain.words.plan_reasons import said_of_never, said_of_plan
from callcenter.domain.words.policy_sentences import (
    change_sentence,
    group_words,
    key_words,
    source_words,
    strength_words,
    value_words,
)
from callcenter.domain.words.reason_words import reason_words, rule_words
from callcenter.domain.words.sentences import Language
from callcenter.engine.explaining import PlanExplanation
from callcenter.web.api.answers import Answer, Instant


class ValueShown(Answer):
    """One value of a policy, in words."""

    group: str
    key: str
    title: str = Field(description="What it is, in your language.")
    value: str = Field(description="With its unit, in your language.")
    source: str = Field(description="The rule's ID; `product`: a default of ours; `policy`: the policy's own.")
    strength: str = Field(description="How binding it is; empty where its group does not say.")


class ChangeShown(Answer):
    """One value in which two policies differ."""

    group: str
    key: str
    before: str
    after: str
    source_before: str
    source_after: str
    message: str = Field(description="A sentence in your language.")


class RuleCount(Answer):
    rule: Rule
    title: str
    dials: int
    examples: list[str] = Field(default_factory=list, description="A few of the attempts.")


class HourShown(Answer):
    at: Instant
    ready_before: int = Field(description="Callbacks that may be dialled from this hour on.")
    ready_after: int
    dials_before: float
    dials_after: float


class SimulationShown(Answer):
    """What a changed policy would have done, and would do."""

    at: Instant
    since: Instant = Field(description="Past dials were read from then on.")
    before: str
    after: str
    changes: list[ChangeShown]
    dials: int = Field(description="Past dials that were judged.")
    refused: list[RuleCount] = Field(description="Allowed by the present policy, refused by the changed one.")
    allowed: list[RuleCount] = Field(description="Refused by the present policy, allowed by the changed one.")
    still_refused: list[RuleCount] = Field(description="Refused by both.")
    waiting: int = Field(description="Callbacks that were weighed.")
    now_before: int = Field(description="Of them, those that may be dialled at once.")
    now_after: int
    same: int = Field(description="Whose next opening stays.")
    earlier: int
    later: int
    gains: int = Field(description="That would open, and no waiting helped before.")
    loses: int = Field(description="That no waiting would help any more.")
    most_earlier_seconds: float
    most_later_seconds: float
    dials_per_hour: float | None = Field(description="The pace of the past; null without past dials.")
    dials_per_callback: float | None
    exhausted_before: Instant | None = Field(description="When the queue would be empty; null: not to be said.")
    exhausted_after: Instant | None
    hours: list[HourShown]
    not_reconstructed: list[Rule] = Field(description="Rules of which a simulation says nothing.")
    part_only: bool = Field(description="There was more than was read: the figures speak of a part.")


class ReasonShown(Answer):
    rule: Rule
    title: str
    count: int
    opens_at: Instant | None = Field(description="When the first of them opens; null: not by waiting.")
    estimated: bool
    never: bool = Field(description="It stands until a customer, the policy or the installation is corrected.")


class PlanExplanationShown(Answer):
    """Why so many callbacks of a plan can be called now."""

    plan: str
    at: Instant
    queued: int = Field(description="Callbacks that wait, are with an agent, or wait for a decision.")
    callable_now: int
    estimated: bool = Field(description="Some of the figures were reckoned from a part.")
    message: str = Field(description="All of it in a sentence in your language.")
    warning: str = Field(description="How many can never be called, and why; empty where waiting helps all of them.")
    reasons: list[ReasonShown] = Field(description="By the first rule that refuses, the most frequent first.")
    hindrances: list[str] = Field(description="Why nobody may dial anything just now.")


def show_values(policy: Policy, language: Language) -> list[ValueShown]:
    return [show_value(value, language) for value in values_of(policy)]


def show_value(value: PolicyValue, language: Language) -> ValueShown:
    return ValueShown(
        group=value.group,
        key=value.key,
        title=f"{group_words(value.group, language)} · {key_words(value, language)}",
        value=value_words(value, language),
        source=value.source,
        strength=strength_words(value, language),
    )


def show_change(change: Change, language: Language) -> ChangeShown:
    return ChangeShown(
        group=change.either.group,
        key=change.either.key,
        before=value_words(change.before, language),
        after=value_words(change.after, language),
        source_before=source_words(change.before.source, language) if change.before else "",
        source_after=source_words(change.after.source, language) if change.after else "",
        message=change_sentence(change, language),
    )


def show_simulation(found: Simulation, language: Language = Language.EN) -> SimulationShown:
    past, queue = found.past, found.queue

    def counts(of: dict[Rule, int]) -> list[RuleCount]:
        named = past.examples if of is past.refused else {}
        return [
            RuleCount(rule=rule, title=rule_words(rule, language), dials=many, examples=named.get(rule, []))
            for rule, many in most_first(of)
        ]

    return SimulationShown(
        at=found.at,
        since=found.since,
        before=f"{found.before.name} v{found.before.version}",
        after=f"{found.after.name} v{found.after.version}",
        changes=[show_change(change, language) for change in found.changes],
        dials=past.dials,
        refused=counts(past.refused),
        allowed=counts(past.allowed),
        still_refused=counts(past.still_refused),
        waiting=queue.waiting,
        now_before=queue.now_before,
        now_after=queue.now_after,
        same=queue.same,
        earlier=queue.earlier,
        later=queue.later,
        gains=queue.gains,
        loses=queue.loses,
        most_earlier_seconds=queue.most_earlier.total_seconds(),
        most_later_seconds=queue.most_later.total_seconds(),
        dials_per_hour=found.pace.dials_per_hour if found.pace else None,
        dials_per_callback=found.pace.dials_per_callback if found.pace else None,
        exhausted_before=found.load_before.exhausted_at,
        exhausted_after=found.load_after.exhausted_at,
        hours=_hours(found.load_before, found.load_after),
        not_reconstructed=list(found.not_reconstructed),
        part_only=found.cut_dials or found.cut_queue,
    )


def show_plan_explanation(found: PlanExplanation, zone: str, language: Language = Language.EN) -> PlanExplanationShown:
    return PlanExplanationShown(
        plan=found.plan.id,
        at=found.at,
        queued=found.queued,
        callable_now=found.callable_now,
        estimated=found.estimated,
        message=plan_sentence(found, zone, language),
        warning=never_sentence(found, language),
        reasons=[
            ReasonShown(
                rule=reason.rule,
                title=reason_words(reason.example, language),
                count=reason.count,
                opens_at=reason.opens_at,
                estimated=reason.estimated,
                never=reason.never,
            )
            for reason in found.reasons
        ],
        hindrances=[rule_words(refusal.rule, language) for refusal in found.hindrances],
    )


def never_sentence(found: PlanExplanation, language: Language) -> str:
    """How many are never called unless something is corrected; empty for none."""
    reasons = [
        (reason.count, reason_words(reason.example, language), None, reason.estimated)
        for reason in found.reasons
        if reason.never
    ]
    return said_of_never(reasons, language)


def plan_sentence(found: PlanExplanation, zone: str, language: Language) -> str:
    """zone: in which the next openings are told."""
    reasons = [
        (reason.count, reason_words(reason.example, language), reason.opens_at, reason.estimated)
        for reason in found.reasons
    ]
    return said_of_plan(found.callable_now, reasons, found.at, zone, language, about=found.estimated)


def _hours(before: Load, after: Load) -> list[HourShown]:
    return [
        HourShown(
            at=one.at,
            ready_before=one.ready,
            ready_after=two.ready,
            dials_before=one.dials,
            dials_after=two.dials,
        )
        for one, two in zip(before.hours, after.hours, strict=True)
    ]
