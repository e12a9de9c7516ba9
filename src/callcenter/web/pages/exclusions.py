"""Who is not to be visited, on a callback's own page: entered, read, lifted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.gate.exclusions import Exclusion, ExclusionKind, Signature, Signer, Unfit, open_channels
from callcenter.domain.intake.exclusion_words import KINDS, SIGNERS, UNFIT, say
from callcenter.domain.people import Case, Channel
from callcenter.engine.excluding import Said
from callcenter.web.api import exclusions as api
from callcenter.web.asked import Asked
from callcenter.web.language import Translator
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go, with_error
from callcenter.web.pages.rendering import render
from callcenter.web.pages.times import from_field
from callcenter.web.pages.words import capital
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

UNPROCESSABLE = 422
ENTERED = tuple(kind for kind in ExclusionKind if kind is not ExclusionKind.REFUSED)
ABOUT_ONE = frozenset({ExclusionKind.CANCELLED})
"""Kinds that are about the callback alone, whatever is chosen."""


class ExcludeForm(Asked):
    """number: which of the customer's, counted from 0."""

    kind: ExclusionKind
    reason: str = Field(min_length=1, max_length=1000)
    only: bool = False
    channels: list[Channel] = Field(default_factory=list, max_length=10)
    until: str = Field(default="", max_length=30)
    number: int | None = Field(default=None, ge=0, le=1000)
    policyholder: str = Field(default="", max_length=200)
    salesperson: str = Field(default="", max_length=200)
    sales_manager: str = Field(default="", max_length=200)
    document: str = Field(default="", max_length=200)


class LiftForm(Asked):
    reason: str = Field(min_length=1, max_length=1000)
    put_back: bool = False


async def exclusions_page(request: web.Request) -> web.Response:
    return await _page(request, await _case(request), Form())


async def _page(request: web.Request, case: Case, form: Form, status: int = 200) -> web.Response:
    parts, language, now = parts_of(request), words_of(request).language, parts_of(request).service.clock.now()
    found = await parts.restraints.of_customer(case.customer.id)
    values = {
        "case": case,
        "zone": zone_name(case),
        "form": form,
        "chosen": form["channels"] or [],
        "exclusions": found,
        "kept_out": {each.id: await parts.excluding.would_return(each.id) for each in found if each.lifted is None},
        "now": now,
        "open": open_channels(found, case.callback.id, now),
        "kinds": [(kind.value, capital(say(KINDS[kind], language))) for kind in ENTERED],
        "kind_word": lambda kind: capital(say(KINDS[kind], language)),
        "signer_word": lambda role: say(SIGNERS[role], language),
        "signers": [(role.value, capital(say(SIGNERS[role], language))) for role in Signer],
        "channels": tuple(Channel),
        "numbers": [(str(index), number.masked) for index, number in enumerate(case.customer.numbers)],
    }
    return render(request, "exclusions.html", values, status)


async def exclude(request: web.Request) -> web.Response:
    _, case = words_of(request), await _case(request)
    given = await fields_of(request, ("channels",))
    try:
        filled = checked(given, ExcludeForm, _)
        found = await api.entered(request, _said(filled.model, case, filled.form, _))
    except FormError as error:
        return await _page(request, case, error.form, UNPROCESSABLE)
    if isinstance(found, Unfit):
        wrong = with_error(filled.form, **{_field(found): say(UNFIT[found], _.language)})
        return await _page(request, case, wrong, UNPROCESSABLE)
    raise go(f"/queue/{case.callback.id}/exclusions", "excluded")


def _said(asked: ExcludeForm, case: Case, form: Form, _: Translator) -> Said:
    """Raises FormError."""
    numbers, named = case.customer.numbers, {role: getattr(asked, role.value).strip() for role in Signer}
    if asked.number is not None and asked.number >= len(numbers):
        raise FormError(with_error(form, number=_("Please choose one.")))
    waived, wrong = asked.kind is ExclusionKind.WAIVER, asked.kind is ExclusionKind.WRONG_NUMBER
    return Said(
        kind=asked.kind,
        reason=asked.reason,
        customer_id=case.customer.id,
        callback_id=case.callback.id if asked.only or asked.kind in ABOUT_ONE else None,
        channels=frozenset(asked.channels) if asked.kind is ExclusionKind.OPT_OUT else frozenset(),
        number=numbers[asked.number] if wrong and asked.number is not None else None,
        until=_until(asked.until, zone_name(case), form, _),
        signatures=tuple(Signature(role, name) for role, name in named.items() if name) if waived else (),
        document=asked.document,
    )


def _until(text: str, zone: str, form: Form, _: Translator) -> datetime | None:
    try:
        return from_field(text, zone)
    except (ValueError, OverflowError):
        raise FormError(with_error(form, until=_("This is no date and time."))) from None


def _field(unfit: Unfit) -> str:
    field = api.FIELDS[unfit]
    return "policyholder" if field == "signatures" else field


async def lift(request: web.Request) -> web.Response:
    _, case = words_of(request), await _case(request)
    mine = await _mine(request, case)
    given = await fields_of(request)
    try:
        asked = checked(given, LiftForm, _).model
    except FormError as error:
        return await _page(request, case, _at(mine, given, error.form.wrong("reason")), UNPROCESSABLE)
    found = await api.lifted(request, mine.id, asked.reason, put_back=asked.put_back)
    if isinstance(found, Unfit):
        return await _page(request, case, _at(mine, given, say(UNFIT[found], _.language)), UNPROCESSABLE)
    raise go(f"/queue/{case.callback.id}/exclusions", "lifted_back" if found.put_back else "lifted")


def _at(exclusion: Exclusion, given: Mapping[str, Any], wrong: str) -> Form:
    """What was filled in where this one is lifted, and what is wrong with it."""
    field = f"lift-{exclusion.id}"
    return Form({field: given.get("reason", ""), f"{field}-stay": not given.get("put_back")}, {field: wrong})


async def _mine(request: web.Request, case: Case) -> Exclusion:
    found = await parts_of(request).restraints.get(request.match_info["exclusion"])
    if found is None or found.customer_id != case.customer.id:
        raise Problem("not_found")
    return found


async def _case(request: web.Request) -> Case:
    case = await parts_of(request).callbacks.case(request.match_info["callback"])
    if case is None:
        raise Problem("not_found")
    return case


_PATH = "/queue/{callback}/exclusions"
_READ, _CHANGE = Permission.READ_QUEUE, Permission.CHANGE_QUEUE
ROUTES = (
    Route("GET", _PATH, exclusions_page, _READ, "pageExclusions", page=True),
    Route("POST", _PATH, exclude, _CHANGE, "pageExclude", page=True),
    Route("POST", f"{_PATH}/{{exclusion}}/lift", lift, _CHANGE, "pageLift", page=True),
)
