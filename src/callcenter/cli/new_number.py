"""`callcenter callbacks new-number`: a number that was found, for a callback whose round is used up."""

import click

from callcenter.app.books import Books
from callcenter.cli.books import with_books
from callcenter.cli.deciders import decider
from callcenter.cli.options import KEY, WORDS
from callcenter.cli.output import console, fail
from callcenter.domain.access import Permission
from callcenter.domain.people import Case
from callcenter.domain.phone import MalformedNumberError, PhoneNumber, may_dial_number, parse_number
from callcenter.domain.visits.exhaustion import Undecidable
from callcenter.domain.words.sentences import sentence
from callcenter.engine.clock import WallClock
from callcenter.engine.decisions import CallbackChangedError, DecisionParts, Decisions
from callcenter.settings import Settings

WHY = {
    Undecidable.NOT_EXHAUSTED: "It is not used up, and goes on with the numbers it has.",
    Undecidable.NUMBER_KNOWN: "This is one of the customer's numbers already.",
    Undecidable.ROUNDS_USED_UP: "The policy allows no further round by telephone.",
    Undecidable.BEYOND_ROUNDS: "The policy's rounds are used up; if it is meant so: --all-the-same",
}


@click.command("new-number")
@click.argument("callback", type=KEY)
@click.argument("number")
@click.option("--by", required=True, help="Login of the account that decides.")
@click.option("--found", type=WORDS, help="Who found it, and where.")
@click.option("--all-the-same", is_flag=True, help="Also beyond the policy's rounds, where it allows that.")
@with_books
async def new_number(
    settings: Settings, books: Books, *, callback: str, number: str, by: str, found: str | None, all_the_same: bool
) -> None:
    """Enter a number that was found for a callback that is used up: its next round begins with it."""
    who = await decider(books, by, Permission.DECIDE_EXHAUSTED, "decide of used-up callbacks")
    case = await books.callbacks.case(callback)
    if case is None:
        fail(f"There is no callback {callback}.")
    parsed = parsed_number(settings, case.plan.trunk, number, "NUMBER")
    decisions = Decisions(
        DecisionParts(books.callbacks, books.decisions, books.audit, WallClock(), books.policies),
    )
    try:
        after = await decisions.add_number(
            callback, case.callback.version, parsed, found or "", who, all_the_same=all_the_same
        )
    except CallbackChangedError:
        fail("Somebody else decided of it meanwhile.")
    if not isinstance(after, Case):
        fail(WHY.get(after, after.value))
    console.print(f"{callback}: {parsed.masked} entered, round {after.callback.round} begins", markup=False)


def parsed_number(settings: Settings, trunk: str, number: str, named: str) -> PhoneNumber:
    """That this trunk dials; otherwise the command fails. named: the option, for its sentence."""
    try:
        parsed = parse_number(number, settings.calls.default_region)
    except MalformedNumberError as error:
        fail(f"{named}: {error}")
    found = settings.trunks.get(trunk)
    barred = may_dial_number(parsed, found.dial_rules) if found else None
    if barred is not None:
        fail(f"{named}: {sentence(barred, zone=settings.calls.default_zone)}")
    return parsed
