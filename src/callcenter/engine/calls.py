"""All live calls of this service: they begin, get their news, outlive a lost connection, are adopted after a kill."""

import asyncio
from collections.abc import Collection, Coroutine
from datetime import datetime
from typing import Protocol

import structlog

from callcenter.domain.calls.call import Call, CallState
from callcenter.domain.calls.telephony import (
    CallNews,
    Connected,
    Lost,
    News,
    NoticeOver,
    PhoneNews,
    RangIn,
    RangOff,
    Survey,
    TelephonyError,
)
from callcenter.domain.calls.words import (
    CUSTOMER,
    AgentPhoneBack,
    AgentPhoneLost,
    AgentUp,
    CallEvent,
    CustomerCreated,
    RecordingStarted,
    SnoopUp,
    Started,
    Surveyed,
    SwitchLost,
)
from callcenter.engine.feed import AlarmRaised
from callcenter.engine.runner import Ended, Runner, World
from callcenter.engine.waiting import endless

log = structlog.get_logger()

SURVEY_RETRY_SECONDS = 1.0

BROKEN_RETRY_SECONDS = (1.0, 5.0, 30.0)
"""After a mistake of ours in the midst of a call, so long until it is taken up again from the books."""


def last_seen_alive(call: Call) -> datetime:
    """When the switch last told something of this call, as far as the books know."""
    return max(at for at in (call.entered_at, call.sizes_at, call.first_sign_at, call.answered_at) if at is not None)


class Guests(Protocol):
    """Those who ring in, and are in no call: see `returns.Returns`."""

    def told(self, news: RangIn | RangOff | NoticeOver) -> None: ...

    async def in_sight(self) -> None: ...


