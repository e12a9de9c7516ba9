"""What is a call, and what does it wait for? The value that the state machine in `steps.py` moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.calls.words import DeadlineName, number_of
from callcenter.domain.outcomes import EndReason, Outcome, OutcomeRule
from callcenter.domain.recording import Direction, Pause
from callcenter.domain.refusal import Refusal, Rule, Strength

NO_REPLY_SECONDS = 5
"""How much longer than the ring time a network may stay silent before the dial is given up."""
GROWTH_SECONDS = 3
"""The files must have grown this long after the first sign of ringing, or the ring is cancelled."""
FIRST_GROWTH_CHECK_SECONDS = 2.3
"""The switch writes its files in blocks of about two seconds; asking earlier would only see the old size."""
FILE_CHECK_SECONDS = 0.01
"""The switch tells of a recorder's start shortly before its file is there, and the dial waits for it: so long at least
until the next look, and a quarter of the time that it took so far.
"""
TALK_CHECK_SECONDS = 30
STALL_SECONDS = 5
RELEASE_SECONDS = 2
SUSPICION_SECONDS = 1
"""A recorder ends with the leg it listens to, and its end may be told first: so long it is only suspected."""
EMPTY_FILE_BYTES = 44
"""A raw file of this size is a header without sound."""


class CallState(StrEnum):
    NEW = "new"
    AGENT_RINGING = "agent_ringing"
    PREPARING = "preparing"
    DIALLING = "dialling"
    TALKING = "talking"
    ENDING = "ending"
    ENDED = "ended"


class PartState(StrEnum):
    """REQUESTED: asked of the switch, it may or may not be there."""

    REQUESTED = "requested"
    UP = "up"


class Renewal(StrEnum):
    """Of the recorder, after another agent's leg joined: DUE, then UNDER_WAY until the old segment is closed."""

    NONE = ""
    DUE = "due"
    UNDER_WAY = "under_way"


@dataclass(frozen=True, slots=True)
class CallTerms:
    """What was decided when the attempt was made. All durations in seconds.

    ring_seconds: least ring time, counted from the first sign of ringing (C6-55: at least 20, a policy may differ).
    cancel_lock_seconds: so long a cancel needs a reason. outcome_rules: the trunk's own rows of the outcome mapping.
    talk_ends_at: UTC, when a talk ends at the latest; None for no such instant. customer_channel: the switch's own name
    of the channel on which the customer rang in; empty where he is dialled. notice: sounds that tell him of the
    recording once he has answered; none where the policy asks for none. end_unrecorded: a talk whose recording fails
    ends at once, instead of going on with another recorder. pause_seconds: so long the recording may be paused at a
    time; 0: not at all. pauses_most: so often in one talk.
    """

    agent_endpoint: str
    customer_endpoint: str
    caller_id: str = ""
    ring_seconds: int = 20
    cancel_lock_seconds: int = 20
    agent_ring_seconds: int = 30
    agent_grace_seconds: int = 15
    max_talk_seconds: int = 7200
    setup_seconds: int = 5
    outcome_rules: tuple[OutcomeRule, ...] = ()
    talk_ends_at: datetime | None = None
    customer_channel: str = ""
    notice: tuple[str, ...] = ()
    end_unrecorded: bool = False
    pause_seconds: int = 0
    pauses_most: int = 0

    @property
    def incoming(self) -> bool:
        """Did the customer ring in? His channel is there before the call, and outlives one that leads to no talk."""
        return bool(self.customer_channel)


