"""A caller who dials through the switch and keeps what Asterisk tells of the call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from lab.lab import Lab

WAIT = 15.0


@dataclass(slots=True)
class Caller:
    """One ARI application of its own, and the events it was sent."""

    lab: Lab
    app: str
    events: list[dict[str, Any]] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def call(self, endpoint: str) -> str:
        """Make a channel, dial it, and return its id."""
        channel = f"{self.app}-{uuid4().hex[:8]}"
        await self.ari("POST", "channels/create", endpoint=f"PJSIP/{endpoint}", app=self.app, channelId=channel)
        await self.event("StasisStart", channel)
        await self.ari("POST", f"channels/{channel}/dial", timeout=60)
        return channel

    async def ari(self, method: str, path: str, **query: object) -> Any:
        """Ask ARI without holding up the loop."""
        return await asyncio.to_thread(lambda: self.lab.switch.ari(method, path, None, **query))

    async def hang_up(self, channel: str) -> None:
        """End the call and wait for its end."""
        await self.ari("DELETE", f"channels/{channel}")
        await self.event("ChannelDestroyed", channel)

    async def event(self, kind: str, channel: str, **wanted: object) -> dict[str, Any]:
        """Return the first event of the kind about the channel, or the recording of this name, with these values."""

        def found() -> dict[str, Any] | None:
            return next((event for event in self.events if _fits(event, kind, channel, wanted)), None)

        async with asyncio.timeout(WAIT), self.changed:
            await self.changed.wait_for(lambda: found() is not None)
        event = found()
        assert event is not None
        return event


def _fits(event: dict[str, Any], kind: str, channel: str, wanted: dict[str, object]) -> bool:
    about = event.get("channel") or event.get("peer") or event.get("recording") or {}
    return (
        event["type"] == kind
        and about.get("id", about.get("name")) == channel
        and all(about.get(name, event.get(name)) == value for name, value in wanted.items())
    )


@asynccontextmanager
async def listening(lab: Lab) -> AsyncIterator[Caller]:
    """Open an ARI socket for one application and keep every event of its own channels.

    Never with subscribeAll: an event of somebody else during the handshake can lock Asterisk 22.10 up for good.
    """
    caller = Caller(lab, f"test-{uuid4().hex[:8]}")
    login = aiohttp.encode_basic_auth(lab.switch.ari_user, lab.switch.ari_password)
    async with aiohttp.ClientSession(headers={"Authorization": login}) as session:
        async with asyncio.timeout(WAIT):
            socket = await session.ws_connect(f"{lab.switch.ari_url}/events", params={"app": caller.app})
        reader = asyncio.create_task(_read(socket, caller))
        try:
            yield caller
        finally:
            reader.cancel()
            await socket.close()


async def _read(socket: aiohttp.ClientWebSocketResponse, caller: Caller) -> None:
    async for message in socket:
        async with caller.changed:
            caller.events.append(message.json())
            caller.changed.notify_all()
