"""The accounts of all who sign in."""

from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Account, Permission, Role
from callcenter.domain.words.sentences import Language
from callcenter.engine.accounts import (
    NOT_TAKEN,
    AccountChangedError,
    AccountNotFoundError,
    AccountTakenError,
    AgentLackingError,
    AgentNotFoundError,
    LastAdminError,
)
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.api.session import NewSecret
from callcenter.web.asked import Asked, body_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, parts_of, visitor_of
from callcenter.web.problems import FieldProblem, Problem, wrong
from callcenter.web.routes import Route


class AccountShown(Answer):
    id: str
    login: str
    name: str
    roles: list[Role]
    agent_id: str | None
    language: str
    created_at: Instant
    disabled_at: Instant | None
    version: int = Field(description="Named by every change.")


class AccountList(Answer):
    items: list[AccountShown]


class NewAccount(Asked):
    login: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._@-]+$")
    name: str = Field(min_length=1, max_length=100)
    roles: frozenset[Role] = Field(min_length=1)
    password: NewSecret
    agent: str = Field(default="", max_length=100, description="Id or staff number of the agent who signs in with it.")


class AccountChange(Asked):
    """What is left out stays as it is."""

    version: int = Field(ge=1, description="The account's version as it was read.")
    name: str | None = Field(default=None, min_length=1, max_length=100)
    roles: frozenset[Role] | None = Field(default=None, min_length=1)
    agent: str | None = Field(default=None, max_length=100, description="Id or staff number; empty: no agent.")
    language: Language | None = None
    disabled: bool | None = None
    password: NewSecret | None = None


async def list_accounts(request: web.Request) -> web.Response:
    found = await parts_of(request).accounts.all()
    return answer(AccountList(items=[show_account(account) for account in found]))


async def add_account(request: web.Request) -> web.Response:
    asked = await body_of(request, NewAccount)
    try:
        account = await parts_of(request).accounts.add(
            asked.login,
            asked.name,
            asked.roles,
            asked.password.get_secret_value(),
            agent_key=asked.agent,
            by=account_of(request),
            visitor=visitor_of(request),
        )
    except NOT_TAKEN as error:
        raise _problem(error) from error
    return answer(show_account(account), 201)


async def change_account(request: web.Request) -> web.Response:
    asked = await body_of(request, AccountChange)
    names = ("name", "roles", "language", "disabled")
    values: dict[str, Any] = {name: value for name in names if (value := getattr(asked, name)) is not None}
    if asked.agent is not None:
        values["agent_id"] = asked.agent
    try:
        account = await parts_of(request).accounts.change(
            request.match_info["account"],
            asked.version,
            values,
            password=asked.password.get_secret_value() if asked.password else None,
            by=account_of(request),
            visitor=visitor_of(request),
        )
    except NOT_TAKEN as error:
        raise _problem(error) from error
    return answer(show_account(account))


def _problem(error: Exception) -> Problem:
    match error:
        case AccountNotFoundError():
            return Problem("not_found")
        case AccountChangedError():
            return Problem("changed_meanwhile")
        case AccountTakenError():
            return Problem("taken", N_("The login, or the agent, has an account already."))
        case LastAdminError():
            return Problem("last_administrator", N_("Give somebody else this role first, then this can be done."))
        case AgentLackingError():
            return Problem("invalid", errors=[wrong("agent", N_("Choose the agent who calls with this account."))])
        case AgentNotFoundError():
            return Problem("invalid", errors=[FieldProblem(field="agent", message=N_("there is no such agent"))])
        case _:
            return Problem(
                "invalid", errors=[wrong("password", N_("This password is too short, or too easy to guess."))]
            )


def show_account(account: Account) -> AccountShown:
    return AccountShown(
        id=account.id,
        login=account.login,
        name=account.name,
        roles=sorted(account.roles),
        agent_id=account.agent_id,
        language=account.language,
        created_at=account.created_at,
        disabled_at=account.disabled_at,
        version=account.version,
    )


_KEEPER = Permission.MANAGE_ACCOUNTS
ROUTES = (
    Route("GET", "/accounts", list_accounts, _KEEPER, "listAccounts", "All accounts, by login.", answer=AccountList),
    Route(
        "POST",
        "/accounts",
        add_account,
        _KEEPER,
        "addAccount",
        "A new account.",
        body=NewAccount,
        answer=AccountShown,
        status=201,
        problems=("taken",),
    ),
    Route(
        "PATCH",
        "/accounts/{account}",
        change_account,
        _KEEPER,
        "changeAccount",
        "Change an account; a new role, a new password or its end signs it out everywhere.",
        body=AccountChange,
        answer=AccountShown,
        problems=("not_found", "changed_meanwhile", "taken", "last_administrator"),
    ),
)
