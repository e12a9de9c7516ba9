"""What is said and asked in talks: scripts, answers, the problems they raised, corrections of customer data."""

import sqlalchemy as sa
from alembic import op

from callcenter.storage.errors import DowngradeRefusedError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    scripts()
    answers()
    problem_cases()
    corrections()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def scripts() -> None:
    op.add_column("plans", sa.Column("script", sa.Text, nullable=False, server_default=sa.text("''")))
    op.create_table(
        "scripts",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name="pk_scripts"),
    )


def answers() -> None:
    op.create_table(
        "script_runs",
        sa.Column("attempt_id", sa.Text, nullable=False),
        sa.Column("script", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name="pk_script_runs"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_script_runs_attempt_id_attempts"),
        sa.ForeignKeyConstraint(
            ["script", "version"], ["scripts.name", "scripts.version"], name="fk_script_runs_script_scripts"
        ),
    )
    op.create_table(
        "script_answers",
        sa.Column("attempt_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", "key", name="pk_script_answers"),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["script_runs.attempt_id"], name="fk_script_answers_attempt_id_script_runs"
        ),
    )


def problem_cases() -> None:
    op.create_table(
        "problem_cases",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("callback_id", sa.Text, nullable=False),
        sa.Column("attempt_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("major", sa.Boolean, nullable=False),
        sa.Column("department", sa.Text, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("raised_at", INSTANT, nullable=False),
        sa.Column("raised_by", sa.Text, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_problem_cases"),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name="fk_problem_cases_callback_id_callbacks"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_problem_cases_attempt_id_attempts"),
    )
    op.create_index("ix_problem_cases_state_due_at_id", "problem_cases", ["state", "due_at", "id"])
    op.create_index("ix_problem_cases_due_at_id", "problem_cases", ["due_at", "id"])
    op.create_index("ix_problem_cases_attempt_id", "problem_cases", ["attempt_id"])
    op.create_index("ix_problem_cases_callback_id", "problem_cases", ["callback_id"])
    op.create_table(
        "problem_case_steps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("case_id", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("deed", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_problem_case_steps"),
        sa.ForeignKeyConstraint(["case_id"], ["problem_cases.id"], name="fk_problem_case_steps_case_id_problem_cases"),
    )
    op.create_index("ix_problem_case_steps_case_id", "problem_case_steps", ["case_id"])


def corrections() -> None:
    op.create_table(
        "corrections",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("attempt_id", sa.Text, nullable=False),
        sa.Column("callback_id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("new", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("decided_at", INSTANT),
        sa.Column("decided_by", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_corrections"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_corrections_attempt_id_attempts"),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name="fk_corrections_callback_id_callbacks"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_corrections_customer_id_customers"),
    )
    op.create_index("ix_corrections_state_at_id", "corrections", ["state", "at", "id"])
    op.create_index("ix_corrections_attempt_id", "corrections", ["attempt_id"])
    op.create_index("ix_corrections_customer_id", "corrections", ["customer_id"])
