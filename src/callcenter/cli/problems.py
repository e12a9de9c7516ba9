"""`callcenter problems`: what came up in talks, and what was done about it."""

import secrets
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from callcenter.app.books import Books
from callcenter.app.offline import second_visits
from callcenter.app.questioning import problem_cases, questioning
from callcenter.cli.books import with_books
from callcenter.cli.deciders import BY, decider, talker
from callcenter.cli.options import JSON, LIMIT, Words
from callcenter.cli.output import console, fail, local, print_json, print_rows, print_values
from callcenter.domain.access import Permission
from callcenter.domain.visits.problem_cases import (
    BY_HAND,
    LONGEST_WORDS,
    CaseDeed,
    CaseSearch,
    CaseState,
    ProblemCase,
    Uncloseable,
    Unvisitable,
)
from callcenter.domain.visits.second_visit import StillToVisit
from callcenter.engine.clock import WallClock
from callcenter.engine.problem_cases import CaseChangedError, CaseNotFoundError, Complaint
from callcenter.engine.questioning import SheetClosedError
from callcenter.settings import Settings

WHY = {
    Uncloseable.WORDS_LACKING: "Say with --note what was done.",
    Uncloseable.NOT_FROM_HERE: "This does not follow the state in which the case is.",
    Unvisitable.NOT_MAJOR: "Only a major anomaly that stands leads to a second visit.",
    Unvisitable.ASKED_ALREADY: "The second visit is asked for already.",
    Unvisitable.CLOSED: "The case is closed: open it again first.",
}
STEPS = {
    CaseDeed.HANDLE: "Say that a problem was handled, and how.",
    CaseDeed.CLOSE: "Close a case that was handled.",
    CaseDeed.REOPEN: "Open a case again, and say why.",
}


@click.group()
def problems() -> None:
    """Problems and complaints that came up in talks (问题件)."""


@problems.command("list")
@click.option("--state", type=click.Choice([each.value for each in CaseState]))
@click.option("--department", default="", help="Only those that it is to handle.")
@click.option("--major", is_flag=True, help="Only major anomalies.")
@click.option("--overdue", is_flag=True, help="Only open ones that should have been handled by now.")
@click.option("--callback", "callback_id", default="")
@LIMIT
@JSON
@with_books
async def list_problems(
    settings: Settings,
    books: Books,
    *,
    state: str | None,
    department: str,
    major: bool,
    overdue: bool,
    callback_id: str,
    limit: int,
    as_json: bool,
) -> None:
    """List problem cases, the most urgent first."""
    now = datetime.now(UTC)
    search = CaseSearch(
        CaseState(state) if state else None, department, major, now if overdue else None, callback_id=callback_id
    )
    rows = [_shown(each) for each in await books.problem_cases.search(search, limit=limit)]
    if as_json:
        print_json(rows)
        return
    zone = settings.calls.default_zone
    for row in rows:
        row["due"] = local(row["due_at"], zone)
    columns = ("id", "due", "state", "major", "title", "department", "callback_id", "second_visit")
    print_rows(rows, columns, empty="No problem like that.")
    console.print(f"times: {zone}", style="dim")


@problems.command("show")
@click.argument("case_id")
@JSON
@with_books
async def show_problem(settings: Settings, books: Books, *, case_id: str, as_json: bool) -> None:
    """Show a case with every step that was taken."""
    case = await _case(books, case_id)
    steps = [asdict(each) for each in await books.problem_cases.steps(case_id)]
    if as_json:
        print_json({**_shown(case), "steps": steps})
        return
    zone = settings.calls.default_zone
    times = ("raised_at", "due_at")
    print_values({name: local(value, zone) if name in times else value for name, value in _shown(case).items()})
    rows = [{**each, "at": local(each["at"], zone)} for each in steps]
    print_rows(rows, ("at", "login", "deed", "after", "note"), empty="")
    console.print(f"times: {zone}", style="dim")


@problems.command("raise")
@click.argument("attempt_id")
@click.option("--words", type=Words(LONGEST_WORDS, lines=True), required=True, help="In the customer's own words.")
@click.option("--department", default="", help="Who is to handle it, where that is known.")
@click.option("--major", is_flag=True, help="It is a major anomaly.")
@BY
@with_books
async def raise_problem(
    _settings: Settings, books: Books, *, attempt_id: str, words: str, department: str, major: bool, by: str
) -> None:
    """Write down a complaint of a talk whose log is still open."""
    agent, _ = await talker(books, by, attempt_id)
    complaint = Complaint(words, secrets.token_hex(12), department, major)
    try:
        case = await questioning(books, WallClock()).complain(attempt_id, complaint, agent)
    except SheetClosedError:
        fail("The log of this talk is closed: what was said in it stays.")
    console.print(f"{case.id} raised", markup=False)


def _step(deed: CaseDeed) -> click.Command:
    @click.argument("case_id")
    @click.option("--note", type=Words(LONGEST_WORDS, lines=True), required=True, help="What was done, or why.")
    @BY
    @with_books
    async def take(_settings: Settings, books: Books, *, case_id: str, note: str, by: str) -> None:
        supervisor = await decider(books, by, Permission.HANDLE_PROBLEMS, "handle problems")
        case = await _case(books, case_id)
        try:
            after = await problem_cases(books, WallClock()).move(case_id, deed, note, case.version, supervisor)
        except CaseChangedError:
            fail("Somebody else changed this case meanwhile; look at it again.")
        if isinstance(after, StillToVisit):
            fail(_unclosed(after))
        if isinstance(after, Uncloseable):
            fail(WHY[after])
        console.print(f"{case_id}: {after.state}", markup=False)

    return click.command(deed.value, help=STEPS[deed])(take)


for _deed in CaseDeed:
    if _deed in BY_HAND:
        problems.add_command(_step(_deed))


@problems.command("second-visit")
@click.argument("case_id")
@BY
@with_books
async def second_visit(_settings: Settings, books: Books, *, case_id: str, by: str) -> None:
    """Have the customer of a major anomaly visited again by somebody else."""
    supervisor = await decider(books, by, Permission.HANDLE_PROBLEMS, "handle problems")
    case = await _case(books, case_id)
    try:
        after = await second_visits(books).ask(case_id, case.version, supervisor)
    except (CaseChangedError, CaseNotFoundError):
        fail("Somebody else changed this case meanwhile; look at it again.")
    if isinstance(after, Unvisitable):
        fail(WHY[after])
    console.print(f"callback {after.second_visit} added", markup=False)


def _unclosed(why: StillToVisit) -> str:
    if why.visit is None:
        return "The policy wants a second visit, and there is none yet: `callcenter problems second-visit` adds it."
    return f"The second visit, callback {why.visit.id}, is still to be made ({why.visit.state})."


async def _case(books: Books, case_id: str) -> ProblemCase:
    case = await books.problem_cases.get(case_id)
    if case is None:
        fail(f"There is no problem case {case_id}.")
    return case


def _shown(case: ProblemCase) -> dict[str, Any]:
    return asdict(case)
