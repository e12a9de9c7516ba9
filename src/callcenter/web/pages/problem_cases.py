"""Problems that came up in talks, for supervisors: open, overdue, by department; and corrections of customer data."""

from typing import Literal

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.people import Case
from callcenter.domain.visits.corrections import CorrectionState, proposable
from callcenter.domain.visits.problem_cases import (
    BY_HAND,
    LONGEST_WORDS,
    MOVES,
    CaseDeed,
    CaseSearch,
    CaseState,
    ProblemCase,
    Uncloseable,
)
from callcenter.domain.visits.second_visit import StillToVisit, standing_majors
from callcenter.engine.problem_cases import CaseChangedError, CaseNotFoundError
from callcenter.web.api.answers import to_cursor
from callcenter.web.api.corrections import CorrectionDecided, decided, show_correction
from callcenter.web.api.evidence import place_of
from callcenter.web.api.problem_cases import READ_CASES, CasesAsked, search_of, second_visit_of, unmoved
from callcenter.web.asked import Asked, query_of
from callcenter.web.pages.forms import Form, FormError, checked, fields_of, go
from callcenter.web.pages.rendering import render
from callcenter.web.pages.words import word
from callcenter.web.parts import account_of, by_of, parts_of, words_of
from callcenter.web.problems import Problem
from callcenter.web.routes import Route

UNPROCESSABLE = 422
PAGE = 50


class ProblemsAsked(CasesAsked):
    """As the page has it: open ones, where nothing else is asked for."""

    shown: CaseState | Literal["all"] = CaseState.OPEN
    said: str = Field(default="", max_length=100)


class StepForm(Asked):
    version: int = Field(ge=1)
    deed: CaseDeed
    note: str = Field(default="", max_length=LONGEST_WORDS)


class SecondVisitForm(Asked):
    version: int = Field(ge=1)


async def problems_page(request: web.Request) -> web.Response:
    asked, parts = query_of(request, ProblemsAsked), parts_of(request)
    state = asked.shown if isinstance(asked.shown, CaseState) else None
    wanted = search_of(request, asked.model_copy(update={"state": state}))
    found = await parts.case_store.search(wanted, place_of(asked), PAGE)
    values = {
        "found": [(each, await parts.callbacks.case(each.callback_id)) for each in found],
        "follows": to_cursor((found[-1].due_at, found[-1].id)) if len(found) == PAGE else None,
        "departments": await parts.case_store.by_department(parts.service.clock.now()),
        "asked": asked,
        "states": tuple(CaseState),
        "corrections": len(await parts.corrections.search(CorrectionState.PROPOSED, limit=PAGE)),
        "most": PAGE,
    }
    return render(request, "problems.html", values)


async def problem_page(request: web.Request) -> web.Response:
    return await _page(request, await _case(request))


async def step(request: web.Request) -> web.Response:
    """Handle, close, open again. What was typed stays where it is not taken."""
    case, _ = await _case(request), words_of(request)
    given = await fields_of(request)
    try:
        asked = checked(given, StepForm, _).model
        moved = await parts_of(request).cases.move(case.id, asked.deed, asked.note, asked.version, by_of(request))
    except FormError as error:
        return await _page(request, case, error.form, UNPROCESSABLE)
    except CaseNotFoundError as error:
        raise Problem("not_found") from error
    except CaseChangedError as error:
        raise Problem("changed_meanwhile") from error
    if isinstance(moved, StillToVisit):
        return await _page(request, case, Form(given), UNPROCESSABLE)
    if isinstance(moved, Uncloseable):
        if moved is Uncloseable.NOT_FROM_HERE:
            raise Problem("changed_meanwhile", unmoved(moved).message)
        return await _page(request, case, Form(given, {"note": word(moved, _)}), UNPROCESSABLE)
    raise go(f"/problems/{case.id}", "problem_moved")


async def second_visit(request: web.Request) -> web.Response:
    try:
        asked = checked(await fields_of(request), SecondVisitForm, words_of(request)).model
    except FormError as error:
        raise Problem("invalid") from error
    found = await second_visit_of(request, asked.version)
    raise go(f"/problems/{found.id}", "second_visit")


async def corrections_page(request: web.Request) -> web.Response:
    return await _corrections(request)


async def decide(request: web.Request) -> web.Response:
    try:
        asked = checked(await fields_of(request), CorrectionDecided, words_of(request)).model
    except FormError as error:
        raise Problem("invalid") from error
    await decided(request, asked)
    raise go("/corrections", "correction_accepted" if asked.accept else "correction_declined")


async def _case(request: web.Request) -> ProblemCase:
    found = await parts_of(request).case_store.get(request.match_info["case"])
    if found is None:
        raise Problem("not_found")
    return found


async def _page(request: web.Request, case: ProblemCase, form: Form | None = None, status: int = 200) -> web.Response:
    parts = parts_of(request)
    callback: Case | None = await parts.callbacks.case(case.callback_id)
    lacks = await parts.cases.still_to_visit(case)
    values = {
        "each": case,
        "callback": callback,
        "steps": await parts.case_store.steps(case.id),
        "again": await parts.callbacks.case(case.second_visit) if case.second_visit else None,
        "may_ask": not case.second_visit and case.state is not CaseState.CLOSED and bool(standing_majors([case])),
        "deeds": [deed for deed in CaseDeed if deed in BY_HAND and case.state in MOVES[deed][0]],
        "unclosed": unmoved(lacks).said(words_of(request)).message if lacks else "",
        "form": form or Form(),
        "others": [
            other
            for other in await parts.case_store.search(CaseSearch(attempt_id=case.attempt_id), limit=PAGE)
            if other.id != case.id
        ],
    }
    return render(request, "problem.html", values, status)


async def _corrections(request: web.Request) -> web.Response:
    parts, account = parts_of(request), account_of(request)
    waiting = await parts.corrections.search(CorrectionState.PROPOSED, limit=PAGE)
    shown = []
    for each in waiting:
        case = await parts.callbacks.case(each.callback_id)
        against = proposable(case.customer, each.field, each.old, each.new) if case else None
        shown.append((show_correction(each, account), case, against))
    return render(request, "corrections.html", {"waiting": shown})


_HANDLE = Permission.HANDLE_PROBLEMS
ROUTES = (
    Route("GET", "/problems", problems_page, READ_CASES, "pageProblems", page=True),
    Route("GET", "/problems/{case}", problem_page, READ_CASES, "pageProblem", page=True),
    Route("POST", "/problems/{case}", step, _HANDLE, "pageProblemStep", page=True),
    Route("POST", "/problems/{case}/second-visit", second_visit, _HANDLE, "pageSecondVisit", page=True),
    Route("GET", "/corrections", corrections_page, READ_CASES, "pageCorrections", page=True),
    Route("POST", "/corrections/{correction}", decide, _HANDLE, "pageDecideCorrection", page=True),
)
