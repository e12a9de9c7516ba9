"""What was dialled, what became of it? Each attempt with its call's snapshot and its journal."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import RowMapping, Select
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.domain.attempt import Attempt
from callcenter.domain.call import Call
from callcenter.domain.call_words import CallEvent, RecordingStarted
from callcenter.domain.closing import Closing
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import RecordingState
from callcenter.domain.records import AttemptRecord, JournalEntry
from callcenter.domain.refusal import Refusal, Rule
from callcenter.storage import codec
from callcenter.storage.callbacks import apply_change, why_not
from callcenter.storage.database import Database
from callcenter.storage.errors import AttemptNotFoundError, ConstraintBrokenError
from callcenter.storage.logs import open_log
from callcenter.storage.recordings import move, prolong, request
from callcenter.storage.rows import ATTEMPT_COLUMNS, attempt_of, row_of
from callcenter.storage.tables import (
    LIVE,
    LIVE_AGENT,
    LIVE_CALLBACK,
    LIVE_NUMBER,
    attempts,
    callbacks,
    dial_requests,
    journal,
)

_c = attempts.c
_REFUSALS: Mapping[str, Rule] = {
    LIVE_CALLBACK: Rule.CALLBACK_NOT_WAITING,
    LIVE_NUMBER: Rule.NUMBER_LIVE,
    LIVE_AGENT: Rule.AGENT_BUSY,
    "pk_dial_requests": Rule.CALLBACK_NOT_WAITING,
}

# Built once: every step of every call comes through here.
_SAVE = sa.update(attempts).values(call=sa.bindparam("call")).where(_c.id == sa.bindparam("attempt"), sa.text(LIVE))
_APPEND = sa.insert(journal)
_ADD = sa.insert(attempts)
_ONE = sa.select(*attempts.c).where(_c.id == sa.bindparam("attempt"))
_END = (
    sa.update(attempts)
    .values({name: sa.bindparam(name) for name in ("ended_at", "outcome", "end_reason", "call")})
    .where(_c.id == sa.bindparam("attempt"), sa.text(LIVE))
)


class SqlAttempts:
    """An AttemptStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, attempt: Attempt, call: Call, now: datetime) -> Refusal | None:
        """In one transaction: the callback, still leased to this agent, becomes CALLING; the attempt and its call are
        written as live, with a requested recording. When this returns None, all of it is on the disk.

        One live attempt a callback, number and agent: else NUMBER_LIVE, AGENT_BUSY, CALLBACK_NOT_WAITING,
        CALLBACK_WITH_ANOTHER_AGENT, CALLBACK_EXHAUSTED or CALLBACK_NOT_FOUND. A lease that ran out must be renewed
        first: CALLBACK_NOT_WAITING. A request that caused an attempt already is CALLBACK_NOT_WAITING too.
        """
        try:
            return await self._database.together(_begin, (attempt, call, now))
        except ConstraintBrokenError as error:
            if error.constraint in _REFUSALS:
                return Refusal(_REFUSALS[error.constraint])
            raise

    async def of_request(self, key: str) -> AttemptRecord | None:
        """The attempt that this request caused."""
        query = _all().join(dial_requests, dial_requests.c.attempt_id == _c.id).where(dial_requests.c.key == key)
        return next(iter(await self._records(query)), None)

    async def save(self, call: Call, events: Sequence[CallEvent]) -> None:
        """The call as it is now, and the events that led there, into the journal; one transaction. The call of a
        finished attempt is left as it is; its journal still takes what comes late. Raises AttemptNotFoundError.
        """
        await self._database.together(_save, (call, events))

    async def finish(self, closing: Closing) -> None:
        """In one transaction: the attempt is over and no longer live, its call ended, the callback, if it is still in
        this call, changed, its visit log written, its recording's state set. Safe to repeat: a finished attempt is
        left as it is. Raises AttemptNotFoundError, and ValueError for an attempt without an outcome.
        """
        attempt = closing.attempt
        if attempt.outcome is None or attempt.ended_at is None:
            raise ValueError(f"the attempt {attempt.id} has no outcome or no end")
        await self._database.together(_finish, closing)

    async def live(self) -> list[AttemptRecord]:
        """All whose call is not over, the oldest first. Raises SnapshotError for a call that cannot be read."""
        return await self._records(_all().where(sa.text(LIVE)).order_by(_c.started_at, _c.id))

    async def get(self, attempt_id: str) -> AttemptRecord | None:
        async with self._database.look() as connection:
            row = (await connection.execute(_ONE, {"attempt": attempt_id})).mappings().first()
        return _record_of(row) if row else None

    async def of_callback(self, callback_id: str) -> tuple[Attempt, ...]:
        """All attempts, the oldest first."""
        query = sa.select(*ATTEMPT_COLUMNS).where(_c.callback_id == callback_id).order_by(_c.ordinal)
        async with self._database.look() as connection:
            return tuple(attempt_of(row) for row in (await connection.execute(query)).mappings())

    async def live_on_number(self, e164: str) -> bool:
        return await self._any(sa.select(_c.id).where(sa.type_coerce(_c.number, sa.Text) == e164, sa.text(LIVE)))

    async def live_of_agent(self, agent_id: str) -> bool:
        return await self._any(sa.select(_c.id).where(_c.agent_id == agent_id, sa.text(LIVE)))

    async def latest(self, limit: int = 100, callback_id: str | None = None) -> list[AttemptRecord]:
        """The newest first."""
        query = _all().order_by(_c.started_at.desc(), _c.id.desc()).limit(limit)
        if callback_id is not None:
            query = query.where(_c.callback_id == callback_id)
        return await self._records(query)

    async def journal(self, attempt_id: str) -> list[JournalEntry]:
        """In the order in which the events were handled."""
        query = sa.select(journal).where(journal.c.attempt_id == attempt_id).order_by(journal.c.id)
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [JournalEntry(row["at"], row["event"], codec.to_text(row["detail"])) for row in rows]

    async def _records(self, query: Select[tuple[object, ...]]) -> list[AttemptRecord]:
        async with self._database.read() as connection:
            return [_record_of(row) for row in (await connection.execute(query)).mappings()]

    async def _any(self, query: Select[tuple[str]]) -> bool:
        async with self._database.look() as connection:
            return await connection.scalar(query.limit(1)) is not None


