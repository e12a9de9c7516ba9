"""A call that an agent made on another phone (C6-21) is logged: it counts as any other, and asks for its recording."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import structlog

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call, CallState, CallTerms
from callcenter.domain.calls.words import CallEvent
from callcenter.domain.dials.hours import hours_of, slot_now
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import Agent, Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.fallback import OutsideCall, OutsideMistake, mistakes_in_call
from callcenter.engine.asking import DialParts
from callcenter.engine.dialing import new_attempt_id
from callcenter.engine.governing import policy_of

log = structlog.get_logger()

Close = Callable[[Call, Sequence[CallEvent]], Awaitable[None]]


class OutsideWrongError(Exception):
    """mistakes: why it is not logged."""

    def __init__(self, mistakes: tuple[OutsideMistake, ...]) -> None:
        super().__init__(", ".join(mistakes))
        self.mistakes = mistakes


class Outside:
    """close: what follows the end of a call, whichever."""

    def __init__(self, parts: DialParts, close: Close) -> None:
        self._parts = parts
        self._close = close

    async def log(self, agent: Agent, callback_id: str, made: OutsideCall) -> Attempt | Refusal:
        """The attempt, with its log open; the same one where this call was logged before. Caps count it and refuse
        nothing: it was made. Raises OutsideWrongError. Refuses as `CallbackStore.claim` and `AttemptStore.begin` do;
        POLICY_UNKNOWN, NUMBER_OF_SOMEBODY_ELSE.
        """
        parts, now = self._parts, self._parts.clock.now()
        if mistakes := mistakes_in_call(made, now):
            raise OutsideWrongError(mistakes)
        past = await parts.attempts.of_callback(callback_id)
        before = next((each for each in past if _same(each, agent, made)), None)
        if before is not None:
            return before
        claimed = await parts.callbacks.claim(callback_id, agent.id, now, now + parts.terms.lease)
        if isinstance(claimed, Refusal):
            return claimed
        begun = await self._begun(claimed, agent, made, len(past) + 1)
        if isinstance(begun, Refusal):
            await parts.callbacks.give_back(callback_id, agent.id)
            return begun
        attempt, call = begun
        log.info("call on another phone logged", attempt=attempt.id, callback=callback_id, agent=agent.id)
        await self._close(call, ())
        record = await parts.attempts.get(attempt.id)
        return record.attempt if record else attempt

    async def _begun(self, case: Case, agent: Agent, made: OutsideCall, ordinal: int) -> tuple[Attempt, Call] | Refusal:
        parts, now = self._parts, self._parts.clock.now()
        policy = await policy_of(parts.policies, case.plan, now)
        if policy is None:
            return Refusal(Rule.POLICY_UNKNOWN, detail={"policy": case.plan.policy})
        if made.number not in case.customer.numbers:
            return Refusal(Rule.NUMBER_OF_SOMEBODY_ELSE, detail={"number": made.number.masked})
        attempt = self._attempt(case, agent, made, policy, ordinal)
        # It is over before it begins: a service that is killed here finds it so, and closes it.
        call = Call(
            attempt.id,
            CallTerms(agent_endpoint="", customer_endpoint="", ring_seconds=0, cancel_lock_seconds=0),
            now,
            parts.terms.node,
            state=CallState.ENDED,
            dialled_at=made.began_at,
            answered_at=made.began_at if made.outcome is Outcome.ANSWERED else None,
            ended_at=made.ended_at,
            outcome=made.outcome,
        )
        return await parts.attempts.begin(attempt, call, now) or (attempt, call)

    def _attempt(self, case: Case, agent: Agent, made: OutsideCall, policy: Policy, ordinal: int) -> Attempt:
        attempt = Attempt(
            id=new_attempt_id(self._parts.clock.now()),
            callback_id=case.callback.id,
            agent_id=agent.id,
            number=made.number,
            round=case.callback.round,
            ordinal=ordinal,
            slot=slot_now(hours_of(policy, case, made.number), made.began_at),
            policy=policy.name,
            policy_version=policy.version,
            started_at=made.began_at,
        )
        return replace(attempt, phone=made.phone.strip())


def _same(attempt: Attempt, agent: Agent, made: OutsideCall) -> bool:
    mine = attempt.agent_id == agent.id and bool(attempt.phone)
    return mine and (attempt.number, attempt.started_at) == (made.number, made.began_at)
