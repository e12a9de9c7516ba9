"""What the rules ask: appointments, origins, what the next try depends on, who must not be called, lines, plans."""

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
    cadences()
    tries()
    policy_texts()
    who_must_not_be_called()
    lines()
    replans()
    plans()
    hours()


def downgrade() -> None:
    raise DowngradeRefusedError("a database never goes back: restore the copy made before the upgrade")


def appointments() -> None:
    op.add_column("callbacks", sa.Column("appointment_at", INSTANT))


def cadences() -> None:
    op.add_column("customers", sa.Column("customer_class", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("callbacks", sa.Column("trigger", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("callbacks", sa.Column("triggered_at", INSTANT))
    op.add_column("callbacks", sa.Column("follows", sa.Text))
    op.create_index("uq_callbacks_follows", "callbacks", ["follows"], unique=True)


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


def policy_texts() -> None:
    """What its author wrote, beside what was read from it."""
    op.add_column("policies", sa.Column("text", sa.Text))


def who_must_not_be_called() -> None:
    op.create_table(
        "exclusions",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("customer_id", sa.Text, nullable=False),
        sa.Column("callback_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("channels", sa.JSON, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("until", INSTANT),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("signatures", sa.JSON, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("lifted_at", INSTANT),
        sa.Column("lifted_who", sa.Text),
        sa.Column("lifted_login", sa.Text),
        sa.Column("lifted_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_exclusions"),
        sa.ForeignKeyConstraint(["customer_id"], ["customers.id"], name="fk_exclusions_customer_id_customers"),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name="fk_exclusions_callback_id_callbacks"),
        sa.CheckConstraint("(lifted_at IS NULL) = (lifted_reason IS NULL)", name="lifted"),
    )
    op.create_index("ix_exclusions_customer_id_at", "exclusions", ["customer_id", "at"])
    op.create_index("ix_exclusions_at_id", "exclusions", ["at", "id"])
    _blocklists()
    counted = sa.text("outcome IS NULL OR outcome NOT IN ('cancelled', 'not_dialled')")
    for column in ("number", "callback_id"):
        op.create_index(
            f"ix_attempts_counted_{column}",
            "attempts",
            [column, "started_at"],
            sqlite_where=counted,
            postgresql_where=counted,
        )


def _blocklists() -> None:
    op.create_table(
        "blocklists",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("numbers", sa.Integer, nullable=False),
        sa.Column("replaced_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_blocklists"),
    )
    op.create_table(
        "blocked_numbers",
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("list", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("number", "list", "generation", name="pk_blocked_numbers"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "blocklist_loads",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("list", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("login", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("taken", sa.Integer, nullable=False),
        sa.Column("bad", sa.Integer, nullable=False),
        sa.Column("before", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("failure_detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blocklist_loads"),
        sa.CheckConstraint("(state = 'running') = (ended_at IS NULL)", name="ended"),
    )
    running = sa.text("state = 'running'")
    op.create_index(
        "uq_blocklist_loads_running",
        "blocklist_loads",
        ["list"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_index("ix_blocklist_loads_started_at_id", "blocklist_loads", ["started_at", "id"])


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
