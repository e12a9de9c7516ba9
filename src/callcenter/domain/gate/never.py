"""The gate's rules about who must not be called at all, and who was called enough. No reason and no appointment goes
round the first four.
"""

from datetime import datetime

from callcenter.domain.dials.retry import zone_name
from callcenter.domain.gate.caps import over_cap
from callcenter.domain.gate.exclusions import SOURCES, WITHDRAWN, against, wrong_numbers
from callcenter.domain.gate.facts import DialFacts, RuleFunction
from callcenter.domain.people import Channel
from callcenter.domain.policies.caps import Whose
from callcenter.domain.refusal import Refusal, Rule


def _withdrawn(facts: DialFacts, now: datetime) -> Refusal | None:
    return _excluded(facts, now, Rule.CASE_WITHDRAWN)


def _opted_out(facts: DialFacts, now: datetime) -> Refusal | None:
    return _excluded(facts, now, Rule.OPT_OUT)


def _excluded(facts: DialFacts, now: datetime, rule: Rule) -> Refusal | None:
    for each in against(facts.restraints.exclusions, facts.case.callback.id, Channel.PHONE, now):
        if (Rule.CASE_WITHDRAWN if each.kind in WITHDRAWN else Rule.OPT_OUT) is rule:
            return Refusal(rule, SOURCES[each.kind], opens_at=each.until, detail={"kind": each.kind.value})
    return None


def _number_wrong(facts: DialFacts, now: datetime) -> Refusal | None:
    if facts.number is None or facts.number not in wrong_numbers(facts.restraints.exclusions, now):
        return None
    return Refusal(Rule.NUMBER_WRONG, detail={"number": facts.number.masked})


def _number_blocked(facts: DialFacts, _now: datetime) -> Refusal | None:
    if facts.number is None or not (lists := facts.restraints.blocked.get(facts.number)):
        return None
    return Refusal(Rule.NUMBER_BLOCKED, detail={"number": facts.number.masked, "lists": ", ".join(lists)})


def _cap_number(facts: DialFacts, now: datetime) -> Refusal | None:
    return _capped(Whose.NUMBER, facts, now)


def _cap_customer(facts: DialFacts, now: datetime) -> Refusal | None:
    return _capped(Whose.CUSTOMER, facts, now)


def _capped(whose: Whose, facts: DialFacts, now: datetime) -> Refusal | None:
    dials = facts.restraints.counted.of(whose)
    return over_cap(facts.policy.caps, whose, dials, zone_name(facts.case), now)


RULES_NEVER: tuple[tuple[Rule, RuleFunction], ...] = (
    (Rule.CASE_WITHDRAWN, _withdrawn),
    (Rule.OPT_OUT, _opted_out),
    (Rule.NUMBER_WRONG, _number_wrong),
    (Rule.NUMBER_BLOCKED, _number_blocked),
    (Rule.CAP_NUMBER, _cap_number),
    (Rule.CAP_CUSTOMER, _cap_customer),
)
