"""The service: Asterisk, books and archive joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.app.books import Books
from callcenter.app.offline import cadences, replanning, visits
from callcenter.app.terms import dial_terms, return_terms
from callcenter.ari.client import Address, AriClient, Limits
from callcenter.ari.stored import StoredRecordings
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.words import CallEvent
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.policies.evidence import MIN_RETENTION_YEARS
from callcenter.domain.retention import keep_until
from callcenter.domain.times.windows import in_zone
from callcenter.domain.visits.records import AttemptRecord
from callcenter.engine.archiving import ArchiveParts, Archivist
from callcenter.engine.asking import Asking, DialParts
from callcenter.engine.calls import Calls
from callcenter.engine.clock import WallClock
from callcenter.engine.closing import Closer, ClosingParts
from callcenter.engine.dialing import Dialing
from callcenter.engine.feed import Feed
from callcenter.engine.going_on import GoingOn
from callcenter.engine.handsets import Handsets
from callcenter.engine.health import Health
from callcenter.engine.outside import Outside
from callcenter.engine.pausing import Pausing
from callcenter.engine.ports import Archive, Clock, RawRecordings, Telephony
from callcenter.engine.returns import ReturnParts, Returns
from callcenter.engine.runner import World
from callcenter.engine.service import Service
from callcenter.engine.taking import Taking
from callcenter.media.spool import SharedFolderRecordings
from callcenter.settings import Settings


def ari_client(settings: Settings) -> AriClient:
    ari = settings.ari
    address = Address(ari.url, ari.user, ari.password.get_secret_value())
    return AriClient(address, Limits(deadline=ari.request_timeout_seconds))


def raw_recordings(settings: Settings, client: AriClient) -> RawRecordings:
    if settings.recordings.source == "folder":
        return SharedFolderRecordings(settings.recordings.folder)
    return StoredRecordings(client)


def join(
    settings: Settings,
    books: Books,
    switch: Telephony,
    raw: RawRecordings,
    kept: Archive,
    clock: Clock | None = None,
) -> Service:
    """Hand every part what it needs. clock: the machine's, if none is given."""
    clock, feed, health, handsets = clock or WallClock(), Feed(), Health(), Handsets()
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

    async def ended(call: Call, events: Sequence[CallEvent]) -> None:
        await closer.close(call, events)
        if call.terms.incoming:
            await returns.ended(call)

    calls = Calls(World(switch, raw, books.attempts, clock, feed), ended)
    dial_parts = DialParts(
        callbacks=books.callbacks,
        attempts=books.attempts,
        people=books.people,
        policies=books.policies,
        archive=kept,
        clock=clock,
        health=health,
        calls=calls,
        terms=dial_terms(settings),
        restraints=books.restraints,
        handsets=handsets,
        taken_out=books.taken_out,
    )
    asking = Asking(dial_parts)
    returns = Returns(
        ReturnParts(
            telephony=switch,
            store=books.returns,
            callbacks=books.callbacks,
            attempts=books.attempts,
            policies=books.policies,
            duty=books.duty,
            asking=asking,
            taking=Taking(dial_parts, asking),
            live=lambda: calls.live,
            clock=clock,
            feed=feed,
            terms=return_terms(settings),
        )
    )
    calls.guests = returns
    return Service(
        node=settings.ari.app,
        calls=calls,
        asking=asking,
        dialing=Dialing(dial_parts, asking),
        visits=visits(books, clock),
        archivist=archivist,
        replanning=replanning(books, clock),
        cadences=cadences(books, clock),
        attempts=books.attempts,
        clock=clock,
        feed=feed,
        health=health,
        going_on=GoingOn(books.callbacks, books.decisions, books.audit, clock),
        handsets=handsets,
        returns=returns,
        pausing=Pausing(calls, books.attempts, books.audit, clock),
        outside=Outside(dial_parts, closer.close),
        zone=settings.calls.default_zone,
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
