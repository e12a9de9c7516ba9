"""What each agent is doing, and his own breaks."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.duty import AtWork, Break, BreakReason, Doing
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.asked import Asked, body_of
from callcenter.web.language import N_
from callcenter.web.open_logs import day_began
from callcenter.web.parts import parts_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route


class BreakAsked(Asked):
    reason: BreakReason
    note: str = Field(default="", max_length=200, description="In the agent's words.")


class BreakShown(Answer):
    reason: BreakReason
    note: str
    began_at: Instant


class AgentShown(Answer):
    agent_id: str
    staff_number: str
    name: str
    department: str
    doing: Doing
    since: Instant | None = Field(description="null where that is not known.")
    on_break: BreakShown | None = Field(description="Also while a call that began before goes on.")
    logs_open: int = Field(description="Visit logs that wait for him.")
    logs_overdue: int = Field(description="Of these, from days before today (N1-22).")
    dials: int = Field(description="Today, in the installation's zone; so are the following.")
    talks: int
    break_seconds: int


class Team(Answer):
    items: list[AgentShown]


async def team(request: web.Request) -> web.Response:
    return answer(Team(items=[_shown(each) for each in await at_work(request)]))


async def take_break(request: web.Request) -> web.Response:
    asked = await body_of(request, BreakAsked)
    return answer(_break_shown(await begin_break(request, asked)), 201)


async def end_break(request: web.Request) -> web.Response:
    agent_id, parts = mine.agent_of(request), parts_of(request)
    if not await parts.duty.end_break(agent_id, parts.service.clock.now()):
        raise Problem("not_found", N_("You are on no break."))
    return web.Response(status=204)


async def begin_break(request: web.Request, asked: BreakAsked) -> Break:
    """Of the agent who asks. Raises Problem: taken, refused."""
    parts = parts_of(request)
    pause = Break(mine.agent_of(request), asked.reason, asked.note.strip(), parts.service.clock.now())
    if not await parts.duty.begin_break(pause):
        raise Problem("taken", N_("You are on a break already."))
    return pause


async def at_work(request: web.Request) -> list[AtWork]:
    """Every agent; today is that of the installation."""
    parts = parts_of(request)
    return await parts.duty.team(day_began(request), parts.service.clock.now())


def _break_shown(pause: Break) -> BreakShown:
    return BreakShown(reason=pause.reason, note=pause.note, began_at=pause.began_at)


def _shown(each: AtWork) -> AgentShown:
    return AgentShown(
        agent_id=each.agent.id,
        staff_number=each.agent.staff_number,
        name=each.agent.name,
        department=each.agent.department,
        doing=each.doing,
        since=each.since,
        on_break=_break_shown(each.pause) if each.pause else None,
        logs_open=each.logs_open,
        logs_overdue=each.logs_overdue,
        dials=each.dials,
        talks=each.talks,
        break_seconds=each.break_seconds,
    )


ROUTES = (
    Route(
        "GET",
        "/team",
        team,
        Permission.SEE_TEAM,
        "team",
        "Every agent: what he is doing, since when, and his day in figures.",
        answer=Team,
    ),
    Route(
        "POST",
        "/break",
        take_break,
        Permission.USE_DESK,
        "takeBreak",
        "From now on nothing is handed out to this agent, and he dials nothing. A call that goes on is not touched.",
        body=BreakAsked,
        answer=BreakShown,
        status=201,
        problems=("taken",),
    ),
    Route(
        "DELETE",
        "/break",
        end_break,
        Permission.USE_DESK,
        "endBreak",
        "Back to work.",
        status=204,
        problems=("not_found",),
    ),
)
