"""Callbacks out of a file: looked at, imported in the background, and what came of each."""

import json
from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.access import Permission
from callcenter.domain.audit import Action
from callcenter.domain.intake.problems import (
    FileProblemError,
    file_sentence,
)
from callcenter.domain.intake.report import report_head, report_row, row_of
from callcenter.domain.intake.row import Field as RowField
from callcenter.domain.intake.row import Import, ImportProblem
from callcenter.domain.people import Plan
from callcenter.engine.imports_at_work import Asker, TooManyWaitingError
from callcenter.engine.uploads import Choices, Upload
from callcenter.web.api.answers import Page, Paged, answer, from_cursor, to_cursor
from callcenter.web.api.evidence import checked_place
from callcenter.web.api.imports_shown import (
    ImportShown,
    PreviewShown,
    RowProblemShown,
    show_import,
    show_preview,
    show_problem,
)
from callcenter.web.api.plans import plan_of
from callcenter.web.asked import JSON, Asked, Day, Name, body_of, query_of
from callcenter.web.attachment import attachment
from callcenter.web.language import N_, Translator
from callcenter.web.parts import account_of, audit, forbidden, parts_of, visitor_of, words_of
from callcenter.web.problems import FieldProblem, Problem, members
from callcenter.web.routes import Route
from callcenter.web.uploading import MULTIPART, BesideFile, Sheet, forget, receive

LONGEST_KEY = 200
MOST_MAPPED = 500
_SENT = 64 * 1024
"""Bytes of the report that are sent at once."""

Heading = Annotated[str, StringConstraints(max_length=1000)]
MAPPING = "What columns hold, by heading, where the headings do not tell; `ignore` leaves one out."
DUE = "Due day of rows without one, in the plan's zone; null: in five days."


class KeptFile(Asked):
    """A file that was sent for a preview."""

    upload: str = Field(min_length=1, max_length=100, description="`upload` of the preview.")
    plan: Name = Field(description="Id of the plan that takes the callbacks.")
    sheet: Sheet = Field(default="", description="Of a workbook with several filled sheets.")
    mapping: dict[Heading, RowField] = Field(default_factory=dict, max_length=MOST_MAPPED, description=MAPPING)
    due: Day | None = Field(default=None, description=DUE)


class SentFile(BesideFile):
    """Beside a file that is sent: parameters of the address, or fields of the form."""

    plan: Name | None = Field(default=None, description="Id of the plan; needed with a file.")
    mapping: str = Field(default="", max_length=9_000, description=f"{MAPPING} A JSON object as text.")
    due: Day | None = Field(default=None, description=DUE)


class ImportsAsked(Paged):
    plan: str = Field(default="", max_length=LONGEST_KEY, description="Id of a plan.")


class ProblemsAsked(Paged):
    remarks: bool = Field(default=True, description="Also of rows that were taken in.")


class ReportAsked(Asked):
    remarks: bool = Field(default=False, description="Also rows that were taken in, with what was remarked.")


async def preview(request: web.Request) -> web.Response:
    upload, plan, fresh = await _asked(request)
    imports = parts_of(request).imports_at_work
    try:
        found = await imports.preview(upload, plan)
        sheets = await imports.sheets(upload)
    except FileProblemError as error:
        if fresh:
            await forget(request, upload)
        raise file_refused(error, words_of(request)) from error
    return answer(show_preview(request, upload, found, sheets))


async def add_import(request: web.Request) -> web.Response:
    upload, plan, fresh = await _asked(request)
    try:
        record = await submit(request, upload, plan)
    except (FileProblemError, Problem) as error:
        if fresh:
            await forget(request, upload)
        if isinstance(error, FileProblemError):
            raise file_refused(error, words_of(request)) from error
        raise
    response = answer(show_import(request, record), 202)
    response.headers["Location"] = f"{request.path}/{record.id}"
    return response


async def submit(request: web.Request, upload: Upload, plan: Plan) -> Import:
    """Raises FileProblemError; Problem: unavailable."""
    account = account_of(request)
    asker = Asker(account.id, account.login, account.name, visitor_of(request).address)
    try:
        return await parts_of(request).imports_at_work.submit(upload, plan, asker)
    except TooManyWaitingError as error:
        text = N_("So many imports wait already that no more is taken; try again later.")
        raise Problem("unavailable", text, headers={"Retry-After": "60"}) from error


