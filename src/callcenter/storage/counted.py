"""How often was this number, this customer, dialled of late? Asked by the gate, and once more where an attempt begins.

Between the gate's answer and the attempt another process may have dialled: what decides is asked again in the
transaction that writes the attempt. SQLite lets one write at a time; on PostgreSQL those whose caps count the same
number, or the same customer, take turns by a lock that lasts until the commit.
"""

import zlib
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.attempt import Attempt
from callcenter.domain.gate.caps import CapTerms, CountedDials, refused_by_caps
from callcenter.domain.policies.caps import CapsGroup, Whose
from callcenter.domain.refusal import Refusal
from callcenter.storage.statements import Statements
from callcenter.storage.tables import COUNTED, attempts, callbacks

_c = attempts.c
_LOCKS = 0x63617073
"""Of PostgreSQL's locks by two numbers those with this first one."""

_MOST = sa.bindparam("most", type_=sa.Integer())
_OF_NUMBER = (
    sa.select(_c.started_at)
    .where(sa.type_coerce(_c.number, sa.Text) == sa.bindparam("key"), sa.text(f"({COUNTED})"))
    .order_by(_c.started_at.desc())
    .limit(_MOST)
)
_OF_CUSTOMER = (
    sa.select(_c.started_at)
    .join(callbacks, callbacks.c.id == _c.callback_id)
    .where(callbacks.c.customer_id == sa.bindparam("key"), sa.text(f"({COUNTED})"))
    .order_by(_c.started_at.desc())
    .limit(_MOST)
)
_LOCK = sa.select(
    sa.func.pg_advisory_xact_lock(sa.literal(_LOCKS, sa.Integer()), sa.bindparam("key", type_=sa.Integer()))
)


def counted_dials(connection: Statements, number: str, customer_id: str, group: CapsGroup) -> CountedDials:
    """As many of the latest as these caps ask for; none is read where there is no cap. number: E.164."""

    def latest(query: sa.Select[tuple[datetime]], whose: Whose, key: str) -> tuple[datetime, ...]:
        most = group.most(whose)
        if not most:
            return ()
        rows = connection.execute(query, {"key": key, "most": most}).mappings().all()
        return tuple(row[_c.started_at] for row in rows)

    return CountedDials(latest(_OF_NUMBER, Whose.NUMBER, number), latest(_OF_CUSTOMER, Whose.CUSTOMER, customer_id))


def take_turns(connection: Statements, dials: Iterable[tuple[Attempt, CapTerms | None]]) -> None:
    """Until the commit nobody else's dial of these numbers and customers is counted, or written under a cap."""
    if connection.dialect.name != "postgresql":
        return
    named = (
        name
        for attempt, terms in dials
        if terms is not None and terms.any
        for name in (f"number {attempt.number.e164}", f"customer {terms.customer_id}")
    )
    # In one order, so that two who dial the same do not wait for each other.
    for key in sorted({_lock_key(name) for name in named}):
        connection.execute(_LOCK, {"key": key})


def over_caps(connection: Statements, attempt: Attempt, terms: CapTerms | None, now: datetime) -> Refusal | None:
    """CAP_NUMBER or CAP_CUSTOMER where somebody else was quicker. Only within `take_turns`."""
    if terms is None or not terms.any:
        return None
    counted = counted_dials(connection, attempt.number.e164, terms.customer_id, terms.group)
    return refused_by_caps(terms, counted, now)


def _lock_key(name: str) -> int:
    """A signed number of 32 bits; two names with the same one wait for each other, no more."""
    return zlib.crc32(name.encode()) - (1 << 31)
