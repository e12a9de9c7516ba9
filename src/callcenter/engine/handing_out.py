"""Who is next for this agent? The first of the queue whom the gate lets him dial now.

What the gate refuses is remembered where it will be of use: a closed line, and customers whom an agent may not call,
are passed over by the next look; a callback that may be dialled later waits until then. So no refusal is met over and
over again, and a long row of them keeps nobody from what lies behind it.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.people import Agent, CallbackState, Case
from callcenter.domain.queue.handing_out import (
    OF_LINES,
    ONE_BY_ONE,
    KeptFrom,
    PassedOver,
    clock_of,
    hours_of,
    kept_from,
)
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.engine.asking import FOR_EVERYBODY, Asking, DialParts, LetIn
from callcenter.engine.hours import BELIEVED, OpenHours

MOST_TRIED = 200
"""How many callbacks are looked at, at most, until one is found that may be dialled now."""

LOOK_AGAIN = timedelta(hours=1)
"""When a callback is looked at again of which the gate cannot say when it may be dialled."""

LOOK_AGAIN_SOON: Mapping[Rule, timedelta] = MappingProxyType({Rule.NUMBER_LIVE: timedelta(seconds=10)})
"""When what hinders it is over by itself."""

OUT_OF_THE_QUEUE: Mapping[Rule, CallbackChange] = {
    Rule.CALLBACK_EXHAUSTED: CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.DIALS_USED_UP),
    Rule.CASE_WITHDRAWN: CallbackChange(CallbackState.CLOSED, exhausted_reason=ExhaustedReason.WITHDRAWN),
    Rule.OPT_OUT: CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.OPTED_OUT),
    Rule.NUMBER_WRONG: CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.NO_NUMBER),
    Rule.NUMBER_BLOCKED: CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.NO_NUMBER),
    Rule.PHONE_FORBIDDEN: CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.OTHER_CHANNEL),
    Rule.CLASS_NOT_BY_PHONE: CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.OTHER_CHANNEL),
    Rule.CAP_NUMBER: CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.CAPPED),
    Rule.CAP_CUSTOMER: CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=ExhaustedReason.CAPPED),
}
"""What becomes of a callback that one of these refuses for good: a supervisor decides (C6-22, C9-20), or nobody."""

OF_EXCLUSIONS = frozenset({Rule.CASE_WITHDRAWN, Rule.OPT_OUT, Rule.NUMBER_WRONG})
"""Refusals that are over once an exclusion is lifted."""

OF_PLANS = frozenset(
    {
        Rule.PLAN_NOT_RUNNING,
        Rule.PLAN_NOT_BEGUN,
        Rule.PLAN_OVER,
        Rule.PLAN_NOT_BY_PHONE,
        Rule.AGENT_NOT_OF_PLAN,
        Rule.TRUNK_UNKNOWN,
    }
)
"""Refusals that every callback of the plan would meet, for this agent."""


class HandingOut:
    """Walks the queue for one agent at a time."""

    def __init__(self, parts: DialParts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking
        self._hours = OpenHours(parts.callbacks, parts.policies, parts.terms.setup_seconds)
        self._kept_from: dict[Agent, dict[KeptFrom, datetime]] = {}

    async def next(self, agent: Agent) -> LetIn | Refusal | None:
        """The next that this agent may dial now, handed out to him; None when there is none."""
        plans: set[str] = set()
        callbacks: set[str] = set()
        for _ in range(MOST_TRIED):
            now = self._parts.clock.now()
            passed_over = PassedOver(
                await self._hours.closed(now), frozenset(plans), frozenset(callbacks), self._barred(agent, now)
            )
            case = await self._parts.callbacks.claim_next(agent.id, now, now + self._parts.terms.lease, passed_over)
            if case is None:
                return None
            answer = await self._asking.let_in(case, agent, None, {})
            if isinstance(answer, LetIn):
                return answer
            if answer.rule in FOR_EVERYBODY:
                await self._parts.callbacks.give_back(case.callback.id, agent.id)
                return answer
            if answer.rule is Rule.CONFLICT_OF_INTEREST:
                self._remember(agent, kept_from(answer, case), now)
                callbacks.add(case.callback.id)
                await self._parts.callbacks.give_back(case.callback.id, agent.id)
            elif answer.rule is Rule.SECOND_VISIT:
                callbacks.add(case.callback.id)
                await self._parts.callbacks.give_back(case.callback.id, agent.id)
            elif answer.rule in OF_PLANS:
                plans.add(case.plan.id)
                await self._parts.callbacks.give_back(case.callback.id, agent.id)
            elif answer.opens_at is None and (change := OUT_OF_THE_QUEUE.get(answer.rule)) is not None:
                # It would be refused to everybody, at any time.
                taken = answer.rule in OF_EXCLUSIONS
                write = self._parts.taken_out.take_out if taken else self._parts.callbacks.change
                await write(case.callback.id, case.callback.version, change)
            else:
                await self._put_off(case, agent, answer, now)
        return None

    async def wake(self) -> int:
        """All whose time has come stand in their lines again: how many. Hand-outs do so for some hundreds each; where
        many thousands come due at once, nobody's turn waits for so many hand-outs.
        """
        woken, now = 0, self._parts.clock.now()
        while count := await self._parts.callbacks.wake(now):
            woken += count
            # Whoever waits for the books goes first.
            await asyncio.sleep(0)
        return woken

    async def _put_off(self, case: Case, agent: Agent, refusal: Refusal, now: datetime) -> None:
        callback, store = case.callback, self._parts.callbacks
        opens_at = refusal.opens_at or now + LOOK_AGAIN_SOON.get(refusal.rule, LOOK_AGAIN)
        if refusal.rule not in OF_LINES:
            await store.defer(callback.id, opens_at, rule=refusal.rule)
        elif not await self._hours.refused(hours_of(case), now):
            # Its hours are not those of its line: it goes to its customer's, or to none at all.
            own = clock_of(case.customer)
            clock = ONE_BY_ONE if own == callback.clock else own
            await store.defer(callback.id, opens_at, clock, refusal.rule)
        elif callback.appointment_at is not None and callback.appointment_at <= now:
            # Due appointments are looked at whether their line is open or not.
            await store.defer(callback.id, opens_at, rule=refusal.rule)
        else:
            await store.give_back(callback.id, agent.id)

    def _remember(self, agent: Agent, found: KeptFrom | None, now: datetime) -> None:
        if found is not None:
            self._kept_from.setdefault(agent, {})[found] = now + BELIEVED

    def _barred(self, agent: Agent, now: datetime) -> frozenset[KeptFrom]:
        mine = {each: until for each, until in self._kept_from.pop(agent, {}).items() if until > now}
        if mine:
            self._kept_from[agent] = mine
        return frozenset(mine)
