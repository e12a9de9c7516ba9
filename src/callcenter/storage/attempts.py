"""What was dialled, what became of it? Each attempt with its call's snapshot and its journal."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Select

from callcenter.domain.attempt import Attempt, CallDirection
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.words import CallEvent, RecordingStarted
from callcenter.domain.gate.caps import CapTerms
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.recording import RecordingState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import Closing
from callcenter.domain.visits.records import AttemptRecord, Dials, JournalEntry
from callcenter.storage import codec
from callcenter.storage.callbacks import apply_change, why_not
from callcenter.storage.counted import over_caps, take_turns
from callcenter.storage.database import Database
from callcenter.storage.deciding import write_decided
from callcenter.storage.errors import AttemptNotFoundError, CommitUnknownError, ConstraintBrokenError
from callcenter.storage.logs import open_log
from callcenter.storage.recordings import mark, move, prolong, request
from callcenter.storage.rows import ATTEMPT_COLUMNS, attempt_of, row_of
from callcenter.storage.statements import Row, Statements
from callcenter.storage.tables import (
    LIVE,
    LIVE_AGENT,
    LIVE_CALLBACK,
    LIVE_NUMBER,
    ON_BREAK,
    QUEUED,
    attempts,
    breaks,
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
_ASKED_FOR = (
    sa.select(*attempts.c)
    .join(dial_requests, dial_requests.c.attempt_id == _c.id)
    .where(dial_requests.c.key == sa.bindparam("key"))
)
_OF_CALLBACK = sa.select(*ATTEMPT_COLUMNS).where(_c.callback_id == sa.bindparam("callback")).order_by(_c.ordinal)
_LIVE_ON_NUMBER = sa.select(_c.id).where(sa.type_coerce(_c.number, sa.Text) == sa.bindparam("key"), sa.text(LIVE))
_LIVE_OF_AGENT = sa.select(_c.id).where(_c.agent_id == sa.bindparam("key"), sa.text(LIVE))
_OF_AGENT = sa.select(*ATTEMPT_COLUMNS).where(_c.agent_id == sa.bindparam("agent"), sa.text(LIVE))
_ON_BREAK = sa.select(breaks.c.id).where(breaks.c.agent_id == sa.bindparam("key"), sa.text(ON_BREAK))
_END = (
    sa.update(attempts)
    .values({name: sa.bindparam(f"new_{name}") for name in ("ended_at", "outcome", "end_reason", "call")})
    .where(_c.id == sa.bindparam("attempt"), sa.text(LIVE))
)
_TAKE = (
    # The callback goes from its agent's lease into the call.
    sa.update(callbacks)
    .values(state=CallbackState.CALLING, leased_until=None, rang_back_at=None, version=callbacks.c.version + 1)
    .where(
        callbacks.c.id == sa.bindparam("callback"),
        callbacks.c.state == CallbackState.HANDED_OUT,
        callbacks.c.leased_to == sa.bindparam("agent"),
        callbacks.c.leased_until > sa.bindparam("now"),
    )
)
_TAKE_WAITING = (
    # A customer who rings back is talked with wherever his callback stands; one that does not wait stays there.
    sa.update(callbacks)
    .values(state=CallbackState.CALLING, leased_to=sa.bindparam("agent"), leased_until=None)
    .values(rang_back_at=None, version=callbacks.c.version + 1)
    .where(callbacks.c.id == sa.bindparam("callback"), sa.text(QUEUED))
)


class SqlAttempts:
    """An AttemptStore."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._doubtful: set[str] = set()

    async def begin(self, attempt: Attempt, call: Call, now: datetime, caps: CapTerms | None = None) -> Refusal | None:
        """In one transaction: the callback, still leased to this agent, becomes CALLING; the attempt and its call are
        written as live, with a requested recording. When this returns None, all of it is on the disk.

        One live attempt a callback, number and agent: else NUMBER_LIVE, AGENT_BUSY, CALLBACK_NOT_WAITING,
        CALLBACK_WITH_ANOTHER_AGENT, CALLBACK_EXHAUSTED or CALLBACK_NOT_FOUND. A lease that ran out must be renewed
        first: CALLBACK_NOT_WAITING. A request that caused an attempt already is CALLBACK_NOT_WAITING too. caps: counted
        here once more, so that whoever dials elsewhere at the same time does not exceed them: CAP_NUMBER, CAP_CUSTOMER.
        """
        try:
            return await self._database.together(_begin, (attempt, call, now, caps))
        except ConstraintBrokenError as error:
            if error.constraint in _REFUSALS:
                return Refusal(_REFUSALS[error.constraint])
            raise

    async def of_request(self, key: str) -> AttemptRecord | None:
        """The attempt that this request caused."""
        row = await self._database.look(lambda each: each.execute(_ASKED_FOR, {"key": key}).mappings().first())
        return _record_of(row) if row else None

    async def save(self, call: Call, events: Sequence[CallEvent]) -> None:
        """The call as it is now, and the events that led there, into the journal; one transaction. The call of a
        finished attempt is left as it is; its journal still takes what comes late. Raises AttemptNotFoundError.

        After CommitUnknownError, to be repeated with the same: whatever became of it, it is then written once.
        """
        work = _save_unless_saved if call.attempt_id in self._doubtful else _save
        try:
            await self._database.together(work, (call, events))
        except CommitUnknownError:
            self._doubtful.add(call.attempt_id)
            raise
        self._doubtful.discard(call.attempt_id)

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

    async def live_of(self, agent_id: str) -> Attempt | None:
        """The one that this agent is in."""
        row = await self._database.look(lambda each: each.execute(_OF_AGENT, {"agent": agent_id}).mappings().first())
        return attempt_of(row) if row else None

    async def get(self, attempt_id: str) -> AttemptRecord | None:
        row = await self._database.look(lambda each: each.execute(_ONE, {"attempt": attempt_id}).mappings().first())
        return _record_of(row) if row else None

    async def of_callback(self, callback_id: str) -> tuple[Attempt, ...]:
        """All attempts, the oldest first."""
        key = {"callback": callback_id}
        rows = await self._database.look(lambda each: each.execute(_OF_CALLBACK, key).mappings().all())
        return tuple(attempt_of(row) for row in rows)

    async def dials(self, callback_id: str, number: PhoneNumber | None, agent_id: str | None) -> Dials:
        """What the gate asks of the books, seen in one moment."""
        return await self._database.look(lambda each: _dials(each, callback_id, number, agent_id))

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


