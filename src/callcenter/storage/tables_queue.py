"""Tables of the queue: agents, customers, plans and their policies, callbacks and what supervisors decided of them."""

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text

from callcenter.domain.people import CallbackState, Channel, PhoneChoice, PlanState, VisitType
from callcenter.domain.plans.life import PlanDeed
from callcenter.domain.visits.exhaustion import DecisionKind
from callcenter.storage.columns import Instant, Word
from callcenter.storage.table_base import Serial, metadata, must

QUEUED = "state IN ('waiting', 'handed_out')"
"""Callbacks that may be handed out; written as in the queue's index, which serves no other spelling."""

READY = "state = 'waiting' AND not_before IS NULL"
"""Callbacks that are handed out when their turn comes; those whose not_before has come are made such."""

PARKED = "state = 'waiting' AND not_before IS NOT NULL"
"""Callbacks that were put off."""

PARKED_APPOINTMENT = f"{PARKED} AND appointment_at IS NOT NULL"
"""Those whose customers expect a call at a time."""

HANDED_OUT = "state = 'handed_out'"
"""Callbacks whose lease may run out."""
WANTED = "state = 'exhausted' AND number_wanted_until IS NOT NULL"
"""Callbacks that wait for a new number."""

LEASED = "leased_to IS NOT NULL"
"""Callbacks that an agent has."""

STOPPED = "state IN ('exhausted', 'closed')"
"""Callbacks that nobody dials until a supervisor decides, or because one did."""


agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    must("staff_number", Text),
    must("name", Text),
    must("department", Text),
    must("endpoint", Text),
    Column("phone", Word(PhoneChoice), nullable=False, server_default=text("'desk'")),
    UniqueConstraint("staff_number"),
)

customers = Table(
    "customers",
    metadata,
    Column("id", Text, primary_key=True),
    must("name", Text),
    must("organisation", Text),
    must("numbers", sa.JSON),
    must("zone", Text),
    must("language", Text),
    must("manager", Text),
    must("department", Text),
    Column("customer_class", Text, nullable=False, server_default=text("''")),
    Column("dislikes_calls", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("own_hours", Text, nullable=False, server_default=text("''")),
    Column("key_customer", sa.Boolean, nullable=False, server_default=sa.false()),
    *(Column(name, Text, nullable=False, server_default=text("''")) for name in ("job_title", "product", "needs")),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Text, primary_key=True),
    must("name", Text),
    must("purpose", Text),
    must("visit_type", Word(VisitType)),
    must("channel", Word(Channel)),
    must("policy", Text),
    must("zone", Text),
    must("trunk", Text),
    must("state", Word(PlanState)),
    Column("content", Text, nullable=False, server_default=text("''")),
    Column("other_channels", sa.JSON),
    Column("starts_on", sa.Date),
    Column("ends_on", sa.Date),
    Column("whom", Text, nullable=False, server_default=text("''")),
    Column("lists", sa.JSON),
    Column("agent_ids", sa.JSON),
    Column("departments", sa.JSON),
    Column("submitted_by", Text, nullable=False, server_default=text("''")),
    Column("needs_approval", sa.Boolean, nullable=False, server_default=sa.false()),
    Column("version", sa.Integer, nullable=False, server_default="1"),
    Column("script", Text, nullable=False, server_default=text("''")),
)

plan_steps = Table(
    "plan_steps",
    metadata,
    Column("id", Serial, primary_key=True),
    must("plan_id", Text, ForeignKey("plans.id")),
    must("at", Instant),
    must("who", Text),
    must("login", Text),
    must("deed", Word(PlanDeed)),
    Column("before", Word(PlanState)),
    must("after", Word(PlanState)),
    must("reason", Text),
    must("version", sa.Integer),
    must("detail", sa.JSON),
    Index("ix_plan_steps_plan_id", "plan_id"),
)

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Text, primary_key=True),
    must("plan_id", Text, ForeignKey("plans.id")),
    must("customer_id", Text, ForeignKey("customers.id")),
    must("purpose", Text),
    must("visit_type", Word(VisitType)),
    must("state", Word(CallbackState)),
    must("due_at", Instant),
    must("priority", sa.Integer),
    must("round", sa.Integer),
    must("created_at", Instant),
    Column("not_before", Instant),
    Column("leased_to", Text),
    Column("leased_until", Instant),
    Column("exhausted_reason", Text),
    must("version", sa.Integer),
    Column("appointment_at", Instant),
    Column("trigger", Text, nullable=False, server_default=text("''")),
    Column("triggered_at", Instant),
    Column("follows", Text),
    Column("number_wanted_until", Instant),
    Column("clock", Text, nullable=False, server_default=text("''")),
    Column("put_off_by", Text),
    Column("side", Text, nullable=False, server_default=text("''")),
    Column("rang_back_at", Instant),
    Column("not_by", Text, nullable=False, server_default=text("''")),
    CheckConstraint("priority BETWEEN 0 AND 9", name="priority"),
    CheckConstraint("round >= 1", name="round"),
    # A callback that is handed out comes back by itself, and only such a one.
    CheckConstraint("(state = 'handed_out') = (leased_until IS NOT NULL)", name="lease"),
    CheckConstraint("state <> 'handed_out' OR leased_to IS NOT NULL", name="lease_owner"),
    Index("ix_callbacks_plan_id_due_at", "plan_id", "due_at"),
    Index("ix_callbacks_customer_id", "customer_id"),
)

