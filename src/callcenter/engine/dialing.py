"""From click to attempt: hand out, ask the gate, commit the attempt, and only then let the call begin."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from callcenter.domain.attempt import Attempt
from callcenter.domain.call import Call, CallTerms
from callcenter.domain.gate import DialFacts, Permit, Verdict, disk_full, explain, may_dial, next_possible
from callcenter.domain.people import Agent, Case
from callcenter.domain.phone import PhoneNumber, dial_string, may_dial_number
from callcenter.domain.policy import Policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.retry import zone_name
from callcenter.domain.trunk import Trunk
from callcenter.domain.windows import in_zone, opening_at
from callcenter.engine.health import Health
from callcenter.engine.ports import Archive, Clock
from callcenter.engine.stores import AttemptStore, CallbackStore, PeopleStore, PolicyStore

log = structlog.get_logger()

MOST_TRIED = 200
"""How many callbacks are looked at, at most, until one is found that may be dialled now."""

FOR_EVERYBODY = frozenset(
    {
        Rule.SERVICE_STOPPING,
        Rule.SWITCH_DOWN,
        Rule.RECORDER_DOWN,
        Rule.ARCHIVE_DOWN,
        Rule.DISK_FULL,
        Rule.CALLS_FULL,
        Rule.AGENT_UNKNOWN,
        Rule.AGENT_BUSY,
    }
)
"""Refusals that another callback would meet too."""


@dataclass(frozen=True, slots=True)
class DialTerms:
    """What the installation sets. lease: how long a callback stays with its agent."""

    node: str
    trunks: Mapping[str, Trunk]
    lease: timedelta
    setup_seconds: int
    max_calls: int
    disk_mark_bytes: int


class LiveCalls(Protocol):
    """What dialling needs of the calls: see `calls.Calls`."""

    @property
    def sighted(self) -> bool: ...

    @property
    def live(self) -> tuple[Call, ...]: ...

    def begin(self, call: Call) -> None: ...


@dataclass(frozen=True, slots=True)
class DialParts:
    callbacks: CallbackStore
    attempts: AttemptStore
    people: PeopleStore
    policies: PolicyStore
    archive: Archive
    clock: Clock
    health: Health
    calls: LiveCalls
    terms: DialTerms


@dataclass(frozen=True, slots=True)
class LetIn:
    """Whom the gate lets dial which number, and on what it was asked."""

    facts: DialFacts
    permit: Permit
    agent: Agent
    number: PhoneNumber


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a callback can or cannot be called now. possible_at: when all rules would agree; None if not by waiting."""

    case: Case
    number: PhoneNumber | None
    policy: Policy | None
    verdicts: tuple[Verdict, ...]
    refusal: Refusal | None
    possible_at: datetime | None


def new_attempt_id(now: datetime) -> str:
    """Unique, and in the order of time; letters and digits only, since it names channels on the switch."""
    return f"{int(now.timestamp() * 1000):012x}{secrets.token_hex(6)}"


