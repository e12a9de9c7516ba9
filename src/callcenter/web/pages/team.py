"""The team at a glance: what every agent is doing, and his day in figures."""

from collections import Counter

from aiohttp import web

from callcenter.domain.access import Permission
from callcenter.domain.duty import Doing
from callcenter.web.api.team import at_work
from callcenter.web.open_logs import day_began
from callcenter.web.pages.rendering import render
from callcenter.web.parts import parts_of
from callcenter.web.routes import Route


async def team_page(request: web.Request) -> web.Response:
    team = await at_work(request)
    counted = Counter(each.doing for each in team)
    values = {
        "team": team,
        "counts": [(doing, counted[doing]) for doing in Doing],
        "logs": await parts_of(request).open_logs.waiting(),
        "day": day_began(request),
    }
    return render(request, "team.html", values)


ROUTES = (Route("GET", "/team", team_page, Permission.SEE_TEAM, "pageTeam", page=True),)
