"""What an agent's desk keeps: breaks, and customers who rang back."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    breaks()
    return_calls()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def breaks() -> None:
    op.create_table(
        "breaks",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("agent_id", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("began_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_breaks"),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_breaks_agent_id_agents"),
    )
    now = sa.text("ended_at IS NULL")
    op.create_index("uq_breaks_now", "breaks", ["agent_id"], unique=True, sqlite_where=now, postgresql_where=now)
    op.create_index("ix_breaks_ended_at", "breaks", ["ended_at"])


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