def _dials(connection: Statements, callback_id: str, number: PhoneNumber | None, agent_id: str | None) -> Dials:
    rows = connection.execute(_OF_CALLBACK, {"callback": callback_id}).mappings().all()
    return Dials(
        tuple(attempt_of(row) for row in rows),
        number is not None and connection.scalar(_LIVE_ON_NUMBER, {"key": number.e164}) is not None,
        agent_id is not None and connection.scalar(_LIVE_OF_AGENT, {"key": agent_id}) is not None,
        agent_id is not None and connection.scalar(_ON_BREAK, {"key": agent_id}) is not None,
    )


def _begin(
    connection: Statements, items: Sequence[tuple[Attempt, Call, datetime, CapTerms | None]]
) -> list[Refusal | None]:
    take_turns(connection, ((attempt, caps) for attempt, _, _, caps in items))
    return [_begin_one(connection, *item) for item in items]


def _begin_one(
    connection: Statements, attempt: Attempt, call: Call, now: datetime, caps: CapTerms | None
) -> Refusal | None:
    if (over := over_caps(connection, attempt, caps, now)) is not None:
        return over
    taken = {"callback": attempt.callback_id, "agent": attempt.agent_id, "now": now}
    if attempt.direction is CallDirection.INBOUND:
        connection.execute(_TAKE_WAITING, taken)
    elif connection.execute(_TAKE, taken).rowcount != 1:
        return why_not(connection, attempt.callback_id, attempt.agent_id)
    connection.execute(_ADD, {**row_of(attempt, attempts), "call": codec.dump(call)})
    if attempt.request_key is not None:
        connection.execute(sa.insert(dial_requests), {"key": attempt.request_key, "attempt_id": attempt.id})
    request(connection, attempt.id, now)
    return None


