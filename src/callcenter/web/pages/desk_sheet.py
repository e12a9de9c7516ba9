"""The script beside the call: what the agent says and asks, with what was answered so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from callcenter.domain.dials.retry import zone_name
from callcenter.domain.people import Case
from callcenter.domain.scripts.answers import AGREED, QUESTION, Standing, standing
from callcenter.domain.scripts.filling import Filling, example, filling
from callcenter.domain.scripts.question import Kind, Question, Value
from callcenter.domain.scripts.script import Mode, Script
from callcenter.domain.visits.corrections import CorrectedField
from callcenter.domain.visits.problem_cases import ProblemCase
from callcenter.domain.visits.script_run import KeptAnswer
from callcenter.engine.questioning import NoScriptError, TalkNotFoundError
from callcenter.web.api.sheets import offered
from callcenter.web.pages.calendar import WEEKDAYS
from callcenter.web.pages.times import known_zone
from callcenter.web.parts import parts_of


@dataclass(frozen=True, slots=True)
class Panel:
    """attempt_id: empty for a preview, in which nothing is kept. text: of the script that is previewed. offers: two
    times (UTC) for who cannot talk now (C8-02), told in his zone.
    """

    script: Script
    fill: Filling
    standing: Standing
    attempt_id: str = ""
    answers: Mapping[str, KeptAnswer] = field(default_factory=dict)
    open: bool = True
    text: str = ""
    offers: tuple[datetime, ...] = ()
    zone: str = ""

    @property
    def times(self) -> tuple[datetime, ...]:
        """Those offered, and before them the one that is agreed, where it is another."""
        agreed = self.value(AGREED)
        kept = (datetime.fromisoformat(agreed),) if isinstance(agreed, str) else ()
        return tuple(dict.fromkeys((*kept, *self.offers)))

    def weekday(self, at: datetime) -> str:
        """In the customer's zone; a text to be translated."""
        return WEEKDAYS[at.astimezone(known_zone(self.zone)[0]).weekday()]

    @property
    def adaptable(self) -> bool:
        return self.script.mode is Mode.ADAPTABLE

    @property
    def many(self) -> int:
        return len(self.script.questions)

    def value(self, key: str) -> Value | None:
        kept = self.answers.get(key)
        return kept.value if kept else None

    def version(self, key: str) -> int:
        kept = self.answers.get(key)
        return kept.version if kept else 0

    def number(self, question: Question) -> int:
        return self.script.questions.index(question) + 1

    def shown(self, question: Question) -> bool:
        return question.id in self.standing.shown

    def flagged(self, question: Question) -> bool:
        return any(each.question.id == question.id for each in self.standing.raised)

    @staticmethod
    def key(question: Question) -> str:
        return QUESTION + question.id

    @staticmethod
    def chosen(question: Question) -> tuple[tuple[object, str], ...]:
        """What can be chosen by a number key: the value as JSON has it, and its label; empty where one writes."""
        match question.kind:
            case Kind.CHOICE | Kind.CHOICES:
                return tuple((option, option) for option in question.options)
            case Kind.RATING:
                return tuple((step, str(step)) for step in range(1, question.steps + 1))
            case _:
                return ()


@dataclass(frozen=True, slots=True)
class TalkTools:
    """What else may be written down during a talk: a complaint, and what the customer's record tells wrongly."""

    attempt_id: str
    case: Case
    problems: tuple[ProblemCase, ...]
    departments: tuple[str, ...]

    @property
    def fields(self) -> tuple[CorrectedField, ...]:
        return tuple(CorrectedField)

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(number.masked for number in self.case.customer.numbers)


async def panel_of(request: web.Request, attempt_id: str) -> Panel | None:
    """None where the plan names no script."""
    try:
        sheet = await parts_of(request).questioning.sheet(attempt_id)
    except (NoScriptError, TalkNotFoundError):
        return None
    return Panel(
        script=sheet.script,
        fill=filling(sheet.script, sheet.agent, sheet.case),
        standing=sheet.standing,
        attempt_id=attempt_id,
        answers=sheet.held.answers,
        open=sheet.open,
        offers=await offered(request, sheet),
        zone=known_zone(zone_name(sheet.case))[1],
    )


def preview(script: Script, text: str) -> Panel:
    return Panel(script=script, fill=example(script), standing=standing(script, {}), text=text)


async def beside(request: web.Request, attempt_id: str, case: Case, *, closed: bool = False) -> dict[str, object]:
    """For a page: the script of a talk, and what else may be written down of it. closed: only to be read."""
    panel = await panel_of(request, attempt_id)
    tools = None if closed else await tools_of(request, attempt_id, case, panel.script if panel else None)
    return {"panel": panel, "tools": tools}


async def tools_of(request: web.Request, attempt_id: str, case: Case, script: Script | None) -> TalkTools:
    parts = parts_of(request)
    named = {agent.department for agent in await parts.people.agents()}
    if script is not None:
        named |= {flag.department for question in script.questions for flag in question.red_flags}
    problems = await parts.cases.of_talk(attempt_id)
    return TalkTools(attempt_id, case, tuple(problems), tuple(sorted(each for each in named if each)))
