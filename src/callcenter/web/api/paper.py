"""Visits without a call, on site or by letter: written down, with scans of the paper."""

from aiohttp import hdrs, web
from pydantic import Field

from callcenter.domain.access import Permission, may_use_callback
from callcenter.domain.audit import Action
from callcenter.domain.people import Agent, Case, Channel
from callcenter.domain.recording import ArchiveFullError, RecordingGoneError
from callcenter.domain.refusal import Rule
from callcenter.domain.visits.paper import (
    LARGEST_SCAN,
    PaperMistake,
    PaperResult,
    PaperVisit,
    Scan,
    ScanKind,
    may_read_paper,
    may_write_paper,
)
from callcenter.engine.paper import (
    PaperMovedError,
    PaperRefusedError,
    PaperWrongError,
    ScanTooLargeError,
    ScanWrongError,
    Shown,
)
from callcenter.engine.uploads import Upload
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.api.dialling import Reason
from callcenter.web.api.evidence import READERS
from callcenter.web.api.logs import Line, Words
from callcenter.web.asked import Asked, Moment, body_of
from callcenter.web.attachment import attachment
from callcenter.web.language import N_
from callcenter.web.parts import account_of, audit, forbidden, parts_of
from callcenter.web.problems import FieldProblem, Problem, refused
from callcenter.web.routes import Route
from callcenter.web.uploading import FILE, MULTIPART, forget, receive_form, receive_raw

WRITERS = frozenset({Permission.USE_DESK, Permission.CHANGE_QUEUE})
MEDIA_TYPES = {ScanKind.PDF: "application/pdf", ScanKind.JPEG: "image/jpeg", ScanKind.PNG: "image/png"}
TOLD = {
    PaperMistake.CHANNEL: ("channel", N_("is no way of a visit without a call")),
    PaperMistake.RESULT: ("result", N_("does not go with this way of visiting")),
    PaperMistake.FUTURE: ("visited_at", N_("lies in the future")),
    PaperMistake.CONTENT: ("content", N_("is missing")),
    PaperMistake.NEXT_VISIT: ("next_visit_at", N_("is missing: something is left unsolved")),
    PaperMistake.NEXT_VISIT_PAST: ("next_visit_at", N_("lies in the past")),
}


class PaperAsked(Asked):
    channel: Channel = Field(description="`onsite` or `letter`.")
    visited_at: Moment
    result: PaperResult
    agent: Line = Field(default="", description="Id or staff number of who made it; empty for yourself.")
    content: Words = Field(default="", description="What was asked and answered.")
    problems: Words = Field(default="", description="What the customer complained of.")
    handling_result: Words = Field(default="", description="What was done about it.")
    own_words: Words = Field(default="", description="What he said, word for word (N1-23).")
    resolved: bool | None = Field(default=None, description="False: something is left unsolved.")
    next_visit_at: Moment | None = Field(default=None, description="Needed where something is left unsolved (N11-15).")
    overrides: dict[Rule, Reason] = Field(
        default_factory=dict,
        max_length=20,
        description="Rules to go round, each with the reason; only those that allow it. Kept in the audit.",
    )


class ScanShown(Answer):
    id: str
    name: str
    kind: ScanKind
    sha256: str
    size_bytes: int
    added_at: Instant
    added_by: str
    keep_until: Instant


class PaperShown(Answer):
    id: str
    callback_id: str
    agent_id: str
    channel: Channel
    visited_at: Instant
    result: PaperResult
    content: str
    problems: str
    handling_result: str
    own_words: str
    written_at: Instant
    written_by: str
    keep_until: Instant
    resolved: bool | None
    next_visit_at: Instant | None
    wants_scan: bool = Field(description="The signed form, or the customer's reply, lacks (C3-05).")
    scans: list[ScanShown]


class PaperList(Answer):
    items: list[PaperShown]


async def list_paper(request: web.Request) -> web.Response:
    case = await case_read(request)
    return answer(PaperList(items=[_shown(each) for each in await seen_by(request, case)]))


async def write_paper(request: web.Request) -> web.Response:
    case, asked = await case_written(request), await body_of(request, PaperAsked)
    visit = await written(request, case, asked)
    (shown,) = [each for each in await parts_of(request).paper.of_case(case) if each.found.visit.id == visit.id]
    return answer(_shown(shown), 201)


