"""What may an agent be handed whom a conflict of interest keeps from the first in the queue?

Those he must not call may be many: they are passed over by reading, a page at a time, and only the rest is claimed. So
nobody starves behind customers whom he must not call, however many stand before the one that he may.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from callcenter.domain.conflict import Barred, barred
from callcenter.domain.people import Agent
from callcenter.domain.waiting import Ahead, QueuePlace
from callcenter.domain.windows import in_zone
from callcenter.engine.stores import PolicyStore

PAGE = 500
"""Callbacks that are read at once."""


class QueueWalk(Protocol):
    async def ahead(self, now: datetime, after: QueuePlace | None, limit: int) -> list[Ahead]:
        """Callbacks that could be handed out now, the next ones behind `after`."""


@dataclass(slots=True)
class PassingOver:
    """For one agent's click."""

    walk: QueueWalk
    policies: PolicyStore
    agent: Agent
    _known: dict[tuple[str, str], Barred | None] = field(default_factory=dict)

    async def free(self, now: datetime) -> AsyncIterator[str]:
        """Ids of those that no conflict of interest keeps from him, in the queue's order."""
        after: QueuePlace | None = None
        while page := await self.walk.ahead(now, after, PAGE):
            for each in page:
                found = await self._barred(each, now)
                if found is None or found.bars(each.manager, each.department) is None:
                    yield each.place.callback_id
            after = page[-1].place

    async def _barred(self, ahead: Ahead, now: datetime) -> Barred | None:
        """None where there is no policy, which the gate refuses for its own reason."""
        key = (ahead.policy, ahead.zone)
        if key not in self._known:
            policy = await self.policies.in_force(ahead.policy, in_zone(ahead.zone, now))
            self._known[key] = None if policy is None else barred(policy.conflict, self.agent)
        return self._known[key]
