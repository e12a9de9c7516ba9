"""Which of a customer's numbers is dialled next, and why that one?

A number that turned out not to exist, or to be somebody else's, is spoilt for the round: it is not dialled again while
another is left. The first dial that spoils a number is no dial of the customer: it counts against nothing (C6-57 speaks
of customers who do not answer), and since each number is spoilt once, no round goes on for ever by it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from callcenter.domain.attempt import Attempt, of_round
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Case
from callcenter.domain.phone import PhoneNumber, may_dial_number
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.retry import Ending, RetryGroup, RetryRule, Then, ending_of


class NumberWhy(StrEnum):
    """Why this number is the next. ONLY: no other can be dialled. FIRST: none was dialled yet. SAME: the last dial's
    rule keeps to it. NEXT: that rule goes on to the next. SPOILT: the last one does not exist, or is somebody else's.
    CHOSEN: the agent chose it. NONE: the customer has none left.
    """

    ONLY = "only"
    FIRST = "first"
    SAME = "same"
    NEXT = "next"
    SPOILT = "spoilt"
    CHOSEN = "chosen"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class NumberChoice:
    """number: None where none is left. following: those that come after it, in order. spoilt: not dialled again in
    this round.
    """

    number: PhoneNumber | None
    why: NumberWhy
    following: tuple[PhoneNumber, ...] = ()
    spoilt: frozenset[PhoneNumber] = frozenset()


def number_choice(
    policy: Policy,
    case: Case,
    attempts: Sequence[Attempt],
    barred: Callable[[PhoneNumber], bool] = lambda _number: False,
) -> NumberChoice:
    """The number that the retry rules dial next. attempts: all of the callback. barred: numbers that the trunk does not
    dial; the policy's own rules are asked here.

    With the numbers A, B, C: A first; not answered, then B; B does not exist, then C; busy, C again; then A. A number
    that was spoilt in an earlier round comes last in this one. Where every number is barred the first is named, so that
    the gate can say why.
    """
    mine = of_round(attempts, case.callback.round)
    spoilt = spoilt_numbers(policy.retry, mine)
    usable = usable_numbers(policy, case, attempts, barred)
    if not usable:
        left = [number for number in _order(policy, case, attempts) if number not in spoilt]
        why = NumberWhy.ONLY if left else NumberWhy.NONE
        return NumberChoice(next(iter(left), None), why, (), spoilt)
    number, why = _next(policy.retry, mine, usable, _order(policy, case, attempts))
    return NumberChoice(number, why, _after(usable, number), spoilt)


def usable_numbers(
    policy: Policy,
    case: Case,
    attempts: Sequence[Attempt],
    barred: Callable[[PhoneNumber], bool] = lambda _number: False,
) -> tuple[PhoneNumber, ...]:
    """Those that may be dialled in this round, in the order in which they are tried."""
    spoilt = spoilt_numbers(policy.retry, of_round(attempts, case.callback.round))
    rules = policy.dialling.rules
    return tuple(
        number
        for number in _order(policy, case, attempts)
        if number not in spoilt and may_dial_number(number, rules) is None and not barred(number)
    )


def spoilt_numbers(retry: RetryGroup, mine: Sequence[Attempt]) -> frozenset[PhoneNumber]:
    """mine: the attempts of one round, in order."""
    return frozenset(attempt.number for attempt in mine if _spoils(retry, mine, attempt))


def spoiling(retry: RetryGroup, mine: Sequence[Attempt]) -> frozenset[str]:
    """The ids of the attempts that told first of their numbers that they are spoilt: these count against nothing."""
    first: dict[PhoneNumber, str] = {}
    for attempt in mine:
        if _spoils(retry, mine, attempt):
            first.setdefault(attempt.number, attempt.id)
    return frozenset(first.values())


def ended_as(attempt: Attempt) -> Ending | None:
    """None for what leads to no other dial by itself, and for one that is still live."""
    return None if attempt.outcome is None else ending_of(attempt.outcome, attempt.disposition)


def rule_after(retry: RetryGroup, mine: Sequence[Attempt], attempt: Attempt) -> RetryRule | None:
    """The rule that this attempt's ending asks for; None where it leads to no other dial by itself."""
    ending = ended_as(attempt)
    return None if ending is None else retry.of(ending, times_so(mine, attempt))


def times_so(mine: Sequence[Attempt], attempt: Attempt) -> int:
    """The how-manyth of its kind this attempt is: of those of the round that ended so since the customer last answered;
    of talks, in the whole round; of what is said of a number, of those to this number.
    """
    ending, count = ended_as(attempt), 0
    for each in mine:
        if each.ordinal > attempt.ordinal:
            break
        same = ended_as(each) == ending
        if ending in OF_A_NUMBER:
            same = same and each.number == attempt.number
        elif reached(each) and attempt.outcome is not Outcome.ANSWERED:
            count = 0
        count += same
    return count


OF_A_NUMBER: frozenset[Ending | None] = frozenset({"invalid_number", "wrong_person"})
"""Endings that tell something of the number, and nothing of the customer."""


def reached(attempt: Attempt) -> bool:
    """Did the customer answer, and not somebody else?"""
    return attempt.outcome is Outcome.ANSWERED and attempt.disposition is not Disposition.WRONG_PERSON


def _spoils(retry: RetryGroup, mine: Sequence[Attempt], attempt: Attempt) -> bool:
    if ended_as(attempt) not in OF_A_NUMBER:
        return False
    rule = rule_after(retry, mine, attempt)
    return rule is not None and rule.then is not Then.RETRY


def _next(
    retry: RetryGroup, mine: Sequence[Attempt], usable: Sequence[PhoneNumber], every: Sequence[PhoneNumber]
) -> tuple[PhoneNumber, NumberWhy]:
    last = next((attempt for attempt in reversed(mine) if attempt.charged), None)
    if last is None:
        return usable[0], NumberWhy.FIRST if len(usable) > 1 else NumberWhy.ONLY
    rule = rule_after(retry, mine, last)
    if last.number in usable and (rule is None or not rule.switch_number or len(usable) == 1):
        return last.number, NumberWhy.SAME if len(usable) > 1 else NumberWhy.ONLY
    why = NumberWhy.NEXT if last.number in usable else NumberWhy.SPOILT
    return _behind(last.number, usable, every), why


def _behind(number: PhoneNumber, usable: Sequence[PhoneNumber], every: Sequence[PhoneNumber]) -> PhoneNumber:
    """The usable number that follows this one, which need not be usable itself. usable: some of every, at least one."""
    if number in usable:
        return usable[(usable.index(number) + 1) % len(usable)]
    if number not in every:
        return usable[0]
    place = every.index(number)
    return next(each for each in (*every[place:], *every[:place]) if each in usable)


def _after(usable: Sequence[PhoneNumber], number: PhoneNumber) -> tuple[PhoneNumber, ...]:
    place = usable.index(number)
    return (*usable[place + 1 :], *usable[:place])


def _order(policy: Policy, case: Case, attempts: Sequence[Attempt]) -> tuple[PhoneNumber, ...]:
    """Each number once, as the customer's record has them; those that were spoilt in an earlier round last."""
    earlier: set[PhoneNumber] = set()
    for number in {attempt.round for attempt in attempts if attempt.round < case.callback.round}:
        earlier |= spoilt_numbers(policy.retry, of_round(attempts, number))
    return tuple(sorted(dict.fromkeys(case.customer.numbers), key=lambda number: number in earlier))