async def add_scan(request: web.Request) -> web.Response:
    visit = await visit_written(request)
    if request.content_type == MULTIPART:
        upload = (await receive_form(request)).upload
        if upload is None:
            raise no_scan()
    else:
        upload = await receive_raw(request, "scan")
    return answer(_scan(await attached(request, visit, upload)), 201)


async def read_scan(request: web.Request) -> web.StreamResponse:
    """Written down before the first byte. Raises Problem: not_found, forbidden, gone."""
    parts = parts_of(request)
    found = await parts.paper.scan(request.match_info["scan"])
    if found is None:
        raise Problem("not_found")
    scan, visit = found
    if not may_read_paper(account_of(request), visit):
        raise await forbidden(request, "scan", scan.id, Permission.READ_VISITS)
    await audit(request, Action.TAKEN, "scan", scan.id, sha256=scan.sha256, bytes=str(scan.size_bytes))
    try:
        async with parts.archive.reading(scan.path, scan.size_bytes, scan.sha256) as file:
            body = b"".join([block async for block in file.blocks(0, scan.size_bytes - 1)])
    except RecordingGoneError as error:
        parts.evidence.alarm(scan.id, error.reason, scan.path)
        raise Problem("gone") from error
    name = attachment(scan.name.rpartition(".")[0] or scan.name, scan.kind.value)
    return web.Response(body=body, content_type=MEDIA_TYPES[scan.kind], headers={hdrs.CONTENT_DISPOSITION: name})


async def case_read(request: web.Request) -> Case:
    """Raises Problem: not_found, forbidden."""
    case, account = await _case(request), account_of(request)
    if not account.may(Permission.READ_VISITS) and not may_use_callback(account, case.callback.leased_to):
        raise await forbidden(request, "callback", case.callback.id, Permission.READ_VISITS)
    return case


async def case_written(request: web.Request) -> Case:
    """Raises Problem: not_found, forbidden."""
    case = await _case(request)
    if not may_write_paper(account_of(request), case.callback.leased_to):
        raise await forbidden(request, "callback", case.callback.id, Permission.CHANGE_QUEUE)
    return case


async def visit_written(request: web.Request) -> PaperVisit:
    """The visit that the path names, for who may write of it. Raises Problem: not_found, forbidden."""
    found, account = await parts_of(request).paper.get(request.match_info["visit"]), account_of(request)
    if found is None:
        raise Problem("not_found")
    if not account.may(Permission.CHANGE_QUEUE) and found.visit.agent_id != account.agent_id:
        raise await forbidden(request, "paper_visit", found.visit.id, Permission.CHANGE_QUEUE)
    return found.visit


async def seen_by(request: web.Request, case: Case) -> list[Shown]:
    found = await parts_of(request).paper.of_case(case)
    return [each for each in found if may_read_paper(account_of(request), each.found.visit)]


async def written(request: web.Request, case: Case, asked: PaperAsked) -> PaperVisit:
    """Raises Problem: invalid, refused, changed_meanwhile."""
    parts, agent = parts_of(request), await _who(request, asked.agent)
    draft = PaperVisit(
        id="",
        callback_id=case.callback.id,
        agent_id=agent.id,
        channel=asked.channel,
        visited_at=asked.visited_at,
        result=asked.result,
        content=asked.content,
        problems=asked.problems,
        handling_result=asked.handling_result,
        own_words=asked.own_words,
        written_at=asked.visited_at,
        written_by=account_of(request).login,
        keep_until=asked.visited_at,
        resolved=asked.resolved,
        next_visit_at=asked.next_visit_at,
    )
    try:
        async with parts.audit.together():
            for rule, reason in asked.overrides.items():
                await audit(request, Action.OVERRIDDEN, "callback", case.callback.id, rule=rule, reason=reason)
            visit = await parts.paper.write(case, draft, asked.overrides)
            after = await parts.callbacks.case(case.callback.id) or case
            told = {"callback": case.callback.id, "channel": visit.channel, "result": visit.result}
            told["after"] = after.callback.state
            await audit(request, Action.VISIT_WRITTEN, "paper_visit", visit.id, **told)
    except PaperWrongError as error:
        wrong = [FieldProblem(field=TOLD[each][0], message=TOLD[each][1]) for each in error.mistakes]
        raise Problem("invalid", errors=wrong) from error
    except PaperRefusedError as error:
        raise refused(error.refusal, mine.zone_of(request)) from error
    except PaperMovedError as error:
        raise Problem("changed_meanwhile") from error
    return visit


