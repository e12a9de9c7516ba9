"""The scripts of talks as versioned data: listed, read, compared, checked, tried out and added."""

from collections.abc import Mapping
from typing import Annotated

from aiohttp import web
from pydantic import Field

from callcenter.domain.access import Permission
from callcenter.domain.policies.base import PolicyError
from callcenter.domain.scripts.advice import advice
from callcenter.domain.scripts.answers import Identified, Standing, Unfit, standing, taken
from callcenter.domain.scripts.examples import EXAMPLES
from callcenter.domain.scripts.question import Kind, Question, Value
from callcenter.domain.scripts.script import LONGEST_TEXT, Mode, Script, load_script
from callcenter.domain.scripts.versions import ChangeKind, ScriptChange, differences
from callcenter.domain.words.script_words import advice_words, script_mistake, unfit_words
from callcenter.engine.scripting import ScriptListed
from callcenter.web.api.answers import Answer, Instant, answer
from callcenter.web.asked import Asked, body_of, query_of
from callcenter.web.language import N_, Translator
from callcenter.web.parts import by_of, parts_of, words_of
from callcenter.web.problems import FieldProblem, Problem
from callcenter.web.routes import Route

Given = bool | int | float | Annotated[str, Field(max_length=10_000)] | list[str] | None
"""An answer as it is sent."""

MOST_ANSWERS = 500
HIGHEST = 1_000_000


class ScriptItem(Answer):
    name: str
    title: str
    trade: str | None
    mode: Mode
    version: int = Field(description="The newest one; talks that begin now are held by it.")
    versions: list[int] = Field(description="The newest first.")
    plans: list[str] = Field(description="Ids of the plans whose talks are held by it.")


class ScriptList(Answer):
    items: list[ScriptItem]
    examples: list[str] = Field(description="Names of examples that come with the product.")


class OptionsShown(Answer):
    """How a question is answered."""

    options: list[str] = Field(description="Of `choice` and `choices`.")
    scale: int | None = Field(description="Of `rating`: 1 to so much.")
    least: float | None = Field(description="Of `number`.")
    most: float | None = Field(description="Of `number`.")


class QuestionShown(Answer):
    id: str
    section: str
    text: str
    kind: Kind
    required: bool
    hint: str = Field(description="For the agent alone.")
    branches: bool = Field(description="Asked only after some answers to earlier questions.")
    answered_by: OptionsShown


class ScriptShown(Answer):
    name: str
    version: int
    title: str
    at: Instant
    login: str = Field(description="Who added it.")
    text: str = Field(description="TOML, as its author wrote it.")
    questions: list[QuestionShown]
    advice: list[str] = Field(description="What is worth a thought, in your language.")


class VersionAsked(Asked):
    version: int | None = Field(default=None, ge=1, le=HIGHEST, description="The newest one where none is named.")


class TwoVersions(Asked):
    before: int = Field(ge=1, le=HIGHEST)
    after: int = Field(ge=1, le=HIGHEST)


class ScriptChangeShown(Answer):
    kind: ChangeKind
    what: str = Field(description="A question's id, or the name of another part of the script.")
    names: list[str] = Field(description="Of a changed question: in what.")
    before: str
    after: str


class ScriptDiff(Answer):
    changes: list[ScriptChangeShown]


class ScriptText(Asked):
    text: str = Field(max_length=LONGEST_TEXT, description="TOML of the new version.")


class ScriptChecked(Answer):
    name: str
    version: int
    advice: list[str] = Field(description="What is worth a thought, in your language.")
    changes: list[ScriptChangeShown] = Field(description="Against the newest version; empty where there is none.")


class ScriptTried(Asked):
    """Answers to a script that is not used yet; nothing is kept."""

    text: str = Field(max_length=LONGEST_TEXT, description="TOML of the script.")
    answers: dict[str, Given] = Field(
        default_factory=dict, max_length=MOST_ANSWERS, description="By key, such as `q.satisfaction`, `identity.name`."
    )


class RaisedShown(Answer):
    """A red flag that now stands (C6-26, C6-47)."""

    question: str
    kind: str
    title: str
    major: bool
    department: str


class StandingShown(Answer):
    """How far a talk is by its script."""

    shown: list[str] = Field(description="Ids of the questions that the answers lead to.")
    missing: list[str] = Field(description="Of those, required ones without an answer.")
    raised: list[RaisedShown]
    identified: Identified = Field(description="Is it the person who is to be spoken to (C9-03)?")


async def list_scripts(request: web.Request) -> web.Response:
    listed = await parts_of(request).scripting.listed()
    return answer(ScriptList(items=[_item(each) for each in listed], examples=list(EXAMPLES)))


async def read_script(request: web.Request) -> web.Response:
    asked = query_of(request, VersionAsked)
    kept = await parts_of(request).scripting.get(request.match_info["script"], asked.version)
    if kept is None:
        raise Problem("not_found")
    script = kept.script
    return answer(
        ScriptShown(
            name=script.name,
            version=script.version,
            title=script.title,
            at=kept.at,
            login=kept.login,
            text=kept.text,
            questions=show_questions(script),
            advice=advised(script, words_of(request)),
        )
    )


async def diff_script(request: web.Request) -> web.Response:
    asked, scripting = query_of(request, TwoVersions), parts_of(request).scripting
    name = request.match_info["script"]
    before, after = await scripting.get(name, asked.before), await scripting.get(name, asked.after)
    if before is None or after is None:
        raise Problem("not_found")
    return answer(ScriptDiff(changes=[_change(each) for each in differences(before.script, after.script)]))


