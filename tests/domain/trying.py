"""Customers with several numbers, and a world in which every decision of the retry rules is followed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.numbers_of import number_choice
from callcenter.domain.dials.retry import (
    Appointment,
    AwaitLog,
    Exhausted,
    Finished,
    NextRound,
    TryAgain,
    after_log,
    decide,
    zone_name,
)
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import Policy
from callcenter.domain.times.windows import Opening, opening_at
from domain.values import MONDAY_10_15, case, policy

A, B, C, D = (PhoneNumber(f"+8613800000{place:03}") for place in range(1, 5))
BODY = 'windows = "window.tongjiang"\nattempts = "attempts.tongjiang"\n'

Ending = tuple[Outcome, Disposition | None]
"""How a dial ends, and what the agent says where it was a talk."""


def with_numbers(*numbers: PhoneNumber, round_: int = 1, dislikes_calls: bool = False) -> Case:
    usual = case(round_=round_)
    return replace(usual, customer=replace(usual.customer, numbers=numbers, dislikes_calls=dislikes_calls))


def tongjiang(more: str = "") -> Policy:
    return policy(BODY + more)


def dialled(
    ordinal: int,
    outcome: Outcome,
    number: PhoneNumber = A,
    *,
    said: Disposition | None = None,
    round_: int = 1,
    caller_id: str = "",
    at: datetime = MONDAY_10_15,
) -> Attempt:
    """Each at a slot of its own day, as far as nobody asks."""
    return Attempt(
        id=f"t{ordinal}",
        callback_id="c1",
        agent_id="a1",
        number=number,
        round=round_,
        ordinal=ordinal,
        slot=f"2026-11-{ordinal:02}/10:00-11:00",
        policy="example",
        policy_version=7,
        started_at=at,
        ended_at=at + timedelta(seconds=30),
        outcome=outcome,
        caller_id=caller_id,
        disposition=said,
    )


@dataclass(frozen=True, slots=True)
class Walk:
    """dials: all, in order. follows: what the last decision was."""

    dials: tuple[Attempt, ...]
    follows: TryAgain | NextRound | Exhausted | Finished | Appointment


def walk(
    rules: Policy, who: Case, ends: Callable[[PhoneNumber], Ending], *, start: datetime = MONDAY_10_15, most: int = 60
) -> Walk:
    """Dial when and where the rules say, until they say nothing more; at most so often."""
    *_, last = steps(rules, who, ends, start=start, most=most)
    return last


def steps(
    rules: Policy, who: Case, ends: Callable[[PhoneNumber], Ending], *, start: datetime, most: int
) -> Iterator[Walk]:
    now, dials = start, list[Attempt]()
    follows = decide(rules, who, dials, now)
    for ordinal in range(1, most + 1):
        assert isinstance(follows, TryAgain)
        assert follows.closed is None, "nobody would ever be dialled"
        opening = opening_at(rules.windows.hours, rules.calendar.days, zone_name(who), follows.not_before)
        assert isinstance(opening, Opening)
        number = number_choice(rules, who, dials).number
        assert number is not None
        outcome, said = ends(number)
        dial = replace(dialled(ordinal, outcome, number, round_=who.callback.round), slot=opening.slot)
        dial = replace(dial, started_at=follows.not_before, ended_at=follows.not_before + timedelta(seconds=30))
        now = dial.started_at + timedelta(seconds=31)
        before, dials = tuple(dials), [*dials, dial]
        decided = decide(rules, who, dials, now)
        if isinstance(decided, AwaitLog):
            assert said is not None
            found = after_log(rules, who, dials, said, now)
            dials = [*before, replace(dial, disposition=said)]
        else:
            found = decided
        yield Walk(tuple(dials), found)
        if not isinstance(found, TryAgain):
            return
        follows = found
