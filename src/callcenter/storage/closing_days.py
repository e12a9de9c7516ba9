"""Days on which the house does not work, each with who entered it."""

from datetime import date

import sqlalchemy as sa

from callcenter.domain.times.closing_days import ClosingDay
from callcenter.storage.database import Database
from callcenter.storage.rows import insert_into
from callcenter.storage.tables import closing_days


class SqlClosingDays:
    """A ClosingDayStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[ClosingDay]:
        """By day."""
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(closing_days).order_by(closing_days.c.day))
            return [ClosingDay(**row) for row in rows.mappings()]

    async def add(self, closed: ClosingDay) -> bool:
        """False when this day is one already; it stays as it is."""
        values = {column.name: getattr(closed, column.name) for column in closing_days.c}
        async with self._database.write() as connection:
            statement = insert_into(connection, closing_days).values(values)
            statement = statement.on_conflict_do_nothing(index_elements=["day"])
            return (await connection.execute(statement)).rowcount == 1

    async def remove(self, day: date) -> bool:
        """False when this day is none."""
        async with self._database.write() as connection:
            return (await connection.execute(sa.delete(closing_days).where(closing_days.c.day == day))).rowcount == 1
