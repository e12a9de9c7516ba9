"""Why is so much, or so little, of a plan callable now? And who could call one callback?

The queue is asked group by group: callbacks of which the rules ask the same are answered by one. Rules that differ from
callback to callback are asked of so many of each group, and what that tells of the rest is an estimate, and says so.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.dials.hours import never_opens
from callcenter.domain.gate.facts import DialFacts
from callcenter.domain.gate.gate import explain
from callcenter.domain.people import Agent, CallbackState, Case, Plan
from callcenter.domain.queue.handing_out import OF_LINES, ONE_BY_ONE
from callcenter.domain.queue.waiting import WaitingGroup
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.asking import FOR_EVERYBODY, Asking
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AttemptStore, CallbackStore, DutyStore, PeopleStore
from callcenter.engine.weighing_ports import WeighStore

MOST_READ = 2000
"""Callbacks of a plan that are asked one by one, in all; of each group at least FEWEST_READ."""

FEWEST_READ = 5
MOST_AGENTS = 200
"""Agents of whom it is told whether they could call."""

_OF_ALL_GROUPS = frozenset(
    {
        Rule.PLAN_NOT_RUNNING,
        Rule.PLAN_NOT_BY_PHONE,
        Rule.CALLBACK_NOT_WAITING,
        Rule.CALLBACK_WITH_ANOTHER_AGENT,
        Rule.POLICY_UNKNOWN,
        Rule.TRUNK_UNKNOWN,
        Rule.NUMBER_MISSING,
    }
)
"""What one callback is refused by, so is its whole group."""

_OF_UNTRIED_GROUPS = OF_LINES | {Rule.CALLBACK_NOT_YET, Rule.CALLBACK_EXHAUSTED}
"""The same, where no past dials make a difference."""

_OF_AGENTS = frozenset(
    {
        Rule.AGENT_UNKNOWN,
        Rule.AGENT_BUSY,
        Rule.PHONE_NOT_READY,
        Rule.AGENT_ON_BREAK,
        Rule.CONFLICT_OF_INTEREST,
        Rule.SECOND_VISIT,
        Rule.CALLBACK_WITH_ANOTHER_AGENT,
    }
)


_UNTIL_CORRECTED = frozenset(
    {
        Rule.ZONE_UNKNOWN,
        Rule.WINDOW_UNSET,
        Rule.POLICY_UNKNOWN,
        Rule.TRUNK_UNKNOWN,
        Rule.NUMBER_MISSING,
        Rule.NUMBER_MALFORMED,
        Rule.NUMBER_EMERGENCY,
        Rule.NUMBER_PREMIUM,
        Rule.NUMBER_PREFIX,
    }
)
"""What no waiting and no decision mends."""


@dataclass(frozen=True, slots=True)
class Reason:
    """So many callbacks are refused by this rule before any other. opens_at: the earliest instant, UTC, at which it
    lets one of them go; None where waiting does not help. example: one of the refusals. estimated: told of a part.
    Callbacks whose hours never open are told apart from those whose hours are only over.
    """

    rule: Rule
    count: int
    opens_at: datetime | None
    example: Refusal
    estimated: bool

    @property
    def never(self) -> bool:
        """Will it stand against them until somebody corrects a customer, the policy or the installation?"""
        return self.rule in _UNTIL_CORRECTED or never_opens(self.example)


@dataclass(frozen=True, slots=True)
class PlanExplanation:
    """queued: callbacks that wait, are with an agent, or wait for a decision. callable_now: that somebody may dial now
    if nothing stands against every dial. reasons: the most frequent first. hindrances: why nobody may dial at all.
    asked: how many were asked one by one.
    """

    plan: Plan
    at: datetime
    queued: int
    callable_now: int
    estimated: bool
    reasons: tuple[Reason, ...]
    hindrances: tuple[Refusal, ...]
    asked: int


@dataclass(frozen=True, slots=True)
class Caller:
    """refusals: why this agent may not call; those about the callback itself, which meet everybody, are left out."""

    agent: Agent
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class ExplainingParts:
    asking: Asking
    callbacks: CallbackStore
    attempts: AttemptStore
    people: PeopleStore
    weighing: WeighStore
    duty: DutyStore
    clock: Clock


Told = Callable[[int, int], None]
"""Hears how many callbacks of how many are accounted for."""


class Explaining:
    def __init__(self, parts: ExplainingParts) -> None:
        self._parts = parts

    async def callers(self, callback_id: str) -> tuple[Caller, ...]:
        """Every agent, those who may call first; none where the callback or its policy is unknown."""
        parts = self._parts
        case = await parts.callbacks.case(callback_id)
        if case is None:
            return ()
        facts = (await parts.asking.ask(case, None, None, {})).facts
        if facts is None:
            return ()
        busy = {record.attempt.agent_id for record in await parts.attempts.live()}
        agents = (await parts.people.agents())[:MOST_AGENTS]
        now = parts.clock.now()
        paused = await parts.duty.paused()
        found = []
        for agent in agents:
            his = replace(facts, agent=agent, agent_busy=agent.id in busy, agent_on_break=agent.id in paused)
            found.append(Caller(agent, _against(his, now)))
        return tuple(sorted(found, key=lambda caller: (len(caller.refusals) > 0, caller.agent.staff_number)))

    async def plan(self, plan_id: str, told: Told | None = None) -> PlanExplanation | None:
        """None where there is no such plan."""
        parts, now = self._parts, self._parts.clock.now()
        plan = next((plan for plan in await parts.people.plans() if plan.id == plan_id), None)
        if plan is None:
            return None
        groups = await parts.weighing.groups(plan_id, now)
        agents = await parts.people.agents()
        share = max(FEWEST_READ, MOST_READ // max(1, len(groups)))
        queued, tally, accounted = sum(group.count for group in groups), _Tally(), 0
        for group in groups:
            await self._weigh(group, now, share, agents, tally)
            accounted += group.count
            if told is not None:
                told(accounted, queued)
        return PlanExplanation(
            plan=plan,
            at=now,
            queued=queued,
            callable_now=tally.callable_now,
            estimated=tally.estimated,
            reasons=tally.reasons(),
            hindrances=parts.asking.hindrances(),
            asked=tally.asked,
        )

    async def _weigh(
        self, group: WaitingGroup, now: datetime, share: int, agents: Sequence[Agent], tally: "_Tally"
    ) -> None:
        found = await self._parts.weighing.some_of(group.key, now, 1)
        if not found:
            return
        first = await self._refusal(found[0], agents, now)
        if first is not None and _of_group(group, first):
            tally.asked += 1
            tally.add(replace(first, opens_at=_earliest(group, first)), group.count, estimated=False)
            return
        cases = await self._parts.weighing.some_of(group.key, now, share)
        answers = []
        for case in cases:
            answers.append(await self._refusal(case, agents, now))
            # The books may answer without a pause: calls that go on have their turn here.
            await asyncio.sleep(0)
        tally.spread(answers, group.count)

    async def _refusal(self, case: Case, agents: Sequence[Agent], now: datetime) -> Refusal | None:
        """The first rule that stands against whoever would dial, but for what stands against every dial."""
        asking = self._parts.asking
        agent = await asking.whoever(case, agents, but_holder=True)
        asked = await asking.ask(case, agent, None, {})
        if asked.refusal is None or asked.refusal.rule not in FOR_EVERYBODY:
            return asked.refusal
        against = explain(asked.facts, now) if asked.facts is not None else ()
        others = (each.refusal for each in against if not each.ok and each.rule not in FOR_EVERYBODY)
        return next((refusal for refusal in others if refusal is not None), None)


class _Tally:
    """Counts by rule."""

    def __init__(self) -> None:
        self.callable_now = self.asked = 0
        self.estimated = False
        self._reasons: dict[tuple[Rule, bool], Reason] = {}

    def add(self, refusal: Refusal | None, count: int, *, estimated: bool) -> None:
        self.estimated |= estimated
        if refusal is None:
            self.callable_now += count
            return
        kind = refusal.rule, never_opens(refusal)
        known = self._reasons.get(kind, Reason(refusal.rule, 0, None, refusal, estimated=False))
        opens = [moment for moment in (known.opens_at, refusal.opens_at) if moment is not None]
        self._reasons[kind] = replace(
            known,
            count=known.count + count,
            opens_at=min(opens, default=None),
            estimated=known.estimated or estimated,
        )

    def spread(self, answers: Sequence[Refusal | None], count: int) -> None:
        """What so many said, for a group of `count`: in their proportions, and to the last one."""
        self.asked += len(answers)
        left, open_answers = count, len(answers)
        for answer in answers:
            part = round(left / open_answers)
            self.add(answer, part, estimated=count > len(answers))
            left, open_answers = left - part, open_answers - 1

    def reasons(self) -> tuple[Reason, ...]:
        return tuple(sorted(self._reasons.values(), key=lambda reason: (-reason.count, reason.rule.value)))


def _of_group(group: WaitingGroup, refusal: Refusal) -> bool:
    if refusal.rule in _OF_ALL_GROUPS or group.key.state is CallbackState.EXHAUSTED:
        return True
    return not group.key.tried and group.key.clock != ONE_BY_ONE and refusal.rule in _OF_UNTRIED_GROUPS


def _earliest(group: WaitingGroup, refusal: Refusal) -> datetime | None:
    match refusal.rule:
        case Rule.CALLBACK_NOT_YET:
            return group.not_before
        case Rule.CALLBACK_WITH_ANOTHER_AGENT:
            return group.leased_until
        case _:
            return refusal.opens_at


def _against(facts: DialFacts, now: datetime) -> tuple[Refusal, ...]:
    verdicts = explain(facts, now)
    return tuple(each.refusal for each in verdicts if not each.ok and each.refusal and each.rule in _OF_AGENTS)