async def _begin(
    connection: AsyncConnection, items: Sequence[tuple[Attempt, Call, datetime]]
) -> list[Refusal | None]:
    return [await _begin_one(connection, *item) for item in items]


async def _begin_one(connection: AsyncConnection, attempt: Attempt, call: Call, now: datetime) -> Refusal | None:
    if not await _take(connection, attempt, now):
        return await why_not(connection, attempt.callback_id, attempt.agent_id)
    await connection.execute(_ADD, {**row_of(attempt, attempts), "call": codec.dump(call)})
    if attempt.request_key is not None:
        asked = {"key": attempt.request_key, "attempt_id": attempt.id}
        await connection.execute(sa.insert(dial_requests), asked)
    await request(connection, attempt.id, now)
    return None


async def _save(connection: AsyncConnection, items: Sequence[tuple[Call, Sequence[CallEvent]]]) -> list[None]:
    values = [{"attempt": call.attempt_id, "call": codec.dump(call)} for call, _ in items]
    if await _updated(connection, values) < len(items):
        for call, _ in items:
            await _must_exist(connection, call.attempt_id)
    if entries := [_entry(call.attempt_id, event) for call, events in items for event in events]:
        await connection.execute(_APPEND, entries)
    for call, events in items:
        for event in events:
            if isinstance(event, RecordingStarted) and call.recorders_run(call.segment):
                detail = f"segment {call.segment}"
                await move(connection, call.attempt_id, RecordingState.STARTED, event.at, detail=detail)
    return [None] * len(items)


async def _updated(connection: AsyncConnection, values: Sequence[dict[str, object]]) -> int:
    """How many of these calls were live, and are now as given."""
    if connection.dialect.supports_sane_multi_rowcount:
        return (await connection.execute(_SAVE, values)).rowcount
    return sum([(await connection.execute(_SAVE, each)).rowcount for each in values])


async def _finish(connection: AsyncConnection, items: Sequence[Closing]) -> list[None]:
    for closing in items:
        await _finish_one(connection, closing)
    return [None] * len(items)


async def _finish_one(connection: AsyncConnection, closing: Closing) -> None:
    attempt = closing.attempt
    values = {
        "attempt": attempt.id,
        "ended_at": attempt.ended_at,
        "outcome": attempt.outcome,
        "end_reason": attempt.end_reason,
        "call": codec.dump(closing.call),
    }
    if (await connection.execute(_END, values)).rowcount == 0:
        await _must_exist(connection, attempt.id)
        return
    in_this_call = callbacks.c.state == CallbackState.CALLING
    await apply_change(connection, attempt.callback_id, closing.change, in_this_call)
    await open_log(connection, closing)
    await move(connection, attempt.id, closing.recording, closing.at, reason=closing.recording_reason)
    await prolong(connection, attempt.id, closing.keep_until)


async def _take(connection: AsyncConnection, attempt: Attempt, now: datetime) -> bool:
    """The callback goes from its agent's lease into the call."""
    c = callbacks.c
    statement = (
        sa.update(callbacks)
        .values(state=CallbackState.CALLING, leased_until=None, version=c.version + 1)
        .where(
            c.id == attempt.callback_id,
            c.state == CallbackState.HANDED_OUT,
            c.leased_to == attempt.agent_id,
            c.leased_until > now,
        )
    )
    return (await connection.execute(statement)).rowcount == 1


async def _must_exist(connection: AsyncConnection, attempt_id: str) -> None:
    if await connection.scalar(sa.select(_c.id).where(_c.id == attempt_id)) is None:
        raise AttemptNotFoundError(attempt_id)


def _all() -> Select[tuple[object, ...]]:
    return sa.select(*attempts.c)


def _entry(attempt_id: str, event: CallEvent) -> dict[str, object]:
    return {
        "attempt_id": attempt_id,
        "at": event.at,
        "event": type(event).__name__,
        "detail": codec.dump_event(event),
    }


def _record_of(row: RowMapping) -> AttemptRecord:
    return AttemptRecord(attempt_of(row), codec.load_call(row[_c.call]))
