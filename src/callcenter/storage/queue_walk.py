"""What waits in the queue, in its order, a page at a time, with what a conflict of interest is told by; read only."""

from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.people import PlanState
from callcenter.domain.waiting import Ahead, QueuePlace
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.tables import QUEUED, callbacks, customers, plans

_c = callbacks.c


class SqlQueueWalk:
    """A QueueWalk."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ahead(self, now: datetime, after: QueuePlace | None, limit: int) -> list[Ahead]:
        """Callbacks that could be handed out now, the next ones behind `after`."""
        query = (
            sa.select(
                _c.due_at,
                _c.priority,
                _c.created_at,
                _c.id,
                customers.c.manager,
                customers.c.department,
                plans.c.policy,
                plans.c.zone,
            )
            .select_from(callbacks)
            .join(customers)
            .join(plans, _c.plan_id == plans.c.id)
            .where(
                sa.text(f"callbacks.{QUEUED}"),
                plans.c.state == PlanState.RUNNING,
                sa.or_(_c.not_before.is_(None), _c.not_before <= now),
                sa.or_(_c.leased_until.is_(None), _c.leased_until <= now),
            )
            .order_by(_c.due_at, _c.priority.desc(), _c.created_at, _c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(_behind(after))
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings()
            return [
                Ahead(
                    QueuePlace(row[_c.due_at], row[_c.priority], row[_c.created_at], row[_c.id]),
                    row[customers.c.manager],
                    row[customers.c.department],
                    row[plans.c.policy],
                    row[plans.c.zone],
                )
                for row in rows
            ]


def _behind(place: QueuePlace) -> sa.ColumnElement[bool]:
    later = sa.tuple_(_c.created_at, _c.id) > sa.tuple_(
        sa.literal(place.created_at, Instant()), sa.literal(place.callback_id, sa.Text())
    )
    of_its_day = sa.or_(_c.priority < place.priority, sa.and_(_c.priority == place.priority, later))
    # The first says where the index is entered.
    return sa.and_(_c.due_at >= place.due_at, sa.or_(_c.due_at > place.due_at, of_its_day))
