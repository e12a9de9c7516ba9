"""The agent's desk: the next callback, dialling it, the call, and putting a callback back."""

import asyncio
import secrets
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.attempt import Attempt
from callcenter.domain.audit import Action
from callcenter.domain.calls.call import Call
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.duty import BreakReason
from callcenter.domain.people import Agent
from callcenter.domain.queue.returns import ReturnSearch
from callcenter.domain.recording import PauseReason
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.open_logs import NONE_OPEN
from callcenter.web import handling, mine
from callcenter.web.api.history import history_of
from callcenter.web.api.team import BreakAsked, begin_break
from callcenter.web.asked import Asked
from callcenter.web.language import N_
from callcenter.web.open_logs import OPEN_LOGS, day_began
from callcenter.web.pages.desk_log import OpenLog, opened_log
from callcenter.web.pages.desk_sheet import beside
from callcenter.web.pages.desk_view import MINE, Desk, asked, desk, live_of, open_logs, waiting
from callcenter.web.pages.forms import FormError, checked, fields_of, go
from callcenter.web.pages.rendering import render, times_of
from callcenter.web.pages.times import Times
from callcenter.web.parts import SiteParts, audit, parts_of, words_of
from callcenter.web.problems import Problem, refused
from callcenter.web.routes import Route
from callcenter.web.turns import TURNS

DESK = "/desk"
LONGEST_KEY = 200
PATIENCE_SECONDS = 0.2


