"""One live call: event, step, save, commands; and again until nothing of it is left on the switch.

A step that a killed service would not miss is not saved by itself: it goes into the books with the next that must be
there first, or by itself after a moment.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from callcenter.domain.calls.call import Call, CallState, must_be_kept_first, next_deadline
from callcenter.domain.calls.steps import IllegalTransition, step
from callcenter.domain.calls.telephony import (
    TelephonyError,
    TelephonyNotSent,
    TelephonyRefused,
    TelephonyUnavailable,
)
from callcenter.domain.calls.words import (
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
from callcenter.engine.feed import AlarmRaised, CallMoved, Feed
from callcenter.engine.ports import Clock, RawRecordings, Telephony
from callcenter.engine.stores import AttemptStore
from callcenter.engine.waiting import endless

log = structlog.get_logger()

SAVE_RETRY_SECONDS = (0.1, 0.5, 2.0, 5.0)

SAVED_WITHIN = timedelta(seconds=1)
"""Longer than that no step waits for another to be saved with."""

Ended = Callable[[Call, Sequence[CallEvent]], Awaitable[None]]
"""Called once with a call that has ended, and with those of its events that are not in the books yet."""


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

    def __init__(self, world: World, call: Call, *, sighted: bool, ended: Ended) -> None:
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
        self._begun = asyncio.Event()
        self._unsaved: list[CallEvent] = []
        self._save_at = call.entered_at

    @property
    def is_blind(self) -> bool:
        return not self._sighted

    @property
    def is_idle(self) -> bool:
        """Is no step of this call under way, and, where it rests, none unsaved?"""
        return self._idle.is_set()

    def post(self, event: CallEvent) -> None:
        """Hand in what happened; handled in order."""
        self._mailbox.append(event)
        self._wake.set()

    def blind(self) -> None:
        """The switch is out of sight: await what it was asked, ask nothing more, then wait for `sighted`."""
        self._sighted = False

    def rest(self) -> None:
        """Finish the step that is under way, its commands too, and take up no other. What is unsaved is saved."""
        self._resting = True
        if self._unsaved:
            self._idle.clear()
            self._wake.set()

    async def begun(self) -> None:
        """Until its first step is done, the commands too."""
        await self._begun.wait()

    async def idle(self) -> None:
        """Until `is_idle`."""
        await self._idle.wait()

    def sighted(self, first: CallEvent) -> None:
        """Go on; `first` is what was seen of this call, and comes before everything that was told since."""
        self._sight = first
        self._sighted = True
        self._wake.set()

    async def run(self) -> None:
        """Until the call has ended and its end is in the books. Whatever it raises, `call` is as it was stepped last:
        blinded, looked over and run again, it goes on as after a restart of the service.
        """
        with structlog.contextvars.bound_contextvars(attempt=self.call.attempt_id):
            while self.call.state is not CallState.ENDED:
                events = await self._next()
                self._idle.clear()
                try:
                    await (self._handle(events) if events else self._save_all())
                finally:
                    self._begun.set()
                    if not (self._resting and self._unsaved):
                        self._idle.set()
            await self._ended(self.call, self._unsaved)

    async def _next(self) -> Sequence[CallEvent]:
        """What is to be handled next: all that came meanwhile, or what was seen, or a deadline, alone. Nothing where
        what is unsaved has waited long enough.
        """
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
            now = self._world.clock.now()
            if self._unsaved and (self._resting or now >= self._save_at):
                return ()
            waits = [self._save_at] if self._unsaved else []
            deadline = next_deadline(self.call) if serving else None
            if deadline is not None:
                at, name = deadline
                if at <= now:
                    return [DeadlinePassed(now, name)]
                waits.append(at)
            await self._woken(min(waits, default=None))

    async def _woken(self, at: datetime | None) -> None:
        """Until something came, or at that instant."""
        if at is None:
            await self._wake.wait()
            return
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
                for results in await self._perform_all(commands):
                    pending.extend(results)

    async def _step(self, pending: deque[CallEvent]) -> list[Sequence[Command]]:
        """Step through what came together, and save it at once where it must be in the books before it is acted on.
        The commands of each step.
        """
        call, moves, must_be_saved = self.call, [], False
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
                must_be_saved = must_be_saved or must_be_kept_first(call, moved)
                call = moved
            asked.append(commands)
        if moves:
            await self._moved(call, moves, must_be_saved)
        return asked

    async def _moved(self, call: Call, moves: Sequence[CallMoved], must_be_saved: bool) -> None:
        if not self._unsaved:
            self._save_at = self._world.clock.now() + SAVED_WITHIN
        self._unsaved.extend(move.event for move in moves)
        self.call = call
        if must_be_saved:
            await self._save_all()
        for move in moves:
            self._world.feed.publish(move)

    async def _perform_all(self, commands: Sequence[Command]) -> Sequence[Sequence[CallEvent]]:
        # What is not asked of a switch out of sight follows from the survey, as it would after a kill.
        possible = [command for command in commands if self._sighted or isinstance(command, RaiseAlarm)]
        if len(possible) == 1:
            return [await self._perform(possible[0])]
        return await asyncio.gather(*(self._perform(each) for each in possible))

    async def _save_all(self) -> None:
        # What must be in the books is not acted on before it is: while they cannot be written, the call waits.
        for seconds in endless(SAVE_RETRY_SECONDS):
            try:
                await self._world.attempts.save(self.call, self._unsaved)
            except Exception:  # every kind of database trouble is waited out here
                log.exception("step not saved, trying again", seconds=seconds)
                await self._world.clock.sleep(seconds)
            else:
                self._unsaved = []
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
