"""`callcenter logs`: list, read, fill in and close visit logs."""

from collections.abc import Callable
from typing import Any

import click

from callcenter.app.books import Books
from callcenter.app.offline import visits
from callcenter.cli.books import with_books
from callcenter.cli.instants import AT, instant
from callcenter.cli.options import JSON, LIMIT
from callcenter.cli.output import console, fail, local, print_json, print_rows, print_values
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import Channel
from callcenter.domain.visits.records import LogRecord
from callcenter.domain.visits.visitlog import CHANNEL_NAMES, RecordingException
from callcenter.engine.visits import (
    LogChangedError,
    LogClosedError,
    LogIncompleteError,
    LogNotFoundError,
    VisitTimePastError,
)
from callcenter.settings import Settings

TEXTS = {
    "contact": "Who spoke, where it was not the customer.",
    "content": "What was asked and answered.",
    "problems": "What the customer complained of, or that he did not.",
    "own_words": "What the customer said, word for word.",
    "handling_result": "What was done about the problems.",
    "outcome_reason": "Why the dial was in vain.",
    "language": "In which it was spoken.",
    "exception_note": "The circumstances of the missing recording.",
    "offer_text": "The words in which another way was offered.",
    "offer_taken_by": "Who accepted or declined the offer.",
}
"""With which texts a log is filled."""


@click.group()
def logs() -> None:
    """Visit logs (回访记录表): one for each attempt."""


@logs.command("list")
@click.option("--open", "open_only", is_flag=True, help="Only those that are not closed.")
@LIMIT
@JSON
@with_books
async def list_logs(settings: Settings, books: Books, *, open_only: bool, limit: int, as_json: bool) -> None:
    """List visit logs, the newest visit first."""
    rows = [shown_log(record) for record in await books.logs.latest(limit, open_only=open_only)]
    if as_json:
        print_json(rows)
        return
    zone = settings.calls.default_zone
    for row in rows:
        row["visited"] = local(row["visited_at"], zone)
        row["closed"] = local(row["closed_at"], zone) or "open"
        row["keep_until"] = local(row["keep_until"], zone)[:10]
    columns = ("attempt_id", "visited", "customer", "agent", "outcome", "disposition", "closed", "keep_until")
    print_rows(rows, columns, empty="No visit log like that.")
    console.print(f"times: {zone}", style="dim")


@logs.command("show")
@click.argument("attempt_id")
@JSON
@with_books
async def show_log(settings: Settings, books: Books, *, attempt_id: str, as_json: bool) -> None:
    """Show one visit log with every field."""
    record = await books.logs.get(attempt_id)
    if record is None:
        fail(f"There is no visit log of attempt {attempt_id}.")
    row = shown_log(record)
    recording = await books.recordings.get(attempt_id)
    row["recording"] = recording.kept.path if recording and recording.kept else None
    row["recording_state"] = recording.state if recording else None
    if as_json:
        print_json(row)
        return
    zone = settings.calls.default_zone
    times = ("visited_at", "next_visit_at", "closed_at", "keep_until")
    print_values({name: local(value, zone) if name in times else value for name, value in row.items()})
    console.print(f"times: {zone}", style="dim")


def _filling(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options with which an agent fills a log."""
    options = [
        *(click.option(f"--{name.replace('_', '-')}", name, help=told) for name, told in TEXTS.items()),
        click.option("--disposition", type=click.Choice([each.value for each in Disposition])),
        click.option("--next-visit-at", help=f"Of the next visit, or the appointment. {AT}"),
        click.option("--resolved/--unresolved", default=None),
        click.option("--dislikes-calls/--likes-calls", default=None, help="Whether to be called less often."),
        click.option("--offered", type=click.Choice([each.value for each in Channel]), help="To who refused calls."),
        click.option("--offer-taken/--offer-declined", default=None),
        click.option("--exception", type=click.Choice([each.value for each in RecordingException])),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@logs.command("fill")
@click.argument("attempt_id")
@_filling
@with_books
async def fill_log(settings: Settings, books: Books, /, *, attempt_id: str, **given: Any) -> None:
    """Keep what is filled in so far; the log stays open."""
    try:
        await visits(books).fill(attempt_id, _values(settings, given))
    except (LogNotFoundError, LogClosedError, LogChangedError, VisitTimePastError) as error:
        fail(_why(error, attempt_id))
    console.print("kept; the log is open")


@logs.command("close")
@click.argument("attempt_id")
@_filling
@with_books
async def close_log(settings: Settings, books: Books, /, *, attempt_id: str, **given: Any) -> None:
    """Fill in and close a log; what follows for the callback is decided at once."""
    try:
        follows = await visits(books).close(attempt_id, _values(settings, given))
    except LogIncompleteError as error:
        fail(f"Kept, but not closed. Still missing: {', '.join(name.replace('_', '-') for name in error.missing)}.")
    except (LogNotFoundError, LogClosedError, LogChangedError, VisitTimePastError) as error:
        fail(_why(error, attempt_id))
    console.print(f"closed; the callback is now: {follows}")


def _why(error: Exception, attempt_id: str) -> str:
    match error:
        case LogNotFoundError():
            return f"There is no visit log of attempt {attempt_id}; it is opened when the call has ended."
        case LogClosedError():
            return f"The visit log of attempt {attempt_id} is closed and is not changed any more."
        case VisitTimePastError():
            return "--next-visit-at lies in the past."
        case _:
            return "Somebody else changed this log meanwhile; look at it again."


def _values(settings: Settings, given: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in given.items() if value is not None}
    if "disposition" in values:
        values["disposition"] = Disposition(values["disposition"])
    if "offered" in values:
        values["offered"] = Channel(values["offered"])
    if "exception" in values:
        values["exception"] = RecordingException(values["exception"])
    if "next_visit_at" in values:
        zone = settings.calls.default_zone
        values["next_visit_at"] = instant(str(values["next_visit_at"]), zone, "--next-visit-at")
    return values


def shown_log(record: LogRecord) -> dict[str, Any]:
    log = record.log
    shown = {name: getattr(log, name) for name in log.__dataclass_fields__}
    shown["channel"] = CHANNEL_NAMES[log.channel] if log.channel else None
    return {**shown, "closed_at": record.closed_at, "keep_until": record.keep_until}
