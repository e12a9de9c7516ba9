"""The whole house: the service, and the site that stands on it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_network

from callcenter.app.archive import archive, archive_of, check_archive
from callcenter.app.books import Books, open_books
from callcenter.app.handing_in import fallbacks
from callcenter.app.offline import (
    accounts_of,
    appointing,
    blocking,
    drafting,
    emptying,
    excluding,
    explaining,
    importing,
    paper,
    plans_of,
    rulebook,
    second_visits,
)
from callcenter.app.questioning import correcting, problem_cases, questioning, scripting
from callcenter.app.service import ari_client, join, raw_recordings
from callcenter.ari.commands import SwitchSettings
from callcenter.ari.events import Pace
from callcenter.ari.phones import PhonesOnAsterisk, PhoneTerms
from callcenter.ari.sip_lines import AsteriskLines
from callcenter.ari.switch import Switch
from callcenter.engine.blocking_at_work import BlockingAtWork, BlockingAtWorkParts
from callcenter.engine.browser_phones import BrowserPhones
from callcenter.engine.decisions import DecisionParts, Decisions
from callcenter.engine.evidence import Evidence, EvidenceParts
from callcenter.engine.imports_at_work import AtWorkParts, ImportsAtWork
from callcenter.engine.ports import ArchiveReader, Clock, PhonesAtRunTime, SipLines
from callcenter.engine.service import Service
from callcenter.engine.uploads import Uploads
from callcenter.settings import Settings
from callcenter.sheets.opening import list_sheets
from callcenter.web.parts import SiteParts, SiteTerms
from callcenter.web.site import Door


@asynccontextmanager
async def open_house(settings: Settings) -> AsyncIterator[tuple[Service, SiteParts]]:
    """The service, and the site that stands on it. Raises ArchiveGoneError."""
    async with (
        open_books(settings) as books,
        ari_client(settings) as client,
        AsteriskLines(settings.sip_socket) as lines,
    ):
        await check_archive(settings.recordings.archive, books.recordings)
        raw = raw_recordings(settings, client)
        kept = archive(settings, raw)
        try:
            await kept.sweep_work()
            phones = [agent.endpoint for agent in await books.people.agents() if agent.endpoint]
            pace = Pace(ping=settings.ari.heartbeat_seconds)
            switch = Switch(
                client,
                SwitchSettings(app=settings.ari.app, phone_codecs=settings.phones.codecs),
                phones=phones,
                pace=pace,
            )
            service = join(settings, books, switch, raw, kept)
            handsets = PhonesOnAsterisk(client, settings.ari.app, phone_terms(settings))
            yield service, site_parts(settings, books, service, SwitchPhones(handsets, lines), kept)
        finally:
            kept.close()


@dataclass(frozen=True, slots=True)
class SwitchPhones:
    """What the switch offers to phones in browsers."""

    phones: PhonesAtRunTime
    lines: SipLines


def site_parts(
    settings: Settings, books: Books, service: Service, switch: SwitchPhones, kept: ArchiveReader | None = None
) -> SiteParts:
    """kept: where recordings are read; the archive of the settings, if none is given."""
    kept = kept or archive_of(settings)
    imports = imports_at_work(settings, books, service.clock)
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
        decisions=Decisions(
            DecisionParts(books.callbacks, books.decisions, books.audit, service.clock, books.policies)
        ),
        evidence=Evidence(EvidenceParts(kept, books.recordings, service.clock, service.feed)),
        archive=kept,
        imports=books.imports,
        closing_days=books.closing_days,
        duty=books.duty,
        returns=books.returns,
        drafting=drafting(books, service.clock),
        open_logs=books.open_logs,
        history=books.history,
        paper=paper(settings, books, service.clock),
        fallbacks=fallbacks(books, archive_of(settings), service.clock),
        appointing=appointing(books, service.clock),
        imports_at_work=imports,
        restraints=books.restraints,
        excluding=excluding(books, service.clock),
        blocklists=books.blocklists,
        emptying=emptying(books, service.clock),
        blocking=BlockingAtWork(
            BlockingAtWorkParts(blocking(books, service.clock), books.blocklists, imports.uploads, service.clock)
        ),
        plan_store=books.plans,
        plans=plans_of(books, service.clock),
        rulebook=rulebook(settings, books, service.clock),
        phones=BrowserPhones(switch.phones, service.clock),
        lines=switch.lines,
        explaining=explaining(books, service.asking, service.clock),
        scripting=scripting(books, service.clock),
        questioning=questioning(books, service.clock),
        cases=problem_cases(books, service.clock),
        case_store=books.problem_cases,
        second_visits=second_visits(books, service.clock),
        correcting=correcting(books, service.clock),
        corrections=books.corrections,
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


def imports_at_work(settings: Settings, books: Books, clock: Clock) -> ImportsAtWork:
    """Uploads lie beside the control socket, which one service alone has."""
    folder = settings.control.socket.with_suffix(".uploads")
    uploads = Uploads(folder, clock, settings.web.max_upload_mb * 1_000_000)
    rules = {name: each.dial_rules for name, each in settings.trunks.items()}
    run, region = importing(books, clock), settings.calls.default_region
    return ImportsAtWork(AtWorkParts(run, books.imports, uploads, books.audit, clock, list_sheets, region, rules))


def phone_terms(settings: Settings) -> PhoneTerms:
    given = settings.phones
    return PhoneTerms(given.context, given.codecs, given.rtp_timeout_seconds)


def door(settings: Settings) -> Door:
    return Door(settings.web.host, settings.web.port, settings.web.certificate, settings.web.key)
