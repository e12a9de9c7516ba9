"""What follows a dial: again at another time, enough, or the visit log first?

What counts are the charged dials of the round since the customer last answered: C6-57 speaks of customers who do not
answer. A talk that broke off is tried again only while the round's charged dials, talks among them, are below the most.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.attempt import Attempt
from callcenter.domain.hours import hours_of, next_open
from callcenter.domain.instant import utc
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.policy import Policy
from callcenter.domain.policy_attempts import AttemptsGroup, ChangeTime, Then
from callcenter.domain.refusal import Refusal
from callcenter.domain.whereabouts import zones_of_case
from callcenter.domain.windows import Opening


class ExhaustedReason(StrEnum):
    """Why a round is used up and a supervisor decides."""

    DIALS_USED_UP = "dials_used_up"
    INVALID_NUMBER = "invalid_number"
    REFUSED = "refused"
    WRONG_PERSON = "wrong_person"
    BY_RULE = "by_rule"
    MANUAL = "manual"


class AgainReason(StrEnum):
    FIRST_DIAL = "first_dial"
    NOT_CHARGED = "not_charged"
    NOT_REACHED = "not_reached"
    TALK_INCOMPLETE = "talk_incomplete"


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
class Exhausted:
    reason: ExhaustedReason


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


Decision = TryAgain | Exhausted | Finished | AwaitLog


@dataclass(frozen=True, slots=True)
class UsedTimes:
    """The times at which a further dial would not be at a changed time (C6-57)."""

    change: ChangeTime
    slots: frozenset[str] = field(default=frozenset())

    def forbid(self, slot: str) -> bool:
        match self.change:
            case ChangeTime.SLOT:
                return slot in self.slots
            case ChangeTime.DAY:
                return _day_of(slot) in {_day_of(used) for used in self.slots}
            case ChangeTime.NONE:  # pragma: no branch (there is no fourth)
                return False


def dials_that_count(attempts: Sequence[Attempt], current_round: int) -> tuple[Attempt, ...]:
    """The charged dials of this round since the customer last answered, in order."""
    counted: list[Attempt] = []
    for attempt in _of_round(attempts, current_round):
        if attempt.outcome is Outcome.ANSWERED:
            counted.clear()
        elif attempt.charged:
            counted.append(attempt)
    return tuple(counted)


def used_times(group: AttemptsGroup, attempts: Sequence[Attempt], current_round: int) -> UsedTimes:
    dials = dials_that_count(attempts, current_round)
    return UsedTimes(group.change_time, frozenset(dial.slot for dial in dials))


def earliest_by_gap(policy: Policy, attempts: Sequence[Attempt], current_round: int) -> datetime | None:
    """When gap and delay after the round's last charged dial are over; None if there was none."""
    ends = [
        (attempt.outcome, attempt.ended_at or attempt.started_at)
        for attempt in _of_round(attempts, current_round)
        if attempt.outcome is not None and attempt.outcome.charged
    ]
    if not ends:
        return None
    outcome, ended_at = ends[-1]
    minutes = max(policy.retry.after(outcome).delay_minutes, policy.attempts.min_gap_minutes)
    return utc(ended_at) + timedelta(minutes=minutes)


def decide(policy: Policy, case: Case, attempts: Sequence[Attempt], now: datetime) -> Decision:
    """What follows the last of these attempts, all of one callback and all ended.

    Raises ValueError for a live one: nothing follows from a dial that has not ended.
    """
    if case.callback.state in {CallbackState.DONE, CallbackState.CLOSED}:
        return Finished()
    if any(attempt.live for attempt in attempts):
        raise ValueError("an attempt is still live")
    mine = _of_round(attempts, case.callback.round)
    if not mine:
        return _again(policy, case, attempts, now, AgainReason.FIRST_DIAL)
    outcome = mine[-1].outcome
    if outcome is Outcome.ANSWERED:
        return AwaitLog()
    if outcome is None or not outcome.charged:
        return _again(policy, case, attempts, now, AgainReason.NOT_CHARGED)
    return _after_vain_dial(policy, case, mine, outcome, now)


def after_log(
    policy: Policy,
    case: Case,
    attempts: Sequence[Attempt],
    disposition: Disposition,
    now: datetime,
    appointment_at: datetime | None = None,
) -> Finished | Appointment | Exhausted | TryAgain:
    """What follows once the log of a talk is closed. appointment_at: what was agreed with the customer, also the next
    visit of an unsolved problem (N9-06, N11-15). Raises ValueError for an appointment without its time.
    """
    match disposition:
        case Disposition.SUCCESS:
            return Finished()
        case Disposition.REFUSED:
            return Exhausted(ExhaustedReason.REFUSED)
        case Disposition.WRONG_PERSON:
            return Exhausted(ExhaustedReason.WRONG_PERSON)
        case Disposition.APPOINTMENT:
            if appointment_at is None:
                raise ValueError("an appointment needs its time")
            return Appointment(utc(appointment_at))
        case Disposition.PROBLEM:
            return Finished() if appointment_at is None else Appointment(utc(appointment_at))
        case Disposition.INCOMPLETE:  # pragma: no branch (there is no seventh)
            return _after_broken_talk(policy, case, attempts, now)


def _after_vain_dial(
    policy: Policy, case: Case, mine: Sequence[Attempt], outcome: Outcome, now: datetime
) -> Exhausted | TryAgain:
    then = policy.retry.after(outcome).then
    if then is not Then.RETRY:
        return Exhausted(_without_retry(then, outcome))
    if len(dials_that_count(mine, case.callback.round)) >= policy.attempts.most_dials:
        return Exhausted(ExhaustedReason.DIALS_USED_UP)
    return _again(policy, case, mine, now, AgainReason.NOT_REACHED)


def _without_retry(then: Then, outcome: Outcome) -> ExhaustedReason:
    if then is Then.MANUAL:
        return ExhaustedReason.MANUAL
    if outcome is Outcome.INVALID_NUMBER:
        return ExhaustedReason.INVALID_NUMBER
    return ExhaustedReason.BY_RULE


def _after_broken_talk(policy: Policy, case: Case, attempts: Sequence[Attempt], now: datetime) -> Exhausted | TryAgain:
    then = policy.retry.incomplete.then
    if then is not Then.RETRY:
        return Exhausted(_without_retry(then, Outcome.ANSWERED))
    charged = sum(attempt.charged for attempt in _of_round(attempts, case.callback.round))
    if charged >= policy.attempts.most_dials:
        return Exhausted(ExhaustedReason.DIALS_USED_UP)
    return _again(policy, case, attempts, now, AgainReason.TALK_INCOMPLETE)


def _again(policy: Policy, case: Case, attempts: Sequence[Attempt], now: datetime, reason: AgainReason) -> TryAgain:
    after = utc(now)
    if (by_gap := earliest_by_gap(policy, attempts, case.callback.round)) is not None:
        after = max(after, by_gap)
    used = used_times(policy.attempts, attempts, case.callback.round)
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


def _of_round(attempts: Sequence[Attempt], current_round: int) -> tuple[Attempt, ...]:
    mine = (attempt for attempt in attempts if attempt.round == current_round)
    return tuple(sorted(mine, key=lambda attempt: attempt.ordinal))


def _day_of(slot: str) -> str:
    return slot.partition("/")[0]
