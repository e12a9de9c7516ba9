"""May this callback be dialled now? The one function every dial passes last, and the same rules explained one by one.

The rules are asked in the order of RULES; the first refusal speaks: first what stops every dial (service, switch,
recorder, disk), then the agent, the plan and the callback, the number, and the time last.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.instant import utc
from callcenter.domain.people import Agent, CallbackState, Case, PlanState
from callcenter.domain.phone import PhoneNumber, may_dial_number
from callcenter.domain.policy import Conflict, Policy
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.retry import (
    dials_that_count,
    earliest_by_gap,
    next_changed_opening,
    used_times,
    zone_name,
)
from callcenter.domain.windows import Opening, local_date, opening_at, zone_of

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class DialFacts:
    """Everything the rules ask about one dial. agent: None when the one who asks is no agent. number: None when the
    customer has none left. attempts: all of this callback. number_live: some live attempt, of whichever callback,
    rings or holds this number. disk_mark_bytes: below so many free bytes the archive takes no more. overrides: reasons
    given for going round rules that allow it.
    """

    case: Case
    policy: Policy
    agent: Agent | None
    number: PhoneNumber | None
    attempts: Sequence[Attempt]
    number_live: bool
    agent_busy: bool
    disk_free_bytes: int
    disk_mark_bytes: int
    recorder_healthy: bool
    switch_connected: bool
    stopping: bool
    overrides: Mapping[Rule, str] = field(default_factory=dict)


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


RuleFunction = Callable[[DialFacts, datetime], Refusal | None]


def may_dial(facts: DialFacts, now: datetime) -> Permit | Refusal:
    """The permit, or the first refusal that no given reason overrides."""
    verdicts = explain(facts, now)
    for verdict in verdicts:
        if not verdict.ok and verdict.refusal is not None:
            return verdict.refusal
    overridden = tuple(verdict.refusal for verdict in verdicts if verdict.refusal is not None)
    opening = _opening(facts, now)
    policy = facts.policy
    if isinstance(opening, Refusal):
        return Permit(_slot_outside(facts, now), policy.name, policy.version, None, overridden)
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


def _service_stopping(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.SERVICE_STOPPING) if facts.stopping else None


def _switch_down(facts: DialFacts, _now: datetime) -> Refusal | None:
    return None if facts.switch_connected else Refusal(Rule.SWITCH_DOWN)


def _recorder_down(facts: DialFacts, _now: datetime) -> Refusal | None:
    if facts.recorder_healthy:
        return None
    return Refusal(Rule.RECORDER_DOWN, facts.policy.evidence.source_of("recording"))


def _disk_full(facts: DialFacts, _now: datetime) -> Refusal | None:
    return disk_full(facts.disk_free_bytes, facts.disk_mark_bytes)


def disk_full(free_bytes: int, mark_bytes: int) -> Refusal | None:
    """Has the archive less room than it must have?"""
    if free_bytes >= mark_bytes:
        return None
    return Refusal(
        Rule.DISK_FULL, detail={"free_mb": str(free_bytes // _MEGABYTE), "mark_mb": str(mark_bytes // _MEGABYTE)}
    )


def _agent_unknown(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.AGENT_UNKNOWN) if facts.agent is None else None


def _agent_busy(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.AGENT_BUSY) if facts.agent_busy else None


def _plan_not_running(facts: DialFacts, _now: datetime) -> Refusal | None:
    plan = facts.case.plan
    if plan.state is PlanState.RUNNING:
        return None
    return Refusal(Rule.PLAN_NOT_RUNNING, detail={"plan": plan.name, "state": plan.state.value})


def _callback_exhausted(facts: DialFacts, _now: datetime) -> Refusal | None:
    callback, group = facts.case.callback, facts.policy.attempts
    dials = len(dials_that_count(facts.attempts, callback.round))
    if callback.state is not CallbackState.EXHAUSTED and dials < group.most_dials:
        return None
    detail = {"dials": str(dials), "most": str(group.most_dials), "round": str(callback.round)}
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
    group, agent, customer = facts.policy.conflict, facts.agent, facts.case.customer
    if agent is None or group.between is Conflict.OFF:
        return None
    own = _same(customer.manager, agent.name) or _same(customer.manager, agent.staff_number)
    near = group.between is Conflict.SAME_DEPARTMENT and _same(customer.department, agent.department)
    if not own and not near:
        return None
    detail = {"between": (Conflict.SAME_PERSON if own else Conflict.SAME_DEPARTMENT).value}
    return Refusal(Rule.CONFLICT_OF_INTEREST, group.source_of("between"), group.strength, detail=detail)


def _not_yet(facts: DialFacts, now: datetime) -> Refusal | None:
    callback = facts.case.callback
    by_gap = earliest_by_gap(facts.policy, facts.attempts, callback.round)
    opens = [moment for moment in (callback.not_before, by_gap) if moment is not None and moment > now]
    if not opens:
        return None
    source = facts.policy.attempts.source_of("min_gap_minutes")
    return Refusal(Rule.CALLBACK_NOT_YET, source, Strength.OVERRIDE, opens_at=utc(max(opens)))


def _number_missing(facts: DialFacts, _now: datetime) -> Refusal | None:
    return Refusal(Rule.NUMBER_MISSING) if facts.number is None else None


def _number_live(facts: DialFacts, _now: datetime) -> Refusal | None:
    if not facts.number_live or facts.number is None:
        return None
    return Refusal(Rule.NUMBER_LIVE, detail={"number": facts.number.masked})


def _number(rule: Rule) -> RuleFunction:
    def ask(facts: DialFacts, _now: datetime) -> Refusal | None:
        if facts.number is None:
            return None
        refusal = may_dial_number(facts.number, facts.policy.dialling.rules)
        return refusal if refusal is not None and refusal.rule is rule else None

    return ask


def _time(rule: Rule) -> RuleFunction:
    def ask(facts: DialFacts, now: datetime) -> Refusal | None:
        opening = _opening(facts, now)
        return opening if isinstance(opening, Refusal) and opening.rule is rule else None

    return ask


def _slot_used(facts: DialFacts, now: datetime) -> Refusal | None:
    opening = _opening(facts, now)
    slot = _slot_outside(facts, now) if isinstance(opening, Refusal) else opening.slot
    group = facts.policy.attempts
    used = used_times(group, facts.attempts, facts.case.callback.round)
    if not used.forbid(slot):
        return None
    following = next_changed_opening(facts.policy, zone_name(facts.case), now, used)
    opens_at = None if isinstance(following, Refusal) else following.from_(now)
    source = group.source_of("change_time")
    return Refusal(Rule.SLOT_USED, source, group.dials_strength, opens_at, {"slot": slot})


def _opening(facts: DialFacts, now: datetime) -> Opening | Refusal:
    windows = facts.policy.windows
    found = opening_at(windows.hours, facts.policy.calendar.days, zone_name(facts.case), now)
    if isinstance(found, Refusal) and found.rule is Rule.WINDOW_CLOSED:
        return replace(found, source=windows.source_of("intervals"), strength=windows.strength)
    return found


def _slot_outside(facts: DialFacts, now: datetime) -> str:
    """Where a dial counts that a reason allows outside the windows: once a day."""
    zone = zone_of(zone_name(facts.case))
    day = utc(now).date() if isinstance(zone, Refusal) else local_date(zone, now)
    return f"{day.isoformat()}/outside"


def _same(one: str, other: str) -> bool:
    """The same name, however written; nobody's name is nobody's."""
    return bool(_folded(one)) and _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


RULES: tuple[tuple[Rule, RuleFunction], ...] = (
    (Rule.SERVICE_STOPPING, _service_stopping),
    (Rule.SWITCH_DOWN, _switch_down),
    (Rule.RECORDER_DOWN, _recorder_down),
    (Rule.DISK_FULL, _disk_full),
    (Rule.AGENT_UNKNOWN, _agent_unknown),
    (Rule.AGENT_BUSY, _agent_busy),
    (Rule.PLAN_NOT_RUNNING, _plan_not_running),
    (Rule.CALLBACK_NOT_WAITING, _callback_not_waiting),
    (Rule.CALLBACK_WITH_ANOTHER_AGENT, _with_another_agent),
    (Rule.CALLBACK_EXHAUSTED, _callback_exhausted),
    (Rule.CONFLICT_OF_INTEREST, _conflict),
    (Rule.NUMBER_MISSING, _number_missing),
    (Rule.NUMBER_EMERGENCY, _number(Rule.NUMBER_EMERGENCY)),
    (Rule.NUMBER_MALFORMED, _number(Rule.NUMBER_MALFORMED)),
    (Rule.NUMBER_PREMIUM, _number(Rule.NUMBER_PREMIUM)),
    (Rule.NUMBER_PREFIX, _number(Rule.NUMBER_PREFIX)),
    (Rule.NUMBER_LIVE, _number_live),
    (Rule.ZONE_UNKNOWN, _time(Rule.ZONE_UNKNOWN)),
    (Rule.CALENDAR_UNKNOWN, _time(Rule.CALENDAR_UNKNOWN)),
    (Rule.WINDOW_CLOSED, _time(Rule.WINDOW_CLOSED)),
    (Rule.CALLBACK_NOT_YET, _not_yet),
    (Rule.SLOT_USED, _slot_used),
)
"""Every rule of the gate, in the order in which it is asked."""
