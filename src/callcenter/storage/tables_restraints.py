"""Tables of who must not be called: what customers said, and blocklists of numbers."""

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, text

from callcenter.domain.gate.exclusions import ExclusionKind
from callcenter.domain.intake.blocklists import LoadState, Owner
from callcenter.domain.people import CallbackState
from callcenter.storage.columns import Instant, Number, Word
from callcenter.storage.table_base import metadata, must, unique_where
from callcenter.storage.tables_calls import attempts

COUNTED = "outcome IS NULL OR outcome NOT IN ('cancelled', 'not_dialled')"
"""Attempts that caps count: those that go on, and those that were charged."""

LOADING = "uq_blocklist_loads_running"
RUNNING = "state = 'running'"

exclusions = Table(
    "exclusions",
    metadata,
    Column("id", Text, primary_key=True),
    must("customer_id", Text, ForeignKey("customers.id")),
    Column("callback_id", Text, ForeignKey("callbacks.id")),
    must("kind", Word(ExclusionKind)),
    must("channels", sa.JSON),
    Column("number", Number),
    Column("until", Instant),
    must("reason", Text),
    must("signatures", sa.JSON),
    must("document", Text),
    must("at", Instant),
    must("who", Text),
    must("login", Text),
    Column("lifted_at", Instant),
    Column("lifted_who", Text),
    Column("lifted_login", Text),
    Column("lifted_reason", Text),
    CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name="lifted"),
    Index("ix_exclusions_customer_id_at", "customer_id", "at"),
    Index("ix_exclusions_at_id", "at", "id"),
)

blocklists = Table(
    "blocklists",
    metadata,
    Column("name", Text, primary_key=True),
    must("owner", Word(Owner)),
    must("generation", sa.Integer),
    must("numbers", sa.Integer),
    must("replaced_at", Instant),
)

blocked_numbers = Table(
    "blocked_numbers",
    metadata,
    # The number first: by it the gate asks.
    Column("number", Text, primary_key=True),
    Column("list", Text, primary_key=True),
    Column("generation", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

blocklist_loads = Table(
    "blocklist_loads",
    metadata,
    Column("id", Text, primary_key=True),
    must("list", Text),
    must("owner", Word(Owner)),
    must("generation", sa.Integer),
    must("file_name", Text),
    must("sha256", Text),
    must("size_bytes", sa.BigInteger),
    must("position", sa.BigInteger),
    must("who", Text),
    must("login", Text),
    must("state", Word(LoadState)),
    must("started_at", Instant),
    must("seen_at", Instant),
    Column("ended_at", Instant),
    must("rows", sa.Integer),
    must("taken", sa.Integer),
    must("bad", sa.Integer),
    must("before", sa.Integer),
    must("failure", Text),
    must("failure_detail", sa.JSON),
    CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    unique_where(LOADING, "list", RUNNING),
    Index("ix_blocklist_loads_started_at_id", "started_at", "id"),
)

taken_out = Table(
    "taken_out",
    metadata,
    Column("callback_id", Text, ForeignKey("callbacks.id"), primary_key=True),
    must("state", Word(CallbackState)),
    Column("exhausted_reason", Text),
    Column("not_before", Instant),
    Column("appointment_at", Instant),
    must("version", sa.Integer),
)
"""Where callbacks stood that left the queue because of an exclusion; it holds while their row has this version."""

Index(
    "ix_attempts_counted_number",
    attempts.c.number,
    attempts.c.started_at,
    sqlite_where=text(COUNTED),
    postgresql_where=text(COUNTED),
)
Index(
    "ix_attempts_counted_callback_id",
    attempts.c.callback_id,
    attempts.c.started_at,
    sqlite_where=text(COUNTED),
    postgresql_where=text(COUNTED),
)
