"""For whom is the gate asked where nobody is named? For one whom it would let, if there is such a one."""

from collections.abc import Sequence

from callcenter.domain.gate.conflict import conflict_between
from callcenter.domain.people import Agent, Case
from callcenter.domain.plans.life import carries_out
from callcenter.domain.policies.attempts import ConflictGroup


def somebody(case: Case, agents: Sequence[Agent], conflict: ConflictGroup, *, but_holder: bool = False) -> Agent | None:
    """The agent who has the callback, else one without a stake in its customer, else the first; of those who carry out
    its plan, if there are any. but_holder: not the one who has it, where there is another: it is his to dial.
    """
    able = [each for each in agents if carries_out(case.plan, each)] or list(agents)
    holder = next((each for each in able if each.id == case.callback.leased_to), None)
    if holder is not None and not but_holder:
        return holder
    others = [each for each in able if each is not holder] or able
    free = (each for each in others if conflict_between(conflict, each, case.customer) is None)
    return next(free, next(iter(others), None))
