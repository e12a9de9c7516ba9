"""The only place that chooses and joins parts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from callcenter.ari.client import Address, AriClient, Limits
from callcenter.ari.commands import SwitchSettings
from callcenter.ari.events import Pace
from callcenter.ari.stored import StoredRecordings
from callcenter.ari.switch import Switch
from callcenter.domain.call import Call
from callcenter.domain.policy import MIN_RETENTION_YEARS, load_policy
from callcenter.domain.presets import preset_text
from callcenter.domain.records import AttemptRecord
from callcenter.domain.retention import keep_until
from callcenter.domain.retry import zone_name
from callcenter.domain.trunk import Trunk
from callcenter.domain.windows import in_zone
from callcenter.engine.accounts import AccountParts, Accounts
from callcenter.engine.archiving import ArchiveParts, Archivist
from callcenter.engine.calls import Calls
from callcenter.engine.clock import WallClock
from callcenter.engine.closing import Closer, ClosingParts
from callcenter.engine.decisions import DecisionParts, Decisions
from callcenter.engine.dialing import Dialing, DialParts, DialTerms
from callcenter.engine.evidence import Evidence, EvidenceParts
from callcenter.engine.feed import Feed
from callcenter.engine.health import Health
from callcenter.engine.import_ports import ImportStore
from callcenter.engine.importing import Importing
from callcenter.engine.imports_at_work import AtWorkParts, ImportsAtWork
from callcenter.engine.ports import Archive, ArchiveReader, Clock, RawRecordings, Telephony
from callcenter.engine.runner import World
from callcenter.engine.service import Service
from callcenter.engine.stores import (
    AccountStore,
    AttemptStore,
    AuditStore,
    CallbackStore,
    DecisionStore,
    EvidenceStore,
    ListingStore,
    LogStore,
    PeopleStore,
    PolicyStore,
    RecordingStore,
)
from callcenter.engine.uploads import Uploads
from callcenter.engine.visits import VisitParts, Visits
from callcenter.media.archive import LocalArchive
from callcenter.media.spool import SharedFolderRecordings
from callcenter.settings import Settings, TrunkSettings
from callcenter.sheets.opening import list_sheets, open_table
from callcenter.storage.accounts import SqlAccounts
from callcenter.storage.attempts import SqlAttempts
from callcenter.storage.audit import SqlAudit
from callcenter.storage.callbacks import SqlCallbacks
from callcenter.storage.database import Database
from callcenter.storage.decisions import SqlDecisions
from callcenter.storage.errors import DatabaseFailedError, DatabaseUrlError, SchemaError, SnapshotError
from callcenter.storage.imports import SqlImports
from callcenter.storage.listings import SqlListings
from callcenter.storage.logs import SqlLogs
from callcenter.storage.people import SqlPeople
from callcenter.storage.policies import SqlPolicies
from callcenter.storage.recordings import SqlRecordings
from callcenter.storage.schema import check_schema, upgrade
from callcenter.storage.searches import SqlSearches
from callcenter.web.parts import SiteParts, SiteTerms
from callcenter.web.site import Door

__all__ = ["Books", "BooksError", "SchemaError", "open_books", "open_service", "upgrade_books"]

BooksError = (SchemaError, DatabaseFailedError, DatabaseUrlError, SnapshotError)
"""What may be wrong with the database as a whole; each says so in a sentence without personal data."""

PRESET_POLICIES = ("tongjiang", "always_open")

ARCHIVE_RESERVE = 10
"""Dialling stops at the free-space mark; what already runs may still be archived down to this part of it."""


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
        )
    finally:
        await database.close()


async def upgrade_books(settings: Settings) -> None:
    """Make or upgrade the tables, and add the policies that come with the program."""
    await upgrade(settings.database.url)
    async with open_books(settings) as books:
        for name in PRESET_POLICIES:
            await books.policies.add(load_policy(preset_text(name)))


def visits(books: Books, clock: Clock | None = None) -> Visits:
    parts = VisitParts(
        books.logs, books.attempts, books.callbacks, books.recordings, books.policies, clock or WallClock()
    )
    return Visits(parts)


def accounts_of(settings: Settings, books: Books, clock: Clock | None = None) -> Accounts:
    return Accounts(
        AccountParts(
            books.accounts,
            books.audit,
            books.people,
            clock or WallClock(),
            timedelta(hours=settings.web.session_hours),
        )
    )


def importing(books: Books, clock: Clock | None = None) -> Importing:
    return Importing(books.imports, open_table, clock or WallClock())


def imports_at_work(settings: Settings, books: Books, clock: Clock) -> ImportsAtWork:
    """Uploads lie beside the control socket, which one service alone has."""
    folder = settings.control.socket.with_suffix(".uploads")
    uploads = Uploads(folder, clock, settings.web.max_upload_mb * 1_000_000)
    rules = {name: each.dial_rules for name, each in settings.trunks.items()}
    run, region = importing(books, clock), settings.calls.default_region
    return ImportsAtWork(AtWorkParts(run, books.imports, uploads, books.audit, clock, list_sheets, region, rules))


def archive_of(settings: Settings) -> LocalArchive:
    """The archive alone, to read in."""
    return archive(settings, SharedFolderRecordings(settings.recordings.folder))


class _NoCalls:
    """What the gate sees of the switch where no service runs: nothing."""

    sighted = False
    live: tuple[Call, ...] = ()

    def begin(self, call: Call) -> None:
        raise RuntimeError(f"no service runs that could begin call {call.attempt_id}")


def offline_dialing(settings: Settings, books: Books) -> Dialing:
    """The gate without a running service: it can explain, not dial."""
    return Dialing(
        DialParts(
            callbacks=books.callbacks,
            attempts=books.attempts,
            people=books.people,
            policies=books.policies,
            archive=archive_of(settings),
            clock=WallClock(),
            health=Health(),
            calls=_NoCalls(),
            terms=dial_terms(settings),
        )
    )


def archive(settings: Settings, raw: RawRecordings) -> LocalArchive:
    recordings = settings.recordings
    return LocalArchive(
        recordings.archive, raw, min_free_bytes=recordings.min_free_bytes // ARCHIVE_RESERVE, make=False
    )


def ari_client(settings: Settings) -> AriClient:
    ari = settings.ari
    address = Address(ari.url, ari.user, ari.password.get_secret_value())
    return AriClient(address, Limits(deadline=ari.request_timeout_seconds))


def raw_recordings(settings: Settings, client: AriClient) -> RawRecordings:
    if settings.recordings.source == "folder":
        return SharedFolderRecordings(settings.recordings.folder)
    return StoredRecordings(client)


class ArchiveGoneError(Exception):
    """The archive's folder is not the one in which recordings were kept before: a disk is not mounted, say."""


