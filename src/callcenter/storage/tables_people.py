"""Tables of the people at work and of what they did: accounts, sessions, audit, imports."""

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from callcenter.domain.access import SessionKind
from callcenter.domain.audit import Action
from callcenter.domain.duty import BreakReason
from callcenter.domain.intake.problems import FileProblem, Problem
from callcenter.domain.intake.row import ImportState
from callcenter.storage.columns import Instant, Word
from callcenter.storage.table_base import Serial, metadata, must, unique_where

ON_BREAK = "ended_at IS NULL"
"""Breaks that last."""

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    must("login", Text),
    must("name", Text),
    must("roles", sa.JSON),
    Column("agent_id", Text, ForeignKey("agents.id")),
    must("language", Text),
    must("password_hash", Text),
    must("created_at", Instant),
    Column("disabled_at", Instant),
    must("version", sa.Integer),
    UniqueConstraint("login"),
    UniqueConstraint("agent_id"),
    CheckConstraint("login = lower(login)", name="login"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    must("digest", Text),
    must("account_id", Text, ForeignKey("accounts.id")),
    must("kind", Word(SessionKind)),
    must("label", Text),
    must("created_at", Instant),
    must("last_used_at", Instant),
    must("expires_at", Instant),
    UniqueConstraint("digest"),
    Index("ix_sessions_account_id", "account_id"),
)

breaks = Table(
    "breaks",
    metadata,
    Column("id", Serial, primary_key=True),
    must("agent_id", Text, ForeignKey("agents.id")),
    must("reason", Word(BreakReason)),
    must("note", Text),
    must("began_at", Instant),
    Column("ended_at", Instant),
    unique_where("uq_breaks_now", "agent_id", ON_BREAK),
    Index("ix_breaks_ended_at", "ended_at"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
    must("at", Instant),
    must("action", Word(Action)),
    must("who", Text),
    must("login", Text),
    must("on_kind", Text),
    must("on_id", Text),
    must("detail", sa.JSON),
    must("address", Text),
    must("previous", Text),
    must("hash", Text),
    Index("ix_audit_at", "at"),
    Index("ix_audit_on_kind_on_id", "on_kind", "on_id"),
    Index("ix_audit_who", "who"),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    must("plan_id", Text, ForeignKey("plans.id")),
    must("file_name", Text),
    must("sha256", Text),
    must("size_bytes", sa.BigInteger),
    must("sheet", Text),
    must("by", Text),
    must("state", Word(ImportState)),
    must("started_at", Instant),
    must("seen_at", Instant),
    Column("ended_at", Instant),
    must("headings", sa.JSON),
    must("columns", sa.JSON),
    must("unread", sa.JSON),
    must("row_count", sa.Integer),
    must("new_count", sa.Integer),
    must("known_count", sa.Integer),
    must("bad_count", sa.Integer),
    must("remark_count", sa.Integer),
    Column("failure", Word(FileProblem)),
    must("failure_detail", sa.JSON),
    CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
    CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    Index("ix_imports_started_at", "started_at"),
    Index("ix_imports_plan_id", "plan_id"),
)

import_problems = Table(
    "import_problems",
    metadata,
    Column("id", Serial, primary_key=True),
    must("import_id", Text, ForeignKey("imports.id")),
    must("line", sa.Integer),
    must("column", Text),
    must("problem", Word(Problem)),
    must("detail", sa.JSON),
    must("cells", sa.JSON),
    Index("ix_import_problems_import_id", "import_id"),
)

keys = Table(
    "keys",
    metadata,
    Column("name", Text, primary_key=True),
    must("value", sa.LargeBinary),
)
