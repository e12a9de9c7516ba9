"""Asterisk in memory, for the engine: Telephony and RawRecordings, over one model of a switch for each call.

People and networks act as a test says (`rings`, `answers`, `busy`, ...); commands can be made to fail, to hang, or to
break; the connection can be lost and come back, and the switch be restarted. Everything asked of it is written down.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random

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
    TelephonyFatalError,
    TelephonyNotSent,
    TelephonyRefused,
    TelephonyUnavailable,
    TelephonyUnknown,
)
from callcenter.domain.calls.words import CUSTOMER, CallEvent, Command, Failure, Sight
from callcenter.domain.recording import MissingReason, RecordingMissingError
from domain.switch_model import NotDone, Switch
from fakes.clock import FakeClock

VERSION = "22.10.1"


def failure_of(failure: Failure) -> Exception:
    """The error that the adapter raises for it."""
    match failure:
        case Failure.NOT_SENT:
            return TelephonyNotSent("not sent")
        case Failure.UNAVAILABLE:
            return TelephonyUnavailable(500, "Allocation failed")
        case Failure.REFUSED:
            return TelephonyRefused(400, "refused")
        case Failure.UNKNOWN:
            return TelephonyUnknown("no answer")


class FakeSwitch:
    """reachable: whether a connection can be had. asked: every command, in order, with its attempt."""

    def __init__(self, clock: FakeClock, doings: list[str]) -> None:
        self._clock = clock
        self._doings = doings
        self._models: dict[str, Switch] = {}
        self._news: asyncio.Queue[News | Exception] | None = None
        self._errors: dict[type[Command], deque[Exception]] = {}
        self._held: dict[type[Command], asyncio.Event] = {}
        self._names: dict[str, tuple[str, str]] = {}
        self.started_at = clock.now() - timedelta(hours=1)
        self.reachable = True
        self.asked: list[tuple[str, Command]] = []
        self.released: list[tuple[str, str]] = []
        self.surveys = 0
        self.survey_errors: deque[Exception] = deque()
        self.survey_gate: asyncio.Event | None = None
        self.size_error: Exception | None = None
        self.size_gate: asyncio.Event | None = None
        self._guests: dict[str, RangIn] = {}
        self._lent: dict[str, str] = {}
        self.said: list[tuple[str, tuple[str, ...]]] = []
        self.turned_away: list[tuple[str, int]] = []

    # --- what it is asked: Telephony ----------------------------------------------------------------------------

    async def news(self) -> AsyncIterator[News]:
        self._news = asyncio.Queue()
        try:
            if self.reachable:
                self.connects()
            while True:
                item = await self._news.get()
                if isinstance(item, Exception):
                    raise item
                yield item
        finally:
            self._news = None
            self._listen(heard=False)

    async def perform(self, attempt_id: str, command: Command) -> tuple[CallEvent, ...]:
        kind = type(command)
        self._doings.append(f"ask {kind.__name__}")
        self.asked.append((attempt_id, command))
        if kind in self._held:
            await self._held[kind].wait()
        if self._errors.get(kind):
            raise self._errors[kind].popleft()
        try:
            return self.call(attempt_id).perform(command)
        except NotDone as error:
            raise failure_of(error.failure) from error
        finally:
            if self.call(attempt_id).given_back:
                self._lent.pop(attempt_id, None)
            self._tell(attempt_id)

    async def survey(self) -> Survey:
        self.surveys += 1
        if self.survey_errors:
            raise self.survey_errors.popleft()
        found = {attempt_id: model.survey() for attempt_id, model in self._models.items() if model.left()}
        at = self._clock.now()
        if self.survey_gate is not None:
            await self.survey_gate.wait()
        return Survey(at, found)

    def recording_name(self, attempt_id: str, part: str) -> str:
        name = f"callcenter-{attempt_id}-{part}"
        self._names[name] = attempt_id, part
        return name

    async def release(self, attempt_id: str, part: str) -> None:
        self._doings.append("release")
        self.released.append((attempt_id, part))
        self.call(attempt_id).release(part)
        self._tell(attempt_id)

    def lend(self, attempt_id: str, channel: str) -> None:
        new = attempt_id not in self._lent
        self._lent[attempt_id] = channel
        if new and channel in self._guests and CUSTOMER not in self.call(attempt_id).channels:
            self.call(attempt_id).rings_in()

    def unlend(self, attempt_id: str) -> None:
        self._lent.pop(attempt_id, None)

    async def waiting(self) -> tuple[RangIn, ...]:
        lent = set(self._lent.values())
        return tuple(guest for channel, guest in self._guests.items() if channel not in lent)

    async def say(self, channel: str, sounds: Sequence[str]) -> None:
        if channel not in self._guests:
            raise TelephonyRefused(404, "Channel not found")
        self.said.append((channel, tuple(sounds)))

    async def turn_away(self, channel: str, cause: int) -> None:
        self.turned_away.append((channel, cause))
        if self._guests.pop(channel, None) is not None:
            self.tells(RangOff(self._clock.now(), channel))

    # --- what it is asked: RawRecordings ------------------------------------------------------------------------

    async def size(self, name: str) -> int | None:
        if self.size_gate is not None:
            await self.size_gate.wait()
        if self.size_error is not None:
            raise self.size_error
        attempt_id, part = self._names[name]
        return self.call(attempt_id).size(part)

    async def fetch(self, name: str, into: Path) -> None:
        size = await self.size(name)
        if size is None:
            raise RecordingMissingError(MissingReason.RAW_FILE_ABSENT, name)
        into.write_bytes(bytes(size))

    async def discard(self, name: str) -> None:
        self._doings.append("discard")
        attempt_id, part = self._names[name]
        self.call(attempt_id).files.pop(part, None)

    # --- what a test sees -----------------------------------------------------------------------------------------

    def call(self, attempt_id: str) -> Switch:
        """All that is on the switch of one call, at the present instant."""
        if attempt_id not in self._models:
            now = self._clock.now()
            listened_to = self._news is not None and self.reachable
            self._models[attempt_id] = Switch(now, Random(1), self.started_at, listened_to=listened_to)
        model = self._models[attempt_id]
        model.at(self._clock.now())
        return model

    @property
    def left(self) -> dict[str, set[str]]:
        """What stands on it, by attempt."""
        return {attempt_id: model.left() for attempt_id, model in self._models.items() if model.left()}

    @property
    def dials(self) -> int:
        """How often a customer's phone was made to ring."""
        return sum(model.dials for model in self._models.values())

    @property
    def raw_files(self) -> set[str]:
        return {part for model in self._models.values() for part in model.files}

    def commands(self, attempt_id: str | None = None) -> list[str]:
        return [type(command).__name__ for asked, command in self.asked if attempt_id in {None, asked}]

    # --- what a test makes it do ------------------------------------------------------------------------------------

    def fails(self, kind: type[Command], *failures: Failure | Exception) -> None:
        """The next commands of this kind end so, and nothing happens on the switch."""
        errors = [each if isinstance(each, Exception) else failure_of(each) for each in failures]
        self._errors.setdefault(kind, deque()).extend(errors)

    def holds(self, kind: type[Command]) -> Callable[[], None]:
        """Commands of this kind wait until the returned function is called."""
        gate = self._held[kind] = asyncio.Event()

        def let_go() -> None:
            gate.set()
            self._held.pop(kind, None)

        return let_go

    def agent_answers(self, attempt_id: str, part: str = "a1") -> None:
        self.call(attempt_id).agent_answers(part)
        self._tell(attempt_id)

    def rings(self, attempt_id: str) -> None:
        self.call(attempt_id).rings()
        self._tell(attempt_id)

    def answers(self, attempt_id: str) -> None:
        self.call(attempt_id).answers()
        self._tell(attempt_id)

    def ends_unanswered(self, attempt_id: str, cause: int, sip: int | None) -> None:
        """The network ends the dial."""
        self.call(attempt_id).destroy(CUSTOMER, cause, sip)
        self._tell(attempt_id)

    def busy(self, attempt_id: str) -> None:
        self.ends_unanswered(attempt_id, 17, 486)

    def hangs_up(self, attempt_id: str, part: str = CUSTOMER) -> None:
        self.call(attempt_id).hangs_up(part)
        self._tell(attempt_id)

    def rings_in(self, number: str, called: str = "4001") -> str:
        """Somebody rings in: the channel."""
        channel = f"switch-{len(self._guests)}.{self._clock.now().timestamp():.0f}"
        self._guests[channel] = RangIn(self._clock.now(), channel, number, called)
        self.tells(self._guests[channel])
        return channel

    def guest_hangs_up(self, channel: str) -> None:
        """Whether he waits, or is in a call."""
        del self._guests[channel]
        lent = next((attempt for attempt, each in self._lent.items() if each == channel), None)
        if lent is None:
            self.tells(RangOff(self._clock.now(), channel))
        else:
            self.hangs_up(lent)

    def notice_ends(self, channel: str) -> None:
        self.tells(NoticeOver(self._clock.now(), channel))

    @property
    def guests(self) -> set[str]:
        """The channels of all who rang in and are still there."""
        return set(self._guests)

    def tells(self, news: News | Exception) -> None:
        """Whatever a test wants it to say."""
        if self._news is not None:
            self._news.put_nowait(news)

    def phone(self, endpoint: str, *, reachable: bool) -> None:
        self.tells(PhoneNews(self._clock.now(), endpoint, reachable))

    def connects(self) -> None:
        self.reachable = True
        self._listen(heard=True)
        self.tells(Connected(self._clock.now(), self.started_at, VERSION))

    def loses_connection(self) -> None:
        self.reachable = False
        self._listen(heard=False)
        self.tells(Lost(self._clock.now(), "connection reset"))

    def restarts(self) -> None:
        """Killed and started again: nothing of before is on it, but for the raw files."""
        self.loses_connection()
        self.started_at = self._clock.now()
        self._guests.clear()
        self._lent.clear()
        for model in self._models.values():
            model.restart(self._clock.now())

    def turns_us_away(self, sentence: str) -> None:
        self.tells(TelephonyFatalError(sentence))

    def sight(self, attempt_id: str, part: str) -> Sight | None:
        return self.call(attempt_id).survey().get(part)

    def _listen(self, *, heard: bool) -> None:
        for model in self._models.values():
            model.listened_to = heard
            if not heard:
                model.told.clear()

    def _tell(self, attempt_id: str) -> None:
        for events in self._models[attempt_id].told.values():
            while events:
                self.tells(CallNews(attempt_id, events.popleft()))
