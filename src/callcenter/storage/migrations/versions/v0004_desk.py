"""Where callbacks stood before they were taken out; and what an agent's desk keeps: breaks."""

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
    taken_out()
    breaks()


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


def taken_out() -> None:
    """Where callbacks stood that left the queue because of an exclusion."""
    op.create_table(
        "taken_out",
        sa.Column("callback_id", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("exhausted_reason", sa.Text),
        sa.Column("not_before", INSTANT),
        sa.Column("appointment_at", INSTANT),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name="fk_taken_out_callback_id_callbacks"),
        sa.PrimaryKeyConstraint("callback_id", name="pk_taken_out"),
    )
