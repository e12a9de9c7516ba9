"""How many callbacks has an agent in hand, and may he have one more?"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from weakref import WeakValueDictionary

from callcenter.domain.people import CallbackState
from callcenter.domain.queue.listings import CallbackFilter, CallbackOrder, ListPart
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.stores import ListingStore

_LOOKED_AT = 1000
"""Of one agent: also those whose lease ran out and that nobody else took."""


class InHand:
    """most: so many may be handed out to one agent at a time; those in a call, or whose log is open, do not count."""

    def __init__(self, listings: ListingStore, most: int) -> None:
        self._listings = listings
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
        mine = CallbackFilter(states=frozenset({CallbackState.HANDED_OUT}), leased_to=agent_id)
        listed = await self._listings.callbacks(mine, ListPart(CallbackOrder.QUEUE, _LOOKED_AT))
        until = sorted(
            case.callback.leased_until
            for case in listed.cases
            if case.callback.leased_until is not None and case.callback.leased_until > now
        )
        if len(until) < self._most:
            return None
        detail = {"held": str(len(until)), "most": str(self._most)}
        return Refusal(Rule.HANDS_FULL, opens_at=until[len(until) - self._most], detail=detail)
