"""What the rules ask of the queue: appointments."""

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
    hours()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def appointments() -> None:
    op.add_column("callbacks", sa.Column("appointment_at", INSTANT))


def hours() -> None:
    op.add_column("customers", sa.Column("own_hours", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("customers", sa.Column("key_customer", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "closing_days",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_closing_days"),
    )
