"""What follows a dial: again at another time, another round, enough, or the visit log first?

What counts are the charged dials of the round since the customer last answered: C6-57 speaks of customers who do not
answer. A talk that broke off, or in which the customer refused, is tried again only while the round's charged dials,
talks among them, are below the most. A dial that told of a number only, that it does not exist or is somebody else's,
counts against nothing: see numbers_of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.attempt import Attempt, of_round
from callcenter.domain.dials.changed_times import UsedTimes
from callcenter.domain.dials.hours import hours_of, next_open
from callcenter.domain.dials.numbers_of import (
    OF_A_NUMBER,
    ended_as,
    reached,
    rule_after,
    spoiling,
    times_so,
    usable_numbers,
)
from callcenter.domain.dials.whereabouts import zones_of_case
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.retry import Ending, RetryGroup, Then
from callcenter.domain.policies.rounds import Between, Until
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.instant import utc
from callcenter.domain.times.windows import Opening


class ExhaustedReason(StrEnum):
    """Why a round is used up and a supervisor decides."""

    DIALS_USED_UP = "dials_used_up"
    INVALID_NUMBER = "invalid_number"
    REFUSED = "refused"
    WRONG_PERSON = "wrong_person"
    BY_RULE = "by_rule"
    MANUAL = "manual"
    ROUNDS_USED_UP = "rounds_used_up"
    OTHER_CHANNEL = "other_channel"
    APPOINTMENTS_USED_UP = "appointments_used_up"
    NO_NEW_NUMBER = "no_new_number"
    OPTED_OUT = "opted_out"
    WITHDRAWN = "withdrawn"
    NO_NUMBER = "no_number"
    CAPPED = "capped"


class AgainReason(StrEnum):
    FIRST_DIAL = "first_dial"
    NOT_CHARGED = "not_charged"
    NOT_REACHED = "not_reached"
    TALK_INCOMPLETE = "talk_incomplete"
    NEXT_NUMBER = "next_number"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class TryAgain:
    """not_before: UTC, the earliest instant that gap, delay and windows allow. avoid_slots: those already used.
    closed: why no opening could be found; not_before is then by gap and delay alone, and the gate will refuse.
    """

    not_before: datetime
    avoid_slots: frozenset[str]
    reason: AgainReason
    closed: Refusal | None = None


@dataclass(frozen=True, slots=True)
class NextRound:
    """The policy's rhythm goes on by itself (N6-02, N6-03). number: of that round. not_before, due_at: UTC."""

    number: int
    not_before: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Exhausted:
    """number_wanted_until: UTC; so long it is waited for a new number (C9-20, C9-21), None where none is wanted."""

    reason: ExhaustedReason
    number_wanted_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more is to be done for this callback."""


@dataclass(frozen=True, slots=True)
class AwaitLog:
    """The customer answered: what follows depends on what the agent says of the talk."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """at: UTC instant that was agreed with the customer."""

    at: datetime


Decision = TryAgain | NextRound | Exhausted | Finished | AwaitLog
AfterTalk = Finished | Appointment | NextRound | Exhausted | TryAgain


def dials_that_count(
    attempts: Sequence[Attempt], current_round: int, retry: RetryGroup | None = None
) -> tuple[Attempt, ...]:
    """The charged dials of this round since the customer last answered, in order."""
    mine = of_round(attempts, current_round)
    beside = spoiling(retry or RetryGroup(), mine)
    counted: list[Attempt] = []
    for attempt in mine:
        if reached(attempt):
            counted.clear()
        elif attempt.charged and attempt.id not in beside:
            counted.append(attempt)
    return tuple(counted)


def used_times(policy: Policy, attempts: Sequence[Attempt], current_round: int) -> UsedTimes:
    dials = dials_that_count(attempts, current_round, policy.retry)
    if not dials:
        return UsedTimes(policy.attempts.change_time)
    rule = rule_after(policy.retry, of_round(attempts, current_round), dials[-1])
    change = policy.attempts.change_time if rule is None or rule.slots is None else rule.slots
    return UsedTimes(change, frozenset(dial.slot for dial in dials), dials[-1].slot)


def earliest_by_gap(
    policy: Policy, attempts: Sequence[Attempt], current_round: int, *, dislikes_calls: bool = False
) -> datetime | None:
    """When gap and delay after the round's last charged dial, or talk, are over; None if there was none. Where it told
    only that a number is spoilt, nobody was disturbed, and the gap is not kept.
    """
    mine = of_round(attempts, current_round)
    last = next((each for each in reversed(mine) if each.charged or each.outcome is Outcome.ANSWERED), None)
    if last is None or last.outcome is None:
        return None
    ending = ended_as(last)
    delay = 0 if ending is None else policy.retry.delay(ending, times_so(mine, last))
    gap = 0 if last.id in spoiling(policy.retry, mine) else policy.attempts.min_gap_minutes
    minutes = max(delay, gap) * policy.rounds.slowed(dislikes_calls=dislikes_calls)
    return utc(last.ended_at or last.started_at) + timedelta(minutes=minutes)


def after_refusal_met(
    policy: Policy, case: Case, attempts: Sequence[Attempt], met_at: datetime, now: datetime, before: int = 0
) -> NextRound | Exhausted | TryAgain:
    """What follows where the customer refused, and it was no call in which he did: the same rule. met_at: UTC.
    attempts: of the callback; none is charged for this. before: how often in this round he has refused so already.
    """
    mine = of_round(attempts, case.callback.round)
    times = before + 1 + sum(ended_as(each) == "refused" for each in mine)
    pause = max(policy.retry.delay("refused", times), policy.attempts.min_gap_minutes)
    slowed = policy.rounds.slowed(dislikes_calls=case.customer.dislikes_calls)
    earliest = utc(met_at) + timedelta(minutes=pause * slowed)
    return _by_rule(policy, case, attempts, now, _Ended("refused", times, talk=True, earliest=earliest))


def decide(policy: Policy, case: Case, attempts: Sequence[Attempt], now: datetime) -> Decision:
    """What follows the last of these attempts, all of one callback and all ended.

    Raises ValueError for a live one: nothing follows from a dial that has not ended.
    """
    if case.callback.state in {CallbackState.DONE, CallbackState.CLOSED}:
        return Finished()
    if any(attempt.live for attempt in attempts):
        raise ValueError("an attempt is still live")
    mine = of_round(attempts, case.callback.round)
    if not mine:
        return again(policy, case, attempts, now, AgainReason.FIRST_DIAL)
    last = mine[-1]
    if last.outcome is Outcome.ANSWERED:
        return AwaitLog()
    if not last.charged:
        return again(policy, case, attempts, now, AgainReason.NOT_CHARGED)
    return _after_ending(policy, case, attempts, now)


def after_log(
    policy: Policy,
    case: Case,
    attempts: Sequence[Attempt],
    disposition: Disposition,
    now: datetime,
    appointment_at: datetime | None = None,
    *,
    resolved: bool = True,
    refused_before: int = 0,
) -> AfterTalk:
    """What follows once the log of a talk is closed. refused_before: how often the customer refused in this round
    otherwise than in a call. appointment_at: what was agreed with the customer, also the next
    visit of an unsolved problem (N9-06, N11-15). resolved: False where the log says that something is left unsolved.
    Raises ValueError for an appointment without its time.
    """
    told = _with_disposition(attempts, case.callback.round, disposition)
    match disposition:
        case Disposition.VISITED:
            return Finished()
        case Disposition.SUCCESS:
            return _after_success(policy, case, now, None if resolved else appointment_at)
        case Disposition.APPOINTMENT:
            if appointment_at is None:
                raise ValueError("an appointment needs its time")
            return _appointed(policy, case, told, appointment_at)
        case Disposition.PROBLEM:
            return Finished() if appointment_at is None else Appointment(utc(appointment_at))
        case Disposition.INCOMPLETE if appointment_at is not None:
            return Appointment(utc(appointment_at))
        case Disposition.INCOMPLETE | Disposition.REFUSED | Disposition.WRONG_PERSON:  # pragma: no branch (all)
            return _after_ending(policy, case, told, now, refused_before)


def _after_success(policy: Policy, case: Case, now: datetime, again_at: datetime | None) -> AfterTalk:
    """again_at: when something that was left unsolved is taken up again (C7-11)."""
    match policy.rounds.until:
        case Until.CUSTOMER_VISITS:
            return _next_round(policy, case, now) or Finished()
        case Until.PROBLEM_SOLVED | Until.MATTER_ANSWERED if again_at is not None:
            return Appointment(utc(again_at))
        case _:
            return Finished()


def _appointed(policy: Policy, case: Case, told: Sequence[Attempt], at: datetime) -> Appointment | Exhausted:
    most = policy.retry.appointments_most
    made = sum(each.disposition is Disposition.APPOINTMENT for each in of_round(told, case.callback.round))
    if most is not None and made > most:
        return Exhausted(ExhaustedReason.APPOINTMENTS_USED_UP)
    return Appointment(utc(at))


def _after_ending(
    policy: Policy, case: Case, attempts: Sequence[Attempt], now: datetime, refused_before: int = 0
) -> NextRound | Exhausted | TryAgain:
    """After a charged dial whose ending has a rule."""
    mine = of_round(attempts, case.callback.round)
    last = mine[-1]
    ending = ended_as(last)
    if ending is None:
        raise ValueError("no rule follows this ending")
    times = times_so(mine, last) + (refused_before if ending == "refused" else 0)
    ended = _Ended(ending, times, talk=last.outcome is Outcome.ANSWERED)
    return _by_rule(policy, case, attempts, now, ended)


@dataclass(frozen=True, slots=True)
class _Ended:
    """How the customer was tried last, and the how-manyth time so. talk: he was met. earliest: UTC; not before then,
    where the attempts do not tell it.
    """

    ending: Ending
    times: int
    talk: bool
    earliest: datetime | None = None


def _by_rule(
    policy: Policy, case: Case, attempts: Sequence[Attempt], now: datetime, ended: _Ended
) -> NextRound | Exhausted | TryAgain:
    ending = ended.ending
    rule = policy.retry.of(ending, ended.times)
    others = rule.then is Then.EXHAUST and ending in OF_A_NUMBER and usable_numbers(policy, case, attempts)
    if rule.then is not Then.RETRY and not others:
        return _exhausted(policy, case, _without_retry(rule.then, ending), now)
    if _spent(policy, case, attempts, talks=ended.talk):
        return _used_up(policy, case, now)
    reason = AgainReason.NEXT_NUMBER if others else _AGAIN.get(ending, AgainReason.NOT_REACHED)
    return again(policy, case, attempts, max(utc(now), ended.earliest or utc(now)), reason)


_AGAIN: dict[Ending, AgainReason] = {
    "incomplete": AgainReason.TALK_INCOMPLETE,
    "refused": AgainReason.REFUSED,
}


def _spent(policy: Policy, case: Case, attempts: Sequence[Attempt], *, talks: bool) -> bool:
    """Are the dials of the round used up? talks: those before a talk, and the talks themselves, count too."""
    current = case.callback.round
    dials = len(dials_that_count(attempts, current, policy.retry))
    if talks:
        mine = of_round(attempts, current)
        dials = sum(each.charged for each in mine) - len(spoiling(policy.retry, mine))
    return dials >= policy.most_dials


def _used_up(policy: Policy, case: Case, now: datetime) -> NextRound | Exhausted:
    return _next_round(policy, case, now) or _exhausted(policy, case, ExhaustedReason.DIALS_USED_UP, now)


def _next_round(policy: Policy, case: Case, now: datetime) -> NextRound | None:
    """As the policy's rhythm has it; None without one, and after the last round."""
    days = policy.rounds.days_to_next(case.callback.round)
    if days is None or policy.rounds.is_last(case.callback.round):
        return None
    slowed = policy.rounds.slowed(dislikes_calls=case.customer.dislikes_calls)
    earliest, due = (utc(now) + timedelta(days=each) * slowed for each in days)
    return NextRound(case.callback.round + 1, earliest, due)


