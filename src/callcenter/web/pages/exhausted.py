"""Callbacks whose attempts are used up: what was tried, and what the supervisor decides."""

from collections.abc import Awaitable, Mapping
from datetime import datetime
from urllib.parse import quote, urlencode

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.dials.retry import ExhaustedReason, zone_name
from callcenter.domain.people import Callback, CallbackState, Case
from callcenter.domain.phone import MalformedNumberError
from callcenter.domain.queue.returns import ReturnSearch
from callcenter.domain.visits.exhaustion import CloseReason, Undecidable, waits_for_answer
from callcenter.domain.visits.searches import StoppedFound, StoppedSearch
from callcenter.domain.words.sentences import number_sentence
from callcenter.engine.decisions import CallbackChangedError, CallbackNotFoundError
from callcenter.web.api.answers import Paged, to_cursor
from callcenter.web.api.evidence import place_of
from callcenter.web.api.exhausted import dialable
from callcenter.web.asked import Asked
from callcenter.web.language import Translator
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.pages.searching import asked_of
from callcenter.web.pages.times import from_field
from callcenter.web.pages.words import undecidable_word
from callcenter.web.parts import SiteParts, by_of, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

PAGE = 100
CONFLICT, UNPROCESSABLE = 409, 422


class Sought(Asked):
    reason: ExhaustedReason | None = None
    plan: str = Field(default="", max_length=200)
    customer: str = Field(default="", max_length=100)
    closed: bool = False
    number_wanted: bool = False
    cursor: str = Field(default="", max_length=500)
    tick: bool = False
    decided: int = Field(default=0, ge=0)


class BackForm(Asked):
    """offer: one of the times offered, as ISO 8601; empty for that of the field."""

    version: int = Field(ge=1)
    reason: str = Field(min_length=1, max_length=1000)
    offer: str = Field(default="", max_length=30)
    not_before: str = Field(default="", max_length=30)
    all_the_same: bool = False


class NumberForm(Asked):
    version: int = Field(ge=1)
    number: str = Field(min_length=1, max_length=50)
    found: str = Field(default="", max_length=1000)
    all_the_same: bool = False


class UndoForm(Asked):
    version: int = Field(ge=1)


class SettleForm(Asked):
    version: int = Field(ge=1)
    needless: str = Field(min_length=1, max_length=1000)


class CloseForm(Asked):
    version: int = Field(ge=1)
    code: CloseReason
    note: str = Field(default="", max_length=1000)


async def list_page(request: web.Request) -> web.Response:
    return await listed(request, Form())


async def listed(request: web.Request, many: Form, status: int = 200) -> web.Response:
    """many: what was filled in for those that are ticked."""
    asked, form = asked_of(request, Sought)
    if asked is None:
        raise Problem("invalid")
    search = StoppedSearch(asked.closed, asked.plan, asked.reason or "", asked.customer, asked.number_wanted)
    parts = parts_of(request)
    found = await parts.stopped.stopped(search, place_of(Paged(cursor=asked.cursor)), PAGE)
    counts = await parts.stopped.stopped_by_reason(search)
    values = {
        "form": form,
        "many": many,
        "ticked": asked.tick,
        "decided": asked.decided,
        "reasons": tuple(CloseReason),
        "closed": asked.closed,
        "found": found,
        "counts": counts,
        "total": sum(counts.values()),
        "chosen": asked.reason or "",
        "wanted": asked.number_wanted,
        "follows": to_cursor(_place(found[-1])) if len(found) == PAGE else "",
        "plans": [(plan.id, plan.name) for plan in await parts.people.plans()],
        "undo": await _just_closed(parts, request.query.get("undo", "")),
        "rang": await parts.returns.latest(ReturnSearch(undecided=True), PAGE, None),
    }
    return render(request, "exhausted.html", values, status)


async def _just_closed(parts: SiteParts, callback_id: str) -> Callback | None:
    """What can still be undone."""
    case = await parts.callbacks.case(callback_id) if callback_id.isprintable() else None
    return case.callback if case and case.callback.state is CallbackState.CLOSED else None


def _place(found: StoppedFound) -> tuple[object, ...]:
    return found.case.callback.due_at, found.case.callback.id


async def one_page(request: web.Request) -> web.Response:
    return await _one(request, Form())


async def _one(request: web.Request, form: Form, status: int = 200) -> web.Response:
    parts = parts_of(request)
    case = await parts.callbacks.case(request.match_info["callback"])
    if case is None:
        raise Problem("not_found")
    _, rang = words_of(request), waits_for_answer(case.callback)
    if rang and "reason" not in form.values:
        form = Form({**form.values, "reason": _("The customer rang back.")}, form.errors)
    values = {
        "case": case,
        "zone": zone_name(case),
        "attempts": await parts.attempts.of_callback(case.callback.id),
        "decisions": await parts.stopped.of_callback(case.callback.id),
        "reasons": tuple(CloseReason),
        "form": form,
        "number": next((number.masked for number in case.customer.numbers), ""),
        "rang": rang,
        "offers": await _offers(parts, case),
    }
    return render(request, "exhausted_one.html", values, status)


async def _offers(parts: SiteParts, case: Case) -> tuple[datetime, ...]:
    """Times to propose to somebody who rang back; UTC."""
    numbers = case.customer.numbers
    if not waits_for_answer(case.callback) or not numbers:
        return ()
    return await parts.appointing.offers(case, "", numbers[0])


