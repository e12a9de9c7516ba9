"""Plans with their history, and what a forecast is made from."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.attempt import CallDirection
from callcenter.domain.forecasts.forecast_figures import PastDial
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState, Plan
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.plans.life import PlanStep, Progress
from callcenter.domain.queue.handing_out import ONE_BY_ONE
from callcenter.domain.queue.waiting import RemainingGroup
from callcenter.storage.codec import from_text
from callcenter.storage.database import Database
from callcenter.storage.rows import insert_into, plan_of, row_of
from callcenter.storage.statements import Row
from callcenter.storage.tables import attempts, callbacks, customers, plan_steps, plans, visit_logs
from callcenter.storage.weighing import HEAD

_c = callbacks.c
_REMAINING = (CallbackState.WAITING, CallbackState.HANDED_OUT, CallbackState.CALLING, CallbackState.WRAP_UP)
_SETTLED = (CallbackState.DONE, CallbackState.EXHAUSTED, CallbackState.CLOSED)
_CHARGED = tuple(outcome for outcome in Outcome if outcome.charged)
NEWEST, SAMPLE = 20_000, 1_000


class SqlPlans:
    """A PlanStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, plan_id: str) -> Plan | None:
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(plans).where(plans.c.id == plan_id))).mappings().first()
        return plan_of(row) if row else None

    async def add(self, plan: Plan, step: PlanStep) -> bool:
        """With the first step of its history, in one transaction; False when there is one of this id already."""
        async with self._database.write() as connection:
            statement = insert_into(connection, plans).on_conflict_do_nothing(index_elements=["id"])
            added = await connection.scalar(statement.returning(plans.c.id), row_of(plan, plans))
            if added is not None:
                await connection.execute(sa.insert(plan_steps).values(_step_row(step)))
        return added is not None

    async def save(self, plan: Plan, version: int, step: PlanStep) -> bool:
        """Keep the plan, and the step that led there, if the row still has this version; False when somebody else was
        quicker. One transaction.
        """
        statement = sa.update(plans).where(plans.c.id == plan.id, plans.c.version == version)
        async with self._database.write() as connection:
            if (await connection.execute(statement.values(**row_of(plan, plans)))).rowcount != 1:
                return False
            await connection.execute(sa.insert(plan_steps).values(_step_row(step)))
        return True

    async def steps(self, plan_id: str) -> list[PlanStep]:
        """The oldest first."""
        query = sa.select(plan_steps).where(plan_steps.c.plan_id == plan_id).order_by(plan_steps.c.id)
        async with self._database.read() as connection:
            return [_step(row) for row in (await connection.execute(query)).mappings()]

    async def progress(self, now: datetime, plan_id: str = "") -> Mapping[str, Progress]:
        """By the plan's id; of one plan, or of all."""
        late = sa.func.sum(sa.case((_c.due_at < now, 1), else_=0))
        query = sa.select(_c.plan_id, _c.state, sa.func.count().label("many"), late.label("late"))
        if plan_id:
            query = query.where(_c.plan_id == plan_id)
        found: dict[str, dict[CallbackState, tuple[int, int]]] = {}
        async with self._database.read() as connection:
            for row in (await connection.execute(query.group_by(_c.plan_id, _c.state))).mappings():
                found.setdefault(row["plan_id"], {})[row["state"]] = (row["many"], row["late"])
        return {plan: _progress(states) for plan, states in found.items()}

    async def remaining(self, plan_id: str) -> list[RemainingGroup]:
        """Callbacks that are still to be made, by what tells of their customers' clock."""
        own, numbers = _c.clock == ONE_BY_ONE, sa.cast(customers.c.numbers, sa.Text)
        each = (
            sa.select(
                sa.case((own, customers.c.zone), else_=_c.clock).label("zone"),
                sa.case((own, sa.func.substr(numbers, 1, HEAD)), else_="").label("head"),
                sa.case((own, numbers), else_="[]").label("numbers"),
            )
            .select_from(callbacks.join(customers))
            .where(_c.plan_id == plan_id, _c.state.in_(_REMAINING))
            .subquery()
        )
        query = sa.select(
            each.c.zone, sa.func.min(each.c.numbers).label("numbers"), sa.func.count().label("many")
        ).group_by(each.c.zone, each.c.head)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [RemainingGroup(row["zone"], _first(row["numbers"]), row["many"]) for row in rows]

    async def last_due(self, plan_id: str) -> datetime | None:
        """When the last of the remaining callbacks is due; None without any."""
        query = (
            sa.select(_c.due_at)
            .where(_c.plan_id == plan_id, _c.state.in_(_REMAINING))
            .order_by(_c.due_at.desc())
            .limit(1)
        )
        async with self._database.read() as connection:
            found: datetime | None = await connection.scalar(query)
        return found

    async def past_dials(self, plan_id: str) -> list[PastDial]:
        """The newest charged dials of the plan, at most 1,000, among the newest 20,000 of the installation."""
        # A plan that was never dialled must not make the database read every attempt there is.
        newest = sa.select(attempts).order_by(attempts.c.started_at.desc(), attempts.c.id.desc()).limit(NEWEST)
        tried = newest.subquery("tried")
        query = (
            sa.select(
                tried.c.callback_id,
                tried.c.outcome,
                tried.c.started_at,
                tried.c.ended_at,
                _c.state,
                visit_logs.c.closed_at,
            )
            .join(callbacks, _c.id == tried.c.callback_id)
            .outerjoin(visit_logs, visit_logs.c.attempt_id == tried.c.id)
            .where(_c.plan_id == plan_id, tried.c.outcome.in_(_CHARGED), tried.c.direction == CallDirection.OUTBOUND)
            .order_by(tried.c.started_at.desc())
            .limit(SAMPLE)
        )
        async with self._database.read() as connection:
            return [_past_dial(row) for row in (await connection.execute(query)).mappings()]


def _progress(states: Mapping[CallbackState, tuple[int, int]]) -> Progress:
    def of(*wanted: CallbackState) -> tuple[int, int]:
        found = [states.get(state, (0, 0)) for state in wanted]
        return sum(many for many, _ in found), sum(late for _, late in found)

    remaining, overdue = of(*_REMAINING)
    return Progress(
        done=of(CallbackState.DONE)[0],
        remaining=remaining,
        stopped=of(CallbackState.EXHAUSTED)[0],
        closed=of(CallbackState.CLOSED)[0],
        overdue=overdue,
    )


def _past_dial(row: Row) -> PastDial:
    talked = row["outcome"] is Outcome.ANSWERED and row["closed_at"] is not None
    return PastDial(
        callback_id=row["callback_id"],
        outcome=row["outcome"],
        settled=row["state"] in _SETTLED,
        duration=row["ended_at"] - row["started_at"],
        writing=row["closed_at"] - row["ended_at"] if talked else None,
    )


def _step_row(step: PlanStep) -> dict[str, object]:
    values = {column.name: getattr(step, column.name) for column in plan_steps.c if hasattr(step, column.name)}
    return values | {"detail": dict(step.detail)}


def _step(row: Row) -> PlanStep:
    return PlanStep(**{column.name: row[column] for column in plan_steps.c if column.name != "id"})


def _first(numbers: str) -> PhoneNumber | None:
    return next(map(PhoneNumber, from_text(numbers)), None)
