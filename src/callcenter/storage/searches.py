"""What was dialled, said, recorded, by whom, when? The evidence, searched in pages and counted.

Pages follow one another by the sort values of the last item read: what comes or goes meanwhile shifts nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.visits.searches import (
    Accounted,
    AttemptFound,
    AttemptSearch,
    LogFound,
    LogSearch,
    Place,
    RecordingFound,
    RecordingSearch,
)
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.logs import record_of as log_of
from callcenter.storage.recordings import record_of as recording_of
from callcenter.storage.rows import ATTEMPT_COLUMNS, attempt_of
from callcenter.storage.statements import Row
from callcenter.storage.tables import (
    MISSING,
    OPEN,
    agents,
    attempts,
    callbacks,
    customers,
    plans,
    recordings,
    visit_logs,
)

Where = ColumnElement[bool]
_a, _r, _l = attempts.c, recordings.c, visit_logs.c
_disposition = _l.body["disposition"].as_string()
_WRITTEN = (
    "content",
    "problems",
    "own_words",
    "handling_result",
    "customer",
    "contact",
    "outcome_reason",
    "exception_note",
)
"""Fields of a visit log in which a text is looked for."""

_PENDING = frozenset({RecordingState.REQUESTED, RecordingState.STARTED, RecordingState.STOPPED})


class SqlSearches:
    """An EvidenceStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def attempt(self, attempt_id: str) -> AttemptFound | None:
        key = {"attempt": attempt_id}
        row = await self._database.look(lambda each: each.execute(_ONE, key).mappings().first())
        return _found(row) if row else None

    async def latest_of(self, agent_id: str) -> AttemptFound | None:
        """This agent's newest."""
        key = {"agent": agent_id}
        row = await self._database.look(lambda each: each.execute(_LATEST, key).mappings().first())
        return _found(row) if row else None

    async def attempts(self, search: AttemptSearch, after: Place | None, limit: int) -> list[AttemptFound]:
        """The newest first, from behind `after`."""
        async with self._database.read() as connection:
            return [_found(row) for row in await _page(connection, _FOUND, _where(search), after, limit)]

    async def logs(self, search: LogSearch, after: Place | None, limit: int) -> list[LogFound]:
        """The newest dial first, from behind `after`."""
        where = [*_where(search.attempts), _l.attempt_id.is_not(None), *_said(search.disposition)]
        if search.open_only:
            # Few among many: looked up by their own index, not met with on a walk through all.
            where.append(_a.id.in_(sa.select(_l.attempt_id).where(sa.text(f"visit_logs.{OPEN}"))))
        if search.text:
            where.append(sa.or_(*(_holds(_l.body[name].as_string(), search.text) for name in _WRITTEN)))
        async with self._database.read() as connection:
            found = [_found(row) for row in await _page(connection, _FOUND, where, after, limit)]
            query = sa.select(visit_logs).where(_l.attempt_id.in_([each.attempt.id for each in found]))
            rows = (await connection.execute(query)).mappings()
            records = {row["attempt_id"]: log_of(row) for row in rows}
        return [LogFound(each, records[each.attempt.id]) for each in found]

    async def recordings(self, search: RecordingSearch, after: Place | None, limit: int) -> list[RecordingFound]:
        """The newest dial first, from behind `after`. What was never dialled has nothing to record, and is found only
        where that reason is asked for.
        """
        where = [*_where(search.attempts), *_said(search.disposition), *_of_recording(search)]
        query = _FOUND.add_columns(_disposition.label("said"))
        async with self._database.read() as connection:
            found = await _page(connection, query, where, after, limit)
            kept = sa.select(recordings).where(_r.attempt_id.in_([row[_a.id] for row in found]))
            rows = (await connection.execute(kept)).mappings()
            records = {row["attempt_id"]: recording_of(row) for row in rows}
        return [_recording(row, records) for row in found]

    async def accounted(self, spans: Sequence[tuple[datetime, datetime]]) -> list[Accounted]:
        """For each span (UTC, its end excluded) what became of its attempts' recordings; all as of one moment."""
        async with self._database.read() as connection:
            return [await _accounted(connection, *span) for span in spans]


_FLAWED = sa.and_(_r.path.is_not(None), sa.cast(_r.warnings, sa.Text) != "[]")

_FOUND = (
    sa.select(
        *ATTEMPT_COLUMNS,
        plans.c.id.label("plan_id"),
        plans.c.name.label("plan"),
        customers.c.id.label("customer_id"),
        customers.c.name.label("customer"),
        customers.c.organisation.label("organisation"),
        agents.c.name.label("agent"),
        _r.state.label("recording"),
        _r.reason.label("reason"),
        _l.attempt_id.label("log"),
        _l.closed_at.label("log_closed_at"),
    )
    .select_from(attempts)
    .join(callbacks, callbacks.c.id == _a.callback_id)
    .join(customers, customers.c.id == callbacks.c.customer_id)
    .join(plans, plans.c.id == callbacks.c.plan_id)
    .join(agents, agents.c.id == _a.agent_id)
    .outerjoin(recordings, _r.attempt_id == _a.id)
    .outerjoin(visit_logs, _l.attempt_id == _a.id)
)

