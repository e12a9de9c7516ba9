"""What does the database keep? Every table, with the constraints and indexes that its rules stand on."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table, Text, UniqueConstraint, text
from sqlalchemy.types import TypeEngine

from callcenter.domain.access import SessionKind
from callcenter.domain.audit import Action
from callcenter.domain.exhaustion import DecisionKind
from callcenter.domain.intake import ImportState
from callcenter.domain.intake_problems import FileProblem, Problem
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState, Channel, PlanState, VisitType
from callcenter.domain.recording import AudioFormat, MissingReason, RecordingState
from callcenter.storage.columns import Instant, Number, Word

QUEUED = "state IN ('waiting', 'handed_out')"
"""Callbacks that may be handed out; written as in the queue's index, which serves no other spelling."""

LEASED = "leased_to IS NOT NULL"
"""Callbacks that an agent has."""

LIVE = "outcome IS NULL"
"""Attempts whose call is not over."""

UNFINISHED = "state IN ('requested', 'started', 'stopped', 'stored')"
"""Recordings that are neither verified nor missing."""

MISSING = "state = 'missing'"
"""Recordings that are not there, with the reason."""

OPEN = "closed_at IS NULL"
"""Visit logs that wait for their agent."""

STOPPED = "state IN ('exhausted', 'closed')"
"""Callbacks that nobody dials until a supervisor decides, or because one did."""

LIVE_CALLBACK = "uq_attempts_live_callback"
LIVE_NUMBER = "uq_attempts_live_number"
LIVE_AGENT = "uq_attempts_live_agent"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _must(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], *rest: ForeignKey) -> Column[Any]:
    return Column(name, kind, *rest, nullable=False)


def _unique_where(name: str, column: str, where: str) -> Index:
    return Index(name, column, unique=True, sqlite_where=text(where), postgresql_where=text(where))


agents = Table(
    "agents",
    metadata,
    Column("id", Text, primary_key=True),
    _must("staff_number", Text),
    _must("name", Text),
    _must("department", Text),
    _must("endpoint", Text),
    UniqueConstraint("staff_number"),
)

customers = Table(
    "customers",
    metadata,
    Column("id", Text, primary_key=True),
    _must("name", Text),
    _must("organisation", Text),
    _must("numbers", sa.JSON),
    _must("zone", Text),
    _must("language", Text),
    _must("manager", Text),
    _must("department", Text),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Text, primary_key=True),
    _must("name", Text),
    _must("purpose", Text),
    _must("visit_type", Word(VisitType)),
    _must("channel", Word(Channel)),
    _must("policy", Text),
    _must("zone", Text),
    _must("trunk", Text),
    _must("state", Word(PlanState)),
)

callbacks = Table(
    "callbacks",
    metadata,
    Column("id", Text, primary_key=True),
    _must("plan_id", Text, ForeignKey("plans.id")),
    _must("customer_id", Text, ForeignKey("customers.id")),
    _must("purpose", Text),
    _must("visit_type", Word(VisitType)),
    _must("state", Word(CallbackState)),
    _must("due_at", Instant),
    _must("priority", sa.Integer),
    _must("round", sa.Integer),
    _must("created_at", Instant),
    Column("not_before", Instant),
    Column("leased_to", Text),
    Column("leased_until", Instant),
    Column("exhausted_reason", Text),
    _must("version", sa.Integer),
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
    Column("id", _Serial, primary_key=True),
    _must("callback_id", Text, ForeignKey("callbacks.id")),
    _must("at", Instant),
    _must("who", Text),
    _must("login", Text),
    _must("kind", Word(DecisionKind)),
    _must("reason", Text),
    _must("note", Text),
    _must("round", sa.Integer),
    _must("exhausted_reason", Text),
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

attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    _must("callback_id", Text, ForeignKey("callbacks.id")),
    _must("agent_id", Text, ForeignKey("agents.id")),
    _must("number", Number),
    _must("round", sa.Integer),
    _must("ordinal", sa.Integer),
    _must("slot", Text),
    _must("policy", Text),
    _must("policy_version", sa.Integer),
    _must("started_at", Instant),
    Column("ended_at", Instant),
    Column("outcome", Word(Outcome)),
    Column("end_reason", Word(EndReason)),
    _must("call", sa.JSON),
    UniqueConstraint("callback_id", "ordinal"),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
    _unique_where(LIVE_CALLBACK, "callback_id", LIVE),
    _unique_where(LIVE_NUMBER, "number", LIVE),
    _unique_where(LIVE_AGENT, "agent_id", LIVE),
    Index("ix_attempts_started_at_id", "started_at", "id"),
    Index("ix_attempts_agent_id_started_at_id", "agent_id", "started_at", "id"),
)

dial_requests = Table(
    "dial_requests",
    metadata,
    Column("key", Text, primary_key=True),
    _must("attempt_id", Text, ForeignKey("attempts.id")),
)

journal = Table(
    "journal",
    metadata,
    Column("id", _Serial, primary_key=True),
    _must("attempt_id", Text, ForeignKey("attempts.id")),
    _must("at", Instant),
    _must("event", Text),
    _must("detail", sa.JSON),
    Index("ix_journal_attempt_id", "attempt_id"),
)

