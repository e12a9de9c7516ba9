"""An import, and what a file would become, as the API tells it."""

from dataclasses import replace

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.intake.problems import FileProblem, RowProblem, file_sentence, problem_sentence
from callcenter.domain.intake.problems import Problem as ProblemCode
from callcenter.domain.intake.row import Field as RowField
from callcenter.domain.intake.row import Import, ImportProblem, Understood
from callcenter.domain.people import VisitType
from callcenter.domain.words.sentences import Language
from callcenter.engine.import_reading import ReadRow
from callcenter.engine.importing import Preview
from callcenter.engine.imports_at_work import Standing, standing
from callcenter.engine.uploads import Upload
from callcenter.web.api.answers import Answer, Instant
from callcenter.web.parts import account_of, parts_of, words_of
from callcenter.web.shown import show_number


class ColumnShown(Answer):
    heading: str
    field: RowField | None = Field(description="What it holds; null: nobody understood it, and it is not read.")


class RowProblemShown(Answer):
    line: int = Field(description="In the file, from 1.")
    column: str = Field(description="Its heading; empty: the row as a whole.")
    problem: ProblemCode
    remark: bool = Field(description="The row is taken in, or known, all the same.")
    message: str = Field(description="A sentence in your language.")
    cells: list[str] = Field(default_factory=list, description="The row as it stands in the file.")


class RowShown(Answer):
    """A row as it is understood; a row that cannot be taken in has problems and nothing else."""

    line: int
    taken: bool
    name: str = ""
    organisation: str = ""
    numbers: list[str] = Field(default_factory=list)
    purpose: str = ""
    visit_type: VisitType | None = None
    due_at: Instant | None = None
    priority: int | None = None
    zone: str = ""
    language: str = ""
    manager: str = ""
    department: str = ""
    customer_class: str = ""
    trigger: str = ""
    triggered_at: Instant | None = None
    not_before: Instant | None = None
    dislikes_calls: bool = False
    job_title: str = ""
    product: str = ""
    needs: str = ""
    problems: list[RowProblemShown] = Field(default_factory=list)


class PreviewShown(Answer):
    """The file as it would be understood; nothing is written."""

    upload: str = Field(description="Names the file for a while, so that it need not be sent again.")
    file_name: str
    size_bytes: int
    plan: str
    sheet: str = Field(description="Empty for a text file.")
    sheets: list[str] = Field(description="Those of the workbook.")
    columns: list[ColumnShown]
    rows: list[RowShown] = Field(description="The first ones.")
    failure: str = Field(description="Why not all of these rows could be read; empty: they could.")


class Counts(Answer):
    """rows: read, blank ones apart; each is new, known or bad."""

    rows: int
    new: int
    known: int
    bad: int
    remarks: int


class ImportShown(Answer):
    """One run over one file."""

    id: str
    plan: str = Field(description="Id of the plan.")
    file_name: str
    sha256: str
    size_bytes: int
    sheet: str
    by: str
    state: Standing
    ahead: int = Field(description="Imports that run before it.")
    percent: int | None = Field(description="Of the file, while this service runs it.")
    started_at: Instant
    seen_at: Instant = Field(description="Its last sign of life.")
    ended_at: Instant | None
    counts: Counts
    columns: list[ColumnShown]
    unread: list[str] = Field(description="Headings that nobody understood.")
    failure: FileProblem | None = Field(description="Why the file was not read to its end.")
    message: str = Field(description="The same as a sentence in your language.")


def show_preview(request: web.Request, upload: Upload, found: Preview, sheets: tuple[str, ...]) -> PreviewShown:
    _, whole = words_of(request), account_of(request).may(Permission.SEE_NUMBERS)
    failure = file_sentence(found.failure.problem, found.failure.detail, _.language) if found.failure else ""
    return PreviewShown(
        upload=upload.key,
        file_name=upload.file_name,
        size_bytes=upload.size_bytes,
        plan=upload.choices.plan_id,
        sheet=found.sheet,
        sheets=list(sheets),
        columns=[ColumnShown(heading=each.heading, field=each.field) for each in found.layout.columns],
        rows=[show_row(row, _.language, whole=whole) for row in found.rows],
        failure=failure,
    )


def show_row(row: ReadRow, language: Language, *, whole: bool) -> RowShown:
    said = row.said
    problems = said.remarks if isinstance(said, Understood) else said.problems
    told = [_show_problem(said.line, each, language, whole=whole) for each in problems]
    if not isinstance(said, Understood):
        return RowShown(line=said.line, taken=False, problems=told)
    customer, callback = said.customer, said.callback
    return RowShown(
        line=said.line,
        taken=True,
        name=customer.name,
        organisation=customer.organisation,
        numbers=[show_number(number, whole=whole) for number in customer.numbers],
        purpose=callback.purpose,
        visit_type=callback.visit_type,
        due_at=callback.due_at,
        priority=callback.priority,
        zone=customer.zone,
        language=customer.language,
        manager=customer.manager,
        department=customer.department,
        customer_class=customer.customer_class,
        trigger=callback.trigger,
        triggered_at=callback.triggered_at,
        not_before=callback.not_before,
        dislikes_calls=customer.dislikes_calls,
        job_title=customer.job_title,
        product=customer.product,
        needs=customer.needs,
        problems=told,
    )


def show_problem(each: ImportProblem, language: Language, *, whole: bool) -> RowProblemShown:
    """whole: who asks may see numbers; else neither cells nor values are told."""
    told = _show_problem(each.line, each.problem, language, whole=whole)
    return told.model_copy(update={"cells": list(each.cells) if whole else []})


def _show_problem(line: int, problem: RowProblem, language: Language, *, whole: bool) -> RowProblemShown:
    if not whole:
        problem = replace(problem, detail={name: text for name, text in problem.detail.items() if name != "value"})
    return RowProblemShown(
        line=line,
        column=problem.column,
        problem=problem.problem,
        remark=problem.remark,
        message=problem_sentence(problem, language),
    )


def show_import(request: web.Request, record: Import) -> ImportShown:
    seat = parts_of(request).imports_at_work.seat(record.id)
    failure = record.failure
    sentence = file_sentence(failure, record.failure_detail, words_of(request).language) if failure else ""
    counts = record.counts
    return ImportShown(
        id=record.id,
        plan=record.plan_id,
        file_name=record.file_name,
        sha256=record.sha256,
        size_bytes=record.size_bytes,
        sheet=record.sheet,
        by=record.by,
        state=standing(record, seat),
        ahead=seat.ahead if seat else 0,
        percent=seat.percent if seat and record.ended_at is None else None,
        started_at=record.started_at,
        seen_at=record.seen_at,
        ended_at=record.ended_at,
        counts=Counts(rows=counts.rows, new=counts.new, known=counts.known, bad=counts.bad, remarks=counts.remarks),
        columns=[ColumnShown(heading=heading, field=RowField(field)) for heading, field in record.columns],
        unread=list(record.unread),
        failure=failure,
        message=sentence,
    )
