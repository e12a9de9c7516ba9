"""Is this yours? The callback or the call that a path names, for who may have to do with it."""

from aiohttp import web

from callcenter.domain.access import Permission, may_use_callback
from callcenter.domain.people import Agent, Case
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.records import AttemptRecord
from callcenter.web.parts import account_of, forbidden, parts_of
from callcenter.web.problems import Problem, refused


def agent_of(request: web.Request) -> str:
    """The id of the agent who asks. Raises Problem: refused, where the account is no agent's."""
    agent_id = account_of(request).agent_id
    if agent_id is None:
        raise refused(Refusal(Rule.AGENT_UNKNOWN), zone_of(request))
    return agent_id


async def agent(request: web.Request) -> Agent:
    """Who asks. Raises Problem: refused, where the account is no agent's."""
    found = await parts_of(request).people.agent(agent_of(request))
    if found is None:
        raise refused(Refusal(Rule.AGENT_UNKNOWN), zone_of(request))
    return found


def zone_of(request: web.Request) -> str:
    """In which people are told of instants."""
    return parts_of(request).terms.zone


async def case_of(request: web.Request) -> Case:
    """The callback that the path names. Raises Problem: not_found, forbidden."""
    case = await parts_of(request).callbacks.case(request.match_info["callback"])
    if case is None:
        raise Problem("not_found")
    if not may_use_callback(account_of(request), case.callback.leased_to):
        raise await forbidden(request, "callback", case.callback.id, Permission.READ_QUEUE)
    return case


async def own_attempt(request: web.Request) -> AttemptRecord:
    """The attempt that the path names, dialled by the agent who asks. Raises Problem: not_found, forbidden, refused."""
    agent_id = agent_of(request)
    record = await parts_of(request).attempts.get(request.match_info["attempt"])
    if record is None:
        raise Problem("not_found")
    if record.attempt.agent_id != agent_id:
        raise await forbidden(request, "attempt", record.attempt.id, "own call")
    return record
