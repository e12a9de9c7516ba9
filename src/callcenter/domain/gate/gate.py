"""May this callback be dialled now? The one function every dial passes last, and the same rules explained one by one.

The rules are asked in the order of RULES; the first refusal speaks: first what stops every dial (service, switch,
recorder, disk), then the agent, the plan and the callback, the number, the way of the visit, who must not be called
(any more), and the time last.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.gate.channels import RULES_CHANNELS
from callcenter.domain.gate.facts import DialFacts, RuleFunction
from callcenter.domain.gate.here import RULES_HERE
from callcenter.domain.gate.never import RULES_NEVER
from callcenter.domain.gate.when import RULES_WHEN, opening_of, slot_outside
from callcenter.domain.gate.whom import RULES_WHOM
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.instant import utc

RULES: tuple[tuple[Rule, RuleFunction], ...] = (
    *RULES_HERE,
    *RULES_WHOM,
    *RULES_CHANNELS,
    *RULES_NEVER,
    *RULES_WHEN,
)
"""Every rule of the gate, in the order in which it is asked."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Dial now. slot: where the attempt counts. window_ends_at: UTC; None when the window was overridden.
    overridden: refusals that were gone round with a reason, for the audit.
    """

    slot: str
    policy: str
    policy_version: int
    window_ends_at: datetime | None
    overridden: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says. refusal: also given where a reason overrides it, and then ok all the same."""

    rule: Rule
    ok: bool
    refusal: Refusal | None


def may_dial(facts: DialFacts, now: datetime, asked: Sequence[Verdict] | None = None) -> Permit | Refusal:
    """The permit, or the first refusal that no given reason overrides. asked: what `explain` said of the same facts and
    instant, where it was asked before.
    """
    verdicts = explain(facts, now) if asked is None else asked
    for verdict in verdicts:
        if not verdict.ok and verdict.refusal is not None:
            return verdict.refusal
    overridden = tuple(verdict.refusal for verdict in verdicts if verdict.refusal is not None)
    opening = opening_of(facts, now)
    policy = facts.policy
    if isinstance(opening, Refusal):
        return Permit(slot_outside(facts, now), policy.name, policy.version, None, overridden)
    return Permit(opening.slot, policy.name, policy.version, opening.end, overridden)


def explain(facts: DialFacts, now: datetime) -> tuple[Verdict, ...]:
    """What every rule says, in the gate's order."""
    verdicts = []
    for rule, ask in RULES:
        refusal = ask(facts, utc(now))
        verdicts.append(Verdict(rule, refusal is None or overridable(refusal, facts.overrides), refusal))
    return tuple(verdicts)


def next_possible(facts: DialFacts, now: datetime) -> datetime | None:
    """The instant from which all rules would agree if nothing but time changed; None where that cannot be said."""
    moment = utc(now)
    while True:
        against = [verdict.refusal for verdict in explain(facts, moment) if not verdict.ok]
        if not against:
            return moment
        opens = [refusal.opens_at for refusal in against if refusal and refusal.opens_at is not None]
        if len(opens) < len(against) or max(opens) <= moment:
            return None
        moment = max(opens)


def overridable(refusal: Refusal, overrides: Mapping[Rule, str]) -> bool:
    """Was a reason given for this rule, and does the rule let itself be gone round? A hard one never does."""
    return refusal.strength is not Strength.HARD and bool(overrides.get(refusal.rule, "").strip())
