"""A talk with its script: the sheet beside the call, each answer kept by itself, and what the answers cause."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import Agent, Case
from callcenter.domain.scripts.answers import AGREED, QUESTION, Standing, Unfit, standing, taken, under
from callcenter.domain.scripts.script import Script
from callcenter.domain.visits.problem_cases import ProblemCase
from callcenter.domain.visits.script_run import KeptAnswer, ScriptRun
from callcenter.engine.decisions import By
from callcenter.engine.ports import Clock
from callcenter.engine.problem_cases import Complaint, ProblemCases, Talk
from callcenter.engine.script_held import Held, held_by
from callcenter.engine.script_ports import AnswerStore, ScriptStore
from callcenter.engine.stores import AttemptStore, AuditStore, CallbackStore, LogStore, PeopleStore


class TalkNotFoundError(LookupError):
    """There is no such attempt."""


class NoScriptError(LookupError):
    """The plan of this talk names no script."""


class SheetClosedError(Exception):
    """The visit log is closed: what was answered stays."""


class ScriptChangedError(Exception):
    """The talk is held by another version of the script than the one that was shown; read it again."""


class AnswerChangedError(Exception):
    """Another answer was kept meanwhile. kept: that one; None where there is none (any more)."""

    def __init__(self, kept: KeptAnswer | None) -> None:
        super().__init__(kept.key if kept else "")
        self.kept = kept


class UnfitError(ValueError):
    """This is no answer to the question."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(why.value)
        self.why = why


@dataclass(frozen=True, slots=True)
class Sheet:
    """The script of one talk, as it stands. agent: who talks. cases: problems of this talk, withdrawn ones too. open:
    it may still be answered.
    """

    attempt: Attempt
    case: Case
    agent: Agent
    held: Held
    standing: Standing
    cases: tuple[ProblemCase, ...]
    open: bool

    @property
    def script(self) -> Script:
        return self.held.script


@dataclass(frozen=True, slots=True)
class Given:
    """One answer as it was sent. based_on: the version of the answer that it changes, 0 for none. script_version: of
    the script that was shown.
    """

    key: str
    value: object
    based_on: int
    script_version: int


@dataclass(frozen=True, slots=True)
class QuestioningParts:
    scripts: ScriptStore
    answers: AnswerStore
    cases: ProblemCases
    attempts: AttemptStore
    callbacks: CallbackStore
    logs: LogStore
    people: PeopleStore
    audit: AuditStore
    clock: Clock


class Questioning:
    def __init__(self, parts: QuestioningParts) -> None:
        self._parts = parts

    async def sheet(self, attempt_id: str) -> Sheet:
        """Raises TalkNotFoundError, NoScriptError."""
        attempt, case = await self._talk(attempt_id)
        agent = await self._parts.people.agent(attempt.agent_id)
        held = await held_by(self._parts.scripts, self._parts.answers, attempt_id, case.plan)
        if held is None or agent is None:
            raise NoScriptError(attempt_id)
        return Sheet(
            attempt=attempt,
            case=case,
            agent=agent,
            held=held,
            standing=standing(held.script, held.values),
            cases=tuple(await self._parts.cases.of_talk(attempt_id)),
            open=await self._open(attempt),
        )

    async def agreed(self, attempt_id: str) -> datetime | None:
        """The time that was agreed on in the talk, UTC; whatever became of its script since."""
        run = await self._parts.answers.run(attempt_id)
        value = run.values.get(AGREED) if run else None
        return datetime.fromisoformat(value) if isinstance(value, str) else None

    async def answer(self, attempt_id: str, given: Given, by: By) -> Sheet:
        """Keep one answer, and what follows from all of them: the same answer sent again changes nothing. The first
        answer ties the talk to the script's version.

        Raises TalkNotFoundError, NoScriptError, SheetClosedError, ScriptChangedError, AnswerChangedError, UnfitError.
        """
        parts = self._parts
        sheet = await self.sheet(attempt_id)
        if not sheet.open:
            raise SheetClosedError(attempt_id)
        script = sheet.script
        if script.version != given.script_version:
            raise ScriptChangedError(attempt_id)
        value = taken(script, given.key, given.value)
        if isinstance(value, Unfit):
            raise UnfitError(value)
        if not sheet.held.pinned:
            run = ScriptRun(attempt_id, script.name, script.version)
            if await parts.answers.begin(run, parts.clock.now()) != (script.name, script.version):
                raise ScriptChangedError(attempt_id)
        flagged = any(question.red_flags for question in script.questions)
        # An answer and the problem it raises stand together, or neither does.
        async with parts.audit.together() if flagged else nullcontext():
            kept = await parts.answers.save(attempt_id, given.key, value, given.based_on, parts.clock.now())
            if kept is None:
                again = await parts.answers.run(attempt_id)
                raise AnswerChangedError(again.answers.get(given.key) if again else None)
            return await self._followed(attempt_id, by)

    async def _followed(self, attempt_id: str, by: By) -> Sheet:
        """Raise what the answers raise, and tell how far the talk is."""
        sheet = await self.sheet(attempt_id)
        values = dict(under(QUESTION, sheet.held.values))
        talk = Talk(attempt_id, sheet.case)
        if await self._parts.cases.follow(talk, sheet.standing.raised, sheet.script, values, by):
            return await self.sheet(attempt_id)
        return sheet

    async def complain(self, attempt_id: str, complaint: Complaint, by: By) -> ProblemCase:
        """Also where the plan names no script. Raises TalkNotFoundError, SheetClosedError."""
        attempt, case = await self._talk(attempt_id)
        if not await self._open(attempt):
            raise SheetClosedError(attempt_id)
        return await self._parts.cases.complain(Talk(attempt_id, case), complaint, by)

    async def _talk(self, attempt_id: str) -> tuple[Attempt, Case]:
        record = await self._parts.attempts.get(attempt_id)
        case = await self._parts.callbacks.case(record.attempt.callback_id) if record else None
        if record is None or case is None:
            raise TalkNotFoundError(attempt_id)
        return record.attempt, case

    async def _open(self, attempt: Attempt) -> bool:
        """From the dial until its visit log is closed."""
        if attempt.live:
            return True
        log = await self._parts.logs.get(attempt.id)
        return log is not None and log.closed_at is None
