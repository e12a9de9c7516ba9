"""What an agent has before him: the call that goes on, the callback in hand, the logs to write, what waits."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from aiohttp import web

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import Call, CallState, may_hang_up
from callcenter.domain.calls.pausing import may_pause
from callcenter.domain.dials.numbers_of import NumberWhy
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.duty import Break
from callcenter.domain.people import Agent, CallbackState, Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.queue.listings import CallbackFilter, CallbackOrder, ListPart
from callcenter.domain.recording import PauseEnd
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.visits.searches import AttemptFound, AttemptSearch, LogFound, LogSearch
from callcenter.engine.asking import FOR_EVERYBODY, Explanation
from callcenter.engine.service import Service
from callcenter.web import mine
from callcenter.web.handling import live_call
from callcenter.web.pages.times import known_zone
from callcenter.web.parts import SiteParts, parts_of

MINE = 50
"""Open logs, at most; nobody has so many."""

WAITING = 15
"""How much of the queue an agent sees."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A callback, and whether it may be called now. mine: it is in this agent's hand."""

    case: Case
    explanation: Explanation | None
    refusals: tuple[Refusal, ...]
    mine: bool
    now: datetime

    @property
    def zone(self) -> str:
        return known_zone(zone_name(self.case))[1]

    @property
    def local(self) -> tzinfo:
        return known_zone(zone_name(self.case))[0]

    @property
    def number(self) -> str:
        number = self.explanation.number if self.explanation else None
        return number.masked if number else ""

    @property
    def number_why(self) -> NumberWhy | None:
        """Why that number; None where there is nothing to choose."""
        choice = self.explanation.choice if self.explanation else None
        return choice.why if choice and choice.why is not NumberWhy.ONLY else None

    @property
    def next_numbers(self) -> tuple[str, ...]:
        """Masked, in the order in which they follow."""
        choice = self.explanation.choice if self.explanation else None
        return tuple(number.masked for number in choice.following) if choice else ()

    @property
    def numbers(self) -> tuple[str, ...]:
        """All of the customer, masked, as he may be dialled at."""
        return tuple(number.masked for number in self.case.customer.numbers)

    @property
    def callable(self) -> bool:
        return not self.refusals

    @property
    def possible_at(self) -> datetime | None:
        """When all rules would agree, if nothing but time changed."""
        return self.explanation.possible_at if self.explanation and self.refusals else None

    @property
    def lacks_phone(self) -> bool:
        """Is nothing against it but that the agent's phone is not there yet?"""
        return [refusal.rule for refusal in self.refusals] == [Rule.PHONE_NOT_READY]

    @property
    def overridable(self) -> bool:
        """Does every rule that refuses let itself be gone round with a reason?"""
        return bool(self.refusals) and all(refusal.strength is not Strength.HARD for refusal in self.refusals)


@dataclass(frozen=True, slots=True)
class Live:
    """The call that goes on. seconds: since the state it shows began. least: seconds it must ring."""

    call: Call
    attempt: Attempt
    seconds: int
    least: int
    rings: bool
    needs_reason: bool

    @property
    def announced(self) -> bool:
        """Is it the network that is heard, an announcement or a tone of its own, and no phone known to ring?"""
        return self.rings and self.call.ringing_at is None

    @property
    def recorded(self) -> bool:
        return self.call.recorder_works

    @property
    def recorder_lost(self) -> bool:
        """It was given up, and no other runs yet. One that only just ended mostly ends with the talk."""
        return bool(self.call.recorder_failed_at) and not self.recorded

    @property
    def pausable(self) -> bool:
        """Does the policy allow a pause of this recording, and does he talk?"""
        return bool(self.call.terms.pause_seconds) and self.call.state is CallState.TALKING

    @property
    def pauses_left(self) -> bool:
        refusal = may_pause(self.call, "any")
        return refusal is None or refusal.rule is not Rule.PAUSES_USED

    @property
    def pause_failed(self) -> bool:
        """Could the recording not be paused when it was last asked for?"""
        return bool(self.call.pauses) and self.call.pauses[-1].ended_by is PauseEnd.FAILED


@dataclass(frozen=True, slots=True)
class Desk:
    """in_hand: the callback that is shown large. last: the agent's latest dial, when nothing else is shown. pause: his
    break, while it lasts.
    """

    agent: Agent
    live: Live | None
    in_hand: Ask | None
    attempts: tuple[Attempt, ...]
    last: AttemptFound | None
    last_case: Case | None
    pause: Break | None

    @property
    def busy(self) -> bool:
        return self.live is not None


