"""The script of one talk, beside the call: read, and answered one question at a time."""

from datetime import datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field, StringConstraints

from callcenter.domain.access import Permission, may_fill_log
from callcenter.domain.scripts.filling import filling
from callcenter.domain.scripts.script import Mode
from callcenter.domain.visits.problem_cases import LONGEST_WORDS
from callcenter.domain.words.script_words import unfit_words
from callcenter.engine.problem_cases import Complaint
from callcenter.engine.questioning import (
    AnswerChangedError,
    Given,
    NoScriptError,
    ScriptChangedError,
    Sheet,
    SheetClosedError,
    TalkNotFoundError,
    UnfitError,
)
from callcenter.web import mine
from callcenter.web.api import scripts as api
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.api.evidence import READERS, readable
from callcenter.web.api.problem_cases import ProblemCaseShown, show_case
from callcenter.web.asked import Asked, body_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, by_of, parts_of, words_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route

RequestKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,100}$")]
"""Names a request: the same one twice does nothing twice."""


class AnswerGiven(Asked):
    """One answer. Sent again, it changes nothing."""

    value: api.Given = Field(description="As the question's kind has it; null takes the answer back.")
    based_on: int = Field(ge=0, le=api.HIGHEST, description="Version of the answer that this changes; 0: of none.")
    script_version: int = Field(ge=1, le=api.HIGHEST, description="Version of the script that was shown.")


class ComplaintMade(Asked):
    """The customer complains during the call (C6-52)."""

    key: RequestKey = Field(description="Names this request, so that sending it again opens no second case.")
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_WORDS)] = Field(
        description="In the customer's own words."
    )
    department: str = Field(default="", max_length=100, description="Who is to handle it, where that is known.")
    major: bool = Field(default=False, description="It is a major anomaly (C6-47).")


class AnswerShown(Answer):
    value: api.Given
    version: int = Field(description="Named by every change.")
    at: Instant


class SpokenShown(Answer):
    """What is said, with the names filled in."""

    opening: list[str]
    convenient: str | None
    identity: list[str]
    closing: list[str]


class SheetShown(Answer):
    script: str
    version: int
    mode: Mode
    open: bool = Field(description="Whether it may still be answered.")
    spoken: SpokenShown
    questions: list[api.QuestionShown]
    answers: dict[str, AnswerShown] = Field(
        description="By key: `q.ID`, `identity.ID`, `convenient`, `agreed`, `deviation`, `unanswered`."
    )
    offers: list[Instant] = Field(description="Two times for who cannot talk now (C8-02); the agreed one is `agreed`.")
    standing: api.StandingShown
    problems: list[ProblemCaseShown]


class AnswerKept(Answer):
    answer: AnswerShown
    standing: api.StandingShown
    problems: list[ProblemCaseShown]


async def get_sheet(request: web.Request) -> web.Response:
    await readable(request, "sheet")
    try:
        sheet = await parts_of(request).questioning.sheet(request.match_info["attempt"])
    except (TalkNotFoundError, NoScriptError) as error:
        raise problem(request, error) from error
    return answer(await _shown(request, sheet))


async def give_answer(request: web.Request) -> web.Response:
    record, asked = await mine.own_attempt(request), await body_of(request, AnswerGiven)
    key = request.match_info["key"]
    given = Given(key, asked.value, asked.based_on, asked.script_version)
    try:
        sheet = await parts_of(request).questioning.answer(record.attempt.id, given, by_of(request))
    except WRONG as error:
        raise problem(request, error) from error
    kept = sheet.held.answers[key]
    return answer(
        AnswerKept(
            answer=AnswerShown(value=api.show_value(kept.value), version=kept.version, at=kept.at),
            standing=api.show_standing(sheet.standing),
            problems=_problems(request, sheet),
        )
    )


async def complain(request: web.Request) -> web.Response:
    record, asked = await mine.own_attempt(request), await body_of(request, ComplaintMade)
    complaint = Complaint(asked.words, asked.key, asked.department, asked.major)
    try:
        case = await parts_of(request).questioning.complain(record.attempt.id, complaint, by_of(request))
    except (TalkNotFoundError, SheetClosedError) as error:
        raise problem(request, error) from error
    return answer(show_case(request, case), 201)


async def offered(request: web.Request, sheet: Sheet) -> tuple[datetime, ...]:
    """UTC: two times for who cannot talk now."""
    attempt = sheet.attempt
    return await parts_of(request).appointing.offers(sheet.case, attempt.agent_id, attempt.number)


WRONG = (
    AnswerChangedError,
    NoScriptError,
    ScriptChangedError,
    SheetClosedError,
    TalkNotFoundError,
    UnfitError,
)


def problem(request: web.Request, error: Exception) -> Problem:
    match error:
        case TalkNotFoundError():
            return Problem("not_found")
        case NoScriptError():
            return Problem("not_found", N_("The plan of this talk names no script."))
        case SheetClosedError():
            return Problem("closed", N_("The visit log is closed: what was answered stays."))
        case ScriptChangedError():
            return Problem("changed_meanwhile", N_("This talk is held by another version of the script."))
        case UnfitError(why=why):
            told = unfit_words(why, words_of(request).language)
            return Problem("invalid", errors=[FieldProblem(field="value", message=told)])
        case _:
            return Problem("changed_meanwhile", N_("Another answer to this question was kept meanwhile."))


async def _shown(request: web.Request, sheet: Sheet) -> SheetShown:
    script, fill = sheet.script, filling(sheet.script, sheet.agent, sheet.case)
    checks = script.identity.checks if script.identity else ()
    mine_to_fill = may_fill_log(account_of(request), sheet.attempt.agent_id)
    return SheetShown(
        script=script.name,
        version=script.version,
        mode=script.mode,
        open=sheet.open and mine_to_fill,
        spoken=SpokenShown(
            opening=[fill(line) for line in script.opening],
            convenient=fill(script.convenient) if script.convenient else None,
            identity=[fill(check.text) for check in checks],
            closing=[fill(line) for line in script.closing],
        ),
        questions=[each.model_copy(update={"text": fill(each.text)}) for each in api.show_questions(script)],
        answers={
            key: AnswerShown(value=api.show_value(kept.value), version=kept.version, at=kept.at)
            for key, kept in sheet.held.answers.items()
        },
        standing=api.show_standing(sheet.standing),
        offers=list(await offered(request, sheet)),
        problems=_problems(request, sheet),
    )


def _problems(request: web.Request, sheet: Sheet) -> list[ProblemCaseShown]:
    return [show_case(request, case) for case in sheet.cases]


_DESK = Permission.USE_DESK
ROUTES = (
    Route(
        "GET",
        "/attempts/{attempt}/sheet",
        get_sheet,
        READERS,
        "getSheet",
        "The script of a talk as it is spoken, with what was answered.",
        answer=SheetShown,
    ),
    Route(
        "PUT",
        "/attempts/{attempt}/sheet/{key}",
        give_answer,
        _DESK,
        "giveAnswer",
        "Keep one answer; red flags raise their problem cases at once.",
        body=AnswerGiven,
        answer=AnswerKept,
        problems=("changed_meanwhile", "closed", "refused"),
    ),
    Route(
        "POST",
        "/attempts/{attempt}/complaints",
        complain,
        _DESK,
        "addComplaint",
        "The customer complains during the call: a problem case is opened.",
        body=ComplaintMade,
        answer=ProblemCaseShown,
        status=201,
        problems=("closed", "refused"),
    ),
)
