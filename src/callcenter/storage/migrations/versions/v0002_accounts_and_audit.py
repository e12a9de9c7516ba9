"""Accounts, sign-ins, the audit chain, the request that asked for a dial, imports, and supervisors' decisions."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    accounts()
    audit()
    requests()
    imports()
    evidence()
    listings()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("agent_id", sa.Text()),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("disabled_at", INSTANT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("login = lower(login)", name=op.f("ck_accounts_login")),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name=op.f("fk_accounts_agent_id_agents")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("login", name=op.f("uq_accounts_login")),
        sa.UniqueConstraint("agent_id", name=op.f("uq_accounts_agent_id")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id_accounts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("digest", name=op.f("uq_sessions_digest")),
    )
    op.create_index("ix_sessions_account_id", "sessions", ["account_id"])


def audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", SERIAL, autoincrement=False, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("on_kind", sa.Text(), nullable=False),
        sa.Column("on_id", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_on_kind_on_id", "audit", ["on_kind", "on_id"])
    op.create_index("ix_audit_who", "audit", ["who"])
    for action in ("UPDATE", "DELETE"):
        refuse(f"audit_no_{action.lower()}", action)


def refuse(name: str, action: str) -> None:
    """The audit only grows, whoever asks."""
    if op.get_context().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION 'kept by {name}' USING ERRCODE = 'restrict_violation', CONSTRAINT = '{name}'; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON audit FOR EACH ROW EXECUTE FUNCTION {name}()")
        return
    op.execute(f"CREATE TRIGGER {name} BEFORE {action} ON audit BEGIN SELECT RAISE(ABORT, 'kept by {name}'); END")


def requests() -> None:
    op.create_table(
        "dial_requests",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_dial_requests_attempt_id_attempts")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_dial_requests")),
    )


def imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("plan_id", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("unread", sa.JSON(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("new_count", sa.Integer(), nullable=False),
        sa.Column("known_count", sa.Integer(), nullable=False),
        sa.Column("bad_count", sa.Integer(), nullable=False),
        sa.Column("remark_count", sa.Integer(), nullable=False),
        sa.Column("failure", sa.Text()),
        sa.Column("failure_detail", sa.JSON(), nullable=False),
        sa.CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name=op.f("ck_imports_failure")),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name=op.f("ck_imports_ended")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_imports_plan_id_plans")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
    )
    op.create_index("ix_imports_started_at", "imports", ["started_at"])
    op.create_index("ix_imports_plan_id", "imports", ["plan_id"])
    op.create_table(
        "import_problems",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("import_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("cells", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name=op.f("fk_import_problems_import_id_imports")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problems")),
    )
    op.create_index("ix_import_problems_import_id", "import_problems", ["import_id"])
    op.create_table(
        "keys",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_keys")),
    )


def evidence() -> None:
    """What supervisors decide, and the ways in which the evidence is looked through."""
    op.create_table(
        "decisions",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("callback_id", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("exhausted_reason", sa.Text(), nullable=False),
        sa.Column("not_before", INSTANT),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name=op.f("fk_decisions_callback_id_callbacks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_callback_id", "decisions", ["callback_id"])
    stopped = sa.text("state IN ('exhausted', 'closed')")
    op.create_index(
        "ix_callbacks_stopped",
        "callbacks",
        ["state", "due_at", "id"],
        sqlite_where=stopped,
        postgresql_where=stopped,
    )
    missing = sa.text("state = 'missing'")
    op.create_index(
        "ix_recordings_missing",
        "recordings",
        ["reason", "attempt_id"],
        sqlite_where=missing,
        postgresql_where=missing,
    )
    op.drop_index("ix_attempts_started_at", "attempts")
    op.create_index("ix_attempts_started_at_id", "attempts", ["started_at", "id"])
    op.create_index("ix_attempts_agent_id_started_at_id", "attempts", ["agent_id", "started_at", "id"])


def listings() -> None:
    """The ways in which the queue is looked through."""
    op.create_index("ix_callbacks_listed", "callbacks", ["due_at", sa.text("priority DESC"), "created_at", "id"])
    op.create_index("ix_callbacks_created_at_id", "callbacks", ["created_at", "id"])
    op.create_index("ix_callbacks_counted", "callbacks", ["plan_id", "state", "due_at", "leased_to"])
    leased = sa.text("leased_to IS NOT NULL")
    op.create_index("ix_callbacks_leased_to", "callbacks", ["leased_to"], sqlite_where=leased, postgresql_where=leased)
