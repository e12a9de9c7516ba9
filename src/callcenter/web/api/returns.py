"""Customers who ring back: offered to an agent, taken or declined; and the list of all who rang in."""

from datetime import datetime

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.people import CallbackState
from callcenter.domain.queue.returns import MissedWhy, ReturnFound, ReturnSearch, ReturnState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.returns import Offer
from callcenter.web import mine
from callcenter.web.api.answers import Answer, Instant, Page, Paged, answer, from_cursor, to_cursor
from callcenter.web.api.evidence import LONGEST_KEY, checked_place
from callcenter.web.asked import query_of
from callcenter.web.parts import account_of, parts_of
from callcenter.web.problems import refused
from callcenter.web.routes import Route
from callcenter.web.shown import show_number


class ReturnsAsked(Paged):
    state: ReturnState | None = Field(default=None, description="Only those that stand so.")
    callback: str = Field(default="", max_length=LONGEST_KEY, description="Only those about this callback.")
    undecided: bool = Field(default=False, description="Only those that wait for a supervisor's decision.")


class ReturnShown(Answer):
    """One call that came in."""

    id: str
    at: Instant
    number: str = Field(description="E.164, or masked without the right to see numbers; empty where it is withheld.")
    called: str = Field(description="What was dialled.")
    state: ReturnState
    callback_id: str | None
    callback_state: CallbackState | None
    callback_version: int | None = Field(description="Named by a decision.")
    undecided: bool = Field(
        description="Nobody talked with the customer, and his callback is over: give it back, or settle the return."
    )
    customer: str
    attempt: str | None = Field(description="Id of the latest attempt it led to.")
    agent_id: str | None = Field(description="Who took it last.")
    offered_to: list[str] = Field(description="Ids of the agents it was offered to in vain.")
    missed_why: MissedWhy | None
    ended_at: Instant | None


class OfferShown(Answer):
    """A customer who rings for this agent now."""

    id: str
    at: Instant = Field(description="When he began to ring in.")
    until: Instant = Field(description="Then the next agent is asked.")
    number: str
    called: str
    callback_id: str
    customer: str
    organisation: str
    purpose: str
    last_called_at: Instant | None = Field(description="When somebody called him last about it.")
    last_called_by_me: bool


class Offered(Answer):
    offer: OfferShown | None


class Taken(Answer):
    attempt: str = Field(description="The attempt's id.")
    callback_id: str


async def list_returns(request: web.Request) -> web.Response:
    asked = query_of(request, ReturnsAsked)
    place = from_cursor(asked.cursor, tuple[datetime, str])
    after = None if place is None else checked_place(*place)
    search = ReturnSearch(state=asked.state, callback_id=asked.callback or None, undecided=asked.undecided)
    found = await parts_of(request).returns.latest(search, asked.limit, after)
    follows = to_cursor((found[-1].call.at, found[-1].call.id)) if len(found) == asked.limit else None
    whole = account_of(request).may(Permission.SEE_NUMBERS)
    return answer(Page[ReturnShown](items=[_shown(each, whole=whole) for each in found], next=follows))


async def my_offer(request: web.Request) -> web.Response:
    offer = parts_of(request).service.returns.offer_to(mine.agent_of(request))
    whole = account_of(request).may(Permission.SEE_NUMBERS)
    return answer(Offered(offer=_offer_shown(offer, whole=whole) if offer else None))


async def accept_return(request: web.Request) -> web.Response:
    return answer(await accepted(request, mine.agent_of(request)), 201)


async def decline_return(request: web.Request) -> web.Response:
    declined(request, mine.agent_of(request))
    return web.Response(status=204)


async def accepted(request: web.Request, agent_id: str) -> Taken:
    """Raises Problem: refused."""
    parts, key = parts_of(request), request.match_info["return"]
    offer = parts.service.returns.offer_to(agent_id)
    found = await parts.service.returns.accept(agent_id, key)
    if isinstance(found, Refusal):
        raise refused(found, zone_name(offer.case) if offer else parts.service.zone)
    return Taken(attempt=found.id, callback_id=found.callback_id)


def declined(request: web.Request, agent_id: str) -> None:
    """Raises Problem: refused."""
    parts = parts_of(request)
    if not parts.service.returns.decline(agent_id, request.match_info["return"]):
        raise refused(Refusal(Rule.RETURN_GONE), parts.service.zone)


def _shown(found: ReturnFound, *, whole: bool) -> ReturnShown:
    call, callback = found.call, found.case.callback if found.case else None
    return ReturnShown(
        id=call.id,
        at=call.at,
        number=show_number(call.number, whole=whole) if call.number else "",
        called=call.called,
        state=call.state,
        callback_id=call.callback_id,
        callback_state=callback.state if callback else None,
        callback_version=callback.version if callback else None,
        undecided=found.undecided,
        customer=found.case.customer.name if found.case else "",
        attempt=call.attempt_id,
        agent_id=call.agent_id,
        offered_to=list(call.tried),
        missed_why=call.missed_why,
        ended_at=call.ended_at,
    )


def _offer_shown(offer: Offer, *, whole: bool) -> OfferShown:
    case = offer.case
    return OfferShown(
        id=offer.call.id,
        at=offer.call.at,
        until=offer.until,
        number=show_number(offer.call.number, whole=whole) if offer.call.number else "",
        called=offer.call.called,
        callback_id=case.callback.id,
        customer=case.customer.name,
        organisation=case.customer.organisation,
        purpose=case.callback.purpose or case.plan.purpose,
        last_called_at=offer.candidate.last_at,
        last_called_by_me=offer.candidate.last_agent == offer.agent.id,
    )


_DESK = Permission.USE_DESK
ROUTES = (
    Route(
        "GET",
        "/returns",
        list_returns,
        Permission.READ_QUEUE,
        "listReturns",
        "Who rang in, the newest first: customers who rang back, and callers whom nobody knows.",
        query=ReturnsAsked,
        answer=Page[ReturnShown],
    ),
    Route(
        "GET",
        "/returns/offer",
        my_offer,
        _DESK,
        "myOffer",
        "The customer who rings back and is offered to me just now.",
        answer=Offered,
    ),
    Route(
        "POST",
        "/returns/{return}/accept",
        accept_return,
        _DESK,
        "acceptReturn",
        "Take the customer who rings back: my phone rings, the recorder starts, then he is answered.",
        answer=Taken,
        status=201,
        problems=("refused",),
    ),
    Route(
        "POST",
        "/returns/{return}/decline",
        decline_return,
        _DESK,
        "declineReturn",
        "Let the next agent be asked.",
        status=204,
        problems=("refused",),
    ),
)
