"""Tables of what is said and asked in talks: scripts, answers, problems they raised, corrections of customer data."""

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, Table, Text

from callcenter.domain.visits.corrections import CorrectedField, CorrectionState
from callcenter.domain.visits.problem_cases import CaseDeed, CaseState
from callcenter.storage.columns import Instant, Word
from callcenter.storage.table_base import Serial, metadata, must

scripts = Table(
    "scripts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("version", sa.Integer, primary_key=True, autoincrement=False),
    must("body", sa.JSON),
    must("text", Text),
    must("at", Instant),
    must("who", Text),
    must("login", Text),
)

script_runs = Table(
    "script_runs",
    metadata,
    Column("attempt_id", Text, ForeignKey("attempts.id"), primary_key=True),
    must("script", Text),
    must("version", sa.Integer),
    must("at", Instant),
    sa.ForeignKeyConstraint(["script", "version"], ["scripts.name", "scripts.version"]),
)
"""Which version a talk is held by; it stays, whatever versions follow."""

script_answers = Table(
    "script_answers",
    metadata,
    Column("attempt_id", Text, ForeignKey("script_runs.attempt_id"), primary_key=True),
    Column("key", Text, primary_key=True),
    must("value", sa.JSON),
    must("version", sa.Integer),
    must("at", Instant),
)

problem_cases = Table(
    "problem_cases",
    metadata,
    Column("id", Text, primary_key=True),
    must("callback_id", Text, ForeignKey("callbacks.id")),
    must("attempt_id", Text, ForeignKey("attempts.id")),
    must("kind", Text),
    must("title", Text),
    must("major", sa.Boolean),
    must("department", Text),
    must("words", Text),
    must("question", Text),
    must("raised_at", Instant),
    must("raised_by", Text),
    must("due_at", Instant),
    must("state", Word(CaseState)),
    must("version", sa.Integer),
    Column("second_visit", Text, nullable=False, server_default=sa.text("''")),
    Index("ix_problem_cases_state_due_at_id", "state", "due_at", "id"),
    Index("ix_problem_cases_due_at_id", "due_at", "id"),
    Index("ix_problem_cases_attempt_id", "attempt_id"),
    Index("ix_problem_cases_callback_id", "callback_id"),
)

problem_case_steps = Table(
    "problem_case_steps",
    metadata,
    Column("id", Serial, primary_key=True),
    must("case_id", Text, ForeignKey("problem_cases.id")),
    must("at", Instant),
    must("who", Text),
    must("login", Text),
    must("deed", Word(CaseDeed)),
    must("after", Word(CaseState)),
    must("note", Text),
    Index("ix_problem_case_steps_case_id", "case_id"),
)

corrections = Table(
    "corrections",
    metadata,
    Column("id", Text, primary_key=True),
    must("attempt_id", Text, ForeignKey("attempts.id")),
    must("callback_id", Text, ForeignKey("callbacks.id")),
    must("customer_id", Text, ForeignKey("customers.id")),
    must("field", Word(CorrectedField)),
    must("old", Text),
    must("new", Text),
    must("at", Instant),
    must("login", Text),
    must("state", Word(CorrectionState)),
    Column("decided_at", Instant),
    must("decided_by", Text),
    must("version", sa.Integer),
    Index("ix_corrections_state_at_id", "state", "at", "id"),
    Index("ix_corrections_attempt_id", "attempt_id"),
    Index("ix_corrections_customer_id", "customer_id"),
)
