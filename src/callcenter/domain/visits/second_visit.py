"""A major anomaly came up (C6-47): who visits the customer a second time, about what, and is it done (C6-48)?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import Callback, CallbackState, Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.visits.problem_cases import CaseState, ProblemCase

SECOND_VISIT = "second_visit"
"""What follows a major anomaly, as a policy names it."""

FIRST = 9
"""Its priority: it goes before what is due at the same time."""


MADE = frozenset({CallbackState.DONE, CallbackState.CLOSED})
"""States of a second visit that hold nothing up: it was made, or a supervisor gave it up, with his reason."""


@dataclass(frozen=True, slots=True)
class StillToVisit:
    """Why a case is not closed yet. visit: the callback that is not over; None where the policy wants a second visit,
    and there is none yet: the talk's log is still open, or the policy said so only later.
    """

    visit: Callback | None


def standing_majors(cases: Sequence[ProblemCase]) -> tuple[ProblemCase, ...]:
    """Major anomalies whose answers were not corrected."""
    return tuple(each for each in cases if each.major and each.state is not CaseState.WITHDRAWN)


def follows_by_itself(policy: Policy | None) -> bool:
    """Does the policy want a second visit after every major anomaly? Where it says nothing, a supervisor asks."""
    return policy is not None and SECOND_VISIT in policy.escalation.major_anomaly_then


def still_to_visit(case: ProblemCase, visit: Callback | None, policy: Policy | None) -> StillToVisit | None:
    """Is the customer still to be visited a second time about this (C6-48)? visit: the callback that the case names."""
    if not standing_majors([case]):
        return None
    if case.second_visit:
        return None if visit is not None and visit.state in MADE else StillToVisit(visit)
    return StillToVisit(None) if follows_by_itself(policy) else None


def second_visit(case: Case, attempt: Attempt, cases: Sequence[ProblemCase], now: datetime) -> Callback:
    """Of the same customer and plan, due when the first of these cases is; whoever made the attempt does not make it.
    Always the same one for the same talk. now: UTC.
    """
    before = case.callback
    titles = dict.fromkeys(each.title or each.words[:100] for each in cases)
    return Callback(
        id=f"second-{attempt.id}",
        plan_id=before.plan_id,
        customer_id=before.customer_id,
        purpose="; ".join((before.purpose or case.plan.purpose, *titles)),
        visit_type=before.visit_type,
        state=CallbackState.WAITING,
        due_at=max(now, min(each.due_at for each in cases)),
        priority=FIRST,
        round=1,
        created_at=now,
        trigger=before.trigger,
        triggered_at=before.triggered_at,
        not_by=attempt.agent_id,
    )
