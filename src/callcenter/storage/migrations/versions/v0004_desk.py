"""What an agent's desk keeps: breaks, and what is written of a log from the call's beginning on; visits on paper."""

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
    paper()


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
