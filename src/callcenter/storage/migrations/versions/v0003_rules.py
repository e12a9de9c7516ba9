"""What the rules ask of the queue: appointments, and what the next try depends on."""

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
    tries()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def appointments() -> None:
    op.add_column("callbacks", sa.Column("appointment_at", INSTANT))


def tries() -> None:
    """What the retry rules ask: what the customer saw and said, who dislikes calls, what waits for a new number."""
    op.add_column("customers", sa.Column("dislikes_calls", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("callbacks", sa.Column("number_wanted_until", INSTANT))
    op.add_column("attempts", sa.Column("caller_id", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("attempts", sa.Column("disposition", sa.Text()))
    wanted = sa.text("state = 'exhausted' AND number_wanted_until IS NOT NULL")
    op.create_index(
        "ix_callbacks_number_wanted",
        "callbacks",
        ["number_wanted_until", "id"],
        sqlite_where=wanted,
        postgresql_where=wanted,
    )
