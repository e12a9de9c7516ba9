"""Problem cases are raised by answers and by agents, and handled by supervisors; every step is in the audit."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.audit import Action, Deed
from callcenter.domain.dials.retry import zone_name
from callcenter.domain.people import Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.scripts.answers import Raised
from callcenter.domain.scripts.question import Value
from callcenter.domain.scripts.script import Script
from callcenter.domain.times.spans import Span
from callcenter.domain.visits.problem_cases import (
    BY_HAND,
    COMPLAINT,
    COMPLAINT_WITHIN,
    CaseDeed,
    CaseSearch,
    CaseState,
    CaseStep,
    ProblemCase,
    Uncloseable,
    case_id,
    due_of_case,
    moved,
)
from callcenter.domain.visits.second_visit import StillToVisit, still_to_visit
from callcenter.engine.decisions import By
from callcenter.engine.governing import policy_of
from callcenter.engine.ports import Clock
from callcenter.engine.script_ports import ProblemCaseStore
from callcenter.engine.stores import AuditStore, CallbackStore, PolicyStore

_MOST = 200
"""Cases of one talk."""


class CaseNotFoundError(LookupError):
    """There is no such problem case."""


class CaseChangedError(Exception):
    """Somebody else changed the case meanwhile; read it again."""


@dataclass(frozen=True, slots=True)
class CaseParts:
    cases: ProblemCaseStore
    callbacks: CallbackStore
    policies: PolicyStore
    audit: AuditStore
    clock: Clock


@dataclass(frozen=True, slots=True)
class Talk:
    """What raises cases: an attempt of a callback."""

    attempt_id: str
    case: Case


@dataclass(frozen=True, slots=True)
class Complaint:
    """words: the customer's own. key: names the request; the same key opens one case."""

    words: str
    key: str
    department: str = ""
    major: bool = False


