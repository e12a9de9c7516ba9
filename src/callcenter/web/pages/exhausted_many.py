"""One decision for many callbacks whose attempts are used up, ticked in their list.

Each is decided by itself: what somebody else decided meanwhile, or what a rule forbids, stays as it is and is told.
"""

from collections import Counter
from enum import StrEnum
from urllib.parse import urlencode

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.people import Case
from callcenter.domain.visits.exhaustion import CloseReason, Undecidable
from callcenter.engine.decisions import CallbackChangedError, CallbackNotFoundError
from callcenter.web.asked import Asked
from callcenter.web.language import N_, Translator
from callcenter.web.pages.exhausted import CONFLICT, PAGE, UNPROCESSABLE, listed
from callcenter.web.pages.forms import Form, FormError, checked, fields_of
from callcenter.web.pages.words import undecidable_word
from callcenter.web.parts import by_of, parts_of, words_of
from callcenter.web.routes import Route

LONGEST_VERSION = 9
"""Digits."""

MEANWHILE = N_("somebody else decided of it meanwhile")


class What(StrEnum):
    CLOSE = "close"
    GIVE_BACK = "give_back"


class ManyForm(Asked):
    """chosen: each as `VERSION:CALLBACK`, the version as it was read."""

    chosen: list[str] = Field(min_length=1, max_length=PAGE)
    what: What
    code: CloseReason | None = None
    note: str = Field(default="", max_length=1000)


async def decide_many(request: web.Request) -> web.Response:
    """Close, or give back, all that are ticked; what cannot be is left as it is."""
    _ = words_of(request)
    given = await fields_of(request, ["chosen"])
    if not given["chosen"]:
        return await listed(request, Form(given, {"chosen": _("Tick at least one callback.")}), UNPROCESSABLE)
    try:
        asked = _whole(checked(given, ManyForm, _).model, Form(given), _)
    except FormError as error:
        return await listed(request, error.form, UNPROCESSABLE)
    left: Counter[str] = Counter()
    for each in asked.chosen:
        why = await _decide(request, each, asked, _)
        if why:
            left[why] += 1
    decided = len(asked.chosen) - left.total()
    if not left:
        query = {name: value for name, value in request.query.items() if name not in ("tick", "said", "decided")}
        raise web.HTTPSeeOther(f"/exhausted?{urlencode({**query, 'decided': decided})}")
    told = " · ".join(_("{many}: {why}", many=many, why=why) for why, many in left.items())
    said = _("{decided} decided, {left} left as they were. {told}", decided=decided, left=left.total(), told=told)
    return await listed(request, Form(given, {"": said}), CONFLICT)


def _whole(asked: ManyForm, form: Form, _: Translator) -> ManyForm:
    """Raises FormError before anything is decided, for what would be wrong with each."""
    if asked.what is What.CLOSE and asked.code is None:
        raise FormError(Form(form.values, {"code": _("Please choose one.")}))
    if not asked.note.strip() and (asked.what is What.GIVE_BACK or asked.code is CloseReason.OTHER):
        raise FormError(Form(form.values, {"note": undecidable_word(Undecidable.REASON_LACKING, _)}))
    return asked


async def _decide(request: web.Request, chosen: str, asked: ManyForm, _: Translator) -> str:
    """Why it could not be decided; empty where it was."""
    decisions, by = parts_of(request).decisions, by_of(request)
    number, _colon, callback_id = chosen.partition(":")
    version = int(number) if number.isascii() and number.isdigit() and len(number) <= LONGEST_VERSION else 0
    try:
        decided: Case | Undecidable
        if asked.code is not None and asked.what is What.CLOSE:
            decided = await decisions.close(callback_id, version, asked.code, asked.note, by)
        else:
            decided = await decisions.give_back(callback_id, version, asked.note, by)
    except (CallbackChangedError, CallbackNotFoundError):
        return _(MEANWHILE)
    return undecidable_word(decided, _) if isinstance(decided, Undecidable) else ""


ROUTES = (Route("POST", "/exhausted", decide_many, Permission.DECIDE_EXHAUSTED, "pageDecideMany", page=True),)
