"""Which callbacks are there? Lists of the queue, page by page, and how many stand where."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select

from callcenter.domain.people import CallbackState
from callcenter.domain.queue.listings import CallbackFilter, CallbackOrder, Counts, Listed, ListPart, Place, place_of
from callcenter.storage.database import Database
from callcenter.storage.rows import case_of
from callcenter.storage.tables import callbacks, customers, plans

_c = callbacks.c
_ORDERS = {
    CallbackOrder.QUEUE: (_c.due_at, _c.priority.desc(), _c.created_at, _c.id),
    CallbackOrder.NEWEST: (_c.created_at.desc(), _c.id.desc()),
}


class SqlListings:
    """A ListingStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def callbacks(self, wanted: CallbackFilter, part: ListPart) -> Listed:
        """One part of the list. What is sorted by never changes: a callback that fits all the while is read once."""
        query = (
            sa.select(callbacks, customers, plans)
            .join(customers)
            .join(plans, _c.plan_id == plans.c.id)
            .where(*_conditions(wanted))
            .order_by(*_ORDERS[part.order])
            .limit(part.limit + 1)
        )
        if part.after is not None:
            query = query.where(_follows(part.order, part.after))
        async with self._database.read() as connection:
            found = [case_of(row) for row in (await connection.execute(query)).mappings()]
        shown = tuple(found[: part.limit])
        return Listed(shown, place_of(shown[-1]) if len(found) > part.limit else None)

    async def counts(self, wanted: CallbackFilter) -> Counts:
        """How many of them each plan has in each state."""
        query: Select[tuple[object, ...]] = sa.select(_c.plan_id, _c.state, sa.func.count().label("count"))
        if wanted.text or wanted.digits:
            query = query.join(customers)
        query = query.where(*_conditions(wanted)).group_by(_c.plan_id, _c.state)
        counts: dict[str, dict[CallbackState, int]] = {}
        async with self._database.read() as connection:
            for row in (await connection.execute(query)).mappings():
                counts.setdefault(row["plan_id"], {})[row["state"]] = row["count"]
        return counts


def _follows(order: CallbackOrder, place: Place) -> ColumnElement[bool]:
    """Rows that come after this place. The first condition alone lets an index begin there."""
    if order is CallbackOrder.NEWEST:
        later = sa.and_(_c.created_at == place.created_at, _c.id < place.id)
        return sa.and_(_c.created_at <= place.created_at, sa.or_(_c.created_at < place.created_at, later))
    same_age = sa.or_(_c.created_at > place.created_at, sa.and_(_c.created_at == place.created_at, _c.id > place.id))
    same_day = sa.or_(_c.priority < place.priority, sa.and_(_c.priority == place.priority, same_age))
    return sa.and_(_c.due_at >= place.due_at, sa.or_(_c.due_at > place.due_at, same_day))


def _conditions(wanted: CallbackFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.plan_id:
        yield _c.plan_id == wanted.plan_id
    if wanted.states:
        yield _c.state.in_(sorted(wanted.states))
    if wanted.leased_to:
        yield _c.leased_to == wanted.leased_to
    if wanted.visible_to is not None:
        yield sa.or_(_c.leased_to.is_(None), _c.leased_to == wanted.visible_to)
    if wanted.due_before is not None:
        yield _c.due_at < wanted.due_before
    if wanted.due_from is not None:
        yield _c.due_at >= wanted.due_from
    if wanted.text or wanted.digits:
        yield sa.or_(*_matches(wanted))


def _matches(wanted: CallbackFilter) -> Iterable[ColumnElement[bool]]:
    if wanted.text:
        yield customers.c.name.icontains(wanted.text, autoescape=True)
        yield customers.c.organisation.icontains(wanted.text, autoescape=True)
        yield _c.id.istartswith(wanted.text, autoescape=True)
    if wanted.digits:
        # Numbers stand in a JSON list of texts: one ends where its quotation mark is.
        yield sa.cast(customers.c.numbers, sa.Text).contains(f'{wanted.digits}"', autoescape=True)