def upload_of(request: web.Request, key: str) -> Upload:
    """A file that this account has sent. Raises Problem: gone."""
    upload = parts_of(request).imports_at_work.uploads.find(key, account_of(request).id)
    if upload is None:
        raise Problem("gone", N_("The file is not kept any more; choose it again."))
    return upload


def file_refused(error: FileProblemError, _: Translator) -> Problem:
    return Problem("invalid", file_sentence(error.problem, error.detail, _.language))


async def _asked(request: web.Request) -> tuple[Upload, Plan, bool]:
    """The file, its plan, and whether it came with this request. Raises Problem."""
    sent = query_of(request, SentFile)
    if request.content_type == JSON:
        kept = await body_of(request, KeptFile)
        upload = upload_of(request, kept.upload)
        plan = await _plan(request, kept.plan)
        upload.choices = Choices(plan.id, kept.sheet, kept.mapping, kept.due)
        return upload, plan, False
    if request.content_type != MULTIPART:
        # Refused before the file has come.
        await _meant(request, sent)
    upload, sent = await receive(request, sent)
    try:
        plan, mapping = await _meant(request, sent)
    except Problem:
        await forget(request, upload)
        raise
    upload.choices = Choices(plan.id, sent.sheet, mapping, sent.due)
    return upload, plan, True


async def _meant(request: web.Request, sent: SentFile) -> tuple[Plan, dict[str, RowField]]:
    return await _plan(request, sent.plan), _mapping(sent.mapping)


def _mapping(text: str) -> dict[str, RowField]:
    if not text:
        return {}
    try:
        return KeptFile.model_validate({"upload": "x", "plan": "x", "mapping": json.loads(text)}).mapping
    except (ValueError, RecursionError) as error:
        raise _invalid(error) from None


def _invalid(error: Exception) -> Problem:
    found = getattr(error, "errors", None)
    if found is None:
        return Problem("invalid", errors=[FieldProblem(field="mapping", message=N_("is no JSON object"))])
    return Problem("invalid", errors=members(found(include_url=False, include_context=False, include_input=False)))


async def _plan(request: web.Request, key: str | None) -> Plan:
    plan = await plan_of(request, key) if key else None
    if plan is None:
        raise Problem("invalid", errors=[FieldProblem(field="plan", message=N_("there is no such plan"))])
    return plan


async def list_imports(request: web.Request) -> web.Response:
    asked = query_of(request, ImportsAsked)
    found = await parts_of(request).imports.latest(asked.limit, asked.plan or None, place_of(asked.cursor))
    items = [show_import(request, record) for record in found]
    return answer(Page[ImportShown](items=items, next=cursor_after(found, asked.limit)))


def place_of(cursor: str) -> tuple[datetime, str] | None:
    """Raises Problem: invalid."""
    found = from_cursor(cursor, tuple[datetime, str])
    return None if found is None else checked_place(*found)


def cursor_after(found: list[Import], limit: int) -> str | None:
    return to_cursor((found[-1].started_at, found[-1].id)) if len(found) == limit else None


async def read_import(request: web.Request) -> web.Response:
    return answer(show_import(request, await import_of(request)))


async def import_of(request: web.Request) -> Import:
    """The import that the path names. Raises Problem: not_found."""
    record = await parts_of(request).imports.get(request.match_info["import"])
    if record is None:
        raise Problem("not_found")
    return record


async def stop_import(request: web.Request) -> web.Response:
    return answer(show_import(request, await stopped(request)), 202)


async def stopped(request: web.Request) -> Import:
    """Have the import that the path names end after its batch. Raises Problem: closed, changed_meanwhile."""
    record = await import_of(request)
    if record.ended_at is not None:
        raise Problem("closed", N_("This import has ended already."))
    if not await parts_of(request).imports_at_work.stop(record.id):
        raise Problem("changed_meanwhile", N_("This import is run elsewhere, or has just ended."))
    await audit(request, Action.IMPORTED, "import", record.id, file=record.file_name, state="stop asked")
    return await import_of(request)


