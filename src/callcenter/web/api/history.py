"""What was there with the customer of a callback before?"""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Case, Channel
from callcenter.domain.visits.history import History, may_read_history
from callcenter.domain.visits.paper import PaperResult
from callcenter.engine.governing import policy_of
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.api.plans import READERS
from callcenter.web.api.problem_cases import ProblemCaseShown, show_case
from callcenter.web.parts import account_of, forbidden, parts_of
from callcenter.web.routes import Route


class PastVisitShown(Answer):
    at: Instant
    channel: Channel
    plan: str
    agent: str = Field(description="The name of who made it.")
    outcome: Outcome | None = Field(description="Of a call.")
    disposition: Disposition | None
    result: PaperResult | None = Field(description="Of a visit without a call.")
    content: str
    problems: str
    own_words: str = Field(description="The customer's (N1-23).")


class HistoryShown(Answer):
    """In every plan."""

    visits: list[PastVisitShown] = Field(description="The newest first.")
    problems: list[ProblemCaseShown] = Field(description="Those still open, the most urgent first.")


async def read_history(request: web.Request) -> web.Response:
    case = await mine.case_of(request)
    if (found := await history_of(request, case)) is None:
        raise await forbidden(request, "callback", case.callback.id, Permission.READ_VISITS)
    visits = [
        PastVisitShown(**{name: getattr(visit, name) for name in PastVisitShown.model_fields}) for visit in found.visits
    ]
    return answer(HistoryShown(visits=visits, problems=[show_case(request, each) for each in found.problems]))


async def history_of(request: web.Request, case: Case) -> History | None:
    """None for who may not know: see `may_read_history`."""
    parts, account = parts_of(request), account_of(request)
    agent = await parts.people.agent(account.agent_id) if account.agent_id else None
    policy = await policy_of(parts.policies, case.plan, parts.service.clock.now())
    return await parts.history.of_customer(case.customer.id) if may_read_history(account, agent, case, policy) else None


ROUTES = (
    Route(
        "GET",
        "/callbacks/{callback}/history",
        read_history,
        READERS,
        "callbackHistory",
        "The customer's last visits, and his open problems; agents: of callbacks in their hand or to come.",
        answer=HistoryShown,
    ),
)