async def give_back(request: web.Request) -> web.Response:
    _, callback_id = words_of(request), request.match_info["callback"]
    given = await fields_of(request)
    try:
        asked = checked(given, BackForm, _).model
        not_before = await _not_before(request, asked.offer or asked.not_before, _)
        await _decided(
            parts_of(request).decisions.give_back(
                callback_id, asked.version, asked.reason, by_of(request), not_before, all_the_same=asked.all_the_same
            ),
            given,
            _,
        )
    except FormError as error:
        return await _one(request, error.form, UNPROCESSABLE)
    except CallbackChangedError:
        return await _decided_meanwhile(request, given, _)
    raise go("/exhausted", "given_back")


async def settle_return(request: web.Request) -> web.Response:
    """Who rang back about what is over needs no call."""
    _, callback_id = words_of(request), request.match_info["callback"]
    given = await fields_of(request)
    try:
        asked = checked(given, SettleForm, _).model
        deciding = parts_of(request).decisions.settle_return(callback_id, asked.version, asked.needless, by_of(request))
        await _decided(deciding, given, _)
    except FormError as error:
        return await _one(request, error.form, UNPROCESSABLE)
    except CallbackChangedError:
        return await _decided_meanwhile(request, given, _)
    raise go("/exhausted", "return_settled")


async def add_number(request: web.Request) -> web.Response:
    """A new number was found: the next round begins with it (C9-21)."""
    _, callback_id = words_of(request), request.match_info["callback"]
    given = await fields_of(request)
    try:
        asked = checked(given, NumberForm, _).model
        try:
            number = await dialable(request, callback_id, asked.number)
        except MalformedNumberError as error:
            raise FormError(Form(given, {"number": number_sentence(error, _.language)})) from error
        await _decided(
            parts_of(request).decisions.add_number(
                callback_id, asked.version, number, asked.found, by_of(request), all_the_same=asked.all_the_same
            ),
            given,
            _,
        )
    except FormError as error:
        return await _one(request, error.form, UNPROCESSABLE)
    except CallbackChangedError:
        return await _decided_meanwhile(request, given, _)
    raise go("/exhausted", "number_found")


async def close(request: web.Request) -> web.Response:
    _, callback_id = words_of(request), request.match_info["callback"]
    given = await fields_of(request)
    try:
        asked = checked(given, CloseForm, _).model
        await _decided(
            parts_of(request).decisions.close(callback_id, asked.version, asked.code, asked.note, by_of(request)),
            given,
            _,
        )
    except FormError as error:
        return await _one(request, error.form, UNPROCESSABLE)
    except CallbackChangedError:
        return await _decided_meanwhile(request, given, _)
    raise go(f"/exhausted?{urlencode({'undo': callback_id})}", "callback_closed")


async def undo(request: web.Request) -> web.Response:
    """A callback that was closed by mistake waits for a decision again."""
    _, callback_id = words_of(request), request.match_info["callback"]
    given = await fields_of(request)
    try:
        asked = checked(given, UndoForm, _).model
        await _decided(parts_of(request).decisions.reopen(callback_id, asked.version, by_of(request)), given, _)
    except FormError as error:
        return await _one(request, error.form, UNPROCESSABLE)
    except CallbackChangedError:
        return await _decided_meanwhile(request, given, _)
    raise go(f"/exhausted/{quote(callback_id, safe='')}", "undone")


async def _decided_meanwhile(request: web.Request, given: Mapping[str, object], _: Translator) -> web.Response:
    """As it is now, with what was typed still in its field."""
    told = _("Somebody else decided of it meanwhile. This is how it stands now.")
    return await _one(request, Form(given, {"": told}), CONFLICT)


async def _not_before(request: web.Request, text: str, _: Translator) -> datetime | None:
    """In the customer's time. Raises FormError, Problem."""
    case = await parts_of(request).callbacks.case(request.match_info["callback"])
    if case is None:
        raise Problem("not_found")
    try:
        return from_field(text, zone_name(case))
    except (ValueError, OverflowError):
        raise FormError(Form({"not_before": text}, {"not_before": _("This is no date and time.")})) from None


async def _decided(deciding: Awaitable[Case | Undecidable], given: dict[str, object], _: Translator) -> None:
    """Raises FormError, CallbackChangedError, Problem."""
    try:
        decided = await deciding
    except CallbackNotFoundError as error:
        raise Problem("not_found") from error
    if isinstance(decided, Undecidable):
        field = {
            Undecidable.TIME_PAST: "not_before",
            Undecidable.TIME_TOO_FAR: "not_before",
            Undecidable.REASON_LACKING: "note" if "code" in given else "needless" if "needless" in given else "reason",
            Undecidable.NUMBER_KNOWN: "number",
        }.get(decided, "")
        raise FormError(Form(given, {field: undecidable_word(decided, _)}))


_DECIDE = Permission.DECIDE_EXHAUSTED
ROUTES = (
    Route("GET", "/exhausted", list_page, _DECIDE, "pageExhausted", page=True),
    Route("GET", "/exhausted/{callback}", one_page, _DECIDE, "pageExhaustedOne", page=True),
    Route("POST", "/exhausted/{callback}/give-back", give_back, _DECIDE, "pageGiveBack", page=True),
    Route("POST", "/exhausted/{callback}/new-number", add_number, _DECIDE, "pageNewNumber", page=True),
    Route("POST", "/exhausted/{callback}/settle-return", settle_return, _DECIDE, "pageSettleReturn", page=True),
    Route("POST", "/exhausted/{callback}/close", close, _DECIDE, "pageClose", page=True),
    Route("POST", "/exhausted/{callback}/undo", undo, _DECIDE, "pageUndo", page=True),
)
