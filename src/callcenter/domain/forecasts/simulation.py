"""What would another policy have said of past dials, and when would it let the waiting callbacks be dialled?

Each past dial is judged by what really happened before it: a dial that the other policy refuses still counts for those
that follow. Where a dial counts (its slot) is told anew under each policy, from the instant at which it was made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.hours import APPOINTMENT, hours_of, next_open
from callcenter.domain.dials.numbers_of import number_choice
from callcenter.domain.gate.facts import DialFacts
from callcenter.domain.gate.gate import RULES
from callcenter.domain.gate.when import opening_of, slot_outside
from callcenter.domain.people import Agent, Callback, CallbackState, Case, PlanState
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.instant import utc

RECONSTRUCTED = frozenset(
    {
        Rule.CALLBACK_EXHAUSTED,
        Rule.CONFLICT_OF_INTEREST,
        Rule.PHONE_NOT_YET,
        Rule.PHONE_FORBIDDEN,
        Rule.CLASS_NOT_BY_PHONE,
        Rule.NUMBER_MISSING,
        Rule.NUMBER_EMERGENCY,
        Rule.NUMBER_MALFORMED,
        Rule.NUMBER_PREMIUM,
        Rule.NUMBER_PREFIX,
        Rule.ZONE_UNKNOWN,
        Rule.CALENDAR_UNKNOWN,
        Rule.WINDOW_CLOSED,
        Rule.WINDOW_UNSET,
        Rule.PUBLIC_HOLIDAY,
        Rule.CLOSING_DAY,
        Rule.APPOINTMENT_LATER,
        Rule.CALLBACK_NOT_YET,
        Rule.SLOT_USED,
    }
)
"""Rules whose facts the books still tell. CONFLICT_OF_INTEREST with agents and customers as they stand today;
CALLBACK_NOT_YET by gap and delay alone; an appointment by the slot of the dial that kept it.
"""

NOT_RECONSTRUCTED = tuple(rule for rule, _ in RULES if rule not in RECONSTRUCTED)
"""Rules of the gate that ask for what nobody wrote down: a simulation says nothing of them."""

_PAST_RULES = tuple((rule, ask) for rule, ask in RULES if rule in RECONSTRUCTED)
_QUEUE_RULES = tuple((rule, ask) for rule, ask in _PAST_RULES if rule is not Rule.CONFLICT_OF_INTEREST)


@dataclass(frozen=True, slots=True)
class Judged:
    """A past dial, and what each of two policies says of it: None where it allows the dial."""

    attempt: Attempt
    before: Refusal | None
    after: Refusal | None


def judge(
    before: Policy, after: Policy, case: Case, attempts: Sequence[Attempt], agents: Mapping[str, Agent]
) -> tuple[Judged, ...]:
    """Every one of these attempts, all of one callback, under both policies. agents: by id."""
    said = zip(replay(before, case, attempts, agents), replay(after, case, attempts, agents), strict=True)
    return tuple(Judged(attempt, *each) for attempt, each in zip(_ordered(attempts), said, strict=True))


def replay(
    policy: Policy, case: Case, attempts: Sequence[Attempt], agents: Mapping[str, Agent]
) -> tuple[Refusal | None, ...]:
    """For each attempt, by its ordinal, the first refusal of this policy at the moment of the dial. A rule that a
    reason may override refuses too: reasons are not asked for.
    """
    found: list[Refusal | None] = []
    past: list[Attempt] = []
    for attempt in _ordered(attempts):
        facts = _facts(policy, _then(case, attempt), past, agents.get(attempt.agent_id))
        facts = replace(facts, number=attempt.number)
        found.append(_first_refusal(facts, attempt.started_at))
        past.append(replace(attempt, slot=_slot(facts, attempt)))
    return tuple(found)


def opening_for(policy: Policy, case: Case, attempts: Sequence[Attempt], now: datetime) -> datetime | None:
    """From when the rules of this policy would let the callback be dialled by somebody without a stake in it: `now` or
    a later instant, UTC; None where no waiting helps. attempts: those of the callback.
    """
    reslotted: list[Attempt] = []
    for attempt in _ordered(attempts):
        facts = _facts(policy, _then(case, attempt), (), None)
        reslotted.append(replace(attempt, slot=_slot(facts, attempt)))
    facts = _facts(policy, replace(case, callback=_waiting(case)), reslotted, None)
    moment = utc(now)
    while True:
        against = [refusal for _, ask in _QUEUE_RULES if (refusal := ask(facts, moment)) is not None]
        if not against:
            return moment
        opens = [refusal.opens_at for refusal in against if refusal.opens_at is not None]
        if len(opens) < len(against) or max(opens) <= moment:
            return None
        moment = max(opens)


def freed(present: Policy, case: Case, attempts: Sequence[Attempt], now: datetime) -> Case:
    """The case without a `not_before` that the present policy's windows, gaps and delays set: another policy sets its
    own. What people set stays: an appointment, a later beginning.

    Taken for set by the policy: where the round has dials (gap and delay then speak for themselves), and where it is
    exactly the next opening of the present windows.
    """
    callback = case.callback
    if callback.not_before is None or callback.appointment_at is not None:
        return case
    dialled = any(attempt.round == callback.round for attempt in attempts)
    following = next_open(hours_of(present, case), now)
    by_window = not isinstance(following, Refusal) and following.start == callback.not_before
    return replace(case, callback=replace(callback, not_before=None)) if dialled or by_window else case


def _first_refusal(facts: DialFacts, moment: datetime) -> Refusal | None:
    for _, ask in _PAST_RULES:
        if (refusal := ask(facts, utc(moment))) is not None:
            return refusal
    return None


def _facts(policy: Policy, case: Case, past: Sequence[Attempt], agent: Agent | None) -> DialFacts:
    """What nobody wrote down is as it must be for a dial: service, switch, recorder and disk are well."""
    return DialFacts(
        case=case,
        policy=policy,
        agent=agent,
        number=number_choice(policy, case, past).number,
        attempts=tuple(past),
        number_live=False,
        agent_busy=False,
        disk_free_bytes=1,
        disk_mark_bytes=0,
        recorder_healthy=True,
        switch_connected=True,
        stopping=False,
    )


def _then(case: Case, attempt: Attempt) -> Case:
    """The case as far as it is known to have stood when this attempt was made."""
    agreed = attempt.started_at if APPOINTMENT in attempt.slot else None
    callback = replace(_waiting(case), round=attempt.round, not_before=None, appointment_at=agreed)
    return replace(case, callback=callback, plan=replace(case.plan, state=PlanState.RUNNING))


def _waiting(case: Case) -> Callback:
    return replace(case.callback, state=CallbackState.WAITING, leased_to=None, leased_until=None, exhausted_reason=None)


def _slot(facts: DialFacts, attempt: Attempt) -> str:
    if (attempt.policy, attempt.policy_version) == (facts.policy.name, facts.policy.version):
        return attempt.slot
    opening = opening_of(facts, attempt.started_at)
    return slot_outside(facts, attempt.started_at) if isinstance(opening, Refusal) else opening.slot


def _ordered(attempts: Sequence[Attempt]) -> list[Attempt]:
    return sorted(attempts, key=lambda attempt: attempt.ordinal)
