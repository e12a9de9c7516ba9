"""A visit log while it is written: from the call's beginning on, field by field, each with its version."""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import Channel
from callcenter.domain.visits.drafting import DRAFTED, FieldChange, FieldKept
from callcenter.domain.visits.visitlog import RecordingException
from callcenter.engine.drafting import Writing
from callcenter.engine.visits import LogClosedError, VisitTimePastError
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.api.evidence import READERS, readable
from callcenter.web.api.logs import Line, Words, mine, problem_of
from callcenter.web.asked import Asked, Moment, body_of
from callcenter.web.language import N_
from callcenter.web.parts import parts_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route

ValueT = TypeVar("ValueT")


class Written(Asked, Generic[ValueT]):
    """What shall stand in a field."""

    value: ValueT
    based_on: int = Field(ge=0, description="The field's version as it was read; 0 for one that nobody wrote yet.")


Lines = Written[Line]
Texts = Written[Words]


class FieldsWriting(Asked):
    """The fields that are to be written. What is left out stays as it is."""

    contact: Lines | None = Field(default=None, description="Who spoke, where it was not the customer.")
    content: Texts | None = Field(default=None, description="What was asked and answered.")
    problems: Texts | None = Field(default=None, description="What the customer complained of, or that he did not.")
    own_words: Texts | None = Field(default=None, description="What he said, word for word (N1-23).")
    handling_result: Texts | None = Field(default=None, description="What was done about the problems.")
    outcome_reason: Lines | None = Field(default=None, description="Why the dial was in vain (C6-56).")
    disposition: Written[Disposition | None] | None = Field(default=None, description="Result of the talk.")
    language: Lines | None = Field(default=None, description="In which it was spoken.")
    resolved: Written[bool | None] | None = Field(default=None, description="N11-15; null: not said.")
    next_visit_at: Written[Moment | None] | None = Field(default=None, description="Of the next visit.")
    exception: Written[RecordingException | None] | None = Field(default=None, description="Why nothing is recorded.")
    exception_note: Lines | None = Field(default=None, description="The circumstances.")
    dislikes_calls: Written[bool] | None = Field(default=None, description="N6-17.")
    offered: Written[Channel | None] | None = Field(default=None, description="Offered to who refused (C6-22).")
    offer_text: Lines | None = Field(default=None, description="The words of the offer.")
    offer_taken: Written[bool | None] | None = Field(default=None, description="Whether it was accepted.")
    offer_taken_by: Lines | None = Field(default=None, description="By whom.")

    @property
    def changes(self) -> list[FieldChange]:
        asked = {name: getattr(self, name) for name in DRAFTED}
        return [FieldChange(name, each.value, each.based_on) for name, each in asked.items() if each is not None]


class FieldShown(Answer):
    """How a field stands."""

    value: Annotated[Any, Field(description="Of the kind that the field has in the visit log.")]
    version: int = Field(description="Named by every change of this field; 0 where nobody wrote it.")
    stale: bool = Field(
        default=False, description="Another wrote it since the version that was named: what was sent is not kept."
    )
    at: Instant | None = Field(default=None, description="When it was written; only in the answer to writing.")


class FieldsShown(Answer):
    """The fields of a log by name."""

    opened: bool = Field(description="false while the call goes on: the log opens when it ends.")
    closed: bool
    fields: dict[str, FieldShown]


async def read_fields(request: web.Request) -> web.Response:
    found = await readable(request, "visit_log")
    return answer(_whole(await _writing(request, found.attempt.id)))


async def write_fields(request: web.Request) -> web.Response:
    found, asked = await mine(request), await body_of(request, FieldsWriting)
    if not asked.changes:
        raise Problem("invalid")
    try:
        kept = await parts_of(request).drafting.write(found.attempt.id, asked.changes)
    except (LogClosedError, VisitTimePastError) as error:
        raise _problem(error) from error
    opened = (await _writing(request, found.attempt.id)).version > 0
    return answer(FieldsShown(opened=opened, closed=False, fields={each.name: _shown(each) for each in kept}))


def _problem(error: Exception) -> Problem:
    if isinstance(error, VisitTimePastError):
        return Problem("invalid", errors=[FieldProblem(field="next_visit_at.value", message=N_("lies in the past"))])
    return problem_of(error)


async def _writing(request: web.Request, attempt_id: str) -> Writing:
    """Raises Problem: not_found."""
    parts = parts_of(request)
    record = await parts.attempts.get(attempt_id)
    if record is None:
        raise Problem("not_found")
    return await parts.drafting.read(record)


def _whole(writing: Writing) -> FieldsShown:
    fields = {
        name: FieldShown(value=_value(getattr(writing.log, name)), version=writing.draft.versions.get(name, 0))
        for name in DRAFTED
    }
    return FieldsShown(opened=writing.version > 0, closed=writing.closed, fields=fields)


def _value(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _shown(field: FieldKept) -> FieldShown:
    return FieldShown(value=_value(field.value), version=field.version, stale=field.stale, at=field.at)


ROUTES = (
    Route(
        "GET",
        "/attempts/{attempt}/log/fields",
        read_fields,
        READERS,
        "getLogFields",
        "What stands in the fields of a visit log, and their versions; also while the call goes on.",
        answer=FieldsShown,
    ),
    Route(
        "PATCH",
        "/attempts/{attempt}/log/fields",
        write_fields,
        Permission.USE_DESK,
        "writeLogFields",
        "Write some fields, each on its own, from the call's beginning until the log is closed. What another wrote "
        "meanwhile is not overwritten: such a field comes back as stale, with what stands there.",
        body=FieldsWriting,
        answer=FieldsShown,
        problems=("closed",),
    ),
)
