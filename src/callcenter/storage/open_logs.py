"""Visit logs that wait to be closed."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.visits.open_logs import OpenLogs, Unclosed
from callcenter.storage.database import Database
from callcenter.storage.tables import OPEN, agents, attempts, callbacks, customers, plans, visit_logs

_a, _l = attempts.c, visit_logs.c
_IS_OPEN = sa.text(f"visit_logs.{OPEN}")
# Built once: every page of an agent tells how many there are.
_COUNT = (
    sa.select(
        sa.func.count().label("many"), sa.func.count(sa.case((_a.started_at < sa.bindparam("day"), 1))).label("overdue")
    )
    .select_from(visit_logs.join(attempts, _a.id == _l.attempt_id))
    .where(_IS_OPEN, _a.agent_id == sa.bindparam("agent"))
)
_LIST = (
    sa.select(
        _a.id,
        _a.agent_id,
        agents.c.name,
        agents.c.staff_number,
        customers.c.organisation,
        customers.c.name.label("customer"),
        plans.c.name.label("plan"),
        _a.started_at,
    )
    .select_from(visit_logs.join(attempts, _a.id == _l.attempt_id))
    .join(agents, agents.c.id == _a.agent_id)
    .join(callbacks, callbacks.c.id == _a.callback_id)
    .join(customers, customers.c.id == callbacks.c.customer_id)
    .join(plans, plans.c.id == callbacks.c.plan_id)
    .where(_IS_OPEN)
    .order_by(_a.started_at, _a.id)
)


class SqlOpenLogs:
    """An OpenLogStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, agent_id: str, day: datetime) -> OpenLogs:
        """day: UTC, when today began."""
        values = {"agent": agent_id, "day": day}
        row = await self._database.look(lambda each: each.execute(_COUNT, values).mappings().one())
        return OpenLogs(row["many"], row["overdue"])

    async def waiting(self, agent_id: str | None = None, limit: int = 200) -> Sequence[Unclosed]:
        """The oldest first; of one agent, or of all."""
        query = _LIST.limit(limit)
        if agent_id is not None:
            query = query.where(_a.agent_id == agent_id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Unclosed(id_, agent, name, number, " ".join(each for each in (organisation, customer) if each), plan, at)
            for id_, agent, name, number, organisation, customer, plan, at in rows
        ]
