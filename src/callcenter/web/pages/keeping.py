"""For who keeps the installation: accounts, the audit, and how the service is."""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Account, Permission, Role
from callcenter.domain.audit import Action, Entry
from callcenter.engine.accounts import (
    LONGEST_PASSWORD,
    NOT_TAKEN,
    SHORTEST_PASSWORD,
    AccountChangedError,
    AccountNotFoundError,
    AccountTakenError,
    AgentLackingError,
    AgentNotFoundError,
    LastAdminError,
)
from callcenter.engine.evidence import chain_proof
from callcenter.web.asked import Asked, Day
from callcenter.web.language import Translator
from callcenter.web.pages.calendar import calendar_warning
from callcenter.web.pages.deed_words import details_told
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go
from callcenter.web.pages.objects import about_of
from callcenter.web.pages.rendering import render
from callcenter.web.pages.searching import asked_of, span
from callcenter.web.parts import account_of, parts_of, visitor_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

PAGE = 50
UNPROCESSABLE = 422


class AddForm(Asked):
    login: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._@-]+$")
    name: str = Field(min_length=1, max_length=100)
    roles: frozenset[Role] = Field(min_length=1)
    agent: str = Field(default="", max_length=100)
    password: str = Field(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)


class ChangeForm(Asked):
    version: int = Field(ge=1)
    name: str = Field(min_length=1, max_length=100)
    roles: frozenset[Role] = Field(min_length=1)
    agent: str = Field(default="", max_length=100)
    password: str = Field(default="", max_length=LONGEST_PASSWORD)
    state: str = Field(pattern="^(active|disabled)$")


class AuditSought(Asked):
    action: Action | None = None
    login: str = Field(default="", max_length=100)
    object: str = Field(default="", max_length=200)
    first: Day | None = None
    last: Day | None = None
    before: int | None = Field(default=None, ge=1, lt=2**62)


async def accounts_page(request: web.Request) -> web.Response:
    return await _accounts(request, Form({"roles": []}))


async def _accounts(request: web.Request, form: Form, status: int = 200) -> web.Response:
    parts = parts_of(request)
    values = {"accounts": await parts.accounts.all(), "form": form, **await _choices(request)}
    return render(request, "accounts.html", values, status)


async def _choices(request: web.Request) -> dict[str, object]:
    agents = await parts_of(request).people.agents()
    return {
        "agents": [(agent.id, f"{agent.name} · {agent.staff_number}") for agent in agents],
        "agent_names": {agent.id: f"{agent.name} · {agent.staff_number}" for agent in agents},
        "all_roles": tuple(Role),
        "shortest": SHORTEST_PASSWORD,
    }


async def add_account(request: web.Request) -> web.Response:
    _ = words_of(request)
    given = await fields_of(request, ["roles"])
    try:
        asked = checked(given, AddForm, _).model
        try:
            await parts_of(request).accounts.add(
                asked.login,
                asked.name,
                asked.roles,
                asked.password,
                agent_key=asked.agent,
                by=account_of(request),
                visitor=visitor_of(request),
            )
        except NOT_TAKEN as error:
            raise FormError(_wrong(given, error, _)) from error
    except FormError as error:
        return await _accounts(request, error.form, UNPROCESSABLE)
    raise go("/accounts", "account_added")


async def account_page(request: web.Request) -> web.Response:
    account = await _account(request)
    values = {
        "name": account.name,
        "roles": [role.value for role in account.roles],
        "agent": account.agent_id or "",
        "state": "disabled" if account.disabled_at else "active",
    }
    return await _one_account(request, account, Form(values))


async def _one_account(request: web.Request, account: Account, form: Form, status: int = 200) -> web.Response:
    values = {"edited": account, "form": form, **await _choices(request)}
    return render(request, "account.html", values, status)


async def _account(request: web.Request) -> Account:
    wanted = request.match_info["account"]
    for account in await parts_of(request).accounts.all():
        if account.id == wanted:
            return account
    raise Problem("not_found")