class ProblemCases:
    def __init__(self, parts: CaseParts) -> None:
        self._parts = parts

    async def of_talk(self, attempt_id: str) -> list[ProblemCase]:
        return await self._parts.cases.search(CaseSearch(attempt_id=attempt_id), limit=_MOST)

    async def follow(
        self, talk: Talk, raised: Sequence[Raised], script: Script, values: dict[str, Value], by: By
    ) -> bool:
        """Every red flag that now stands has its case; the open case of one that does not stand any more is withdrawn.
        Whether anything changed.
        """
        wanted = {case_id(talk.attempt_id, each): each for each in raised}
        if not _steps(wanted, await self.of_talk(talk.attempt_id)):
            return False
        async with self._parts.audit.together():
            known = await self.of_talk(talk.attempt_id)
            steps = _steps(wanted, known)
            by_id = {case.id: case for case in known}
            for key, deed in steps.items():
                if key in by_id:
                    after = moved(by_id[key], deed, "")
                    assert isinstance(after, ProblemCase)  # noqa: S101 (`_steps` takes only steps that may be taken)
                    await self._keep(after, by_id[key].version, deed, "", by)
                else:
                    await self._raise(await self._case_of(talk, wanted[key], script, values, by), by)
        return bool(steps)

    async def complain(self, talk: Talk, complaint: Complaint, by: By) -> ProblemCase:
        """The customer complains during the call (C6-52): what he says is kept at once, and the same request twice
        opens one case.
        """
        now, policy = self._parts.clock.now(), await self._policy(talk)
        text = f"{talk.attempt_id}\n{by.account.id}\n{complaint.key}"
        opened = ProblemCase(
            id=f"pc-{hashlib.sha256(text.encode()).hexdigest()[:16]}",
            callback_id=talk.case.callback.id,
            attempt_id=talk.attempt_id,
            kind=COMPLAINT,
            title="",
            major=complaint.major,
            department=complaint.department.strip(),
            words=complaint.words.strip(),
            question="",
            raised_at=now,
            raised_by=by.account.login,
            due_at=due_of_case(_within(policy), now, policy, zone_name(talk.case)),
        )
        async with self._parts.audit.together():
            if await self._raise(opened, by):
                return opened
        return await self._get(opened.id)

    async def move(
        self, key: str, deed: CaseDeed, note: str, version: int, by: By
    ) -> ProblemCase | Uncloseable | StillToVisit:
        """A supervisor handles, closes or reopens it; a major anomaly is closed after its second visit (C6-48).
        Raises CaseNotFoundError, CaseChangedError.
        """
        if deed not in BY_HAND:
            return Uncloseable.NOT_FROM_HERE
        async with self._parts.audit.together():
            case = await self._get(key)
            if case.version != version:
                raise CaseChangedError(key)
            after = moved(case, deed, note)
            if not isinstance(after, ProblemCase):
                return after
            if deed is CaseDeed.CLOSE and (lacks := await self.still_to_visit(case)) is not None:
                return lacks
            await self._keep(after, version, deed, note.strip(), by)
        return after

    async def still_to_visit(self, case: ProblemCase) -> StillToVisit | None:
        """The second visit that keeps this case from being closed."""
        parts = self._parts
        first = await parts.callbacks.case(case.callback_id)
        policy = await policy_of(parts.policies, first.plan, parts.clock.now()) if first else None
        again = await parts.callbacks.case(case.second_visit) if case.second_visit else None
        return still_to_visit(case, again.callback if again else None, policy)

    async def _get(self, key: str) -> ProblemCase:
        found = await self._parts.cases.get(key)
        if found is None:
            raise CaseNotFoundError(key)
        return found

    async def _policy(self, talk: Talk) -> Policy | None:
        return await policy_of(self._parts.policies, talk.case.plan, self._parts.clock.now())

    async def _case_of(
        self, talk: Talk, raised: Raised, script: Script, values: dict[str, Value], by: By
    ) -> ProblemCase:
        now, flag = self._parts.clock.now(), raised.flag
        answer = _told(values.get(raised.question.id), chinese=script.language.casefold().startswith("zh"))
        return ProblemCase(
            id=case_id(talk.attempt_id, raised),
            callback_id=talk.case.callback.id,
            attempt_id=talk.attempt_id,
            kind=flag.kind,
            title=flag.title,
            major=flag.major,
            department=flag.department,
            words=f"{raised.question.text} {answer}",
            question=raised.question.id,
            raised_at=now,
            raised_by=by.account.login,
            due_at=due_of_case(flag.due, now, await self._policy(talk), zone_name(talk.case)),
        )

    async def _raise(self, case: ProblemCase, by: By) -> bool:
        if not await self._parts.cases.add(case, _step(case, CaseDeed.RAISE, "", by, case.raised_at)):
            return False
        detail = {"kind": case.kind, "major": str(case.major).lower(), "department": case.department}
        await self._parts.audit.write(_deed(case, Action.CASE_RAISED, by, case.raised_at, detail))
        return True

    async def _keep(self, after: ProblemCase, version: int, deed: CaseDeed, note: str, by: By) -> None:
        now = self._parts.clock.now()
        if not await self._parts.cases.save(after, version, _step(after, deed, note, by, now)):
            raise CaseChangedError(after.id)
        detail = {"deed": deed.value, "after": after.state.value, "note": note[:500]}
        await self._parts.audit.write(_deed(after, Action.CASE_MOVED, by, now, detail))


def _steps(wanted: dict[str, Raised], known: Sequence[ProblemCase]) -> dict[str, CaseDeed]:
    """Which cases are raised (anew), and which withdrawn; what somebody has handled stays."""
    states = {case.id: case.state for case in known if case.question}
    fresh = {key: CaseDeed.RAISE for key in wanted if states.get(key, CaseState.WITHDRAWN) is CaseState.WITHDRAWN}
    gone = {key: CaseDeed.WITHDRAW for key, state in states.items() if state is CaseState.OPEN and key not in wanted}
    return fresh | gone


def _within(policy: Policy | None) -> Span:
    """How soon a complaint is to be handled: by the policy, where it says so."""
    clock = policy.sla.clocks.get(COMPLAINT) if policy else None
    return (clock and (clock.handled or clock.reply or clock.solution)) or COMPLAINT_WITHIN


def _told(answer: Value | None, *, chinese: bool) -> str:
    match answer:
        case bool():
            return {True: "是" if chinese else "yes", False: "否" if chinese else "no"}[answer]
        case tuple():
            return ("、" if chinese else ", ").join(answer)
        case _:
            return "" if answer is None else str(answer)


def _step(case: ProblemCase, deed: CaseDeed, note: str, by: By, at: datetime) -> CaseStep:
    return CaseStep(case.id, at, by.account.id, by.account.login, deed, case.state, note)


def _deed(case: ProblemCase, action: Action, by: By, at: datetime, detail: dict[str, str]) -> Deed:
    return Deed(
        at=at,
        action=action,
        who=by.account.id,
        login=by.account.login,
        on_kind="problem_case",
        on_id=case.id,
        detail={name: value for name, value in detail.items() if value},
        address=by.address,
    )
