"""The second visit after a major anomaly (C6-48): added when the talk's log is closed, or asked for; once a talk."""

from dataclasses import dataclass, replace

from callcenter.domain.attempt import Attempt
from callcenter.domain.audit import Action, Deed
from callcenter.domain.people import Callback, Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.visits.problem_cases import CaseSearch, CaseState, ProblemCase, Unvisitable
from callcenter.domain.visits.second_visit import follows_by_itself, second_visit, standing_majors
from callcenter.engine.decisions import By
from callcenter.engine.ports import Clock
from callcenter.engine.problem_cases import CaseChangedError, CaseNotFoundError
from callcenter.engine.script_ports import ProblemCaseStore
from callcenter.engine.stores import AttemptStore, AuditStore, CallbackStore, PeopleStore

_MOST = 200
"""Cases of one talk."""


@dataclass(frozen=True, slots=True)
class SecondVisitParts:
    cases: ProblemCaseStore
    callbacks: CallbackStore
    attempts: AttemptStore
    people: PeopleStore
    audit: AuditStore
    clock: Clock


class SecondVisits:
    def __init__(self, parts: SecondVisitParts) -> None:
        self._parts = parts

    async def wanted(self, attempt_id: str, policy: Policy | None) -> bool:
        """Does a second visit follow this talk by itself?"""
        return follows_by_itself(policy) and bool(standing_majors(await self._of_talk(attempt_id)))

    async def add(self, attempt_id: str, case: Case, login: str) -> Callback | None:
        """Within `together`: the visit, and with each of its cases which one it is; None where nothing major stands.
        login: who closed the log.
        """
        record = await self._parts.attempts.get(attempt_id)
        if record is None:
            return None
        deed = Deed(self._parts.clock.now(), Action.CALLBACK_ADDED, login=login, on_kind="callback")
        return await self._add(record.attempt, case, deed)

    async def ask(self, case_id: str, version: int, by: By) -> ProblemCase | Unvisitable:
        """A supervisor asks for it, under a policy that does not say so; again, it is the same visit. The case as it
        then is. Raises CaseNotFoundError, CaseChangedError.
        """
        parts = self._parts
        async with parts.audit.together():
            found = await parts.cases.get(case_id)
            record = await parts.attempts.get(found.attempt_id) if found else None
            case = await parts.callbacks.case(found.callback_id) if found else None
            if found is None or record is None or case is None:
                raise CaseNotFoundError(case_id)
            if found.version != version:
                raise CaseChangedError(case_id)
            if found not in standing_majors([found]):
                return Unvisitable.NOT_MAJOR
            if found.second_visit:
                return Unvisitable.ASKED_ALREADY
            if found.state is CaseState.CLOSED:
                return Unvisitable.CLOSED
            now = parts.clock.now()
            deed = Deed(now, Action.CALLBACK_ADDED, by.account.id, by.account.login, "callback", address=by.address)
            await self._add(record.attempt, case, deed)
            return await parts.cases.get(case_id) or found

    async def _add(self, attempt: Attempt, case: Case, deed: Deed) -> Callback | None:
        parts = self._parts
        majors = standing_majors(await self._of_talk(attempt.id))
        if not majors:
            return None
        visit = second_visit(case, attempt, majors, deed.at)
        added = await parts.people.add_cases([], [visit])
        await parts.cases.second_visit([each.id for each in majors], visit.id)
        if added:
            detail = {"plan": case.plan.name, "problem": majors[0].id, "callback": case.callback.id}
            await parts.audit.write(replace(deed, on_id=visit.id, detail=detail))
        return visit

    async def _of_talk(self, attempt_id: str) -> list[ProblemCase]:
        return await self._parts.cases.search(CaseSearch(attempt_id=attempt_id), limit=_MOST)
