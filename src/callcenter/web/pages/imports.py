"""Callbacks out of a file, for people: choose it, look at it, import it, see what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.intake.headings import HeadingsError
from callcenter.domain.intake.problems import FileProblemError, file_sentence
from callcenter.domain.intake.row import Column, Import, ImportProblem
from callcenter.domain.intake.row import Field as RowField
from callcenter.domain.people import Plan, PlanState
from callcenter.engine.importing import Preview
from callcenter.engine.imports_at_work import Seat, Standing, standing
from callcenter.engine.uploads import Choices, Upload
from callcenter.web.api import imports as api
from callcenter.web.api.imports_shown import RowShown, show_problem, show_row
from callcenter.web.api.plans import plan_of
from callcenter.web.asked import Asked, Day
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, file_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.pages.searching import asked_of
from callcenter.web.parts import account_of, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route
from callcenter.web.uploading import forget

IMPORTS = "/imports"
PAGE = 20
PROBLEMS = 50
MOST_COLUMNS = 500
UNPROCESSABLE = 422
ENDED_BADLY = frozenset({Standing.FAILED, Standing.INTERRUPTED})


class Sought(Asked):
    cursor: str = Field(default="", max_length=500)


class ChoiceForm(Asked):
    """What is chosen for a file before it is imported; the columns come beside it."""

    do: str = Field(pattern="^(preview|import|discard)$")
    plan: str = Field(min_length=1, max_length=200)
    sheet: str = Field(default="", max_length=200)
    due: Day | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One import, and where it stands. seat: None where this service does not have it."""

    record: Import
    seat: Seat | None

    @property
    def standing(self) -> Standing:
        return standing(self.record, self.seat)

    @property
    def goes_on(self) -> bool:
        return self.record.ended_at is None

    @property
    def mark(self) -> str:
        if self.standing in ENDED_BADLY or self.record.counts.bad:
            return "bad" if self.standing is Standing.FAILED else "warn"
        return "good" if self.standing is Standing.DONE else ""


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it would be understood. columns: also where the needed ones were not found. failure: a sentence."""

    columns: tuple[Column, ...] = ()
    preview: Preview | None = None
    sheets: tuple[str, ...] = ()
    failure: str = ""

    @property
    def ready(self) -> bool:
        return self.preview is not None


async def imports_page(request: web.Request) -> web.Response:
    return await _page(request, Form())


async def _page(request: web.Request, form: Form, status: int = 200) -> web.Response:
    parts = parts_of(request)
    asked, _form = asked_of(request, Sought)
    if asked is None:
        raise Problem("invalid")
    found = await parts.imports.latest(PAGE, after=api.place_of(asked.cursor))
    plans = await parts.people.plans()
    values = {
        "form": form,
        "imports": [_shown(request, record) for record in found],
        "follows": api.cursor_after(found, PAGE) or "",
        "plans": _open_plans(plans),
        "plan_names": {plan.id: plan.name for plan in plans},
        "most_bytes": parts.terms.max_upload_bytes,
        "most": max(1, parts.terms.max_upload_bytes // 1_000_000),
    }
    if "HX-Request" in request.headers and asked.cursor:
        return render(request, "imports_rows.html", values)
    return render(request, "imports.html", values, status)


def _open_plans(plans: list[Plan]) -> list[tuple[str, str]]:
    return [(plan.id, plan.name) for plan in plans if plan.state is not PlanState.FINISHED]


def _shown(request: web.Request, record: Import) -> Shown:
    return Shown(record, parts_of(request).imports_at_work.seat(record.id))


async def upload(request: web.Request) -> web.Response:
    """Keep the file, and go on to look at it."""
    _ = words_of(request)
    try:
        kept, form = await file_of(request, _)
    except FormError as error:
        return await _page(request, error.form, UNPROCESSABLE)
    if kept is None:
        return await _page(request, Form(form.values, {"file": _("Please choose a file.")}), UNPROCESSABLE)
    plan = await plan_of(request, str(form["plan"]))
    if plan is None:
        await forget(request, kept)
        return await _page(request, Form(form.values, {"plan": _("Please choose one.")}), UNPROCESSABLE)
    kept.choices = Choices(plan.id)
    raise go(_path(kept))


def _path(upload: Upload) -> str:
    return f"{IMPORTS}/uploads/{upload.key}"


async def preview_page(request: web.Request) -> web.Response:
    kept = api.upload_of(request, request.match_info["upload"])
    if kept.import_id:
        raise go(f"{IMPORTS}/{kept.import_id}")
    return await _preview_page(request, kept, {})


async def _preview_page(
    request: web.Request, kept: Upload, errors: Mapping[str, str], status: int = 200
) -> web.Response:
    plans = await parts_of(request).people.plans()
    plan = next((plan for plan in plans if plan.id == kept.choices.plan_id), None)
    look = await _look(request, kept, plan) if plan else Look()
    choices = kept.choices
    sheet = choices.sheet or (look.preview.sheet if look.preview else "")
    values = {
        "upload": kept,
        "look": look,
        "plan": plan,
        "plans": _open_plans(plans),
        "sheets": [(name, name) for name in look.sheets],
        "form": Form({"plan": choices.plan_id, "sheet": sheet, "due": choices.due or ""}, errors),
        "fields": tuple(RowField),
        "samples": _samples(look),
        "rows": _rows(request, look),
    }
    return render(request, "imports_preview.html", values, status)


async def _look(request: web.Request, kept: Upload, plan: Plan) -> Look:
    _, imports = words_of(request), parts_of(request).imports_at_work
    sheets: tuple[str, ...] = ()
    try:
        sheets = await imports.sheets(kept)
        found = await imports.preview(kept, plan)
    except HeadingsError as error:
        return Look(error.columns, None, sheets, file_sentence(error.problem, error.detail, _.language))
    except FileProblemError as error:
        return Look((), None, sheets, file_sentence(error.problem, error.detail, _.language))
    failure = file_sentence(found.failure.problem, found.failure.detail, _.language) if found.failure else ""
    return Look(found.layout.columns, found, sheets, failure)


def _samples(look: Look) -> dict[int, str]:
    """The first value of each column."""
    rows = look.preview.rows if look.preview else ()
    return {
        column.index: next((row.cells[column.index] for row in rows if len(row.cells) > column.index), "")
        for column in look.columns
    }


def _rows(request: web.Request, look: Look) -> list[RowShown]:
    language, whole = words_of(request).language, account_of(request).may(Permission.SEE_NUMBERS)
    return [show_row(row, language, whole=whole) for row in look.preview.rows] if look.preview else []


async def choose(request: web.Request) -> web.Response:
    """Look again with other columns, import, or give it up."""
    _, imports = words_of(request), parts_of(request).imports_at_work
    kept = api.upload_of(request, request.match_info["upload"])
    if kept.import_id:
        raise go(f"{IMPORTS}/{kept.import_id}")
    given = await fields_of(request)
    columns = {name: given.pop(name) for name in [*given] if name.partition("-")[0] in {"heading", "was", "column"}}
    try:
        asked = checked(given, ChoiceForm, _).model
    except FormError as error:
        if "do" in error.form.errors:
            raise Problem("invalid") from error
        return await _preview_page(request, kept, error.form.errors, UNPROCESSABLE)
    if asked.do == "discard":
        await imports.uploads.forget(kept)
        raise go(IMPORTS)
    plan = await plan_of(request, asked.plan)
    if plan is None:
        return await _preview_page(request, kept, {"plan": _("Please choose one.")}, UNPROCESSABLE)
    same = asked.sheet in {"", kept.choices.sheet} or not kept.choices.sheet
    mapping = _mapping(kept.choices.mapping, columns) if same else {}
    kept.choices = replace(kept.choices, plan_id=plan.id, sheet=asked.sheet, mapping=mapping, due=asked.due)
    if asked.do == "preview":
        raise go(_path(kept))
    try:
        record = await api.submit(request, kept, plan)
    except FileProblemError as error:
        # The page says why, with the columns as they are chosen now.
        raise go(_path(kept)) from error
    raise go(f"{IMPORTS}/{record.id}")


def _mapping(before: Mapping[str, RowField], columns: Mapping[str, Any]) -> dict[str, RowField]:
    """What was chosen before, and now; columns that were left as they were stay recognised by themselves."""
    mapping = dict(before)
    for index in range(MOST_COLUMNS):
        heading, was, now = (columns.get(f"{name}-{index}") for name in ("heading", "was", "column"))
        if heading is None or now is None or now == was:
            continue
        if now == "":
            mapping.pop(heading, None)
        elif now in set(RowField):
            mapping[heading] = RowField(now)
        else:
            raise Problem("invalid")
    return mapping


async def import_page(request: web.Request) -> web.Response:
    return render(request, "imports_one.html", await _one(request))


async def now_part(request: web.Request) -> web.Response:
    """How it stands, alone: asked for again and again while it goes on."""
    return render(request, "imports_now.html", await _one(request))


async def _one(request: web.Request) -> dict[str, Any]:
    record = await api.import_of(request)
    parts = parts_of(request)
    language, whole = words_of(request).language, account_of(request).may(Permission.SEE_NUMBERS)
    problems = await parts.imports.problem_page(record.id, limit=PROBLEMS)
    plan = await plan_of(request, record.plan_id)
    failure = record.failure
    return {
        "one": _shown(request, record),
        "plan": plan.name if plan else record.plan_id,
        "failure": file_sentence(failure, record.failure_detail, language) if failure else "",
        "problems": [
            (show_problem(each, language, whole=whole), _value(record, each) if whole else "") for _, each in problems
        ],
        "more": record.counts.bad + record.counts.remarks > len(problems),
        "columns": [(heading, RowField(field)) for heading, field in record.columns],
        "whole": whole,
    }


def _value(record: Import, each: ImportProblem) -> str:
    """What stands in the cell that is meant; empty where the row as a whole is."""
    column = each.problem.column
    place = record.headings.index(column) if column and column in record.headings else len(each.cells)
    return each.cells[place] if place < len(each.cells) else ""


async def stop(request: web.Request) -> web.Response:
    record = await api.stopped(request)
    raise go(f"{IMPORTS}/{record.id}", "import_stops")


_READ, _CHANGE = Permission.READ_QUEUE, Permission.CHANGE_QUEUE
ROUTES = (
    Route("GET", IMPORTS, imports_page, _READ, "pageImports", page=True),
    Route("POST", IMPORTS, upload, _CHANGE, "pageUpload", page=True),
    Route("GET", "/imports/uploads/{upload}", preview_page, _CHANGE, "pagePreview", page=True),
    Route("POST", "/imports/uploads/{upload}", choose, _CHANGE, "pageChoose", page=True),
    Route("GET", "/imports/{import}", import_page, _READ, "pageImport", page=True),
    Route("GET", "/imports/{import}/now", now_part, _READ, "pageImportNow", page=True),
    Route("POST", "/imports/{import}/stop", stop, _CHANGE, "pageImportStop", page=True),
)
