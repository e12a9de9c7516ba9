"""What did people do, and is the record of it whole?"""

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.audit import Action, Entry
from callcenter.engine.evidence import chain_proof
from callcenter.web.api.answers import Answer, Instant, Page, Paged, answer, from_cursor, to_cursor
from callcenter.web.asked import Moment, query_of
from callcenter.web.language import N_
from callcenter.web.parts import parts_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route

_MOST = 2**62


class AuditAsked(Paged):
    """Which entries."""

    action: Action | None = Field(default=None, description="What was done.")
    kind: str = Field(default="", max_length=200, description="Of what it was done to, such as `recording`.")
    object: str = Field(default="", max_length=200, description="Its id, such as an attempt's.")
    person: str = Field(default="", max_length=200, description="Id of the account.")
    login: str = Field(default="", max_length=200, description="Login of the account, as it was then.")
    since: Moment | None = Field(default=None, alias="from", description="Done at this instant or later.")
    until: Moment | None = Field(default=None, alias="to", description="Done before this instant.")


class EntryShown(Answer):
    number: int = Field(description="From 1, without gaps.")
    at: Instant
    action: Action
    person: str = Field(description="Id of the account; empty where nobody known did it.")
    login: str
    kind: str
    object: str
    detail: dict[str, str]
    address: str
    previous: str = Field(description="Hash of the entry before.")
    hash: str = Field(description="SHA-256 over this entry and the hash before.")


class Chain(Answer):
    """Whether every entry follows the one before."""

    unbroken: bool
    entries: int = Field(description="So many follow one another from the first.")
    first_break: int | None = Field(description="The first that does not follow: it was changed, removed or put in.")
    hash: str = Field(
        description="Of the last good entry. Noted elsewhere, it also proves later that none was removed at the end."
    )


async def list_audit(request: web.Request) -> web.Response:
    asked = query_of(request, AuditAsked)
    found = await parts_of(request).audit.entries(
        before=_before(asked.cursor),
        limit=asked.limit,
        on_kind=asked.kind,
        on_id=asked.object,
        who=asked.person,
        login=asked.login.lower(),
        action=asked.action,
        since=asked.since,
        until=asked.until,
    )
    follows = to_cursor((found[-1].number,)) if len(found) == asked.limit else None
    return answer(Page[EntryShown](items=[_shown(entry) for entry in found], next=follows))


def _before(cursor: str) -> int | None:
    found = from_cursor(cursor, tuple[int])
    if found is None:
        return None
    if not 0 < found[0] < _MOST:
        raise Problem("invalid", errors=[FieldProblem(field="cursor", message=N_("is none of ours"))])
    return found[0]


async def verify_audit(request: web.Request) -> web.Response:
    proof = await chain_proof(parts_of(request).audit)
    return answer(
        Chain(
            unbroken=proof.first_break is None,
            entries=proof.entries,
            first_break=proof.first_break,
            hash=proof.hash,
        )
    )


def _shown(entry: Entry) -> EntryShown:
    deed = entry.deed
    return EntryShown(
        number=entry.number,
        at=deed.at,
        action=deed.action,
        person=deed.who,
        login=deed.login,
        kind=deed.on_kind,
        object=deed.on_id,
        detail=dict(deed.detail),
        address=deed.address,
        previous=entry.previous,
        hash=entry.hash,
    )


ROUTES = (
    Route(
        "GET",
        "/audit",
        list_audit,
        Permission.READ_AUDIT,
        "listAudit",
        "What people did, the newest first.",
        query=AuditAsked,
        answer=Page[EntryShown],
    ),
    Route(
        "GET",
        "/audit/verify",
        verify_audit,
        Permission.READ_AUDIT,
        "verifyAudit",
        "Read the whole chain and tell where it breaks, if it does.",
        answer=Chain,
    ),
)
