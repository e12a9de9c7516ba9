"""The record of each visit (回访记录表): read, filled in and closed."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.access import Permission, may_fill_log
from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.people import Channel, VisitType
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.records import LogRecord
from callcenter.domain.visits.searches import AttemptFound, LogFound, LogSearch
from callcenter.domain.visits.visitlog import CHANNEL_NAMES, FieldName, RecordingException
from callcenter.engine.visits import (
    LogChangedError,
    LogClosedError,
    LogIncompleteError,
    LogNotFoundError,
    VisitTimePastError,
)
from callcenter.web.api.answers import Answer, Instant, Page, answer
from callcenter.web.api.evidence import (
    READERS,
    AttemptItem,
    VisitsAsked,
    found_by_path,
    next_of,
    place_of,
    readable,
    searched,
    show_attempt,
)
from callcenter.web.api.pausing import PauseShown, show_pauses
from callcenter.web.asked import Asked, Moment, body_of, query_of
from callcenter.web.language import N_, Translator
from callcenter.web.parts import account_of, forbidden, parts_of, words_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route

Line = Annotated[str, StringConstraints(max_length=500)]
Words = Annotated[str, StringConstraints(max_length=10_000)]


class LogsAsked(VisitsAsked):
    """Which visit logs."""

    open_only: bool = Field(default=False, description="Only those that are not closed.")
    disposition: Disposition | None = Field(default=None, description="What the agent says of the talk.")
    text: str = Field(default="", max_length=100, description="A part of what was written into it.")


class LogFilling(Asked):
    """What the agent writes. What is left out stays as it is; the machine's own fields cannot be written."""

    version: int = Field(ge=1, description="The log's version as it was read.")
    contact: Line = Field(default="", description="Who spoke, and in which role, where it was not the customer.")
    content: Words = Field(default="", description="What was asked and answered.")
    problems: Words = Field(default="", description="In the customer's own words, or that there were none.")
    handling_result: Words = Field(default="", description="What was done about them.")
    outcome_reason: Line = Field(default="", description="Why the dial was in vain (C6-56).")
    disposition: Disposition | None = Field(default=None, description="What the agent says of the talk.")
    language: Line = Field(default="", description="In which it was spoken.")
    resolved: bool | None = Field(
        default=None, description="false keeps the visit open until a next one is fixed (N11-15); null: not said."
    )
    next_visit_at: Moment | None = Field(default=None, description="Of an appointment, or of an unsolved problem.")
    exception: RecordingException | None = Field(default=None, description="Why there is no recording (C6-21).")
    exception_note: Line = Field(default="", description="The circumstances.")
    dislikes_calls: bool = Field(default=False, description="The customer is to be called less often (N6-17).")
    own_words: Words = Field(default="", description="What the customer said, word for word (N1-23).")
    offered: Channel | None = Field(default=None, description="The channel offered to who refused calls (C6-22).")
    offer_text: Line = Field(default="", description="The words of that offer.")
    offer_taken: bool | None = Field(default=None, description="Whether it was accepted; null: no answer.")
    offer_taken_by: Line = Field(default="", description="By whom.")

    @property
    def values(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.model_fields_set - {"version"}}


class LogShown(Answer):
    """A visit log as it stands."""

    attempt_id: str
    callback_id: str
    version: int = Field(description="Named by every change.")
    closed_at: Instant | None = Field(description="null while it is open.")
    keep_until: Instant = Field(description="Not deleted before.")
    visited_at: Instant | None
    agent: str
    staff_number: str
    customer: str
    contact: str
    channel: Channel | None
    channel_name: str = Field(description="As the form prints it (N9-04).")
    content: str
    problems: str
    handling_result: str
    outcome: Outcome | None
    outcome_reason: str
    disposition: Disposition | None
    visit_type: VisitType | None
    purpose: str
    plan: str
    attempt: int = Field(description="Ordinal among the callback's attempts.")
    slot: str
    round: int
    hung_up_by: EndReason | None = Field(description="C7-07.")
    language: str
    manager: str
    resolved: bool | None = Field(description="null: not said.")
    next_visit_at: Instant | None
    exception: RecordingException | None
    exception_note: str
    caller_id: str = Field(description="What the customer was shown (C6-20, C6-21).")
    dislikes_calls: bool = Field(description="N6-17.")
    notice_at: Instant | None = Field(description="When the customer had been told of the recording; null: not told.")
    own_words: str = Field(description="N1-23.")
    offered: Channel | None = Field(description="C6-22.")
    offer_text: str
    offer_taken: bool | None
    offer_taken_by: str
    pauses: list[PauseShown] = Field(description="Of the recording; where they lie in the file is told with it.")


class LogOpened(Answer):
    """A visit log, and what keeps it from being closed."""

    log: LogShown
    recording: RecordingState | None
    missing: list[FieldName] = Field(description="Fields without which it cannot be closed; empty for a closed one.")
    may_fill: bool = Field(description="Whether you may fill it in: it is open, and yours.")


class LogItem(Answer):
    attempt: AttemptItem
    log: LogShown


