"""Times that an agent agreed with customers, and that still stand."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import CallbackState
from callcenter.domain.visits.appointing import Agreed
from callcenter.storage.database import Database
from callcenter.storage.tables import attempts, callbacks, customers

_a, _c = attempts.c, callbacks.c
_STANDS = (CallbackState.WAITING, CallbackState.HANDED_OUT)


class SqlAppointments:
    """An AppointmentStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_agent(self, agent_id: str, since: datetime, until: datetime) -> Sequence[Agreed]:
        """Of callbacks that wait for the time which this agent's talk agreed; by time. since, until: UTC, `until`
        excluded.
        """
        latest = (
            sa.select(_a.agent_id)
            .where(_a.callback_id == _c.id, _a.disposition == Disposition.APPOINTMENT)
            .order_by(_a.ordinal.desc())
            .limit(1)
            .scalar_subquery()
        )
        query = (
            sa.select(_c.id, customers.c.name, _c.appointment_at)
            .join(customers, customers.c.id == _c.customer_id)
            .where(_c.appointment_at >= since, _c.appointment_at < until, _c.state.in_(_STANDS))
            .where(latest == agent_id)
            .order_by(_c.appointment_at, _c.id)
        )
        async with self._database.read() as connection:
            return [Agreed(*row) for row in await connection.execute(query)]
