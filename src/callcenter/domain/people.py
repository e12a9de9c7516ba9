"""Who is called, why, by whom: customers, plans, callbacks and agents, as the queue holds them."""

from dataclasses import dataclass, field
from datetime import date, datetime
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
    """Where a plan stands (C6-35, N8-04); `plan_life` says which state may follow which."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"


class CallbackState(StrEnum):
    """Where a callback stands. WAITING is the queue; CLOSED is a supervisor's decision."""

    WAITING = "waiting"
    HANDED_OUT = "handed_out"
    CALLING = "calling"
    WRAP_UP = "wrap_up"
    DONE = "done"
    EXHAUSTED = "exhausted"
    CLOSED = "closed"


class PhoneChoice(StrEnum):
    """What rings when an agent dials: the phone on his desk, or the one in his browser."""

    DESK = "desk"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Agent:
    """endpoint: the dial string of the phone on the agent's desk, for example `PJSIP/agent-1001`; empty for none."""

    id: str
    staff_number: str
    name: str
    department: str
    endpoint: str
    phone: PhoneChoice = PhoneChoice.DESK


@dataclass(frozen=True, slots=True)
class Customer:
    """zone: IANA name; empty where the record tells none: see `whereabouts`. manager and department: whose customer it
    is (C6-08). customer_class: the institution's word, on which a cadence depends (GB-10); empty for none.
    dislikes_calls: is called less often (N6-17). own_hours: when the customer likes to be called (N6-19), see
    `own_hours`; empty for no wish. key_customer: 重点客户, who may be called on holidays where a policy says so
    (N6-15). job_title: what the customer is where he works (N1-09). product: what he has of the institution's. needs:
    what is special about him (N1-09).
    """

    id: str
    name: str
    organisation: str
    numbers: tuple[PhoneNumber, ...]
    zone: str
    language: str
    manager: str
    department: str
    customer_class: str = ""
    dislikes_calls: bool = False
    own_hours: str = ""
    key_customer: bool = False
    job_title: str = ""
    product: str = ""
    needs: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign of callbacks, with the elements of a plan (C6-34, YC-03, N1-02): content, method, time, object and
    executors, and its purpose.

    policy: the name of the policy that governs it. zone: IANA name. content: the questionnaire, or what is to be talked
    about. channel and other_channels: the method (C6-37). starts_on, ends_on: local dates in the plan's zone, both
    included; None for no bound. whom: which customers, in words; lists: the lists they come from. agent_ids and
    departments: who carries it out; both empty for whoever is there. submitted_by: id of the account that submitted it
    last, empty for none. needs_approval: nobody has approved it as it stands. version: the row's, named by every
    update. script: the name of the script of its talks; empty for none.
    """

    id: str
    name: str
    purpose: str
    visit_type: VisitType
    channel: Channel
    policy: str
    zone: str
    trunk: str
    state: PlanState
    content: str = ""
    other_channels: tuple[Channel, ...] = ()
    starts_on: date | None = None
    ends_on: date | None = None
    whom: str = ""
    lists: tuple[str, ...] = ()
    agent_ids: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    submitted_by: str = ""
    needs_approval: bool = False
    version: int = 1
    script: str = ""


@dataclass(frozen=True, slots=True)
class Callback:
    """One customer to be followed up for one reason.

    due_at, not_before, appointment_at, leased_until, created_at: UTC instants. appointment_at: when the customer agreed
    to be called (N1-08, N9-06); None without an appointment. priority: 0 (lowest) to 9. round: 1-based series of
    attempts (C9-21). version: the row's, named by every update. trigger: what caused it, such as `signing`, and
    triggered_at when, UTC; empty and None where nobody said. follows: of a series, the callback before it.
    number_wanted_until: UTC; so long one whose round is used up waits for a new number (C9-20, C9-21); None where none
    is wanted. clock, side: see `handing_out`. put_off_by: the rule for which the gate put it off until not_before; None
    where that is not the gate's. rang_back_at: UTC; when the customer rang back and nobody talked with him, until he is
    called or talked with (V4-05); None where he did not. not_by: id of the agent who does not make this visit, since it
    is a second one that looks into the first (C6-48); empty for none.
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
    trigger: str = ""
    triggered_at: datetime | None = None
    follows: str | None = None
    number_wanted_until: datetime | None = None
    clock: str = field(default="", compare=False)
    put_off_by: str | None = field(default=None, compare=False)
    side: str = field(default="", compare=False)
    rang_back_at: datetime | None = field(default=None, compare=False)
    not_by: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A callback with everything a rule may ask about it."""

    callback: Callback
    customer: Customer
    plan: Plan
