"""`callcenter db`, `agents`, `plans`, `sample`: the books themselves."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from callcenter.app.books import Books, BooksError, upgrade_books
from callcenter.app.offline import accounts_of, explaining, offline_asking
from callcenter.cli.books import with_books
from callcenter.cli.context import Asked
from callcenter.cli.options import JSON, KEY, WORDS
from callcenter.cli.output import console, fail, print_json, print_rows, said
from callcenter.domain.access import Role
from callcenter.domain.people import Agent, Channel, Plan, PlanState, VisitType
from callcenter.domain.refusal import Refusal
from callcenter.domain.sentences import Language
from callcenter.domain.windows import in_zone, zone_of
from callcenter.sample import OFFICE
from callcenter.sample import sample as make_sample
from callcenter.settings import Settings
from callcenter.web.weighed import plan_sentence, show_plan_explanation


@click.group()
def db() -> None:
    """The database."""


@db.command("upgrade")
@click.pass_obj
def upgrade_db(asked: Asked) -> None:
    """Make the database, or bring it to this program's version; adds the policies that come with it."""
    settings = asked.settings()
    try:
        asyncio.run(upgrade_books(settings))
    except (*BooksError, OSError) as error:
        fail(said(error))
    console.print("the database is ready")


@click.group()
def agents() -> None:
    """The people who call."""


@agents.command("list")
@JSON
@with_books
async def list_agents(_settings: Settings, books: Books, *, as_json: bool) -> None:
    """List all agents."""
    rows = [asdict(agent) for agent in await books.people.agents()]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("id", "staff_number", "name", "department", "endpoint"), empty="There is no agent yet.")


@agents.command("add")
@click.option("--staff-number", type=KEY, required=True)
@click.option("--name", type=WORDS, required=True)
@click.option("--department", type=WORDS, required=True)
@click.option("--endpoint", type=KEY, required=True, help="Dial string of the phone, for example PJSIP/agent-1001.")
@with_books
async def add_agent(
    _settings: Settings, books: Books, *, staff_number: str, name: str, department: str, endpoint: str
) -> None:
    """Add an agent; a running service calls the phone at once."""
    if await books.people.agent(staff_number) is not None:
        fail(f"There is an agent with the staff number {staff_number} already.")
    await books.people.add_agent(Agent(f"agent-{staff_number}", staff_number, name, department, endpoint))
    console.print(f"agent-{staff_number} added", markup=False)


@click.group()
def plans() -> None:
    """The campaigns of callbacks."""


@plans.command("explain")
@click.argument("plan_id", type=KEY)
@click.option(
    "--lang", "language", type=click.Choice([each.value for each in Language]), default="en", show_default=True
)
@JSON
@with_books
async def explain_plan(settings: Settings, books: Books, *, plan_id: str, language: str, as_json: bool) -> None:
    """Tell how many of a plan's callbacks can be called now, and what stands against the others."""
    found = await explaining(books, offline_asking(settings, books)).plan(plan_id)
    if found is None:
        fail(f"There is no plan {plan_id}.")
    reader = Language(language)
    if as_json:
        print_json(show_plan_explanation(found, found.plan.zone, reader).model_dump(mode="json"))
    else:
        console.print(plan_sentence(found, found.plan.zone, reader), markup=False)


@plans.command("list")
@JSON
@with_books
async def list_plans(_settings: Settings, books: Books, *, as_json: bool) -> None:
    """List all plans."""
    rows = [asdict(plan) for plan in await books.people.plans()]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("id", "name", "policy", "trunk", "zone", "state"), empty="There is no plan yet.")


