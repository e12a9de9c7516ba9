"""The life of each recording: where it stands, every step that led there, the file that is kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Table, Update

from callcenter.domain.recording import Fallback, KeptRecording, MissingReason, Pause, RecordingState
from callcenter.domain.visits.records import RecordingRecord, RecordingStep
from callcenter.storage import codec
from callcenter.storage.columns import Instant
from callcenter.storage.database import Database
from callcenter.storage.errors import AttemptNotFoundError
from callcenter.storage.statements import Row, Statements
from callcenter.storage.tables import UNFINISHED, attempts, recording_steps, recordings, visit_logs

_c = recordings.c
_S = RecordingState
_COMES_AFTER: Mapping[RecordingState, frozenset[RecordingState]] = {
    _S.REQUESTED: frozenset({_S.REQUESTED}),
    _S.STARTED: frozenset({_S.REQUESTED, _S.STARTED}),
    _S.STOPPED: frozenset({_S.REQUESTED, _S.STARTED, _S.STOPPED}),
    # A file that stands outweighs that it was missed before; one that was verified need not be stored again.
    _S.STORED: frozenset(_S) - {_S.VERIFIED},
    _S.VERIFIED: frozenset({_S.STORED, _S.VERIFIED, _S.MISSING}),
    _S.MISSING: frozenset(_S),
}
"""For each state, those from which a recording may come to it; any other move is one back and is not made."""


class SqlRecordings:
    """A RecordingStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def step(
        self,
        attempt_id: str,
        state: RecordingState,
        at: datetime,
        *,
        reason: MissingReason | None = None,
        detail: str = "",
    ) -> None:
        """Move the recording on and write the step's row; a move back is not made and leaves no row. STORED is for
        `keep`. Raises AttemptNotFoundError, and ConstraintBrokenError for MISSING without a reason.
        """
        await self._database.together(_step, (attempt_id, state, at, reason, detail))

    async def keep(self, attempt_id: str, kept: KeptRecording, keep_until: datetime, at: datetime) -> None:
        """The file stands: STORED with its path, hash, levels and keep-until, of which the visit log gets its part.
        Safe to repeat; a verified one stays verified. keep_until: UTC; never moves back. Raises AttemptNotFoundError.
        """
        await self._database.together(_keep, (attempt_id, kept, keep_until, at))

    async def attach(
        self, attempt_id: str, kept: KeptRecording, mark: Fallback, keep_until: datetime, at: datetime
    ) -> bool:
        """A file that was made elsewhere stands: STORED, with its mark. False, and nothing is written, where there is a
        file already, or the recording is not known to be missing.
        """
        values = _row_of(kept) | {"fallback": codec.dump(mark), "keep_until": keep_until}
        wanted = (_c.attempt_id == attempt_id, _c.state == _S.MISSING, _c.path.is_(None))
        stored = sa.update(recordings).where(*wanted).values(state=_S.STORED, reason=None, **values)
        step = {"attempt_id": attempt_id, "state": _S.STORED, "at": at, "detail": kept.path}
        async with self._database.write() as connection:
            if (await connection.execute(stored)).rowcount != 1:
                return False
            await connection.execute(sa.insert(recording_steps).values(step))
        return True

    async def unfinished(self) -> list[str]:
        """Attempts whose call has ended and whose recording is neither verified nor missing, oldest first."""
        query = (
            sa.select(attempts.c.id)
            .join(recordings)
            .where(sa.text(f"recordings.{UNFINISHED}"), attempts.c.outcome.is_not(None))
            .order_by(attempts.c.ended_at, attempts.c.id)
        )
        async with self._database.read() as connection:
            return list(await connection.scalars(query))

    async def get(self, attempt_id: str) -> RecordingRecord | None:
        """With all its steps, in order."""
        row, found = await self._database.look(lambda connection: _with_steps(connection, attempt_id))
        if row is None:
            return None
        return record_of(row, tuple(RecordingStep(step["at"], step["state"], step["detail"]) for step in found))

    async def all_kept(self, limit: int = 1000, after: str = "") -> list[RecordingRecord]:
        """Those with a file, by attempt id, from after `after`; without their steps."""
        query = sa.select(recordings).where(_c.attempt_id > after, _c.path.is_not(None))
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(_c.attempt_id).limit(limit))
            return [record_of(row) for row in rows.mappings()]

    async def missing(self) -> list[RecordingRecord]:
        """Calls that were dialled and have no recording, oldest first; without their steps."""
        dialled = sa.func.coalesce(_c.reason, "") != MissingReason.NOT_DIALLED
        query = sa.select(recordings).where(_c.state == _S.MISSING, dialled).order_by(_c.attempt_id)
        async with self._database.read() as connection:
            return [record_of(row) for row in (await connection.execute(query)).mappings()]


def _with_steps(connection: Statements, attempt_id: str) -> tuple[Row | None, Sequence[Row]]:
    key = {"attempt": attempt_id}
    row = connection.execute(_ONE, key).mappings().first()
    return row, connection.execute(_STEPS, key).mappings().all()


def _step(
    connection: Statements, items: Sequence[tuple[str, RecordingState, datetime, MissingReason | None, str]]
) -> list[None]:
    for attempt_id, state, at, reason, detail in items:
        if not move(connection, attempt_id, state, at, reason=reason, detail=detail):
            _must_exist(connection, attempt_id)
    return [None] * len(items)


