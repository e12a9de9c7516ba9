"""The visit logs that wait for this agent, the oldest first."""

from aiohttp import web

from callcenter.domain.access import Permission
from callcenter.web import mine
from callcenter.web.open_logs import day_began
from callcenter.web.pages.rendering import render
from callcenter.web.parts import parts_of
from callcenter.web.routes import Route


async def open_page(request: web.Request) -> web.Response:
    found = await parts_of(request).open_logs.waiting(mine.agent_of(request))
    return render(request, "logs_open.html", {"logs": found, "day": day_began(request)})


async def head_part(request: web.Request) -> web.Response:
    """The count in the head of the page, alone."""
    return render(request, "logs_head.html", {})


_DESK = Permission.USE_DESK
ROUTES = (
    Route("GET", "/desk/logs", open_page, _DESK, "pageOpenLogs", page=True),
    Route("GET", "/desk/open-logs", head_part, _DESK, "pageOpenLogsHead", page=True),
)
