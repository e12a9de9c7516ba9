"""What keeps a visit log open: fields that every log needs, and those that its plan's policy asks for?"""

from callcenter.domain.outcomes import Disposition
from callcenter.domain.policies.policy import Policy
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.visitlog import FieldName, VisitLog, may_close


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
