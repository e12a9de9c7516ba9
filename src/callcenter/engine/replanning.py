"""A new version of a policy is in force: when may those be dialled that were put off under the old one?

Plan by plan, in small batches, each a transaction of its own that also notes how far it came: hand-outs go on in
between, and whoever is cut off goes on from there. Two who do it at once reckon the same.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog

from callcenter.domain.dials.replanning import Parked, Replan, replanned
from callcenter.domain.people import PlanState
from callcenter.domain.policies.policy import Policy
from callcenter.engine.governing import policy_of
from callcenter.engine.ports import Clock
from callcenter.engine.stores import PeopleStore, PolicyStore

log = structlog.get_logger()

BATCH = 50
"""Callbacks a transaction: who wants to dial waits some hundredths of a second for it."""

LOOK_SECONDS = 60.0
"""How often a service looks whether another version of a policy is in force."""


class ReplanStore(Protocol):
    async def replans(self) -> Mapping[str, Replan]:
        """By plan; the last one of each."""

    async def parked(self, plan_id: str, after: str, limit: int) -> Sequence[Parked]:
        """Of this plan those that wait for their not_before, by id, from behind `after`."""

    async def count_parked(self, plan_id: str, after: str) -> int: ...

    async def move(self, replan: Replan, moved: Mapping[tuple[str, int], datetime | None]) -> int:
        """In one transaction: give these callbacks, by id and version, another not_before, and note how far it is. How
        many were as they had been read: the others changed meanwhile, and stay as they are.
        """


@dataclass(frozen=True, slots=True)
class Progress:
    """done, total: callbacks, of all plans that are to be reckoned anew. moved: those that have another time now."""

    plan_id: str
    done: int
    total: int
    moved: int


@dataclass(frozen=True, slots=True)
class ReplanParts:
    people: PeopleStore
    policies: PolicyStore
    store: ReplanStore
    clock: Clock


class Replanning:
    """Keeps the times of callbacks that were put off in step with the policies."""

    def __init__(self, parts: ReplanParts) -> None:
        self._parts = parts

    async def run(self, told: Callable[[Progress], None] = lambda _: None, *, again: bool = False) -> Progress:
        """All plans whose policy has another version in force than they were last reckoned for; the end's progress.
        again: every plan, from its beginning. told: called after each batch.
        """
        work = [each async for each in self._due(again=again)]
        store = self._parts.store
        total = sum([await store.count_parked(replan.plan_id, replan.after) for replan, _ in work])
        progress = Progress("", 0, total, 0)
        for replan, policy in work:
            async for seen, moved in self._plan(replan, policy):
                done = progress.done + seen
                progress = Progress(replan.plan_id, done, max(total, done), progress.moved + moved)
                told(progress)
        return progress

    async def keep_on(self) -> None:
        """At once, and then whenever a new version comes into force, for ever."""
        while True:
            try:
                await self.run()
            except Exception:  # the next look may fare better, and calls go on meanwhile
                log.exception("replanning broke off")
            await self._parts.clock.sleep(LOOK_SECONDS)

    async def _due(self, *, again: bool) -> AsyncIterator[tuple[Replan, Policy]]:
        parts, now = self._parts, self._parts.clock.now()
        known = await parts.store.replans()
        for plan in await parts.people.plans():
            if plan.state is PlanState.FINISHED:
                continue
            policy = await policy_of(parts.policies, plan, now)
            if policy is None:
                continue
            replan = known.get(plan.id)
            if again or replan is None or not replan.is_for(policy):
                yield Replan(plan.id, policy.name, policy.version, now), policy
            elif replan.ended_at is None:
                yield replan, policy

    async def _plan(self, replan: Replan, policy: Policy) -> AsyncIterator[tuple[int, int]]:
        """After each batch: how many were looked at, and how many moved."""
        store, clock = self._parts.store, self._parts.clock
        while replan.ended_at is None:
            now = clock.now()
            batch = await store.parked(replan.plan_id, replan.after, BATCH)
            moves = {}
            for parked in batch:
                callback, anew = parked.case.callback, replanned(parked, policy, now)
                if anew != callback.not_before:
                    moves[callback.id, callback.version] = anew
                # Reckoning makes no pause: calls that go on have their turn here.
                await asyncio.sleep(0)
            last = len(batch) < BATCH
            after = replan.after if not batch else batch[-1].case.callback.id
            replan = replace(replan, after=after, seen=replan.seen + len(batch), ended_at=now if last else None)
            moved = await store.move(replan, moves)
            replan = replace(replan, moved=replan.moved + moved)
            if last and replan.moved:
                log.info(
                    "plan replanned",
                    plan=replan.plan_id,
                    policy=policy.name,
                    version=policy.version,
                    looked_at=replan.seen,
                    moved=replan.moved,
                )
            yield len(batch), moved