def _exhausted(policy: Policy, case: Case, reason: ExhaustedReason, now: datetime) -> Exhausted:
    rounds = policy.rounds
    if rounds.is_last(case.callback.round):
        return Exhausted(ExhaustedReason.ROUNDS_USED_UP if reason is ExhaustedReason.DIALS_USED_UP else reason)
    if rounds.between is Between.NEW_NUMBER and reason in _WANT_A_NUMBER:
        return Exhausted(reason, utc(now) + timedelta(days=rounds.new_number_days))
    return Exhausted(reason)


_WANT_A_NUMBER = frozenset(
    {ExhaustedReason.DIALS_USED_UP, ExhaustedReason.INVALID_NUMBER, ExhaustedReason.WRONG_PERSON}
)
"""Reasons that another number might mend (C9-20)."""


def _without_retry(then: Then, ending: Ending) -> ExhaustedReason:
    if then is Then.MANUAL:
        return ExhaustedReason.MANUAL
    if then is Then.OTHER_CHANNEL:
        return ExhaustedReason.OTHER_CHANNEL
    return _EXHAUSTING.get(ending, ExhaustedReason.BY_RULE)


_EXHAUSTING: dict[Ending, ExhaustedReason] = {
    "invalid_number": ExhaustedReason.INVALID_NUMBER,
    "refused": ExhaustedReason.REFUSED,
    "wrong_person": ExhaustedReason.WRONG_PERSON,
}


