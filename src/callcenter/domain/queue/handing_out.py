"""Which callbacks does a hand-out pass over? What holds for many of them is asked of the rules once, not of each.

The queue stands in lines: callbacks of one plan whose customers have one clock. The windows open and close for a whole
line, so a hand-out looks only at the first of each line that is open. What concerns one callback alone (a gap, a used
slot, a cap) puts that one off. The gate has the last word on every one that is handed out.

Within a line customers have sides: whose they are. An agent who is kept from some customers is kept from whole sides,
so however many stand there before the first whom he may call, they are not gone through one by one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from callcenter.domain.dials.whereabouts import zones_of
from callcenter.domain.people import Case, Customer
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.attempts import Conflict
from callcenter.domain.refusal import Refusal, Rule

ONE_BY_ONE = "*"
"""The clock of a callback whose hours are its own: no line tells when it is open, so the gate is asked of it alone."""

_BETWEEN = "\x1f"
"""Stands in no name."""

OF_LINES = frozenset(
    {
        Rule.WINDOW_CLOSED,
        Rule.WINDOW_UNSET,
        Rule.PUBLIC_HOLIDAY,
        Rule.CLOSING_DAY,
        Rule.ZONE_UNKNOWN,
        Rule.CALENDAR_UNKNOWN,
        Rule.POLICY_UNKNOWN,
    }
)
"""Refusals that the next of the same line meets too, as a rule."""


class Hours(NamedTuple):
    """What decides when lines are open: the name of the plan's policy, the plan's zone, the customers' clock."""

    policy: str
    plan_zone: str
    clock: str

    @property
    def zone(self) -> str:
        return self.clock or self.plan_zone


class KeptFrom(NamedTuple):
    """Customers whom an agent may not call under a policy: of this manager, of this department, or, with neither, all.
    Spelled as in the customers' records.
    """

    policy: str
    manager: str = ""
    department: str = ""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """closed: lines that are not open now. plans, callbacks: ids. kept_from: this agent."""

    closed: frozenset[Hours] = frozenset()
    plans: frozenset[str] = frozenset()
    callbacks: frozenset[str] = frozenset()
    kept_from: frozenset[KeptFrom] = frozenset()


NOTHING = PassedOver()


def clock_of(customer: Customer) -> str:
    """The zone that the windows of this customer's callbacks are read in; empty for the plan's. ONE_BY_ONE for who has
    hours of his own, may be called on holidays, or may be in several zones.
    """
    numbers: tuple[PhoneNumber | None, ...] = customer.numbers or (None,)
    zones = {zone for number in numbers for zone in zones_of(customer.zone, number, "")}
    if customer.own_hours or customer.key_customer or len(zones) > 1:
        return ONE_BY_ONE
    return zones.pop()


def side_of(customer: Customer) -> str:
    """Whose customer it is, manager and department, as written: conflicts of interest ask for nothing else."""
    return f"{customer.manager}{_BETWEEN}{customer.department}"


def whose(side: str) -> tuple[str, str]:
    """Manager and department."""
    manager, _, department = side.partition(_BETWEEN)
    return manager, department


def hours_of(case: Case) -> Hours:
    return Hours(case.plan.policy, case.plan.zone, case.callback.clock)


def kept_from(refusal: Refusal, case: Case) -> KeptFrom | None:
    """Whom else this conflict of interest keeps from the agent; None where it says nothing of others."""
    if refusal.rule is not Rule.CONFLICT_OF_INTEREST:
        return None
    policy, customer = case.plan.policy, case.customer
    spelled: Mapping[str | None, KeptFrom] = {
        Conflict.SAME_PERSON: KeptFrom(policy, manager=customer.manager),
        Conflict.SAME_DEPARTMENT: KeptFrom(policy, department=customer.department),
        Conflict.ALL_SALES: KeptFrom(policy),
    }
    return spelled.get(refusal.detail.get("between"))
