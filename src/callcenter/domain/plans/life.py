"""How does a plan live? Written, submitted, approved by somebody else, run, paused, finished; and what it must tell.

A plan is approved as it stands: whoever wants to change it takes it back to a draft, and it needs a new approval before
it runs again.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum

from callcenter.domain.access import Permission
from callcenter.domain.people import Agent, Plan, PlanState
from callcenter.domain.times.days import span_of_day

LONGEST_REASON = 500
"""Characters."""


class Element(StrEnum):
    """What a plan must tell before it is submitted: its purpose (YC-03, N1-07), and the five of C6-34. A plan always
    has a method: its channel.
    """

    PURPOSE = "purpose"
    CONTENT = "content"
    METHOD = "method"
    TIME = "time"
    OBJECT = "object"
    EXECUTOR = "executor"


class PlanDeed(StrEnum):
    """What is done to a plan. REVISE: back to a draft, to be changed. REOPEN: it was finished too early."""

    ADD = "add"
    CHANGE = "change"
    SUBMIT = "submit"
    APPROVE = "approve"
    RETURN = "return"
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    REVISE = "revise"
    FINISH = "finish"
    REOPEN = "reopen"


class Unmovable(StrEnum):
    """Why a deed is not done."""

    NOT_FROM_HERE = "not_from_here"
    NO_RIGHT = "no_right"
    REASON_LACKING = "reason_lacking"
    ELEMENTS_LACKING = "elements_lacking"
    TIME_PAST = "time_past"
    OWN_PLAN = "own_plan"
    OWN_PLAN_NEEDS_REASON = "own_plan_needs_reason"
    NOT_A_DRAFT = "not_a_draft"


@dataclass(frozen=True, slots=True)
class MoveRule:
    """needs: any of these rights. reason: must one be given?"""

    before: frozenset[PlanState]
    after: PlanState
    needs: frozenset[Permission]
    reason: bool = False


_OF_LIFE = frozenset({"id", "state", "submitted_by", "needs_approval", "version"})
"""What a plan is, beside what it tells."""

_KEEPS = frozenset({Permission.CHANGE_QUEUE})
_APPROVES = frozenset({Permission.APPROVE_PLANS})
_S = PlanState
MOVES: Mapping[PlanDeed, MoveRule] = {
    PlanDeed.SUBMIT: MoveRule(frozenset({_S.DRAFT}), _S.SUBMITTED, _KEEPS),
    PlanDeed.APPROVE: MoveRule(frozenset({_S.SUBMITTED}), _S.APPROVED, _APPROVES),
    PlanDeed.RETURN: MoveRule(frozenset({_S.SUBMITTED}), _S.DRAFT, _APPROVES | _KEEPS, reason=True),
    PlanDeed.START: MoveRule(frozenset({_S.APPROVED}), _S.RUNNING, _KEEPS),
    PlanDeed.PAUSE: MoveRule(frozenset({_S.RUNNING}), _S.PAUSED, _KEEPS),
    PlanDeed.RESUME: MoveRule(frozenset({_S.PAUSED}), _S.RUNNING, _KEEPS),
    PlanDeed.REVISE: MoveRule(frozenset({_S.APPROVED, _S.PAUSED}), _S.DRAFT, _KEEPS, reason=True),
    PlanDeed.FINISH: MoveRule(frozenset({_S.DRAFT, _S.APPROVED, _S.RUNNING, _S.PAUSED}), _S.FINISHED, _KEEPS),
    PlanDeed.REOPEN: MoveRule(frozenset({_S.FINISHED}), _S.PAUSED, _KEEPS),
}
"""Which state may follow which (C6-35). The submitter's side may take a submission back, as the approver returns it."""

QUICK_MOVES = (PlanDeed.SUBMIT, PlanDeed.APPROVE, PlanDeed.START)
"""From a draft to a running plan."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a move. rights: of the account. others_approve: may somebody else than this account approve plans?
    keeper: whoever keeps the machine itself, at its command line; he asks nobody.
    """

    id: str
    rights: frozenset[Permission]
    others_approve: bool = True
    keeper: bool = False


@dataclass(frozen=True, slots=True)
class Immovable:
    """A deed that is not done. lacking: the elements, where they are why."""

    why: Unmovable
    lacking: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One line of a plan's history. at: UTC. who: the account's id, empty for the keeper of the machine; login: as it
    was then. before: None for the first. detail: what was changed, or lacking. version: the plan's, after it.
    """

    plan_id: str
    at: datetime
    who: str
    login: str
    deed: PlanDeed
    before: PlanState | None
    after: PlanState
    reason: str
    version: int
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a plan is. done: talked to and settled. stopped: used up, waiting for a decision. closed: given up.
    overdue: of the remaining ones, due before now.
    """

    done: int = 0
    remaining: int = 0
    stopped: int = 0
    closed: int = 0
    overdue: int = 0

    @property
    def total(self) -> int:
        return self.done + self.remaining + self.stopped + self.closed


