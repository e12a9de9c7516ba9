"""Customers who rang back; logs while they are written; visits without a call, and their scans."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    return_calls()
    log_fields()
    paper()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def return_calls() -> None:
    op.add_column("attempts", sa.Column("direction", sa.Text, nullable=False, server_default=sa.text("'outbound'")))
    op.add_column("callbacks", sa.Column("rang_back_at", INSTANT))
    rang_back = sa.text("state = 'waiting' AND not_before IS NULL AND rang_back_at IS NOT NULL")
    op.create_index(
        "ix_callbacks_rang_back", "callbacks", ["rang_back_at"], sqlite_where=rang_back, postgresql_where=rang_back
    )
    counted = sa.text("(outcome IS NULL OR outcome NOT IN ('cancelled', 'not_dialled')) AND direction = 'outbound'")
    for column in ("number", "callback_id"):
        name = f"ix_attempts_counted_{column}"
        op.drop_index(name, table_name="attempts")
        op.create_index(name, "attempts", [column, "started_at"], sqlite_where=counted, postgresql_where=counted)
    op.create_table(
        "returns",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("node", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("called", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("callback_id", sa.Text),
        sa.Column("attempt_id", sa.Text),
        sa.Column("agent_id", sa.Text),
        sa.Column("tried", sa.JSON, nullable=False),
        sa.Column("missed_why", sa.Text),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_returns"),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name="fk_returns_callback_id_callbacks"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_returns_attempt_id_attempts"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_returns_agent_id_agents"),
    )
    op.create_index("ix_returns_at_id", "returns", ["at", "id"])
    op.create_index("ix_returns_channel", "returns", ["channel"])
    still = sa.text("state IN ('waiting', 'taken')")
    op.create_index("ix_returns_open", "returns", ["node"], sqlite_where=still, postgresql_where=still)


def log_fields() -> None:
    op.create_table(
        "log_fields",
        sa.Column("attempt_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "name", name="pk_log_fields"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_log_fields_attempt_id_attempts"),
    )


def paper() -> None:
    op.create_table(
        "paper_visits",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("id", "callback_id", "agent_id", "channel")),
        sa.Column("visited_at", INSTANT, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("result", "content", "problems")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("handling_result", "own_words")),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("written_by", sa.Text, nullable=False),
        sa.Column("keep_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_paper_visits"),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name="fk_paper_visits_callback_id_callbacks"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_paper_visits_agent_id_agents"),
    )
    op.create_index("ix_paper_visits_callback_id", "paper_visits", ["callback_id"])
    op.create_table(
        "scans",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("id", "visit_id", "name", "kind", "sha256")),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("keep_until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scans"),
        sa.ForeignKeyConstraint(["visit_id"], ["paper_visits.id"], name="fk_scans_visit_id_paper_visits"),
        sa.UniqueConstraint("path", name="uq_scans_path"),
    )
    op.create_index("ix_scans_visit_id", "scans", ["visit_id"])
