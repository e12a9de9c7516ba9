"""From click to attempt: hand out, ask the gate, commit the attempt, and only then let the call begin."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call, CallTerms
from callcenter.domain.calls.trunk import Trunk
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.gate.caps import CapTerms
from callcenter.domain.gate.facts import DialFacts
from callcenter.domain.gate.gate import Permit
from callcenter.domain.gate.when import closing_of, opening_of
from callcenter.domain.people import Agent, CallbackState, Case
from callcenter.domain.phone import PhoneNumber, dial_string
from callcenter.domain.policies.evidence import RecordingFails
from callcenter.domain.policies.hours import TalkAtClose
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.asking import Asking, DialParts, LetIn
from callcenter.engine.handing_out import HandingOut
from callcenter.engine.in_hand import InHand

log = structlog.get_logger()

A_WHILE = timedelta(minutes=1)
"""From the click until the attempt is written it takes far less."""


def new_attempt_id(now: datetime) -> str:
    """Unique, and in the order of time; letters and digits only, since it names channels on the switch."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(6)}"


class Dialing:
    """What an agent's click does."""

    def __init__(self, parts: DialParts, asking: Asking) -> None:
        self._parts = parts
        self._asking = asking
        self._in_hand = InHand(parts.callbacks, parts.terms.max_in_hand)
        self._handing_out = HandingOut(parts, asking)

    async def next_for(self, agent_key: str) -> Case | Refusal | None:
        """The next callback that this agent may dial now, handed out to him; None when there is none. HANDS_FULL when
        he has as many as one may have already.
        """
        async with self._in_hand.turn(agent_key):
            agent = await self._parts.people.agent(agent_key)
            refusal = await self._in_hand.full(agent.id, self._parts.clock.now()) if agent else None
            found = refusal or await self._next(agent_key, agent)
        return found.facts.case if isinstance(found, LetIn) else found

    async def dial_next(self, agent_key: str) -> tuple[Case, Attempt | Refusal] | Refusal | None:
        """As `next_for`, and dialled at once, as by `dial`."""
        found = await self._next(agent_key, await self._parts.people.agent(agent_key))
        if not isinstance(found, LetIn):
            return found
        return found.facts.case, await self._begin(found, None)

    async def _next(self, agent_key: str, agent: Agent | None) -> LetIn | Refusal | None:
        if agent is None:
            return Refusal(Rule.AGENT_UNKNOWN, detail={"agent": agent_key})
        return await self._handing_out.next(agent)

    async def dial(
        self,
        agent_key: str,
        callback_id: str,
        *,
        number: PhoneNumber | None = None,
        overrides: Mapping[Rule, str] | None = None,
        request_key: str | None = None,
    ) -> Attempt | Refusal:
        """Dial this callback for this agent; the attempt is committed before anything rings. request_key: of requests
        with the same one, however often and however close together, only one dials. number: one of the customer's,
        chosen by the agent; None for the one that the retry rules choose.
        """
        parts = self._parts
        agent = await parts.people.agent(agent_key)
        if agent is None:
            return Refusal(Rule.AGENT_UNKNOWN, detail={"agent": agent_key})
        now = parts.clock.now()
        claimed = await self._claimed(callback_id, agent, now)
        if isinstance(claimed, Refusal):
            return claimed
        let_in = await self._asking.let_in(claimed, agent, number, overrides or {})
        if isinstance(let_in, Refusal):
            await parts.callbacks.give_back(callback_id, agent.id)
            return let_in
        return await self._begin(let_in, request_key)

    async def _claimed(self, callback_id: str, agent: Agent, now: datetime) -> Case | Refusal:
        """What is in this agent's hand for a while yet needs no new lease, one more write before anything rings."""
        callbacks = self._parts.callbacks
        case = await callbacks.case(callback_id)
        if case is not None and _in_hand(case, agent, now):
            return case
        return await callbacks.claim(callback_id, agent.id, now, now + self._parts.terms.lease)

    # From the gate's answer until the attempt is counted nothing is awaited: who was let in counts for who asks next.
    async def _begin(self, let_in: LetIn, request_key: str | None) -> Attempt | Refusal:
        parts, case = self._parts, let_in.facts.case
        attempt = replace(self._attempt(let_in), request_key=request_key)
        call = self._call(attempt, let_in, parts.terms.trunks[case.plan.trunk])
        with self._asking.beginning():
            refusal = await parts.attempts.begin(attempt, call, attempt.started_at, _cap_terms(let_in))
        if refusal is not None:
            await parts.callbacks.give_back(case.callback.id, let_in.agent.id)
            return refusal
        overridden = [each.rule.value for each in let_in.permit.overridden]
        log.info(
            "attempt committed",
            attempt=attempt.id,
            callback=case.callback.id,
            agent=let_in.agent.id,
            overridden=overridden,
        )
        # Nothing is awaited from here on: whoever dialled can follow the call from its first step.
        parts.calls.begin(call)
        return attempt

    async def wake(self) -> int:
        """All whose time has come stand in the queue: see HandingOut."""
        return await self._handing_out.wake()

    async def is_phone(self, endpoint: str) -> bool:
        """Is this the phone of an agent? Nothing else is ever called as one."""
        if self._parts.handsets.is_connected(endpoint):
            return True
        return any(agent.endpoint == endpoint for agent in await self._parts.people.agents())

    def _attempt(self, let_in: LetIn) -> Attempt:
        facts, permit, now = let_in.facts, let_in.permit, self._parts.clock.now()
        return Attempt(
            id=new_attempt_id(now),
            callback_id=facts.case.callback.id,
            agent_id=let_in.agent.id,
            number=let_in.number,
            round=facts.case.callback.round,
            ordinal=len(facts.attempts) + 1,
            slot=permit.slot,
            policy=permit.policy,
            policy_version=permit.policy_version,
            started_at=now,
            caller_id=let_in.caller_id,
        )

    def _call(self, attempt: Attempt, let_in: LetIn, trunk: Trunk) -> Call:
        facts, permit, policy = let_in.facts, let_in.permit, let_in.facts.policy
        ends = policy.windows.talk_at_close is TalkAtClose.END
        terms = CallTerms(
            agent_endpoint=self._parts.handsets.endpoint_of(let_in.agent),
            customer_endpoint=dial_string(trunk.endpoint, attempt.number, trunk.number_format),
            caller_id=let_in.caller_id,
            ring_seconds=policy.attempts.ring_seconds_min,
            cancel_lock_seconds=policy.attempts.ring_seconds_min if policy.attempts.cancel_needs_reason else 0,
            agent_ring_seconds=self._agent_ring_seconds(facts, permit, attempt.started_at),
            agent_grace_seconds=policy.call.agent_grace_seconds,
            max_talk_seconds=policy.call.max_minutes * 60,
            setup_seconds=self._parts.terms.setup_seconds,
            outcome_rules=trunk.outcome_rules,
            notice=self._parts.terms.notice(policy),
            talk_ends_at=closing_of(facts, attempt.started_at) if ends else None,
            end_unrecorded=policy.evidence.recording_fails is RecordingFails.END,
            pause_seconds=policy.evidence.pause_seconds or 0,
            pauses_most=policy.evidence.pauses_most,
        )
        return Call(attempt.id, terms, attempt.started_at, self._parts.terms.node)

    def _agent_ring_seconds(self, facts: DialFacts, permit: Permit, now: datetime) -> int:
        """An agent who answers after the window has closed would make the customer's phone ring then (C6-58)."""
        policy, setup = facts.policy, timedelta(seconds=self._parts.terms.setup_seconds)
        whole = policy.call.agent_ring_seconds
        latest = now + timedelta(seconds=whole) + setup
        then = opening_of(facts, latest)
        if permit.window_ends_at is None or not isinstance(then, Refusal):
            return whole
        return max(1, min(whole, int((permit.window_ends_at - setup - now).total_seconds())))


def _in_hand(case: Case, agent: Agent, now: datetime) -> bool:
    callback = case.callback
    held = callback.state is CallbackState.HANDED_OUT and callback.leased_to == agent.id
    return held and callback.leased_until is not None and callback.leased_until >= now + A_WHILE


def _cap_terms(let_in: LetIn) -> CapTerms:
    facts = let_in.facts
    overridden = frozenset(each.rule for each in let_in.permit.overridden)
    return CapTerms(facts.policy.caps, facts.case.customer.id, zone_name(facts.case), overridden)