async def change_account(request: web.Request) -> web.Response:
    _, account = words_of(request), await _account(request)
    given = await fields_of(request, ["roles"])
    try:
        asked = checked(given, ChangeForm, _).model
        wanted = {
            "name": asked.name,
            "roles": asked.roles,
            "agent_id": asked.agent,
            "disabled": asked.state == "disabled",
        }
        try:
            await parts_of(request).accounts.change(
                account.id,
                asked.version,
                wanted,
                password=asked.password or None,
                by=account_of(request),
                visitor=visitor_of(request),
            )
        except NOT_TAKEN as error:
            raise FormError(_wrong(given, error, _)) from error
    except FormError as error:
        return await _one_account(request, account, error.form, UNPROCESSABLE)
    raise go("/accounts", "account_changed")


def _wrong(given: dict[str, object], error: Exception, _: Translator) -> Form:
    """Raises Problem for what no field can mend."""
    match error:
        case AccountNotFoundError():
            raise Problem("not_found") from error
        case AccountChangedError():
            raise Problem("changed_meanwhile") from error
        case AccountTakenError():
            wrong = {"login": _("The login, or the agent, has an account already.")}
        case LastAdminError():
            field = "state" if given.get("state") == "disabled" else "roles"
            wrong = {field: _("This is the last administrator.")}
        case AgentLackingError():
            wrong = {"agent": _("Choose the agent who calls with this account.")}
        case AgentNotFoundError():
            wrong = {"agent": _("There is no such agent.")}
        case _:
            wrong = {"password": _("This password is too short, or too easy to guess.")}
    return Form(given, wrong)


async def audit_page(request: web.Request) -> web.Response:
    _, parts = words_of(request), parts_of(request)
    asked, form = asked_of(request, AuditSought)
    if asked and asked.first and asked.last and asked.last < asked.first:
        asked, form = None, Form(form.values, {"last": _("Lies before the first day.")})
    found: list[Entry] = []
    if asked is not None:
        since, until = span(asked.first, asked.last, parts.terms.zone)
        found = await parts.audit.entries(
            before=asked.before,
            limit=PAGE,
            on_id=asked.object,
            login=asked.login.lower(),
            action=asked.action,
            since=since,
            until=until,
        )
    values = {
        "about": await about_of(request, found),
        "details": {entry.number: details_told(entry.deed, _) for entry in found},
        "form": form,
        "entries": found,
        "follows": str(found[-1].number) if len(found) == PAGE else "",
        "actions": tuple(Action),
        "proof": await chain_proof(parts.audit) if "prove" in request.query else None,
    }
    if "HX-Request" in request.headers and asked and asked.before:
        return render(request, "audit_rows.html", values)
    return render(request, "audit.html", values, 200 if asked else UNPROCESSABLE)


async def status_page(request: web.Request) -> web.Response:
    service = parts_of(request).service
    now = service.clock.now()
    values = {
        "service": service,
        "hindrances": service.asking.hindrances(),
        "recorder_until": service.health.recorder_refuses_until(now),
        "calls": len(service.calls.live),
        "calendar_ends": await calendar_warning(request),
        "renewals": await parts_of(request).rulebook.renewals(),
    }
    return render(request, "status.html", values)


_KEEPER = Permission.MANAGE_ACCOUNTS
ROUTES = (
    Route("GET", "/accounts", accounts_page, _KEEPER, "pageAccounts", page=True),
    Route("POST", "/accounts", add_account, _KEEPER, "pageAddAccount", page=True),
    Route("GET", "/accounts/{account}", account_page, _KEEPER, "pageAccount", page=True),
    Route("POST", "/accounts/{account}", change_account, _KEEPER, "pageChangeAccount", page=True),
    Route("GET", "/audit", audit_page, Permission.READ_AUDIT, "pageAudit", page=True),
    Route("GET", "/status", status_page, Permission.READ_STATUS, "pageStatus", page=True),
)
