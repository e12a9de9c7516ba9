"""Which policy governs a plan's callbacks at an instant?"""

from datetime import datetime

from callcenter.domain.people import Plan
from callcenter.domain.policies.policy import Policy
from callcenter.domain.times.windows import in_zone
from callcenter.engine.stores import PolicyStore


async def policy_of(policies: PolicyStore, plan: Plan, at: datetime) -> Policy | None:
    """The one in force, by the date in the plan's zone; None where there is none. at: aware."""
    return await policies.in_force(plan.policy, in_zone(plan.zone, at))
