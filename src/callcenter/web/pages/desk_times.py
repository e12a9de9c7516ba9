"""The next visit's time: the customer's next days drawn, two times offered, and what stands against the chosen one."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from aiohttp import web

from callcenter.domain.access import Permission
from callcenter.domain.visits.appointing import Conflict, DayAhead
from callcenter.domain.words.sentences import sentence
from callcenter.engine.appointing import Calendar
from callcenter.web.pages.calendar import WEEKDAYS
from callcenter.web.pages.desk_log import OpenLog, opened_log
from callcenter.web.pages.forms import FormError
from callcenter.web.pages.log_form import values_of
from callcenter.web.pages.rendering import render
from callcenter.web.pages.times import known_zone
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

LONGEST_FIELD = 30


@dataclass(frozen=True, slots=True)
class Drawn:
    """A day as the page draws it. bars: first minute and length of each opening. busy: what the agent agreed then."""

    ahead: DayAhead
    bars: tuple[tuple[int, int], ...]
    busy: tuple[int, ...]


async def times(request: web.Request) -> web.Response:
    opened = await opened_log(request, request.match_info["attempt"])
    attempt = opened.found.attempt
    found = await parts_of(request).appointing.calendar(opened.case, attempt.agent_id, attempt.number)
    if found is None:
        raise Problem("not_found")
    zone = known_zone(found.zone)[0]
    days = [_drawn(each, found, zone) for each in found.days]
    values = {"calendar": found, "days": days, "local": zone, "log": opened, "weekdays": WEEKDAYS}
    return render(request, "log_times.html", values)


def _drawn(ahead: DayAhead, found: Calendar, zone: tzinfo) -> Drawn:
    bars = [(_minute(each.start, zone), int((each.end - each.start).total_seconds()) // 60) for each in ahead.openings]
    busy = [_minute(each.at, zone) for each in found.taken if each.at.astimezone(zone).date() == ahead.day]
    return Drawn(ahead, tuple(bars), tuple(busy))


def _minute(at: datetime, zone: tzinfo) -> int:
    local = at.astimezone(zone)
    return local.hour * 60 + local.minute


async def check(request: web.Request) -> web.Response:
    """What stands against the time in the field; told before anything is saved."""
    opened = await opened_log(request, request.match_info["attempt"])
    typed = request.query.get("next_visit_at", "")[:LONGEST_FIELD]
    try:
        at = values_of(request, {"next_visit_at": typed}, opened.zone)["next_visit_at"]
    except FormError:
        at = None
    told = await told_against(request, opened, at) if at is not None else ()
    return render(request, "log_conflicts.html", {"at": at, "conflicts": told, "zone": opened.zone})


async def told_against(request: web.Request, opened: OpenLog, at: datetime) -> list[tuple[Conflict, str]]:
    attempt = opened.found.attempt
    found = await parts_of(request).appointing.against(opened.case, attempt.agent_id, attempt.number, at)
    return [(each, _sentence(request, each, opened.zone)) for each in found]


def _sentence(request: web.Request, conflict: Conflict, zone: str) -> str:
    _ = words_of(request)
    if conflict.agreed is not None:
        told = conflict.agreed.at.astimezone(known_zone(zone)[0]).strftime("%H:%M")
        return _("You have agreed to call {customer} at {time}.", customer=conflict.agreed.customer, time=told)
    if conflict.refusal is not None:
        return sentence(conflict.refusal, _.language, zone)
    return _("This lies in the past.")


_DESK = Permission.USE_DESK
ROUTES = (
    Route("GET", "/desk/logs/{attempt}/times", times, _DESK, "pageLogTimes", page=True),
    Route("GET", "/desk/logs/{attempt}/times/check", check, _DESK, "pageLogTimesCheck", page=True),
)
