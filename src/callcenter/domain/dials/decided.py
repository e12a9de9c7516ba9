"""By which version of which policy, and by which of its values, was it decided what follows a dial?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.dials.retry import (
    AgainReason,
    Appointment,
    Decision,
    Exhausted,
    ExhaustedReason,
    NextRound,
    TryAgain,
)
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.policies.base import PRODUCT
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.retry import ending_of


@dataclass(frozen=True, slots=True)
class Decided:
    """state: what the callback became, with the reason why, and until when it waits (UTC). rules: the values of the
    policy that decided, such as `attempts.change_time`, each with its rule's ID; empty where the talk itself decided.
    """

    policy: str
    policy_version: int
    state: CallbackState
    reason: str
    not_before: datetime | None
    rules: Mapping[str, str]


def decided(policy: Policy, decision: Decision | Appointment, outcome: Outcome, state: CallbackState) -> Decided:
    """outcome: of the dial that the decision follows."""
    match decision:
        case TryAgain(reason=again, not_before=until):
            return _made(policy, state, again.value, until, _of_trying(again, outcome))
        case NextRound(not_before=until):
            return _made(policy, state, "next_round", until, ("rounds.within_days", "rounds.then_every_days"))
        case Exhausted(reason=why):
            return _made(policy, state, why.value, None, _of_end(policy, why, outcome))
        case Appointment(at=until):
            return _made(policy, state, "appointment", until, ())
        case _:
            return _made(policy, state, "", None, ())


def _of_trying(again: AgainReason, outcome: Outcome) -> tuple[str, ...]:
    """A dial that is not charged is followed by the next opening, and asks for no gap of its own."""
    windows = ("windows.intervals",)
    if again in {AgainReason.FIRST_DIAL, AgainReason.NOT_CHARGED}:
        return windows
    ending = "refused" if again is AgainReason.REFUSED else _ending(outcome)
    return (f"retry.{ending}", "attempts.min_gap_minutes", "attempts.change_time", *windows)


def _of_end(policy: Policy, why: ExhaustedReason, outcome: Outcome) -> tuple[str, ...]:
    match why:
        case ExhaustedReason.DIALS_USED_UP if policy.rounds.dials_per_round is not None:
            return ("rounds.dials_per_round",)
        case ExhaustedReason.DIALS_USED_UP:
            return ("attempts.dials_min" if policy.attempts.dials_max is None else "attempts.dials_max",)
        case ExhaustedReason.ROUNDS_USED_UP:
            return ("rounds.phone_rounds",)
        case ExhaustedReason.NO_NEW_NUMBER:
            return ("rounds.new_number_days",)
        case ExhaustedReason.APPOINTMENTS_USED_UP:
            return ("retry.appointments_most",)
        case ExhaustedReason.REFUSED | ExhaustedReason.WRONG_PERSON | ExhaustedReason.INVALID_NUMBER:
            return (f"retry.{why.value}",)
        case _:
            return (f"retry.{_ending(outcome)}",)


def _ending(outcome: Outcome) -> str:
    return ending_of(outcome, None) or outcome.value


def _made(
    policy: Policy, state: CallbackState, reason: str, not_before: datetime | None, keys: Iterable[str]
) -> Decided:
    return Decided(policy.name, policy.version, state, reason, not_before, {key: _source(policy, key) for key in keys})


def _source(policy: Policy, key: str) -> str:
    group, _, value = key.partition(".")
    found = getattr(policy, group, None)
    return found.source_of(value) if found is not None else PRODUCT
