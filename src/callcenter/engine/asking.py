"""May this one be dialled, and why not? The gate, asked with all it must know, and what it cannot know itself."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.trunk import Trunk
from callcenter.domain.dials.caller_ids import caller_choice
from callcenter.domain.dials.numbers_of import NumberChoice, number_choice
from callcenter.domain.gate.caps import CountedDials
from callcenter.domain.gate.facts import DialFacts
from callcenter.domain.gate.gate import Permit, Verdict, explain, may_dial, next_possible
from callcenter.domain.gate.here import disk_full
from callcenter.domain.gate.restraints import Restraints
from callcenter.domain.gate.whoever import somebody
from callcenter.domain.people import Agent, Case
from callcenter.domain.phone import PhoneNumber, may_dial_number
from callcenter.domain.policies.attempts import ConflictGroup
from callcenter.domain.policies.caps import Whose
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.governing import policy_of
from callcenter.engine.handsets import Handsets
from callcenter.engine.health import Health
from callcenter.engine.ports import Archive, Clock
from callcenter.engine.restraint_ports import RestraintStore, TakenOutStore
from callcenter.engine.stores import AttemptStore, CallbackStore, PeopleStore, PolicyStore

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
        Rule.PHONE_NOT_READY,
        Rule.AGENT_ON_BREAK,
    }
)
"""Refusals that another callback would meet too."""

_A_CHOICE = 2


@dataclass(frozen=True, slots=True)
class DialTerms:
    """What the installation sets. lease: how long a callback stays with its agent. max_in_hand: how many he may have
    handed out to him at a time.
    """

    node: str
    trunks: Mapping[str, Trunk]
    lease: timedelta
    setup_seconds: int
    max_calls: int
    max_in_hand: int
    disk_mark_bytes: int
    recording_notice: tuple[str, ...] = ()

    def notice(self, policy: Policy) -> tuple[str, ...]:
        """What the customer is told of the recording, where the policy says so."""
        return self.recording_notice if policy.evidence.recording_notice == "sound" else ()


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
    restraints: RestraintStore
    taken_out: TakenOutStore
    handsets: Handsets = field(default_factory=Handsets)


@dataclass(frozen=True, slots=True)
class LetIn:
    """Whom the gate lets dial which number, showing which caller id, and on what it was asked."""

    facts: DialFacts
    permit: Permit
    agent: Agent
    number: PhoneNumber
    caller_id: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The gate's answer. facts: on which it was asked, None where no policy says what to ask. choice: which number the
    retry rules choose; None where one was asked for. verdicts: what each rule said.
    """

    answer: Permit | Refusal
    facts: DialFacts | None = None
    choice: NumberChoice | None = None
    verdicts: tuple[Verdict, ...] = ()

    @property
    def refusal(self) -> Refusal | None:
        return self.answer if isinstance(self.answer, Refusal) else None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a callback can or cannot be called now. possible_at: when all rules would agree; None if not by waiting.
    choice: which number would be dialled, why, and which follow; None where no policy says so.
    """

    case: Case
    number: PhoneNumber | None
    policy: Policy | None
    verdicts: tuple[Verdict, ...]
    refusal: Refusal | None
    possible_at: datetime | None
    choice: NumberChoice | None = None


class Asking:
    """Facts for the gate, and its answer."""

    def __init__(self, parts: DialParts) -> None:
        self._parts = parts
        self._beginning = 0

    @contextmanager
    def beginning(self) -> Iterator[None]:
        """While an attempt is committed: it counts as live."""
        self._beginning += 1
        try:
            yield
        finally:
            self._beginning -= 1

    async def let_in(
        self, case: Case, agent: Agent, number: PhoneNumber | None, overrides: Mapping[Rule, str]
    ) -> LetIn | Refusal:
        """number: None for the one that the retry rules choose."""
        asked = await self.ask(case, agent, number, overrides)
        facts, answer = asked.facts, asked.answer
        if isinstance(answer, Refusal):
            return answer
        if (unready := self._parts.handsets.refusal(agent)) is not None:
            return unready
        if facts is None or facts.number is None:
            return Refusal(Rule.NUMBER_MISSING)
        trunk = self._parts.terms.trunks[case.plan.trunk]
        shown = caller_choice(facts.policy, trunk.caller_ids, facts.attempts, case.callback.round)
        return LetIn(facts, answer, agent, facts.number, shown.caller_id)

    def full(self) -> Refusal | None:
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
        if (full := self.full()) is not None:
            found.append(full)
        return tuple(found)

    def barred(self, number: PhoneNumber, trunk_name: str) -> Refusal | None:
        """Why this number is never dialled over this trunk; None also where the trunk is not set up here."""
        trunk = self._parts.terms.trunks.get(trunk_name)
        return may_dial_number(number, trunk.dial_rules) if trunk else None

    async def explain(self, callback_id: str, agent_key: str | None) -> Explanation | Refusal:
        """Every rule with its verdict, for this agent, or for whoever may call."""
        parts = self._parts
        case = await parts.callbacks.case(callback_id)
        if case is None:
            return Refusal(Rule.CALLBACK_NOT_FOUND, detail={"callback": callback_id})
        if agent_key:
            agent = await parts.people.agent(agent_key)
        else:
            agent = await self.whoever(case, await parts.people.agents())
        return await self.explained(case, agent, rings=bool(agent_key))

    async def explained(self, case: Case, agent: Agent | None, *, rings: bool = True) -> Explanation:
        """As `explain`, of a case and an agent that are known. rings: his phone must be able to."""
        asked = await self.ask(case, agent, None, {})
        facts, refusal = asked.facts, asked.refusal
        if agent is not None and rings:
            refusal = refusal or self._parts.handsets.refusal(agent)
        if facts is None:
            return Explanation(case, next(iter(case.customer.numbers), None), None, (), refusal, None)
        now, verdicts = self._parts.clock.now(), asked.verdicts
        possible_at = None
        if refusal is None or refusal.opens_at:
            possible_at = now if all(verdict.ok for verdict in verdicts) else next_possible(facts, now)
        return Explanation(case, facts.number, facts.policy, verdicts, refusal, possible_at, asked.choice)

    def _choice(self, case: Case, policy: Policy, attempts: Sequence[Attempt], restraints: Restraints) -> NumberChoice:
        """The number that the retry rules dial next over the plan's trunk. attempts: all of the callback."""
        now = self._parts.clock.now()

        def barred(number: PhoneNumber) -> bool:
            return self.barred(number, case.plan.trunk) is not None or restraints.keep_from(number, now)

        return number_choice(policy, case, attempts, barred)

    async def whoever(self, case: Case, agents: Sequence[Agent], *, but_holder: bool = False) -> Agent | None:
        """For whom the gate is asked where nobody is named: see `somebody`. agents: everybody."""
        policy = await policy_of(self._parts.policies, case.plan, self._parts.clock.now())
        return somebody(case, agents, policy.conflict if policy else ConflictGroup(), but_holder=but_holder)

    async def ask(
        self, case: Case, agent: Agent | None, number: PhoneNumber | None, overrides: Mapping[Rule, str]
    ) -> Answered:
        """The gate's answer, after what it cannot know: is there a policy, a trunk, room for one more call? number:
        None for the one that the retry rules choose.
        """
        parts = self._parts
        now = parts.clock.now()
        policy = await policy_of(parts.policies, case.plan, now)
        if policy is None:
            return Answered(Refusal(Rule.POLICY_UNKNOWN, detail={"policy": case.plan.policy}))
        facts, choice = await self._facts(case, policy, agent, number, overrides)
        verdicts = explain(facts, now)
        return Answered(self._answer(facts, now, verdicts), facts, choice, verdicts)

    def _answer(self, facts: DialFacts, now: datetime, verdicts: Sequence[Verdict]) -> Permit | Refusal:
        plan = facts.case.plan
        trunk = self._parts.terms.trunks.get(plan.trunk)
        if trunk is None:
            return Refusal(Rule.TRUNK_UNKNOWN, detail={"trunk": plan.trunk})
        if (full := self.full()) is not None:
            return full
        barred = may_dial_number(facts.number, trunk.dial_rules) if facts.number else None
        answer = barred or may_dial(facts, now, verdicts)
        trouble = self._archive_trouble()
        if trouble and isinstance(answer, Permit):
            return Refusal(Rule.ARCHIVE_DOWN, "C6-02", detail={"why": trouble})
        return answer

    async def _facts(
        self,
        case: Case,
        policy: Policy,
        agent: Agent | None,
        number: PhoneNumber | None,
        overrides: Mapping[Rule, str],
    ) -> tuple[DialFacts, NumberChoice | None]:
        """With which number the retry rules choose, and why; None where one is asked for."""
        parts = self._parts
        numbers = (*case.customer.numbers, *((number,) if number else ()))
        restraints = await parts.restraints.restraints(case.customer.id, numbers)
        choice = None
        if number is None and len(case.customer.numbers) >= _A_CHOICE:
            past = await parts.attempts.of_callback(case.callback.id)
            choice = self._choice(case, policy, past, restraints)
        # Of one number there is nothing to choose before its dials are read.
        first = next(iter(case.customer.numbers), None) if choice is None else choice.number
        dials = await parts.attempts.dials(case.callback.id, number or first, agent.id if agent else None)
        if number is None and choice is None:
            choice = self._choice(case, policy, dials.of_callback, restraints)
        asked = number if choice is None else choice.number
        facts = DialFacts(
            case=case,
            policy=policy,
            agent=agent,
            number=asked,
            attempts=dials.of_callback,
            number_live=dials.number_live,
            agent_busy=dials.agent_busy,
            agent_on_break=dials.agent_on_break,
            disk_free_bytes=self._free_bytes(),
            disk_mark_bytes=parts.terms.disk_mark_bytes,
            recorder_healthy=parts.health.recorder_refuses_until(parts.clock.now()) is None,
            switch_connected=parts.calls.sighted,
            stopping=parts.health.stopping,
            overrides=overrides,
            restraints=replace(restraints, counted=await self._counted(case, policy, asked)),
            setup_seconds=parts.terms.setup_seconds,
        )
        return facts, choice

    async def _counted(self, case: Case, policy: Policy, number: PhoneNumber | None) -> CountedDials:
        if number is None or not any(policy.caps.of(whose) for whose in Whose):
            return CountedDials()
        return await self._parts.restraints.counted(number, case.customer.id, policy.caps)

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
