"""The books: every store, on one database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from callcenter.domain.policies.policy import load_policy
from callcenter.domain.policies.presets import preset_text
from callcenter.engine.cadences import CadenceStore
from callcenter.engine.desk_ports import AppointmentStore, DraftStore, HistoryStore, OpenLogStore, PaperStore
from callcenter.engine.import_ports import ImportStore
from callcenter.engine.plan_ports import PlanStore
from callcenter.engine.replanning import ReplanStore
from callcenter.engine.restraint_ports import BlocklistStore, RestraintStore, TakenOutStore
from callcenter.engine.return_ports import ReturnStore
from callcenter.engine.script_ports import AnswerStore, CorrectionStore, ProblemCaseStore, ScriptStore
from callcenter.engine.stores import (
    AccountStore,
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
from callcenter.engine.weighing_ports import WeighStore
from callcenter.settings import Settings
from callcenter.storage.accounts import SqlAccounts
from callcenter.storage.appointments import SqlAppointments
from callcenter.storage.attempts import SqlAttempts
from callcenter.storage.audit import SqlAudit
from callcenter.storage.blocklists import SqlBlocklists
from callcenter.storage.cadences import SqlCadences
from callcenter.storage.callbacks import SqlCallbacks
from callcenter.storage.closing_days import SqlClosingDays
from callcenter.storage.database import Database
from callcenter.storage.decisions import SqlDecisions
from callcenter.storage.drafts import SqlDrafts
from callcenter.storage.duty import SqlDuty
from callcenter.storage.errors import DatabaseFailedError, DatabaseUrlError, SchemaError, SnapshotError
from callcenter.storage.history import SqlHistory
from callcenter.storage.imports import SqlImports
from callcenter.storage.listings import SqlListings
from callcenter.storage.logs import SqlLogs
from callcenter.storage.open_logs import SqlOpenLogs
from callcenter.storage.paper import SqlPaper
from callcenter.storage.people import SqlPeople
from callcenter.storage.plans import SqlPlans
from callcenter.storage.policies import SqlPolicies
from callcenter.storage.problem_cases import SqlCorrections, SqlProblemCases
from callcenter.storage.recordings import SqlRecordings
from callcenter.storage.replans import SqlReplans
from callcenter.storage.restraints import SqlRestraints
from callcenter.storage.returns import SqlReturns
from callcenter.storage.schema import check_schema, upgrade
from callcenter.storage.scripts import SqlAnswers, SqlScripts
from callcenter.storage.searches import SqlSearches
from callcenter.storage.taken_out import SqlTakenOut
from callcenter.storage.weighing import SqlWeighing

BooksError = (SchemaError, DatabaseFailedError, DatabaseUrlError, SnapshotError)
"""What may be wrong with the database as a whole; each says so in a sentence without personal data."""

PRESET_POLICIES = ("tongjiang", "always_open")


@dataclass(frozen=True, slots=True)
class Books:
    """All stores, on one database."""

    database: Database
    callbacks: CallbackStore
    listings: ListingStore
    attempts: AttemptStore
    recordings: RecordingStore
    logs: LogStore
    people: PeopleStore
    policies: PolicyStore
    accounts: AccountStore
    audit: AuditStore
    searches: EvidenceStore
    decisions: DecisionStore
    imports: ImportStore
    weighing: WeighStore
    restraints: RestraintStore
    blocklists: BlocklistStore
    replans: ReplanStore
    cadences: CadenceStore
    plans: PlanStore
    closing_days: ClosingDayStore
    scripts: ScriptStore
    answers: AnswerStore
    problem_cases: ProblemCaseStore
    corrections: CorrectionStore
    duty: DutyStore
    drafts: DraftStore
    appointments: AppointmentStore
    open_logs: OpenLogStore
    paper: PaperStore
    taken_out: TakenOutStore
    returns: ReturnStore
    history: HistoryStore


@asynccontextmanager
async def open_books(settings: Settings) -> AsyncIterator[Books]:
    """Raises SchemaError when the tables are not this program's, DatabaseFailedError when they cannot be had."""
    database = await Database.open(settings.database.url)
    try:
        await check_schema(database)
        yield Books(
            database,
            SqlCallbacks(database),
            SqlListings(database),
            SqlAttempts(database),
            SqlRecordings(database),
            SqlLogs(database),
            SqlPeople(database),
            SqlPolicies(database),
            SqlAccounts(database),
            SqlAudit(database),
            SqlSearches(database),
            SqlDecisions(database),
            SqlImports(database),
            SqlWeighing(database),
            SqlRestraints(database),
            SqlBlocklists(database),
            SqlReplans(database),
            SqlCadences(database),
            SqlPlans(database),
            SqlClosingDays(database),
            SqlScripts(database),
            SqlAnswers(database),
            SqlProblemCases(database),
            SqlCorrections(database),
            SqlDuty(database),
            SqlDrafts(database),
            SqlAppointments(database),
            SqlOpenLogs(database),
            SqlPaper(database),
            SqlTakenOut(database),
            SqlReturns(database),
            SqlHistory(database),
        )
    finally:
        await database.close()


async def upgrade_books(settings: Settings) -> None:
    """Make or upgrade the tables, and add the policies that come with the program."""
    await upgrade(settings.database.url)
    async with open_books(settings) as books:
        for name in PRESET_POLICIES:
            text = preset_text(name)
            await books.policies.add(load_policy(text), text)
