"""Visits that were made without a call, and their scans: written once, never changed."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from callcenter.domain.visits.paper import PaperFound, PaperVisit, Scan
from callcenter.storage.database import Database
from callcenter.storage.tables import paper_visits, scans

_v, _s = paper_visits.c, scans.c


class SqlPaper:
    """A PaperStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, visit: PaperVisit) -> None:
        row = {column.name: getattr(visit, column.name) for column in _v}
        async with self._database.write() as connection:
            await connection.execute(sa.insert(paper_visits).values(row))

    async def attach(self, scan: Scan) -> None:
        row = {column.name: getattr(scan, column.name) for column in _s}
        async with self._database.write() as connection:
            await connection.execute(sa.insert(scans).values(row))

    async def get(self, visit_id: str) -> PaperFound | None:
        return next(iter(await self._found(_v.id == visit_id)), None)

    async def of_callback(self, callback_id: str) -> Sequence[PaperFound]:
        """The latest visit first."""
        return await self._found(_v.callback_id == callback_id)

    async def scan(self, scan_id: str) -> tuple[Scan, PaperVisit] | None:
        async with self._database.read() as connection:
            query = sa.select(*_s, *(column.label(f"v_{column.name}") for column in _v))
            query = query.join(paper_visits, _v.id == _s.visit_id).where(_s.id == scan_id)
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            return None
        visit = {column.name: row[f"v_{column.name}"] for column in _v}
        return _scan(row), PaperVisit(**visit)

    async def _found(self, where: sa.ColumnElement[bool]) -> list[PaperFound]:
        async with self._database.read() as connection:
            query = sa.select(paper_visits).where(where).order_by(_v.visited_at.desc(), _v.id)
            visits = (await connection.execute(query)).mappings().all()
            ids = [row["id"] for row in visits]
            kept = sa.select(scans).where(_s.visit_id.in_(ids)).order_by(_s.added_at, _s.id)
            of: dict[str, list[Scan]] = {}
            for row in (await connection.execute(kept)).mappings():
                of.setdefault(row["visit_id"], []).append(_scan(row))
        return [PaperFound(PaperVisit(**row), tuple(of.get(row["id"], ()))) for row in visits]


def _scan(row: Mapping[Any, Any]) -> Scan:
    return Scan(**{column.name: row[column.name] for column in _s})
