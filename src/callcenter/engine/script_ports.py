"""What scripts, answers, problem cases and corrections ask of the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.people import Customer
from callcenter.domain.scripts.question import Value
from callcenter.domain.scripts.versions import KeptScript
from callcenter.domain.visits.corrections import Correction, CorrectionState
from callcenter.domain.visits.problem_cases import CaseSearch, CaseStep, ProblemCase
from callcenter.domain.visits.script_run import KeptAnswer, ScriptRun
from callcenter.domain.visits.searches import Place


class ScriptStore(Protocol):
    async def add(self, kept: KeptScript, who: str) -> bool:
        """A new version; False when this name and version stand already (they are never changed)."""

    async def version(self, name: str, version: int | None = None) -> KeptScript | None:
        """None for the newest."""

    async def versions(self, name: str | None = None) -> list[KeptScript]:
        """By name, the newest version first."""


class AnswerStore(Protocol):
    async def run(self, attempt_id: str) -> ScriptRun | None:
        """None while nothing was answered."""

    async def begin(self, run: ScriptRun, at: datetime) -> tuple[str, int]:
        """The script and version that the talk is held by: these, if it has none yet."""

    async def save(
        self, attempt_id: str, key: str, value: Value | None, based_on: int, at: datetime
    ) -> KeptAnswer | None:
        """Keep an answer of a talk that has begun, if it still has the version that it is based on (0 for none), or is
        the same already; None where another one was kept meanwhile.
        """


class ProblemCaseStore(Protocol):
    async def add(self, case: ProblemCase, step: CaseStep) -> bool:
        """With its first step, in one transaction; False when there is one of this id already."""

    async def save(self, case: ProblemCase, version: int, step: CaseStep) -> bool:
        """Keep the case and the step that led there, if the row still has this version; one transaction."""

    async def second_visit(self, case_ids: Sequence[str], callback_id: str) -> None:
        """This callback is the second visit of these cases."""

    async def get(self, case_id: str) -> ProblemCase | None: ...

    async def steps(self, case_id: str) -> list[CaseStep]:
        """The oldest first."""

    async def search(self, wanted: CaseSearch, after: Place | None = None, limit: int = 100) -> list[ProblemCase]:
        """The most urgent first, from behind `after`: its due time and id."""

    async def by_department(self, now: datetime) -> Mapping[str, tuple[int, int]]:
        """Of those that are open, how many each department has, and how many of them are overdue."""


class CorrectionStore(Protocol):
    async def add(self, correction: Correction) -> bool:
        """False when there is one of this id already."""

    async def get(self, correction_id: str) -> Correction | None: ...

    async def decide(self, correction: Correction, version: int, customer: Customer | None) -> bool:
        """Keep what was decided and, where it is given, the record as it then is, in one transaction; False, and
        nothing is written, when somebody else was quicker.
        """

    async def search(
        self,
        state: CorrectionState | None = None,
        *,
        attempt_id: str = "",
        after: Place | None = None,
        limit: int = 100,
    ) -> list[Correction]:
        """The oldest first, from behind `after`: its instant and id."""
