"""Customers who rang back: what came of it, and which attempts they began."""

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
