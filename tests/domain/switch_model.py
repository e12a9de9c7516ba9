"""What would Asterisk do? A small pure model of one call's channels, bridge, snoops and recordings.

It obeys commands, some of them badly, and tells its events in one queue a topic: Asterisk keeps the order within a
topic and promises none between them. It judges nothing; what must never be found on it is asked from outside.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentUp,
    Answered,
    BridgeGone,
    CallAgent,
    CallEvent,
    Command,
    Connect,
    CreateCustomer,
    CreateSnoop,
    CustomerCreated,
    DestroyBridge,
    Failure,
    GiveBack,
    HangUp,
    HangupRequested,
    JoinBridge,
    LegGone,
    LegJoined,
    LookUp,
    MuteRecording,
    NoticeSaid,
    OpenBridge,
    PartAbsent,
    PartFound,
    Progress,
    RecordingFinished,
    RecordingMuted,
    RecordingStarted,
    RecordingUnmuted,
    Ringing,
    SayNotice,
    Sight,
    SnoopUp,
    StartRecording,
    StopRecording,
    UnmuteRecording,
    direction_of,
    is_agent,
    is_recorder,
    is_snoop,
    number_of,
    recorder,
    snoop,
)

BLOCK_SECONDS = 2
"""Asterisk writes a recording in blocks of about this much sound."""
HEADER_BYTES = 44
BYTES_PER_SECOND = 16000
DIAL_ENDS = ((17, 486), (19, 480), (1, 404), (21, 403), (20, 480), (34, 503), (16, None))


class NotDone(Exception):  # noqa: N818 (an answer, not a mistake)
    """A command that did not succeed, or not for certain."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass
class Channel:
    sight: Sight
    ends_at: datetime | None = None


@dataclass
class RawFile:
    started_at: datetime
    ended_at: datetime | None = None
    exists: bool = True

    def size(self, now: datetime) -> int | None:
        if not self.exists:
            return None
        blocks = ((self.ended_at or now) - self.started_at) // timedelta(seconds=BLOCK_SECONDS)
        return HEADER_BYTES + blocks * BLOCK_SECONDS * BYTES_PER_SECOND


