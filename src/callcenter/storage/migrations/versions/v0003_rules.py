"""What the rules ask of the queue: appointments, and its lines."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    appointments()
    lines()
    replans()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def appointments() -> None:
    op.add_column("callbacks", sa.Column("appointment_at", INSTANT))


def lines() -> None:
    """Every callback stands in the line of its plan and of its customer's clock."""
    op.add_column("callbacks", sa.Column("clock", sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_table(
        "lines",
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("clock", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_lines_plan_id_plans")),
        sa.PrimaryKeyConstraint("plan_id", "clock", name=op.f("pk_lines")),
    )
    op.add_column("callbacks", sa.Column("put_off_by", sa.Text))
    op.drop_index("ix_callbacks_queue", "callbacks")
    op.execute("UPDATE callbacks SET clock = (SELECT zone FROM customers WHERE customers.id = callbacks.customer_id)")
    op.execute("INSERT INTO lines SELECT DISTINCT plan_id, clock FROM callbacks")
    order = ["due_at", sa.literal_column("priority DESC"), "created_at", "id"]
    ready = "state = 'waiting' AND not_before IS NULL"
    _partial("ix_callbacks_ready", ["plan_id", "clock", *order], ready)
    _partial("ix_callbacks_appointments", ["appointment_at", *order], f"{ready} AND appointment_at IS NOT NULL")
    parked = "state = 'waiting' AND not_before IS NOT NULL"
    _partial("ix_callbacks_wakes", ["not_before"], parked)
    _partial("ix_callbacks_parked", ["plan_id", "id"], parked)
    _partial("ix_callbacks_leases", ["leased_until"], "state = 'handed_out'")


def replans() -> None:
    op.create_table(
        "replans",
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("moved", sa.Integer, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_replans_plan_id_plans")),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_replans")),
    )


def _partial(name: str, columns: list[Any], where: str) -> None:
    op.create_index(name, "callbacks", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
