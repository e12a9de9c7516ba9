"""Waiting callbacks, in groups of which the rules ask the same, and those that were dialled before."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class GroupKey:
    """What the rules ask of a waiting callback beside its dials. clock: of the line it stands in, see `handing_out`.
    leased, ahead: an agent has it, its `not_before` has not come. tried: it was dialled in this round. head: how its
    numbers begin.
    """

    plan_id: str
    state: CallbackState
    clock: str
    leased: bool
    ahead: bool
    tried: bool
    head: str


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """count: at least 1. not_before, leased_until: the earliest among them, UTC."""

    key: GroupKey
    count: int
    not_before: datetime | None
    leased_until: datetime | None


@dataclass(frozen=True, slots=True)
class UntriedGroup:
    """Waiting callbacks that were not dialled in this round and that no rule about time tells apart. number: that of
    one of them.
    """

    plan_id: str
    zone: str
    not_before: datetime | None
    appointment_at: datetime | None
    number: PhoneNumber | None
    count: int


@dataclass(frozen=True, slots=True)
class RemainingGroup:
    """Callbacks of a plan that are still to be made and whose customers have one clock. zone: that of their records,
    empty for none. number: that of one of them; None where the zone alone tells.
    """

    zone: str
    number: PhoneNumber | None
    count: int


@dataclass(frozen=True, slots=True)
class DialledCase:
    """attempts: all of the callback, the oldest first."""

    case: Case
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a simulation would read: dials since then, and waiting callbacks."""

    dials: int
    waiting: int