def again(policy: Policy, case: Case, attempts: Sequence[Attempt], now: datetime, reason: AgainReason) -> TryAgain:
    """At the earliest instant that gap, windows and changed time allow. attempts: all of the callback."""
    after, current = utc(now), case.callback.round
    if reason is not AgainReason.NOT_CHARGED:
        # What was agreed with the customer was kept by the dial that he noticed.
        case = replace(case, callback=replace(case.callback, appointment_at=None))
    by_gap = earliest_by_gap(policy, attempts, current, dislikes_calls=case.customer.dislikes_calls)
    if by_gap is not None and case.callback.appointment_at is None:
        after = max(after, by_gap)
    used = used_times(policy, attempts, current)
    opening = next_changed_opening(policy, case, after, used)
    if isinstance(opening, Refusal):
        return TryAgain(after, used.slots, reason, opening)
    return TryAgain(opening.from_(after), used.slots, reason)


def next_changed_opening(policy: Policy, case: Case, after: datetime, used: UsedTimes) -> Opening | Refusal:
    """The first opening that holds `after` or lies behind it and is at a changed time."""
    return next_open(hours_of(policy, case), after, used.forbid)


def zone_name(case: Case) -> str:
    """The IANA zone in which the customer's times are told."""
    return zones_of_case(case)[0]


def _with_disposition(attempts: Sequence[Attempt], current_round: int, disposition: Disposition) -> tuple[Attempt, ...]:
    """The last talk of the round carries what the agent says of it, which may not be in the books yet."""
    mine = reversed(of_round(attempts, current_round))
    last = next((each for each in mine if each.outcome is Outcome.ANSWERED), None)
    return tuple(replace(each, disposition=disposition) if each is last else each for each in attempts)
