"""What an agent's desk keeps: breaks, and what is written of a log from the call's beginning on."""

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
    log_fields()


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