ARCHIVE_MARK = ".callcenter"


async def check_archive(root: Path, recordings: RecordingStore) -> None:
    """A new archive is made and gets a mark. Raises ArchiveGoneError where recordings were kept and it has none."""
    mark = root / ARCHIVE_MARK
    if mark.exists():
        return
    if await recordings.all_kept(limit=1):
        raise ArchiveGoneError(
            f"Recordings were kept before, but {mark.parent} is not their archive ({ARCHIVE_MARK} is not in it): "
            f"is its disk mounted? If the archive was moved there without it, make an empty file {mark}."
        )
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


@asynccontextmanager
async def open_service(settings: Settings) -> AsyncIterator[Service]:
    """The service, joined and ready to run. Raises ArchiveGoneError."""
    async with open_house(settings) as (service, _):
        yield service


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[tuple[Service, SiteParts]]:
    """The service, and the site that stands on it. Raises ArchiveGoneError."""
    async with open_books(settings) as books, ari_client(settings) as client:
        await check_archive(settings.recordings.archive, books.recordings)
        raw = raw_recordings(settings, client)
        kept = archive(settings, raw)
        try:
            await kept.sweep_work()
            phones = [agent.endpoint for agent in await books.people.agents()]
            pace = Pace(ping=settings.ari.heartbeat_seconds)
            switch = Switch(client, SwitchSettings(app=settings.ari.app), phones=phones, pace=pace)
            service = join(settings, books, switch, raw, kept)
            yield service, site_parts(settings, books, service, kept)
        finally:
            kept.close()


