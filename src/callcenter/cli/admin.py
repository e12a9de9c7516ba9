"""`callcenter db`, `agents`, `plans`, `sample`: the books themselves."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from callcenter.app.books import Books, BooksError, upgrade_books
from callcenter.app.offline import accounts_of
from callcenter.cli.books import with_books
from callcenter.cli.context import Asked
from callcenter.cli.options import JSON, KEY, WORDS
from callcenter.cli.output import console, fail, print_json, print_rows, said
from callcenter.domain.access import Role
from callcenter.domain.people import Agent, PhoneChoice
from callcenter.sample import OFFICE
from callcenter.sample import sample as make_sample
from callcenter.settings import Settings


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
        print_rows(
            rows, ("id", "staff_number", "name", "department", "endpoint", "phone"), empty="There is no agent yet."
        )


@agents.command("add")
@click.option("--staff-number", type=KEY, required=True)
@click.option("--name", type=WORDS, required=True)
@click.option("--department", type=WORDS, required=True)
@click.option("--endpoint", type=KEY, help="Dial string of the phone on the desk, for example PJSIP/agent-1001.")
@click.option(
    "--phone",
    type=click.Choice([each.value for each in PhoneChoice]),
    help="What rings when the agent dials; without --endpoint, the phone in the browser.",
)
@with_books
async def add_agent(
    _settings: Settings,
    books: Books,
    *,
    staff_number: str,
    name: str,
    department: str,
    endpoint: str | None,
    phone: str | None,
) -> None:
    """Add an agent; a running service calls the phone at once. The agent may choose another on the page."""
    choice = PhoneChoice(phone) if phone else PhoneChoice.DESK if endpoint else PhoneChoice.BROWSER
    if choice is PhoneChoice.DESK and not endpoint:
        fail("A desk phone needs its --endpoint, for example PJSIP/agent-1001.")
    if await books.people.agent(staff_number) is not None:
        fail(f"There is an agent with the staff number {staff_number} already.")
    await books.people.add_agent(Agent(f"agent-{staff_number}", staff_number, name, department, endpoint or "", choice))
    console.print(f"agent-{staff_number} added", markup=False)


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
