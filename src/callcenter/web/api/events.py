"""Calls as they move, live, over a WebSocket."""

from collections import Counter
from collections.abc import Callable

from aiohttp import WSCloseCode, web

from callcenter.domain.access import Account, Permission
from callcenter.web.api.dialling import WATCHERS
from callcenter.web.broadcast import BROADCAST
from callcenter.web.guard import allowed
from callcenter.web.language import N_
from callcenter.web.mine import agent_of
from callcenter.web.parts import account_of, parts_of, session_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route
from callcenter.web.sockets import counted, first_of, until_signed_out

HEARTBEAT_SECONDS = 20.0
MOST_SOCKETS = 50
"""Of one account at a time: more than anybody has tabs."""

SOCKETS: web.AppKey[Counter[str]] = web.AppKey("SOCKETS", Counter)
"""How many each account has open, by its id."""

LARGEST_MESSAGE = 1024
"""Bytes; nothing that is sent to us here matters."""


async def events(request: web.Request) -> web.StreamResponse:
    parts, account, session = parts_of(request), account_of(request), session_of(request)
    agent_id = None if _sees_all(account) else agent_of(request)
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=LARGEST_MESSAGE)
    if not socket.can_prepare(request).ok:
        raise Problem("bad_request", N_("This is a WebSocket: ask for an upgrade."))
    too_many = N_("So many pages are open already that no more is told what goes on.")
    with (
        counted(request.app[SOCKETS], account.id, MOST_SOCKETS, too_many),
        request.app[BROADCAST].watch(socket, agent_id) as watcher,
    ):
        await socket.prepare(request)
        await first_of(
            watcher.send(),
            until_signed_out(parts, session, _still_sees(account)),
            _until_closed(socket),
        )
        if not socket.closed:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"signed out")
    return socket


def _seen_by(account: Account) -> tuple[bool, str | None]:
    """What decides which calls an account is told of."""
    return _sees_all(account), account.agent_id


def _sees_all(account: Account) -> bool:
    return account.may(Permission.READ_QUEUE) or account.may(Permission.READ_VISITS)


async def _until_closed(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


def _still_sees(account: Account) -> Callable[[Account], bool]:
    """As much as when the socket was opened?"""
    seen = _seen_by(account)
    return lambda now: allowed(now, WATCHERS) and _seen_by(now) == seen


ROUTES = (
    Route(
        "GET",
        "/events",
        events,
        WATCHERS,
        "events",
        "A WebSocket that tells of every step of every call, as JSON objects with `kind`: call, recording, closed, "
        "alarm, return, and missed for who reads too slowly. Agents get what concerns their own attempts, and that a "
        "customer who rang back found nobody. It is closed with 1001 when the service stops, and with 1008 when who "
        "watches is signed out.",
        status=101,
        problems=("refused", "too_many"),
    ),
)
