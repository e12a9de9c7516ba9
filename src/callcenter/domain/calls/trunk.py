"""Which way to the telephone network? What a trunk is to the engine."""

from dataclasses import dataclass, field

from callcenter.domain.outcomes import OutcomeRule
from callcenter.domain.phone import DialRules, NumberFormat


@dataclass(frozen=True, slots=True)
class Trunk:
    """endpoint: a dial-string template such as `PJSIP/{number}@trunk`. caller_ids: what customers see, the usual one
    first; none leaves it to the switch. outcome_rules: rows asked before the standard mapping of endings.
    """

    name: str
    endpoint: str
    number_format: NumberFormat
    caller_ids: tuple[str, ...] = ()
    dial_rules: DialRules = field(default_factory=DialRules)
    outcome_rules: tuple[OutcomeRule, ...] = ()
