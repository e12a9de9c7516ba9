"""The gate's rules about the one who is called: plan, callback, conflict of interest, number."""

from datetime import datetime

from callcenter.domain.dials.retry import ExhaustedReason, dials_that_count
from callcenter.domain.gate.conflict import conflict_between
from callcenter.domain.gate.facts import DialFacts, RuleFunction
from callcenter.domain.people import Callback, CallbackState, PlanState
from callcenter.domain.phone import may_dial_number
from callcenter.domain.plans.life import begins_at, carries_out, over_since
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule, Strength


def _plan_not_running(facts: DialFacts, _now: datetime) -> Refusal | None:
    plan = facts.case.plan
    if plan.state is PlanState.RUNNING:
        return None
    return Refusal(Rule.PLAN_NOT_RUNNING, detail={"plan": plan.name, "state": plan.state.value})


def _plan_not_begun(facts: DialFacts, now: datetime) -> Refusal | None:
    plan = facts.case.plan
    begin = begins_at(plan)
    if begin is None or now >= begin:
        return None
    detail = {"plan": plan.name, "day": str(plan.starts_on)}
    return Refusal(Rule.PLAN_NOT_BEGUN, "C6-34", opens_at=begin, detail=detail)


def _plan_over(facts: DialFacts, now: datetime) -> Refusal | None:
    plan = facts.case.plan
    end = over_since(plan)
    if end is None or now < end:
        return None
    return Refusal(Rule.PLAN_OVER, "C6-34", detail={"plan": plan.name, "day": str(plan.ends_on)})


def _not_of_plan(facts: DialFacts, _now: datetime) -> Refusal | None:
    if facts.agent is None or carries_out(facts.case.plan, facts.agent):
        return None
    return Refusal(Rule.AGENT_NOT_OF_PLAN, "C6-34", detail={"plan": facts.case.plan.name})


def _callback_exhausted(facts: DialFacts, _now: datetime) -> Refusal | None:
    callback, group = facts.case.callback, facts.policy.attempts
    dials, most = len(dials_that_count(facts.attempts, callback.round, facts.policy.retry)), facts.policy.most_dials
    if callback.state is not CallbackState.EXHAUSTED and dials < most:
        return None
    detail = {"dials": str(dials), "most": str(most), "round": str(callback.round)}
    if callback.exhausted_reason not in {None, ExhaustedReason.DIALS_USED_UP}:
        detail = {"why": str(callback.exhausted_reason), "round": str(callback.round)}
    return Refusal(Rule.CALLBACK_EXHAUSTED, group.source_of("dials_max"), group.dials_strength, detail=detail)


def _callback_not_waiting(facts: DialFacts, _now: datetime) -> Refusal | None:
    state = facts.case.callback.state
    if state in {CallbackState.WAITING, CallbackState.HANDED_OUT, CallbackState.EXHAUSTED}:
        return None
    return Refusal(Rule.CALLBACK_NOT_WAITING, detail={"state": state.value})


def _with_another_agent(facts: DialFacts, now: datetime) -> Refusal | None:
    callback = facts.case.callback
    if callback.leased_to is None or callback.leased_until is None or callback.leased_until <= now:
        return None
    if facts.agent is not None and callback.leased_to == facts.agent.id:
        return None
    return Refusal(Rule.CALLBACK_WITH_ANOTHER_AGENT, opens_at=callback.leased_until)


def _conflict(facts: DialFacts, _now: datetime) -> Refusal | None:
    group, agent = facts.policy.conflict, facts.agent
    found = None if agent is None else conflict_between(group, agent, facts.case.customer)
    if found is None:
        return None
    source = group.source_of("between")
    return Refusal(Rule.CONFLICT_OF_INTEREST, source, group.strength, detail={"between": found.value})


