"""Imports: what files were read, what came of each, which of their rows were bad; and the rows that were good."""

import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import RowMapping, Table
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.intake.ids import KEY_BYTES
from callcenter.domain.intake.problems import REMARKS, RowProblem
from callcenter.domain.intake.row import Import, ImportCounts, ImportProblem, ImportState, TakenIn
from callcenter.domain.people import Callback, Customer
from callcenter.storage.database import Database
from callcenter.storage.handing_out import add_callbacks
from callcenter.storage.rows import callback_of, customer_of, customer_row, insert_into
from callcenter.storage.tables import callbacks, customers, import_problems, imports, keys

PAGE = 1000
ValueT = TypeVar("ValueT", Callback, Customer)
_ID_KEY = "ids"
_COUNTS = ("row", "new", "known", "bad", "remark")


class SqlImports:
    """An ImportStore."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._id_key = b""

    async def id_key(self) -> bytes:
        """Made by whoever asks first, of all processes, and never changed."""
        if not self._id_key:
            made = {"name": _ID_KEY, "value": secrets.token_bytes(KEY_BYTES)}
            async with self._database.write() as connection:
                insert = insert_into(connection, keys).on_conflict_do_nothing(index_elements=["name"])
                await connection.execute(insert, made)
                self._id_key = (await connection.scalars(sa.select(keys.c.value).where(keys.c.name == _ID_KEY))).one()
        return self._id_key

    async def take_in(self, new_customers: Sequence[Customer], new_callbacks: Sequence[Callback]) -> TakenIn:
        """Add those not yet known by id, in one transaction; what is known stays as it is.

        Raises ConstraintBrokenError (`foreign key`) for a callback whose plan or customer is nowhere.
        """
        async with self._database.write() as connection:
            added = await _add(connection, customers, [customer_row(customer) for customer in new_customers])
            fresh = [customer for customer in new_customers if customer.id in added]
            new = await add_callbacks(connection, new_callbacks, fresh)
            known_customers = {customer.id for customer in new_customers} - added
            known_callbacks = {callback.id for callback in new_callbacks} - new
            return TakenIn(
                new,
                {row["id"]: customer_of(row) for row in await _known(connection, customers, known_customers)},
                {row["id"]: callback_of(row) for row in await _known(connection, callbacks, known_callbacks)},
            )

    async def numbers(self, plan_id: str) -> AsyncIterator[Sequence[tuple[str, tuple[str, ...]]]]:
        """Every callback of the plan with its customer's numbers (E.164), a page at a time."""
        query = (
            sa.select(callbacks.c.id, customers.c.numbers)
            .join(customers)
            .where(callbacks.c.plan_id == plan_id)
            .order_by(callbacks.c.id)
            .limit(PAGE)
        )
        after = ""
        while True:
            async with self._database.read() as connection:
                rows = (await connection.execute(query.where(callbacks.c.id > after))).all()
            if not rows:
                return
            yield [(key, tuple(numbers)) for key, numbers in rows]
            after = rows[-1][0]

    async def begin(self, record: Import) -> None:
        """Raises ConstraintBrokenError (`foreign key`) where there is no such plan."""
        async with self._database.write() as connection:
            await connection.execute(sa.insert(imports).values(_row(record)))

    async def note(self, record: Import, problems: Sequence[ImportProblem] = ()) -> None:
        """The import as it stands now, and problems that were found since, in one transaction."""
        values = {name: value for name, value in _row(record).items() if name != "id"}
        rows = [_problem_row(record.id, problem) for problem in problems]
        async with self._database.write() as connection:
            await connection.execute(sa.update(imports).where(imports.c.id == record.id).values(values))
            if rows:
                await connection.execute(sa.insert(import_problems), rows)

    async def interrupt(self, before: datetime) -> None:
        """Those that run, and gave no sign of life since then, are INTERRUPTED; they ended when they last gave one."""
        stale = sa.and_(imports.c.state == ImportState.RUNNING, imports.c.seen_at < before)
        change = sa.update(imports).where(stale).values(state=ImportState.INTERRUPTED, ended_at=imports.c.seen_at)
        async with self._database.write() as connection:
            await connection.execute(change)

    async def get(self, import_id: str) -> Import | None:
        async with self._database.read() as connection:
            row = (await connection.execute(sa.select(imports).where(imports.c.id == import_id))).mappings().first()
        return _import(row) if row else None

    async def latest(
        self, limit: int = 100, plan_id: str | None = None, after: tuple[datetime, str] | None = None
    ) -> list[Import]:
        """The newest first. after: start and id of the last one that was read."""
        query = sa.select(imports).order_by(imports.c.started_at.desc(), imports.c.id).limit(limit)
        if plan_id is not None:
            query = query.where(imports.c.plan_id == plan_id)
        if after is not None:
            at, key = after
            same = sa.and_(imports.c.started_at == at, imports.c.id > key)
            query = query.where(sa.or_(imports.c.started_at < at, same))
        async with self._database.read() as connection:
            return [_import(row) for row in (await connection.execute(query)).mappings()]

    async def problems(self, import_id: str) -> AsyncIterator[ImportProblem]:
        """In the order of their rows, a page at a time."""
        c = import_problems.c
        query = sa.select(import_problems).where(c.import_id == import_id).order_by(c.id).limit(PAGE)
        after = 0
        while True:
            async with self._database.read() as connection:
                rows = (await connection.execute(query.where(c.id > after))).mappings().all()
            if not rows:
                return
            for row in rows:
                yield _problem(row)
            after = rows[-1]["id"]

    async def problem_page(
        self, import_id: str, *, limit: int, after: int = 0, remarks: bool = True
    ) -> list[tuple[int, ImportProblem]]:
        """Some problems with their numbers, in the order of their rows. after: number of the last one that was read.
        remarks: also those that did not keep their rows out.
        """
        c = import_problems.c
        query = sa.select(import_problems).where(c.import_id == import_id, c.id > after).order_by(c.id).limit(limit)
        if not remarks:
            query = query.where(c.problem.not_in(sorted(REMARKS)))
        async with self._database.read() as connection:
            return [(row["id"], _problem(row)) for row in (await connection.execute(query)).mappings()]


