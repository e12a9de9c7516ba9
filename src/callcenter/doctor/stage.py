"""A place on Asterisk for a self-test: an application of its own, its events, and the clearing away of all it made."""

import asyncio
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

import aiohttp

from callcenter.ari import generated as ari
from callcenter.ari.client import AriClient
from callcenter.ari.decoding import UnknownEvent, decode
from callcenter.domain.calls.telephony import TelephonyError

_LONGEST_LIFE = "60"
"""Seconds after which Asterisk itself ends a channel of ours, should we be killed."""
_CLEAR_SECONDS = 5.0
_GLANCE_SECONDS = 0.02

Event = ari.AnyEvent | UnknownEvent
T = TypeVar("T")


class StageClosedError(Exception):
    """The event socket ended while something was waited for."""


class ChannelEndedError(Exception):
    """The channel ended before it was ours to command; the message is its name."""


class Stage:
    """Use as an async context manager; leaving it removes every channel, bridge and recording that was named, also
    those whose creation failed or was cut short. Raises aiohttp's errors where no event socket can be had.
    """

    def __init__(self, client: AriClient) -> None:
        self.client = client
        self.app = f"doctor-{uuid.uuid4().hex[:8]}"
        self._channels: list[str] = []
        self._bridges: list[str] = []
        self._recordings: list[str] = []
        self._events: list[Event] = []
        self._news = asyncio.Condition()
        self._closed = False
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._socket = await self.client.open_events(self.app, close_seconds=1.0)
        self._reader = asyncio.create_task(self._read(self._socket), name="doctor-events")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            async with asyncio.timeout(_CLEAR_SECONDS):
                await self._clear()
        except TimeoutError:
            pass
        finally:
            if self._reader is not None:
                self._reader.cancel()
                await asyncio.gather(self._reader, return_exceptions=True)
            if self._socket is not None:
                await self._socket.close()

    def channel(self, role: str) -> str:
        """The name of a channel that is about to be made."""
        return self._named(role, self._channels)

    def bridge(self, role: str) -> str:
        return self._named(role, self._bridges)

    def recording(self, role: str) -> str:
        return self._named(role, self._recordings)

    @staticmethod
    def variables() -> Mapping[str, str]:
        return {"TIMEOUT(absolute)": _LONGEST_LIFE}

    async def until(self, meant: Callable[[Event], T | None]) -> T:
        """The first answer that is not None to an event, also to one that came before. Raises StageClosedError."""
        seen = 0
        async with self._news:
            while True:
                for event in self._events[seen:]:
                    if (answer := meant(event)) is not None:
                        return answer
                seen = len(self._events)
                if self._closed:
                    raise StageClosedError("Asterisk closed the event socket")
                await self._news.wait()

    async def in_stasis(self, channel: str) -> None:
        """The channel is ours to command. Raises ChannelEndedError, StageClosedError."""

        def fate(event: Event) -> bool | None:
            match event:
                case ari.StasisStart() if event.channel.id == channel:
                    return True
                case ari.ChannelDestroyed() if event.channel.id == channel:
                    return False
                case _:
                    return None

        if not await self.until(fate):
            raise ChannelEndedError(channel)

    def _named(self, role: str, among: list[str]) -> str:
        name = f"{self.app}-{role}"
        among.append(name)
        return name

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        while (frame := await socket.receive()).type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PING}:
            if frame.type is aiohttp.WSMsgType.PING:
                await socket.pong(frame.data)
                continue
            async with self._news:
                self._events.append(decode(frame.data))
                self._news.notify_all()
        async with self._news:
            self._closed = True
            self._news.notify_all()

    async def _clear(self) -> None:
        removals: list[Any] = [self.client.recordings.cancel(name) for name in self._recordings]
        removals += [self.client.channels.hangup(name) for name in self._channels]
        removals += [self.client.bridges.destroy(name) for name in self._bridges]
        removals += [self.client.recordings.delete_stored(name) for name in self._recordings]
        for removal in removals:
            # What was never made, or is gone already, is refused; nothing more can be done for the rest.
            with suppress(TelephonyError):
                await removal
        # An application that still has a channel when its socket closes stays in Asterisk for ever.
        with suppress(TelephonyError):
            while await self._holds_something():  # noqa: ASYNC110 (no event tells it)
                await asyncio.sleep(_GLANCE_SECONDS)

    async def _holds_something(self) -> bool:
        app = await self.client.applications.get(self.app)
        return bool(app.channel_ids or app.bridge_ids)
