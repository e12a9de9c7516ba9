"""Who rang in: the list for supervisors, and the answer of an agent who is asked."""

from datetime import datetime

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.queue.returns import ReturnSearch, ReturnState
from callcenter.web import mine
from callcenter.web.api.answers import from_cursor, to_cursor
from callcenter.web.api.evidence import checked_place
from callcenter.web.api.returns import accepted, declined
from callcenter.web.asked import Asked
from callcenter.web.pages.forms import fields_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.pages.searching import asked_of
from callcenter.web.parts import parts_of
from callcenter.web.routes import Route

PAGE = 50


class Sought(Asked):
    state: ReturnState | None = None
    undecided: bool = False
    cursor: str = Field(default="", max_length=500)


async def returns_page(request: web.Request) -> web.Response:
    parts = parts_of(request)
    asked, form = asked_of(request, Sought)
    place = from_cursor(asked.cursor, tuple[datetime, str]) if asked else None
    after = None if place is None else checked_place(*place)
    search = ReturnSearch(state=asked.state, undecided=asked.undecided) if asked else None
    found = await parts.returns.latest(search, PAGE, after) if search else []
    agents = {agent.id: agent for agent in await parts.people.agents()}
    values = {
        "form": form,
        "found": found,
        "states": tuple(ReturnState),
        "agents": agents,
        "follows": to_cursor((found[-1].call.at, found[-1].call.id)) if len(found) == PAGE else "",
    }
    return render(request, "returns.html", values)


async def accept(request: web.Request) -> web.Response:
    agent_id = mine.agent_of(request)
    await fields_of(request)
    await accepted(request, agent_id)
    raise go("/desk")


async def decline(request: web.Request) -> web.Response:
    agent_id = mine.agent_of(request)
    await fields_of(request)
    declined(request, agent_id)
    raise go("/desk")


_DESK = Permission.USE_DESK
ROUTES = (
    Route("GET", "/returns", returns_page, Permission.READ_QUEUE, "pageReturns", page=True),
    Route("POST", "/desk/returns/{return}/accept", accept, _DESK, "pageAcceptReturn", page=True),
    Route("POST", "/desk/returns/{return}/decline", decline, _DESK, "pageDeclineReturn", page=True),
)
