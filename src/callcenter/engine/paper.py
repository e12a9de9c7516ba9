"""Visits without a call: written down, and their scans kept."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from callcenter.domain.dials.retry import zone_name
from callcenter.domain.gate.exclusions import ExclusionKind
from callcenter.domain.gate.gate import overridable
from callcenter.domain.gate.whom import by_another
from callcenter.domain.people import Case
from callcenter.domain.policies.consent import WhenRefused
from callcenter.domain.policies.evidence import MIN_RETENTION_YEARS
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.retention import keep_until
from callcenter.domain.visits.paper import (
    LARGEST_SCAN,
    PaperFound,
    PaperMistake,
    PaperResult,
    PaperVisit,
    Scan,
    ScanKind,
    mistakes_in,
    wants_scan,
)
from callcenter.domain.visits.paper_follows import after_paper
from callcenter.engine.closing import change_for
from callcenter.engine.desk_ports import PaperStore, ScanFiles
from callcenter.engine.excluding import Excluding, Said, Who
from callcenter.engine.governing import policy_of
from callcenter.engine.ports import Clock
from callcenter.engine.stores import AttemptStore, CallbackStore, PolicyStore

LONGEST_NAME = 120


class PaperWrongError(Exception):
    """mistakes: why the visit is not written down."""

    def __init__(self, mistakes: tuple[PaperMistake, ...]) -> None:
        super().__init__(", ".join(mistakes))
        self.mistakes = mistakes


class PaperRefusedError(Exception):
    """refusal: the rule by which this agent does not make this visit."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal


class PaperMovedError(Exception):
    """The callback was changed meanwhile; nothing was written."""


class ScanWrongError(Exception):
    """The file is no PDF, JPEG or PNG, or not a whole one."""


class ScanTooLargeError(Exception):
    """It has more bytes than a scan may have."""


@dataclass(frozen=True, slots=True)
class PaperParts:
    store: PaperStore
    policies: PolicyStore
    files: ScanFiles
    clock: Clock
    callbacks: CallbackStore
    attempts: AttemptStore
    excluding: Excluding


@dataclass(frozen=True, slots=True)
class Shown:
    """A visit, and whether the signed form or the reply still lacks."""

    found: PaperFound
    wants_scan: bool


class Paper:
    """The caller writes the audit's entry, in one unit with what is done here."""

    def __init__(self, parts: PaperParts) -> None:
        self._parts = parts

    async def write(self, case: Case, draft: PaperVisit, overrides: Mapping[Rule, str] | None = None) -> PaperVisit:
        """Within `together`: the visit, and what follows for its callback, as after a talk. draft: without id, times of
        writing and keep-until, which are set here. overrides: rules that allow it are gone round, each with its reason.
        Raises PaperWrongError, PaperRefusedError, PaperMovedError.
        """
        now, policy = self._parts.clock.now(), await self._policy(case)
        years = policy.retention.years if policy else MIN_RETENTION_YEARS
        visit = replace(
            draft,
            id=secrets.token_hex(12),
            callback_id=case.callback.id,
            written_at=now,
            keep_until=keep_until(draft.visited_at, years, zone_name(case)),
        )
        if mistakes := mistakes_in(visit, now):
            raise PaperWrongError(mistakes)
        refusal = by_another(case.callback, visit.agent_id, policy)
        if refusal is not None and not overridable(refusal, overrides or {}):
            raise PaperRefusedError(refusal)
        await self._parts.store.add(visit)
        if policy is not None:
            await self._follow(visit, policy, case)
        return visit

    async def _follow(self, visit: PaperVisit, policy: Policy, case: Case) -> None:
        parts, callback = self._parts, case.callback
        past = await parts.attempts.of_callback(callback.id)
        others = [each.visit for each in await parts.store.of_callback(callback.id)]
        follows = after_paper(visit, policy, case, past, parts.clock.now(), others)
        if follows is not None and not await parts.callbacks.change(callback.id, callback.version, change_for(follows)):
            raise PaperMovedError(callback.id)
        if visit.result is PaperResult.REFUSED and policy.consent.refused is WhenRefused.OPT_OUT_PHONE:
            said = Said(ExclusionKind.REFUSED, f"visit {visit.id}", case.customer.id)
            await parts.excluding.enter(said, Who(login=visit.written_by))

    async def check(self, source: Path) -> ScanKind:
        """What the file is. Raises ScanWrongError, ScanTooLargeError."""
        if source.stat().st_size > LARGEST_SCAN:
            raise ScanTooLargeError
        kind = await self._parts.files.kind(source)
        if kind is None:
            raise ScanWrongError
        return kind

    async def scanned(self, visit: PaperVisit, source: Path, name: str, login: str) -> Scan:
        """The file, checked by its content and placed in the archive; `attach` writes it into the books.

        Raises ScanWrongError, ScanTooLargeError, ArchiveFullError.
        """
        kind = await self.check(source)
        now, scan_id = self._parts.clock.now(), secrets.token_hex(12)
        path, sha256, size = await self._parts.files.keep(source, scan_id, kind, now)
        return Scan(
            id=scan_id,
            visit_id=visit.id,
            name=name[:LONGEST_NAME],
            kind=kind,
            sha256=sha256,
            size_bytes=size,
            path=path,
            added_at=now,
            added_by=login,
            keep_until=visit.keep_until,
        )

    async def attach(self, scan: Scan) -> None:
        await self._parts.store.attach(scan)

    async def of_case(self, case: Case) -> Sequence[Shown]:
        """The latest visit first."""
        policy = await self._policy(case)
        found = await self._parts.store.of_callback(case.callback.id)
        return [Shown(each, wants_scan(each, policy)) for each in found]

    async def get(self, visit_id: str) -> PaperFound | None:
        return await self._parts.store.get(visit_id)

    async def scan(self, scan_id: str) -> tuple[Scan, PaperVisit] | None:
        return await self._parts.store.scan(scan_id)

    async def _policy(self, case: Case) -> Policy | None:
        return await policy_of(self._parts.policies, case.plan, self._parts.clock.now())