_ONE = _FOUND.where(_a.id == sa.bindparam("attempt"))
_LATEST = _FOUND.where(_a.agent_id == sa.bindparam("agent")).order_by(_a.started_at.desc(), _a.id.desc()).limit(1)


async def _page(
    connection: AsyncConnection, query: Select[Any], where: Sequence[Where], after: Place | None, limit: int
) -> Sequence[RowMapping]:
    query = query.where(*where).order_by(_a.started_at.desc(), _a.id.desc()).limit(limit)
    if after is not None:
        at, attempt_id = after
        behind = sa.tuple_(sa.literal(at, Instant()), sa.literal(attempt_id, sa.Text()))
        query = query.where(sa.tuple_(_a.started_at, _a.id) < behind)
    rows: Sequence[RowMapping] = (await connection.execute(query)).mappings().all()
    return rows


def _where(search: AttemptSearch) -> list[Where]:
    given: list[Where] = []
    for column, wanted in ((_a.callback_id, search.callback_id), (_a.agent_id, search.agent_id)):
        if wanted:
            given.append(column == wanted)
    if search.plan_id:
        given.append(plans.c.id == search.plan_id)
    if search.outcome is not None:
        given.append(_a.outcome == search.outcome)
    if search.since is not None:
        given.append(_a.started_at >= search.since)
    if search.until is not None:
        given.append(_a.started_at < search.until)
    if search.number_tail:
        given.append(sa.type_coerce(_a.number, sa.Text).endswith(search.number_tail, autoescape=True))
    if search.customer:
        names = (customers.c.name, customers.c.organisation)
        given.append(sa.or_(*(_holds(name, search.customer) for name in names)))
    return given


def _holds(column: ColumnElement[str], text: str) -> Where:
    """Is the text a part of it? Its percent signs and underscores stand for themselves."""
    return column.icontains(text, autoescape=True)


def _said(wanted: Disposition | None) -> list[Where]:
    return [] if wanted is None else [_disposition == wanted.value]


def _of_recording(search: RecordingSearch) -> list[Where]:
    given: list[Where] = [_r.attempt_id.is_not(None)]
    if search.reason is not None:
        given.append(_r.reason == search.reason)
    else:
        given.append(sa.or_(_r.reason.is_(None), _r.reason != MissingReason.NOT_DIALLED))
    if search.missing:
        absent = sa.select(_r.attempt_id).where(
            sa.text(f"recordings.{MISSING}"), _r.reason != MissingReason.NOT_DIALLED
        )
        given.append(_a.id.in_(absent))
    if search.state is not None:
        given.append(_r.state == search.state)
    if search.flawed:
        given.append(_FLAWED)
    if search.paused:
        given.append(_r.pauses.is_not(None))
    if search.fallback:
        given.append(_r.fallback.is_not(None))
    if search.min_duration_ms:
        given.append(_r.duration_ms >= search.min_duration_ms)
    return given


async def _accounted(connection: AsyncConnection, since: datetime, until: datetime) -> Accounted:
    query = (
        sa.select(
            _r.state,
            _r.reason,
            _a.outcome,
            sa.func.count().label("many"),
            sa.func.coalesce(sa.func.sum(sa.case((_FLAWED, 1), else_=0)), 0).label("flawed"),
        )
        .select_from(attempts)
        .outerjoin(recordings, _r.attempt_id == _a.id)
        .where(_a.started_at >= since, _a.started_at < until)
        .group_by(_r.state, _r.reason, _a.outcome)
    )
    rows = (await connection.execute(query)).all()

    def count(
        states: frozenset[RecordingState | None], reason: MissingReason | None = None, outcome: Outcome | None = None
    ) -> int:
        return sum(
            many
            for state, why, ended, many, _ in rows
            if state in states and reason in {None, why} and outcome in {None, ended}
        )

    missing = frozenset({RecordingState.MISSING})
    never = count(missing, MissingReason.NOT_DIALLED)
    reasons = [why for why in MissingReason if why is not MissingReason.NOT_DIALLED]
    return Accounted(
        attempts=sum(row.many for row in rows),
        not_dialled=never,
        talks=count(frozenset({None, *RecordingState}), outcome=Outcome.ANSWERED),
        verified=count(frozenset({RecordingState.VERIFIED})),
        stored=count(frozenset({RecordingState.STORED})),
        pending=count(_PENDING),
        talks_missing=count(missing, outcome=Outcome.ANSWERED),
        unaccounted=count(frozenset({None})),
        flawed=sum(row.flawed for row in rows if row.state is not RecordingState.MISSING),
        missing={why: many for why in reasons if (many := count(missing, why))},
    )


def _found(row: Row) -> AttemptFound:
    return AttemptFound(
        attempt=attempt_of(row),
        plan_id=row["plan_id"],
        plan=row["plan"],
        customer_id=row["customer_id"],
        customer=row["customer"],
        organisation=row["organisation"],
        agent=row["agent"],
        recording=row["recording"],
        reason=row["reason"],
        log_open=None if row["log"] is None else row["log_closed_at"] is None,
    )


def _recording(row: RowMapping, records: dict[str, Any]) -> RecordingFound:
    said = row["said"]
    return RecordingFound(_found(row), records[row[_a.id]], Disposition(said) if said else None)
