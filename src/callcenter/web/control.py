"""The control channel: a Unix socket that only the service's own user may open; the command line speaks to it.

POST /dial     {agent, callback?, overrides?}  -> lines of JSON: the attempt or the refusal, then the call, live
POST /hang-up  {attempt, reason?}              -> 202, or 409 with the refusal
POST /join     {attempt, endpoint}             -> 202: a new leg, of an agent's phone, joins before the old one goes
POST /pause    {attempt, reason?, kind?}       -> 202, or 409 with the refusal: the recording writes silence
POST /resume   {attempt}                       -> 202, or 409 with the refusal
POST /accept   {agent, return}                 -> the attempt, or the refusal: this agent takes who rings back
POST /explain  {callback, agent?}              -> every rule's verdict
GET  /calls                                    -> the live calls
GET  /status                                   -> what the gate is told of the service
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog
from aiohttp import web

from callcenter.domain.recording import PauseReason, RecordingState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.feed import Update
from callcenter.engine.service import Service
from callcenter.web import handling
from callcenter.web.shown import (
    Shown,
    show_attempt,
    show_call,
    show_case,
    show_explanation,
    show_refusal,
    show_status,
    show_update,
)

SERVICE = web.AppKey("SERVICE", Service)

FOLLOWED_TO_THE_END = frozenset({RecordingState.VERIFIED, RecordingState.MISSING})
LONGEST_TEXT = 1000
OWNER_ONLY = 0o177

log = structlog.get_logger()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def control_app(service: Service) -> web.Application:
    app = web.Application(middlewares=[_one_sentence])
    app[SERVICE] = service
    routes: tuple[tuple[str, str, Handler], ...] = (
        ("POST", "/dial", dial),
        ("POST", "/hang-up", hang_up),
        ("POST", "/join", join),
        ("POST", "/pause", pause),
        ("POST", "/resume", resume),
        ("POST", "/accept", accept),
        ("POST", "/explain", explain),
        ("GET", "/calls", calls),
        ("GET", "/status", status),
    )
    for method, path, handler in routes:
        app.router.add_route(method, path, handler)
    return app


@web.middleware
async def _one_sentence(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What breaks is told in one sentence; the rest is in the log."""
    try:
        return await handler(request)
    except (web.HTTPException, ConnectionError):
        raise
    except OSError as error:
        log.exception("request failed", path=request.path)
        raise web.HTTPServiceUnavailable(text=error.strerror or "the database failed") from error
    except Exception as error:
        log.exception("request broke", path=request.path)
        raise web.HTTPInternalServerError(text="a mistake of the service; its log tells more") from error


class SocketInUseError(Exception):
    """Another service listens on this socket, or something else is there."""


