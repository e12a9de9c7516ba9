"""A changed policy over past dials and the present queue, read bit by bit: what it would change, before it is saved."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from callcenter.domain.dials.retry import zone_name
from callcenter.domain.forecasts.simulation import NOT_RECONSTRUCTED, Judged, freed, judge, opening_for
from callcenter.domain.forecasts.simulation_found import PastFound, PolicyRef, QueueFound, Simulation
from callcenter.domain.forecasts.simulation_load import Demand, Pace, hour_of, load_of, pace_of
from callcenter.domain.people import Agent, Callback, CallbackState, Case, Customer, Plan, PlanState
from callcenter.domain.policies.diff import differences
from callcenter.domain.policies.policy import Policy
from callcenter.domain.queue.waiting import DialledCase, UntriedGroup
from callcenter.engine.ports import Clock
from callcenter.engine.stores import PeopleStore
from callcenter.engine.weighing_ports import WeighStore

PAST_DAYS = 28
"""How far back dials are read where nobody says otherwise."""

PAGE = 200
"""Callbacks that are read, and judged, at once."""

_QUEUED = frozenset({CallbackState.WAITING, CallbackState.HANDED_OUT})
_WAIT = frozenset({PlanState.RUNNING, PlanState.PAUSED})
"""Plans whose callbacks count as the queue: a pause ends."""


@dataclass(frozen=True, slots=True)
class SimulationAsked:
    """before: the policy as it is; after: as it would be. since: UTC. most_dials, most_queue: no more than about so
    many are read, of dials and of callbacks. pace: None for that of the dials that are read.
    """

    before: Policy
    after: Policy
    since: datetime
    most_dials: int | None = None
    most_queue: int | None = None
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """dials, queue: how many were read, of how many."""

    dials: int
    all_dials: int
    queue: int
    all_queue: int


@dataclass(frozen=True, slots=True)
class SimulatingParts:
    weighing: WeighStore
    people: PeopleStore
    clock: Clock


_NEVER_ASKED = datetime(2000, 1, 1, tzinfo=UTC)
"""For instants that no rule looks at."""

_MOST_KNOWN = 20_000
"""Groups whose openings are remembered."""

Told = Callable[[Progress], None]
Openings = tuple[datetime | None, datetime | None]


def past_since(now: datetime, days: int = PAST_DAYS) -> datetime:
    return now - timedelta(days=days)


class Simulating:
    """Reads and never writes. What is judged is judged in another thread: calls that go on are not kept waiting."""

    def __init__(self, parts: SimulatingParts) -> None:
        self._parts = parts

    async def run(self, asked: SimulationAsked, told: Told | None = None) -> Simulation:
        """The plans that the present policy governs, past and waiting. told: hears of each step."""
        parts, now = self._parts, self._parts.clock.now()
        plans = {plan.id: plan for plan in await parts.people.plans() if plan.policy == asked.before.name}
        queues = {key: plan for key, plan in plans.items() if plan.state in _WAIT}
        sizes = await parts.weighing.sizes(list(plans), asked.since)
        waiting = (await parts.weighing.sizes(list(queues), asked.since)).waiting
        work = _Work(asked, now, Progress(0, sizes.dials, 0, waiting), told or _nobody)
        await self._past(work, list(plans))
        await self._queue(work, queues)
        pace = asked.pace or pace_of(work.past.dials, len(work.hours), work.left)
        before, after = await asyncio.to_thread(
            lambda: (load_of(asked.before, work.demands[0], pace), load_of(asked.after, work.demands[1], pace))
        )
        return Simulation(
            at=now,
            since=asked.since,
            before=PolicyRef(asked.before.name, asked.before.version),
            after=PolicyRef(asked.after.name, asked.after.version),
            changes=differences(asked.before, asked.after),
            past=work.past,
            queue=work.queue,
            pace=pace,
            load_before=before,
            load_after=after,
            not_reconstructed=NOT_RECONSTRUCTED,
            cut_dials=work.past.dials < sizes.dials,
            cut_queue=work.queue.waiting < waiting,
        )

    async def _past(self, work: "_Work", plan_ids: Collection[str]) -> None:
        agents = {agent.id: agent for agent in await self._parts.people.agents()}
        after, most = "", work.asked.most_dials
        while most is None or work.past.dials < most:
            page = await self._parts.weighing.dialled(plan_ids, work.asked.since, after, PAGE)
            if not page:
                return
            after = page[-1].case.callback.id
            await asyncio.to_thread(work.judge, page, agents)

    async def _queue(self, work: "_Work", plans: Mapping[str, Plan]) -> None:
        most = work.asked.most_queue
        after = ""
        while page := await self._parts.weighing.tried(list(plans), after, PAGE):
            after = page[-1].case.callback.id
            await asyncio.to_thread(work.place, page)
            if most is not None and work.queue.waiting >= most:
                return
        async for groups in _in_parts(self._parts.weighing.untried(list(plans))):
            await asyncio.to_thread(work.place_groups, groups, plans)
            if most is not None and work.queue.waiting >= most:
                return


class _Work:
    """What was found so far."""

    def __init__(self, asked: SimulationAsked, now: datetime, progress: Progress, told: Told) -> None:
        self.asked, self._now, self._progress, self._told = asked, now, progress, told
        self.past, self.queue = PastFound(), QueueFound()
        self.demands = Demand(now), Demand(now)
        self.hours: set[datetime] = set()
        self.left = 0
        self._known: dict[UntriedGroup, Openings] = {}

    def judge(self, page: Sequence[DialledCase], agents: Mapping[str, Agent]) -> None:
        for each in page:
            judged = judge(self.asked.before, self.asked.after, each.case, each.attempts, agents)
            self._learn([one for one in judged if one.attempt.started_at >= self.asked.since])
            self.left += each.case.callback.state not in _QUEUED
        self._tell()

    def _learn(self, judged: Sequence[Judged]) -> None:
        for one in judged:
            self.past.add(one)
            self.hours.add(hour_of(one.attempt.started_at))

    def place(self, page: Sequence[DialledCase]) -> None:
        """Callbacks that were dialled before: each has a past of its own."""
        for each in page:
            self._add(zone_name(each.case), self._openings(each), 1)
        self._tell()

    def place_groups(self, groups: Sequence[UntriedGroup], plans: Mapping[str, Plan]) -> None:
        for group in groups:
            same = replace(group, count=1)
            if same not in self._known:
                self._known = self._known if len(self._known) < _MOST_KNOWN else {}
                self._known[same] = self._openings(DialledCase(_any_of(group, plans[group.plan_id]), ()))
            self._add(group.zone or plans[group.plan_id].zone, self._known[same], group.count)
        self._tell()

    def _openings(self, each: DialledCase) -> Openings:
        case = freed(self.asked.before, each.case, each.attempts, self._now)
        both = (self.asked.before, self.asked.after)
        before, after = (opening_for(policy, case, each.attempts, self._now) for policy in both)
        return before, after

    def _add(self, zone: str, openings: Openings, count: int) -> None:
        self.queue.add(*openings, self._now, count)
        for demand, opens_at in zip(self.demands, openings, strict=True):
            if opens_at is not None:
                demand.add(zone, opens_at, count)

    def _tell(self) -> None:
        self._progress = replace(self._progress, dials=self.past.dials, queue=self.queue.waiting)
        self._told(self._progress)


async def _in_parts(groups: AsyncIterator[UntriedGroup]) -> AsyncIterator[list[UntriedGroup]]:
    part: list[UntriedGroup] = []
    async for group in groups:
        part.append(group)
        if len(part) == PAGE:
            yield part
            part = []
    if part:
        yield part


def _any_of(group: UntriedGroup, plan: Plan) -> Case:
    """A callback as any of the group: what the rules about time and number ask is theirs, the rest is empty."""
    numbers = () if group.number is None else (group.number,)
    customer = Customer("", "", "", numbers, group.zone, "", "", "")
    callback = Callback(
        id="",
        plan_id=plan.id,
        customer_id="",
        purpose="",
        visit_type=plan.visit_type,
        state=CallbackState.WAITING,
        due_at=_NEVER_ASKED,
        priority=0,
        round=1,
        created_at=_NEVER_ASKED,
        not_before=group.not_before,
        appointment_at=group.appointment_at,
    )
    return Case(callback, customer, replace(plan, state=PlanState.RUNNING))


def _nobody(_progress: Progress) -> None:
    pass
