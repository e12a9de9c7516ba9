"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    people()
    queue()
    dials()
    evidence()
    guards()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def people() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("staff_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("staff_number", name=op.f("uq_agents_staff_number")),
    )
    op.create_table(
        "customers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("manager", sa.Text(), nullable=False),
        sa.Column("department", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("visit_type", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("trunk", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    op.create_table(
        "policies",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_policies")),
    )


def queue() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("visit_type", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("not_before", INSTANT),
        sa.Column("leased_to", sa.Text()),
        sa.Column("leased_until", INSTANT),
        sa.Column("exhausted_reason", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'handed_out') = (leased_until IS NOT NULL)", name=op.f("ck_callbacks_lease")),
        sa.CheckConstraint("state <> 'handed_out' OR leased_to IS NOT NULL", name=op.f("ck_callbacks_lease_owner")),
        sa.CheckConstraint("priority BETWEEN 0 AND 9", name=op.f("ck_callbacks_priority")),
        sa.CheckConstraint("round >= 1", name=op.f("ck_callbacks_round")),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name=op.f("fk_callbacks_customer_id_customers")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_callbacks_plan_id_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_index("ix_callbacks_customer_id", "callbacks", ["customer_id"])
    op.create_index("ix_callbacks_plan_id_due_at", "callbacks", ["plan_id", "due_at"])
    op.create_index(
        "ix_callbacks_queue",
        "callbacks",
        [
            "due_at",
            sa.literal_column("priority DESC"),
            "created_at",
            "id",
            "not_before",
            "leased_until",
            "plan_id",
            "state",
        ],
        **where("state IN ('waiting', 'handed_out')"),
    )


def dials() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("callback_id", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("outcome", sa.Text()),
        sa.Column("end_reason", sa.Text()),
        sa.Column("call", sa.JSON(), nullable=False),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name=op.f("ck_attempts_ended")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_attempts_agent_id_agents")),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name=op.f("fk_attempts_callback_id_callbacks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("callback_id", "ordinal", name=op.f("uq_attempts_callback_id_ordinal")),
    )
    op.create_index("ix_attempts_started_at", "attempts", ["started_at"])
    op.create_index("uq_attempts_live_agent", "attempts", ["agent_id"], unique=True, **where("outcome IS NULL"))
    op.create_index("uq_attempts_live_callback", "attempts", ["callback_id"], unique=True, **where("outcome IS NULL"))
    op.create_index("uq_attempts_live_number", "attempts", ["number"], unique=True, **where("outcome IS NULL"))
    op.create_table(
        "journal",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_journal_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_attempt_id", "journal", ["attempt_id"])


def evidence() -> None:
    op.create_table(
        "recordings",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("keep_until", INSTANT),
        sa.Column("path", sa.Text()),
        sa.Column("format", sa.Text()),
        sa.Column("sha256", sa.Text()),
        sa.Column("size_bytes", sa.BigInteger()),
        sa.Column("duration_ms", sa.BigInteger()),
        sa.Column("sample_rate", sa.Integer()),
        sa.Column("started_at", INSTANT),
        sa.Column("left_levels", sa.JSON()),
        sa.Column("right_levels", sa.JSON()),
        sa.Column("segments", sa.Integer()),
        sa.Column("repaired", sa.Boolean()),
        sa.Column("lost_tail_ms", sa.Integer()),
        sa.Column("warnings", sa.JSON()),
        sa.Column("unread", sa.JSON()),
        sa.CheckConstraint("state <> 'missing' OR reason IS NOT NULL", name=op.f("ck_recordings_reason")),
        sa.CheckConstraint("state NOT IN ('stored', 'verified') OR path IS NOT NULL", name=op.f("ck_recordings_file")),
        sa.CheckConstraint("path IS NULL OR keep_until IS NOT NULL", name=op.f("ck_recordings_kept")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_recordings_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_recordings")),
        sa.UniqueConstraint("path", name=op.f("uq_recordings_path")),
    )
    op.create_index(
        "ix_recordings_unfinished",
        "recordings",
        ["attempt_id"],
        **where("state IN ('requested', 'started', 'stopped', 'stored')"),
    )
    op.create_table(
        "recording_steps",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_recording_steps_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_steps")),
    )
    op.create_index("ix_recording_steps_attempt_id", "recording_steps", ["attempt_id"])
    op.create_table(
        "visit_logs",
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.Column("callback_id", sa.Text(), nullable=False),
        sa.Column("visited_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("keep_until", INSTANT, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_visit_logs_attempt_id_attempts")),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name=op.f("fk_visit_logs_callback_id_callbacks")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_visit_logs")),
    )
    op.create_index("ix_visit_logs_callback_id", "visit_logs", ["callback_id"])
    op.create_index("ix_visit_logs_open", "visit_logs", ["visited_at"], **where("closed_at IS NULL"))
    op.create_index("ix_visit_logs_visited_at", "visit_logs", ["visited_at"])


GUARDED = {
    "recordings": "OLD.keep_until IS NULL OR OLD.keep_until > {now}",
    "visit_logs": "OLD.keep_until > {now}",
    # What happened goes only after the recording that it explains.
    "recording_steps": "EXISTS (SELECT 1 FROM recordings WHERE attempt_id = OLD.attempt_id)",
    "journal": "EXISTS (SELECT 1 FROM recordings WHERE attempt_id = OLD.attempt_id)",
}
"""For each table the rows that must not be deleted (C6-04, C6-19, C6-59). Attempts are held by what refers to them."""

SHORTENED = "OLD.keep_until IS NOT NULL AND (NEW.keep_until IS NULL OR NEW.keep_until < OLD.keep_until)"


def guards() -> None:
    """The database itself refuses to let go of what must be kept, whoever asks."""
    postgresql = op.get_context().dialect.name == "postgresql"
    guard = guard_postgresql if postgresql else guard_sqlite
    now = "now()" if postgresql else "strftime('%Y-%m-%d %H:%M:%f', 'now')"
    for table, kept in GUARDED.items():
        guard(f"{table}_kept", table, "DELETE", kept.format(now=now))
    for table in ("recordings", "visit_logs"):
        guard(f"{table}_kept_as_long", table, "UPDATE", SHORTENED)


def guard_sqlite(name: str, table: str, action: str, condition: str) -> None:
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {action} ON {table} WHEN {condition} "
        f"BEGIN SELECT RAISE(ABORT, 'kept by {name}'); END"
    )


def guard_postgresql(name: str, table: str, action: str, condition: str) -> None:
    row = "OLD" if action == "DELETE" else "NEW"
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION 'kept by {name}' USING ERRCODE = 'restrict_violation', "
        f"CONSTRAINT = '{name}'; END IF; RETURN {row}; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
