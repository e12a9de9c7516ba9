"""The second visit after a major anomaly: which one it is, and who does not make it."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column in (("callbacks", "not_by"), ("problem_cases", "second_visit")):
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")