def join(
    settings: Settings,
    books: Books,
    switch: Telephony,
    raw: RawRecordings,
    kept: Archive,
    clock: Clock | None = None,
) -> Service:
    """Hand every part what it needs. clock: the machine's, if none is given."""
    clock, feed, health = clock or WallClock(), Feed(), Health()
    archivist = Archivist(
        ArchiveParts(
            telephony=switch,
            raw=raw,
            archive=kept,
            attempts=books.attempts,
            recordings=books.recordings,
            clock=clock,
            feed=feed,
            health=health,
            format=settings.recordings.format,
            keep_until=Retention(books).until,
        )
    )
    closer = Closer(
        ClosingParts(books.attempts, books.callbacks, books.people, books.policies, clock, feed, health, archivist)
    )
    calls = Calls(World(switch, raw, books.attempts, clock, feed), closer.close)
    dialing = Dialing(
        DialParts(
            callbacks=books.callbacks,
            attempts=books.attempts,
            people=books.people,
            policies=books.policies,
            archive=kept,
            clock=clock,
            health=health,
            calls=calls,
            terms=dial_terms(settings),
        )
    )
    return Service(
        node=settings.ari.app,
        calls=calls,
        dialing=dialing,
        visits=visits(books, clock),
        archivist=archivist,
        attempts=books.attempts,
        clock=clock,
        feed=feed,
        health=health,
        zone=settings.calls.default_zone,
    )


def site_parts(settings: Settings, books: Books, service: Service, kept: ArchiveReader | None = None) -> SiteParts:
    """kept: where recordings are read; the archive of the settings, if none is given."""
    kept = kept or archive_of(settings)
    return SiteParts(
        service=service,
        accounts=accounts_of(settings, books, service.clock),
        audit=books.audit,
        callbacks=books.callbacks,
        listings=books.listings,
        attempts=books.attempts,
        recordings=books.recordings,
        logs=books.logs,
        people=books.people,
        policies=books.policies,
        searches=books.searches,
        stopped=books.decisions,
        decisions=Decisions(DecisionParts(books.callbacks, books.decisions, books.audit, service.clock)),
        evidence=Evidence(EvidenceParts(kept, books.recordings, service.clock, service.feed)),
        archive=kept,
        imports=books.imports,
        imports_at_work=imports_at_work(settings, books, service.clock),
        terms=SiteTerms(
            own_origin=settings.web.public_url,
            secure=settings.web.secure,
            trusted_proxies=tuple(ip_network(each) for each in settings.web.trusted_proxies),
            session_length=timedelta(hours=settings.web.session_hours),
            max_upload_bytes=settings.web.max_upload_mb * 1_000_000,
            zone=settings.calls.default_zone,
            region=settings.calls.default_region,
            trunks=tuple(settings.trunks),
        ),
    )


def door(settings: Settings) -> Door:
    return Door(settings.web.host, settings.web.port, settings.web.certificate, settings.web.key)


def dial_terms(settings: Settings) -> DialTerms:
    return DialTerms(
        node=settings.ari.app,
        trunks={name: trunk(name, each) for name, each in settings.trunks.items()},
        lease=timedelta(minutes=settings.calls.lease_minutes),
        setup_seconds=settings.calls.setup_seconds,
        max_calls=settings.calls.max_concurrent,
        disk_mark_bytes=settings.recordings.min_free_bytes,
    )


def trunk(name: str, settings: TrunkSettings) -> Trunk:
    return Trunk(
        name=name,
        endpoint=settings.endpoint,
        number_format=settings.number_format,
        caller_id=settings.caller_id,
        dial_rules=settings.dial_rules,
        outcome_rules=settings.outcome_rules,
    )


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the policy of an attempt's plan wants it kept."""

    books: Books

    async def until(self, record: AttemptRecord) -> datetime:
        case = await self.books.callbacks.case(record.attempt.callback_id)
        name = case.plan.policy if case else record.attempt.policy
        on = in_zone(case.plan.zone if case else "", record.attempt.started_at)
        policy = await self.books.policies.in_force(name, on)
        years = policy.retention.years if policy else MIN_RETENTION_YEARS
        return keep_until(record.attempt.started_at, years, zone_name(case) if case else "")
