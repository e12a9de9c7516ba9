"""The visit log, filled in and closed by the agent; what follows for the callback is decided at once."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any

from callcenter.domain.dials.retry import after_log
from callcenter.domain.gate.exclusions import ExclusionKind
from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.policies.consent import WhenRefused
from callcenter.domain.policies.policy import Policy
from callcenter.domain.recording import RecordingState
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.log_lacking import lacking
from callcenter.domain.visits.paper_follows import refused_on_paper
from callcenter.domain.visits.script_run import ScriptRun, script_lacking
from callcenter.domain.visits.visitlog import FieldName, VisitLog
from callcenter.engine.closing import change_for, with_rules
from callcenter.engine.desk_ports import PaperStore
from callcenter.engine.excluding import Excluding, Said, Who
from callcenter.engine.governing import policy_of
from callcenter.engine.ports import Clock
from callcenter.engine.script_held import Held, held_by
from callcenter.engine.script_ports import AnswerStore, ScriptStore
from callcenter.engine.second_visits import SecondVisits
from callcenter.engine.stores import (
    AttemptStore,
    AuditStore,
    CallbackStore,
    LogRecord,
    LogStore,
    PolicyStore,
    RecordingStore,
)


class LogNotFoundError(LookupError):
    """No visit log belongs to this attempt (yet: it is opened when the call has ended)."""


class LogClosedError(Exception):
    """A closed log is not changed any more."""


class LogChangedError(Exception):
    """Somebody else changed the log meanwhile; read it again."""


class VisitTimePastError(Exception):
    """A next visit lies in the past."""


class LogIncompleteError(Exception):
    """missing: the fields without which the log cannot be closed."""

    def __init__(self, missing: tuple[FieldName, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


@dataclass(frozen=True, slots=True)
class VisitParts:
    logs: LogStore
    attempts: AttemptStore
    callbacks: CallbackStore
    recordings: RecordingStore
    policies: PolicyStore
    clock: Clock
    audit: AuditStore
    excluding: Excluding
    scripts: ScriptStore
    answers: AnswerStore
    second_visits: SecondVisits
    paper: PaperStore


class Visits:
    """What an agent does after a talk."""

    def __init__(self, parts: VisitParts) -> None:
        self._parts = parts

    def _check_next_visit(self, values: Mapping[str, Any]) -> None:
        next_visit_at = values.get("next_visit_at")
        if next_visit_at is not None and next_visit_at <= self._parts.clock.now():
            raise VisitTimePastError

    async def open_log(self, attempt_id: str) -> LogRecord:
        """Raises LogNotFoundError, LogClosedError."""
        record = await self._parts.logs.get(attempt_id)
        if record is None:
            raise LogNotFoundError(attempt_id)
        if record.closed_at is not None:
            raise LogClosedError(attempt_id)
        return record

    async def _open_log(self, attempt_id: str, version: int | None) -> LogRecord:
        record = await self.open_log(attempt_id)
        if version not in {None, record.version}:
            raise LogChangedError(attempt_id)
        return record

    async def fill(self, attempt_id: str, values: Mapping[str, Any], version: int | None = None) -> VisitLog:
        """Keep what was filled in so far. version: that of the log as it was read, where that must be the last one.

        Raises LogNotFoundError, LogClosedError, LogChangedError, VisitTimePastError.
        """
        self._check_next_visit(values)
        record = await self._open_log(attempt_id, version)
        filled = replace(record.log, **values)
        if not await self._parts.logs.save(filled, record.version, self._parts.clock.now()):
            raise LogChangedError(attempt_id)
        return filled

    async def close(self, attempt_id: str, values: Mapping[str, Any], version: int | None = None) -> str:
        """Fill in and close; returns the callback's state that follows. Closing the log again is refused. version: as
        in `fill`.

        Raises LogNotFoundError, LogClosedError, LogChangedError, VisitTimePastError, LogIncompleteError (what was
        filled in is kept).
        """
        parts = self._parts
        self._check_next_visit(values)
        record = await self._open_log(attempt_id, version)
        filled = replace(record.log, **values)
        recording = await parts.recordings.get(attempt_id)
        case, policy = await self._governed(filled)
        held = await self._held(filled, case)
        missing = _lacking(filled, recording.state if recording else None, policy, held)
        if missing:
            if filled != record.log and not await parts.logs.save(filled, record.version, parts.clock.now()):
                raise LogChangedError(attempt_id)
            raise LogIncompleteError(missing)
        change = await self._change(filled, case, policy)
        said = await self._said(filled, case, policy)
        if held is not None and not held.pinned:
            # Also of a talk in which nothing was answered the script's version is kept.
            run = ScriptRun(attempt_id, held.script.name, held.script.version)
            await parts.answers.begin(run, parts.clock.now())
        again = case if await parts.second_visits.wanted(attempt_id, policy) else None
        # What the customer said of further visits, and what follows an anomaly, stands with the log, or neither does.
        async with parts.audit.together() if said or again else nullcontext():
            if not await parts.logs.close(filled, record.version, parts.clock.now(), change):
                raise LogChangedError(attempt_id)
            if said is not None:
                await parts.excluding.enter(said, Who(login=filled.staff_number))
            if again is not None:
                await parts.second_visits.add(attempt_id, again, filled.staff_number)
        return change.state if change else "unchanged"

    async def lacking(self, visit: VisitLog, recording: RecordingState | None) -> tuple[FieldName, ...]:
        """What keeps this log open, as it stands; recording: None when there never was one."""
        case, policy = await self._governed(visit)
        return _lacking(visit, recording, policy, await self._held(visit, case))

    async def _held(self, visit: VisitLog, case: Case | None) -> Held | None:
        if case is None or not visit.answered:
            return None
        return await held_by(self._parts.scripts, self._parts.answers, visit.attempt_id, case.plan)

    async def _governed(self, visit: VisitLog) -> tuple[Case | None, Policy | None]:
        """The callback that was visited, and what governs it now."""
        case = await self._parts.callbacks.case(visit.callback_id)
        return case, await policy_of(self._parts.policies, case.plan, self._parts.clock.now()) if case else None

    async def _change(self, visit: VisitLog, case: Case | None, policy: Policy | None) -> CallbackChange | None:
        parts, now = self._parts, self._parts.clock.now()
        if case is None or visit.outcome is not Outcome.ANSWERED or visit.disposition is None:
            return None
        if case.callback.state is not CallbackState.WRAP_UP:
            return None
        if policy is None:
            raise LookupError(f"the policy {case.plan.policy!r} is gone")
        case = replace(case, customer=replace(case.customer, dislikes_calls=visit.dislikes_calls))
        past = await parts.attempts.of_callback(visit.callback_id)
        on_paper = [each.visit for each in await parts.paper.of_callback(visit.callback_id)]
        follows = after_log(
            policy,
            case,
            past,
            visit.disposition,
            now,
            visit.next_visit_at,
            resolved=visit.resolved is not False,
            refused_before=refused_on_paper(case, past, on_paper, now),
        )
        return with_rules(change_for(follows), policy, follows, visit.outcome)

    async def _said(self, visit: VisitLog, case: Case | None, policy: Policy | None) -> Said | None:
        """What follows for all of this customer's callbacks, by the policy."""
        if visit.disposition not in {Disposition.REFUSED, Disposition.WRONG_PERSON}:
            return None
        record = await self._parts.attempts.get(visit.attempt_id)
        if case is None or policy is None or record is None or visit.outcome is not Outcome.ANSWERED:
            return None
        reason = f"visit log {visit.attempt_id}"
        if visit.disposition is Disposition.REFUSED:
            if policy.consent.refused is not WhenRefused.OPT_OUT_PHONE:
                return None
            return Said(ExclusionKind.REFUSED, reason, case.customer.id)
        number = record.attempt.number
        if not policy.consent.wrong_person or number not in case.customer.numbers:
            return None
        return Said(ExclusionKind.WRONG_NUMBER, reason, case.customer.id, number=number)


def _lacking(
    visit: VisitLog, recording: RecordingState | None, policy: Policy | None, held: Held | None
) -> tuple[FieldName, ...]:
    asked = script_lacking(visit, held.script, held.values) if held else ()
    return (*lacking(visit, recording, policy), *asked)