lines = Table(
    "lines",
    metadata,
    Column("plan_id", Text, ForeignKey("plans.id"), primary_key=True),
    Column("clock", Text, primary_key=True),
)
"""The queue's lines: callbacks of one plan whose customers have one clock are open and closed together. A line stays,
though nobody stands in it any more.
"""

sides = Table(
    "sides",
    metadata,
    Column("plan_id", Text, ForeignKey("plans.id"), primary_key=True),
    Column("clock", Text, primary_key=True),
    Column("side", Text, primary_key=True),
    must("manager", Text),
    must("department", Text),
)
"""Whose customers stand in each line. A side stays, though nobody of it stands there any more."""

replans = Table(
    "replans",
    metadata,
    Column("plan_id", Text, ForeignKey("plans.id"), primary_key=True),
    must("policy", Text),
    must("version", sa.Integer),
    must("started_at", Instant),
    must("after", Text),
    must("seen", sa.Integer),
    must("moved", sa.Integer),
    Column("ended_at", Instant),
)

# Each line in the order in which it is handed out: its first is found at once, however long it is.
Index(
    "ix_callbacks_ready",
    callbacks.c.plan_id,
    callbacks.c.clock,
    callbacks.c.due_at,
    callbacks.c.priority.desc(),
    callbacks.c.created_at,
    callbacks.c.id,
    sqlite_where=text(READY),
    postgresql_where=text(READY),
)

Index(
    "ix_callbacks_appointments",
    callbacks.c.appointment_at,
    callbacks.c.due_at,
    callbacks.c.priority.desc(),
    callbacks.c.created_at,
    callbacks.c.id,
    sqlite_where=text(f"{READY} AND appointment_at IS NOT NULL"),
    postgresql_where=text(f"{READY} AND appointment_at IS NOT NULL"),
)

# Of each side in a line the same, for who is kept from some of them.
Index(
    "ix_callbacks_sides",
    callbacks.c.plan_id,
    callbacks.c.clock,
    callbacks.c.side,
    callbacks.c.due_at,
    callbacks.c.priority.desc(),
    callbacks.c.created_at,
    callbacks.c.id,
    sqlite_where=text(READY),
    postgresql_where=text(READY),
)

# Of those whose time comes at one instant the first in the queue's order are found first.
Index(
    "ix_callbacks_wakes",
    callbacks.c.not_before,
    callbacks.c.due_at,
    callbacks.c.priority.desc(),
    callbacks.c.created_at,
    callbacks.c.id,
    sqlite_where=text(PARKED),
    postgresql_where=text(PARKED),
)
Index(
    "ix_callbacks_wakes_appointments",
    callbacks.c.not_before,
    sqlite_where=text(PARKED_APPOINTMENT),
    postgresql_where=text(PARKED_APPOINTMENT),
)
Index(
    "ix_callbacks_rang_back",
    callbacks.c.rang_back_at,
    sqlite_where=text(f"{READY} AND rang_back_at IS NOT NULL"),
    postgresql_where=text(f"{READY} AND rang_back_at IS NOT NULL"),
)

Index("ix_callbacks_leases", callbacks.c.leased_until, sqlite_where=text(HANDED_OUT), postgresql_where=text(HANDED_OUT))

Index(
    "ix_callbacks_parked",
    callbacks.c.plan_id,
    callbacks.c.id,
    sqlite_where=text(PARKED),
    postgresql_where=text(PARKED),
)

Index(
    "ix_callbacks_stopped",
    callbacks.c.state,
    callbacks.c.due_at,
    callbacks.c.id,
    sqlite_where=text(STOPPED),
    postgresql_where=text(STOPPED),
)

Index(
    "ix_callbacks_number_wanted",
    callbacks.c.number_wanted_until,
    callbacks.c.id,
    sqlite_where=text(WANTED),
    postgresql_where=text(WANTED),
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", Serial, primary_key=True),
    must("callback_id", Text, ForeignKey("callbacks.id")),
    must("at", Instant),
    must("who", Text),
    must("login", Text),
    must("kind", Word(DecisionKind)),
    must("reason", Text),
    must("note", Text),
    must("round", sa.Integer),
    must("exhausted_reason", Text),
    Column("not_before", Instant),
    Index("ix_decisions_callback_id", "callback_id"),
)

Index(
    "ix_callbacks_listed",
    callbacks.c.due_at,
    callbacks.c.priority.desc(),
    callbacks.c.created_at,
    callbacks.c.id,
)
# After each visit of a series comes one: whoever would add a second finds it there.
Index("uq_callbacks_follows", callbacks.c.follows, unique=True)
Index("ix_callbacks_created_at_id", callbacks.c.created_at, callbacks.c.id)
# The rest lets them be counted without touching their rows.
Index("ix_callbacks_counted", callbacks.c.plan_id, callbacks.c.state, callbacks.c.due_at, callbacks.c.leased_to)
Index(
    "ix_callbacks_leased_to",
    callbacks.c.leased_to,
    sqlite_where=text(LEASED),
    postgresql_where=text(LEASED),
)

policies = Table(
    "policies",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", sa.Integer, primary_key=True),
    must("effective_from", sa.Date),
    must("body", sa.JSON),
    Column("text", Text),
)

closing_days = Table(
    "closing_days",
    metadata,
    Column("day", sa.Date, primary_key=True),
    must("name", Text),
    must("who", Text),
    must("login", Text),
    must("at", Instant),
)
