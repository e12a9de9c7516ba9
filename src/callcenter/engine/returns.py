"""Customers who ring back: matched to a callback, offered to one agent after the other, or told that nobody is there.

While somebody waits, his channel is nobody's but the switch's: a service that is killed finds him there again, and asks
anew. An agent who takes him has an attempt with a call like any other; one that leads to no talk gives him back.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.telephony import NoticeOver, RangIn, RangOff, TelephonyError
from callcenter.domain.gate.conflict import conflict_between
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import Agent, Case
from callcenter.domain.queue.returns import (
    Candidate,
    MissedWhy,
    ReturnCall,
    ReturnState,
    about,
    asked_first,
)
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.times.days import day_of
from callcenter.engine.asking import Asking
from callcenter.engine.feed import AlarmRaised, Feed, ReturnMoved
from callcenter.engine.governing import policy_of
from callcenter.engine.ports import Clock, Telephony
from callcenter.engine.return_ports import ReturnStore
from callcenter.engine.stores import AttemptStore, CallbackStore, DutyStore, PolicyStore
from callcenter.engine.taking import Taking, number_of

log = structlog.get_logger()

NOTICE_SECONDS = 60
"""A notice that has not ended by then is not waited for."""
USER_BUSY, NORMAL = 17, 16


@dataclass(frozen=True, slots=True)
class ReturnTerms:
    """What the installation sets. nobody_there, unknown: what is said to who is known and who is not (`sound:NAME`);
    nothing for a plain hang-up. region: of numbers without `+`; zone: in which a day begins.
    """

    node: str
    offer_seconds: float = 20
    nobody_there: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    region: str = "CN"
    zone: str = "Asia/Shanghai"
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class ReturnParts:
    telephony: Telephony
    store: ReturnStore
    callbacks: CallbackStore
    attempts: AttemptStore
    policies: PolicyStore
    duty: DutyStore
    asking: Asking
    taking: Taking
    live: Callable[[], Sequence[Call]]
    clock: Clock
    feed: Feed
    terms: ReturnTerms


@dataclass(frozen=True, slots=True)
class Offer:
    """One customer who rings, before one agent. until: UTC. candidate tells why he is known."""

    call: ReturnCall
    candidate: Candidate
    agent: Agent
    at: datetime
    until: datetime

    @property
    def case(self) -> Case:
        return self.candidate.case


class _Sign(Enum):
    TAKEN = auto()
    DECLINED = auto()
    TIME_UP = auto()
    GONE = auto()
    SAID = auto()


@dataclass(eq=False, slots=True)
class _Waiting:
    call: ReturnCall
    signs: asyncio.Queue[_Sign] = field(default_factory=asyncio.Queue)
    offer: Offer | None = None
    being_taken: bool = False
    gone: bool = False


class Returns:
    """Everybody who waits now, each served by a task of his own."""

    def __init__(self, parts: ReturnParts) -> None:
        self._parts = parts
        self._waiting: dict[str, _Waiting] = {}
        self._tasks: asyncio.TaskGroup | None = None

    @property
    def offer_seconds(self) -> float:
        """How long one agent is asked."""
        return self._parts.terms.offer_seconds

    # --- what agents see and do ---------------------------------------------------------------------------------

    def offer_to(self, agent_id: str) -> Offer | None:
        """Who rings for this agent now."""
        offers = (each.offer for each in self._waiting.values())
        return next((offer for offer in offers if offer is not None and offer.agent.id == agent_id), None)

    @property
    def ringing(self) -> tuple[ReturnCall, ...]:
        """All who wait now, the longest waiting first."""
        return tuple(sorted((each.call for each in self._waiting.values()), key=lambda call: call.at))

    async def accept(self, agent_key: str, return_id: str) -> Attempt | Refusal:
        """The agent, by id or staff number, takes him; see `Taking.take`. RETURN_GONE where he is not offered to this
        agent any more.
        """
        waiting = self._offered(agent_key, return_id)
        if waiting is None or waiting.offer is None:
            return Refusal(Rule.RETURN_GONE)
        offer, waiting.being_taken = waiting.offer, True
        try:
            attempt = await self._parts.taking.take(waiting.call, offer.case, offer.agent)
            if isinstance(attempt, Attempt):
                waiting.call = replace(
                    waiting.call, state=ReturnState.TAKEN, attempt_id=attempt.id, agent_id=offer.agent.id
                )
        except BaseException:
            waiting.signs.put_nowait(_Sign.DECLINED)
            raise
        waiting.signs.put_nowait(_Sign.TAKEN if isinstance(attempt, Attempt) else _Sign.DECLINED)
        return attempt

    def decline(self, agent_id: str, return_id: str) -> bool:
        """False where he is not offered to this agent any more."""
        waiting = self._offered(agent_id, return_id)
        if waiting is None:
            return False
        waiting.signs.put_nowait(_Sign.DECLINED)
        return True

    def _offered(self, agent_key: str, return_id: str) -> _Waiting | None:
        found = next((each for each in self._waiting.values() if each.call.id == return_id), None)
        if found is None or found.offer is None or found.being_taken:
            return None
        return found if agent_key in {found.offer.agent.id, found.offer.agent.staff_number} else None

    # --- what the switch tells ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until cancelled; who waits then waits on in the switch."""
        async with asyncio.TaskGroup() as self._tasks:
            await asyncio.Event().wait()

    def told(self, news: RangIn | RangOff | NoticeOver) -> None:
        match news:
            case RangIn():
                self._spawn(news.channel, self._first(news))
            case RangOff(channel=channel) if channel in self._waiting:
                self._waiting[channel].gone = True
                self._waiting[channel].signs.put_nowait(_Sign.GONE)
            case NoticeOver(channel=channel) if channel in self._waiting:
                self._waiting[channel].signs.put_nowait(_Sign.SAID)
            case _:
                pass

    async def in_sight(self) -> None:
        """After a connect, and now and then: who waits, and who waited and is gone? Raises TelephonyError."""
        there = {each.channel: each for each in await self._parts.telephony.waiting()}
        talked_with = {call.terms.customer_channel for call in self._parts.live()}
        for channel, news in there.items():
            if channel not in self._waiting and channel not in talked_with:
                known = await self._parts.store.of_channel(self._parts.terms.node, channel)
                self._spawn(channel, _Waiting(known) if known else self._first(news))
        for channel, waiting in self._waiting.items():
            if channel not in there and channel not in talked_with:
                waiting.gone = True
                waiting.signs.put_nowait(_Sign.GONE)
        for call in await self._parts.store.unsettled(self._parts.terms.node):
            if not {call.channel} & {*there, *talked_with, *self._waiting}:
                await self._settle(call)

    async def ended(self, call: Call) -> None:
        """A call that a customer had rung in for has ended, in the books too: they talked, he waits on, or is gone."""
        channel = call.terms.customer_channel
        known = await self._parts.store.of_channel(self._parts.terms.node, channel)
        if known is None or known.state.over:
            return
        known = replace(known, attempt_id=call.attempt_id)
        if call.outcome is Outcome.ANSWERED:
            await self._settle(known)
        elif channel not in await self._still_there():
            await self._missed(known, MissedWhy.GAVE_UP)
        else:
            again = replace(known, state=ReturnState.WAITING)
            if known.agent_id is not None and call.end_reason is not EndReason.SERVICE_RESTART:
                again = replace(again, tried=(*known.tried, known.agent_id))
            self._spawn(channel, _Waiting(again))

    async def _still_there(self) -> set[str]:
        """All who wait; where that cannot be told, everybody may, and the next look settles it."""
        try:
            return {each.channel for each in await self._parts.telephony.waiting()}
        except TelephonyError as error:
            log.warning("who waits cannot be told", error=str(error))
            return {call.terms.customer_channel for call in self._parts.live()}

    async def _settle(self, call: ReturnCall) -> None:
        """Of one whose channel is gone: did they talk?"""
        record = await self._parts.attempts.get(call.attempt_id) if call.attempt_id else None
        if record is not None and record.attempt.outcome is Outcome.ANSWERED:
            now = self._parts.clock.now()
            answered = replace(call, state=ReturnState.ANSWERED, agent_id=record.attempt.agent_id, ended_at=now)
            await self._parts.store.save(answered)
            self._tell(answered, answered.agent_id or "", answered.state)
        elif record is None or not record.attempt.live:
            await self._missed(call, MissedWhy.GAVE_UP)

    # --- one who waits --------------------------------------------------------------------------------------------

    def _spawn(self, channel: str, waiting: _Waiting) -> None:
        if self._tasks is None or channel in self._waiting:
            return
        self._waiting[channel] = waiting
        self._tasks.create_task(self._carry(waiting), name=f"return call {waiting.call.id}")

    def _first(self, news: RangIn) -> _Waiting:
        terms = self._parts.terms
        number = number_of(news.number, terms.region)
        key = f"{int(news.at.timestamp() * 1000):012x}{secrets.token_hex(4)}"
        return _Waiting(ReturnCall(key, news.at, terms.node, news.channel, number, news.called[:80]))

    async def _carry(self, waiting: _Waiting) -> None:
        """To its end. What breaks here must leave nobody ringing for ever."""
        channel = waiting.call.channel
        try:
            await self._serve(waiting)
        except Exception as error:
            log.exception("return call broke", call=waiting.call.id)
            now = self._parts.clock.now()
            self._parts.feed.publish(AlarmRaised(now, "return_call_broke", "", type(error).__name__))
            await self._turn_away(channel)
        finally:
            self._withdraw(waiting)
            self._waiting.pop(channel, None)

    async def _serve(self, waiting: _Waiting) -> None:
        call = waiting.call
        if call.state.over:
            await self._turn_away(call.channel)
            return
        candidate = await self._candidate(call)
        if candidate is None:
            await self._unknown(waiting)
            return
        waiting.call = replace(call, state=ReturnState.WAITING, callback_id=candidate.case.callback.id)
        await self._save(waiting.call)
        why = MissedWhy.HINDERED if self._hindered() else await self._offered_round(waiting, candidate)
        if why is None:
            return
        await self._missed(waiting.call, why)
        if why is not MissedWhy.GAVE_UP:
            await self._say(waiting, self._parts.terms.nobody_there)

    async def _candidate(self, call: ReturnCall) -> Candidate | None:
        if call.number is None:
            return None
        return about(await self._parts.store.candidates(call.number))

    def _hindered(self) -> bool:
        """Is there what would keep anybody from talking, such as a recorder that does not run (C6-02)?"""
        if not self._parts.terms.enabled:
            return True
        rules = {refusal.rule for refusal in self._parts.asking.hindrances()}
        return bool(rules - {Rule.SWITCH_DOWN})

    async def _offered_round(self, waiting: _Waiting, candidate: Candidate) -> MissedWhy | None:
        """Offer him to one after the other; None where somebody took him."""
        while (agent := await self._next(waiting.call, candidate)) is not None:
            sign = await self._offered_to(waiting, candidate, agent)
            if sign is _Sign.TAKEN:
                await self._save(waiting.call)
                return None
            waiting.call = replace(waiting.call, tried=(*waiting.call.tried, agent.id))
            if sign is _Sign.GONE or waiting.gone:
                return MissedWhy.GAVE_UP
            await self._save(waiting.call)
        return MissedWhy.NOBODY_FREE

    async def _next(self, call: ReturnCall, candidate: Candidate) -> Agent | None:
        parts, now = self._parts, self._parts.clock.now()
        policy = await policy_of(parts.policies, candidate.case.plan, now)
        if policy is None:
            return None
        customer = candidate.case.customer
        offered = {each.offer.agent.id for each in self._waiting.values() if each.offer is not None}
        return asked_first(
            candidate,
            await parts.duty.team(day_of(now, parts.terms.zone)[0], now),
            lambda agent: conflict_between(policy.conflict, agent, customer) is not None,
            {*call.tried, *offered},
        )

    async def _offered_to(self, waiting: _Waiting, candidate: Candidate, agent: Agent) -> _Sign:
        now = self._parts.clock.now()
        until = now + timedelta(seconds=self._parts.terms.offer_seconds)
        if waiting.gone:
            return _Sign.GONE
        # What was meant for the offer before, a second click too, is not for this one.
        waiting.signs, waiting.being_taken = asyncio.Queue(), False
        waiting.offer = Offer(waiting.call, candidate, agent, now, until)
        self._tell(waiting.call, agent.id, "offered")
        call_off = self._parts.clock.call_at(until, lambda: waiting.signs.put_nowait(_Sign.TIME_UP))
        try:
            while True:
                sign = await waiting.signs.get()
                # Who is just being taken is decided by that.
                if sign in {_Sign.TAKEN, _Sign.DECLINED} or not waiting.being_taken:
                    return sign
        finally:
            call_off()
            self._withdraw(waiting)

    def _withdraw(self, waiting: _Waiting) -> None:
        if waiting.offer is not None:
            offer, waiting.offer = waiting.offer, None
            self._tell(waiting.call, offer.agent.id, "withdrawn")

    # --- nobody talks with him ------------------------------------------------------------------------------------

    async def _unknown(self, waiting: _Waiting) -> None:
        now = self._parts.clock.now()
        waiting.call = replace(waiting.call, state=ReturnState.UNKNOWN, ended_at=now)
        await self._save(waiting.call)
        await self._say(waiting, self._parts.terms.unknown)

    async def _missed(self, call: ReturnCall, why: MissedWhy) -> None:
        now = self._parts.clock.now()
        missed = replace(call, state=ReturnState.MISSED, missed_why=why, ended_at=now)
        await self._parts.store.miss(missed)
        log.info("return call missed", call=call.id, callback=call.callback_id, why=why)
        self._tell(missed, call.agent_id or "", missed.state)

    async def _say(self, waiting: _Waiting, sounds: Sequence[str]) -> None:
        """Say it to its end, and hang up."""
        channel = waiting.call.channel
        if sounds and not waiting.gone:
            late = self._parts.clock.now() + timedelta(seconds=NOTICE_SECONDS)
            call_off = self._parts.clock.call_at(late, lambda: waiting.signs.put_nowait(_Sign.TIME_UP))
            try:
                await self._parts.telephony.say(channel, sounds)
                while await waiting.signs.get() not in {_Sign.SAID, _Sign.GONE, _Sign.TIME_UP}:
                    pass
            except TelephonyError as error:
                log.warning("notice not said", call=waiting.call.id, error=str(error))
            finally:
                call_off()
        await self._turn_away(channel, NORMAL if sounds else USER_BUSY)

    async def _turn_away(self, channel: str, cause: int = NORMAL) -> None:
        try:
            await self._parts.telephony.turn_away(channel, cause)
        except TelephonyError as error:
            log.warning("not turned away", channel=channel, error=str(error))

    async def _save(self, call: ReturnCall) -> None:
        await self._parts.store.save(call)
        self._tell(call, call.agent_id or "", call.state)

    def _tell(self, call: ReturnCall, agent_id: str, state: str) -> None:
        now = self._parts.clock.now()
        self._parts.feed.publish(ReturnMoved(now, call.id, agent_id, state, call.callback_id or ""))
