"""Who is called, why, by whom: customers, plans, callbacks and agents, as the queue holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.domain.phone import PhoneNumber


class Channel(StrEnum):
    """How a visit is made (C6-18). The visit log prints the channel's Chinese name (N9-04)."""

    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    LETTER = "letter"
    ONSITE = "onsite"


class VisitType(StrEnum):
    """C6-23: routine visits (newly signed, continuing) and special ones."""

    ROUTINE_NEW = "routine_new"
    ROUTINE_CONTINUING = "routine_continuing"
    SPECIAL = "special"


class PlanState(StrEnum):
    DRAFT = "draft"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


PLAN_MOVES: Mapping[PlanState, frozenset[PlanState]] = {
    PlanState.DRAFT: frozenset({PlanState.RUNNING, PlanState.FINISHED}),
    PlanState.RUNNING: frozenset({PlanState.PAUSED, PlanState.FINISHED}),
    PlanState.PAUSED: frozenset({PlanState.RUNNING, PlanState.FINISHED}),
    PlanState.FINISHED: frozenset({PlanState.PAUSED}),
}
"""Which state of a plan may follow which. A plan that was finished too early is taken up again by way of a pause."""


class CallbackState(StrEnum):
    """Where a callback stands. WAITING is the queue; CLOSED is a supervisor's decision."""

    WAITING = "waiting"
    HANDED_OUT = "handed_out"
    CALLING = "calling"
    WRAP_UP = "wrap_up"
    DONE = "done"
    EXHAUSTED = "exhausted"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Agent:
    """endpoint: the dial string of the agent's phone, for example `PJSIP/agent-1001`."""

    id: str
    staff_number: str
    name: str
    department: str
    endpoint: str


@dataclass(frozen=True, slots=True)
class Customer:
    """zone: IANA name; empty where the record tells none: see `whereabouts`. manager and department: whose customer it
    is (C6-08). own_hours: when the customer likes to be called (N6-19), see `own_hours`; empty for no wish.
    key_customer: 重点客户, who may be called on holidays where a policy says so (N6-15).
    """

    id: str
    name: str
    organisation: str
    numbers: tuple[PhoneNumber, ...]
    zone: str
    language: str
    manager: str
    department: str
    own_hours: str = ""
    key_customer: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign of callbacks (C6-34). policy: the name of the policy that governs it."""

    id: str
    name: str
    purpose: str
    visit_type: VisitType
    channel: Channel
    policy: str
    zone: str
    trunk: str
    state: PlanState


@dataclass(frozen=True, slots=True)
class Callback:
    """One customer to be followed up for one reason.

    due_at, not_before, appointment_at, leased_until, created_at: UTC instants. appointment_at: when the customer agreed
    to be called (N1-08, N9-06); None without an appointment. priority: 0 (lowest) to 9.
    round: 1-based series of attempts (C9-21). version: the row's, named by every update.
    """

    id: str
    plan_id: str
    customer_id: str
    purpose: str
    visit_type: VisitType
    state: CallbackState
    due_at: datetime
    priority: int
    round: int
    created_at: datetime
    not_before: datetime | None = None
    leased_to: str | None = None
    leased_until: datetime | None = None
    exhausted_reason: str | None = None
    appointment_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Case:
    """A callback with everything a rule may ask about it."""

    callback: Callback
    customer: Customer
    plan: Plan
