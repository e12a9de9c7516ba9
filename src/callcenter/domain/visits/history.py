"""What was there with a customer before? What an agent reads before he dials (N1-09), and who may read it."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.access import Account, Permission
from callcenter.domain.gate.conflict import conflict_between
from callcenter.domain.gate.whom import by_another
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Agent, CallbackState, Case, Channel
from callcenter.domain.plans.life import carries_out
from callcenter.domain.policies.policy import Policy
from callcenter.domain.visits.paper import PaperResult
from callcenter.domain.visits.problem_cases import ProblemCase


@dataclass(frozen=True, slots=True)
class PastVisit:
    """at: UTC. plan, agent: by name. outcome: of a call. result: of a visit without one. content, problems, own_words:
    as in the visit log, empty while nobody has written them.
    """

    at: datetime
    channel: Channel
    plan: str
    agent: str
    outcome: Outcome | None
    disposition: Disposition | None
    result: PaperResult | None
    content: str
    problems: str
    own_words: str


@dataclass(frozen=True, slots=True)
class History:
    """Of one customer, in every plan. visits: the newest first. problems: those still open, the most urgent first."""

    visits: tuple[PastVisit, ...]
    problems: tuple[ProblemCase, ...]


def may_read_history(account: Account, agent: Agent | None, case: Case, policy: Policy | None) -> bool:
    """Who reads visits reads all. An agent reads of the callbacks in his hand, and of those that wait in the queue and
    may come to him: of a plan that he carries out, not of a customer whom he must not call, and not what a second visit
    finds about his own. agent: who the account is in the queue. policy: the plan's, None where it is not known.
    """
    if account.may(Permission.READ_VISITS):
        return True
    if agent is None or not account.may(Permission.USE_DESK) or account.agent_id != agent.id:
        return False
    callback = case.callback
    if callback.leased_to is not None:
        return callback.leased_to == agent.id
    if callback.state is not CallbackState.WAITING or policy is None or not carries_out(case.plan, agent):
        return False
    his_own = conflict_between(policy.conflict, agent, case.customer) or by_another(callback, agent.id, policy)
    return his_own is None
