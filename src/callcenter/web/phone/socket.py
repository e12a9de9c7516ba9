"""`/phone`: the way of an agent's browser to Asterisk's SIP WebSocket, over our own origin."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import WSCloseCode, hdrs, web

from callcenter.domain.access import Account, Permission, SessionKind
from callcenter.domain.audit import Action
from callcenter.domain.calls.telephony import TelephonyError
from callcenter.engine.browser_phones import BrowserPhone
from callcenter.web.guard import browser_secret
from callcenter.web.language import N_
from callcenter.web.mine import agent_of
from callcenter.web.parts import PARTS, audit, parts_of, session_of
from callcenter.web.phone.relay import FrameRefusedError, Relay
from callcenter.web.problems import Problem
from callcenter.web.routes import Route
from callcenter.web.sockets import counted, first_of, until_signed_out

SUBPROTOCOL = "sip"
HEARTBEAT_SECONDS = 10.0
"""A browser that does not answer for so long is gone, and its phone with it."""

LARGEST_FRAME = 32 * 1024
"""Bytes; an answer with many candidates has some six thousand."""

MOST_SOCKETS = 3
"""Of one sign-in: a page that is loaded anew comes before the old one is gone."""

LINES: web.AppKey[Counter[str]] = web.AppKey("LINES", Counter)
"""How many each session has open, by its id."""


def phone_of(request: web.Request) -> BrowserPhone:
    """Raises Problem: forbidden for a program, refused for an account that is no agent's."""
    session = session_of(request)
    if session.kind is not SessionKind.BROWSER:
        raise Problem("forbidden", N_("The phone is for browsers: sign in with a password."))
    return parts_of(request).phones.of(session, agent_of(request), browser_secret(request))


async def socket(request: web.Request) -> web.StreamResponse:
    parts, phone = parts_of(request), phone_of(request)
    browser = web.WebSocketResponse(
        protocols=(SUBPROTOCOL,), heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_FRAME, compress=False
    )
    offered = request.headers.get(hdrs.SEC_WEBSOCKET_PROTOCOL, "").replace(" ", "").split(",")
    if not browser.can_prepare(request).ok or SUBPROTOCOL not in offered:
        raise Problem("bad_request", N_("This is a WebSocket for SIP: ask for an upgrade."))
    too_many = N_("This sign-in has too many phones open already: close some pages.")
    with counted(request.app[LINES], phone.session.id, MOST_SOCKETS, too_many):
        try:
            await parts.phones.make(phone)
            async with parts.lines.open() as line:
                await browser.prepare(request)
                await _carry(request, Relay(phone, browser, line, parts.service.handsets))
        except TelephonyError as error:
            raise Problem("unavailable", headers={"Retry-After": "2"}) from error
    return browser


async def _carry(request: web.Request, relay: Relay) -> None:
    parts, phone = parts_of(request), relay.phone
    over = asyncio.Event()

    async def signed_out() -> None:
        await until_signed_out(parts, phone.session, lambda now: _may(now, phone))
        over.set()

    code, why = WSCloseCode.GOING_AWAY, "the line is closed"
    try:
        await first_of(relay.to_switch(), relay.to_browser(), signed_out())
    except FrameRefusedError as error:
        code, why = WSCloseCode.POLICY_VIOLATION, str(error)
        await audit(request, Action.ACCESS_REFUSED, "phone", phone.name, needs="own phone", why=why)
    finally:
        relay.hang_out()
    if over.is_set():
        code, why = WSCloseCode.POLICY_VIOLATION, "signed out"
        await parts.phones.end(phone)
    if not relay.browser.closed:
        await relay.browser.close(code=code, message=why.encode())


def _may(now: Account, phone: BrowserPhone) -> bool:
    return now.agent_id == phone.agent_id and now.may(Permission.USE_DESK)


async def phones_kept(app: web.Application) -> AsyncIterator[None]:
    """Phones of sign-ins that are over are ended while the site runs."""
    parts = app[PARTS]
    task = asyncio.create_task(parts.phones.keep_on(parts.accounts.still), name="browser phones")
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


ROUTES = (Route("GET", "/phone", socket, Permission.USE_DESK, "phoneSocket", page=True),)
