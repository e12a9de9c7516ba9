"""One field of a visit log, kept while somebody types: what the page's script sends, and is told."""

from enum import StrEnum
from typing import Any

from aiohttp import web

from callcenter.domain.access import Permission
from callcenter.domain.visits.drafting import FieldChange, FieldKept
from callcenter.engine.visits import LogClosedError, VisitTimePastError
from callcenter.web.pages.desk_log import OpenLog, opened_log
from callcenter.web.pages.forms import FormError, fields_of
from callcenter.web.pages.log_form import FIELDS, shown_in_field, values_of, version_in
from callcenter.web.pages.rendering import times_of
from callcenter.web.pages.words import word
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route


class Kept(StrEnum):
    """STALE: another window wrote this field meanwhile, and it was not overwritten."""

    KEPT = "kept"
    STALE = "stale"
    WRONG = "wrong"
    CLOSED = "closed"


async def keep(request: web.Request) -> web.Response:
    """Raises Problem: not_found, forbidden, invalid."""
    given = await fields_of(request)
    name, based_on = str(given.get("name", "")), version_in(str(given.get("based_on", "")))
    opened = await opened_log(request, request.match_info["attempt"])
    if name not in FIELDS or based_on is None:
        raise Problem("invalid")
    return web.json_response(await _kept(request, opened, name, str(given.get("value", "")), based_on))


async def _kept(request: web.Request, opened: OpenLog, name: str, typed: str, based_on: int) -> dict[str, Any]:
    _ = words_of(request)
    try:
        value = values_of(request, {name: typed}, opened.zone)[name]
        (field,) = await parts_of(request).drafting.write(opened.id, [FieldChange(name, value, based_on)])
    except FormError as error:
        return _told(Kept.WRONG, next(iter(error.form.errors.values())))
    except VisitTimePastError:
        return _told(Kept.WRONG, _("The next visit lies in the past."))
    except LogClosedError:
        return _told(Kept.CLOSED, _("This log is closed already."))
    times = times_of(request)
    if field.stale:
        at = times.clock(times.zone, field.at, seconds=True) if field.at else ""
        told = _("Another window wrote here at {time}. Yours is not kept yet.", time=at)
        return _told(Kept.STALE, told) | _field(request, field, opened)
    told = _("Saved {time}.", time=times.clock(times.zone, seconds=True))
    return _told(Kept.KEPT, told) | _field(request, field, opened)


def _told(state: Kept, text: str) -> dict[str, Any]:
    return {"state": state, "told": text}


def _field(request: web.Request, field: FieldKept, opened: OpenLog) -> dict[str, Any]:
    value = shown_in_field(request, field.value, opened.zone)
    shown = word(field.value, words_of(request)) if isinstance(field.value, StrEnum) else value
    return {"value": value, "shown": shown, "version": field.version}


async def read(request: web.Request) -> web.Response:
    """How the log stands: what a browser that kept something compares it with."""
    opened = await opened_log(request, request.match_info["attempt"])
    fields = {name: {"value": opened.kept[name], "version": opened.versions.get(name, 0)} for name in FIELDS}
    return web.json_response({"closed": opened.record.closed_at is not None, "fields": fields})


_DESK = Permission.USE_DESK
ROUTES = (
    Route("GET", "/desk/logs/{attempt}/fields", read, _DESK, "pageLogFields", page=True),
    Route("POST", "/desk/logs/{attempt}/fields", keep, _DESK, "pageLogKeep", page=True),
)
