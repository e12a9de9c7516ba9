"""Which phone each agent uses."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agents", sa.Column("phone", sa.Text(), nullable=False, server_default=sa.text("'desk'")))


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")
