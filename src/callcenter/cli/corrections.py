"""`callcenter corrections`: what customers' records tell wrongly, and whether it was mended."""

import secrets
from dataclasses import asdict

import click

from callcenter.app.books import Books
from callcenter.app.questioning import correcting
from callcenter.cli.books import with_books
from callcenter.cli.deciders import BY, decider, talker
from callcenter.cli.new_number import parsed_number
from callcenter.cli.options import JSON, LIMIT, WORDS
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.domain.access import Permission
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.visits.corrections import CorrectedField, Correction, CorrectionState, Uncorrectable
from callcenter.engine.clock import WallClock
from callcenter.engine.correcting import CorrectionChangedError, Proposed
from callcenter.settings import Settings

WHY = {
    Uncorrectable.NOTHING_NEW: "The record tells this already.",
    Uncorrectable.EMPTY: "It is empty.",
    Uncorrectable.OLD_CHANGED: "The record tells something else by now.",
    Uncorrectable.DECIDED: "It is decided already.",
}


@click.group()
def corrections() -> None:
    """Corrections of customers' data, from old to new."""


@corrections.command("list")
@click.option("--state", type=click.Choice([each.value for each in CorrectionState]), help="proposed: to be decided.")
@LIMIT
@JSON
@with_books
async def list_corrections(settings: Settings, books: Books, *, state: str | None, limit: int, as_json: bool) -> None:
    """List corrections, the oldest first; numbers are masked."""
    found = await books.corrections.search(CorrectionState(state) if state else None, limit=limit)
    rows = [asdict(each) | {name: _masked(each, getattr(each, name)) for name in ("old", "new")} for each in found]
    if as_json:
        print_json(rows)
        return
    zone = settings.calls.default_zone
    shown = [{**row, "proposed": local(row["at"], zone)} for row in rows]
    columns = ("id", "proposed", "login", "field", "old", "new", "state", "decided_by", "callback_id")
    print_rows(shown, columns, empty="No correction like that.")
    console.print(f"times: {zone}", style="dim")


@corrections.command("propose")
@click.argument("attempt_id")
@click.option("--field", type=click.Choice([each.value for each in CorrectedField]), required=True)
@click.option("--new", type=WORDS, required=True, help="What is right.")
@click.option("--replaces", type=click.IntRange(0, 100), help="Which of the numbers, from 0; else it is one more.")
@BY
@with_books
async def propose(
    settings: Settings, books: Books, *, attempt_id: str, field: str, new: str, replaces: int | None, by: str
) -> None:
    """Say what the record of the customer of a talk tells wrongly."""
    agent, attempt = await talker(books, by, attempt_id)
    kind = CorrectedField(field)
    if kind is CorrectedField.NUMBER:
        case = await books.callbacks.case(attempt.callback_id)
        new = parsed_number(settings, case.plan.trunk if case else "", new, "--new").e164
    elif replaces is not None:
        fail("--replaces is for numbers.", code=2)
    proposed = Proposed(kind, new, secrets.token_hex(12), replaces)
    made = await correcting(books, WallClock()).propose(attempt_id, proposed, agent)
    if isinstance(made, Uncorrectable):
        fail(f"--new: {WHY[made]}")
    console.print(f"{made.id} proposed", markup=False)


@corrections.command("accept")
@click.argument("correction_id")
@BY
@with_books
async def accept(_settings: Settings, books: Books, *, correction_id: str, by: str) -> None:
    """Take a correction over into the customer's record."""
    await _decide(books, correction_id, by, accept=True)


@corrections.command("decline")
@click.argument("correction_id")
@BY
@with_books
async def decline(_settings: Settings, books: Books, *, correction_id: str, by: str) -> None:
    """Leave the customer's record as it is."""
    await _decide(books, correction_id, by, accept=False)


async def _decide(books: Books, key: str, login: str, *, accept: bool) -> None:
    supervisor = await decider(books, login, Permission.HANDLE_PROBLEMS, "decide corrections")
    known = await books.corrections.get(key)
    if known is None:
        fail(f"There is no correction {key}.")
    try:
        after = await correcting(books, WallClock()).decide(key, known.version, supervisor, accept=accept)
    except CorrectionChangedError:
        fail("Somebody else decided of it meanwhile.")
    if isinstance(after, Uncorrectable):
        fail(WHY[after])
    console.print(f"{key}: {after.state}", markup=False)


def _masked(correction: Correction, value: str) -> str:
    number = correction.field is CorrectedField.NUMBER and value
    return PhoneNumber(value).masked if number else value