class DialForm(Asked):
    """key: made with the page, so that the same form, sent twice, dials once."""

    key: str = Field(min_length=8, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")
    reason: str = Field(default="", max_length=500)
    number: int | None = Field(default=None, ge=0, le=100)


class ReasonForm(Asked):
    reason: str = Field(default="", max_length=500)


async def desk_page(request: web.Request) -> web.Response:
    agent, parts = await mine.agent(request), parts_of(request)
    now = await _now(request)
    values = {
        **now,
        **await _talk(request, now),
        "in_hands": await parts.callbacks.in_hand(agent.id),
        "logs": await open_logs(parts, agent) if request.get(OPEN_LOGS, NONE_OPEN).count else (),
        "rang": await parts.returns.latest(ReturnSearch(undecided=True, caller_id=agent.id), MINE, None),
        "day": day_began(request),
    }
    return render(request, "desk.html", values)


async def _talk(request: web.Request, now: Mapping[str, Any]) -> dict[str, object]:
    """What stands beside the call, and beside the log that is to be written: the script, and what else may come up."""
    view, log = now["desk"], now["log"]
    if view.live and view.in_hand:
        return await beside(request, view.live.attempt.id, view.in_hand.case)
    if log is not None and log.record.log.answered:
        return await beside(request, log.found.attempt.id, log.case)
    return {"panel": None, "tools": None}


async def now_part(request: web.Request) -> web.Response:
    """What goes on, alone: asked for again whenever something happens."""
    return render(request, "desk_now.html", await _now(request))


async def queue_part(request: web.Request) -> web.Response:
    """The head of the queue, alone: each of its callbacks is asked about, which takes a moment."""
    agent = await mine.agent(request)
    return render(request, "desk_queue.html", {"waiting": await waiting(parts_of(request), agent)})


async def _now(request: web.Request) -> dict[str, Any]:
    wanted = request.query.get("callback", "")[:LONGEST_KEY]
    if not wanted.isprintable():
        raise Problem("not_found")
    view = await desk(request, wanted)
    returns = parts_of(request).service.returns
    return {
        "offer": None if view.live else returns.offer_to(view.agent.id),
        "offer_seconds": int(returns.offer_seconds),
        "desk": view,
        "log": await log_shown(request, view, wanted),
        "key": secrets.token_urlsafe(16),
        "history": await history_of(request, view.in_hand.case) if view.in_hand else None,
        "wanted": wanted,
        "break_reasons": tuple(BreakReason),
        "pause_reasons": tuple(PauseReason),
        "failures_of": partial(_failures, times_of(request)),
    }


def _failures(times: Times, call: Call) -> str:
    """When a recorder of this talk was given up."""
    return ", ".join(times.clock(times.zone, at, seconds=True) for at in call.recorder_failed_at)


async def log_shown(request: web.Request, view: Desk, wanted: str) -> OpenLog | None:
    """The log of the call that goes on; or that of the talk that has just ended, which comes by itself."""
    if view.live is not None:
        return await opened_log(request, view.live.attempt.id)
    if wanted or view.last is None or not view.last.log_open:
        return None
    return await opened_log(request, view.last.attempt.id)


async def take_next(request: web.Request) -> web.Response:
    parts, agent = parts_of(request), await mine.agent(request)
    found = await parts.service.dialing.next_for(agent.id)
    if isinstance(found, Refusal):
        raise refused(found, parts.service.zone)
    if found is None:
        raise go(DESK, "nothing_to_dial")
    raise go(f"{DESK}?callback={found.callback.id}")


async def dial(request: web.Request) -> web.Response:
    """Dial, once for each page that was shown. Raises Problem: refused."""
    parts, agent = parts_of(request), await mine.agent(request)
    callback_id = request.match_info["callback"]
    try:
        form = checked(await fields_of(request), DialForm, words_of(request)).model
    except FormError as error:
        raise Problem("invalid") from error
    key = f"page:{agent.id}:{form.key}"
    async with request.app[TURNS].turn(key):
        if await parts.attempts.of_request(key) is not None:
            raise go(DESK)
        case = await mine.case_of(request)
        overrides = await _overrides(parts, agent, callback_id, form.reason.strip())
        for rule, reason in overrides.items():
            await audit(request, Action.OVERRIDDEN, "callback", callback_id, rule=rule, reason=reason)
        numbers = case.customer.numbers
        if form.number is not None and form.number >= len(numbers):
            raise Problem("invalid")
        number = None if form.number is None else numbers[form.number]
        answer = await parts.service.dialing.dial(
            agent.id, callback_id, number=number, overrides=overrides, request_key=key
        )
    if isinstance(answer, Refusal) and await parts.attempts.of_request(key) is None:
        raise refused(answer, zone_name(case))
    if isinstance(answer, Attempt):
        await _phone_first(parts, answer)
    raise go(DESK)


async def _phone_first(parts: SiteParts, attempt: Attempt) -> None:
    """The page that follows is much to make, and comes behind the phone that rings; but it does come."""
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await parts.service.calls.begun(attempt.id)


async def _overrides(parts: SiteParts, agent: Agent, callback_id: str, reason: str) -> dict[Rule, str]:
    """Which rules are gone round with this reason; none without one."""
    ask = await asked(parts, agent, callback_id) if reason else None
    return {refusal.rule: reason for refusal in ask.refusals} if ask and ask.overridable else {}


async def hang_up(request: web.Request) -> web.Response:
    parts, agent = parts_of(request), await mine.agent(request)
    try:
        form = checked(await fields_of(request), ReasonForm, words_of(request)).model
    except FormError as error:
        raise Problem("invalid") from error
    attempt_id = request.match_info["attempt"]
    live = await live_of(parts, agent)
    if live is None or live.attempt.id != attempt_id:
        raise go(DESK)
    refusal = handling.hang_up(parts.service, attempt_id, form.reason)
    if refusal is not None:
        raise refused(refusal, parts.service.zone)
    raise go(DESK)


async def release(request: web.Request) -> web.Response:
    parts, agent = parts_of(request), await mine.agent(request)
    if not await parts.callbacks.give_back(request.match_info["callback"], agent.id):
        raise Problem("changed_meanwhile", N_("This callback is not in your hand any more."))
    raise go(DESK, "released")


async def take_break(request: web.Request) -> web.Response:
    try:
        form = checked(await fields_of(request), BreakAsked, words_of(request)).model
    except FormError as error:
        raise Problem("invalid") from error
    await begin_break(request, form)
    raise go(DESK)


async def end_break(request: web.Request) -> web.Response:
    parts, agent_id = parts_of(request), mine.agent_of(request)
    await fields_of(request)
    ended = await parts.duty.end_break(agent_id, parts.service.clock.now())
    raise go(DESK, "break_over" if ended else "")


_DESK = Permission.USE_DESK
ROUTES = (
    Route("GET", DESK, desk_page, _DESK, "pageDesk", page=True),
    Route("GET", "/desk/now", now_part, _DESK, "pageDeskNow", page=True),
    Route("GET", "/desk/queue", queue_part, _DESK, "pageDeskQueue", page=True),
    Route("POST", "/desk/next", take_next, _DESK, "pageNext", page=True),
    Route("POST", "/desk/break", take_break, _DESK, "pageBreak", page=True),
    Route("POST", "/desk/break/end", end_break, _DESK, "pageBreakEnds", page=True),
    Route("POST", "/desk/callbacks/{callback}/dial", dial, _DESK, "pageDial", page=True),
    Route("POST", "/desk/callbacks/{callback}/release", release, _DESK, "pageRelease", page=True),
    Route("POST", "/desk/attempts/{attempt}/hang-up", hang_up, _DESK, "pageHangUp", page=True),
)
