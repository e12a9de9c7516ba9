"""`callcenter callbacks`: the queue, and one more callback in it."""

import secrets
from datetime import UTC, datetime, timedelta

import click

from callcenter.app.books import Books
from callcenter.cli.books import with_books
from callcenter.cli.importing import import_callbacks
from callcenter.cli.options import JSON, KEY, LIMIT, WORDS
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.domain.people import Callback, CallbackState, Customer, PlanState
from callcenter.domain.phone import MalformedNumberError, may_dial_number, parse_number
from callcenter.domain.refusal import Refusal
from callcenter.domain.sentences import sentence
from callcenter.domain.windows import zone_of
from callcenter.settings import Settings
from callcenter.web.shown import show_case

DUE_IN = timedelta(days=5)


@click.group(invoke_without_command=True)
@click.option("--state", type=click.Choice([state.value for state in CallbackState]), help="Only those in this state.")
@click.option("--plan", "plan_id", help="Only those of this plan.")
@LIMIT
@JSON
@click.pass_context
def callbacks(context: click.Context, state: str | None, plan_id: str | None, limit: int, as_json: bool) -> None:
    """List callbacks, in the order in which they are handed out; or add some."""
    if context.invoked_subcommand is None:
        context.invoke(list_callbacks, state=state, plan_id=plan_id, limit=limit, as_json=as_json)


callbacks.add_command(import_callbacks)


@with_books
async def list_callbacks(
    settings: Settings, books: Books, *, state: str | None, plan_id: str | None, limit: int, as_json: bool
) -> None:
    rows = [show_case(case) for case in await books.callbacks.cases(state=state, plan_id=plan_id, limit=limit)]
    if as_json:
        print_json(rows)
        return
    zone = settings.calls.default_zone
    for row in rows:
        row["due"] = local(row["due_at"], zone)
        row["not_before"] = local(row["not_before"], zone)
        row["reason"] = row["exhausted_reason"]
    columns = ("callback", "customer", "number", "state", "due", "not_before", "round", "with_agent", "reason")
    print_rows(rows, columns, empty="No callback like that.")
    console.print(f"times: {zone}", style="dim")


@callbacks.command("add")
@click.option("--plan", "plan_id", required=True)
@click.option("--name", type=WORDS, required=True, help="The customer's.")
@click.option("--number", required=True, help="The customer's, with + or as dialled inside the country.")
@click.option("--organisation", default="")
@click.option("--zone", default="", help="IANA time zone of the customer; the plan's if left out.")
@click.option("--language", type=KEY, default="zh", show_default=True)
@click.option("--manager", default="", help="Whose customer it is, for conflicts of interest.")
@click.option("--department", default="", help="The manager's.")
@click.option("--purpose", default="", help="Of this visit; the plan's if left out.")
@click.option("--priority", type=click.IntRange(0, 9), default=0, show_default=True)
@with_books
async def add_callback(
    settings: Settings,
    books: Books,
    *,
    plan_id: str,
    name: str,
    number: str,
    organisation: str,
    zone: str,
    language: str,
    manager: str,
    department: str,
    purpose: str,
    priority: int,
) -> None:
    """Add one customer to be called, due in five days."""
    plan = next((plan for plan in await books.people.plans() if plan.id == plan_id), None)
    if plan is None:
        fail(f"There is no plan {plan_id}.")
    if plan.state is PlanState.FINISHED:
        fail(f"The plan {plan_id} is finished and takes no more callbacks.")
    try:
        parsed = parse_number(number, settings.calls.default_region)
    except MalformedNumberError as error:
        fail(f"--number: {error}")
    if zone and isinstance(zone_of(zone), Refusal):
        fail(f"--zone: {zone!r} is no time zone; it is written like Asia/Shanghai.")
    trunk = settings.trunks.get(plan.trunk)
    barred = may_dial_number(parsed, trunk.dial_rules) if trunk else None
    if barred is not None:
        fail(f"--number: {sentence(barred, zone=settings.calls.default_zone)}")
    now, key = datetime.now(UTC), secrets.token_hex(6)
    customer = Customer(f"customer-{key}", name, organisation, (parsed,), zone, language, manager, department)
    callback = Callback(
        id=f"cb-{key}",
        plan_id=plan.id,
        customer_id=customer.id,
        purpose=purpose,
        visit_type=plan.visit_type,
        state=CallbackState.WAITING,
        due_at=now + DUE_IN,
        priority=priority,
        round=1,
        created_at=now,
    )
    await books.people.add_cases([customer], [callback])
    console.print(f"{callback.id} added: {parsed.masked}")
