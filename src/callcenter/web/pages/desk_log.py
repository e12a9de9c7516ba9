"""The visit log at the desk: shown from the call's beginning on, and closed after it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from callcenter.domain.access import Permission, may_fill_log
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import Case, Channel
from callcenter.domain.policies.policy import Policy
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.drafting import FieldChange, stale_among
from callcenter.domain.visits.log_lacking import dispositions_of, fixes_next_time, lacking, offers_of
from callcenter.domain.visits.records import AttemptRecord, LogRecord, RecordingRecord
from callcenter.domain.visits.searches import AttemptFound
from callcenter.domain.visits.visitlog import RecordingException
from callcenter.engine.governing import policy_of
from callcenter.engine.visits import (
    LogChangedError,
    LogClosedError,
    LogIncompleteError,
    LogNotFoundError,
    VisitTimePastError,
)
from callcenter.web.language import N_
from callcenter.web.pages.desk_sheet import beside
from callcenter.web.pages.forms import Form, FormError, fields_of, go
from callcenter.web.pages.log_form import FIELDS, changes_of, form_of, values_of
from callcenter.web.pages.rendering import render
from callcenter.web.pages.times import known_zone
from callcenter.web.parts import account_of, forbidden, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

LONGEST_KEY = 200
UNPROCESSABLE = 422
TRIES = 8
"""Of closing a log that is written at the same moment, mostly by the same window."""


@dataclass(frozen=True, slots=True)
class OpenLog:
    """A log that waits to be written. live: the call goes on, and the log cannot be closed yet. policy: the one in
    force; None where none is. kept: what stands in its fields, and versions theirs. asks_exception: there will be no
    recording. fixes_next_time: a talk that broke off needs the time of the next one (N9-06). offers: C6-22.
    """

    found: AttemptFound
    record: LogRecord
    case: Case
    recording: RecordingRecord | None
    policy: Policy | None
    form: Form
    kept: Form
    versions: Mapping[str, int]
    live: bool

    @property
    def id(self) -> str:
        return self.found.attempt.id

    @property
    def talk(self) -> bool:
        """Is there, or may there be, a talk to tell of?"""
        return self.live or self.record.log.answered

    @property
    def seen(self) -> Mapping[str, int]:
        """Which version of each field the page shows."""
        return {name: self.versions.get(name, 0) for name in FIELDS}

    @property
    def zone(self) -> str:
        return known_zone(zone_name(self.case))[1]

    @property
    def fixes_next_time(self) -> bool:
        return fixes_next_time(self.policy)

    @property
    def asks_exception(self) -> bool:
        state = self.recording.state if self.recording else RecordingState.MISSING
        return self.record.log.answered and state is RecordingState.MISSING

    @property
    def dispositions(self) -> tuple[Disposition, ...]:
        return dispositions_of(self.policy, self.case.callback.trigger)

    @property
    def offers(self) -> tuple[Channel, ...]:
        return offers_of(self.policy)

    @property
    def exceptions(self) -> tuple[RecordingException, ...]:
        return tuple(RecordingException)


async def log_page(request: web.Request) -> web.Response:
    """A log on a page of its own: to be written, or closed and read."""
    return await _page(request, await opened_log(request, request.match_info["attempt"]))


async def _page(request: web.Request, opened: OpenLog, status: int = 200) -> web.Response:
    closed = opened.record.closed_at is not None
    values: dict[str, object] = {"panel": None, "tools": None}
    if opened.record.log.answered:
        values = await beside(request, opened.found.attempt.id, opened.case, closed=closed)
    return render(request, "log.html", {"log": opened, **values}, status)


async def opened_log(request: web.Request, attempt_id: str, form: Form | None = None) -> OpenLog:
    """Raises Problem: not_found, forbidden."""
    parts = parts_of(request)
    found = await parts.searches.attempt(attempt_id)
    if found is None:
        raise Problem("not_found")
    if not may_fill_log(account_of(request), found.attempt.agent_id):
        raise await forbidden(request, "visit_log", attempt_id, Permission.USE_DESK)
    attempt, case = await parts.attempts.get(attempt_id), await parts.callbacks.case(found.attempt.callback_id)
    if attempt is None or case is None:
        raise Problem("not_found")
    return await _opened(request, found, attempt, case, form)


async def _opened(
    request: web.Request, found: AttemptFound, attempt: AttemptRecord, case: Case, form: Form | None
) -> OpenLog:
    parts, now = parts_of(request), parts_of(request).service.clock.now()
    record = await parts.logs.get(found.attempt.id)
    writing = await parts.drafting.read(attempt)
    live = record is None
    record = record or LogRecord(writing.log, 0, None, now)
    recording = await parts.recordings.get(found.attempt.id)
    policy = await policy_of(parts.policies, case.plan, now)
    kept = form_of(request, record.log, known_zone(zone_name(case))[1])
    begun = form_of(request, (await _with_agreed(request, record)).log, known_zone(zone_name(case))[1])
    return OpenLog(found, record, case, recording, policy, form or begun, kept, writing.draft.versions, live)


async def _with_agreed(request: web.Request, record: LogRecord) -> LogRecord:
    """What was agreed in the talk stands in the form, until somebody writes something else."""
    log = record.log
    if record.closed_at is not None or not log.answered or log.disposition or log.next_visit_at:
        return record
    agreed = await parts_of(request).questioning.agreed(log.attempt_id)
    if agreed is None:
        return record
    return replace(record, log=replace(log, disposition=Disposition.APPOINTMENT, next_visit_at=agreed))


async def close(request: web.Request) -> web.Response:
    """Raises Problem: changed_meanwhile, not_found."""
    attempt_id, given = request.match_info["attempt"], await fields_of(request)
    given.pop("window", None)
    for _ in range(TRIES):
        opened = await opened_log(request, attempt_id)
        if opened.live:
            raise Problem("not_found", NOT_YET)
        try:
            wrong = await _close(request, opened, given)
        except LogChangedError:
            continue
        if not wrong:
            raise go("/desk", "log_closed")
        again = await opened_log(request, attempt_id)
        typed = {**again.form.values, **given}
        return await _page(request, await opened_log(request, attempt_id, Form(typed, wrong)), UNPROCESSABLE)
    raise Problem("changed_meanwhile")


async def _close(request: web.Request, opened: OpenLog, given: dict[str, Any]) -> dict[str, str]:
    """What is wrong, by field; nothing once it is closed. Raises LogChangedError, Problem."""
    _ = words_of(request)
    try:
        values = values_of(request, given, opened.zone)
        stale = stale_among(changes_of(given, values), opened.record.log, opened.versions)
        if stale:
            return _stale(request, opened, stale)
        return {name: _("Please fill this in.") for name in await _lacks(request, opened, values)}
    except FormError as error:
        return dict(error.form.errors)
    except VisitTimePastError:
        return {"next_visit_at": _("This lies in the past.")}
    except LogClosedError as error:
        raise Problem("changed_meanwhile", N_("A closed visit log is not changed any more.")) from error
    except LogNotFoundError as error:
        raise Problem("not_found", NOT_YET) from error


def _stale(request: web.Request, opened: OpenLog, stale: tuple[FieldChange, ...]) -> dict[str, str]:
    """Nothing is overwritten unseen: who closes again, after he was told, keeps his own."""
    _ = words_of(request)
    told = N_("Another window wrote here: “{words}”. Close again to keep yours in its place.")
    return {each.name: _(told, words=opened.kept[each.name]) for each in stale}


async def _lacks(request: web.Request, opened: OpenLog, values: dict[str, Any]) -> list[str]:
    """The names of what is lacking, and then what was filled in is kept; none once it is closed. Who talked says
    whether everything is settled: nobody's silence is taken for a yes.
    """
    visits, record = parts_of(request).service.visits, opened.record
    if record.log.answered and values.get("resolved", record.log.resolved) is None:
        filled = await visits.fill(opened.id, values, record.version)
        return ["resolved", *lacking(filled, opened.recording.state if opened.recording else None, opened.policy)]
    try:
        await visits.close(opened.id, values, record.version)
    except LogIncompleteError as error:
        return list(error.missing)
    return []


NOT_YET = N_("There is no visit log yet: it is opened when the call has ended.")
_DESK = Permission.USE_DESK
ROUTES = (
    Route("GET", "/desk/logs/{attempt}", log_page, _DESK, "pageLog", page=True),
    Route("POST", "/desk/logs/{attempt}", close, _DESK, "pageLogClose", page=True),
)
