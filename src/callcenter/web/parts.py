"""What the pages and the API stand on, and who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network

from aiohttp import web

from callcenter.domain.access import Account, Permission, Session
from callcenter.domain.audit import Action, Deed
from callcenter.engine.accounts import Accounts, Visitor
from callcenter.engine.appointing import Appointing
from callcenter.engine.blocking_at_work import BlockingAtWork
from callcenter.engine.browser_phones import BrowserPhones
from callcenter.engine.correcting import Correcting
from callcenter.engine.decisions import By, Decisions
from callcenter.engine.desk_ports import HistoryStore, OpenLogStore
from callcenter.engine.drafting import Drafting
from callcenter.engine.emptying import Emptying
from callcenter.engine.evidence import Evidence
from callcenter.engine.excluding import Excluding
from callcenter.engine.explaining import Explaining
from callcenter.engine.fallback import Fallbacks
from callcenter.engine.import_ports import ImportStore
from callcenter.engine.imports_at_work import ImportsAtWork
from callcenter.engine.paper import Paper
from callcenter.engine.plan_ports import PlanStore
from callcenter.engine.plans import Plans
from callcenter.engine.ports import ArchiveReader, SipLines
from callcenter.engine.problem_cases import ProblemCases
from callcenter.engine.questioning import Questioning
from callcenter.engine.restraint_ports import BlocklistStore, RestraintStore
from callcenter.engine.return_ports import ReturnStore
from callcenter.engine.rulebook import Rulebook
from callcenter.engine.script_ports import CorrectionStore, ProblemCaseStore
from callcenter.engine.scripting import Scripting
from callcenter.engine.second_visits import SecondVisits
from callcenter.engine.service import Service
from callcenter.engine.stores import (
    AttemptStore,
    AuditStore,
    CallbackStore,
    ClosingDayStore,
    DecisionStore,
    DutyStore,
    EvidenceStore,
    ListingStore,
    LogStore,
    PeopleStore,
    PolicyStore,
    RecordingStore,
)
from callcenter.web.language import N_, Translator, language_of, translator
from callcenter.web.problems import Problem


@dataclass(frozen=True, slots=True)
class SiteTerms:
    """What the installation sets. own_origin: `https://HOST` where it is known, else the request's own host counts.
    secure: HTTPS, here or at the proxy.
    """

    own_origin: str
    secure: bool
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    session_length: timedelta
    max_upload_bytes: int
    zone: str
    region: str
    trunks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SiteParts:
    service: Service
    accounts: Accounts
    audit: AuditStore
    callbacks: CallbackStore
    listings: ListingStore
    attempts: AttemptStore
    recordings: RecordingStore
    logs: LogStore
    people: PeopleStore
    policies: PolicyStore
    searches: EvidenceStore
    stopped: DecisionStore
    decisions: Decisions
    evidence: Evidence
    archive: ArchiveReader
    imports: ImportStore
    imports_at_work: ImportsAtWork
    restraints: RestraintStore
    excluding: Excluding
    blocklists: BlocklistStore
    blocking: BlockingAtWork
    emptying: Emptying
    plan_store: PlanStore
    plans: Plans
    rulebook: Rulebook
    explaining: Explaining
    closing_days: ClosingDayStore
    scripting: Scripting
    questioning: Questioning
    cases: ProblemCases
    case_store: ProblemCaseStore
    second_visits: SecondVisits
    correcting: Correcting
    corrections: CorrectionStore
    phones: BrowserPhones
    lines: SipLines
    duty: DutyStore
    returns: ReturnStore
    drafting: Drafting
    open_logs: OpenLogStore
    history: HistoryStore
    paper: Paper
    fallbacks: Fallbacks
    appointing: Appointing
    terms: SiteTerms


PARTS = web.AppKey("PARTS", SiteParts)
ACCOUNT = web.RequestKey("ACCOUNT", Account)
SESSION = web.RequestKey("SESSION", Session)
ADDRESS = web.RequestKey("ADDRESS", str)


def parts_of(request: web.Request) -> SiteParts:
    return request.app[PARTS]


def account_of(request: web.Request) -> Account:
    """Who asks. Raises Problem (401) where nobody is signed in."""
    account = request.get(ACCOUNT)
    if not isinstance(account, Account):
        raise Problem("not_signed_in")
    return account


def session_of(request: web.Request) -> Session:
    session = request.get(SESSION)
    if not isinstance(session, Session):
        raise Problem("not_signed_in")
    return session


def visitor_of(request: web.Request) -> Visitor:
    # Bytes that are no text stand in a header as halves of surrogate pairs, which no database takes.
    program = request.headers.get("User-Agent", "")[:200].encode("utf-8", "replace").decode()
    return Visitor(request.get(ADDRESS, ""), program)


def by_of(request: web.Request) -> By:
    """Who asks for what is done, as the engine writes it down."""
    return By(account_of(request), visitor_of(request).address)


def words_of(request: web.Request) -> Translator:
    """The texts in the language of who asks."""
    account = request.get(ACCOUNT)
    return translator(language_of(request, account.language if isinstance(account, Account) else ""))


async def audit(request: web.Request, action: Action, kind: str, key: str, **detail: str) -> None:
    """Write down what is done here; on the disk when this returns."""
    parts, account = parts_of(request), request.get(ACCOUNT)
    who, login = (account.id, account.login) if isinstance(account, Account) else ("", "")
    deed = Deed(
        at=parts.service.clock.now(),
        action=action,
        who=who,
        login=login,
        on_kind=kind,
        on_id=key[:200],
        detail=_short(detail),
        address=visitor_of(request).address,
    )
    await parts.audit.write(deed)


async def forbidden(request: web.Request, kind: str, key: str, needs: Permission | str) -> Problem:
    """A refusal that is written down, ready to be raised. It tells which right is lacking; to who has that, that it
    belongs to somebody else.
    """
    await audit(request, Action.ACCESS_REFUSED, kind, key, needs=str(needs), path=request.path)
    if isinstance(needs, Permission) and not account_of(request).may(needs):
        return Problem("forbidden", needs={needs})
    return Problem("forbidden", N_("It belongs to another agent."))


def _short(detail: Mapping[str, str]) -> dict[str, str]:
    return {name: value[:500] for name, value in detail.items()}
