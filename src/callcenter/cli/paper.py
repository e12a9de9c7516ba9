"""`callcenter visits`: those that were made without a call, on site or by letter, and the scans that prove them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from callcenter.app.books import Books
from callcenter.app.offline import paper
from callcenter.cli.books import with_books
from callcenter.cli.deciders import BY, decider
from callcenter.cli.instants import AT, instant
from callcenter.cli.options import JSON, KEY, Words
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.domain.access import Permission
from callcenter.domain.audit import Action, Deed
from callcenter.domain.people import Case
from callcenter.domain.recording import ArchiveFullError
from callcenter.domain.refusal import Rule
from callcenter.domain.visits.paper import PAPER_CHANNELS, PaperMistake, PaperResult, PaperVisit
from callcenter.domain.words.sentences import sentence
from callcenter.engine.clock import WallClock
from callcenter.engine.decisions import By
from callcenter.engine.paper import (
    PaperMovedError,
    PaperRefusedError,
    PaperWrongError,
    ScanTooLargeError,
    ScanWrongError,
    Shown,
)
from callcenter.settings import Settings

TEXT = Words(10_000, lines=True)
WHY = {
    PaperMistake.CHANNEL: "--channel is no way of a visit without a call.",
    PaperMistake.RESULT: "--result does not go with this way of visiting.",
    PaperMistake.FUTURE: "--at lies in the future.",
    PaperMistake.CONTENT: "--content is missing.",
    PaperMistake.NEXT_VISIT: "--next-visit-at is missing: something is left unsolved.",
    PaperMistake.NEXT_VISIT_PAST: "--next-visit-at lies in the past.",
}


@click.group()
def visits() -> None:
    """Visits without a call: on site, or by letter."""


@visits.command("list")
@click.argument("callback", type=KEY)
@JSON
@with_books
async def list_visits(settings: Settings, books: Books, *, callback: str, as_json: bool) -> None:
    """List the visits of a callback, the latest first, with their scans."""
    case = await _case(books, callback)
    rows: list[dict[str, Any]] = [
        {
            **asdict(each.found.visit),
            "wants_scan": each.wants_scan,
            "scans": [asdict(scan) for scan in each.found.scans],
        }
        for each in await paper(settings, books).of_case(case)
    ]
    if as_json:
        print_json(rows)
        return
    zone = settings.calls.default_zone
    for row in rows:
        row |= {"visited": local(row["visited_at"], zone), "next_visit": local(row["next_visit_at"], zone)}
        row |= {"scans": len(row["scans"]) or ("missing" if row["wants_scan"] else 0)}
    columns = ("id", "visited", "channel", "result", "agent_id", "scans", "next_visit", "written_by")
    print_rows(rows, columns, empty="None yet.")
    console.print(f"times: {zone}", style="dim")


@visits.command("write")
@click.argument("callback", type=KEY)
@click.option("--agent", required=True, help="Id or staff number of who made it.")
@click.option("--channel", type=click.Choice([each.value for each in PAPER_CHANNELS]), required=True)
@click.option("--result", type=click.Choice([each.value for each in PaperResult]), required=True)
@click.option("--at", required=True, help=f"When it was made. {AT}")
@click.option("--content", type=TEXT, help="What was asked and answered.")
@click.option("--problems", type=TEXT, help="What the customer complained of.")
@click.option("--handling-result", type=TEXT, help="What was done about it.")
@click.option("--own-words", type=TEXT, help="What the customer said, word for word.")
@click.option("--resolved/--unresolved", default=None)
@click.option("--next-visit-at", help=AT)
@click.option("--reason", type=Words(1000), help="Why it is written down although a rule that allows it says no.")
@BY
@with_books
async def write_visit(
    settings: Settings,
    books: Books,
    /,
    *,
    callback: str,
    agent: str,
    channel: str,
    result: str,
    at: str,
    next_visit_at: str | None,
    reason: str | None,
    by: str,
    **told: Any,
) -> None:
    """Write down a visit; it is never changed, and its callback moves as after a talk."""
    who, case = await decider(books, by, Permission.CHANGE_QUEUE, "write down visits"), await _case(books, callback)
    made_by = await books.people.agent(agent)
    if made_by is None:
        fail(f"There is no agent {agent!r}; `callcenter agents list` tells them.")
    zone = settings.calls.default_zone
    visited = instant(at, zone, "--at")
    draft = PaperVisit(
        id="",
        callback_id=callback,
        agent_id=made_by.id,
        channel=next(each for each in PAPER_CHANNELS if each.value == channel),
        visited_at=visited,
        result=PaperResult(result),
        written_at=visited,
        written_by=who.account.login,
        keep_until=visited,
        next_visit_at=instant(next_visit_at, zone, "--next-visit-at") if next_visit_at else None,
        resolved=told.pop("resolved"),
        **{name: words or "" for name, words in told.items()},
    )
    visit, after = await _written(settings, books, case, draft, who, reason or "")
    console.print(f"visit {visit.id} written down; the callback is now: {after}", markup=False)


async def _written(
    settings: Settings, books: Books, case: Case, draft: PaperVisit, who: By, reason: str
) -> tuple[PaperVisit, str]:
    """The visit, and what became of its callback."""
    try:
        async with books.audit.together():
            overrides = {Rule.SECOND_VISIT: reason} if reason else {}
            for rule in overrides:
                detail = {"rule": rule.value, "reason": reason[:500]}
                await books.audit.write(_deed(Action.OVERRIDDEN, "callback", draft.callback_id, who, detail))
            visit = await paper(settings, books).write(case, draft, overrides)
            state = ((await books.callbacks.case(draft.callback_id)) or case).callback.state.value
            detail = {"callback": visit.callback_id, "channel": visit.channel, "result": visit.result, "after": state}
            await books.audit.write(_deed(Action.VISIT_WRITTEN, "paper_visit", visit.id, who, detail))
    except PaperWrongError as error:
        fail(*(WHY[each] for each in error.mistakes))
    except PaperRefusedError as error:
        fail(sentence(error.refusal, zone=settings.calls.default_zone), code=3)
    except PaperMovedError:
        fail("Somebody else changed this callback meanwhile; look at it again.")
    return visit, state


@visits.command("attach")
@click.argument("visit_id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@BY
@with_books
async def attach_scan(settings: Settings, books: Books, *, visit_id: str, file: Path, by: str) -> None:
    """Attach a scan to a visit: PDF, JPEG or PNG; it is kept as long as the visit."""
    who = await decider(books, by, Permission.CHANGE_QUEUE, "write down visits")
    book = paper(settings, books)
    found = await book.get(visit_id)
    if found is None:
        fail(f"There is no visit {visit_id}.")
    try:
        scan = await book.scanned(found.visit, file, file.name, who.account.login)
    except ScanWrongError:
        fail(f"{file.name} is no whole PDF, JPEG or PNG.")
    except ScanTooLargeError:
        fail(f"{file.name} is too large.")
    except ArchiveFullError as error:
        fail(str(error))
    async with books.audit.together():
        await book.attach(scan)
        detail = {"visit": visit_id, "sha256": scan.sha256}
        await books.audit.write(_deed(Action.SCAN_ADDED, "scan", scan.id, who, detail))
    console.print(f"{file.name} attached, SHA-256 {scan.sha256}", markup=False)


def _shown(shown: Shown) -> dict[str, Any]:
    scans = [asdict(scan) for scan in shown.found.scans]
    return {**asdict(shown.found.visit), "wants_scan": shown.wants_scan, "scans": scans}


def _deed(action: Action, kind: str, key: str, who: By, detail: dict[str, str]) -> Deed:
    now = WallClock().now()
    return Deed(now, action, who.account.id, who.account.login, kind, key, detail)


async def _case(books: Books, callback: str) -> Case:
    case = await books.callbacks.case(callback)
    if case is None:
        fail(f"There is no callback {callback}.")
    return case
