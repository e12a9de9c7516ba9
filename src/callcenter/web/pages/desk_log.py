"""The visit log at the desk: filled in while one types, and closed."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission, may_fill_log
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import Case
from callcenter.domain.plans.cadence import ends_when_he_comes
from callcenter.domain.policies.policy import Policy
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.log_lacking import fixes_next_time, lacking
from callcenter.domain.visits.records import LogRecord, RecordingRecord
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
from callcenter.web.asked import Asked
from callcenter.web.language import N_
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go
from callcenter.web.pages.rendering import render, times_of
from callcenter.web.pages.times import from_field, known_zone
from callcenter.web.pages.windows import WINDOWS, Window, new_window, window_in
from callcenter.web.parts import account_of, forbidden, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

LONGEST_KEY = 200
UNPROCESSABLE = 422
FILLED = ("contact", "content", "problems", "handling_result", "outcome_reason", "exception_note")


class LogForm(Asked):
    """What the agent writes. Fields that are not there stay as they are."""

    contact: str = Field(default="", max_length=500)
    content: str = Field(default="", max_length=10_000)
    problems: str = Field(default="", max_length=10_000)
    handling_result: str = Field(default="", max_length=10_000)
    outcome_reason: str = Field(default="", max_length=500)
    disposition: Disposition | None = None
    resolved: bool | None = None
    next_visit_at: str = Field(default="", max_length=30, pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$")
    exception: RecordingException | None = None
    exception_note: str = Field(default="", max_length=500)
    dislikes_calls: bool = False


@dataclass(frozen=True, slots=True)
class OpenLog:
    """A log that waits to be written. policy: the one in force; None where none is. asks_exception: there will be no
    recording. until_visited: the customer is called until he comes (N6-03). fixes_next_time: a talk that broke off
    needs the time of the next one (N9-06).
    """

    found: AttemptFound
    record: LogRecord
    case: Case
    recording: RecordingRecord | None
    policy: Policy | None
    form: Form

    @property
    def window(self) -> str:
        """For the form: which showing of the log it is."""
        return new_window(self.record.version).field

    @property
    def zone(self) -> str:
        return known_zone(zone_name(self.case))[1]

    @property
    def until_visited(self) -> bool:
        return self.policy is not None and ends_when_he_comes(self.policy, self.case.callback.trigger)

    @property
    def fixes_next_time(self) -> bool:
        return fixes_next_time(self.policy)

    @property
    def asks_exception(self) -> bool:
        state = self.recording.state if self.recording else RecordingState.MISSING
        return self.record.log.answered and state is RecordingState.MISSING

    @property
    def dispositions(self) -> tuple[Disposition, ...]:
        return tuple(each for each in Disposition if self.until_visited or each is not Disposition.VISITED)

    @property
    def exceptions(self) -> tuple[RecordingException, ...]:
        return tuple(RecordingException)


async def log_page(request: web.Request) -> web.Response:
    """A log on a page of its own: to be written, or closed and read."""
    return await _page(request, await opened_log(request, request.match_info["attempt"]))


async def _page(request: web.Request, opened: OpenLog, status: int = 200) -> web.Response:
    return render(request, "log.html", {"log": opened}, status)


async def opened_log(request: web.Request, attempt_id: str, form: Form | None = None) -> OpenLog:
    parts = parts_of(request)
    found = await parts.searches.attempt(attempt_id)
    if found is None:
        raise Problem("not_found")
    if not may_fill_log(account_of(request), found.attempt.agent_id):
        raise await forbidden(request, "visit_log", attempt_id, Permission.USE_DESK)
    record = await parts.logs.get(attempt_id)
    case = await parts.callbacks.case(found.attempt.callback_id)
    if record is None or case is None:
        raise Problem("not_found", N_("There is no visit log yet: it is opened when the call has ended."))
    recording = await parts.recordings.get(attempt_id)
    shown = form or _form(request, record, case)
    return OpenLog(
        found, record, case, recording, await policy_of(parts.policies, case.plan, parts.service.clock.now()), shown
    )


def _form(request: web.Request, record: LogRecord, case: Case) -> Form:
    log = record.log
    values: dict[str, Any] = {name: getattr(log, name) for name in FILLED}
    values["disposition"] = log.disposition or ""
    values["exception"] = log.exception or ""
    values["resolved"] = "" if log.resolved is None else str(log.resolved).lower()
    values["dislikes_calls"] = log.dislikes_calls
    values["next_visit_at"] = times_of(request).field(log.next_visit_at, zone_name(case))
    return Form(values)


async def keep(request: web.Request) -> web.Response:
    """Keep what is typed so far: asked for again and again while somebody types; tells only that it is kept."""
    given = await fields_of(request)
    try:
        return await _keep(request, dict(given))
    except LogChangedError:
        pass  # Written at this very moment, often by the same window as it closes the log: seen anew, that is told.
    try:
        return await _keep(request, given)
    except LogChangedError as error:
        raise Problem("changed_meanwhile") from error


async def _keep(request: web.Request, given: dict[str, Any]) -> web.Response:
    """Raises LogChangedError, Problem."""
    _ = words_of(request)
    opened = await opened_log(request, request.match_info["attempt"])
    window = _window(request, opened, given)
    try:
        await parts_of(request).service.visits.fill(opened.found.attempt.id, _values(request, given, opened))
    except FormError as error:
        return _kept(request, next(iter(error.form.errors.values())), wrong=True)
    except VisitTimePastError:
        return _kept(request, _("The next visit lies in the past."), wrong=True)
    except LogClosedError:
        return _kept(request, _("This log is closed already."), wrong=True)
    request.app[WINDOWS].wrote(opened.found.attempt.id, window, opened.record.version + 1)
    return _kept(request, "")


def _window(request: web.Request, opened: OpenLog, given: dict[str, Any]) -> Window:
    """The window that this comes from. Raises Problem: changed_meanwhile."""
    window = window_in(str(given.pop("window", "")))
    request.app[WINDOWS].check(opened.found.attempt.id, window)
    return window


def _kept(request: web.Request, text: str, *, wrong: bool = False) -> web.Response:
    return render(request, "log_kept.html", {"text": text, "wrong": wrong})


async def close(request: web.Request) -> web.Response:
    """Raises Problem: changed_meanwhile, not_found."""
    _ = words_of(request)
    attempt_id = request.match_info["attempt"]
    opened = await opened_log(request, attempt_id)
    given = await fields_of(request)
    window = _window(request, opened, given)
    wrong: dict[str, str]
    try:
        unfilled = await _close(request, opened, _values(request, given, opened))
        if not unfilled:
            raise go("/desk", "log_closed")
        wrong = {name: _("Please fill this in.") for name in unfilled}
        request.app[WINDOWS].wrote(attempt_id, window, opened.record.version + 1)
    except FormError as error:
        wrong = dict(error.form.errors)
    except VisitTimePastError:
        wrong = {"next_visit_at": _("This lies in the past.")}
    except LogClosedError as error:
        raise Problem("changed_meanwhile", N_("A closed visit log is not changed any more.")) from error
    except (LogChangedError, LogNotFoundError) as error:
        raise Problem("changed_meanwhile") from error
    typed = {**given, "dislikes_calls": given.get("dislikes_calls") == "true"}
    again = await opened_log(request, attempt_id, Form(typed, wrong))
    return await _page(request, again, UNPROCESSABLE)


async def _close(request: web.Request, opened: OpenLog, values: dict[str, Any]) -> list[str]:
    """The names of what is lacking, and then what was filled in is kept; none once it is closed. Who talked says
    whether everything is settled: nobody's silence is taken for a yes.
    """
    visits, log = parts_of(request).service.visits, opened.record.log
    if log.answered and values.get("resolved", log.resolved) is None:
        filled = await visits.fill(log.attempt_id, values)
        return ["resolved", *lacking(filled, opened.recording.state if opened.recording else None, opened.policy)]
    try:
        await visits.close(log.attempt_id, values)
    except LogIncompleteError as error:
        return list(error.missing)
    return []


def _values(request: web.Request, given: dict[str, Any], opened: OpenLog) -> dict[str, Any]:
    """What is typed, as values of the log. An empty choice is none. Raises FormError."""
    _ = words_of(request)
    filled = checked(given, LogForm, _)
    model = filled.model
    values: dict[str, Any] = {name: getattr(model, name) for name in FILLED if name in given}
    for name in ("disposition", "exception"):
        if name in given:
            values[name] = getattr(model, name)
    if "resolved" in given:
        values["resolved"] = model.resolved
    if "dislikes_calls" in given:
        values["dislikes_calls"] = model.dislikes_calls
    if "next_visit_at" in given:
        try:
            values["next_visit_at"] = from_field(model.next_visit_at, opened.zone)
        except (ValueError, OverflowError):
            raise FormError(Form(given, {"next_visit_at": _("This is no date and time.")})) from None
    return values


_DESK = Permission.USE_DESK
ROUTES = (
    Route("GET", "/desk/logs/{attempt}", log_page, _DESK, "pageLog", page=True),
    Route("POST", "/desk/logs/{attempt}", close, _DESK, "pageLogClose", page=True),
    Route("POST", "/desk/logs/{attempt}/keep", keep, _DESK, "pageLogKeep", page=True),
)
