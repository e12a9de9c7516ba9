"""What weighing the rules asks of the database: the queue in groups, and past dials callback by callback."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.people import Case
from callcenter.domain.queue.waiting import DialledCase, GroupKey, Sizes, UntriedGroup, WaitingGroup


class WeighStore(Protocol):
    async def groups(self, plan_id: str, now: datetime) -> list[WaitingGroup]:
        """The plan's callbacks that wait, are with an agent, or wait for a decision; the largest group first."""

    async def some_of(self, key: GroupKey, now: datetime, limit: int) -> list[Case]:
        """So many of a group, in the order of the queue."""

    async def sizes(self, plan_ids: Collection[str], since: datetime) -> Sizes: ...

    def untried(self, plan_ids: Collection[str]) -> AsyncIterator[UntriedGroup]:
        """All waiting callbacks of these plans that were not dialled in this round, read bit by bit."""

    async def tried(self, plan_ids: Collection[str], after: str, limit: int) -> Sequence[DialledCase]:
        """Waiting callbacks that were dialled in this round, by id, from behind `after`."""

    async def dialled(
        self, plan_ids: Collection[str], since: datetime, after: str, limit: int
    ) -> Sequence[DialledCase]:
        """Callbacks of these plans that were dialled since then, by id, from behind `after`."""
