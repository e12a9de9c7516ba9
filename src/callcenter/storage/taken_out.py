"""Which callbacks left the queue because their customer must not be visited, and where did each stand before?

A note holds as long as nobody has touched its callback since: it names the row's version of then.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import ColumnElement, RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.gate.lifting import Standing, TakenOut
from callcenter.domain.people import CallbackState
from callcenter.domain.visits.closing import CallbackChange
from callcenter.storage.callbacks import apply_change
from callcenter.storage.columns import Word
from callcenter.storage.database import Database
from callcenter.storage.rows import insert_into
from callcenter.storage.tables import callbacks, plans, taken_out

_b, _t = callbacks.c, taken_out.c
_STATE = Word(CallbackState)
_NEVER = 0
"""No row has this version."""


class SqlTakenOut:
    """A TakenOutStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take_out(self, callback_id: str, version: int, change: CallbackChange) -> bool:
        """Apply the change if the row still has this version, and note where it stood; False, and nothing is written,
        when someone else was quicker.
        """
        async with self._database.write() as connection:
            await note(connection, [_b.id == callback_id, _b.version == version])
            return await connection.run_sync(apply_change, callback_id, change, version=version)

    async def of_customer(self, customer_id: str) -> list[TakenOut]:
        """Those that nobody has touched since, by id."""
        query = (
            sa.select(taken_out, callbacks, plans.c.channel)
            .join(callbacks, _b.id == _t.callback_id)
            .join(plans, plans.c.id == _b.plan_id)
            .where(_b.customer_id == customer_id, _b.version == _t.version)
            .order_by(_b.id)
        )
        async with self._database.read() as connection:
            return [_taken_out(row) for row in (await connection.execute(query)).mappings()]

    async def move(self, taken: TakenOut, to: Standing) -> bool:
        """The callback stands there from now on; False when somebody else was quicker. What is noted of it holds on,
        unless it stands where it stood before.
        """
        statement = (
            sa.update(callbacks)
            .values(
                state=to.state,
                exhausted_reason=to.exhausted_reason,
                not_before=to.not_before,
                appointment_at=to.appointment_at,
                version=taken.version + 1,
            )
            .where(_b.id == taken.callback_id, _b.version == taken.version)
        )
        async with self._database.write() as connection:
            if (await connection.execute(statement)).rowcount != 1:
                return False
            await _renote(connection, taken.callback_id, _NEVER if to == taken.before else taken.version + 1)
            return True

    async def leave_out(self, callback_ids: Sequence[str]) -> None:
        """They stay out of the queue, whatever is lifted later."""
        async with self._database.write() as connection:
            for callback_id in callback_ids:
                await _renote(connection, callback_id, _NEVER)


async def note(connection: AsyncConnection, where: Sequence[ColumnElement[bool]]) -> None:
    """Before these callbacks are taken out: where they stand. Of one that was taken out before, and that nobody has
    touched since, it stays noted where it stood at first.
    """
    waits = sa.case((_b.state == CallbackState.HANDED_OUT, sa.literal(CallbackState.WAITING, _STATE)), else_=_b.state)
    values = (_b.id, waits, _b.exhausted_reason, _b.not_before, _b.appointment_at, _b.version + 1)
    stand = sa.select(*values).where(*where).with_for_update()
    insert = insert_into(connection, taken_out).from_select([column.name for column in _t], stand)
    first = _t.version == insert.excluded.version - 1
    changed = {
        column.name: sa.case((first, column), else_=insert.excluded[column.name])
        for column in _t
        if column.name not in {"callback_id", "version"}
    }
    statement = insert.on_conflict_do_update(
        index_elements=["callback_id"], set_=changed | {"version": insert.excluded.version}
    )
    await connection.execute(statement)


async def _renote(connection: AsyncConnection, callback_id: str, version: int) -> None:
    await connection.execute(sa.update(taken_out).values(version=version).where(_t.callback_id == callback_id))


def _taken_out(row: RowMapping) -> TakenOut:
    return TakenOut(
        callback_id=row[_b.id],
        version=row[_b.version],
        channel=row[plans.c.channel],
        now=Standing(row[_b.state], row[_b.exhausted_reason], row[_b.not_before], row[_b.appointment_at]),
        before=Standing(row[_t.state], row[_t.exhausted_reason], row[_t.not_before], row[_t.appointment_at]),
    )
