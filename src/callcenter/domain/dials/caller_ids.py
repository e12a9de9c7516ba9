"""Which caller id does the customer see? The usual one in principle (C6-20), another where a rule goes on (C6-21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from callcenter.domain.attempt import Attempt, of_round
from callcenter.domain.dials.numbers_of import rule_after
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.policies.attempts import FallbackWhen
from callcenter.domain.policies.policy import Policy

_NOT_ANSWERED = frozenset({Outcome.NO_ANSWER, Outcome.REJECTED})
_FAULTS = frozenset({Outcome.CONGESTION, Outcome.FAILED})
_FAULTY_ENDS = frozenset({EndReason.RECORDER_FAILED, EndReason.SWITCH_REFUSED, EndReason.SWITCH_LOST})


class CallerWhy(StrEnum):
    """USUAL: in principle. FAULT: the line or the recorder failed at the last dial. NOT_ANSWERED: the customer did not
    take the last one (C6-21). BY_RULE: the last one's retry rule goes on. NONE: there is no list.
    """

    USUAL = "usual"
    FAULT = "fault"
    NOT_ANSWERED = "not_answered"
    BY_RULE = "by_rule"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CallerChoice:
    """caller_id: empty leaves it to the switch."""

    caller_id: str
    why: CallerWhy


def caller_choice(
    policy: Policy, trunk_ids: Sequence[str], attempts: Sequence[Attempt], current_round: int
) -> CallerChoice:
    """What the next dial shows. trunk_ids: of the plan's trunk, the usual first; the policy's own list comes before it.

    With the list 4001112222, 02451112222 and `fallback_phone = ["not_answered"]`: the 400 number first; not answered,
    then the other; not answered again, then the 400 number; busy, then the 400 number too, which is the usual one.
    """
    ids = ordered(policy.attempts.caller_id, policy.attempts.caller_ids or trunk_ids)
    if not ids:
        return CallerChoice("", CallerWhy.NONE)
    mine = of_round(attempts, current_round)
    why = _goes_on(policy, mine)
    if why is None or len(ids) == 1:
        return CallerChoice(ids[0], CallerWhy.USUAL)
    shown = mine[-1].caller_id
    return CallerChoice(ids[(ids.index(shown) + 1) % len(ids)] if shown in ids else ids[0], why)


def ordered(usual: str, ids: Sequence[str]) -> tuple[str, ...]:
    """Those whose digits begin with the usual ones come first; each once."""
    each = dict.fromkeys(one for one in ids if one)
    return tuple(sorted(each, key=lambda one: not _digits(one).startswith(usual)))


def _goes_on(policy: Policy, mine: Sequence[Attempt]) -> CallerWhy | None:
    """Why the next dial shows another one than the last did; None where it shows the usual."""
    last = mine[-1] if mine else None
    if last is None or last.outcome is None:
        return None
    when = policy.attempts.fallback_phone
    fault = last.outcome in _FAULTS or last.end_reason in _FAULTY_ENDS
    if fault and last.outcome is not Outcome.ANSWERED and FallbackWhen.LINE_OR_RECORDER_FAULT in when:
        return CallerWhy.FAULT
    if last.outcome in _NOT_ANSWERED and FallbackWhen.NOT_ANSWERED in when:
        return CallerWhy.NOT_ANSWERED
    rule = rule_after(policy.retry, mine, last)
    return CallerWhy.BY_RULE if rule is not None and rule.switch_caller_id else None


def _digits(caller_id: str) -> str:
    """Of the number in `Name <number>`, without China's calling code."""
    number = caller_id.rpartition("<")[2].removeprefix("+86").removeprefix("0086")
    return "".join(character for character in number if character in "0123456789")
