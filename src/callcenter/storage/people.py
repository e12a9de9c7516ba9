"""Agents, plans, customers and their callbacks, as they come in."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.people import Agent, Callback, Customer, PhoneChoice, Plan
from callcenter.storage.database import Database
from callcenter.storage.handing_out import add_callbacks
from callcenter.storage.rows import agent_of, customer_row, insert_into, plan_of, row_of
from callcenter.storage.tables import agents, customers, plans

_AGENT = (
    sa.select(agents)
    .where(sa.or_(agents.c.id == sa.bindparam("key"), agents.c.staff_number == sa.bindparam("key")))
    .order_by(sa.case((agents.c.id == sa.bindparam("key"), 0), else_=1))
    .limit(1)
)


class SqlPeople:
    """A PeopleStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add_agent(self, agent: Agent) -> None:
        """Add, or replace the one of the same id. Raises ConstraintBrokenError where another has the staff number."""
        async with self._database.write() as connection:
            await connection.execute(_insert(connection, agents, replace=True), row_of(agent, agents))

    async def choose_phone(self, agent_id: str, phone: PhoneChoice) -> None:
        """What rings for this agent from now on."""
        async with self._database.write() as connection:
            await connection.execute(sa.update(agents).values(phone=phone).where(agents.c.id == agent_id))

    async def agent(self, key: str) -> Agent | None:
        """By id or staff number; the id wins."""
        row = await self._database.look(lambda each: each.execute(_AGENT, {"key": key}).mappings().first())
        return agent_of(row) if row else None

    async def agents(self) -> list[Agent]:
        """By staff number."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(agents).order_by(agents.c.staff_number))
            return [agent_of(row) for row in rows.mappings()]

    async def add_plan(self, plan: Plan) -> None:
        """Add, or replace the one of the same id: so a plan is paused and finished."""
        async with self._database.write() as connection:
            await connection.execute(_insert(connection, plans, replace=True), row_of(plan, plans))

    async def plans(self) -> list[Plan]:
        """By id."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(plans).order_by(plans.c.id))
            return [plan_of(row) for row in rows.mappings()]

    async def add_cases(self, new_customers: Sequence[Customer], new_callbacks: Sequence[Callback]) -> int:
        """Add those not yet known by id, in one transaction; what is known stays as it is. How many callbacks were new.
        Raises ConstraintBrokenError (`foreign key`) for a callback whose plan or customer is nowhere.
        """
        async with self._database.write() as connection:
            added = await _add(connection, customers, [customer_row(customer) for customer in new_customers])
            fresh = [customer for customer in new_customers if customer.id in added]
            return len(await add_callbacks(connection, new_callbacks, fresh))


async def _add(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Ids of the rows that were new."""
    if not rows:
        return set()
    statement = _insert(connection, table, replace=False).returning(table.c.id)
    # In one order, so that two who add the same do not wait for each other.
    ordered = sorted(rows, key=lambda row: str(row["id"]))
    return set((await connection.scalars(statement, ordered)).all())


def _insert(connection: AsyncConnection, table: Table, *, replace: bool) -> sqlite.Insert | postgresql.Insert:
    statement = insert_into(connection, table)
    if not replace:
        return statement.on_conflict_do_nothing(index_elements=["id"])
    new = {column.name: statement.excluded[column.name] for column in table.c if column.name != "id"}
    return statement.on_conflict_do_update(index_elements=["id"], set_=new)
