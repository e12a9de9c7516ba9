"""Problem cases (C9-20, C6-47): listed, read, handled, closed and opened again."""

from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.access import Permission
from callcenter.domain.visits.problem_cases import (
    LONGEST_WORDS,
    CaseDeed,
    CaseSearch,
    CaseState,
    CaseStep,
    ProblemCase,
    Uncloseable,
    Unvisitable,
)
from callcenter.domain.visits.second_visit import StillToVisit
from callcenter.engine.problem_cases import CaseChangedError, CaseNotFoundError
from callcenter.web.api.answers import Answer, Instant, Page, Paged, answer, to_cursor
from callcenter.web.api.evidence import LONGEST_KEY, place_of
from callcenter.web.asked import Asked, body_of, query_of
from callcenter.web.language import N_
from callcenter.web.parts import by_of, parts_of
from callcenter.web.problems import FieldProblem, Problem, wrong
from callcenter.web.routes import Route

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORDS)]


class CasesAsked(Paged):
    """Which problem cases; the most urgent first."""

    state: CaseState | None = Field(default=None)
    department: str = Field(default="", max_length=100, description="Who is to handle it.")
    major: bool = Field(default=False, description="Only major anomalies.")
    overdue: bool = Field(default=False, description="Only open ones that should have been handled by now.")
    callback: str = Field(default="", max_length=LONGEST_KEY)
    attempt: str = Field(default="", max_length=LONGEST_KEY)


class CaseMoved(Asked):
    version: int = Field(ge=1, description="The case's version as it was read.")
    deed: CaseDeed = Field(description="`handle`, `close` or `reopen`.")
    note: Note = Field(description="What was done, or why.")


class SecondVisitAsked(Asked):
    version: int = Field(ge=1, description="The case's version as it was read.")


class ProblemCaseShown(Answer):
    id: str
    callback_id: str
    attempt_id: str
    kind: str = Field(description="The script's word, or `complaint`.")
    title: str
    major: bool = Field(description="A major anomaly (C6-47).")
    department: str = Field(description="Who is to handle it; empty where nobody is named yet.")
    words: str = Field(description="The question and its answer, or the customer's own words.")
    question: str = Field(description="Id of the script's question; empty for a complaint.")
    raised_at: Instant
    raised_by: str
    due_at: Instant = Field(description="To be handled by then.")
    overdue: bool
    state: CaseState
    second_visit: str = Field(description="Id of the callback by which somebody else visits again (C6-48); or empty.")
    version: int = Field(description="Named by every step.")


class CaseStepShown(Answer):
    at: Instant
    login: str
    deed: CaseDeed
    after: CaseState
    note: str


class CaseOpened(Answer):
    problem: ProblemCaseShown
    steps: list[CaseStepShown] = Field(description="The oldest first.")


async def list_cases(request: web.Request) -> web.Response:
    asked = query_of(request, CasesAsked)
    found = await parts_of(request).case_store.search(search_of(request, asked), place_of(asked), asked.limit)
    follows = to_cursor((found[-1].due_at, found[-1].id)) if len(found) == asked.limit else None
    return answer(Page[ProblemCaseShown](items=[show_case(request, each) for each in found], next=follows))


def search_of(request: web.Request, asked: CasesAsked) -> CaseSearch:
    now = parts_of(request).service.clock.now()
    return CaseSearch(
        state=asked.state,
        department=asked.department,
        major=asked.major,
        overdue_at=now if asked.overdue else None,
        callback_id=asked.callback,
        attempt_id=asked.attempt,
    )


async def get_case(request: web.Request) -> web.Response:
    store, key = parts_of(request).case_store, request.match_info["case"]
    case = await store.get(key)
    if case is None:
        raise Problem("not_found")
    return answer(CaseOpened(problem=show_case(request, case), steps=[_step(each) for each in await store.steps(key)]))


