"""`callcenter cadences`: which callbacks come again, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import click

from callcenter.app.books import Books
from callcenter.app.offline import cadences as cadences_of
from callcenter.cli.books import with_books
from callcenter.cli.options import JSON
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.domain.times.days import span_of_day
from callcenter.engine.cadences import Coming
from callcenter.settings import Settings

AHEAD = timedelta(days=30)


@click.command()
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Up to the end of that day; else for thirty days.")
@click.option("--plan", "plan_id", help="Only those of this plan.")
@JSON
@with_books
async def cadences(
    settings: Settings, books: Books, *, until: datetime | None, plan_id: str | None, as_json: bool
) -> None:
    """List the callbacks that come again in running plans; the service makes each when its time comes."""
    zone = settings.calls.default_zone
    last = datetime.now(UTC) + AHEAD if until is None else span_of_day(until.date(), zone)[1]
    if plan_id is not None and all(plan.id != plan_id for plan in await books.people.plans()):
        fail(f"There is no plan {plan_id}.")
    rows = [_shown(each) for each in await cadences_of(books).coming(last, plan_id)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row |= {name: local(row[f"{name}_at"], zone) for name in ("visited", "opens", "due")}
    columns = ("plan", "customer", "class", "trigger", "visited", "opens", "due", "source", "follows")
    print_rows(rows, columns, empty=f"Nothing comes again until {local(last, zone)}.")
    if rows:
        console.print(f"times: {zone}", style="dim")


def _shown(coming: Coming) -> dict[str, Any]:
    case, occurrence = coming.case, coming.occurrence
    return {
        "plan": case.plan.id,
        "customer": case.customer.name,
        "class": case.customer.customer_class,
        "trigger": case.callback.trigger,
        "visited_at": coming.visited_at,
        "opens_at": occurrence.opens_at,
        "due_at": occurrence.due_at,
        "source": occurrence.source,
        "follows": case.callback.id,
    }
