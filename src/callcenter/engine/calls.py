"""All live calls of this service: they begin, get their news, outlive a lost connection, are adopted after a kill."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from callcenter.domain.call import Call
from callcenter.domain.call_words import (
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
from callcenter.domain.telephony import CallNews, Connected, Lost, PhoneNews, Survey, TelephonyError
from callcenter.engine.runner import Runner, World

log = structlog.get_logger()

SURVEY_RETRY_SECONDS = 1.0


def last_seen_alive(call: Call) -> datetime:
    """When the switch last told something of this call, as far as the books know."""
    return max(at for at in (call.entered_at, call.sizes_at, call.first_sign_at, call.answered_at) if at is not None)


class Calls:
    """Keeps a runner for each live call. ended: called once with each call that has ended."""

    def __init__(self, world: World, ended: Callable[[Call], Awaitable[None]]) -> None:
        self._world = world
        self._ended = ended
        self._runners: dict[str, Runner] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._last_sight: datetime | None = None
        self._connection = 0
        self._connected = False
        self._sighted = False

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
        runner = Runner(self._world, call, sighted=self._sighted, ended=self._ended)
        self._runners[call.attempt_id] = runner
        self._tasks.create_task(self._carry(runner), name=f"call {call.attempt_id}")
        return runner

    async def _carry(self, runner: Runner) -> None:
        try:
            await runner.run()
        finally:
            self._runners.pop(runner.call.attempt_id, None)

    async def _take(self, news: CallNews | Connected | Lost | PhoneNews) -> None:
        match news:
            case CallNews(attempt_id=attempt_id, event=event):
                if not self.post(attempt_id, event):
                    self._stray(attempt_id, event)
            case PhoneNews():
                self._phone(news)
            case Lost(at=at, reason=reason):
                log.warning("switch out of sight", reason=reason)
                self._out_of_sight(at)
            case Connected():
                self._connection += 1
                self._connected = True
                self._spawn(self._look_over(news))

    def _out_of_sight(self, at: datetime) -> None:
        self._connected = self._sighted = False
        self._last_sight = self._last_sight or at
        for runner in self._runners.values():
            runner.blind()

    def _phone(self, news: PhoneNews) -> None:
        event = AgentPhoneBack(news.at) if news.reachable else AgentPhoneLost(news.at)
        for runner in self._runners.values():
            if runner.call.terms.agent_endpoint == news.endpoint:
                runner.post(event)

    def _spawn(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        if self._tasks is not None:
            self._tasks.create_task(run())

    async def _look_over(self, connected: Connected) -> None:
        """After every connect: what of ours is still on the switch, and what is not?"""
        connection = self._connection
        for runner in tuple(self._runners.values()):
            runner.blind()
            await runner.idle()
        survey = await self._survey()
        if survey is None or not self._connected or connection != self._connection:
            return
        lost_at, self._last_sight = self._last_sight, None
        for attempt_id, runner in self._runners.items():
            found = survey.calls.get(attempt_id, {})
            # A switch that was started after the call got where it is cannot hold anything of it.
            new_switch = not found and connected.started_at > runner.call.entered_at
            lost = SwitchLost(lost_at or last_seen_alive(runner.call))
            runner.sighted(lost if new_switch else Surveyed(survey.at, found))
        self._sighted = True
        log.info("switch in sight", version=connected.version, calls=len(self._runners))
        for attempt_id, parts in survey.calls.items():
            if attempt_id not in self._runners:
                for part in parts:
                    self._spawn(self._release(attempt_id, part))

    async def _survey(self) -> Survey | None:
        while self._connected:
            try:
                return await self._world.telephony.survey()
            except TelephonyError as error:
                log.warning("survey failed", error=str(error))
                await self._world.clock.sleep(SURVEY_RETRY_SECONDS)
        return None

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
        for runner in tuple(self._runners.values()):
            runner.blind()
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