async def move_case(request: web.Request) -> web.Response:
    asked = await body_of(request, CaseMoved)
    by = by_of(request)
    try:
        moved = await parts_of(request).cases.move(
            request.match_info["case"], asked.deed, asked.note, asked.version, by
        )
    except CaseNotFoundError as error:
        raise Problem("not_found") from error
    except CaseChangedError as error:
        raise Problem("changed_meanwhile") from error
    if not isinstance(moved, ProblemCase):
        raise Problem("invalid", errors=[unmoved(moved)])
    return answer(show_case(request, moved))


async def ask_second_visit(request: web.Request) -> web.Response:
    asked = await body_of(request, SecondVisitAsked)
    return answer(show_case(request, await second_visit_of(request, asked.version)))


async def second_visit_of(request: web.Request, version: int) -> ProblemCase:
    """The case, once it has its second visit. Raises Problem."""
    by = by_of(request)
    try:
        found = await parts_of(request).second_visits.ask(request.match_info["case"], version, by)
    except CaseNotFoundError as error:
        raise Problem("not_found") from error
    except CaseChangedError as error:
        raise Problem("changed_meanwhile") from error
    if isinstance(found, Unvisitable):
        raise Problem("invalid", errors=[FieldProblem(field="version", message=UNVISITABLE[found])])
    return found


UNVISITABLE = {
    Unvisitable.NOT_MAJOR: N_("Only a major anomaly that stands leads to a second visit."),
    Unvisitable.ASKED_ALREADY: N_("The second visit is asked for already."),
    Unvisitable.CLOSED: N_("The case is closed: open it again first."),
}


def unmoved(why: Uncloseable | StillToVisit) -> FieldProblem:
    if isinstance(why, StillToVisit):
        if why.visit is None:
            text = N_("The policy wants a second visit, and there is none yet: ask for it before you close the case.")
            return FieldProblem(field="deed", message=text)
        text = N_("The second visit, callback {callback}, is still to be made: the case is closed when it is over.")
        return wrong("deed", text, callback=why.visit.id)
    if why is Uncloseable.WORDS_LACKING:
        return FieldProblem(field="note", message=N_("Please say what was done."))
    return FieldProblem(field="deed", message=N_("This does not follow the state in which the case is."))


def show_case(request: web.Request, case: ProblemCase) -> ProblemCaseShown:
    same = {name: getattr(case, name) for name in ProblemCaseShown.model_fields if name != "overdue"}
    return ProblemCaseShown(**same, overdue=case.overdue(parts_of(request).service.clock.now()))


def _step(step: CaseStep) -> CaseStepShown:
    return CaseStepShown(at=step.at, login=step.login, deed=step.deed, after=step.after, note=step.note)


READ_CASES = Permission.READ_QUEUE
ROUTES = (
    Route(
        "GET",
        "/problem-cases",
        list_cases,
        READ_CASES,
        "listProblemCases",
        "Problems and complaints that came up in talks, the most urgent first.",
        query=CasesAsked,
        answer=Page[ProblemCaseShown],
    ),
    Route(
        "GET",
        "/problem-cases/{case}",
        get_case,
        READ_CASES,
        "getProblemCase",
        "A problem case with its steps.",
        answer=CaseOpened,
    ),
    Route(
        "POST",
        "/problem-cases/{case}/steps",
        move_case,
        Permission.HANDLE_PROBLEMS,
        "moveProblemCase",
        "Say that it is handled, close it, or open it again; each with words. Closed after its second visit (C6-48).",
        body=CaseMoved,
        answer=ProblemCaseShown,
        problems=("changed_meanwhile",),
    ),
    Route(
        "POST",
        "/problem-cases/{case}/second-visit",
        ask_second_visit,
        Permission.HANDLE_PROBLEMS,
        "askSecondVisit",
        "Have the customer visited again by somebody else (C6-48); once a talk.",
        body=SecondVisitAsked,
        answer=ProblemCaseShown,
        problems=("changed_meanwhile",),
    ),
)
