"""`callcenter returns`: who rang in, and what became of it."""

from dataclasses import asdict

import click

from callcenter.app.books import Books
from callcenter.cli.books import with_books
from callcenter.cli.options import JSON, LIMIT
from callcenter.cli.output import console, local, print_json, print_rows
from callcenter.domain.queue.returns import ReturnFound, ReturnSearch, ReturnState
from callcenter.settings import Settings


@click.command()
@click.option("--state", type=click.Choice([each.value for each in ReturnState]))
@click.option("--undecided", is_flag=True, help="Only missed ones whose callbacks are over: a supervisor decides.")
@LIMIT
@JSON
@with_books
async def returns(
    settings: Settings, books: Books, *, state: str | None, undecided: bool, limit: int, as_json: bool
) -> None:
    """List who rang in, the newest first; numbers are masked."""
    search = ReturnSearch(state=ReturnState(state) if state else None, undecided=undecided)
    rows = [_shown(each) for each in await books.returns.latest(search, limit, None)]
    if as_json:
        print_json(rows)
        return
    zone = settings.calls.default_zone
    for row in rows:
        row["at"] = local(str(row["at"]), zone)
    columns = ("at", "number", "customer", "callback_id", "callback_state", "state", "missed_why", "undecided")
    print_rows(rows, columns, empty="Nobody like that rang in.")
    console.print(f"times: {zone}", style="dim")


def _shown(found: ReturnFound) -> dict[str, object]:
    call, case = found.call, found.case
    return asdict(call) | {
        "number": call.number.masked if call.number else "",
        "customer": case.customer.name if case else "",
        "callback_state": case.callback.state.value if case else "",
        "undecided": found.undecided,
    }