async def list_problems(request: web.Request) -> web.Response:
    asked, record = query_of(request, ProblemsAsked), await import_of(request)
    language, whole = words_of(request).language, account_of(request).may(Permission.SEE_NUMBERS)
    place = from_cursor(asked.cursor, tuple[int])
    if place is not None and not 0 <= place[0] < 2**62:
        raise Problem("invalid", errors=[FieldProblem(field="cursor", message=N_("is none of ours"))])
    found = await parts_of(request).imports.problem_page(
        record.id, limit=asked.limit, after=place[0] if place else 0, remarks=asked.remarks
    )
    items = [show_problem(each, language, whole=whole) for _, each in found]
    follows = to_cursor((found[-1][0],)) if len(found) == asked.limit else None
    return answer(Page[RowProblemShown](items=items, next=follows))


async def report(request: web.Request) -> web.StreamResponse:
    """Row by row: there may be a million."""
    asked, record = query_of(request, ReportAsked), await import_of(request)
    if not account_of(request).may(Permission.SEE_NUMBERS):
        raise await forbidden(request, "import", record.id, Permission.SEE_NUMBERS)
    await audit(request, Action.EXPORTED, "import", record.id, file=record.file_name, list="bad rows")
    _ = words_of(request)
    stem = record.file_name.rpartition(".")[0] or record.file_name
    title = _("bad-rows")
    response = web.StreamResponse(
        headers={"Content-Disposition": attachment(f"{title}_{stem}", "csv"), "Content-Type": "text/csv"}
    )
    response.charset = "utf-8"
    await response.prepare(request)
    waiting = [report_head(record.headings, _.language)]
    size = 0
    row: list[ImportProblem] = []
    async for each in parts_of(request).imports.problems(record.id):
        if row and row_of(row[0]) != row_of(each):
            waiting.append(report_row(record.headings, row, _.language, remarks=asked.remarks))
            size += len(waiting[-1])
            row = []
        row.append(each)
        if size > _SENT:
            await response.write("".join(waiting).encode())
            waiting, size = [], 0
    if row:
        waiting.append(report_row(record.headings, row, _.language, remarks=asked.remarks))
    await response.write("".join(waiting).encode())
    await response.write_eof()
    return response


_READ, _CHANGE = Permission.READ_QUEUE, Permission.CHANGE_QUEUE
_SENDING = (MULTIPART, "application/octet-stream")
ROUTES = (
    Route(
        "POST",
        "/imports/preview",
        preview,
        _CHANGE,
        "previewImport",
        "A file as it would be understood. Sent as a form (`file`, `plan` …), as the whole body with its parameters in "
        "the address, or named by its `upload`. CSV and XLSX are told by their content.",
        body=KeptFile,
        query=SentFile,
        takes=_SENDING,
        answer=PreviewShown,
        problems=("gone", "too_large", "too_many"),
    ),
    Route(
        "POST",
        "/imports",
        add_import,
        _CHANGE,
        "addImport",
        "Import a file, sent as for a preview. It goes on in the background, one import after another; rows that are "
        "known already change nothing.",
        body=KeptFile,
        query=SentFile,
        takes=_SENDING,
        answer=ImportShown,
        status=202,
        problems=("gone", "too_large", "too_many"),
    ),
    Route(
        "GET",
        "/imports",
        list_imports,
        _READ,
        "listImports",
        "The newest first.",
        query=ImportsAsked,
        answer=Page[ImportShown],
    ),
    Route("GET", "/imports/{import}", read_import, _READ, "getImport", "One import.", answer=ImportShown),
    Route(
        "POST",
        "/imports/{import}/stop",
        stop_import,
        _CHANGE,
        "stopImport",
        "End it after the rows that are under way. What is imported stays; the same file again goes on from there.",
        answer=ImportShown,
        status=202,
        problems=("closed", "changed_meanwhile"),
    ),
    Route(
        "GET",
        "/imports/{import}/problems",
        list_problems,
        _READ,
        "listImportProblems",
        "What is wrong with its rows, in their order.",
        query=ProblemsAsked,
        answer=Page[RowProblemShown],
    ),
    Route(
        "GET",
        "/imports/{import}/problems.csv",
        report,
        _READ,
        "getImportReport",
        "The rows that were not taken in, with line and reason, to be corrected and imported again.",
        query=ReportAsked,
        content=("text/csv",),
    ),
)
