"""`callcenter callbacks import`: callbacks out of a CSV or XLSX file, as many as there are."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from callcenter.app.books import Books
from callcenter.app.offline import importing
from callcenter.cli.books import with_books
from callcenter.cli.context import user_here
from callcenter.cli.options import JSON
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.domain.intake.problems import FileProblemError, RowProblem, file_sentence, problem_sentence
from callcenter.domain.intake.report import report_lines
from callcenter.domain.intake.row import FIELD_NAMES, Field, Import, ImportCounts, ImportState, Understood
from callcenter.domain.people import Plan
from callcenter.domain.words.sentences import Language
from callcenter.engine import importing as engine
from callcenter.engine.import_reading import ReadRow
from callcenter.settings import Settings

SOME_BAD_CODE = 5
"""Exit code: the good rows are in, others were bad."""

SHOWN = 10


class Mapped(click.ParamType[tuple[str, Field]]):
    """`HEADING=FIELD`."""

    name = "heading=field"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Field]:
        heading, equals, field = str(value).rpartition("=")
        names = {**{each.value: each for each in Field}, **{name: each for each, name in FIELD_NAMES.items()}}
        if not equals or not heading.strip() or field.strip() not in names:
            self.fail(f"{value!r} is not HEADING=FIELD, with one of the fields {', '.join(Field)}", param, ctx)
        return heading.strip(), names[field.strip()]


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--plan", "plan_id", required=True)
@click.option("--sheet", default="", help="Of a workbook with several sheets.")
@click.option("--map", "mapping", type=Mapped(), multiple=True, help="What a column holds; it wins over the heading.")
@click.option("--due", type=click.DateTime(["%Y-%m-%d"]), help="Due day of rows without one; in five days if left out.")
@click.option("--preview", is_flag=True, help="Show the first rows as they are understood; write nothing.")
@click.option(
    "--bad-rows",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="CSV file to be written: the rows that were not taken in, with their lines and reasons.",
)
@click.option(
    "--report-language",
    type=click.Choice([each.value for each in Language]),
    default=Language.EN.value,
    show_default=True,
    help="Of the sentences about rows.",
)
@JSON
@with_books
async def import_callbacks(
    settings: Settings,
    books: Books,
    *,
    file: Path,
    plan_id: str,
    sheet: str,
    mapping: Sequence[tuple[str, Field]],
    due: datetime | None,
    preview: bool,
    bad_rows: Path | None,
    report_language: str,
    as_json: bool,
) -> None:
    """Add the customers of a CSV or XLSX file to a plan; the same file again changes nothing.

    Exit code 5 when some rows were bad and the others are in.
    """
    plan = next((plan for plan in await books.people.plans() if plan.id == plan_id), None)
    if plan is None:
        fail(f"There is no plan {plan_id}.")
    if bad_rows is not None and bad_rows.exists() and bad_rows.samefile(file):
        fail("--bad-rows names the file that is imported.")
    language = Language(report_language)
    order = _order(settings, plan, file, sheet, dict(mapping), due.date() if due else None)
    try:
        if preview:
            shown = await importing(books).preview(order)
            _show_preview(shown, language, settings.calls.default_zone, as_json=as_json)
            return
        record = await _run(books, order, silent=as_json)
    except FileProblemError as error:
        _refuse(error, language)
    if bad_rows is not None:
        await _write_report(books, record, bad_rows, language)
    await _show_result(books, record, language, as_json=as_json)
    if record.state is not ImportState.DONE:
        raise SystemExit(1)
    if record.counts.bad:
        raise SystemExit(SOME_BAD_CODE)


def _order(
    settings: Settings, plan: Plan, file: Path, sheet: str, mapping: dict[str, Field], due: date | None
) -> engine.ImportOrder:
    trunk = settings.trunks.get(plan.trunk)
    return engine.ImportOrder(
        plan=plan,
        file=file,
        file_name=file.name,
        by=user_here(),
        region=settings.calls.default_region,
        mapping=mapping,
        sheet=sheet,
        due=due,
        dial_rules=trunk.dial_rules if trunk else None,
    )


async def _run(books: Books, order: engine.ImportOrder, *, silent: bool) -> Import:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=silent) as bar:
        task = bar.add_task("reading", total=None)

        def told(progress: engine.Progress) -> None:
            words = _counted(progress.counts)
            bar.update(task, completed=progress.position, total=progress.total, description=words)

        return await importing(books).run(order, told)


def _counted(counts: ImportCounts) -> str:
    return f"{counts.rows} rows: {counts.new} new, {counts.known} known already, {counts.bad} bad"


async def _show_result(books: Books, record: Import, language: Language, *, as_json: bool) -> None:
    failure = file_sentence(record.failure, record.failure_detail, language) if record.failure else ""
    if as_json:
        shown = asdict(record) | {"failure_sentence": failure, "columns": dict(record.columns)}
        print_json(shown)
        return
    if record.unread:
        console.print(f"columns that nobody understood: {', '.join(record.unread)}", markup=False)
    shown_rows: list[dict[str, str]] = []
    if record.counts.bad or record.counts.remarks:
        async for each in books.imports.problems(record.id):
            shown_rows.append({"line": str(each.line)} | _shown_problem(each.problem, language))
            if len(shown_rows) == SHOWN:
                break
        print_rows(shown_rows, ("line", "column", "problem", "row"), empty="")
        more = record.counts.bad + record.counts.remarks - len(shown_rows)
        if more > 0:
            console.print("…  all bad rows: --bad-rows FILE", markup=False)
    console.print(_counted(record.counts))
    if failure:
        console.print(f"Not read to its end: {failure}", style="red", markup=False)
    elif record.state is not ImportState.DONE:
        console.print(f"the import is {record.state}", style="red")


def _shown_problem(problem: RowProblem, language: Language) -> dict[str, str]:
    verdict = "taken, or known" if problem.remark else "not taken"
    return {"column": problem.column, "problem": problem_sentence(problem, language), "row": verdict}


def _show_preview(preview: engine.Preview, language: Language, zone: str, *, as_json: bool) -> None:
    columns = [
        {"heading": each.heading, "holds": each.field.value if each.field else "(nobody understood it)"}
        for each in preview.layout.columns
    ]
    rows = [_shown_row(row, language, zone) for row in preview.rows]
    failure = file_sentence(preview.failure.problem, preview.failure.detail, language) if preview.failure else ""
    if as_json:
        print_json({"sheet": preview.sheet, "columns": columns, "rows": rows, "failure": failure})
        return
    print_rows(columns, ("heading", "holds"), empty="")
    names = ("line", "name", "number", "organisation", "purpose", "due", "priority", "problems")
    print_rows(rows, names, empty="There is no row below the headings.")
    if failure:
        console.print(f"Not read further: {failure}", style="red", markup=False)
    console.print(f"nothing was written; times: {zone}", style="dim")


def _shown_row(row: ReadRow, language: Language, zone: str) -> dict[str, Any]:
    said = row.said
    problems = said.remarks if isinstance(said, Understood) else said.problems
    told = [
        f"{each.column}: {problem_sentence(each, language)}" if each.column else problem_sentence(each, language)
        for each in problems
    ]
    shown: dict[str, Any] = {"line": said.line, "taken": isinstance(said, Understood), "problems": " ".join(told)}
    if isinstance(said, Understood):
        shown |= {
            "name": said.customer.name,
            "number": ", ".join(number.masked for number in said.customer.numbers),
            "organisation": said.customer.organisation,
            "purpose": said.callback.purpose,
            "due": local(said.callback.due_at, zone),
            "priority": said.callback.priority,
        }
    return shown


async def _write_report(books: Books, record: Import, file: Path, language: Language) -> None:
    """For its owner alone: it holds names and numbers."""
    problems = [each async for each in books.imports.problems(record.id) if not each.problem.remark]
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
        out.writelines(report_lines(record.headings, problems, language))


def _refuse(error: FileProblemError, language: Language) -> NoReturn:
    fail(file_sentence(error.problem, error.detail, language))