@asynccontextmanager
async def listening(service: Service, path: Path) -> AsyncIterator[None]:
    """Serve the control channel. Raises SocketInUseError, and OSError where no socket can be made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    await _clear(path)
    runner = web.AppRunner(control_app(service), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, _owners_socket(path)).start()
        yield
    finally:
        await runner.cleanup()
        path.unlink(missing_ok=True)


async def _clear(path: Path) -> None:
    """Remove the socket that a killed service left; nothing else."""
    if not os.path.lexists(path):
        return
    if not path.is_socket():
        raise SocketInUseError(f"{path} is no socket: name another place for control.socket")
    try:
        _, writer = await asyncio.open_unix_connection(str(path))
    except ConnectionRefusedError:
        path.unlink(missing_ok=True)
        return
    writer.close()
    raise SocketInUseError(f"another callcenter service listens on {path}; stop it first")


def _owners_socket(path: Path) -> socket.socket:
    """Made for its owner alone from the first moment."""
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(OWNER_ONLY)
    try:
        made.bind(str(path))
    except BaseException:
        made.close()
        raise
    finally:
        os.umask(before)
    return made


async def dial(request: web.Request) -> web.StreamResponse:
    service = request.app[SERVICE]
    asked = await _asked(request, "agent")
    agent, callback, overrides = asked["agent"], _text(asked, "callback"), _overrides(asked)
    lines: list[Shown] = []
    if callback:
        attempt = await service.dialing.dial(agent, callback, overrides=overrides)
    else:
        found = await service.dialing.dial_next(agent)
        if not isinstance(found, tuple):
            return await _told(request, _nothing() if found is None else _refused(found, service.zone))
        case, attempt = found
        lines.append({"kind": "handed_out", **show_case(case)})
    if isinstance(attempt, Refusal):
        return await _told(request, *lines, _refused(attempt, service.zone))
    with service.feed.follow(attempt.id) as updates, suppress(ConnectionResetError):
        response = await _told(request, *lines, {"kind": "attempt", **show_attempt(attempt)})
        await _follow(response, updates)
    return response


async def _told(request: web.Request, *lines: Shown) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
    await response.prepare(request)
    if lines:
        await response.write(b"".join(_line(line) for line in lines))
    return response


async def _follow(response: web.StreamResponse, updates: asyncio.Queue[Update]) -> None:
    closed = recorded = False
    while not (closed and recorded):
        come = [show_update(await updates.get())]
        while not updates.empty():
            come.append(show_update(updates.get_nowait()))
        await response.write(b"".join(_line(shown) for shown in come))
        closed = closed or any(shown["kind"] == "closed" for shown in come)
        recorded = recorded or any(
            shown["kind"] == "recording" and shown["state"] in FOLLOWED_TO_THE_END for shown in come
        )


async def accept(request: web.Request) -> web.Response:
    """agent: id or staff number."""
    service = request.app[SERVICE]
    asked = await _asked(request, "agent", "return")
    found = await service.returns.accept(asked["agent"], asked["return"])
    if isinstance(found, Refusal):
        return web.json_response(show_refusal(found, service.zone), status=409)
    return web.json_response(show_attempt(found))


async def hang_up(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    asked = await _asked(request, "attempt")
    attempt_id = asked["attempt"]
    if handling.live_call(service, attempt_id) is None:
        message = "No call of this attempt is going on: it is over, or there is none."
        return web.json_response({"kind": "refused", "message": message}, status=404)
    refusal = handling.hang_up(service, attempt_id, _text(asked, "reason"))
    if refusal is not None:
        return _conflict(refusal, service.zone)
    return web.json_response({"attempt": attempt_id}, status=202)


async def join(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    asked = await _asked(request, "attempt", "endpoint")
    refusal = await handling.join(service, asked["attempt"], asked["endpoint"])
    if refusal is not None:
        return _conflict(refusal, service.zone)
    return web.json_response({"attempt": asked["attempt"]}, status=202)


async def pause(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    asked = await _asked(request, "attempt")
    kind = _pause_reason(_text(asked, "kind"))
    return _of_recording(
        service, asked, await service.pausing.pause(asked["attempt"], _text(asked, "reason"), kind=kind)
    )


def _pause_reason(text: str) -> PauseReason:
    try:
        return PauseReason(text) if text else PauseReason.OTHER
    except ValueError as error:
        raise web.HTTPBadRequest(text="kind is no reason for a pause") from error


async def resume(request: web.Request) -> web.Response:
    service = request.app[SERVICE]
    asked = await _asked(request, "attempt")
    return _of_recording(service, asked, await service.pausing.resume(asked["attempt"]))


def _of_recording(service: Service, asked: dict[str, Any], refusal: Refusal | None) -> web.Response:
    if refusal is not None:
        return _conflict(refusal, service.zone)
    return web.json_response({"attempt": asked["attempt"]}, status=202)


async def explain(request: web.Request) -> web.Response:
    asked = await _asked(request, "callback")
    service = request.app[SERVICE]
    explanation = await service.asking.explain(asked["callback"], _text(asked, "agent") or None)
    if isinstance(explanation, Refusal):
        return web.json_response(_refused(explanation, service.zone), status=404)
    return web.json_response(show_explanation(explanation))


async def calls(request: web.Request) -> web.Response:
    return web.json_response([show_call(call) for call in request.app[SERVICE].calls.live])


async def status(request: web.Request) -> web.Response:
    return web.json_response(show_status(request.app[SERVICE]))


async def _asked(request: web.Request, *needed: str) -> dict[str, Any]:
    """The request's object, in which what is needed is text."""
    try:
        asked = await request.json()
    except (ValueError, LookupError, RecursionError) as error:  # LookupError: a charset that nobody knows
        raise web.HTTPBadRequest(text="the request is not JSON") from error
    if not isinstance(asked, dict):
        raise web.HTTPBadRequest(text="the request is no JSON object")
    missing = [name for name in needed if not asked.get(name)]
    if missing:
        raise web.HTTPBadRequest(text=f"missing: {', '.join(missing)}")
    return {**asked, **{name: _text(asked, name) for name in needed}}


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    return "" if value is None else _plain_text(name, value)


def _plain_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise web.HTTPBadRequest(text=f"{name} must be text")
    if len(value) > LONGEST_TEXT:
        raise web.HTTPBadRequest(text=f"{name} is longer than {LONGEST_TEXT} characters")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise web.HTTPBadRequest(text=f"{name} is no Unicode text") from error
    return value


def _overrides(asked: dict[str, Any]) -> dict[Rule, str]:
    given = asked.get("overrides") or {}
    if not isinstance(given, dict):
        raise web.HTTPBadRequest(text="overrides must be an object: rule to reason")
    known = {rule.value for rule in Rule}
    unknown = sorted(ascii(rule) for rule in given if rule not in known)
    if unknown:
        raise web.HTTPBadRequest(text=f"overrides: there is no rule {', '.join(unknown)}"[:LONGEST_TEXT])
    return {Rule(rule): _plain_text(rule, reason) for rule, reason in given.items()}


def _line(value: Shown) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def _refused(refusal: Refusal, zone: str) -> Shown:
    return {"kind": "refused", **show_refusal(refusal, zone)}


def _nothing() -> Shown:
    return {"kind": "nothing", "message": "no callback can be dialled now"}


def _conflict(refusal: Refusal, zone: str) -> web.Response:
    return web.json_response(_refused(refusal, zone), status=409)
