"""Which callbacks come again, and when? Each is made when its time comes: once, by whichever process looks first."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from callcenter.domain.people import Callback, Case, Plan, PlanState
from callcenter.domain.plans.cadence import EndedSeries, Occurrence, next_occurrence, ripe_before
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.governing import policy_of
from callcenter.engine.ports import Clock
from callcenter.engine.stores import PeopleStore, PolicyStore

PAGE = 500


class CadenceStore(Protocol):
    async def ended(self, plan_id: str, made_before: datetime, limit: int, after: str = "") -> list[EndedSeries]:
        """Series of the plan that nothing follows yet, whose last callback was made no later than that; by its id,
        from behind `after`.
        """

    async def add_next(self, callback: Callback) -> bool:
        """Add the callback if nothing follows yet what it follows, and nothing of its series waits; one transaction.
        False when somebody else was quicker.
        """


@dataclass(frozen=True, slots=True)
class CadenceParts:
    store: CadenceStore
    people: PeopleStore
    policies: PolicyStore
    clock: Clock


@dataclass(frozen=True, slots=True)
class Coming:
    """A callback that will arise, if nothing changes."""

    case: Case
    visited_at: datetime
    occurrence: Occurrence


@dataclass(frozen=True, slots=True)
class Made:
    """What one look created. refused: how many series could not be counted on, by rule."""

    created: int = 0
    refused: Mapping[Rule, int] = field(default_factory=dict)


class Cadences:
    """Makes what is due in running plans, and tells what will come."""

    def __init__(self, parts: CadenceParts) -> None:
        self._parts = parts

    async def create(self) -> Made:
        """Every callback whose time has come by now; one for each series, however long nobody looked."""
        now = self._parts.clock.now()
        created = 0
        refused: Counter[Rule] = Counter()
        async for _ended, following in self._following(now):
            if isinstance(following, Refusal):
                refused[following.rule] += 1
            elif following.opens_at <= now:
                created += await self._parts.store.add_next(following.callback(now))
        return Made(created, dict(refused))

    async def coming(self, until: datetime, plan_id: str | None = None) -> list[Coming]:
        """What arises until then, the soonest first. A series that waits for its customer is not told: what follows it
        depends on when he is spoken to.
        """
        found = [
            Coming(ended.case, ended.visited_at, following)
            async for ended, following in self._following(until, plan_id)
            if isinstance(following, Occurrence) and following.opens_at <= until
        ]
        return sorted(found, key=lambda each: (each.occurrence.opens_at, each.occurrence.id))

    async def _following(
        self, until: datetime, plan_id: str | None = None
    ) -> AsyncIterator[tuple[EndedSeries, Occurrence | Refusal]]:
        for plan in await self._parts.people.plans():
            if plan.state is not PlanState.RUNNING or plan_id not in {None, plan.id}:
                continue
            policy = await self._policy(plan)
            made_before = ripe_before(policy, until) if policy else None
            if policy is None or made_before is None:
                continue
            after = ""
            while page := await self._parts.store.ended(plan.id, made_before, PAGE, after):
                after = page[-1].case.callback.id
                for ended in page:
                    following = next_occurrence(policy, ended.last)
                    if following is not None:
                        yield ended, following

    async def _policy(self, plan: Plan) -> Policy | None:
        return await policy_of(self._parts.policies, plan, self._parts.clock.now())
