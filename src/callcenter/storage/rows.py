"""Rows of the queue as values of the domain, and back."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import Agent, Callback, Case, Channel, Customer, Plan
from callcenter.domain.phone import PhoneNumber
from callcenter.storage.statements import Row
from callcenter.storage.tables import agents, attempts, callbacks, customers, plans

ATTEMPT_COLUMNS = tuple(column for column in attempts.c if column is not attempts.c.call)


def callback_of(row: Row) -> Callback:
    return Callback(**_values(row, callbacks))


def plan_of(row: Row) -> Plan:
    values = _values(row, plans)
    several = {name: tuple(values[name] or ()) for name in ("lists", "agent_ids", "departments")}
    return Plan(**values | several | {"other_channels": tuple(map(Channel, values["other_channels"] or ()))})


def agent_of(row: Row) -> Agent:
    return Agent(**_values(row, agents))


def customer_of(row: Row) -> Customer:
    values = _values(row, customers)
    return Customer(**values | {"numbers": tuple(PhoneNumber(number) for number in values["numbers"])})


def case_of(row: Row) -> Case:
    return Case(callback_of(row), customer_of(row), plan_of(row))


def attempt_of(row: Row) -> Attempt:
    return Attempt(**{column.name: row[column] for column in ATTEMPT_COLUMNS})


def row_of(value: Agent | Attempt | Callback | Plan, table: Table) -> Mapping[str, Any]:
    """The value's fields, by the names of the table's columns."""
    return {column.name: getattr(value, column.name) for column in table.c if hasattr(value, column.name)}


def customer_row(customer: Customer) -> Mapping[str, Any]:
    values = {column.name: getattr(customer, column.name) for column in customers.c}
    return values | {"numbers": [number.e164 for number in customer.numbers]}


def insert_into(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say what happens where a row stands already; each database has its own."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _values(row: Row, table: Table) -> dict[str, Any]:
    # By column, not by name: the tables of a join share names.
    return {column.name: row[column] for column in table.c}
