"""An agent takes a customer who rings back: the attempt is committed, then the call begins with the customer in it."""

from datetime import datetime

import structlog

from callcenter.domain.attempt import Attempt, CallDirection
from callcenter.domain.calls.call import Call, CallTerms
from callcenter.domain.dials.hours import hours_of, slot_now
from callcenter.domain.people import Agent, Case
from callcenter.domain.phone import MalformedNumberError, PhoneNumber, parse_number
from callcenter.domain.policies.policy import Policy
from callcenter.domain.queue.returns import ReturnCall
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.asking import Asking, DialParts
from callcenter.engine.dialing import new_attempt_id
from callcenter.engine.governing import policy_of

log = structlog.get_logger()

ANSWER_SECONDS = 5
"""How long the switch may take to answer him once both recorders write."""


def number_of(text: str, region: str) -> PhoneNumber | None:
    """Who rings, as the network tells it; None where it is withheld, or no number that could be dialled."""
    try:
        return parse_number(text, region)
    except MalformedNumberError:
        return None


class Taking:
    """What an agent's yes does."""

    def __init__(self, parts: DialParts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking

    async def take(self, ringing: ReturnCall, case: Case, agent: Agent) -> Attempt | Refusal:
        """The attempt, live. AGENT_BUSY, AGENT_ON_BREAK, NUMBER_LIVE, CALLBACK_NOT_WAITING (somebody talks with him, or
        dials him), POLICY_UNKNOWN, CALLS_FULL, PHONE_NOT_READY.
        """
        parts, now = self._parts, self._parts.clock.now()
        policy = await policy_of(parts.policies, case.plan, now)
        if policy is None:
            return Refusal(Rule.POLICY_UNKNOWN, detail={"policy": case.plan.policy})
        if ringing.number is None:
            return Refusal(Rule.NUMBER_MISSING)
        dials = await parts.attempts.dials(case.callback.id, ringing.number, agent.id)
        if dials.agent_on_break:
            return Refusal(Rule.AGENT_ON_BREAK)
        if (refusal := self._asking.full() or self._parts.handsets.refusal(agent)) is not None:
            return refusal
        attempt = Attempt(
            id=new_attempt_id(now),
            callback_id=case.callback.id,
            agent_id=agent.id,
            number=ringing.number,
            round=case.callback.round,
            ordinal=len(dials.of_callback) + 1,
            slot=slot_now(hours_of(policy, case), now),
            policy=policy.name,
            policy_version=policy.version,
            started_at=now,
            caller_id=ringing.called,
            direction=CallDirection.INBOUND,
        )
        return await self._begun(attempt, self._call(attempt, policy, agent, ringing.channel), now)

    async def _begun(self, attempt: Attempt, call: Call, now: datetime) -> Attempt | Refusal:
        with self._asking.beginning():
            refusal = await self._parts.attempts.begin(attempt, call, now)
        if refusal is not None:
            return refusal
        log.info("return call taken", attempt=attempt.id, callback=attempt.callback_id, agent=attempt.agent_id)
        self._parts.calls.begin(call)
        return attempt

    def _call(self, attempt: Attempt, policy: Policy, agent: Agent, channel: str) -> Call:
        """He may talk as long as anybody, at whatever hour: he rang himself."""
        terms = CallTerms(
            agent_endpoint=self._parts.handsets.endpoint_of(agent),
            customer_endpoint="",
            caller_id=attempt.caller_id,
            ring_seconds=ANSWER_SECONDS,
            cancel_lock_seconds=0,
            agent_ring_seconds=policy.call.agent_ring_seconds,
            agent_grace_seconds=policy.call.agent_grace_seconds,
            max_talk_seconds=policy.call.max_minutes * 60,
            setup_seconds=self._parts.terms.setup_seconds,
            customer_channel=channel,
            notice=self._parts.terms.notice(policy),
            pause_seconds=policy.evidence.pause_seconds or 0,
            pauses_most=policy.evidence.pauses_most,
        )
        return Call(attempt.id, terms, attempt.started_at, self._parts.terms.node)
