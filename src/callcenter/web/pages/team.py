"""The team at a glance: what every agent is doing, and his day in figures."""

from collections import Counter

from aiohttp import web

from callcenter.domain.access import Permission
from callcenter.domain.duty import Doing
from callcenter.web.api.team import at_work
from callcenter.web.pages.rendering import render
from callcenter.web.routes import Route


async def team_page(request: web.Request) -> web.Response:
    team = await at_work(request)
    counted = Counter(each.doing for each in team)
    return render(request, "team.html", {"team": team, "counts": [(doing, counted[doing]) for doing in Doing]})


ROUTES = (Route("GET", "/team", team_page, Permission.SEE_TEAM, "pageTeam", page=True),)