recordings = Table(
    "recordings",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), primary_key=True),
    _must("state", Word(RecordingState)),
    Column("reason", Word(MissingReason)),
    Column("keep_until", Instant),
    Column("path", Text),
    Column("format", Word(AudioFormat)),
    Column("sha256", Text),
    Column("size_bytes", sa.BigInteger),
    Column("duration_ms", sa.BigInteger),
    Column("sample_rate", sa.Integer),
    Column("started_at", Instant),
    Column("left_levels", sa.JSON(none_as_null=True)),
    Column("right_levels", sa.JSON(none_as_null=True)),
    Column("segments", sa.Integer),
    Column("repaired", sa.Boolean),
    Column("lost_tail_ms", sa.Integer),
    Column("warnings", sa.JSON(none_as_null=True)),
    Column("unread", sa.JSON(none_as_null=True)),
    UniqueConstraint("path"),
    CheckConstraint("state <> 'missing' OR reason IS NOT NULL", name="reason"),
    CheckConstraint("path IS NULL OR keep_until IS NOT NULL", name="kept"),
    CheckConstraint("state NOT IN ('stored', 'verified') OR path IS NOT NULL", name="file"),
    Index("ix_recordings_unfinished", "attempt_id", sqlite_where=text(UNFINISHED), postgresql_where=text(UNFINISHED)),
    Index("ix_recordings_missing", "reason", "attempt_id", sqlite_where=text(MISSING), postgresql_where=text(MISSING)),
)

recording_steps = Table(
    "recording_steps",
    metadata,
    Column("id", _Serial, primary_key=True),
    _must("attempt_id", Text, ForeignKey("attempts.id")),
    _must("at", Instant),
    _must("state", Word(RecordingState)),
    _must("detail", Text),
    Index("ix_recording_steps_attempt_id", "attempt_id"),
)

visit_logs = Table(
    "visit_logs",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), primary_key=True),
    _must("callback_id", Text, ForeignKey("callbacks.id")),
    Column("visited_at", Instant),
    Column("closed_at", Instant),
    _must("keep_until", Instant),
    _must("body", sa.JSON),
    _must("version", sa.Integer),
    Index("ix_visit_logs_callback_id", "callback_id"),
    Index("ix_visit_logs_visited_at", "visited_at"),
    Index("ix_visit_logs_open", "visited_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
)

policies = Table(
    "policies",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", sa.Integer, primary_key=True),
    _must("effective_from", sa.Date),
    _must("body", sa.JSON),
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    _must("login", Text),
    _must("name", Text),
    _must("roles", sa.JSON),
    Column("agent_id", Text, ForeignKey("agents.id")),
    _must("language", Text),
    _must("password_hash", Text),
    _must("created_at", Instant),
    Column("disabled_at", Instant),
    _must("version", sa.Integer),
    UniqueConstraint("login"),
    UniqueConstraint("agent_id"),
    CheckConstraint("login = lower(login)", name="login"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    _must("digest", Text),
    _must("account_id", Text, ForeignKey("accounts.id")),
    _must("kind", Word(SessionKind)),
    _must("label", Text),
    _must("created_at", Instant),
    _must("last_used_at", Instant),
    _must("expires_at", Instant),
    UniqueConstraint("digest"),
    Index("ix_sessions_account_id", "account_id"),
)

audit = Table(
    "audit",
    metadata,
    Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
    _must("at", Instant),
    _must("action", Word(Action)),
    _must("who", Text),
    _must("login", Text),
    _must("on_kind", Text),
    _must("on_id", Text),
    _must("detail", sa.JSON),
    _must("address", Text),
    _must("previous", Text),
    _must("hash", Text),
    Index("ix_audit_at", "at"),
    Index("ix_audit_on_kind_on_id", "on_kind", "on_id"),
    Index("ix_audit_who", "who"),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Text, primary_key=True),
    _must("plan_id", Text, ForeignKey("plans.id")),
    _must("file_name", Text),
    _must("sha256", Text),
    _must("size_bytes", sa.BigInteger),
    _must("sheet", Text),
    _must("by", Text),
    _must("state", Word(ImportState)),
    _must("started_at", Instant),
    _must("seen_at", Instant),
    Column("ended_at", Instant),
    _must("headings", sa.JSON),
    _must("columns", sa.JSON),
    _must("unread", sa.JSON),
    _must("row_count", sa.Integer),
    _must("new_count", sa.Integer),
    _must("known_count", sa.Integer),
    _must("bad_count", sa.Integer),
    _must("remark_count", sa.Integer),
    Column("failure", Word(FileProblem)),
    _must("failure_detail", sa.JSON),
    CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name="failure"),
    CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    Index("ix_imports_started_at", "started_at"),
    Index("ix_imports_plan_id", "plan_id"),
)

import_problems = Table(
    "import_problems",
    metadata,
    Column("id", _Serial, primary_key=True),
    _must("import_id", Text, ForeignKey("imports.id")),
    _must("line", sa.Integer),
    _must("column", Text),
    _must("problem", Word(Problem)),
    _must("detail", sa.JSON),
    _must("cells", sa.JSON),
    Index("ix_import_problems_import_id", "import_id"),
)

keys = Table(
    "keys",
    metadata,
    Column("name", Text, primary_key=True),
    _must("value", sa.LargeBinary),
)