def by_another(callback: Callback, agent_id: str, policy: Policy | None) -> Refusal | None:
    """The superior looks into it (C6-48): hard where the policy names him, or is not known; else it is made by anybody
    but who made the first. By whichever channel.
    """
    if not callback.not_by or agent_id != callback.not_by:
        return None
    if policy is None:
        return Refusal(Rule.SECOND_VISIT, "C6-48")
    group = policy.escalation
    strength = Strength.HARD if "superior" in group.major_anomaly_then else Strength.OVERRIDE
    return Refusal(Rule.SECOND_VISIT, group.source_of("major_anomaly_then"), strength)


def _second_visit(facts: DialFacts, _now: datetime) -> Refusal | None:
    return None if facts.agent is None else by_another(facts.case.callback, facts.agent.id, facts.policy)


def _phone_not_yet(facts: DialFacts, _now: datetime) -> Refusal | None:
    rounds, current = facts.policy.rounds, facts.case.callback.round
    if current > rounds.phone_allowed_after or rounds.phone_allowed_strength is Strength.ADVISORY:
        return None
    detail = {"round": str(current), "after": str(rounds.phone_allowed_after)}
    source = rounds.source_of("phone_allowed_after")
    return Refusal(Rule.PHONE_NOT_YET, source, rounds.phone_allowed_strength, detail=detail)


def _number_of_somebody_else(facts: DialFacts, _now: datetime) -> Refusal | None:
    if facts.number is None or facts.number in facts.case.customer.numbers:
        return None
    return Refusal(Rule.NUMBER_OF_SOMEBODY_ELSE, detail={"number": facts.number.masked})


def _number_missing(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.NUMBER_MISSING) if facts.number is None else None


def _number_live(facts: DialFacts, _now: datetime) -> Refusal | None:
    if not facts.number_live or facts.number is None:
        return None
    return Refusal(Rule.NUMBER_LIVE, detail={"number": facts.number.masked})


def _number_emergency(facts: DialFacts, _now: datetime) -> Refusal | None:
    return _not_dialled_for(Rule.NUMBER_EMERGENCY, facts)


def _number_malformed(facts: DialFacts, _now: datetime) -> Refusal | None:
    return _not_dialled_for(Rule.NUMBER_MALFORMED, facts)


def _number_premium(facts: DialFacts, _now: datetime) -> Refusal | None:
    return _not_dialled_for(Rule.NUMBER_PREMIUM, facts)


def _number_prefix(facts: DialFacts, _now: datetime) -> Refusal | None:
    return _not_dialled_for(Rule.NUMBER_PREFIX, facts)


def _not_dialled_for(rule: Rule, facts: DialFacts) -> Refusal | None:
    if facts.number is None:
        return None
    refusal = may_dial_number(facts.number, facts.policy.dialling.rules)
    return refusal if refusal is not None and refusal.rule is rule else None


RULES_WHOM: tuple[tuple[Rule, RuleFunction], ...] = (
    (Rule.PLAN_NOT_RUNNING, _plan_not_running),
    (Rule.PLAN_NOT_BEGUN, _plan_not_begun),
    (Rule.PLAN_OVER, _plan_over),
    (Rule.AGENT_NOT_OF_PLAN, _not_of_plan),
    (Rule.CALLBACK_NOT_WAITING, _callback_not_waiting),
    (Rule.CALLBACK_WITH_ANOTHER_AGENT, _with_another_agent),
    (Rule.CALLBACK_EXHAUSTED, _callback_exhausted),
    (Rule.CONFLICT_OF_INTEREST, _conflict),
    (Rule.SECOND_VISIT, _second_visit),
    (Rule.PHONE_NOT_YET, _phone_not_yet),
    (Rule.NUMBER_MISSING, _number_missing),
    (Rule.NUMBER_OF_SOMEBODY_ELSE, _number_of_somebody_else),
    (Rule.NUMBER_EMERGENCY, _number_emergency),
    (Rule.NUMBER_MALFORMED, _number_malformed),
    (Rule.NUMBER_PREMIUM, _number_premium),
    (Rule.NUMBER_PREFIX, _number_prefix),
    (Rule.NUMBER_LIVE, _number_live),
)
