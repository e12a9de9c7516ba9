"""`callcenter callbacks`: the queue, and one more callback in it."""

import secrets
from datetime import UTC, datetime, timedelta

import click

from callcenter.app.books import Books
from callcenter.cli.books import with_books
from callcenter.cli.importing import import_callbacks
from callcenter.cli.new_number import new_number, parsed_number
from callcenter.cli.options import JSON, KEY, LIMIT, WORDS
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.cli.used_up import close, give_back, reopen, settle_return
from callcenter.domain.intake.triggers import Caused, caused, class_of
from callcenter.domain.people import Callback, CallbackState, Customer, Plan, PlanState
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.windows import zone_of
from callcenter.domain.words.sentences import sentence
from callcenter.engine.governing import policy_of
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
callbacks.add_command(new_number)
for decision in (give_back, close, reopen, settle_return):
    callbacks.add_command(decision)


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
@click.option("--class", "customer_class", type=KEY, help="The customer's, for cadences; as the policy says.")
@click.option("--job-title", default="", help="What the customer is where he works.")
@click.option("--product", default="", help="What the customer has of yours.")
@click.option("--needs", default="", help="What is special about the customer.")
@click.option("--trigger", type=KEY, help="What caused it, such as signing; as the policy says.")
@click.option(
    "--triggered", type=click.DateTime(["%Y-%m-%d"]), help="The day of it, at the customer's: says when it is due."
)
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
    customer_class: str | None,
    job_title: str,
    product: str,
    needs: str,
    trigger: str | None,
    triggered: datetime | None,
) -> None:
    """Add one customer to be called, due in five days, or as the policy says for what happened, and when."""
    if triggered is not None and not trigger:
        fail("--triggered: say with --trigger what happened on that day.", code=2)
    plan = next((plan for plan in await books.people.plans() if plan.id == plan_id), None)
    if plan is None:
        fail(f"There is no plan {plan_id}.")
    if plan.state is PlanState.FINISHED:
        fail(f"The plan {plan_id} is finished and takes no more callbacks.")
    parsed = parsed_number(settings, plan.trunk, number, "--number")
    if zone and isinstance(zone_of(zone), Refusal):
        fail(f"--zone: {zone!r} is no time zone; it is written like Asia/Shanghai.")
    now, key = datetime.now(UTC), secrets.token_hex(6)
    policy = await policy_of(books.policies, plan, now)
    cause = _cause(plan, policy, trigger or "", triggered, zone or plan.zone)
    customer = Customer(
        f"customer-{key}",
        name,
        organisation,
        (parsed,),
        zone,
        language,
        manager,
        department,
        customer_class=class_of(policy, customer_class or ""),
        job_title=job_title,
        product=product,
        needs=needs,
    )
    callback = Callback(
        id=f"cb-{key}",
        plan_id=plan.id,
        customer_id=customer.id,
        purpose=purpose,
        visit_type=plan.visit_type,
        state=CallbackState.WAITING,
        due_at=cause.due_at or now + DUE_IN,
        priority=priority,
        round=1,
        created_at=now,
        not_before=cause.not_before,
        trigger=cause.trigger,
        triggered_at=cause.triggered_at,
    )
    await books.people.add_cases([customer], [callback])
    console.print(f"{callback.id} added: {parsed.masked}", markup=False)


def _cause(plan: Plan, policy: Policy | None, trigger: str, triggered: datetime | None, zone: str) -> Caused:
    found = zone_of(zone)
    if isinstance(found, Refusal):
        fail(f"The plan's time zone {zone!r} is none.")
    day = triggered.date() if triggered else None
    cause = caused(policy, plan.policy, trigger, day, found, compute=True)
    if cause.refusal is not None:
        fail(f"--trigger: {sentence(cause.refusal, zone=zone)}")
    return cause
