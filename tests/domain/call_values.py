"""Calls in every state, told by their story; and every event that there is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import get_args

from callcenter.domain.calls.call import Call, CallState, CallTerms, next_deadline
from callcenter.domain.calls.steps import IllegalTransition, step
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentJoinAsked,
    AgentPhoneBack,
    AgentPhoneLost,
    AgentUp,
    Answered,
    BridgeGone,
    CallAgent,
    CallEvent,
    CheckRecorder,
    Command,
    CommandFailed,
    Connect,
    CreateCustomer,
    CreateSnoop,
    CustomerCreated,
    DeadlineName,
    DeadlinePassed,
    Failure,
    GiveBack,
    HangUp,
    HangUpAsked,
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
    PauseAsked,
    Progress,
    RecorderSeen,
    RecordingFailed,
    RecordingFinished,
    RecordingMuted,
    RecordingStarted,
    RecordingUnmuted,
    ResumeAsked,
    Ringing,
    SayNotice,
    Sight,
    SnoopUp,
    Started,
    StartRecording,
    Surveyed,
    SwitchLost,
    UnmuteRecording,
)

BEGIN = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
TERMS = CallTerms("PJSIP/agent-1001", "PJSIP/13800000001@trunk", caller_id="4001", pause_seconds=60, pauses_most=2)
INCOMING = replace(TERMS, customer_channel="switch-1.7", cancel_lock_seconds=0)
EVENT_TYPES: tuple[type[CallEvent], ...] = get_args(CallEvent)
EMPTY = 44
RUNNING = {"si1": Sight.UP, "so1": Sight.UP, "ri1": Sight.UP, "ro1": Sight.UP}
"""The recorder of the first segment, as a survey finds it."""


def at(seconds: float) -> datetime:
    """So long after the call began."""
    return BEGIN + timedelta(seconds=seconds)


class Story:
    """One call, and the commands of its last step."""

    def __init__(self, terms: CallTerms = TERMS) -> None:
        self.call = Call("attempt", terms, BEGIN)
        self.commands: tuple[Command, ...] = ()

    def tell(self, *events: CallEvent) -> tuple[Command, ...]:
        """The commands of the last of these events."""
        for event in events:
            self.call, self.commands = step(self.call, event)
        return self.commands

    def pass_until(self, seconds: float) -> list[DeadlineName]:
        """Every deadline up to and at this time passes, on the instant; which they were."""
        passed: list[DeadlineName] = []
        while (due := next_deadline(self.call)) is not None and due[0] <= at(seconds):
            passed.append(due[1])
            self.tell(DeadlinePassed(due[0], due[1]))
        return passed

    def see(self, seconds: float, in_bytes: int | None, out_bytes: int | None) -> tuple[Command, ...]:
        return self.tell(RecorderSeen(at(seconds), max(self.call.segment, 1), in_bytes, out_bytes))

    # --- chapters; each begins where the one before it ends ---------------------------------------------------

    def agent_rings(self) -> "Story":
        self.tell(Started(at(0)))
        return self

    def prepares(self) -> "Story":
        self.agent_rings().tell(AgentUp(at(1), "a1"))
        return self

    def prepares_for_waiting(self) -> "Story":
        """A customer rang in, and the agent he is offered to has picked up."""
        self.tell(Started(at(0)), PartFound(at(0), CUSTOMER, up=False), AgentUp(at(1), "a1"))
        return self

    def answers_waiting(self) -> "Story":
        """At second 1; both recorders run."""
        self.prepares_for_waiting().tell(SnoopUp(at(1), "si1"), SnoopUp(at(1), "so1"))
        self.tell(RecordingStarted(at(1), "ri1"), RecordingStarted(at(1), "ro1"))
        self.see(1, EMPTY, EMPTY)
        return self

    def records(self) -> "Story":
        """Both recorders have started; their files are not seen yet."""
        self.prepares().tell(CustomerCreated(at(1)), SnoopUp(at(1), "si1"), SnoopUp(at(1), "so1"))
        self.tell(RecordingStarted(at(1), "ri1"), RecordingStarted(at(1), "ro1"))
        return self

    def dials(self) -> "Story":
        """At second 1."""
        self.records().see(1, EMPTY, EMPTY)
        return self

    def rings(self) -> "Story":
        """From second 2, with a recorder that is known to grow."""
        self.dials().tell(Ringing(at(2)))
        self.see(2, EMPTY, EMPTY)
        self.tell(DeadlinePassed(at(4.3), DeadlineName.CHECK))
        self.see(4.3, 32044, 32044)
        return self

    def talks(self) -> "Story":
        """From second 10."""
        self.rings().tell(Answered(at(10)))
        return self

    def is_ending(self) -> "Story":
        """The customer hung up at second 40; nothing is given back yet."""
        self.talks().tell(HangupRequested(at(40), CUSTOMER), LegGone(at(40), CUSTOMER, 16))
        return self

    def has_ended(self) -> "Story":
        self.is_ending().tell(RecordingFinished(at(40), "ri1"), RecordingFinished(at(40), "ro1"))
        self.tell(*(LegGone(at(40), part) for part in ("si1", "so1", "a1")), BridgeGone(at(40)))
        return self


CHAPTERS: Mapping[CallState, Callable[[], Story]] = {
    CallState.NEW: Story,
    CallState.AGENT_RINGING: lambda: Story().agent_rings(),
    CallState.PREPARING: lambda: Story().prepares(),
    CallState.DIALLING: lambda: Story().dials(),
    CallState.TALKING: lambda: Story().talks(),
    CallState.ENDING: lambda: Story().is_ending(),
    CallState.ENDED: lambda: Story().has_ended(),
}

WAITING_CHAPTERS: Mapping[CallState, Callable[[], Story]] = {
    CallState.NEW: lambda: Story(INCOMING),
    CallState.AGENT_RINGING: lambda: Story(INCOMING).agent_rings(),
    CallState.PREPARING: lambda: Story(INCOMING).prepares_for_waiting(),
    CallState.DIALLING: lambda: Story(INCOMING).answers_waiting(),
}
"""Of a customer who rang in; what follows is as of any other."""

LEGS = ("a1", "a2", "a3")
SNOOPS = ("si1", "so1", "si2", "so2")
RECORDERS = ("ri1", "ro1", "ri2", "ro2")
PARTS = (CUSTOMER, BRIDGE, *LEGS, *SNOOPS, *RECORDERS)
COMMANDS: tuple[Command, ...] = (
    *(CallAgent(part, "PJSIP/agent-1001", 30) for part in LEGS),
    CreateCustomer("PJSIP/13800000001@trunk", ""),
    *map(CreateSnoop, SNOOPS),
    *map(StartRecording, RECORDERS),
    MuteRecording("ri1"),
    UnmuteRecording("ri1"),
    OpenBridge(),
    Connect("a1", 50),
    Connect("a1", 50, answer=True),
    GiveBack(),
    SayNotice(("sound:beep",)),
    *map(JoinBridge, LEGS),
    *(HangUp(part) for part in (CUSTOMER, *LEGS, *SNOOPS)),
    LookUp(CUSTOMER),
    CheckRecorder(1),
    CheckRecorder(2),
)


def all_events(now: datetime) -> Iterator[CallEvent]:
    """At least one of every kind and every part, surveys aside."""
    yield from (Started(now), HangUpAsked(now, "wrong number"), AgentJoinAsked(now, "PJSIP/agent-1002"))
    yield from (PauseAsked(now, "agent", "card number"), ResumeAsked(now))
    yield from (RecordingMuted(now, part) for part in RECORDERS[:2])
    yield from (RecordingUnmuted(now, part) for part in RECORDERS[:2])
    yield from (CustomerCreated(now), Ringing(now), Progress(now), Answered(now), BridgeGone(now))
    yield from (AgentPhoneLost(now), AgentPhoneBack(now), SwitchLost(now))
    yield from (NoticeSaid(now, whole=True), NoticeSaid(now, whole=False))
    yield from (DeadlinePassed(now, name) for name in DeadlineName)
    yield from (AgentUp(now, part) for part in LEGS)
    yield from (LegJoined(now, part) for part in LEGS)
    yield from (HangupRequested(now, part) for part in (CUSTOMER, *LEGS))
    yield from (SnoopUp(now, part) for part in SNOOPS)
    yield from (RecordingStarted(now, part) for part in RECORDERS)
    yield from (RecordingFinished(now, part) for part in RECORDERS)
    yield from (RecordingFailed(now, part, "full") for part in RECORDERS)
    for cause in (16, 17, 44):
        yield from (LegGone(now, part, cause) for part in (CUSTOMER, *LEGS, *SNOOPS))
    for part in PARTS:
        yield from (PartAbsent(now, part), PartFound(now, part, up=True), PartFound(now, part, up=False))
    for segment in (1, 2):
        for size in (None, 44, 40000, 400000):
            yield RecorderSeen(now, segment, size, size)
    for command in COMMANDS:
        yield from (CommandFailed(now, command, failure) for failure in Failure)


EVENTS = tuple(all_events(BEGIN))


def random_event(now: datetime, random: Random) -> CallEvent:
    if random.random() < 0.05:
        found = {part: Sight.UP for part in PARTS if random.random() < 0.6}
        if random.random() < 0.6:
            found[CUSTOMER] = random.choice(tuple(Sight))
        found |= {leg: random.choice((Sight.RINGING, Sight.UP)) for leg in found if leg in LEGS}
        return Surveyed(now, found if random.random() < 0.8 else {})
    return replace(random.choice(EVENTS), at=now)


Transition = tuple[CallState, type[CallEvent], CallState]


def seen_transitions(story: Story, steps: int, random: Random) -> Iterator[Transition]:
    """What any events at all lead to, possible or not on a real switch."""
    now = BEGIN + timedelta(seconds=60)
    for _ in range(steps):
        due = next_deadline(story.call)
        now += timedelta(seconds=random.choice((0.1, 1, 6)))
        event = random_event(now, random)
        if due is not None and random.random() < 0.1:
            event = DeadlinePassed(max(now, due[0]), due[1])
        before = story.call.state
        try:
            story.tell(event)
        except IllegalTransition:
            continue
        yield before, type(event), story.call.state