def _save(connection: Statements, items: Sequence[tuple[Call, Sequence[CallEvent]]]) -> list[None]:
    values: list[dict[str, object]] = [{"attempt": call.attempt_id, "call": codec.dump(call)} for call, _ in items]
    if _updated(connection, values) < len(items):
        for call, _ in items:
            _must_exist(connection, call.attempt_id)
    _append(connection, [_entry(call.attempt_id, event) for call, events in items for event in events])
    for call, events in items:
        started = [event for event in events if isinstance(event, RecordingStarted)]
        if started and call.recorders_run(call.segment):
            detail = f"segment {call.segment}"
            move(connection, call.attempt_id, RecordingState.STARTED, started[-1].at, detail=detail)
    return [None] * len(items)


def _save_unless_saved(connection: Statements, items: Sequence[tuple[Call, Sequence[CallEvent]]]) -> list[None]:
    """For those of which nobody knows whether they were committed before."""
    unsaved = [item for item in items if not _is_saved(connection, *item)]
    if unsaved:
        _save(connection, unsaved)
    return [None] * len(items)


def _is_saved(connection: Statements, call: Call, events: Sequence[CallEvent]) -> bool:
    """Do these events stand at the end of the journal? They were written with their call, or not at all."""
    query = sa.select(journal).where(journal.c.attempt_id == call.attempt_id).order_by(journal.c.id.desc())
    rows = connection.execute(query.limit(len(events))).mappings().all()
    last = [
        {"attempt_id": row["attempt_id"], "at": row["at"], "event": row["event"], "detail": row["detail"]}
        for row in rows
    ]
    return last[::-1] == [_entry(call.attempt_id, event) for event in events]


def _updated(connection: Statements, values: Sequence[dict[str, object]]) -> int:
    """How many of these calls were live, and are now as given."""
    if len(values) == 1 or connection.dialect.supports_sane_multi_rowcount:
        return connection.execute(_SAVE, values).rowcount
    return sum(connection.execute(_SAVE, each).rowcount for each in values)


def _finish(connection: Statements, items: Sequence[Closing]) -> list[None]:
    for closing in items:
        _finish_one(connection, closing)
    return [None] * len(items)


def _finish_one(connection: Statements, closing: Closing) -> None:
    attempt = closing.attempt
    values = {
        "attempt": attempt.id,
        "new_ended_at": attempt.ended_at,
        "new_outcome": attempt.outcome,
        "new_end_reason": attempt.end_reason,
        "new_call": codec.dump(closing.call),
    }
    if connection.execute(_END, values).rowcount == 0:
        _must_exist(connection, attempt.id)
        return
    _append(connection, [_entry(attempt.id, event) for event in closing.events])
    write_decided(connection, attempt.id, closing.at, closing.change)
    changed = apply_change(connection, attempt.callback_id, closing.change, state=CallbackState.CALLING)
    if not changed and attempt.direction is CallDirection.INBOUND and attempt.outcome is Outcome.ANSWERED:
        apply_change(connection, attempt.callback_id, replace(closing.change, return_settled=True))
    open_log(connection, closing)
    move(connection, attempt.id, closing.recording, closing.at, reason=closing.recording_reason)
    mark(connection, attempt.id, closing.call.pauses)
    prolong(connection, attempt.id, closing.keep_until)


def _append(connection: Statements, entries: Sequence[dict[str, object]]) -> None:
    if entries:
        connection.execute(_APPEND, entries)


def _must_exist(connection: Statements, attempt_id: str) -> None:
    if connection.scalar(sa.select(_c.id).where(_c.id == attempt_id)) is None:
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


def _record_of(row: Row) -> AttemptRecord:
    return AttemptRecord(attempt_of(row), codec.load_call(row[_c.call]))
