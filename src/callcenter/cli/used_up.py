"""`callcenter callbacks give-back · close · reopen · settle-return`: what is decided of callbacks that wait for it."""

from collections.abc import Awaitable
from datetime import datetime

import click

from callcenter.app.books import Books
from callcenter.cli.books import with_books
from callcenter.cli.deciders import BY, decider
from callcenter.cli.instants import AT, instant
from callcenter.cli.options import KEY, WORDS
from callcenter.cli.output import console, fail
from callcenter.domain.access import Permission
from callcenter.domain.people import Case
from callcenter.domain.visits.exhaustion import CloseReason, Undecidable
from callcenter.engine.clock import WallClock
from callcenter.engine.decisions import By, CallbackChangedError, DecisionParts, Decisions
from callcenter.settings import Settings

WHY = {
    Undecidable.NOT_EXHAUSTED: "Its attempts are not used up.",
    Undecidable.NOT_CLOSED: "It is not closed.",
    Undecidable.REASON_LACKING: "Give a reason; `other` needs a --note.",
    Undecidable.TIME_PAST: "--not-before lies in the past.",
    Undecidable.TIME_TOO_FAR: "--not-before is more than a year ahead.",
    Undecidable.ROUNDS_USED_UP: "The policy allows no further round by telephone.",
    Undecidable.BEYOND_ROUNDS: "The policy's rounds are used up; if it is meant so: --all-the-same",
    Undecidable.NUMBER_AWAITED: "A new number is waited for; if it is meant so: --all-the-same",
    Undecidable.NUMBER_KNOWN: "This is one of the customer's numbers already.",
    Undecidable.NOT_RUNG: "Nobody who rang back waits for an answer there.",
}
CALLBACK = click.argument("callback", type=KEY)


@click.command("give-back")
@CALLBACK
@click.option("--reason", type=WORDS, required=True, help="Why it shall be tried again.")
@click.option("--not-before", help=AT)
@click.option("--all-the-same", is_flag=True, help="Also beyond the policy's rounds, where it allows that.")
@BY
@with_books
async def give_back(
    settings: Settings, books: Books, *, callback: str, reason: str, not_before: str | None, all_the_same: bool, by: str
) -> None:
    """A new round for a callback that is used up or closed, or whose customer rang back when it was done."""
    at: datetime | None = None
    if not_before is not None:
        at = instant(not_before, settings.calls.default_zone, "--not-before")
    case, who = await _asked(books, callback, by)
    version = case.callback.version
    after = await _done(_decisions(books).give_back(callback, version, reason, who, at, all_the_same=all_the_same))
    console.print(f"{callback}: {after.callback.state}, round {after.callback.round}", markup=False)


@click.command("close")
@CALLBACK
@click.option("--reason", type=click.Choice([each.value for each in CloseReason]), required=True)
@click.option("--note", type=WORDS, help="Needed for the reason `other`.")
@BY
@with_books
async def close(_settings: Settings, books: Books, *, callback: str, reason: str, note: str | None, by: str) -> None:
    """Give up a callback that is used up; `reopen` undoes it."""
    case, who = await _asked(books, callback, by)
    decided = _decisions(books).close(callback, case.callback.version, CloseReason(reason), note or "", who)
    console.print(f"{callback}: {(await _done(decided)).callback.state}", markup=False)


@click.command("reopen")
@CALLBACK
@BY
@with_books
async def reopen(_settings: Settings, books: Books, *, callback: str, by: str) -> None:
    """Undo the close of a callback."""
    case, who = await _asked(books, callback, by)
    decided = _decisions(books).reopen(callback, case.callback.version, who)
    console.print(f"{callback}: {(await _done(decided)).callback.state}", markup=False)


@click.command("settle-return")
@CALLBACK
@click.option("--reason", type=WORDS, required=True, help="Why the customer who rang back needs no call.")
@BY
@with_books
async def settle_return(_settings: Settings, books: Books, *, callback: str, reason: str, by: str) -> None:
    """Say that a customer who rang back about a callback that is over needs no call."""
    case, who = await _asked(books, callback, by)
    decided = _decisions(books).settle_return(callback, case.callback.version, reason, who)
    console.print(f"{callback}: {(await _done(decided)).callback.state}, settled", markup=False)


def _decisions(books: Books) -> Decisions:
    return Decisions(DecisionParts(books.callbacks, books.decisions, books.audit, WallClock(), books.policies))


async def _asked(books: Books, callback: str, login: str) -> tuple[Case, By]:
    who = await decider(books, login, Permission.DECIDE_EXHAUSTED, "decide of used-up callbacks")
    case = await books.callbacks.case(callback)
    if case is None:
        fail(f"There is no callback {callback}.")
    return case, who


async def _done(deciding: Awaitable[Case | Undecidable]) -> Case:
    try:
        decided = await deciding
    except CallbackChangedError:
        fail("Somebody else decided of it meanwhile.")
    if isinstance(decided, Undecidable):
        fail(WHY[decided])
    return decided
