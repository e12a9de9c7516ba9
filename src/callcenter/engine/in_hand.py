"""How many callbacks has an agent in hand, and may he have one more?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from weakref import WeakValueDictionary

from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.stores import CallbackStore


class InHand:
    """most: so many may be handed out to one agent at a time; those in a call, or whose log is open, do not count."""

    def __init__(self, callbacks: CallbackStore, most: int) -> None:
        self._callbacks = callbacks
        self._most = most
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, agent_key: str) -> AsyncIterator[None]:
        """One request of an agent after the other: those that come together are not counted together."""
        lock = self._turns.setdefault(agent_key, asyncio.Lock())
        async with lock:
            yield

    async def full(self, agent_id: str, now: datetime) -> Refusal | None:
        """It opens when the first of them goes back to the queue by itself."""
        until = await self._callbacks.held_until(agent_id, now)
        if len(until) < self._most:
            return None
        detail = {"held": str(len(until)), "most": str(self._most)}
        return Refusal(Rule.HANDS_FULL, opens_at=until[len(until) - self._most], detail=detail)
