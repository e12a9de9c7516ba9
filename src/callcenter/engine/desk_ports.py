"""What the desk asks of the database."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from callcenter.domain.visits.appointing import Agreed
from callcenter.domain.visits.drafting import Draft, FieldChange, Kept
from callcenter.domain.visits.history import History
from callcenter.domain.visits.open_logs import OpenLogs, Unclosed
from callcenter.domain.visits.paper import PaperFound, PaperVisit, Scan, ScanKind


class DraftStore(Protocol):
    """What is written of a visit log, field by field, from the call's beginning until the log is closed."""

    async def of(self, attempt_id: str) -> Draft: ...

    async def write(self, attempt_id: str, changes: Sequence[FieldChange], at: datetime) -> Kept | None:
        """Each change is made, or told to be stale, on its own; None, and nothing is written, when the log is closed.
        On the disk when this returns. Raises LookupError where there is no such attempt.
        """


class AppointmentStore(Protocol):
    """Times that were agreed with customers, and that still stand."""

    async def of_agent(self, agent_id: str, since: datetime, until: datetime) -> Sequence[Agreed]:
        """Of callbacks that wait for the time which this agent's talk agreed; by time. since, until: UTC, `until`
        excluded.
        """


class OpenLogStore(Protocol):
    """Visit logs that wait to be closed."""

    async def count(self, agent_id: str, day: datetime) -> OpenLogs:
        """day: UTC, when today began."""

    async def waiting(self, agent_id: str | None = None, limit: int = 200) -> Sequence[Unclosed]:
        """The oldest first; of one agent, or of all."""


class HistoryStore(Protocol):
    """What was there with a customer before."""

    async def of_customer(self, customer_id: str, most: int = 5) -> History:
        """The newest visits, so many at most."""


class PaperStore(Protocol):
    """Visits that were made without a call, and their scans: written once, never changed."""

    async def add(self, visit: PaperVisit) -> None: ...

    async def attach(self, scan: Scan) -> None: ...

    async def get(self, visit_id: str) -> PaperFound | None: ...

    async def of_callback(self, callback_id: str) -> Sequence[PaperFound]:
        """The latest visit first."""

    async def scan(self, scan_id: str) -> tuple[Scan, PaperVisit] | None: ...


class ScanFiles(Protocol):
    """Where scans are kept."""

    async def kind(self, source: Path) -> ScanKind | None:
        """What the file is, by its content."""

    async def keep(self, source: Path, scan_id: str, kind: ScanKind, at: datetime) -> tuple[str, str, int]:
        """Place a copy; its path in the archive, SHA-256 and bytes. Raises ArchiveFullError."""
