"""The site: one table of all URLs, each with its handler and the right it asks for."""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aiohttp import hdrs, web

from callcenter.web.api import (
    accounts,
    attempts,
    audio,
    audit,
    blocklists,
    calendar,
    callbacks,
    corrections,
    dialling,
    events,
    exclusions,
    exhausted,
    fallback,
    history,
    imports,
    log_fields,
    log_times,
    logs,
    paper,
    pausing,
    phone,
    plan_forecast,
    plans,
    policies,
    problem_cases,
    recordings,
    returns,
    scripts,
    session,
    sheets,
    status,
    team,
)
from callcenter.web.broadcast import BROADCAST, Broadcast, broadcasting, say_goodbye
from callcenter.web.guard import PROBLEM_PAGE, add_headers, guarded, signed_in, told_as_problem
from callcenter.web.openapi import description
from callcenter.web.pages import trouble
from callcenter.web.pages.table import PAGE_ROUTES
from callcenter.web.parts import PARTS, SiteParts
from callcenter.web.phone.socket import LINES, phones_kept
from callcenter.web.routes import Open, Route
from callcenter.web.turns import TURNS, Turns

API = "/api/v1"
LONGEST_LINE = 128 * 1024
"""Bytes of an address; more than any parameter may have, so that whoever sends too much is told which."""

IDLE_SECONDS = 75.0
"""So long a connection may be open without a request, or a request without the end of its headers; longer than proxies
keep theirs, so that they close first.
"""


async def openapi(_request: web.Request) -> web.Response:
    return web.Response(text=_described(), content_type="application/json")


@cache
def _described() -> str:
    """Made once: everybody may ask for it, as often as he likes, and it takes a while."""
    return json.dumps(description(API_ROUTES, API), ensure_ascii=False)


API_ROUTES: tuple[Route, ...] = (
    *session.ROUTES,
    *accounts.ROUTES,
    *plans.ROUTES,
    *plan_forecast.ROUTES,
    *policies.ROUTES,
    *callbacks.ROUTES,
    *imports.ROUTES,
    *dialling.ROUTES,
    *pausing.ROUTES,
    *fallback.ROUTES,
    *phone.ROUTES,
    *events.ROUTES,
    *status.ROUTES,
    *attempts.ROUTES,
    *logs.ROUTES,
    *scripts.ROUTES,
    *sheets.ROUTES,
    *problem_cases.ROUTES,
    *history.ROUTES,
    *corrections.ROUTES,
    *log_fields.ROUTES,
    *log_times.ROUTES,
    *paper.ROUTES,
    *recordings.ROUTES,
    *returns.ROUTES,
    *audio.ROUTES,
    *exhausted.ROUTES,
    *exclusions.ROUTES,
    *blocklists.ROUTES,
    *audit.ROUTES,
    *calendar.ROUTES,
    *team.ROUTES,
    Route("GET", "/openapi.json", openapi, Open.TO_ALL, "openapi", "This description.", content=("application/json",)),
)
"""Paths below API."""


def site(parts: SiteParts) -> web.Application:
    app = web.Application(
        middlewares=[told_as_problem, signed_in], client_max_size=parts.terms.max_upload_bytes + 1024 * 1024
    )
    app[PARTS] = parts
    app[PROBLEM_PAGE] = trouble.tell
    app[TURNS] = Turns()
    app[events.SOCKETS] = Counter()
    app[LINES] = Counter()
    app[BROADCAST] = Broadcast(parts.service.feed, parts.attempts)
    app.cleanup_ctx.append(broadcasting)
    app.cleanup_ctx.append(importing)
    app.cleanup_ctx.append(blocking)
    app.cleanup_ctx.append(phones_kept)
    app.on_shutdown.append(say_goodbye)
    app.on_response_prepare.append(add_headers)
    for route in API_ROUTES:
        _serve(app, route, API + route.path)
    for route in PAGE_ROUTES:
        _serve(app, route, route.path)
    return app


_OWN_HEAD = frozenset(route.path for route in API_ROUTES if route.method == hdrs.METH_HEAD)


def _serve(app: web.Application, route: Route, path: str) -> None:
    """What can be read can be asked about: HEAD is answered as GET is, without the body."""
    handler = guarded(route)
    app.router.add_route(route.method, path, handler, name=route.name)
    if route.method == hdrs.METH_GET and route.path not in _OWN_HEAD:
        app.router.add_route(hdrs.METH_HEAD, path, handler)


async def importing(app: web.Application) -> AsyncIterator[None]:
    """Imports run while the site does."""
    at_work = app[PARTS].imports_at_work
    await at_work.begin()
    yield
    await at_work.close()


async def blocking(app: web.Application) -> AsyncIterator[None]:
    """Blocklists are replaced while the site runs."""
    at_work = app[PARTS].blocking
    await at_work.begin()
    yield
    await at_work.close()


@dataclass(frozen=True, slots=True)
class Door:
    """Where the site listens. port: 0 takes a free one. certificate, key: PEM files, for HTTPS."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None


class CertificateError(Exception):
    """Certificate and key cannot be used."""


class PortTakenError(Exception):
    """The site cannot listen there."""


@asynccontextmanager
async def site_listening(parts: SiteParts, door: Door) -> AsyncIterator[str]:
    """Serve the site; its own address. Raises CertificateError, PortTakenError."""
    context = _tls(door)
    runner = web.AppRunner(
        site(parts),
        access_log=None,
        shutdown_timeout=2.0,
        max_line_size=LONGEST_LINE,
        keepalive_timeout=IDLE_SECONDS,
    )
    await runner.setup()
    try:
        listener = web.TCPSite(runner, door.host, door.port, ssl_context=context)
        try:
            await listener.start()
        except OSError as error:
            raise PortTakenError(
                f"the site cannot listen on {door.host} port {door.port}: {error.strerror or error}; "
                "see web.host and web.port"
            ) from error
        port = runner.addresses[0][1]
        host = f"[{door.host}]" if ":" in door.host else door.host
        yield f"{'https' if context else 'http'}://{host}:{port}"
    finally:
        await asyncio.shield(runner.cleanup())


def _tls(door: Door) -> ssl.SSLContext | None:
    if door.certificate is None or door.key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(door.certificate, door.key)
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(
            f"the certificate {door.certificate} with the key {door.key} cannot be used: {error}"
        ) from error
    return context
