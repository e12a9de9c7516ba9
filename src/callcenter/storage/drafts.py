"""What is written of a visit log, field by field, from the call's beginning until the log is closed.

Each field has a row with its version. While the call goes on there is nothing else; when the log is opened it takes
over what stands here, and from then on both are written together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.visits.drafting import NO_DRAFT, Draft, FieldChange, FieldKept, Kept, settled
from callcenter.domain.visits.visitlog import VisitLog
from callcenter.storage import codec
from callcenter.storage.database import Database
from callcenter.storage.errors import AttemptNotFoundError
from callcenter.storage.statements import Statements
from callcenter.storage.tables import attempts, log_fields, visit_logs

_f, _l = log_fields.c, visit_logs.c
# Built once: the end of every call asks for them.
_FIELDS = sa.select(_f.name, _f.body, _f.version, _f.at).where(_f.attempt_id == sa.bindparam("attempt"))
_ADD = sa.insert(log_fields)
_LOG = sa.select(_l.body, _l.closed_at).where(_l.attempt_id == sa.bindparam("attempt")).with_for_update()
_ATTEMPT = sa.select(attempts.c.id).where(attempts.c.id == sa.bindparam("attempt")).with_for_update()


class SqlDrafts:
    """A DraftStore."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, attempt_id: str) -> Draft:
        return await self._database.look(lambda each: draft_of(each, attempt_id))

    async def write(self, attempt_id: str, changes: Sequence[FieldChange], at: datetime) -> Kept | None:
        """Each change is made, or told to be stale, on its own; None, and nothing is written, when the log is closed.
        On the disk when this returns. Raises AttemptNotFoundError.
        """
        return await self._database.at_once(lambda each: _written(each, attempt_id, changes, at))


def draft_of(connection: Statements, attempt_id: str) -> Draft:
    rows = connection.execute(_FIELDS, {"attempt": attempt_id}).mappings().all()
    if not rows:
        return NO_DRAFT
    values = codec.load_log_fields({row["name"]: row["body"]["value"] for row in rows})
    return Draft(values, {row["name"]: row["version"] for row in rows})


def put_fields(connection: Statements, attempt_id: str, changed: Mapping[str, Any], at: datetime) -> None:
    """These fields, in what JSON has, were written by who saw the whole log: each has a new version."""
    if not changed:
        return
    rows = connection.execute(_FIELDS, {"attempt": attempt_id}).mappings().all()
    versions = {row["name"]: row["version"] for row in rows}
    for name, value in changed.items():
        _put(connection, attempt_id, FieldKept(name, value, versions.get(name, 0) + 1, at))


def _written(connection: Statements, attempt_id: str, changes: Sequence[FieldChange], at: datetime) -> Kept | None:
    key = {"attempt": attempt_id}
    log = connection.execute(_LOG, key).mappings().first()
    if log is None:
        # A call that ends meanwhile opens its log before this, or after this with what is written here.
        if connection.execute(_ATTEMPT, key).mappings().first() is None:
            raise AttemptNotFoundError(attempt_id)
        log = connection.execute(_LOG, key).mappings().first()
    if log is not None and log["closed_at"] is not None:
        return None
    body: dict[str, Any] = dict(log["body"]) if log is not None else {}
    stands = {
        row["name"]: FieldKept(row["name"], row["body"]["value"], row["version"], row["at"])
        for row in connection.execute(_FIELDS, key).mappings().all()
    }
    kept = []
    for change in changes:
        plain = FieldChange(change.name, codec.plain(change.value), change.based_on)
        now = stands.get(change.name, FieldKept(change.name, body.get(change.name, _NEVER), 0, None))
        then = settled(plain, now, at)
        if then.value is _NEVER:
            then = replace(then, value=_EMPTY[change.name])
        if then.version != now.version:
            _put(connection, attempt_id, then)
            body[change.name] = then.value
            stands[change.name] = then
        kept.append(then)
    if log is not None and any(body.get(each.name) != log["body"].get(each.name) for each in kept):
        update = sa.update(visit_logs).values(body=body, version=_l.version + 1)
        connection.execute(update.where(_l.attempt_id == attempt_id))
    return tuple(_typed(each) for each in kept)


_NEVER = object()
"""What stands in a field that nobody wrote: equal to nothing that is written."""

_EMPTY = codec.dump(VisitLog("", ""))


def _put(connection: Statements, attempt_id: str, field: FieldKept) -> None:
    row = {"body": {"value": field.value}, "version": field.version, "at": field.at}
    this = (_f.attempt_id == attempt_id, _f.name == field.name)
    if connection.execute(sa.update(log_fields).values(**row).where(*this)).rowcount == 0:
        connection.execute(_ADD, {"attempt_id": attempt_id, "name": field.name, **row})


def _typed(field: FieldKept) -> FieldKept:
    value = codec.load_log_fields({field.name: field.value})[field.name]
    return FieldKept(field.name, value, field.version, field.at, field.stale)
