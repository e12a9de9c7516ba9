"""The event stream: one inbound socket, connected again for ever, that never makes Asterisk wait.

Its reader does nothing but receive, decode and queue; the queue has no bound and is measured instead, because a
reader that waits is one that Asterisk throws out.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from callcenter.ari.client import TRANSPORT_ERRORS, AriClient
from callcenter.ari.decoding import UnknownEvent, decode, instant
from callcenter.ari.errors import ReplacedError, UnauthorizedError
from callcenter.ari.generated import AnyEvent, ApplicationReplaced
from callcenter.domain.calls.telephony import TelephonyError, TelephonyFatalError, TelephonyRefused

UNWANTED = (
    "ChannelVarset",
    "ChannelDialplan",
    "ChannelConnectedLine",
    "ChannelCallerId",
    "ChannelCreated",
    "ChannelEnteredBridge",
    "ChannelLeftBridge",
    "BridgeCreated",
    "ContactStatusChange",
    "PeerStatusChange",
)
"""Events that Asterisk need not send us: many, and none that says anything of a call."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The socket stands, filter and subscriptions are in force; every event after this belongs to this epoch.

    epoch: 1 for the first connection, and one more for each. startup_time: the switch's own, UTC. restarted: it is
    not the Asterisk of the epoch before.
    """

    at: datetime
    epoch: int
    startup_time: datetime
    version: str
    restarted: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """at: when Asterisk was last heard, UTC; when it was never heard, the time of the try."""

    at: datetime
    reason: str


Item = Connected | Lost | AnyEvent | UnknownEvent


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds. ping: between two pings; two of them unanswered, by whatever frame, and the socket is dead.
    first, ceiling: of the wait before a new try, which doubles; each wait is between half and all of it.
    close: patience with a peer that does not answer our close.
    """

    ping: float = 5.0
    first: float = 0.25
    ceiling: float = 10.0
    close: float = 1.0

    def wait(self, failures: int) -> float:
        whole = min(self.ceiling, self.first * 2.0 ** min(failures, 16))
        return whole * random.uniform(0.5, 1.0)  # noqa: S311 (spreads retries, guards no secret)


def utc_now() -> datetime:
    return datetime.now(UTC)


