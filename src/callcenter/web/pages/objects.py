"""To what was it done? An audit entry's object as people call it, and its page for who may open that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from callcenter.domain.access import Account, Permission
from callcenter.domain.audit import Deed, Entry
from callcenter.web.language import N_, Translator
from callcenter.web.parts import account_of, parts_of, words_of

KINDS: Mapping[str, str] = {
    "account": N_("Account"),
    "agent": N_("Agent"),
    "attempt": N_("Dialled call"),
    "blocklist": N_("Blocklist"),
    "callback": N_("Callback"),
    "closing_day": N_("Closing day"),
    "customer": N_("Customer"),
    "import": N_("Import"),
    "plan": N_("Plan"),
    "policy": N_("Policy"),
    "recording": N_("Recording"),
    "route": N_("Page or request"),
    "session": N_("Session or token"),
    "visit_log": N_("Visit log"),
}

_PAGES: Mapping[str, tuple[str, Permission]] = {
    "account": ("/accounts/{}", Permission.MANAGE_ACCOUNTS),
    "attempt": ("/recordings/{}", Permission.HEAR_RECORDINGS),
    "callback": ("/queue/{}", Permission.READ_QUEUE),
    "import": ("/imports/{}", Permission.READ_QUEUE),
    "plan": ("/plans/{}", Permission.READ_QUEUE),
    "policy": ("/policies/{}", Permission.READ_POLICIES),
    "recording": ("/recordings/{}", Permission.HEAR_RECORDINGS),
    "visit_log": ("/recordings/{}", Permission.HEAR_RECORDINGS),
}


@dataclass(frozen=True, slots=True)
class About:
    """kind: in the reader's language. name: its own, or its id. path: empty where this reader may not open it."""

    kind: str
    name: str
    path: str


async def about_of(request: web.Request, entries: Sequence[Entry]) -> dict[int, About]:
    """By the entry's number."""
    account, _ = account_of(request), words_of(request)
    names = await _names(request, {entry.deed.on_kind for entry in entries})
    return {entry.number: _about(entry.deed, names, account, _) for entry in entries}


async def _names(request: web.Request, kinds: set[str]) -> dict[tuple[str, str], str]:
    """What accounts, agents and plans are called: those tell an id's meaning, and name no customer."""
    parts = parts_of(request)
    names: dict[tuple[str, str], str] = {}
    if "account" in kinds:
        names |= {("account", account.id): account.login for account in await parts.accounts.all()}
    if "agent" in kinds:
        names |= {("agent", agent.id): agent.name for agent in await parts.people.agents()}
    if "plan" in kinds:
        names |= {("plan", plan.id): plan.name for plan in await parts.people.plans()}
    return names


def _about(deed: Deed, names: Mapping[tuple[str, str], str], account: Account, _: Translator) -> About:
    kind = _(KINDS[deed.on_kind]) if deed.on_kind in KINDS else deed.on_kind
    page, needs = _PAGES.get(deed.on_kind, ("", None))
    path = page.format(quote(deed.on_id, safe="")) if deed.on_id and needs and account.may(needs) else ""
    return About(kind, names.get((deed.on_kind, deed.on_id), deed.on_id), path)
