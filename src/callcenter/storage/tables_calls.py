"""Tables of the calls: attempts, their journals, recordings and visit logs."""

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text

from callcenter.domain.attempt import CallDirection
from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.recording import AudioFormat, MissingReason, RecordingState
from callcenter.storage.columns import Instant, Number, Word
from callcenter.storage.table_base import Serial, metadata, must, unique_where

LIVE = "outcome IS NULL"
"""Attempts whose call is not over."""

UNFINISHED = "state IN ('requested', 'started', 'stopped', 'stored')"
"""Recordings that are neither verified nor missing."""

MISSING = "state = 'missing'"
"""Recordings that are not there, with the reason."""

OPEN = "closed_at IS NULL"
"""Visit logs that wait for their agent."""

LIVE_CALLBACK = "uq_attempts_live_callback"
LIVE_NUMBER = "uq_attempts_live_number"
LIVE_AGENT = "uq_attempts_live_agent"


attempts = Table(
    "attempts",
    metadata,
    Column("id", Text, primary_key=True),
    must("callback_id", Text, ForeignKey("callbacks.id")),
    must("agent_id", Text, ForeignKey("agents.id")),
    must("number", Number),
    must("round", sa.Integer),
    must("ordinal", sa.Integer),
    must("slot", Text),
    must("policy", Text),
    must("policy_version", sa.Integer),
    must("started_at", Instant),
    Column("ended_at", Instant),
    Column("outcome", Word(Outcome)),
    Column("end_reason", Word(EndReason)),
    must("call", sa.JSON),
    Column("caller_id", Text, nullable=False, server_default=text("''")),
    Column("disposition", Word(Disposition)),
    Column("direction", Word(CallDirection), nullable=False, server_default=text("'outbound'")),
    Column("phone", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("callback_id", "ordinal"),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
    unique_where(LIVE_CALLBACK, "callback_id", LIVE),
    unique_where(LIVE_NUMBER, "number", LIVE),
    unique_where(LIVE_AGENT, "agent_id", LIVE),
    Index("ix_attempts_started_at_id", "started_at", "id"),
    Index("ix_attempts_agent_id_started_at_id", "agent_id", "started_at", "id"),
)

dial_requests = Table(
    "dial_requests",
    metadata,
    Column("key", Text, primary_key=True),
    must("attempt_id", Text, ForeignKey("attempts.id")),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Serial, primary_key=True),
    must("attempt_id", Text, ForeignKey("attempts.id")),
    must("at", Instant),
    must("event", Text),
    must("detail", sa.JSON),
    Index("ix_journal_attempt_id", "attempt_id"),
)

recordings = Table(
    "recordings",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), primary_key=True),
    must("state", Word(RecordingState)),
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
    Column("pauses", sa.JSON(none_as_null=True)),
    Column("fallback", sa.JSON(none_as_null=True)),
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
    Column("id", Serial, primary_key=True),
    must("attempt_id", Text, ForeignKey("attempts.id")),
    must("at", Instant),
    must("state", Word(RecordingState)),
    must("detail", Text),
    Index("ix_recording_steps_attempt_id", "attempt_id"),
)

visit_logs = Table(
    "visit_logs",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), primary_key=True),
    must("callback_id", Text, ForeignKey("callbacks.id")),
    Column("visited_at", Instant),
    Column("closed_at", Instant),
    must("keep_until", Instant),
    must("body", sa.JSON),
    must("version", sa.Integer),
    Index("ix_visit_logs_callback_id", "callback_id"),
    Index("ix_visit_logs_visited_at", "visited_at"),
    Index("ix_visit_logs_open", "visited_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
)

log_fields = Table(
    "log_fields",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    must("body", sa.JSON),
    must("version", sa.Integer),
    must("at", Instant),
)
