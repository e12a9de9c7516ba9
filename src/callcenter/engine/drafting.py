"""The visit log while it is written: from the moment the call begins, field by field."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.people import Agent, Case
from callcenter.domain.visits.drafting import Draft, FieldChange, Kept, with_draft
from callcenter.domain.visits.records import AttemptRecord
from callcenter.domain.visits.visitlog import VisitLog, opened_log
from callcenter.engine.desk_ports import DraftStore
from callcenter.engine.ports import Clock
from callcenter.engine.stores import CallbackStore, LogStore, PeopleStore
from callcenter.engine.visits import LogClosedError, VisitTimePastError


@dataclass(frozen=True, slots=True)
class DraftParts:
    drafts: DraftStore
    logs: LogStore
    callbacks: CallbackStore
    people: PeopleStore
    clock: Clock


@dataclass(frozen=True, slots=True)
class Writing:
    """A log as it stands, opened or not yet. version: of the opened one, 0 before that."""

    log: VisitLog
    draft: Draft
    version: int
    closed: bool


class Drafting:
    """What an agent writes while he talks, and after."""

    def __init__(self, parts: DraftParts) -> None:
        self._parts = parts

    async def write(self, attempt_id: str, changes: Sequence[FieldChange]) -> Kept:
        """Each field on its own: kept, or told to be stale with what another wrote there since.

        Raises LookupError where there is no such attempt, LogClosedError, VisitTimePastError.
        """
        now = self._parts.clock.now()
        for change in changes:
            if change.name == "next_visit_at" and change.value is not None and change.value <= now:
                raise VisitTimePastError
        kept = await self._parts.drafts.write(attempt_id, changes, now)
        if kept is None:
            raise LogClosedError(attempt_id)
        return kept

    async def read(self, record: AttemptRecord) -> Writing:
        """Raises LookupError where the callback or the agent of this attempt is gone."""
        attempt_id = record.attempt.id
        draft = await self._parts.drafts.of(attempt_id)
        opened = await self._parts.logs.get(attempt_id)
        if opened is not None:
            return Writing(opened.log, draft, opened.version, opened.closed_at is not None)
        case = await self._parts.callbacks.case(record.attempt.callback_id)
        agent = await self._parts.people.agent(record.attempt.agent_id)
        if case is None or agent is None:
            raise LookupError(attempt_id)
        return Writing(_begun(case, record, agent, draft), draft, 0, closed=False)


def _begun(case: Case, record: AttemptRecord, agent: Agent, draft: Draft) -> VisitLog:
    return with_draft(opened_log(case, record.attempt, agent), draft)