@plans.command("add")
@click.argument("plan_id", type=KEY)
@click.option("--name", type=WORDS, required=True)
@click.option("--purpose", type=WORDS, required=True)
@click.option("--policy", required=True, help="Name of the policy that governs it.")
@click.option("--trunk", required=True, help="Name of the trunk in the settings.")
@click.option("--zone", default="", help="IANA time zone of customers without one of their own.")
@click.option("--visit-type", type=click.Choice([each.value for each in VisitType]), default=VisitType.SPECIAL.value)
@with_books
async def add_plan(
    settings: Settings,
    books: Books,
    *,
    plan_id: str,
    name: str,
    purpose: str,
    policy: str,
    trunk: str,
    zone: str,
    visit_type: str,
) -> None:
    """Add a plan, running at once."""
    zone = zone or settings.calls.default_zone
    mistakes = []
    if plan_id in {plan.id for plan in await books.people.plans()}:
        mistakes.append(f"There is a plan {plan_id} already.")
    if await books.policies.in_force(policy, in_zone(zone, datetime.now(UTC))) is None:
        mistakes.append(f"There is no policy {policy!r} in force.")
    if trunk not in settings.trunks:
        mistakes.append(f"The settings name no trunk {trunk!r}.")
    if isinstance(zone_of(zone), Refusal):
        mistakes.append(f"{zone!r} is no time zone; it is written like Asia/Shanghai.")
    if mistakes:
        fail(*mistakes)
    kind = VisitType(visit_type)
    plan = Plan(plan_id, name, purpose, kind, Channel.PHONE, policy, zone, trunk, PlanState.RUNNING)
    await books.people.add_plan(plan)
    console.print(f"plan {plan_id} added; it runs")


@click.command()
@click.option("--agents", "agent_count", default=3, show_default=True, type=click.IntRange(1, 100))
@click.option("--trunk", default="", help="Name of the trunk; the first one of the settings if left out.")
@click.option("--policy", default="always_open", show_default=True)
@click.option(
    "--passwords",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also make an account for each agent and each role; its made-up password is written to the end of this file.",
)
@with_books
async def sample(
    settings: Settings, books: Books, *, agent_count: int, trunk: str, policy: str, passwords: Path | None
) -> None:
    """Load a sample plan of some 200 made-up callbacks; doing it again changes nothing."""
    name = trunk or next(iter(settings.trunks), "")
    if name not in settings.trunks:
        fail("The settings name no trunk." if not name else f"The settings name no trunk {name!r}.")
    if not settings.trunks[name].simulated:
        fail(
            f"The trunk {name} may reach real telephones; the made-up numbers of the sample are dialled only over a "
            f"trunk with trunks.{name}.simulated = true."
        )
    now = datetime.now(UTC)
    if await books.policies.in_force(policy, now) is None:
        fail(f"There is no policy {policy!r} in force.")
    made = make_sample(now, agents=agent_count, trunk=name, policy=policy)
    known = {agent.id for agent in await books.people.agents()}
    for agent in made.agents:
        if agent.id not in known:
            await books.people.add_agent(agent)
    if made.plan.id not in {plan.id for plan in await books.people.plans()}:
        await books.people.add_plan(made.plan)
    added = await books.people.add_cases(made.customers, made.callbacks)
    console.print(f"{added} callbacks added to the plan {made.plan.name}")
    if passwords is not None:
        people = [(f"agent{agent.staff_number}", agent.name, Role.AGENT, agent.id) for agent in made.agents]
        await _add_accounts(settings, books, [*people, *((*each, None) for each in OFFICE)], passwords)


async def _add_accounts(
    settings: Settings, books: Books, people: Sequence[tuple[str, str, Role, str | None]], passwords: Path
) -> None:
    """Those that are not there yet. The file is for its owner alone."""
    passwords.touch(mode=0o600)
    accounts = accounts_of(settings, books)
    known = {account.login for account in await accounts.all()}
    for login, name, role, agent in people:
        if login in known:
            continue
        password = secrets.token_urlsafe(9)
        # Written first: a password that nobody knows would be worse than one for nothing.
        with passwords.open("a", encoding="utf-8") as out:
            out.write(f"{login:<12} {password}\n")
        await accounts.add(login, name, frozenset({role}), password, agent_key=agent)