@dataclass
class Switch:
    """now: moved by `at`. trouble: the share of commands that do not simply succeed. rung: how long, when its own
    limit ended a ring. told: events not yet sent, by topic.
    """

    now: datetime
    random: Random
    started_at: datetime
    trouble: float = 0.0
    listened_to: bool = True
    channels: dict[str, Channel] = field(default_factory=dict)
    bridge: set[str] | None = None
    recordings: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    files: dict[str, RawFile] = field(default_factory=dict)
    told: dict[str, deque[CallEvent]] = field(default_factory=lambda: defaultdict(deque))
    dials: int = 0
    first_sign_at: datetime | None = None
    rung: timedelta | None = None
    answers_given: int = 0
    given_back: bool = False
    customer_left: bool = False

    def rings_in(self) -> None:
        """The customer's channel is there before the call; nothing tells so."""
        self.channels[CUSTOMER] = Channel(Sight.RINGING)

    # --- what is on it --------------------------------------------------------------------------------------

    def left(self) -> set[str]:
        """Everything that stands."""
        return {*self.channels, *self.recordings, *({BRIDGE} if self.bridge is not None else ())}

    def survey(self) -> dict[str, Sight]:
        sights = {part: channel.sight for part, channel in self.channels.items()}
        return sights | dict.fromkeys(self.left() - set(self.channels), Sight.UP)

    def size(self, part: str) -> int | None:
        return self.files[part].size(self.now) if part in self.files else None

    # --- what it does by itself -------------------------------------------------------------------------------

    def at(self, now: datetime) -> None:
        """Time goes on; what rang too long ends."""
        self.now = now
        for part, channel in tuple(self.channels.items()):
            if channel.ends_at is not None and channel.ends_at <= now and channel.sight is not Sight.UP:
                if part == CUSTOMER and self.first_sign_at is not None:
                    self.rung = channel.ends_at - self.first_sign_at
                self.destroy(part, 19, 480 if part == CUSTOMER else None)

    def restart(self, now: datetime) -> None:
        """Killed and started again: nothing is told, nothing is left but the files."""
        for part in self.recordings:
            self.files[part].ended_at = now
        self.customer_left = self.customer_left or CUSTOMER in self.channels
        self.channels.clear()
        self.recordings.clear()
        self.bridge = None
        self.told.clear()
        self.started_at = now

    def destroy(self, part: str, cause: int | None, sip: int | None = None) -> None:
        """A channel, and what hangs on it."""
        del self.channels[part]
        if self.bridge is not None:
            self.bridge.discard(part)
        self._tell(part, LegGone(self.now, part, cause, sip))
        if part == CUSTOMER:
            for other in [other for other in self.channels if is_snoop(other)]:
                self.destroy(other, None)
        if is_snoop(part):
            self.end_recording(recorder(direction_of(part), number_of(part)))

    def end_recording(self, part: str) -> None:
        if part in self.recordings:
            self.recordings.discard(part)
            self.files[part].ended_at = self.now
            self._tell(part, RecordingFinished(self.now, part))

    def stall(self, part: str) -> None:
        """The file no longer grows, and nothing tells so."""
        self.files[part].ended_at = self.files[part].ended_at or self.now

    # --- what people and networks do ---------------------------------------------------------------------------

    def agent_answers(self, part: str) -> None:
        if not self.listened_to:
            self.destroy(part, 16)  # an application that nobody serves drops whoever answers
            return
        self.channels[part].sight = Sight.UP
        self._tell(part, AgentUp(self.now, part))

    def hangs_up(self, part: str, cause: int = 16) -> None:
        self.customer_left = self.customer_left or part == CUSTOMER
        self._tell(part, HangupRequested(self.now, part))
        self.destroy(part, cause)

    def progress(self) -> None:
        self._sign()
        self._tell("dial", Progress(self.now))

    def rings(self) -> None:
        self._sign()
        self.channels[CUSTOMER].sight = Sight.RINGING
        self._tell("dial", Ringing(self.now))
        self._tell(CUSTOMER, Ringing(self.now))

    def answers(self) -> None:
        self.channels[CUSTOMER].sight = Sight.UP
        self._tell("dial", Answered(self.now))
        self._tell(CUSTOMER, Answered(self.now))

    def dial_ends(self) -> None:
        self.destroy(CUSTOMER, *self.random.choice(DIAL_ENDS))

    def _sign(self) -> None:
        self.first_sign_at = self.first_sign_at or self.now

    def _tell(self, topic: str, event: CallEvent) -> None:
        if self.listened_to:
            self.told[topic].append(event)

    # --- what it is asked --------------------------------------------------------------------------------------

    def perform(self, command: Command) -> tuple[CallEvent, ...]:
        """Raises NotDone. Some commands are steps, of which the last may remain undone."""
        failure = self._bad_luck()
        if failure is Failure.REFUSED and not isinstance(command, LookUp):
            raise NotDone(failure)
        results: tuple[CallEvent, ...] = ()
        stop = None
        if failure is Failure.NOT_SENT:
            stop = self.random.randrange(3) if isinstance(command, Connect) else 0
        elif failure is not None:
            stop = self.random.randrange(4)
        for done, result in enumerate(self._steps(command)):
            results += result
            if done == stop:
                break
        if failure is not None:
            raise NotDone(failure)
        return results

    def _bad_luck(self) -> Failure | None:
        if self.random.random() >= self.trouble:
            return None
        return self.random.choice((Failure.REFUSED, Failure.NOT_SENT, Failure.UNKNOWN, Failure.UNKNOWN))

    def _steps(self, command: Command) -> Iterator[tuple[CallEvent, ...]]:
        """One request each; the first is that none was made."""
        yield ()
        match command:
            case CallAgent():
                yield self._call_agent(command)
            case CreateCustomer():
                yield self._create(CUSTOMER, CustomerCreated(self.now))
            case CreateSnoop(part=part):
                self._must(CUSTOMER in self.channels)
                yield self._create(part, SnoopUp(self.now, part))
            case StartRecording(part=part):
                yield self._record(part)
            case OpenBridge():
                yield self._open_bridge()
            case Connect():
                yield from self._connect(command)
            case SayNotice():
                yield self._say()
            case JoinBridge(part=part):
                yield self._join(part)
            case LookUp(part=part):
                yield self._look_up(part)
            case _:
                yield self._remove(command)

    def _remove(self, command: Command) -> tuple[CallEvent, ...]:
        match command:
            case HangUp(part=part, cause=cause):
                return self._hang_up(part, cause)
            case StopRecording(part=part):
                return self._stop(part)
            case MuteRecording(part=part) | UnmuteRecording(part=part):
                return self._mute(part, isinstance(command, MuteRecording))
            case DestroyBridge():
                return self._destroy_bridge()
            case GiveBack():
                return self._give_back()
            case _:
                raise AssertionError(command)

    def _must(self, possible: bool) -> None:
        if not possible:
            raise NotDone(Failure.REFUSED)

    def _create(self, part: str, event: CallEvent) -> tuple[CallEvent, ...]:
        self._must(part not in self.channels)
        self.channels[part] = Channel(Sight.UP if is_snoop(part) else Sight.DOWN)
        self._tell(part, event)
        return ()

    def _call_agent(self, command: CallAgent) -> tuple[CallEvent, ...]:
        if self.random.random() < self.trouble / 5:
            raise NotDone(Failure.UNAVAILABLE)
        self._must(command.part not in self.channels)
        ends_at = self.now + timedelta(seconds=command.timeout_seconds)
        self.channels[command.part] = Channel(Sight.RINGING, ends_at)
        return ()

    def _record(self, part: str) -> tuple[CallEvent, ...]:
        self._must(snoop(direction_of(part), number_of(part)) in self.channels)
        self.recordings.add(part)
        there = self.random.random() >= self.trouble / 5  # a recording may have no file
        self.files[part] = RawFile(self.now, exists=there)
        self._tell(part, RecordingStarted(self.now, part))
        return ()

    def _open_bridge(self) -> tuple[CallEvent, ...]:
        if self.bridge is None:
            self.bridge = set()
        return (PartFound(self.now, BRIDGE, up=True),)

    def _connect(self, command: Connect) -> Iterator[tuple[CallEvent, ...]]:
        self._must(self.bridge is not None or not command.in_place)
        if self.bridge is None:
            self.bridge = set()
        yield ()
        for part in (command.agent, CUSTOMER):
            self._must(part in self.channels)
            self.bridge.add(part)
        yield ()
        customer = self.channels[CUSTOMER]
        if command.answer:
            self._answer(customer)
        elif customer.sight is Sight.DOWN:
            customer.sight = Sight.DIALLED
            customer.ends_at = self.now + timedelta(seconds=command.ring_seconds)
            self.dials += 1
        yield ()

    def _answer(self, customer: Channel) -> None:
        if customer.sight is not Sight.UP:
            customer.sight = Sight.UP
            self._tell(CUSTOMER, Answered(self.now))
        self.answers_given += 1

    def _say(self) -> tuple[CallEvent, ...]:
        self._must(CUSTOMER in self.channels)
        self._tell("notice", NoticeSaid(self.now, whole=self.random.random() >= self.trouble))
        return ()

    def _give_back(self) -> tuple[CallEvent, ...]:
        self.given_back = self.given_back or CUSTOMER in self.channels
        self.channels.pop(CUSTOMER, None)
        if self.bridge is not None:
            self.bridge.discard(CUSTOMER)
        return (PartAbsent(self.now, CUSTOMER),)

    def _join(self, part: str) -> tuple[CallEvent, ...]:
        self._must(part in self.channels and self.bridge is not None)
        if self.bridge is not None:
            self.bridge.add(part)
        return (LegJoined(self.now, part),)

    def _hang_up(self, part: str, cause: int) -> tuple[CallEvent, ...]:
        if part not in self.channels:
            return (PartAbsent(self.now, part),)
        self.destroy(part, cause)
        return ()

    def _stop(self, part: str) -> tuple[CallEvent, ...]:
        if part not in self.recordings:
            return (PartAbsent(self.now, part),)
        self.end_recording(part)
        return ()

    def _mute(self, part: str, muted: bool) -> tuple[CallEvent, ...]:
        if part not in self.recordings:
            return (PartAbsent(self.now, part),)
        (self.muted.add if muted else self.muted.discard)(part)
        return (RecordingMuted(self.now, part) if muted else RecordingUnmuted(self.now, part),)

    def _destroy_bridge(self) -> tuple[CallEvent, ...]:
        if self.bridge is None:
            return (PartAbsent(self.now, BRIDGE),)
        self.bridge = None
        self._tell(BRIDGE, BridgeGone(self.now))
        return (BridgeGone(self.now),)

    def _look_up(self, part: str) -> tuple[CallEvent, ...]:
        if part not in self.left():
            return (PartAbsent(self.now, part),)
        up = part not in self.channels or self.channels[part].sight is Sight.UP
        return (PartFound(self.now, part, up=up),)

    def release(self, part: str) -> None:
        """Destroy what belongs to no live call."""
        if part == BRIDGE:
            self._destroy_bridge()
        elif is_recorder(part):
            self._stop(part)
        else:
            self._hang_up(part, 16)

    def agents(self, sight: Sight) -> list[str]:
        return sorted(part for part, channel in self.channels.items() if is_agent(part) and channel.sight is sight)
