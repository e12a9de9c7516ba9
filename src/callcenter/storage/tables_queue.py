"""Tables of the queue: agents, customers, plans and their policies, callbacks and what supervisors decided of them."""

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text

from callcenter.domain.exhaustion import DecisionKind
from callcenter.domain.people import CallbackState, Channel, PlanState, VisitType
from callcenter.storage.columns import Instant, Word
from callcenter.storage.table_base import Serial, metadata, must

QUEUED = "state IN ('waiting', 'handed_out')"
"""Callbacks that may be handed out; written as in the queue's index, which serves no other spelling."""

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
    Column("own_hours", Text, nullable=False, server_default=text("''")),
    Column("key_customer", sa.Boolean, nullable=False, server_default=sa.false()),
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
    CheckConstraint("priority BETWEEN 0 AND 9", name="priority"),
    CheckConstraint("round >= 1", name="round"),
    # A callback that is handed out comes back by itself, and only such a one.
    CheckConstraint("(state = 'handed_out') = (leased_until IS NOT NULL)", name="lease"),
    CheckConstraint("state <> 'handed_out' OR leased_to IS NOT NULL", name="lease_owner"),
    Index("ix_callbacks_plan_id_due_at", "plan_id", "due_at"),
    Index("ix_callbacks_customer_id", "customer_id"),
)

Index(
    "ix_callbacks_queue",
    callbacks.c.due_at,
    callbacks.c.priority.desc(),
    callbacks.c.created_at,
    callbacks.c.id,
    # The rest lets the walk skip what is not to be handed out yet without touching its row.
    callbacks.c.not_before,
    callbacks.c.leased_until,
    callbacks.c.plan_id,
    callbacks.c.state,
    sqlite_where=text(QUEUED),
    postgresql_where=text(QUEUED),
)

Index(
    "ix_callbacks_stopped",
    callbacks.c.state,
    callbacks.c.due_at,
    callbacks.c.id,
    sqlite_where=text(STOPPED),
    postgresql_where=text(STOPPED),
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