async def check_script(request: web.Request) -> web.Response:
    asked, _ = await body_of(request, ScriptText), words_of(request)
    try:
        script = await parts_of(request).scripting.check(asked.text)
    except PolicyError as error:
        raise mistaken(error, _) from None
    return answer(await _checked(request, script))


async def try_script(request: web.Request) -> web.Response:
    asked, _ = await body_of(request, ScriptTried), words_of(request)
    try:
        script = load_script(asked.text)
    except PolicyError as error:
        raise mistaken(error, _) from None
    kept: dict[str, Value] = {}
    for key, given in asked.answers.items():
        value = taken(script, key, given)
        if isinstance(value, Unfit):
            raise Problem(
                "invalid", errors=[FieldProblem(field=f"answers.{key}"[:200], message=unfit_words(value, _.language))]
            )
        if value is not None:
            kept[key] = value
    return answer(show_standing(standing(script, kept)))


async def add_script(request: web.Request) -> web.Response:
    asked, _, scripting = await body_of(request, ScriptText), words_of(request), parts_of(request).scripting
    try:
        checked = await _checked(request, await scripting.check(asked.text))
        await scripting.save(asked.text, by_of(request))
    except PolicyError as error:
        raise mistaken(error, _) from None
    return answer(checked, 201)


async def _checked(request: web.Request, script: Script) -> ScriptChecked:
    newest = await parts_of(request).scripting.get(script.name)
    changes = differences(newest.script, script) if newest else ()
    return ScriptChecked(
        name=script.name,
        version=script.version,
        advice=advised(script, words_of(request)),
        changes=[_change(each) for each in changes],
    )


def mistaken(error: PolicyError, _: Translator) -> Problem:
    """Every mistake at its key; what has no key of its own is the text's."""
    found = []
    for mistake in error.mistakes[:50]:
        key, colon, rest = script_mistake(mistake, _.language).replace("：", ": ", 1).partition(": ")
        named = colon and key.replace(".", "").replace("_", "").isalnum() and key.isascii()
        told = FieldProblem(field=f"text.{key}"[:200], message=rest) if named else None
        found.append(told or FieldProblem(field="text", message=script_mistake(mistake, _.language)))
    return Problem("invalid", N_("This script is not right yet."), errors=found)


def advised(script: Script, _: Translator) -> list[str]:
    return [advice_words(each, _.language) for each in advice(script)]


def show_questions(script: Script) -> list[QuestionShown]:
    return [_question(section.title, each) for section in script.sections for each in section.questions]


def show_standing(now: Standing) -> StandingShown:
    return StandingShown(
        shown=list(now.shown),
        missing=list(now.missing),
        raised=[
            RaisedShown(
                question=each.question.id,
                kind=each.flag.kind,
                title=each.flag.title,
                major=each.flag.major,
                department=each.flag.department,
            )
            for each in now.raised
        ],
        identified=now.identified,
    )


def show_value(value: Value | None) -> Given:
    return list(value) if isinstance(value, tuple) else value


def show_values(values: Mapping[str, Value]) -> dict[str, Given]:
    return {key: show_value(value) for key, value in values.items()}


def _question(section: str, question: Question) -> QuestionShown:
    return QuestionShown(
        id=question.id,
        section=section,
        text=question.text,
        kind=question.kind,
        required=question.required,
        hint=question.hint,
        branches=bool(question.only_if),
        answered_by=OptionsShown(
            options=list(question.options),
            scale=question.steps if question.kind is Kind.RATING else None,
            least=question.least,
            most=question.most,
        ),
    )


def _change(change: ScriptChange) -> ScriptChangeShown:
    return ScriptChangeShown(
        kind=change.kind, what=change.what, names=list(change.names), before=change.before, after=change.after
    )


def _item(listed: ScriptListed) -> ScriptItem:
    script = listed.newest.script
    return ScriptItem(
        name=script.name,
        title=script.title,
        trade=script.trade,
        mode=script.mode,
        version=script.version,
        versions=[kept.script.version for kept in listed.versions],
        plans=[plan.id for plan in listed.plans],
    )


READ_SCRIPTS = Permission.READ_QUEUE
_READ, _CHANGE = READ_SCRIPTS, Permission.CHANGE_SCRIPTS
ROUTES = (
    Route("GET", "/scripts", list_scripts, _READ, "listScripts", "The scripts of talks.", answer=ScriptList),
    Route(
        "POST",
        "/scripts",
        add_script,
        _CHANGE,
        "addScript",
        "Add a version; versions are never changed.",
        body=ScriptText,
        answer=ScriptChecked,
        status=201,
    ),
    Route(
        "POST",
        "/scripts/check",
        check_script,
        _READ,
        "checkScript",
        "Every mistake of a new version, or what it changes.",
        body=ScriptText,
        answer=ScriptChecked,
    ),
    Route(
        "POST",
        "/scripts/try",
        try_script,
        _READ,
        "tryScript",
        "Which questions these answers lead to, what is missing and which problems arise; nothing is kept.",
        body=ScriptTried,
        answer=StandingShown,
    ),
    Route(
        "GET",
        "/scripts/{script}",
        read_script,
        _READ,
        "getScript",
        "One version, with its questions and as TOML.",
        query=VersionAsked,
        answer=ScriptShown,
    ),
    Route(
        "GET",
        "/scripts/{script}/diff",
        diff_script,
        _READ,
        "diffScript",
        "In what two versions differ.",
        query=TwoVersions,
        answer=ScriptDiff,
    ),
)