class EventSource:
    """The events of one application. `subscriptions` is asked anew after every connect."""

    def __init__(
        self,
        client: AriClient,
        app: str,
        *,
        subscriptions: Callable[[], Sequence[str]] = tuple,
        pace: Pace | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._client = client
        self._app = app
        self._subscriptions = subscriptions
        self._pace = pace or Pace()
        self._now = now
        self._queue: asyncio.Queue[Item | BaseException] = asyncio.Queue()
        self._held: list[AnyEvent | UnknownEvent] | None = None
        self._heard_at: datetime | None = None
        self._unanswered = 0
        self._epoch = 0
        self._startup_time: datetime | None = None
        self.high_water = 0

    @property
    def backlog(self) -> int:
        """Events that came and were not taken yet; high_water is the most there ever were."""
        return self._queue.qsize()

    async def events(self) -> AsyncIterator[Item]:
        """For ever, and for one reader. Raises UnauthorizedError or ReplacedError: trying again cannot help."""
        runner = asyncio.create_task(self._run(), name=f"ari-events-{self._app}")
        runner.add_done_callback(self._ended)
        try:
            while True:
                item = await self._queue.get()
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            runner.cancel()
            await asyncio.gather(runner, return_exceptions=True)

    async def _run(self) -> None:
        failures = 0
        told: str | None = None
        clock = asyncio.get_running_loop().time
        while True:
            epoch, begun = self._epoch, clock()
            reason = await self._connection()
            if self._epoch != epoch:
                told = None
                # One that breaks at once each time is waited for as one that does not come.
                failures = 0 if clock() - begun > self._pace.ceiling else failures
            if reason != told:
                self._put(Lost(self._heard_at or self._now(), reason))
                told = reason
            await asyncio.sleep(self._pace.wait(failures))
            failures += 1

    async def _connection(self) -> str:
        """One connection from its start to its end; the reason of the end."""
        try:
            socket = await self._client.open_events(self._app, close_seconds=self._pace.close)
        except aiohttp.WSServerHandshakeError as error:
            if error.status in {401, 403}:
                raise UnauthorizedError(error.status, "Asterisk refuses the user or the password of ARI") from error
            return f"Asterisk refuses the event socket: {error.status} {error.message}"
        except TRANSPORT_ERRORS as error:
            return f"no connection: {type(error).__name__} {error}".rstrip()
        self._held = []
        self._hear()
        reader = asyncio.create_task(self._read(socket), name="ari-reader")
        watchdog = asyncio.create_task(self._watch(socket), name="ari-watchdog")
        try:
            await self._set_up()
            done, _ = await asyncio.wait({reader, watchdog}, return_when=asyncio.FIRST_COMPLETED)
            return next(task for task in (reader, watchdog) if task in done).result()
        except TelephonyFatalError:
            raise
        except TelephonyError as error:
            return f"setting up failed: {error}"
        except TRANSPORT_ERRORS as error:
            return f"the socket broke: {type(error).__name__} {error}".rstrip()
        finally:
            reader.cancel()
            watchdog.cancel()
            await asyncio.gather(reader, watchdog, return_exceptions=True)
            await socket.close()

    async def _set_up(self) -> None:
        """Filter and subscriptions may be gone with the connection before; then tell, then let the events go."""
        await self._client.applications.set_filter(
            self._app, event_filter={"disallowed": [{"type": name} for name in UNWANTED]}
        )
        for wanted in self._subscriptions():
            await self._subscribe(wanted)
        info = await self._client.asterisk.get_info()
        startup = instant(info.status.startup_time if info.status else None)
        if startup is None:
            raise TelephonyError("Asterisk does not say when it was started")
        restarted = self._startup_time is not None and startup != self._startup_time
        self._epoch += 1
        self._startup_time = startup
        version = (info.system.version if info.system else None) or ""
        self._put(Connected(self._now(), self._epoch, startup, version, restarted))
        held, self._held = self._held or [], None
        for event in held:
            self._put(event)

    async def _subscribe(self, wanted: str) -> None:
        """One at a time: a single unknown source would refuse them all, and must not cost us the connection."""
        try:
            await self._client.applications.subscribe(self._app, event_source=[wanted])
        except UnauthorizedError:
            raise
        except TelephonyRefused:
            return

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        while True:
            frame = await socket.receive()
            self._hear()
            if frame.type is aiohttp.WSMsgType.TEXT:
                self._deliver(decode(frame.data))
            elif frame.type is aiohttp.WSMsgType.PING:
                await socket.pong(frame.data)
            elif frame.type is aiohttp.WSMsgType.ERROR:
                return f"the socket broke: {frame.data}"
            elif frame.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED}:
                return "Asterisk closed the socket"

    def _deliver(self, event: AnyEvent | UnknownEvent) -> None:
        if isinstance(event, ApplicationReplaced):
            raise ReplacedError(f"another program took over the application {self._app}")
        if self._held is not None:
            self._held.append(event)
        else:
            self._put(event)

    async def _watch(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        """Counts pings, not seconds: after a pause of this very process nothing is misjudged."""
        while True:
            await asyncio.sleep(self._pace.ping)
            if self._unanswered >= 2:  # noqa: PLR2004 (one may be on its way)
                return f"Asterisk is silent: no answer to two pings, {self._pace.ping} s apart"
            self._unanswered += 1
            try:
                await socket.ping()
            except TRANSPORT_ERRORS as error:
                return f"the socket broke: {error}"

    def _hear(self) -> None:
        self._unanswered = 0
        self._heard_at = self._now()

    def _ended(self, runner: asyncio.Task[None]) -> None:
        error = None if runner.cancelled() else runner.exception()
        if error is not None:
            self._put(error)

    def _put(self, item: Item | BaseException) -> None:
        self._queue.put_nowait(item)
        self.high_water = max(self.high_water, self._queue.qsize())
