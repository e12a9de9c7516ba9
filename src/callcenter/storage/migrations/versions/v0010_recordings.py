"""Pauses of recordings; recordings that were made on another phone."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("recordings", sa.Column("pauses", sa.JSON))
    op.add_column("recordings", sa.Column("fallback", sa.JSON))
    op.add_column("attempts", sa.Column("phone", sa.Text, nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")
