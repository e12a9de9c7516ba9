"""Who must not be called? What customers said, and whether a number is on a blocklist; nothing of it is deleted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import RowMapping

from callcenter.domain.gate.caps import CountedDials
from callcenter.domain.gate.exclusions import Exclusion, Lifting, Signature, Signer
from callcenter.domain.gate.restraints import Restraints
from callcenter.domain.people import CallbackState, Channel, Customer
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.caps import CapsGroup
from callcenter.storage.columns import Instant
from callcenter.storage.counted import counted_dials
from callcenter.storage.database import Database
from callcenter.storage.rows import customer_of
from callcenter.storage.statements import Row, Statements
from callcenter.storage.tables import blocked_numbers, blocklists, callbacks, customers, exclusions, plans
from callcenter.storage.taken_out import note

_c, _b = exclusions.c, callbacks.c
_STANDING = sa.select(exclusions).where(_c.customer_id == sa.bindparam("customer"), _c.lifted_at.is_(None))
_LISTS = (
    sa.select(blocklists.c.name)
    .join(
        blocked_numbers,
        sa.and_(blocked_numbers.c.list == blocklists.c.name, blocked_numbers.c.generation == blocklists.c.generation),
    )
    .where(blocked_numbers.c.number == sa.bindparam("number"))
    .order_by(blocklists.c.name)
)


class SqlRestraints:
    """A RestraintStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def restraints(self, customer_id: str, numbers: Sequence[PhoneNumber]) -> Restraints:
        """What stands against this customer and these numbers, seen in one moment; of dials nothing."""
        return await self._database.look(lambda connection: _restraints(connection, customer_id, numbers))

    async def counted(self, number: PhoneNumber, customer_id: str, caps: CapsGroup) -> CountedDials:
        """The latest dials that these caps count, over all plans."""
        return await self._database.look(lambda each: counted_dials(each, number.e164, customer_id, caps))

    async def blocked(self, number: PhoneNumber) -> tuple[str, ...]:
        """The lists that this number is on, by name."""
        return await self._database.look(lambda connection: _lists(connection, number))

    async def add(self, exclusion: Exclusion) -> None:
        """Raises ConstraintBrokenError (`foreign key`) where there is no such customer or callback."""
        async with self._database.write() as connection:
            await connection.execute(sa.insert(exclusions).values(_row(exclusion)))

    async def lift(self, exclusion_id: str, lifting: Lifting) -> bool:
        """False when it was lifted before, or is nowhere."""
        statement = (
            sa.update(exclusions)
            .values(
                lifted_at=lifting.at,
                lifted_who=lifting.who,
                lifted_login=lifting.login,
                lifted_reason=lifting.reason,
            )
            .where(_c.id == exclusion_id, _c.lifted_at.is_(None))
        )
        async with self._database.write() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def get(self, exclusion_id: str) -> Exclusion | None:
        found = await self._found(sa.select(exclusions).where(_c.id == exclusion_id))
        return found[0] if found else None

    async def of_customer(self, customer_id: str) -> list[Exclusion]:
        """Also those that were lifted or are over; the newest first."""
        query = sa.select(exclusions).where(_c.customer_id == customer_id)
        return await self._found(query.order_by(_c.at.desc(), _c.id.desc()))

    async def latest(
        self, limit: int = 100, after: tuple[datetime, str] | None = None, *, standing: bool = False
    ) -> list[Exclusion]:
        """The newest first. after: the instant and id of the last one that was read. standing: not those lifted."""
        query = sa.select(exclusions).order_by(_c.at.desc(), _c.id.desc()).limit(limit)
        if after is not None:
            at, last_id = after
            place = sa.tuple_(sa.literal(at, Instant()), sa.literal(last_id, sa.Text()))
            query = query.where(sa.tuple_(_c.at, _c.id) < place)
        if standing:
            query = query.where(_c.lifted_at.is_(None))
        return await self._found(query)

    async def customer(self, customer_id: str) -> Customer | None:
        query = sa.select(customers).where(customers.c.id == customer_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).mappings().first()
        return customer_of(row) if row else None

    async def take_out(
        self, exclusion: Exclusion, states: Sequence[CallbackState], state: CallbackState, reason: str
    ) -> int:
        """The customer's callbacks that this is about, and that are in one of these states, leave the queue; how many.
        One whose round is used up keeps the reason it has. Where they stood is noted: see TakenOutStore.
        """
        mine = [_b.customer_id == exclusion.customer_id, _b.state.in_(states)]
        if exclusion.callback_id is not None:
            mine.append(_b.id == exclusion.callback_id)
        by_channel = sa.select(plans.c.id).where(plans.c.channel.in_(sorted(exclusion.channels)))
        mine.append(_b.plan_id.in_(by_channel))
        statement = (
            sa.update(callbacks)
            .values(
                state=state,
                exhausted_reason=sa.case((_b.state == CallbackState.EXHAUSTED, _b.exhausted_reason), else_=reason),
                leased_to=None,
                leased_until=None,
                appointment_at=None,
                version=_b.version + 1,
            )
            .where(*mine)
        )
        async with self._database.write() as connection:
            await note(connection, mine)
            return (await connection.execute(statement)).rowcount

    async def _found(self, query: sa.Select[tuple[object, ...]]) -> list[Exclusion]:
        async with self._database.read() as connection:
            return [_exclusion(row) for row in (await connection.execute(query)).mappings()]


def _restraints(connection: Statements, customer_id: str, numbers: Sequence[PhoneNumber]) -> Restraints:
    standing = connection.execute(_STANDING, {"customer": customer_id}).mappings().all()
    blocked = {number: lists for number in numbers if (lists := _lists(connection, number))}
    return Restraints(tuple(_exclusion(row) for row in standing), blocked)


def _lists(connection: Statements, number: PhoneNumber) -> tuple[str, ...]:
    rows = connection.execute(_LISTS, {"number": number.e164}).mappings().all()
    return tuple(row[blocklists.c.name] for row in rows)


def _row(exclusion: Exclusion) -> Mapping[str, Any]:
    same = {column.name: getattr(exclusion, column.name) for column in _c if hasattr(exclusion, column.name)}
    return same | {
        "channels": sorted(exclusion.channels),
        "signatures": [{"role": each.role.value, "name": each.name} for each in exclusion.signatures],
    }


def _exclusion(row: Row | RowMapping) -> Exclusion:
    lifted = None
    if row[_c.lifted_at] is not None:
        lifted = Lifting(row[_c.lifted_at], row[_c.lifted_who], row[_c.lifted_login], row[_c.lifted_reason])
    signatures = (Signature(Signer(each["role"]), each["name"]) for each in row[_c.signatures])
    return Exclusion(
        id=row[_c.id],
        customer_id=row[_c.customer_id],
        kind=row[_c.kind],
        at=row[_c.at],
        who=row[_c.who],
        login=row[_c.login],
        reason=row[_c.reason],
        channels=frozenset(Channel(each) for each in row[_c.channels]),
        callback_id=row[_c.callback_id],
        number=row[_c.number],
        until=row[_c.until],
        signatures=tuple(signatures),
        document=row[_c.document],
        lifted=lifted,
    )
