"""A major anomaly came up (C6-47): who visits the customer a second time, and about what (C6-48)?"""

from collections.abc import Sequence
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import Callback, CallbackState, Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.visits.problem_cases import CaseState, ProblemCase

SECOND_VISIT = "second_visit"
"""What follows a major anomaly, as a policy names it."""

FIRST = 9
"""Its priority: it goes before what is due at the same time."""


def standing_majors(cases: Sequence[ProblemCase]) -> tuple[ProblemCase, ...]:
    """Major anomalies whose answers were not corrected."""
    return tuple(each for each in cases if each.major and each.state is not CaseState.WITHDRAWN)


def follows_by_itself(policy: Policy | None) -> bool:
    """Does the policy want a second visit after every major anomaly? Where it says nothing, a supervisor asks."""
    return policy is not None and SECOND_VISIT in policy.escalation.major_anomaly_then


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
