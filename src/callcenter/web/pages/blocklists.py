"""Lists of numbers that are never dialled: what holds, a file that replaces one, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.intake.blocklists import NAME, Load, LoadState, Owner, Unemptied
from callcenter.domain.intake.exclusion_words import OWNERS, STATES, UNEMPTIED, failure_sentence, say
from callcenter.domain.words.sentences import Language
from callcenter.web.api import blocklists as api
from callcenter.web.asked import Asked
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, file_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.pages.words import capital
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route
from callcenter.web.uploading import forget

SHOWN = 30
UNPROCESSABLE = 422
MARKS = {LoadState.DONE: "good", LoadState.REFUSED: "bad", LoadState.INTERRUPTED: "warn", LoadState.EMPTIED: "warn"}


class EmptyForm(Asked):
    numbers: int = Field(ge=0)
    reason: str = Field(min_length=1, max_length=1000)


@dataclass(frozen=True, slots=True)
class Shown:
    """One file, and what became of it."""

    load: Load
    language: Language

    @property
    def state(self) -> str:
        return say(STATES[self.load.state], self.language)

    @property
    def mark(self) -> str:
        return MARKS.get(self.load.state, "")

    @property
    def percent(self) -> int | None:
        return api.percent_of(self.load)

    @property
    def failure(self) -> str:
        return failure_sentence(self.load, self.language)


async def blocklists_page(request: web.Request) -> web.Response:
    return await _page(request, Form())


async def now_part(request: web.Request) -> web.Response:
    return render(request, "blocklists_now.html", await _values(request) | {"form": Form()})


async def _page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    language, most = words_of(request).language, parts_of(request).terms.max_upload_bytes
    more = {
        "form": form,
        "owners": [(each.value, capital(say(OWNERS[each], language))) for each in Owner],
        "most_bytes": most,
        "most": max(1, most // 1_000_000),
    }
    return render(request, "blocklists.html", await _values(request) | more, status)


async def _values(request: web.Request) -> dict[str, Any]:
    parts, language = parts_of(request), words_of(request).language
    loads = [Shown(load, language) for load in await parts.blocklists.loads(SHOWN)]
    return {
        "lists": await parts.blocklists.lists(),
        "loads": loads,
        "goes_on": any(each.load.state is LoadState.RUNNING for each in loads),
        "owner_word": lambda owner: capital(say(OWNERS[owner], language)),
    }


async def replace_list(request: web.Request) -> web.Response:
    _ = words_of(request)
    try:
        upload, form = await file_of(request, _)
    except FormError as error:
        return await _page(request, error.form, UNPROCESSABLE)
    name, owner = str(form["list"]).strip(), str(form["owner"])
    wrong: dict[str, str] = {}
    if upload is None:
        wrong["file"] = _("Please choose a file.")
    if not NAME.fullmatch(name):
        wrong["list"] = _("A list's name has letters, digits, - and _ only, at most 40.")
    if owner not in set(Owner):
        wrong["owner"] = _("Please choose one.")
    if upload is not None and not wrong:
        try:
            await api.submitted(request, upload, name, Owner(owner))
        except Problem as problem:
            wrong["list"] = problem.details(_).detail
    if wrong:
        await forget(request, upload)
        return await _page(request, Form(form.values, wrong), UNPROCESSABLE)
    raise go("/blocklists", "list_sent")


async def empty_list(request: web.Request) -> web.Response:
    _, name = words_of(request), request.match_info["list"]
    given = await fields_of(request)
    try:
        asked = checked(given, EmptyForm, _).model
    except FormError as error:
        return await _page(request, _at(name, given, next(iter(error.form.errors.values()))), UNPROCESSABLE)
    found = await api.emptied(request, name, asked.numbers, asked.reason)
    if isinstance(found, Unemptied):
        return await _page(request, _at(name, given, say(UNEMPTIED[found], _.language)), UNPROCESSABLE)
    raise go("/blocklists", "list_emptied")


def _at(name: str, given: Mapping[str, Any], wrong: str) -> Form:
    """What was filled in where this list is emptied, and what is wrong with it."""
    return Form({f"empty-{name}": given.get("reason", "")}, {f"empty-{name}": wrong})


_READ, _CHANGE = Permission.READ_QUEUE, Permission.CHANGE_QUEUE
ROUTES = (
    Route("GET", "/blocklists", blocklists_page, _READ, "pageBlocklists", page=True),
    Route("GET", "/blocklists/now", now_part, _READ, "pageBlocklistsNow", page=True),
    Route("POST", "/blocklists", replace_list, _CHANGE, "pageReplaceBlocklist", page=True),
    Route("POST", "/blocklists/{list}/empty", empty_list, _CHANGE, "pageEmptyBlocklist", page=True),
)
