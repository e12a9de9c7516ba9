"""Callbacks that were put off, plan by plan, and how far they were reckoned anew for which version of a policy."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.replanning import Parked, Replan
from callcenter.storage.database import Database
from callcenter.storage.rows import ATTEMPT_COLUMNS, attempt_of, case_of, insert_into
from callcenter.storage.tables import PARKED, attempts, callbacks, customers, plans, replans

_c = callbacks.c


class SqlReplans:
    """A ReplanStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replans(self) -> Mapping[str, Replan]:
        """By plan; the last one of each."""
        async with self._database.read() as connection:
            rows = (await connection.execute(sa.select(replans))).mappings()
            return {row["plan_id"]: Replan(**row) for row in rows}

    async def parked(self, plan_id: str, after: str, limit: int) -> Sequence[Parked]:
        """Of this plan those that wait for their not_before, by id, from behind `after`."""
        parked = sa.text(f"callbacks.{PARKED}".replace("AND ", "AND callbacks."))
        query = (
            sa.select(callbacks, customers, plans)
            .join(customers)
            .join(plans, _c.plan_id == plans.c.id)
            .where(parked, _c.plan_id == plan_id, _c.id > after)
            .order_by(_c.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
            ids = [row[_c.id] for row in rows]
            dials = sa.select(*ATTEMPT_COLUMNS).where(attempts.c.callback_id.in_(ids)).order_by(attempts.c.ordinal)
            made: dict[str, list[Attempt]] = {}
            for row in (await connection.execute(dials)).mappings():
                attempt = attempt_of(row)
                made.setdefault(attempt.callback_id, []).append(attempt)
        return [Parked(case_of(row), row[_c.put_off_by] is not None, tuple(made.get(row[_c.id], ()))) for row in rows]

    async def count_parked(self, plan_id: str, after: str) -> int:
        query = sa.select(sa.func.count()).where(sa.text(PARKED), _c.plan_id == plan_id, _c.id > after)
        async with self._database.read() as connection:
            return int(await connection.scalar(query) or 0)

    async def move(self, replan: Replan, moved: Mapping[tuple[str, int], datetime | None]) -> int:
        """In one transaction: give these callbacks, by id and version, another not_before, and note how far it is. How
        many were as they had been read: the others changed meanwhile, and stay as they are.
        """
        times: dict[datetime | None, list[tuple[str, int]]] = {}
        for key, not_before in moved.items():
            times.setdefault(not_before, []).append(key)
        async with self._database.write() as connection:
            # First of all, so that two who do the same plan at once do so one after the other.
            row = {field.name: getattr(replan, field.name) for field in fields(Replan)}
            insert = insert_into(connection, replans).values(row)
            changed = {name: insert.excluded[name] for name in row if name != "plan_id"}
            await connection.execute(insert.on_conflict_do_update(index_elements=["plan_id"], set_=changed))
            done = 0
            for not_before, keys in times.items():
                # By their ids first: of pairs alone SQLite would look at every callback that is put off.
                by_id = _c.id.in_([callback_id for callback_id, _ in keys])
                same = sa.and_(by_id, sa.tuple_(_c.id, _c.version).in_(keys), sa.text(PARKED))
                change = sa.update(callbacks).values(not_before=not_before, version=_c.version + 1).where(same)
                done += (await connection.execute(change)).rowcount
            total = sa.update(replans).values(moved=replan.moved + done)
            await connection.execute(total.where(replans.c.plan_id == replan.plan_id))
        return done
