"""The whole queue, for who keeps it."""

from datetime import datetime

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.people import CallbackState
from callcenter.domain.queue.listings import CallbackFilter, CallbackOrder, ListPart, Place, searched
from callcenter.domain.refusal import Refusal
from callcenter.domain.words.rule_names import rule_name
from callcenter.web.api.answers import from_cursor, to_cursor
from callcenter.web.api.callbacks import place_at
from callcenter.web.api.history import history_of
from callcenter.web.asked import Asked
from callcenter.web.pages.rendering import render
from callcenter.web.pages.searching import asked_of
from callcenter.web.parts import account_of, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

PAGE = 50


class Sought(Asked):
    state: CallbackState | None = None
    plan: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=100)
    cursor: str = Field(default="", max_length=500)


async def queue_page(request: web.Request) -> web.Response:
    asked, form = asked_of(request, Sought)
    if asked is None:
        raise Problem("invalid")
    parts = parts_of(request)
    words, digits = searched(asked.text, whole_numbers=account_of(request).may(Permission.SEE_NUMBERS))
    chosen = CallbackFilter(
        plan_id=asked.plan, states=frozenset({asked.state}) if asked.state else frozenset(), text=words, digits=digits
    )
    listed = await parts.listings.callbacks(chosen, ListPart(CallbackOrder.QUEUE, PAGE, _after(asked.cursor)))
    counts = await parts.listings.counts(CallbackFilter(plan_id=asked.plan, text=words, digits=digits))
    totals = {state: sum(each.get(state, 0) for each in counts.values()) for state in CallbackState}
    values = {
        "form": form,
        "cases": listed.cases,
        "follows": to_cursor(_values(listed.next)) if listed.next else "",
        "totals": [(state, many) for state, many in totals.items() if many],
        "total": sum(totals.values()),
        "chosen": asked.state,
        "plans": [(plan.id, plan.name) for plan in await parts.people.plans()],
        "states": tuple(CallbackState),
        "agents": {agent.id: agent.name for agent in await parts.people.agents()},
    }
    if "HX-Request" in request.headers and asked.cursor:
        return render(request, "queue_rows.html", values)
    return render(request, "queue.html", values)


def _values(place: Place) -> tuple[object, ...]:
    return place.due_at, place.priority, place.created_at, place.id


def _after(cursor: str) -> Place | None:
    """Raises Problem: invalid."""
    found = from_cursor(cursor, tuple[datetime, int, datetime, str])
    return place_at(*found) if found else None


async def callback_page(request: web.Request) -> web.Response:
    """One callback: where it stands, what was tried, and why it can or cannot be called."""
    parts = parts_of(request)
    found = await parts.service.asking.explain(request.match_info["callback"], None)
    if isinstance(found, Refusal):
        raise Problem("not_found")
    against = [verdict.refusal for verdict in found.verdicts if not verdict.ok and verdict.refusal]
    callback = found.case.callback
    agent = await parts.people.agent(callback.leased_to) if callback.leased_to else None
    values = {
        "case": found.case,
        "number": found.number.masked if found.number else "",
        "zone": zone_name(found.case),
        "verdicts": [(rule_name(each.rule, words_of(request).language), each) for each in found.verdicts],
        "refusals": against or ([found.refusal] if found.refusal else []),
        "possible_at": found.possible_at,
        "policy": found.policy,
        "history": await history_of(request, found.case),
        "agent": agent,
        "attempts": await parts.attempts.of_callback(callback.id),
        "decisions": await parts.stopped.of_callback(callback.id),
        "standing": len((await parts.restraints.restraints(found.case.customer.id, ())).exclusions),
        "callers": await parts.explaining.callers(callback.id),
    }
    return render(request, "callback.html", values)


_READ = Permission.READ_QUEUE
ROUTES = (
    Route("GET", "/queue", queue_page, _READ, "pageQueue", page=True),
    Route("GET", "/queue/{callback}", callback_page, _READ, "pageCallback", page=True),
)
