"""The control channel: a Unix socket that only the service's own user may open; the command line speaks to it.

POST /dial     {agent, callback?, overrides?}  -> lines of JSON: the attempt or the refusal, then the call, live
POST /hang-up  {attempt, reason?}              -> 202, or 409 with the refusal
POST /join     {attempt, endpoint}             -> 202: a new agent's leg joins before the old one goes
GET  /calls                                    -> the live calls
GET  /status                                   -> what the gate is told of the service
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from callcenter.domain.call import may_hang_up
from callcenter.domain.call_words import AgentJoinAsked, HangUpAsked
from callcenter.domain.people import Case
from callcenter.domain.recording import RecordingState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.feed import Update
from callcenter.engine.service import Service
from callcenter.web.shown import Shown, show_attempt, show_call, show_case, show_explanation, show_refusal, show_update

SERVICE = web.AppKey("SERVICE", Service)

FOLLOWED_TO_THE_END = frozenset({RecordingState.VERIFIED, RecordingState.MISSING})

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def control_app(service: Service) -> web.Application:
    app = web.Application()
    app[SERVICE] = service
    routes: tuple[tuple[str, str, Handler], ...] = (
        ("POST", "/dial", dial),
        ("POST", "/hang-up", hang_up),
        ("POST", "/join", join),
        ("POST", "/explain", explain),
        ("GET", "/calls", calls),
        ("GET", "/status", status),
    )
    for method, path, handler in routes:
        app.router.add_route(method, path, handler)
    return app


class SocketInUseError(Exception):
    """Another service listens on this socket."""


@asynccontextmanager
async def listening(service: Service, socket: Path) -> AsyncIterator[None]:
    """Serve the control channel. Raises SocketInUseError."""
    socket.parent.mkdir(parents=True, exist_ok=True)
    if await _answers(socket):
        raise SocketInUseError(f"another callcenter service listens on {socket}; stop it first")
    socket.unlink(missing_ok=True)
    runner = web.AppRunner(control_app(service), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    before = os.umask(0o177)
    try:
        await web.UnixSite(runner, str(socket)).start()
    finally:
        os.umask(before)
    try:
        yield
    finally:
        await runner.cleanup()
        socket.unlink(missing_ok=True)


async def _answers(socket: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return False
    writer.close()
    return True


async def dial(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    asked = await _asked(request, "agent")
    agent, overrides = str(asked["agent"]), _overrides(asked)
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    with service.feed.follow() as updates:
        await response.prepare(request)
        case: Case | Refusal | None = None
        callback = asked.get("callback")
        if callback is None:
            case = await service.dialing.next_for(agent)
            if isinstance(case, Case):
                await _line(response, {"kind": "handed_out", **show_case(case)})
                callback = case.callback.id
        if callback is None:
            refusal = case if isinstance(case, Refusal) else None
            await _line(response, _nothing() if refusal is None else _refused(refusal))
            return response
        attempt = await service.dialing.dial(agent, str(callback), overrides=overrides)
        if isinstance(attempt, Refusal):
            await _line(response, _refused(attempt))
            return response
        await _line(response, {"kind": "attempt", **show_attempt(attempt)})
        await _follow(response, updates, attempt.id)
    return response


async def _follow(response: web.StreamResponse, updates: asyncio.Queue[Update], attempt_id: str) -> None:
    closed = recorded = False
    while not (closed and recorded):
        shown = show_update(await updates.get())
        if shown["attempt"] != attempt_id:
            continue
        await _line(response, shown)
        closed = closed or shown["kind"] == "closed"
        recorded = recorded or (shown["kind"] == "recording" and shown["state"] in FOLLOWED_TO_THE_END)


async def hang_up(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    asked = await _asked(request, "attempt")
    attempt_id, reason = str(asked["attempt"]), str(asked.get("reason") or "")
    call = next((call for call in service.calls.live if call.attempt_id == attempt_id), None)
    if call is None:
        return _conflict(Refusal(Rule.CALL_NOT_RINGING, detail={"state": "not live"}))
    refusal = may_hang_up(call, service.clock.now(), reason)
    if refusal is not None:
        return _conflict(refusal)
    service.calls.post(attempt_id, HangUpAsked(service.clock.now(), reason))
    return web.json_response({"attempt": attempt_id}, status=202)


async def join(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    asked = await _asked(request, "attempt", "endpoint")
    event = AgentJoinAsked(service.clock.now(), str(asked["endpoint"]))
    if not service.calls.post(str(asked["attempt"]), event):
        return _conflict(Refusal(Rule.CALL_NOT_RINGING, detail={"state": "not live"}))
    return web.json_response({"attempt": asked["attempt"]}, status=202)


async def explain(request: web.Request) -> web.Response:
    asked = await _asked(request, "callback")
    explanation = await request.app[SERVICE].dialing.explain(str(asked["callback"]), asked.get("agent"))
    if isinstance(explanation, Refusal):
        return web.json_response(_refused(explanation), status=404)
    return web.json_response(show_explanation(explanation))


async def calls(request: web.Request) -> web.Response:
    return web.json_response([show_call(call) for call in request.app[SERVICE].calls.live])


async def status(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    return web.json_response(
        {
            "node": service.node,
            "switch_in_sight": service.calls.sighted,
            "calls": len(service.calls.live),
            "stopping": service.health.stopping,
            "archive_full": service.health.archive_full,
            "recorder_refuses_until": str(service.health.recorder_refuses_until(service.clock.now()) or ""),
        }
    )


async def _asked(request: web.Request, *needed: str) -> dict[str, Any]:
    try:
        asked = await request.json()
    except ValueError as error:
        raise web.HTTPBadRequest(text="the request is not JSON") from error
    missing = [name for name in needed if not isinstance(asked, dict) or not asked.get(name)]
    if missing:
        raise web.HTTPBadRequest(text=f"missing: {', '.join(missing)}")
    return dict(asked)


def _overrides(asked: dict[str, Any]) -> dict[Rule, str]:
    given = asked.get("overrides") or {}
    try:
        return {Rule(rule): str(reason) for rule, reason in given.items()}
    except (AttributeError, ValueError) as error:
        raise web.HTTPBadRequest(text=f"overrides: {error}") from error


async def _line(response: web.StreamResponse, value: Shown) -> None:
    await response.write(json.dumps(value, ensure_ascii=False).encode() + b"\n")


def _refused(refusal: Refusal) -> Shown:
    return {"kind": "refused", **show_refusal(refusal)}


def _nothing() -> Shown:
    return {"kind": "nothing", "message": "no callback can be dialled now"}


def _conflict(refusal: Refusal) -> web.Response:
    return web.json_response(_refused(refusal), status=409)
