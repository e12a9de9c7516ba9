"""What an agent's desk keeps: breaks, logs while they are written, visits on paper; where callbacks stood before they
were taken out; whose customers stand in a line.
"""

from typing import Any

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
    log_fields()
    paper()
    wakes()
    sides()


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


def wakes() -> None:
    """Of those whose time comes at one instant the first in the queue's order are found first, appointments before."""
    op.drop_index("ix_callbacks_wakes", "callbacks")
    parked = "state = 'waiting' AND not_before IS NOT NULL"
    _partial("ix_callbacks_wakes", ["not_before", *_order()], parked)
    _partial("ix_callbacks_wakes_appointments", ["not_before"], f"{parked} AND appointment_at IS NOT NULL")


def sides() -> None:
    """Whose customers stand in each line of the queue."""
    op.add_column("callbacks", sa.Column("side", sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_table(
        "sides",
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("clock", sa.Text, nullable=False),
        sa.Column("side", sa.Text, nullable=False),
        sa.Column("manager", sa.Text, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_sides_plan_id_plans")),
        sa.PrimaryKeyConstraint("plan_id", "clock", "side", name=op.f("pk_sides")),
    )
    theirs = sa.text(
        "UPDATE callbacks SET side = (SELECT manager || :between || department"
        " FROM customers WHERE customers.id = callbacks.customer_id)"
    )
    op.execute(theirs.bindparams(between="\x1f"))
    op.execute(
        "INSERT INTO sides SELECT DISTINCT plan_id, clock, side, manager, department"
        " FROM callbacks JOIN customers ON customers.id = callbacks.customer_id"
    )
    _partial("ix_callbacks_sides", ["plan_id", "clock", "side", *_order()], "state = 'waiting' AND not_before IS NULL")


def _order() -> list[Any]:
    return ["due_at", sa.literal_column("priority DESC"), "created_at", "id"]


def _partial(name: str, columns: list[Any], where: str) -> None:
    op.create_index(name, "callbacks", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