class Dialing:
    """What an agent's click does."""

    def __init__(self, parts: DialParts) -> None:
        self._parts = parts
        self._beginning = 0

    async def next_for(self, agent_key: str) -> Case | Refusal | None:
        """The next callback that this agent may dial now, handed out to him; None when there is none."""
        found = await self._next(agent_key)
        return found.facts.case if isinstance(found, LetIn) else found

    async def dial_next(self, agent_key: str) -> tuple[Case, Attempt | Refusal] | Refusal | None:
        """As `next_for`, and dialled at once, as by `dial`."""
        found = await self._next(agent_key)
        if not isinstance(found, LetIn):
            return found
        return found.facts.case, await self._begin(found, None)

    async def _next(self, agent_key: str) -> LetIn | Refusal | None:
        agent = await self._parts.people.agent(agent_key)
        if agent is None:
            return Refusal(Rule.AGENT_UNKNOWN, detail={"agent": agent_key})
        skipped: set[str] = set()
        for _ in range(MOST_TRIED):
            now = self._parts.clock.now()
            case = await self._parts.callbacks.claim_next(agent.id, now, now + self._parts.terms.lease, skipped)
            if case is None:
                return None
            answer = await self._let_in(case, agent, first_number(case), {})
            if isinstance(answer, LetIn):
                return answer
            await self._put_back(case, agent, answer)
            if answer.rule in FOR_EVERYBODY:
                return answer
            skipped.add(case.callback.id)
        return None

    async def _put_back(self, case: Case, agent: Agent, refusal: Refusal) -> None:
        if refusal.opens_at is not None and refusal.rule not in FOR_EVERYBODY:
            await self._parts.callbacks.defer(case.callback.id, refusal.opens_at)
        else:
            await self._parts.callbacks.give_back(case.callback.id, agent.id)

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
        with the same one, however often and however close together, only one dials.
        """
        parts = self._parts
        agent = await parts.people.agent(agent_key)
        if agent is None:
            return Refusal(Rule.AGENT_UNKNOWN, detail={"agent": agent_key})
        now = parts.clock.now()
        claimed = await parts.callbacks.claim(callback_id, agent.id, now, now + parts.terms.lease)
        if isinstance(claimed, Refusal):
            return claimed
        let_in = await self._let_in(claimed, agent, number or first_number(claimed), overrides or {})
        if isinstance(let_in, Refusal):
            await parts.callbacks.give_back(callback_id, agent.id)
            return let_in
        return await self._begin(let_in, request_key)

    async def _let_in(
        self, case: Case, agent: Agent, number: PhoneNumber | None, overrides: Mapping[Rule, str]
    ) -> LetIn | Refusal:
        facts, answer = await self._ask(case, agent, number, overrides)
        if isinstance(answer, Refusal):
            return answer
        if facts is None or number is None:
            return Refusal(Rule.NUMBER_MISSING)
        return LetIn(facts, answer, agent, number)

    # From the gate's answer until the attempt is counted nothing is awaited: who was let in counts for who asks next.
    async def _begin(self, let_in: LetIn, request_key: str | None) -> Attempt | Refusal:
        parts, case = self._parts, let_in.facts.case
        attempt = replace(self._attempt(let_in), request_key=request_key)
        call = self._call(attempt, let_in, parts.terms.trunks[case.plan.trunk])
        refusal = await self._committed(attempt, call)
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

    async def _committed(self, attempt: Attempt, call: Call) -> Refusal | None:
        self._beginning += 1
        try:
            return await self._parts.attempts.begin(attempt, call, attempt.started_at)
        finally:
            self._beginning -= 1

    def _full(self) -> Refusal | None:
        most = self._parts.terms.max_calls
        if len(self._parts.calls.live) + self._beginning < most:
            return None
        return Refusal(Rule.CALLS_FULL, detail={"most": str(most)})

    def hindrances(self) -> tuple[Refusal, ...]:
        """Why nobody may dial anything just now; empty when somebody may."""
        parts, trouble, found = self._parts, self._archive_trouble(), []
        if parts.health.stopping:
            found.append(Refusal(Rule.SERVICE_STOPPING))
        if not parts.calls.sighted:
            found.append(Refusal(Rule.SWITCH_DOWN))
        if (until := parts.health.recorder_refuses_until(parts.clock.now())) is not None:
            found.append(Refusal(Rule.RECORDER_DOWN, "C6-02", opens_at=until))
        if trouble:
            found.append(Refusal(Rule.ARCHIVE_DOWN, "C6-02", detail={"why": trouble}))
        if (disk := disk_full(self._free_bytes(), parts.terms.disk_mark_bytes)) is not None:
            found.append(disk)
        if (full := self._full()) is not None:
            found.append(full)
        return tuple(found)

    def barred(self, number: PhoneNumber, trunk_name: str) -> Refusal | None:
        """Why this number is never dialled over this trunk; None also where the trunk is not set up here."""
        trunk = self._parts.terms.trunks.get(trunk_name)
        return may_dial_number(number, trunk.dial_rules) if trunk else None

    async def is_phone(self, endpoint: str) -> bool:
        """Is this the phone of an agent? Nothing else is ever called as one."""
        return any(agent.endpoint == endpoint for agent in await self._parts.people.agents())

    async def explain(self, callback_id: str, agent_key: str | None) -> Explanation | Refusal:
        """Every rule with its verdict, for this agent, or for whoever may call."""
        parts = self._parts
        case = await parts.callbacks.case(callback_id)
        if case is None:
            return Refusal(Rule.CALLBACK_NOT_FOUND, detail={"callback": callback_id})
        agent = await parts.people.agent(agent_key) if agent_key else await self._anybody(case)
        number = first_number(case)
        facts, answer = await self._ask(case, agent, number, {})
        refusal = answer if isinstance(answer, Refusal) else None
        if facts is None:
            return Explanation(case, number, None, (), refusal, None)
        now = parts.clock.now()
        possible_at = next_possible(facts, now) if refusal is None or refusal.opens_at else None
        return Explanation(case, number, facts.policy, explain(facts, now), refusal, possible_at)

    async def _anybody(self, case: Case) -> Agent | None:
        """The agent who has it, else one without a stake in this customer, else the first."""
        agents = await self._parts.people.agents()
        for agent in agents:
            if agent.id == case.callback.leased_to:
                return agent
        free = [each for each in agents if each.department != case.customer.department]
        return next(iter(free or agents), None)

    async def _ask(
        self, case: Case, agent: Agent | None, number: PhoneNumber | None, overrides: Mapping[Rule, str]
    ) -> tuple[DialFacts | None, Permit | Refusal]:
        """The gate's answer, after what it cannot know: is there a policy, a trunk, room for one more call?"""
        parts = self._parts
        now = parts.clock.now()
        policy = await parts.policies.in_force(case.plan.policy, in_zone(case.plan.zone, now))
        if policy is None:
            return None, Refusal(Rule.POLICY_UNKNOWN, detail={"policy": case.plan.policy})
        facts = await self._facts(case, policy, agent, number, overrides)
        trunk = parts.terms.trunks.get(case.plan.trunk)
        if trunk is None:
            return facts, Refusal(Rule.TRUNK_UNKNOWN, detail={"trunk": case.plan.trunk})
        if (full := self._full()) is not None:
            return facts, full
        barred = may_dial_number(number, trunk.dial_rules) if number else None
        answer = barred or may_dial(facts, now)
        trouble = self._archive_trouble()
        if trouble and isinstance(answer, Permit):
            return facts, Refusal(Rule.ARCHIVE_DOWN, "C6-02", detail={"why": trouble})
        return facts, answer

    async def _facts(
        self,
        case: Case,
        policy: Policy,
        agent: Agent | None,
        number: PhoneNumber | None,
        overrides: Mapping[Rule, str],
    ) -> DialFacts:
        parts = self._parts
        dials = await parts.attempts.dials(case.callback.id, number, agent.id if agent else None)
        return DialFacts(
            case=case,
            policy=policy,
            agent=agent,
            number=number,
            attempts=dials.of_callback,
            number_live=dials.number_live,
            agent_busy=dials.agent_busy,
            disk_free_bytes=self._free_bytes(),
            disk_mark_bytes=parts.terms.disk_mark_bytes,
            recorder_healthy=parts.health.recorder_refuses_until(parts.clock.now()) is None,
            switch_connected=parts.calls.sighted,
            stopping=parts.health.stopping,
            overrides=overrides,
        )

    def _archive_trouble(self) -> str:
        """Why the archive takes nothing, whatever room it has: it is gone, or a recording waits for it."""
        try:
            self._parts.archive.free_bytes()
        except OSError as error:
            return error.strerror or type(error).__name__
        return self._parts.health.archive_trouble

    def _free_bytes(self) -> int:
        try:
            return self._parts.archive.free_bytes()
        except OSError:
            # Refused all the same, with the truth: see _archive_trouble.
            return self._parts.terms.disk_mark_bytes

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
        )

    def _call(self, attempt: Attempt, let_in: LetIn, trunk: Trunk) -> Call:
        facts, permit, policy = let_in.facts, let_in.permit, let_in.facts.policy
        terms = CallTerms(
            agent_endpoint=let_in.agent.endpoint,
            customer_endpoint=dial_string(trunk.endpoint, attempt.number, trunk.number_format),
            caller_id=trunk.caller_id,
            ring_seconds=policy.attempts.ring_seconds_min,
            cancel_lock_seconds=policy.attempts.ring_seconds_min if policy.attempts.cancel_needs_reason else 0,
            agent_ring_seconds=self._agent_ring_seconds(facts, permit, attempt.started_at),
            agent_grace_seconds=policy.call.agent_grace_seconds,
            max_talk_seconds=policy.call.max_minutes * 60,
            setup_seconds=self._parts.terms.setup_seconds,
            outcome_rules=trunk.outcome_rules,
        )
        return Call(attempt.id, terms, attempt.started_at, self._parts.terms.node)

    def _agent_ring_seconds(self, facts: DialFacts, permit: Permit, now: datetime) -> int:
        """An agent who answers after the window has closed would make the customer's phone ring then (C6-58)."""
        policy, setup = facts.policy, timedelta(seconds=self._parts.terms.setup_seconds)
        whole = policy.call.agent_ring_seconds
        latest = now + timedelta(seconds=whole) + setup
        then = opening_at(policy.windows.hours, policy.calendar.days, zone_name(facts.case), latest)
        if permit.window_ends_at is None or not isinstance(then, Refusal):
            return whole
        return max(1, min(whole, int((permit.window_ends_at - setup - now).total_seconds())))


def first_number(case: Case) -> PhoneNumber | None:
    return next(iter(case.customer.numbers), None)
