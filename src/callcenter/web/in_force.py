"""Which policy governs a callback now?"""

from callcenter.domain.people import Case
from callcenter.domain.policy import Policy
from callcenter.domain.windows import in_zone
from callcenter.web.parts import SiteParts


async def policy_of(parts: SiteParts, case: Case) -> Policy | None:
    """The one in force, by its plan's zone."""
    local = in_zone(case.plan.zone, parts.service.clock.now())
    return await parts.policies.in_force(case.plan.policy, local)