async def _add(connection: AsyncConnection, table: Table, rows: Sequence[Any]) -> set[str]:
    """Ids of the rows that were new."""
    if not rows:
        return set()
    statement = insert_into(connection, table).on_conflict_do_nothing(index_elements=["id"]).returning(table.c.id)
    return set((await connection.scalars(statement, rows)).all())


async def _known(connection: AsyncConnection, table: Table, ids: Collection[str]) -> Sequence[RowMapping]:
    if not ids:
        return []
    query = sa.select(table).where(table.c.id.in_(sorted(ids)))
    return (await connection.execute(query)).mappings().all()


def _row(record: Import) -> dict[str, Any]:
    counts = record.counts
    values = (counts.rows, counts.new, counts.known, counts.bad, counts.remarks)
    plain = {column.name: getattr(record, column.name) for column in imports.c if hasattr(record, column.name)}
    return {**plain, **{f"{name}_count": value for name, value in zip(_COUNTS, values, strict=True)}}


def _import(row: RowMapping) -> Import:
    plain = {name: value for name, value in row.items() if not name.endswith("_count")}
    lists = {
        "headings": tuple(row["headings"]),
        "columns": tuple((heading, field) for heading, field in row["columns"]),
        "unread": tuple(row["unread"]),
    }
    return Import(**plain | lists, counts=ImportCounts(*(row[f"{name}_count"] for name in _COUNTS)))


def _problem_row(import_id: str, problem: ImportProblem) -> dict[str, Any]:
    return {
        "import_id": import_id,
        "line": problem.line,
        "column": problem.problem.column,
        "problem": problem.problem.problem,
        "detail": dict(problem.problem.detail),
        "cells": list(problem.cells),
    }


def _problem(row: RowMapping) -> ImportProblem:
    return ImportProblem(row["line"], RowProblem(row["problem"], row["column"], row["detail"]), tuple(row["cells"]))