class LogClosed(Answer):
    log: LogShown
    callback_state: str = Field(description="What follows for the callback; `unchanged` where nothing does.")


async def list_logs(request: web.Request) -> web.Response:
    asked = query_of(request, LogsAsked)
    search = LogSearch(await searched(request, asked), asked.open_only, asked.disposition, asked.text.strip())
    found = await parts_of(request).searches.logs(search, place_of(asked), asked.limit)
    follows = next_of([each.attempt for each in found], asked.limit)
    return answer(Page[LogItem](items=[_item(request, each) for each in found], next=follows))


async def get_log(request: web.Request) -> web.Response:
    found = await readable(request, "visit_log")
    return answer(await _opened(request, found))


async def fill_log(request: web.Request) -> web.Response:
    found, asked = await mine(request), await body_of(request, LogFilling)
    visits = parts_of(request).service.visits
    try:
        await visits.fill(found.attempt.id, asked.values, asked.version)
    except _WRONG as error:
        raise problem_of(error) from error
    return answer(await _opened(request, found))


async def close_log(request: web.Request) -> web.Response:
    found, asked = await mine(request), await body_of(request, LogFilling)
    parts = parts_of(request)
    try:
        follows = await parts.service.visits.close(found.attempt.id, asked.values, asked.version)
    except _WRONG as error:
        raise problem_of(error) from error
    return answer(LogClosed(log=show_log(await _record(request, found), words_of(request)), callback_state=follows))


async def mine(request: web.Request) -> AttemptFound:
    """Only who made the visit writes its log (C6-03). Raises Problem: not_found, forbidden."""
    found = await found_by_path(request)
    if not may_fill_log(account_of(request), found.attempt.agent_id):
        raise await forbidden(request, "visit_log", found.attempt.id, Permission.USE_DESK)
    return found


async def _record(request: web.Request, found: AttemptFound) -> LogRecord:
    record = await parts_of(request).logs.get(found.attempt.id)
    if record is None:
        raise problem_of(LogNotFoundError())
    return record


async def _opened(request: web.Request, found: AttemptFound) -> LogOpened:
    record = await _record(request, found)
    is_open = record.closed_at is None
    visits = parts_of(request).service.visits
    missing = await visits.lacking(record.log, found.recording) if is_open else ()
    may_fill = is_open and may_fill_log(account_of(request), found.attempt.agent_id)
    return LogOpened(
        log=show_log(record, words_of(request)), recording=found.recording, missing=list(missing), may_fill=may_fill
    )


_WRONG = (LogChangedError, LogClosedError, LogIncompleteError, LogNotFoundError, VisitTimePastError)


def problem_of(error: Exception) -> Problem:
    match error:
        case LogNotFoundError():
            return Problem("not_found", N_("There is no visit log yet: it is opened when the call has ended."))
        case LogClosedError():
            return Problem("closed", N_("A closed visit log is not changed any more."))
        case LogIncompleteError(missing=missing):
            told = [FieldProblem(field=name.value, message=N_("is missing")) for name in missing]
            return Problem("incomplete", N_("What was filled in is kept."), errors=told)
        case VisitTimePastError():
            return Problem("invalid", errors=[FieldProblem(field="next_visit_at", message=N_("lies in the past"))])
        case _:
            return Problem("changed_meanwhile")


def _item(request: web.Request, found: LogFound) -> LogItem:
    return LogItem(
        attempt=show_attempt(found.attempt, account_of(request)), log=show_log(found.record, words_of(request))
    )


def show_log(record: LogRecord, _: Translator) -> LogShown:
    log = record.log
    same = {name: getattr(log, name) for name in LogShown.model_fields if name in log.__dataclass_fields__}
    return LogShown(
        **same | {"pauses": show_pauses(log.pauses, _)},
        version=record.version,
        closed_at=record.closed_at,
        keep_until=record.keep_until,
        channel_name=CHANNEL_NAMES[log.channel] if log.channel else "",
    )


ROUTES = (
    Route(
        "GET",
        "/logs",
        list_logs,
        READERS,
        "listLogs",
        "Visit logs, the newest dial first; agents see their own.",
        query=LogsAsked,
        answer=Page[LogItem],
    ),
    Route(
        "GET",
        "/attempts/{attempt}/log",
        get_log,
        READERS,
        "getLog",
        "The visit log of one dial, and what is missing in it.",
        answer=LogOpened,
    ),
    Route(
        "PATCH",
        "/attempts/{attempt}/log",
        fill_log,
        Permission.USE_DESK,
        "fillLog",
        "Keep what is filled in so far; the log stays open.",
        body=LogFilling,
        answer=LogOpened,
        problems=("changed_meanwhile", "closed"),
    ),
    Route(
        "POST",
        "/attempts/{attempt}/log/close",
        close_log,
        Permission.USE_DESK,
        "closeLog",
        "Fill in and close; what follows for the callback is decided at once. What was filled in is kept also where "
        "fields are missing.",
        body=LogFilling,
        answer=LogClosed,
        problems=("changed_meanwhile", "closed", "incomplete"),
    ),
)
