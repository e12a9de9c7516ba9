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
    policy_texts()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def appointments() -> None:
    op.add_column("callbacks", sa.Column("appointment_at", INSTANT))


def policy_texts() -> None:
    """What its author wrote, beside what was read from it."""
    op.add_column("policies", sa.Column("text", sa.Text))
