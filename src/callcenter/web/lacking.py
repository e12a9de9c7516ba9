"""What keeps a visit log open, before somebody tries to close it?"""

from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import Case
from callcenter.domain.policy import Policy
from callcenter.domain.recording import RecordingState
from callcenter.domain.visitlog import FieldName, VisitLog, may_close
from callcenter.domain.windows import in_zone
from callcenter.web.parts import SiteParts


async def policy_of(parts: SiteParts, case: Case) -> Policy | None:
    """The one in force for a callback, in its plan's zone."""
    local = in_zone(case.plan.zone, parts.service.clock.now())
    return await parts.policies.in_force(case.plan.policy, local)


def fixes_next_time(policy: Policy | None) -> bool:
    """Whether a talk that broke off must fix the time of the next one (N9-06)."""
    return policy is not None and policy.rounds.each_with_appointed_time


def lacking(log: VisitLog, recording: RecordingState | None, policy: Policy | None) -> tuple[FieldName, ...]:
    """Empty when it may be closed. recording: None when there never was one."""
    missing = may_close(log, recording)
    broken_off = log.disposition is Disposition.INCOMPLETE and log.next_visit_at is None
    if broken_off and fixes_next_time(policy) and FieldName.NEXT_VISIT_AT not in missing:
        return (*missing, FieldName.NEXT_VISIT_AT)
    return missing
