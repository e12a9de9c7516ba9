"""Lists of numbers that are never dialled; a file replaces one as a whole, in the background."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.intake.blocklists import NAME, Blocklist, Load, LoadState, Owner, Unemptied
from callcenter.domain.intake.exclusion_words import UNEMPTIED, failure_sentence, say
from callcenter.engine.blocking import LoadOrder, LoadRunningError
from callcenter.engine.emptying import EmptyOrder
from callcenter.engine.uploads import Upload
from callcenter.web.api.answers import Answer, Instant, Page, Paged, answer, to_cursor
from callcenter.web.api.exclusions import who_of
from callcenter.web.api.imports import place_of
from callcenter.web.asked import JSON, Asked, body_of, query_of
from callcenter.web.language import N_
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route
from callcenter.web.uploading import MULTIPART, BesideFile, forget, receive


class ListSent(BesideFile):
    """Beside the file: parameters of the address, or fields of the form."""

    owner: Owner = Field(default=Owner.OWN, description="Whose list it is.")


class LoadsAsked(Paged):
    list: str = Field(default="", max_length=200, description="Of this list only.")


class Empty(Asked):
    """All of its numbers cease to hold at once."""

    numbers: int = Field(ge=0, description="How many it holds, as you have seen: others refuse.")
    reason: str = Field(min_length=1, max_length=1000, description="Why.")


class BlocklistShown(Answer):
    """A list, with the numbers that hold now."""

    name: str
    owner: Owner
    numbers: int
    replaced_at: Instant


class Blocklists(Answer):
    items: list[BlocklistShown] = Field(description="By name.")


class LoadShown(Answer):
    """One file that replaces a list. Until it is done the old numbers hold; if it is not, they go on doing so. Or, with
    no file, that somebody emptied it.
    """

    id: str
    list: str
    owner: Owner
    file_name: str
    sha256: str
    by: str = Field(description="Login.")
    state: LoadState
    percent: int | None = Field(description="Of the file, while it is read.")
    rows: int = Field(description="Rows that say something.")
    taken: int = Field(description="Numbers, each once.")
    bad: int = Field(description="Rows without a number.")
    before: int = Field(description="Numbers of the list until then.")
    failure: str = Field(description="Why the file was refused, in your language; or why the list was emptied.")
    started_at: Instant
    ended_at: Instant | None


async def list_blocklists(request: web.Request) -> web.Response:
    return answer(Blocklists(items=[_list(each) for each in await parts_of(request).blocklists.lists()]))


async def list_loads(request: web.Request) -> web.Response:
    asked = query_of(request, LoadsAsked)
    found = await parts_of(request).blocklists.loads(asked.limit, place_of(asked.cursor), asked.list)
    follows = to_cursor((found[-1].started_at, found[-1].id)) if len(found) == asked.limit else None
    return answer(Page[LoadShown](items=[_shown(request, each) for each in found], next=follows))


async def read_load(request: web.Request) -> web.Response:
    load = await parts_of(request).blocklists.load(request.match_info["load"])
    if load is None:
        raise Problem("not_found")
    return answer(_shown(request, load))


async def replace_blocklist(request: web.Request) -> web.Response:
    name = _name(request.match_info["list"])
    if request.content_type == JSON:
        raise Problem("media_type")
    upload, sent = await receive(request, query_of(request, ListSent))
    load = await submitted(request, upload, name, sent.owner, sent.sheet)
    response = answer(_shown(request, load), 202)
    response.headers["Location"] = f"{request.path.rpartition('/blocklists/')[0]}/blocklist-loads/{load.id}"
    return response


async def submitted(request: web.Request, upload: Upload, name: str, owner: Owner, sheet: str = "") -> Load:
    """Raises Problem: taken; then the file is not kept."""
    parts = parts_of(request)
    order = LoadOrder(name, owner, upload.path, upload.file_name, parts.terms.region, who_of(request), sheet)
    try:
        return await parts.blocking.submit(upload, order)
    except LoadRunningError as error:
        await forget(request, upload)
        raise Problem("taken", N_("Another file is just replacing this list; wait for its end.")) from error


async def empty_blocklist(request: web.Request) -> web.Response:
    asked = await body_of(request, Empty)
    found = await emptied(request, request.match_info["list"], asked.numbers, asked.reason)
    if isinstance(found, Unemptied):
        said = say(UNEMPTIED[found], words_of(request).language)
        if found is Unemptied.REASON_LACKING:
            raise Problem("invalid", errors=[FieldProblem(field="reason", message=said)])
        raise Problem(_PROBLEMS[found], said)
    return answer(_shown(request, found))


async def emptied(request: web.Request, name: str, numbers: int, reason: str) -> Load | Unemptied:
    return await parts_of(request).emptying.empty(EmptyOrder(name, numbers, reason, who_of(request)))


_PROBLEMS = {
    Unemptied.UNKNOWN: "not_found",
    Unemptied.EMPTY: "closed",
    Unemptied.OTHERWISE: "changed_meanwhile",
    Unemptied.BEING_REPLACED: "taken",
}


def percent_of(load: Load) -> int | None:
    if load.state is not LoadState.RUNNING:
        return None
    return min(100, load.position * 100 // load.size_bytes) if load.size_bytes else 0


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise Problem("invalid", errors=[FieldProblem(field="list", message="has letters, digits, - and _ only")])
    return text


def _list(each: Blocklist) -> BlocklistShown:
    return BlocklistShown(name=each.name, owner=each.owner, numbers=each.numbers, replaced_at=each.replaced_at)


def _shown(request: web.Request, load: Load) -> LoadShown:
    own = {"by", "percent", "failure"}
    same = {name: getattr(load, name) for name in LoadShown.model_fields if name not in own}
    failure = failure_sentence(load, words_of(request).language)
    return LoadShown(**same, by=load.login, percent=percent_of(load), failure=failure)


_READ, _CHANGE = Permission.READ_QUEUE, Permission.CHANGE_QUEUE
ROUTES = (
    Route("GET", "/blocklists", list_blocklists, _READ, "listBlocklists", "Every list.", answer=Blocklists),
    Route(
        "POST",
        "/blocklists/{list}/numbers",
        replace_blocklist,
        _CHANGE,
        "replaceBlocklist",
        "Replace a list, or make it, by the numbers of a file (CSV, XLSX, or one number a line), sent as a form "
        "(`file`) or as the whole body. It goes on in the background; the old numbers hold until all new ones do, and "
        "a broken file changes nothing.",
        query=ListSent,
        takes=(MULTIPART, "application/octet-stream"),
        answer=LoadShown,
        status=202,
        problems=("taken", "too_large", "too_many", "media_type"),
    ),
    Route(
        "POST",
        "/blocklists/{list}/empty",
        empty_blocklist,
        _CHANGE,
        "emptyBlocklist",
        "None of its numbers holds any more; the list stays. Whoever empties it says how many it holds, and why.",
        body=Empty,
        answer=LoadShown,
        problems=("not_found", "closed", "changed_meanwhile", "taken"),
    ),
    Route(
        "GET",
        "/blocklist-loads",
        list_loads,
        _READ,
        "listBlocklistLoads",
        "Files that replaced a list, or were to, the newest first.",
        query=LoadsAsked,
        answer=Page[LoadShown],
    ),
    Route(
        "GET",
        "/blocklist-loads/{load}",
        read_load,
        _READ,
        "getBlocklistLoad",
        "One file.",
        answer=LoadShown,
        problems=("not_found",),
    ),
)
