"""Who watches calls move in a browser? Each update is looked up and written as JSON once, for all who may see it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import msgspec
import structlog
from aiohttp import WSCloseCode, web

from callcenter.domain.queue.returns import ReturnState
from callcenter.engine.feed import CallMoved, Feed, ReturnMoved, Update
from callcenter.engine.stores import AttemptStore
from callcenter.web.shown import show_update

BACKLOG = 1000
"""Updates that wait for one who reads slowly; then he loses the oldest, and is told so."""

REMEMBERED = 5000
"""Attempts of which it is not looked up again whose they are."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Whose:
    callback_id: str
    agent_id: str


@dataclass(eq=False, slots=True)
class Watcher:
    """One open socket. agent_id: whose updates it gets; None: all."""

    socket: web.WebSocketResponse
    agent_id: str | None
    waiting: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(BACKLOG))
    missed: int = 0

    def offer(self, text: str) -> None:
        if self.waiting.full():
            self.waiting.get_nowait()
            self.missed += 1
        self.waiting.put_nowait(text)

    async def send(self) -> None:
        """Until the socket is gone."""
        while True:
            text = await self.waiting.get()
            if self.missed:
                missed, self.missed = self.missed, 0
                await self.socket.send_str(_written({"kind": "missed", "updates": missed}))
            await self.socket.send_str(text)


class Broadcast:
    """Follows the engine's feed once, however many watch. Nobody who watches can hold up a call."""

    def __init__(self, feed: Feed, attempts: AttemptStore) -> None:
        self._feed = feed
        self._attempts = attempts
        self._watchers: set[Watcher] = set()
        self._known: dict[str, Whose] = {}

    async def run(self) -> None:
        """Until cancelled."""
        with self._feed.follow() as updates:
            while True:
                update = await updates.get()
                if self._watchers:
                    await self._tell(update)

    async def _tell(self, update: Update) -> None:
        whose = await self._whose(update)
        agent_id = whose.agent_id if whose else ""
        for_all = isinstance(update, ReturnMoved) and update.state == ReturnState.MISSED
        meant = [watcher for watcher in self._watchers if for_all or watcher.agent_id in {None, agent_id}]
        if not meant:
            return
        told = {"callback": whose.callback_id, "agent": whose.agent_id} if whose else {}
        text = _written({**show_update(update), **told})
        for watcher in meant:
            watcher.offer(text)

    async def _whose(self, update: Update) -> Whose | None:
        if isinstance(update, ReturnMoved):
            return Whose(update.callback_id, update.agent_id)
        attempt_id = update.call.attempt_id if isinstance(update, CallMoved) else update.attempt_id
        if not attempt_id or attempt_id in self._known:
            return self._known.get(attempt_id)
        try:
            record = await self._attempts.get(attempt_id)
        except OSError as error:
            # Whose it is cannot be told just now: only who sees everything is told.
            log.warning("update without its agent", attempt=attempt_id, why=str(error))
            return None
        if record is None:
            return None
        while len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[attempt_id] = whose = Whose(record.attempt.callback_id, record.attempt.agent_id)
        return whose

    @contextmanager
    def watch(self, socket: web.WebSocketResponse, agent_id: str | None) -> Iterator[Watcher]:
        watcher = Watcher(socket, agent_id)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    async def say_goodbye(self) -> None:
        """The service stops: every socket is closed, and its browser may look for another."""
        goodbyes = [
            watcher.socket.close(code=WSCloseCode.GOING_AWAY, message=b"the service stops")
            for watcher in self._watchers
        ]
        await asyncio.gather(*goodbyes, return_exceptions=True)


BROADCAST = web.AppKey("BROADCAST", Broadcast)


async def broadcasting(app: web.Application) -> AsyncIterator[None]:
    """Runs while the site does."""
    task = asyncio.create_task(app[BROADCAST].run(), name="broadcast")
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def say_goodbye(app: web.Application) -> None:
    await app[BROADCAST].say_goodbye()


def _written(value: object) -> str:
    return msgspec.json.encode(value).decode()
