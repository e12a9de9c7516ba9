"""One live call: event, step, save, commands; and again until nothing of it is left on the switch."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from callcenter.domain.call import Call, CallState, next_deadline
from callcenter.domain.call_steps import IllegalTransition, step
from callcenter.domain.call_words import (
    CallEvent,
    CheckRecorder,
    Command,
    CommandFailed,
    CreateSnoop,
    DeadlinePassed,
    Failure,
    RaiseAlarm,
    RecorderSeen,
    StartRecording,
    recorder,
)
from callcenter.domain.recording import Direction
from callcenter.domain.telephony import (
    TelephonyError,
    TelephonyNotSent,
    TelephonyRefused,
    TelephonyUnavailable,
)
from callcenter.engine.feed import AlarmRaised, CallMoved, Feed
from callcenter.engine.ports import Clock, RawRecordings, Telephony
from callcenter.engine.stores import AttemptStore
from callcenter.engine.waiting import endless

log = structlog.get_logger()

SAVE_RETRY_SECONDS = (0.1, 0.5, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class World:
    """What every runner needs."""

    telephony: Telephony
    raw: RawRecordings
    attempts: AttemptStore
    clock: Clock
    feed: Feed


class Runner:
    """Carries one call. Blind while the switch is out of sight: it is asked for nothing until looked over again."""

    def __init__(self, world: World, call: Call, *, sighted: bool, ended: Callable[[Call], Awaitable[None]]) -> None:
        self.call = call
        self._world = world
        self._ended = ended
        self._mailbox: deque[CallEvent] = deque()
        self._wake = asyncio.Event()
        self._sighted = sighted
        self._resting = False
        self._sight: CallEvent | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_blind(self) -> bool:
        return not self._sighted

    @property
    def is_idle(self) -> bool:
        """Is no step of this call under way?"""
        return self._idle.is_set()

    def post(self, event: CallEvent) -> None:
        """Hand in what happened; handled in order."""
        self._mailbox.append(event)
        self._wake.set()

    def blind(self) -> None:
        """The switch is out of sight: await what it was asked, ask nothing more, then wait for `sighted`."""
        self._sighted = False

    def rest(self) -> None:
        """Finish the step that is under way, its commands too, and take up no other."""
        self._resting = True

    async def idle(self) -> None:
        """Until no step of this call is under way."""
        await self._idle.wait()

    def sighted(self, first: CallEvent) -> None:
        """Go on; `first` is what was seen of this call, and comes before everything that was told since."""
        self._sight = first
        self._sighted = True
        self._wake.set()

    async def run(self) -> None:
        """Until the call has ended and its end is in the books. Whatever it raises, `call` is as it was saved last:
        blinded, looked over and run again, it goes on as after a restart of the service.
        """
        with structlog.contextvars.bound_contextvars(attempt=self.call.attempt_id):
            while self.call.state is not CallState.ENDED:
                events = await self._next()
                self._idle.clear()
                try:
                    await self._handle(events)
                finally:
                    self._idle.set()
            await self._ended(self.call)

    async def _next(self) -> Sequence[CallEvent]:
        """What is to be handled next: all that came meanwhile, or what was seen, or a deadline, alone."""
        while True:
            self._wake.clear()
            serving = self._sighted and not self._resting
            if serving and self._sight is not None:
                seen, self._sight = self._sight, None
                return [seen]
            if serving and self._mailbox:
                events = tuple(self._mailbox)
                self._mailbox.clear()
                return events
            deadline = next_deadline(self.call) if serving else None
            if deadline is None:
                await self._wake.wait()
                continue
            at, name = deadline
            if at <= self._world.clock.now():
                return [DeadlinePassed(self._world.clock.now(), name)]
            call_off = self._world.clock.call_at(at, self._wake.set)
            try:
                await self._wake.wait()
            finally:
                call_off()

    async def _handle(self, events: Sequence[CallEvent]) -> None:
        pending = deque(events)
        while pending and self.call.state is not CallState.ENDED:
            asked = await self._step(pending)
            for commands in _together(asked):
                for results in await asyncio.gather(*(self._perform(each) for each in self._possible(commands))):
                    pending.extend(results)

    async def _step(self, pending: deque[CallEvent]) -> list[Sequence[Command]]:
        """Step through what came together and save it at once; only then is acted on it. The commands of each step."""
        call, moves = self.call, []
        asked: list[Sequence[Command]] = []
        while pending and call.state is not CallState.ENDED:
            event = pending.popleft()
            try:
                moved, commands = step(call, event)
            except IllegalTransition as error:
                log.error("illegal transition", call_event=type(event).__name__, error=str(error))  # noqa: TRY400
                continue
            if moved != call:
                moves.append(CallMoved(moved, event))
                call = moved
            asked.append(commands)
        if moves:
            await self._save(call, [move.event for move in moves])
            self.call = call
            for move in moves:
                self._world.feed.publish(move)
        return asked

    def _possible(self, commands: Sequence[Command]) -> Iterable[Command]:
        # What is not asked of a switch out of sight follows from the survey, as it would after a kill.
        return (command for command in commands if self._sighted or isinstance(command, RaiseAlarm))

    async def _save(self, call: Call, events: Sequence[CallEvent]) -> None:
        # Nothing may be asked of the switch that is not in the books: while they cannot be written, the call waits.
        for seconds in endless(SAVE_RETRY_SECONDS):
            try:
                await self._world.attempts.save(call, events)
            except Exception:  # every kind of database trouble is waited out here
                log.exception("step not saved, trying again", seconds=seconds)
                await self._world.clock.sleep(seconds)
            else:
                return

    async def _perform(self, command: Command) -> Sequence[CallEvent]:
        now = self._world.clock.now
        try:
            match command:
                case RaiseAlarm(kind=kind, detail=detail):
                    log.warning("alarm", kind=kind, detail=detail)
                    self._world.feed.publish(AlarmRaised(now(), kind, self.call.attempt_id, detail))
                    return ()
                case CheckRecorder(segment=segment):
                    return (await self._look_at_recorder(segment, now()),)
                case _:
                    return await self._world.telephony.perform(self.call.attempt_id, command)
        except TelephonyError as error:
            log.info("command failed", command=type(command).__name__, error=str(error))
            return (CommandFailed(now(), command, _failure(error), str(error)),)
        except Exception as error:  # whatever broke here, the call must hear of it: it may have happened
            log.exception("command broke", command=type(command).__name__)
            return (CommandFailed(now(), command, Failure.UNKNOWN, type(error).__name__),)

    async def _look_at_recorder(self, segment: int, at: datetime) -> RecorderSeen:
        names = [
            self._world.telephony.recording_name(self.call.attempt_id, recorder(direction, segment))
            for direction in (Direction.IN, Direction.OUT)
        ]
        said, heard = await asyncio.gather(*(self._world.raw.size(name) for name in names))
        return RecorderSeen(at, segment, said, heard)


def _together(asked: Iterable[Sequence[Command]]) -> Iterator[Sequence[Command]]:
    """Steps follow each other, commands of one step do not wait for each other; nor do those that open the two
    directions of the recorder, which are steps of their own.
    """
    opening: list[Command] = []
    for commands in asked:
        if commands and all(isinstance(command, CreateSnoop | StartRecording) for command in commands):
            opening.extend(commands)
            continue
        if opening:
            yield opening
            opening = []
        yield commands
    if opening:
        yield opening


def _failure(error: TelephonyError) -> Failure:
    match error:
        case TelephonyNotSent():
            return Failure.NOT_SENT
        case TelephonyUnavailable():
            return Failure.UNAVAILABLE
        case TelephonyRefused():
            return Failure.REFUSED
        case _:
            return Failure.UNKNOWN
