"""What the rules ask of the queue: appointments; the elements of plans and their history."""

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
    plans()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def appointments() -> None:
    op.add_column("callbacks", sa.Column("appointment_at", INSTANT))


def plans() -> None:
    """Plans that run, run on: nobody has to approve them anew."""
    for name in ("content", "other_channels", "starts_on", "ends_on", "whom", "lists", "agent_ids", "departments"):
        op.add_column("plans", plan_column(name))
    op.add_column("plans", sa.Column("submitted_by", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("plans", sa.Column("needs_approval", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("plans", sa.Column("version", sa.Integer, nullable=False, server_default="1"))
    op.create_table(
        "plan_steps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("plan_id", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_plan_steps"),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name="fk_plan_steps_plan_id_plans"),
    )
    op.create_index("ix_plan_steps_plan_id", "plan_steps", ["plan_id"])


def plan_column(name: str) -> sa.Column[Any]:
    if name in {"starts_on", "ends_on"}:
        return sa.Column(name, sa.Date)
    if name in {"content", "whom"}:
        return sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))
    return sa.Column(name, sa.JSON)
