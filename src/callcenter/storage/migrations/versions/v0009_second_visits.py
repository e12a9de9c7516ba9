"""The second visit after a major anomaly, and who does not make it; what a visit without a call leaves open."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table, column in (("callbacks", "not_by"), ("problem_cases", "second_visit")):
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("paper_visits", sa.Column("resolved", sa.Boolean))
    op.add_column("paper_visits", sa.Column("next_visit_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")
