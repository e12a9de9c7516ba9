"""When may the customer of a visit be called next, and what stands against a time, before it is agreed?"""

from datetime import date

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.people import Case
from callcenter.domain.visits.appointing import Conflict, ConflictKind
from callcenter.domain.visits.searches import AttemptFound
from callcenter.web.api.answers import Answer, Instant, RefusalShown, answer
from callcenter.web.api.logs import mine
from callcenter.web.asked import Asked, Moment, query_of
from callcenter.web.parts import parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route
from callcenter.web.shown import show_refusal


class OpeningShown(Answer):
    start: Instant
    end: Instant = Field(description="Excluded.")


class DayAheadShown(Answer):
    day: date = Field(description="In the customer's zone.")
    day_off: bool = Field(description="A public holiday or a closing day.")
    openings: list[OpeningShown]
    times: list[Instant] = Field(description="To choose from.")


class AgreedShown(Answer):
    callback_id: str
    customer: str
    at: Instant


class TimesShown(Answer):
    """The customer's next days."""

    zone: str = Field(description="IANA name of the customer's zone.")
    offers: list[Instant] = Field(description="The two times to be offered (C8-02); fewer where there are none.")
    days: list[DayAheadShown]
    agreed: list[AgreedShown] = Field(description="What you agreed with others in these days.")


class AtAsked(Asked):
    at: Moment = Field(description="The time that is thought of.")


class ConflictShown(Answer):
    kind: ConflictKind
    allowed: bool = Field(description="Whether it may be agreed all the same.")
    refusal: RefusalShown | None
    agreed: AgreedShown | None


class ConflictsShown(Answer):
    """What stands against a time, as of now."""

    items: list[ConflictShown]


async def show_times(request: web.Request) -> web.Response:
    found, case = await _case(request)
    parts = parts_of(request)
    calendar = await parts.appointing.calendar(case, found.attempt.agent_id, found.attempt.number)
    if calendar is None:
        raise Problem("not_found")
    days = [
        DayAheadShown(
            day=each.day,
            day_off=each.holiday,
            openings=[OpeningShown(start=opening.start, end=opening.end) for opening in each.openings],
            times=list(each.times),
        )
        for each in calendar.days
    ]
    agreed = [AgreedShown(callback_id=each.callback_id, customer=each.customer, at=each.at) for each in calendar.taken]
    return answer(TimesShown(zone=calendar.zone, offers=list(calendar.offers), days=days, agreed=agreed))


async def show_conflicts(request: web.Request) -> web.Response:
    found, case = await _case(request)
    at = query_of(request, AtAsked).at
    against = await parts_of(request).appointing.against(case, found.attempt.agent_id, found.attempt.number, at)
    return answer(ConflictsShown(items=[_shown(request, each) for each in against]))


def _shown(request: web.Request, conflict: Conflict) -> ConflictShown:
    refusal, other = conflict.refusal, conflict.agreed
    zone, language = parts_of(request).terms.zone, words_of(request).language
    return ConflictShown(
        kind=conflict.kind,
        allowed=conflict.allowed,
        refusal=RefusalShown.model_validate(show_refusal(refusal, zone, language)) if refusal else None,
        agreed=AgreedShown(callback_id=other.callback_id, customer=other.customer, at=other.at) if other else None,
    )


async def _case(request: web.Request) -> tuple[AttemptFound, Case]:
    """Raises Problem: not_found, forbidden."""
    found = await mine(request)
    case = await parts_of(request).callbacks.case(found.attempt.callback_id)
    if case is None:
        raise Problem("not_found")
    return found, case


ROUTES = (
    Route(
        "GET",
        "/attempts/{attempt}/log/times",
        show_times,
        Permission.USE_DESK,
        "getVisitTimes",
        "When the customer may be called in the next days, and two times to offer him.",
        answer=TimesShown,
    ),
    Route(
        "GET",
        "/attempts/{attempt}/log/conflicts",
        show_conflicts,
        Permission.USE_DESK,
        "getVisitConflicts",
        "What stands against a time: windows, holidays, caps, your other appointments.",
        query=AtAsked,
        answer=ConflictsShown,
    ),
)
