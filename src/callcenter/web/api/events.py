"""Calls as they move, live, over a WebSocket."""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import WSCloseCode, web

from callcenter.domain.access import Account, Permission, Session
from callcenter.web.api.dialling import WATCHERS
from callcenter.web.broadcast import BROADCAST
from callcenter.web.guard import allowed
from callcenter.web.language import N_
from callcenter.web.mine import agent_of
from callcenter.web.parts import SiteParts, account_of, parts_of, session_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

HEARTBEAT_SECONDS = 20.0
RECHECK_SECONDS = 5.0
"""How often it is asked whether who watches is still signed in: another process may have ended it."""

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
    with _counted(request.app[SOCKETS], account), request.app[BROADCAST].watch(socket, agent_id) as watcher:
        await socket.prepare(request)
        await _first_of(
            watcher.send(),
            _until_signed_out(parts, session, account),
            _until_closed(socket),
        )
        if not socket.closed:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"signed out")
    return socket


@contextmanager
def _counted(sockets: Counter[str], account: Account) -> Iterator[None]:
    """Raises Problem: too_many."""
    if sockets[account.id] >= MOST_SOCKETS:
        raise Problem("too_many", N_("So many pages are open already that no more is told what goes on."))
    sockets[account.id] += 1
    try:
        yield
    finally:
        sockets[account.id] -= 1
        if not sockets[account.id]:
            del sockets[account.id]


def _seen_by(account: Account) -> tuple[bool, str | None]:
    """What decides which calls an account is told of."""
    return _sees_all(account), account.agent_id


def _sees_all(account: Account) -> bool:
    return account.may(Permission.READ_QUEUE) or account.may(Permission.READ_VISITS)


async def _until_closed(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


async def _until_signed_out(parts: SiteParts, session: Session, account: Account) -> None:
    with parts.accounts.endings.follow(account.id) as ended:
        while await _still_sees(parts, session, account):
            await _first_of(ended.wait(), parts.service.clock.sleep(RECHECK_SECONDS))
            ended.clear()


async def _still_sees(parts: SiteParts, session: Session, account: Account) -> bool:
    try:
        now = await parts.accounts.still(session)
    except OSError:
        return True  # the books cannot be read just now: nothing says that he is signed out
    return now is not None and allowed(now, WATCHERS) and _seen_by(now) == _seen_by(account)


async def _first_of(*works: Coroutine[Any, Any, object]) -> None:
    """Until one of them ends, and then all are. A socket that breaks is an end like any other."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        error = task.exception() if not task.cancelled() else None
        if error is not None and not isinstance(error, ConnectionError):
            raise error


ROUTES = (
    Route(
        "GET",
        "/events",
        events,
        WATCHERS,
        "events",
        "A WebSocket that tells of every step of every call, as JSON objects with `kind`: call, recording, closed, "
        "alarm, and missed for who reads too slowly. Agents get what concerns their own attempts. It is closed with "
        "1001 when the service stops, and with 1008 when who watches is signed out.",
        status=101,
        problems=("refused", "too_many"),
    ),
)
