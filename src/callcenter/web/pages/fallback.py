"""A call that was made on another phone, on a page: logged, and its recording handed in."""

from datetime import datetime

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import Case
from callcenter.domain.visits.fallback import OUTSIDE_OUTCOMES, OutsideCall
from callcenter.web import mine
from callcenter.web.api.fallback import LONGEST_PHONE, WRITERS, attachable, handed_in, logged, no_file
from callcenter.web.asked import Asked
from callcenter.web.pages.forms import Form, FormError, checked, go
from callcenter.web.pages.rendering import render
from callcenter.web.pages.times import from_field, known_zone
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route
from callcenter.web.uploading import forget, receive_form

UNPROCESSABLE = 422
_WHEN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$"

_FIELDS = {"phone": "phone_used"}
"""Where the page calls it otherwise than the API: `phone` is the bar at its top."""


class OutsideForm(Asked):
    number: int = Field(default=0, ge=0, le=100)
    began_at: str = Field(max_length=30, pattern=_WHEN)
    ended_at: str = Field(max_length=30, pattern=_WHEN)
    phone_used: str = Field(max_length=LONGEST_PHONE)
    outcome: Outcome


async def fallback_page(request: web.Request) -> web.Response:
    return _page(request, await mine.case_of(request), Form())


def _page(request: web.Request, case: Case, form: Form, status: int = 200) -> web.Response:
    values = {
        "case": case,
        "form": form,
        "numbers": [(str(place), number.masked) for place, number in enumerate(case.customer.numbers)],
        "outcomes": OUTSIDE_OUTCOMES,
        "zone": known_zone(zone_name(case))[1],
        "largest": parts_of(request).terms.max_upload_bytes,
    }
    return render(request, "fallback.html", values, status)


async def write(request: web.Request) -> web.Response:
    """The call, and its recording with it. Where only the file is not right, the call is logged, and the same form with
    another file goes on where this one ended.
    """
    case = await mine.case_of(request)
    received = await receive_form(request)
    try:
        attempt = await logged(request, case.callback.id, _asked(request, received.fields, case))
    except (FormError, Problem) as error:
        await forget(request, received.upload)
        form = error.form if isinstance(error, FormError) else _told(request, received.fields, error)
        return _page(request, case, form, UNPROCESSABLE)
    except BaseException:
        await forget(request, received.upload)
        raise
    found = await parts_of(request).searches.attempt(attempt.id)
    if received.upload is not None and found is not None:
        try:
            await handed_in(request, found, received.upload, "", None)
        except Problem as problem:
            return _page(request, case, _told(request, received.fields, problem), UNPROCESSABLE)
    raise go(f"/desk/logs/{attempt.id}", "call_logged")


def _told(request: web.Request, fields: dict[str, str], problem: Problem) -> Form:
    """Raises the problem, where it is no field's."""
    _ = words_of(request)
    wrong = {_FIELDS.get(each.field, each.field): each.said(_).message for each in problem.errors}
    if not wrong:
        raise problem
    return Form(fields, wrong)


def _asked(request: web.Request, fields: dict[str, str], case: Case) -> OutsideCall:
    """Raises FormError."""
    _ = words_of(request)
    model = checked(fields, OutsideForm, _).model
    numbers = case.customer.numbers
    if model.number >= len(numbers):
        raise FormError(Form(fields, {"number": _("Please choose one.")}))
    began_at, ended_at = (_instant(request, fields, name, zone_name(case)) for name in ("began_at", "ended_at"))
    return OutsideCall(numbers[model.number], began_at, ended_at, model.phone_used, model.outcome)


def _instant(request: web.Request, fields: dict[str, str], name: str, zone: str) -> datetime:
    try:
        at = from_field(fields[name], zone)
    except (ValueError, OverflowError):
        at = None
    if at is None:
        raise FormError(Form(fields, {name: words_of(request)("This is no date and time.")}))
    return at


async def hand_in(request: web.Request) -> web.Response:
    found = await attachable(request)
    upload = (await receive_form(request)).upload
    if upload is None:
        raise no_file()
    await handed_in(request, found, upload, "", None)
    raise go(f"/desk/logs/{found.attempt.id}", "recording_handed_in")


ROUTES = (
    Route("GET", "/fallback/{callback}", fallback_page, Permission.USE_DESK, "pageFallback", page=True),
    Route("POST", "/fallback/{callback}", write, Permission.USE_DESK, "pageFallbackWrite", page=True),
    Route("POST", "/desk/logs/{attempt}/recording", hand_in, WRITERS, "pageHandIn", page=True),
)