class Calls:
    """Keeps a runner for each live call. ended: see `Runner`. guests: who hears of those that ring in."""

    def __init__(self, world: World, ended: Ended) -> None:
        self._world = world
        self._ended = ended
        self._runners: dict[str, Runner] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._last_sight: datetime | None = None
        self._switch: Connected | None = None
        self._sighted = False
        self._draining = False
        self.guests: Guests | None = None

    @property
    def sighted(self) -> bool:
        """Is the switch connected and looked over? Nothing may be dialled otherwise."""
        return self._sighted

    @property
    def live(self) -> tuple[Call, ...]:
        return tuple(runner.call for runner in self._runners.values())

    def begin(self, call: Call) -> None:
        """Run a call whose attempt is committed."""
        self._add(call).post(Started(self._world.clock.now()))

    async def begun(self, attempt_id: str) -> None:
        """Until its first phone was asked to ring, whether it does or not; at once where no such call is live."""
        runner = self._runners.get(attempt_id)
        if runner is not None:
            await runner.begun()

    def adopt(self, call: Call) -> None:
        """Run a call that stands in the books as live and that nobody runs."""
        if call.attempt_id not in self._runners:
            log.warning("adopting a call that nobody runs", attempt=call.attempt_id)
            self._add(call).blind()
            self._spawn(self._look_over())

    def post(self, attempt_id: str, event: CallEvent) -> bool:
        """Hand an event to a live call; False when there is none of this id."""
        runner = self._runners.get(attempt_id)
        if runner is None:
            return False
        runner.post(event)
        return True

    async def run(self, adopted: tuple[Call, ...]) -> None:
        """Serve calls until cancelled; the calls themselves live on in the switch.

        adopted: those that were live when the service ended last. Raises TelephonyFatalError.
        """
        async with asyncio.TaskGroup() as self._tasks:
            for call in adopted:
                self._add(call)
            async for news in self._world.telephony.news():
                await self._take(news)

    def _add(self, call: Call) -> Runner:
        if self._tasks is None:
            raise RuntimeError("calls are not being served")
        if call.terms.incoming:
            self._world.telephony.lend(call.attempt_id, call.terms.customer_channel)
        runner = Runner(self._world, call, sighted=self._sighted, ended=self._ended)
        if self._draining:
            runner.rest()
        self._runners[call.attempt_id] = runner
        self._tasks.create_task(self._carry(runner), name=f"call {call.attempt_id}")
        return runner

    async def _carry(self, runner: Runner) -> None:
        """To its end. What breaks in the midst of one call concerns no other: it is adopted again, from the books."""
        attempt_id = runner.call.attempt_id
        try:
            for seconds in endless(BROKEN_RETRY_SECONDS):
                try:
                    await runner.run()
                except Exception as error:
                    log.exception("call broke, adopting it again", attempt=attempt_id, seconds=seconds)
                    self._alarm("call_broke", attempt_id, type(error).__name__)
                else:
                    return
                runner.blind()
                await self._world.clock.sleep(seconds)
                self._spawn(self._look_over())
        finally:
            self._runners.pop(attempt_id, None)
            if runner.call.state is CallState.ENDED:
                self._world.telephony.unlend(attempt_id)

    def _alarm(self, kind: str, attempt_id: str, detail: str) -> None:
        self._world.feed.publish(AlarmRaised(self._world.clock.now(), kind, attempt_id, detail))

    async def _take(self, news: News) -> None:
        match news:
            case CallNews(attempt_id=attempt_id, event=event):
                if not self.post(attempt_id, event):
                    self._stray(attempt_id, event)
            case PhoneNews():
                self._phone(news)
            case RangIn() | RangOff() | NoticeOver():
                if self.guests is not None:
                    self.guests.told(news)
            case Lost(at=at, reason=reason):
                log.warning("switch out of sight", reason=reason)
                self._out_of_sight()
                self._last_sight = self._last_sight or at
            case Connected():
                self._out_of_sight()
                self._switch = news
                self._spawn(self._look_over())

    def _out_of_sight(self) -> None:
        self._switch, self._sighted = None, False
        for runner in self._runners.values():
            runner.blind()

    def _phone(self, news: PhoneNews) -> None:
        event = AgentPhoneBack(news.at) if news.reachable else AgentPhoneLost(news.at)
        for runner in self._runners.values():
            if runner.call.terms.agent_endpoint == news.endpoint:
                runner.post(event)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception:  # nobody waits for it, and no call may end for it
                log.exception("side work broke off")

        if self._tasks is None:
            raise RuntimeError("calls are not being served")
        self._tasks.create_task(run())

    async def _look_over(self) -> None:
        """After every connect, or for a call that broke: what of ours is still on the switch, and what is not?

        A call is looked over once no step of it is under way; one that hangs, say at the books, holds up no other.
        """
        switch, lost_at = self._switch, self._last_sight
        while switch is not None and not self._draining:
            busy = {runner for runner in self._runners.values() if not runner.is_idle}
            survey = await self._survey(switch)
            if survey is None or self._draining:
                return
            for runner in tuple(self._runners.values()):
                if runner.is_blind and runner not in busy:
                    runner.sighted(_sight_of(runner.call, survey, switch, lost_at))
            if not self._sighted:
                self._sighted, self._last_sight = True, None
                log.info("switch in sight", version=switch.version, calls=len(self._runners))
                self._release_orphans(survey)
                if self.guests is not None:
                    self._spawn(self._look_for_guests(self.guests))
            waiting = [runner for runner in self._runners.values() if runner.is_blind]
            if not waiting:
                return
            await _one_idle(waiting)

    async def _look_for_guests(self, guests: Guests) -> None:
        try:
            await guests.in_sight()
        except TelephonyError as error:
            log.warning("who rang in cannot be told, the sweep looks again", error=str(error))

    async def _survey(self, switch: Connected) -> Survey | None:
        """None when that connection is gone: the next one has its own look."""
        while self._switch is switch:
            try:
                survey = await self._world.telephony.survey()
            except TelephonyError as error:
                log.warning("survey failed", error=str(error))
            except Exception:  # without a survey nobody can dial: it is tried until it works
                log.exception("survey broke")
            else:
                return survey if self._switch is switch else None
            await self._world.clock.sleep(SURVEY_RETRY_SECONDS)
        return None

    def _release_orphans(self, survey: Survey) -> None:
        for attempt_id, parts in survey.calls.items():
            if attempt_id not in self._runners:
                for part in parts:
                    self._spawn(self._release(attempt_id, part))

    def _stray(self, attempt_id: str, event: CallEvent) -> None:
        """Something of a call that is not live came up: give it back."""
        match event:
            case AgentUp(part=part) | SnoopUp(part=part) | RecordingStarted(part=part):
                self._spawn(self._release(attempt_id, part))
            case CustomerCreated():
                self._spawn(self._release(attempt_id, CUSTOMER))
            case _:
                pass

    async def _release(self, attempt_id: str, part: str) -> None:
        log.warning("giving back what belongs to no live call", attempt=attempt_id, part=part)
        try:
            await self._world.telephony.release(attempt_id, part)
        except TelephonyError as error:
            log.warning("not given back", attempt=attempt_id, part=part, error=str(error))

    async def drain(self) -> None:
        """Let every call finish the step it is at, and begin no other."""
        self._draining, self._sighted = True, False
        runners = tuple(self._runners.values())
        for runner in runners:
            runner.rest()
        for runner in runners:
            await runner.idle()

    async def sweep(self) -> None:
        """Give back everything on the switch that bears our name and belongs to no live call."""
        if not self._sighted:
            return
        try:
            survey = await self._world.telephony.survey()
        except TelephonyError as error:
            log.info("sweep skipped", error=str(error))
            return
        for attempt_id, parts in survey.calls.items():
            if attempt_id not in self._runners:
                for part in parts:
                    await self._release(attempt_id, part)
        if self.guests is not None:
            await self._look_for_guests(self.guests)


def _sight_of(call: Call, survey: Survey, switch: Connected, lost_at: datetime | None) -> CallEvent:
    found = survey.calls.get(call.attempt_id, {})
    # A switch that was started after the call got where it is cannot hold anything of it.
    if not found and switch.started_at > call.entered_at:
        return SwitchLost(lost_at or last_seen_alive(call))
    return Surveyed(survey.at, found)


async def _one_idle(runners: Collection[Runner]) -> None:
    """Until one of these is idle."""
    waits = [asyncio.ensure_future(runner.idle()) for runner in runners]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
