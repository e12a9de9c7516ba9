"""`callcenter accounts` and `callcenter audit`: who signs in, and what people did."""

import secrets
import sys
from dataclasses import asdict

import click

from callcenter.app.books import Books
from callcenter.app.offline import accounts_of
from callcenter.cli.books import with_books
from callcenter.cli.options import JSON, KEY, WORDS
from callcenter.cli.output import console, fail, local, print_json, print_rows
from callcenter.domain.access import Account, Role
from callcenter.domain.audit import Entry
from callcenter.engine.accounts import (
    AccountChangedError,
    AccountTakenError,
    AgentLackingError,
    AgentNotFoundError,
    LastAdminError,
    WeakPasswordError,
)
from callcenter.engine.evidence import chain_proof
from callcenter.settings import Settings

_ROLE = click.Choice([role.value for role in Role])


@click.group()
def accounts() -> None:
    """Who signs in, and with which roles."""


@accounts.command("list")
@JSON
@with_books
async def list_accounts(_settings: Settings, books: Books, *, as_json: bool) -> None:
    """List all accounts."""
    rows = [_shown(account) for account in await books.accounts.all()]
    if as_json:
        print_json(rows)
    else:
        print_rows(rows, ("login", "name", "roles", "agent_id", "disabled_at"), empty="There is no account yet.")


@accounts.command("add")
@click.argument("login", type=KEY)
@click.option("--name", type=WORDS, required=True)
@click.option("--role", "roles", type=_ROLE, multiple=True, required=True)
@click.option("--agent", type=KEY, help="Id or staff number of the agent who signs in with it.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, instead of making one up.")
@JSON
@with_books
async def add_account(
    settings: Settings,
    books: Books,
    *,
    login: str,
    name: str,
    roles: tuple[str, ...],
    agent: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Add an account; its password is made up and printed, or read."""
    password = _read() if password_stdin else secrets.token_urlsafe(12)
    chosen = frozenset(Role(role) for role in roles)
    try:
        account = await accounts_of(settings, books).add(login, name, chosen, password, agent_key=agent)
    except AccountTakenError:
        fail("There is an account with this login, or for this agent, already.")
    except AgentLackingError:
        fail("An account with the role agent needs --agent: whose queue it works on.", code=2)
    except AgentNotFoundError:
        fail(f"There is no agent {agent!r}; `callcenter agents list` tells them.")
    except WeakPasswordError as error:
        fail(f"{error}.", code=2)
    told = _shown(account) | ({} if password_stdin else {"password": password})
    if as_json:
        print_json(told)
        return
    console.print(f"account {account.login} added", markup=False)
    if not password_stdin:
        console.print(f"password: {password}", markup=False)


@accounts.command("password")
@click.argument("login", type=KEY)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input, instead of making one up.")
@with_books
async def set_password(settings: Settings, books: Books, *, login: str, password_stdin: bool) -> None:
    """Give an account a new password; ends all its sessions and tokens."""
    account = await _account(books, login)
    password = _read() if password_stdin else secrets.token_urlsafe(12)
    try:
        await accounts_of(settings, books).change(account.id, account.version, {}, password=password)
    except WeakPasswordError as error:
        fail(f"{error}.", code=2)
    except AccountChangedError:
        fail("Somebody else changed the account meanwhile; try again.")
    console.print("the password is new" if password_stdin else f"password: {password}", markup=False)


@accounts.command("disable")
@click.argument("login", type=KEY)
@click.option("--enable", is_flag=True, help="Let the account sign in again.")
@with_books
async def disable(settings: Settings, books: Books, *, login: str, enable: bool) -> None:
    """Let an account sign in no more; it is kept, for what it did."""
    account = await _account(books, login)
    try:
        await accounts_of(settings, books).change(account.id, account.version, {"disabled": not enable})
    except LastAdminError:
        fail("This is the last administrator.")
    except AccountChangedError:
        fail("Somebody else changed the account meanwhile; try again.")
    console.print(f"{account.login} {'enabled' if enable else 'disabled'}", markup=False)


@click.group()
def audit() -> None:
    """What people did: sign-ins, plays, downloads, decisions, and what was refused."""


@audit.command("list")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@JSON
@with_books
async def list_audit(settings: Settings, books: Books, *, limit: int, as_json: bool) -> None:
    """The newest entries first."""
    entries = await books.audit.entries(limit=limit)
    if as_json:
        print_json([asdict(entry) for entry in entries])
        return
    zone = settings.calls.default_zone
    rows = [_line(entry, zone) for entry in entries]
    print_rows(rows, ("number", "at", "login", "action", "on", "detail", "address"), empty="Nothing happened yet.")


@audit.command("verify")
@with_books
async def verify(_settings: Settings, books: Books) -> None:
    """Read the whole chain; names the first entry that was changed, removed or put in between."""
    proof = await chain_proof(books.audit)
    if proof.first_break is not None:
        fail(f"The chain is broken at entry {proof.first_break}: it, or one before it, was changed, removed or put in.")
    if proof.entries == 0:
        console.print("the chain is empty")
        return
    console.print(f"{proof.entries} entries, unbroken; the last one's hash is {proof.hash}", markup=False)


async def _account(books: Books, login: str) -> Account:
    found = await books.accounts.by_login(login)
    if found is None:
        fail(f"There is no account {login!r}.")
    return found[0]


def _read() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _shown(account: Account) -> dict[str, object]:
    return asdict(account) | {"roles": ", ".join(sorted(account.roles))}


def _line(entry: Entry, zone: str) -> dict[str, object]:
    deed = entry.deed
    return {
        "number": entry.number,
        "at": local(deed.at, zone),
        "login": deed.login,
        "action": deed.action,
        "on": f"{deed.on_kind} {deed.on_id}".strip(),
        "detail": " ".join(f"{name}={value}" for name, value in deed.detail.items()),
        "address": deed.address,
    }