async def attached(request: web.Request, visit: PaperVisit, upload: Upload) -> Scan:
    """Raises Problem: invalid, too_large, unavailable; the upload is forgotten in any case."""
    parts = parts_of(request)
    try:
        await check_scan(request, upload)
        scan = await parts.paper.scanned(visit, upload.path, upload.file_name, account_of(request).login)
    except ArchiveFullError as error:
        raise Problem("unavailable") from error
    finally:
        await forget(request, upload)
    async with parts.audit.together():
        await parts.paper.attach(scan)
        await audit(request, Action.SCAN_ADDED, "scan", scan.id, visit=visit.id, sha256=scan.sha256)
    return scan


def no_scan() -> Problem:
    return Problem("invalid", errors=[FieldProblem(field=FILE, message=N_("no file was sent"))])


async def check_scan(request: web.Request, upload: Upload) -> None:
    """Raises Problem: invalid, too_large."""
    try:
        await parts_of(request).paper.check(upload.path)
    except ScanWrongError as error:
        told = N_("is no whole PDF, JPEG or PNG")
        raise Problem("invalid", errors=[FieldProblem(field="file", message=told)]) from error
    except ScanTooLargeError as error:
        raise Problem("too_large", N_("At most {size} MB can be uploaded."), size=LARGEST_SCAN // 1_000_000) from error


async def _who(request: web.Request, key: str) -> Agent:
    """Who made the visit: an agent himself; a supervisor names him."""
    account = account_of(request)
    own = account.agent_id or ""
    if key and key != own and not account.may(Permission.CHANGE_QUEUE):
        found = await parts_of(request).people.agent(key)
        if found is None or found.id != own:
            raise Problem("invalid", errors=[FieldProblem(field="agent", message=N_("is somebody else"))])
    found = await parts_of(request).people.agent(key or own) if key or own else None
    if found is None:
        raise Problem("invalid", errors=[FieldProblem(field="agent", message=N_("is no agent"))])
    return found


async def _case(request: web.Request) -> Case:
    case = await parts_of(request).callbacks.case(request.match_info["callback"])
    if case is None:
        raise Problem("not_found")
    return case


def _shown(shown: Shown) -> PaperShown:
    visit = shown.found.visit
    same = {name: getattr(visit, name) for name in PaperShown.model_fields if name in visit.__dataclass_fields__}
    return PaperShown(**same, wants_scan=shown.wants_scan, scans=[_scan(each) for each in shown.found.scans])


def _scan(scan: Scan) -> ScanShown:
    return ScanShown(**{name: getattr(scan, name) for name in ScanShown.model_fields})


ROUTES = (
    Route(
        "GET",
        "/callbacks/{callback}/visits",
        list_paper,
        READERS,
        "listPaperVisits",
        "Visits without a call, the latest first; agents see their own.",
        answer=PaperList,
    ),
    Route(
        "POST",
        "/callbacks/{callback}/visits",
        write_paper,
        WRITERS,
        "writePaperVisit",
        "Write down a visit on site or by letter, which is never changed; its callback moves as after a talk.",
        body=PaperAsked,
        answer=PaperShown,
        status=201,
        problems=("refused", "changed_meanwhile"),
    ),
    Route(
        "POST",
        "/visits/{visit}/scans",
        add_scan,
        WRITERS,
        "addScan",
        "Attach a scan: PDF, JPEG or PNG by its content. It is kept as long as the visit.",
        takes=(MULTIPART, "application/octet-stream"),
        answer=ScanShown,
        status=201,
        problems=("too_large", "too_many"),
    ),
    Route(
        "GET",
        "/scans/{scan}/content",
        read_scan,
        READERS,
        "getScan",
        "The file, proven to be what was kept. That it was taken is written down.",
        content=tuple(MEDIA_TYPES.values()),
        problems=("gone",),
    ),
)