def lacking(plan: Plan) -> tuple[Element, ...]:
    """What the plan does not tell yet."""
    there = {
        Element.PURPOSE: bool(plan.purpose.strip()),
        Element.CONTENT: bool(plan.content.strip()),
        Element.METHOD: True,
        Element.TIME: plan.starts_on is not None and plan.ends_on is not None,
        Element.OBJECT: bool(plan.whom.strip() or plan.lists),
        Element.EXECUTOR: bool(plan.agent_ids or plan.departments),
    }
    return tuple(element for element in Element if not there[element])


def target_of(plan: Plan, deed: PlanDeed) -> PlanState | None:
    """The state that this deed would put the plan into; None where it cannot be done from here. What was finished
    without being approved as it stands becomes a draft again.
    """
    rule = MOVES.get(deed)
    if rule is None or plan.state not in rule.before:
        return None
    return PlanState.DRAFT if deed is PlanDeed.REOPEN and plan.needs_approval else rule.after


def deed_to(plan: Plan, after: PlanState) -> PlanDeed | None:
    """What leads from here to this state."""
    return next((deed for deed in MOVES if target_of(plan, deed) is after), None)


def deeds_of(plan: Plan, rights: frozenset[Permission]) -> tuple[PlanDeed, ...]:
    """What may be done from here by who has these rights."""
    return tuple(deed for deed, rule in MOVES.items() if target_of(plan, deed) and rule.needs & rights)


def moved(plan: Plan, deed: PlanDeed, asker: Asker, reason: str, now: datetime) -> Plan | Immovable:
    """The plan after this move. Nobody approves what he submitted himself (C6-35), unless nobody else may approve, and
    then only with a reason.
    """
    after, rule = target_of(plan, deed), MOVES.get(deed)
    if after is None or rule is None:
        return Immovable(Unmovable.NOT_FROM_HERE)
    if (against := _against(plan, deed, rule, asker, reason.strip(), now)) is not None:
        return against
    return replace(
        plan,
        state=after,
        submitted_by=asker.id if deed is PlanDeed.SUBMIT else plan.submitted_by,
        needs_approval=_needs_approval(plan, deed, after),
        version=plan.version + 1,
    )


def changed(plan: Plan, wanted: Plan, rights: frozenset[Permission]) -> Plan | Immovable:
    """The draft with the wanted elements; of what is no draft nothing is changed."""
    if not _KEEPS & rights:
        return Immovable(Unmovable.NO_RIGHT)
    if plan.state is not PlanState.DRAFT:
        return Immovable(Unmovable.NOT_A_DRAFT)
    return replace(
        wanted,
        id=plan.id,
        state=plan.state,
        submitted_by=plan.submitted_by,
        needs_approval=True,
        version=plan.version + 1,
    )


def changed_names(before: Plan, after: Plan) -> tuple[str, ...]:
    """The elements and terms in which the two differ."""
    names = (each.name for each in fields(Plan) if each.name not in _OF_LIFE)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def begins_at(plan: Plan) -> datetime | None:
    """The first instant of its first day; UTC."""
    return None if plan.starts_on is None else span_of_day(plan.starts_on, plan.zone)[0]


def over_since(plan: Plan) -> datetime | None:
    """The first instant behind its last day; UTC."""
    return None if plan.ends_on is None else span_of_day(plan.ends_on, plan.zone)[1]


def carries_out(plan: Plan, agent: Agent) -> bool:
    """Is this agent among the plan's executors? A plan that names none is for all."""
    if not plan.agent_ids and not plan.departments:
        return True
    return agent.id in plan.agent_ids or _folded(agent.department) in {_folded(each) for each in plan.departments}


def _against(plan: Plan, deed: PlanDeed, rule: MoveRule, asker: Asker, reason: str, now: datetime) -> Immovable | None:
    if asker.keeper:
        return None
    if not rule.needs & asker.rights:
        return Immovable(Unmovable.NO_RIGHT)
    if rule.reason and not reason:
        return Immovable(Unmovable.REASON_LACKING)
    if deed is PlanDeed.SUBMIT:
        return _unready(plan, now)
    if deed is PlanDeed.APPROVE and asker.id == plan.submitted_by:
        if asker.others_approve:
            return Immovable(Unmovable.OWN_PLAN)
        if not reason:
            return Immovable(Unmovable.OWN_PLAN_NEEDS_REASON)
    return None


def _unready(plan: Plan, now: datetime) -> Immovable | None:
    if elements := lacking(plan):
        return Immovable(Unmovable.ELEMENTS_LACKING, elements)
    end = over_since(plan)
    return Immovable(Unmovable.TIME_PAST) if end is not None and end <= now else None


def _needs_approval(plan: Plan, deed: PlanDeed, after: PlanState) -> bool:
    if deed is PlanDeed.APPROVE:
        return False
    unapproved = {PlanState.DRAFT, PlanState.SUBMITTED}
    return plan.needs_approval or bool({plan.state, after} & unapproved)


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
