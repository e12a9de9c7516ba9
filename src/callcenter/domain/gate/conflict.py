"""Who must not call whom? Conflict of interest between the one who calls and the customer (K16: C6-08, C9-05, C9-12).

Each level holds what the one before it holds: nobody; the customer's own manager; everybody of the department whose
customer it is; everybody of any department that sells, whoever's customer it is.
"""

import unicodedata
from dataclasses import dataclass, field

from callcenter.domain.people import Agent, Customer
from callcenter.domain.policies.attempts import Conflict, ConflictGroup

_LEVELS = tuple(Conflict)


@dataclass(frozen=True, slots=True)
class Barred:
    """Whom one agent must not call, under one policy, as something that a list of customers can be asked for at once:
    everybody; or those whose `manager`, folded, is among managers, or whose `department`, folded, is among departments.
    """

    everybody: bool = False
    managers: frozenset[str] = field(default=frozenset())
    departments: frozenset[str] = field(default=frozenset())

    def bars(self, manager: str, department: str) -> Conflict | None:
        """The level at which this customer is barred. manager, department: as the customer's record has them."""
        if folded(manager) in self.managers:
            return Conflict.SAME_PERSON
        if folded(department) in self.departments:
            return Conflict.SAME_DEPARTMENT
        return Conflict.ALL_SALES if self.everybody else None


def barred(group: ConflictGroup, agent: Agent, level: Conflict | None = None) -> Barred:
    """Whom this agent must not call. level: that of the policy's calls, if none is given; on-site visits have their
    own (C9-05).
    """
    depth = _LEVELS.index(group.between if level is None else level)
    own = frozenset({folded(agent.name), folded(agent.staff_number)} - {""})
    department = folded(agent.department)
    sells = bool(department) and department in {folded(each) for each in group.sales_departments}
    return Barred(
        everybody=depth >= _LEVELS.index(Conflict.ALL_SALES) and sells,
        managers=own if depth >= _LEVELS.index(Conflict.SAME_PERSON) else frozenset(),
        departments=frozenset({department} - {""}) if depth >= _LEVELS.index(Conflict.SAME_DEPARTMENT) else frozenset(),
    )


def conflict_between(
    group: ConflictGroup, agent: Agent, customer: Customer, level: Conflict | None = None
) -> Conflict | None:
    """The level at which this agent must not visit this customer; None where he may."""
    return barred(group, agent, level).bars(customer.manager, customer.department)


def folded(name: str) -> str:
    """A name, however it is written; nobody's is empty."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