async def desk(request: web.Request, wanted: str = "") -> Desk:
    """wanted: the callback to be shown, if no call goes on."""
    parts, agent = parts_of(request), await mine.agent(request)
    live, pause = await live_of(parts, agent), await parts.duty.on_break(agent.id)
    if live is not None:
        ask = await _talked_with(parts, agent, live.attempt)
        attempts = await parts.attempts.of_callback(live.attempt.callback_id)
        return Desk(agent, live, ask, attempts, None, None, pause)
    chosen = wanted or next((case.callback.id for case in await parts.callbacks.in_hand(agent.id)), "")
    ask = await asked(parts, agent, chosen) if chosen else None
    if ask is not None and not _may_see(ask.case, agent):
        ask = None
    attempts = await parts.attempts.of_callback(chosen) if ask else ()
    last = await parts.searches.latest_of(agent.id)
    last_case = await parts.callbacks.case(last.attempt.callback_id) if last else None
    return Desk(agent, None, ask, attempts, last, last_case, pause)


def _may_see(case: Case, agent: Agent) -> bool:
    """An agent sees what is his, and what nobody has."""
    return case.callback.leased_to in {None, agent.id}


async def _talked_with(parts: SiteParts, agent: Agent, attempt: Attempt) -> Ask | None:
    """Who is on the line, by the number that was dialled: whether he may be called is no question now."""
    case = await parts.callbacks.case(attempt.callback_id)
    return _unasked(parts, agent, case, attempt.number) if case else None


def _unasked(parts: SiteParts, agent: Agent, case: Case, number: PhoneNumber | None = None) -> Ask:
    """number: None for the customer's first."""
    number = number or next(iter(case.customer.numbers), None)
    held = case.callback.leased_to == agent.id
    return Ask(case, Explanation(case, number, None, (), None, None), (), held, parts.service.clock.now())


async def live_of(parts: SiteParts, agent: Agent) -> Live | None:
    attempt = await parts.attempts.live_of(agent.id)
    call = live_call(parts.service, attempt.id) if attempt else None
    return _live(parts.service, call, attempt) if call and attempt else None


def _live(service: Service, call: Call, attempt: Attempt) -> Live:
    now = service.clock.now()
    since = call.entered_at
    if call.state is CallState.DIALLING:
        since = call.first_sign_at or call.dialled_at or since
    elif call.state is CallState.TALKING:
        since = call.answered_at or since
    refusal = may_hang_up(call, now, "")
    return Live(
        call=call,
        attempt=attempt,
        seconds=max(0, int((now - since).total_seconds())),
        least=call.terms.ring_seconds,
        rings=call.state is CallState.DIALLING and call.first_sign_at is not None,
        needs_reason=refusal is not None and refusal.rule is Rule.RING_TOO_SHORT,
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """asks: the head of the queue, what nobody has. for_all: why nothing at all can be called now; the asks do not
    repeat it.
    """

    asks: tuple[Ask, ...]
    for_all: tuple[Refusal, ...]


async def waiting(parts: SiteParts, agent: Agent) -> Waiting:
    """What this agent may be given next. What is in his hand stands elsewhere on his desk."""
    states = frozenset({CallbackState.WAITING, CallbackState.HANDED_OUT})
    part = ListPart(CallbackOrder.QUEUE, WAITING)
    found = await parts.listings.callbacks(CallbackFilter(states=states, visible_to=agent.id), part)
    cases = [case for case in found.cases if case.callback.leased_to != agent.id]
    if await parts.attempts.live_of(agent.id) is not None:
        # Nothing can be dialled before his call is over: what stands against each of them is asked then.
        return Waiting(tuple(_unasked(parts, agent, case) for case in cases), (Refusal(Rule.AGENT_BUSY),))
    asks = []
    for case in cases:
        asks.append(_ask(parts, agent, await parts.service.asking.explained(case, agent)))
        # Calls go before.
        await asyncio.sleep(0)
    for_all = {each.rule: each for ask in asks for each in ask.refusals if each.rule in FOR_EVERYBODY}
    return Waiting(tuple(_own(ask) for ask in asks), tuple(for_all.values()))


def _own(ask: Ask) -> Ask:
    """With what stands against this callback alone."""
    return replace(ask, refusals=tuple(each for each in ask.refusals if each.rule not in FOR_EVERYBODY))


async def open_logs(parts: SiteParts, agent: Agent) -> list[LogFound]:
    search = LogSearch(AttemptSearch(agent_id=agent.id), open_only=True)
    return await parts.searches.logs(search, None, MINE)


async def asked(parts: SiteParts, agent: Agent, callback_id: str) -> Ask | None:
    """None where there is no such callback."""
    found = await parts.service.asking.explain(callback_id, agent.id)
    return None if isinstance(found, Refusal) else _ask(parts, agent, found)


def _ask(parts: SiteParts, agent: Agent, found: Explanation) -> Ask:
    against = tuple(verdict.refusal for verdict in found.verdicts if not verdict.ok and verdict.refusal)
    first = (found.refusal,) if found.refusal else ()
    refusals = first + tuple(refusal for refusal in against if refusal.rule not in {each.rule for each in first})
    held = found.case.callback.leased_to == agent.id
    return Ask(found.case, found, refusals, held, parts.service.clock.now())