@dataclass(frozen=True, slots=True)
class RecorderLife:
    """One raw file. finished_at is None while it runs, and for ever where the end was not told (ended is True)."""

    started_at: datetime | None = None
    finished_at: datetime | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The live thing that an attempt causes.

    node: the service instance that runs it, and adopts it after a restart. parts: what is, or may be, on the switch;
    empty means that nothing is left there. agent: the agent's leg that is,
    or will be, in the bridge. segment: of the recording, 0 before the first. dial_unknown: the dial may or may not
    have been sent. notice_at: when he had been told of the recording. recorder_failed_at: when, in the talk, a recorder
    was given up. pauses: of the recording, the last one may still last. muted: recorders that are known to write
    silence. All instants UTC.
    """

    attempt_id: str
    terms: CallTerms
    entered_at: datetime
    node: str = ""
    state: CallState = CallState.NEW
    parts: Mapping[str, PartState] = field(default_factory=dict)
    agent: str = ""
    segment: int = 0
    recorders: Mapping[str, RecorderLife] = field(default_factory=dict)
    sizes: tuple[int, int] = (0, 0)
    sizes_at: datetime | None = None
    growth_proven: bool = False
    check_at: datetime | None = None
    suspect: bool = False
    renewal: Renewal = Renewal.NONE
    connect_again: bool = False
    dial_unknown: bool = False
    agent_lost_at: datetime | None = None
    dialled_at: datetime | None = None
    ringing_at: datetime | None = None
    progress_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    hung_up_first: str = ""
    hang_up_reason: str = ""
    cause: int | None = None
    sip: int | None = None
    outcome: Outcome | None = None
    end_reason: EndReason | None = None
    notice_at: datetime | None = None
    recorder_failed_at: tuple[datetime, ...] = ()
    pauses: tuple[Pause, ...] = ()
    muted: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Is its outcome decided? It may still have parts to give back."""
        return self.state in {CallState.ENDING, CallState.ENDED}

    @property
    def first_sign_at(self) -> datetime | None:
        """When ringing or early media was first seen."""
        signs = [at for at in (self.ringing_at, self.progress_at) if at]
        return min(signs, default=None)

    def has(self, part: str) -> bool:
        return part in self.parts

    def recorders_run(self, segment: int) -> bool:
        """Have both recorders of this segment started?"""
        started = [life for life in self.segment_recorders(segment) if life.started_at is not None]
        return len(started) == len(Direction)

    @property
    def recorder_works(self) -> bool:
        """Is everything that is said being written, as far as is known?"""
        ended = any(life.ended for life in self.segment_recorders(self.segment))
        return self.segment > 0 and self.recorders_run(self.segment) and not ended and not self.suspect

    @property
    def pause(self) -> Pause | None:
        """The one that lasts."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].ended_at is None else None

    def segment_recorders(self, segment: int) -> tuple[RecorderLife, ...]:
        return tuple(life for part, life in self.recorders.items() if number_of(part) == segment)


def with_parts(call: Call, state: PartState, *parts: str) -> Call:
    return replace(call, parts={**call.parts, **dict.fromkeys(parts, state)})


def without_parts(call: Call, gone: Iterable[str]) -> Call:
    lost = set(gone)
    return replace(call, parts={part: state for part, state in call.parts.items() if part not in lost})


def _after(at: datetime, seconds: float) -> datetime:
    return at + timedelta(seconds=seconds)


def ring_until(call: Call) -> datetime | None:
    """When ringing may end: the least ring time after the first sign, or a little longer in a silent network."""
    if call.dialled_at is None:
        return None
    if call.first_sign_at is not None:
        return _after(call.first_sign_at, call.terms.ring_seconds)
    return _after(call.entered_at, call.terms.ring_seconds + NO_REPLY_SECONDS)


def deadlines(call: Call) -> dict[DeadlineName, datetime]:
    """The instants at which something follows by itself; derived, so that they survive a restart."""
    terms = call.terms
    waits: dict[DeadlineName, datetime | None] = {}
    match call.state:
        case CallState.AGENT_RINGING:
            waits[DeadlineName.AGENT_RING] = _after(call.entered_at, terms.agent_ring_seconds)
        case CallState.PREPARING:
            waits[DeadlineName.SETUP] = _after(call.entered_at, terms.setup_seconds)
            waits[DeadlineName.CHECK] = call.check_at
        case CallState.DIALLING:
            waits[DeadlineName.RING] = ring_until(call)
            waits[DeadlineName.CHECK] = call.check_at
        case CallState.TALKING:
            longest = _after(call.answered_at or call.entered_at, terms.max_talk_seconds)
            waits[DeadlineName.MAX_TALK] = min(longest, terms.talk_ends_at or longest)
            waits[DeadlineName.PAUSE] = _after(call.pause.began_at, terms.pause_seconds) if call.pause else None
            waits[DeadlineName.CHECK] = call.check_at
        case CallState.ENDING:
            waits[DeadlineName.RELEASE] = call.check_at
        case _:
            pass
    if call.agent_lost_at is not None:
        waits[DeadlineName.AGENT_GRACE] = _after(call.agent_lost_at, terms.agent_grace_seconds)
    return {name: at for name, at in waits.items() if at is not None}


def next_deadline(call: Call) -> tuple[datetime, DeadlineName] | None:
    """The earliest instant at which something follows by itself."""
    return min(((at, name) for name, at in deadlines(call).items()), default=None)


_SEEN_AGAIN = (
    "sizes",
    "sizes_at",
    "growth_proven",
    "check_at",
    "ringing_at",
    "progress_at",
    "connect_again",
    "hung_up_first",
)
"""What a look at the switch and at the recorder's files tells anew, or what is told again by what follows at once."""


def must_be_kept_first(before: Call, after: Call) -> bool:
    """Must this step be in the books before anything follows from it?

    Not before the dial is decided, nor once the end is: what a killed service left on the switch is found there and
    given back. In between, all but what is seen again.
    """
    if after.over:
        return not before.over and after.state is not CallState.ENDED
    if after.state in {CallState.DIALLING, CallState.TALKING}:
        return replace(before, **{name: getattr(after, name) for name in _SEEN_AGAIN}) != after
    return False


def may_hang_up(call: Call, now: datetime, reason: str) -> Refusal | None:
    """May the agent end the call now? While it rings, before the least ring time, only with a reason (C6-55)."""
    if call.over:
        return Refusal(Rule.CALL_NOT_RINGING, detail={"state": call.state})
    if call.state is not CallState.DIALLING or reason.strip():
        return None
    rung_since = call.first_sign_at or call.dialled_at or now
    free_at = _after(rung_since, call.terms.cancel_lock_seconds)
    if now >= free_at:
        return None
    rung = int((now - rung_since).total_seconds())
    return Refusal(
        Rule.RING_TOO_SHORT,
        source="C6-55",
        strength=Strength.OVERRIDE,
        opens_at=free_at,
        detail={"rung": str(rung), "least": str(call.terms.cancel_lock_seconds)},
    )
