"""The recorder at the desk: paused for a reason, and resumed."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.recording import PauseReason
from callcenter.domain.refusal import Refusal
from callcenter.web import mine
from callcenter.web.asked import Asked
from callcenter.web.pages.forms import FormError, checked, fields_of, go
from callcenter.web.parts import by_of, parts_of, words_of
from callcenter.web.problems import Problem, refused
from callcenter.web.routes import Route

DESK = "/desk"


class PauseForm(Asked):
    reason: PauseReason
    note: str = Field(default="", max_length=300)


async def pause(request: web.Request) -> web.Response:
    attempt_id, _ = await _own(request), words_of(request)
    try:
        form = checked(await fields_of(request), PauseForm, _).model
    except FormError as error:
        raise Problem("invalid") from error
    pausing = parts_of(request).service.pausing
    return _answered(request, await pausing.pause(attempt_id, form.note, by_of(request), form.reason))


async def resume(request: web.Request) -> web.Response:
    attempt_id = await _own(request)
    await fields_of(request)
    return _answered(request, await parts_of(request).service.pausing.resume(attempt_id, by_of(request)))


async def _own(request: web.Request) -> str:
    return (await mine.own_attempt(request)).attempt.id


def _answered(request: web.Request, refusal: Refusal | None) -> web.Response:
    if refusal is not None:
        raise refused(refusal, mine.zone_of(request))
    raise go(DESK)


_DESK = Permission.USE_DESK
ROUTES = (
    Route("POST", "/desk/attempts/{attempt}/recording/pause", pause, _DESK, "pagePause", page=True),
    Route("POST", "/desk/attempts/{attempt}/recording/resume", resume, _DESK, "pageResume", page=True),
)