def _keep(connection: Statements, items: Sequence[tuple[str, KeptRecording, datetime, datetime]]) -> list[None]:
    for attempt_id, kept, keep_until, at in items:
        prolong(connection, attempt_id, keep_until)
        if not move(connection, attempt_id, RecordingState.STORED, at, detail=kept.path, **_row_of(kept)):
            _must_exist(connection, attempt_id)
    return [None] * len(items)


def request(connection: Statements, attempt_id: str, at: datetime) -> None:
    """The first step: written with the attempt, before anything rings."""
    connection.execute(_ADD, {"attempt_id": attempt_id, "state": RecordingState.REQUESTED})
    _write_step(connection, attempt_id, RecordingState.REQUESTED, at, "")


def move(
    connection: Statements,
    attempt_id: str,
    state: RecordingState,
    at: datetime,
    *,
    reason: MissingReason | None = None,
    detail: str = "",
    **values: Any,
) -> bool:
    """Move on and write the step; False, and nothing is written, where that would be a move back."""
    changed = {"new_reason": reason} | {f"new_{name}": value for name, value in values.items()}
    statement = _move(state, frozenset(values))
    moved = connection.execute(statement, changed | {"attempt": attempt_id}).rowcount == 1
    if moved:
        _write_step(connection, attempt_id, state, at, detail or str(reason or ""))
    return moved


@cache
def _move(state: RecordingState, more: frozenset[str]) -> Update:
    """more: the columns that change besides."""
    columns = {name: sa.bindparam(f"new_{name}", type_=_c[name].type) for name in sorted(more | {"reason"})}
    return (
        sa.update(recordings)
        .values(state=state, **columns)
        .where(
            _c.attempt_id == sa.bindparam("attempt"),
            sa.or_(*(_c.state == before for before in sorted(_COMES_AFTER[state]))),
        )
    )


def mark(connection: Statements, attempt_id: str, pauses: Sequence[Pause]) -> None:
    """Where in the talk it was paused, by whom, and why."""
    if pauses:
        connection.execute(_MARK, {"marks": [codec.dump(pause) for pause in pauses], "attempt": attempt_id})


def prolong(connection: Statements, attempt_id: str, keep_until: datetime) -> None:
    """Recording and visit log are kept at least until then; what is kept longer stays so."""
    for statement in _PROLONG:
        connection.execute(statement, {"until": keep_until, "attempt": attempt_id})


def _prolong(table: Table) -> Update:
    until = sa.bindparam("until", type_=Instant())
    shorter: ColumnElement[bool] = sa.or_(table.c.keep_until.is_(None), table.c.keep_until < until)
    return sa.update(table).values(keep_until=until).where(table.c.attempt_id == sa.bindparam("attempt"), shorter)


def _write_step(connection: Statements, attempt_id: str, state: RecordingState, at: datetime, detail: str) -> None:
    connection.execute(_ADD_STEP, {"attempt_id": attempt_id, "state": state, "at": at, "detail": detail})


def _must_exist(connection: Statements, attempt_id: str) -> None:
    if connection.scalar(sa.select(_c.attempt_id).where(_c.attempt_id == attempt_id)) is None:
        raise AttemptNotFoundError(attempt_id)


def _row_of(kept: KeptRecording) -> dict[str, Any]:
    same = ("path", "format", "sha256", "size_bytes", "duration_ms", "sample_rate", "started_at", "segments")
    return {name: getattr(kept, name) for name in (*same, "repaired", "lost_tail_ms")} | {
        "left_levels": codec.dump(kept.left),
        "right_levels": codec.dump(kept.right),
        "warnings": list(kept.warnings),
        "unread": list(kept.unread),
    }


def record_of(row: Row, steps: tuple[RecordingStep, ...] = ()) -> RecordingRecord:
    kept = None
    if row["path"] is not None:
        kept = KeptRecording(
            path=row["path"],
            format=row["format"],
            sha256=row["sha256"],
            size_bytes=row["size_bytes"],
            duration_ms=row["duration_ms"],
            sample_rate=row["sample_rate"],
            started_at=row["started_at"],
            left=codec.load_levels(row["left_levels"]),
            right=codec.load_levels(row["right_levels"]),
            segments=row["segments"],
            repaired=row["repaired"],
            lost_tail_ms=row["lost_tail_ms"],
            warnings=tuple(row["warnings"]),
            unread=tuple(row["unread"]),
        )
    pauses = tuple(codec.load_pause(each) for each in row["pauses"] or ())
    fallback = None if row["fallback"] is None else codec.load_fallback(row["fallback"])
    return RecordingRecord(
        row["attempt_id"], row["state"], row["reason"], kept, row["keep_until"], steps, pauses, fallback
    )


# Built once: every call comes through here.
_ONE = sa.select(recordings).where(_c.attempt_id == sa.bindparam("attempt"))
_STEPS = (
    sa.select(recording_steps)
    .where(recording_steps.c.attempt_id == sa.bindparam("attempt"))
    .order_by(recording_steps.c.id)
)
_ADD = sa.insert(recordings)
_ADD_STEP = sa.insert(recording_steps)
_MARK = (
    sa.update(recordings)
    .values(pauses=sa.bindparam("marks", type_=_c.pauses.type))
    .where(_c.attempt_id == sa.bindparam("attempt"))
)
_PROLONG = tuple(_prolong(table) for table in (recordings, visit_logs))
