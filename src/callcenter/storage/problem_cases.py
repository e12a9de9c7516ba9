"""Problem cases with their steps, and corrections of customer data; nothing of either is deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.people import Customer
from callcenter.domain.visits.corrections import Correction, CorrectionState
from callcenter.domain.visits.problem_cases import CaseSearch, CaseState, CaseStep, ProblemCase
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.rows import customer_row, insert_into
from callcenter.storage.statements import Row
from callcenter.storage.tables import corrections, customers, problem_case_steps, problem_cases

_c, _s, _k = problem_cases.c, problem_case_steps.c, corrections.c
Place = tuple[datetime, str]


class SqlProblemCases:
    """A ProblemCaseStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, case: ProblemCase, step: CaseStep) -> bool:
        """With its first step, in one transaction; False when there is one of this id already."""
        async with self._database.write() as connection:
            statement = insert_into(connection, problem_cases).on_conflict_do_nothing(index_elements=["id"])
            added = await connection.scalar(statement.returning(_c.id), _row(case, problem_cases))
            if added is not None:
                await connection.execute(sa.insert(problem_case_steps).values(_row(step, problem_case_steps)))
        return added is not None

    async def save(self, case: ProblemCase, version: int, step: CaseStep) -> bool:
        """Keep the case and the step that led there, if the row still has this version; one transaction."""
        statement = sa.update(problem_cases).where(_c.id == case.id, _c.version == version)
        async with self._database.write() as connection:
            if (await connection.execute(statement.values(_row(case, problem_cases)))).rowcount != 1:
                return False
            await connection.execute(sa.insert(problem_case_steps).values(_row(step, problem_case_steps)))
        return True

    async def second_visit(self, case_ids: Sequence[str], callback_id: str) -> None:
        """This callback is the second visit of these cases."""
        statement = sa.update(problem_cases).where(_c.id.in_(case_ids), _c.second_visit != callback_id)
        async with self._database.write() as connection:
            await connection.execute(statement.values(second_visit=callback_id, version=_c.version + 1))

    async def get(self, case_id: str) -> ProblemCase | None:
        found = await self._found(sa.select(problem_cases).where(_c.id == case_id))
        return found[0] if found else None

    async def steps(self, case_id: str) -> list[CaseStep]:
        """The oldest first."""
        query = sa.select(problem_case_steps).where(_s.case_id == case_id).order_by(_s.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings()
            return [CaseStep(**{column.name: row[column] for column in _s if column is not _s.id}) for row in rows]

    async def search(self, wanted: CaseSearch, after: Place | None = None, limit: int = 100) -> list[ProblemCase]:
        """The most urgent first, from behind `after`: its due time and id."""
        query = sa.select(problem_cases).where(*_wanted(wanted)).order_by(_c.due_at, _c.id).limit(limit)
        if after is not None:
            place = sa.tuple_(sa.literal(after[0], Instant()), sa.literal(after[1], sa.Text()))
            query = query.where(sa.tuple_(_c.due_at, _c.id) > place)
        return await self._found(query)

    async def by_department(self, now: datetime) -> Mapping[str, tuple[int, int]]:
        """Of those that are open, how many each department has, and how many of them are overdue."""
        late = sa.func.sum(sa.case((_c.due_at <= now, 1), else_=0))
        query = sa.select(_c.department, sa.func.count().label("many"), late.label("late"))
        query = query.where(_c.state == CaseState.OPEN).group_by(_c.department).order_by(_c.department)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings()
            return {row["department"]: (row["many"], row["late"]) for row in rows}

    async def _found(self, query: sa.Select[Any]) -> list[ProblemCase]:
        async with self._database.read() as connection:
            return [problem_case_of(row) for row in (await connection.execute(query)).mappings()]


class SqlCorrections:
    """A CorrectionStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, correction: Correction) -> bool:
        """False when there is one of this id already."""
        async with self._database.write() as connection:
            statement = insert_into(connection, corrections).on_conflict_do_nothing(index_elements=["id"])
            added = await connection.scalar(statement.returning(_k.id), _row(correction, corrections))
        return added is not None

    async def get(self, correction_id: str) -> Correction | None:
        found = await self._found(sa.select(corrections).where(_k.id == correction_id))
        return found[0] if found else None

    async def decide(self, correction: Correction, version: int, customer: Customer | None) -> bool:
        """Keep what was decided and, where it is given, the record as it then is, in one transaction; False, and
        nothing is written, when somebody else was quicker.
        """
        statement = sa.update(corrections).where(
            _k.id == correction.id, _k.version == version, _k.state == CorrectionState.PROPOSED
        )
        async with self._database.write() as connection:
            if (await connection.execute(statement.values(_row(correction, corrections)))).rowcount != 1:
                return False
            if customer is not None:
                record = sa.update(customers).where(customers.c.id == customer.id)
                await connection.execute(record.values(dict(customer_row(customer))))
        return True

    async def search(
        self,
        state: CorrectionState | None = None,
        *,
        attempt_id: str = "",
        after: Place | None = None,
        limit: int = 100,
    ) -> list[Correction]:
        """The oldest first, from behind `after`: its instant and id."""
        query = sa.select(corrections).order_by(_k.at, _k.id).limit(limit)
        if state is not None:
            query = query.where(_k.state == state)
        if attempt_id:
            query = query.where(_k.attempt_id == attempt_id)
        if after is not None:
            place = sa.tuple_(sa.literal(after[0], Instant()), sa.literal(after[1], sa.Text()))
            query = query.where(sa.tuple_(_k.at, _k.id) > place)
        return await self._found(query)

    async def _found(self, query: sa.Select[Any]) -> list[Correction]:
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings()
            return [Correction(**{column.name: row[column] for column in _k}) for row in rows]


def _wanted(wanted: CaseSearch) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(_c.state == wanted.state)
    if wanted.department:
        found.append(_c.department == wanted.department)
    if wanted.major:
        found.append(_c.major.is_(sa.true()))
    if wanted.overdue_at is not None:
        found.append(sa.and_(_c.state == CaseState.OPEN, _c.due_at <= wanted.overdue_at))
    if wanted.callback_id:
        found.append(_c.callback_id == wanted.callback_id)
    if wanted.attempt_id:
        found.append(_c.attempt_id == wanted.attempt_id)
    return found


def problem_case_of(row: Row) -> ProblemCase:
    return ProblemCase(**{column.name: row[column] for column in _c})


def _row(value: ProblemCase | CaseStep | Correction, table: sa.Table) -> dict[str, Any]:
    return {column.name: getattr(value, column.name) for column in table.c if hasattr(value, column.name)}
