"""What an import needs of the world, as Protocols: a table to read, and a store to put its rows."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from callcenter.domain.intake.row import Import, ImportProblem, SourceRow, TakenIn
from callcenter.domain.people import Callback, Customer


class Table(Protocol):
    """delimited: cells may have slipped over a separator. sheet: its name; empty for CSV. size_bytes, position: how
    much is to be read, and how much is.
    """

    @property
    def delimited(self) -> bool: ...

    @property
    def sheet(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    @property
    def position(self) -> int: ...

    def rows(self) -> Iterator[SourceRow]:
        """Raises FileProblemError from where the file cannot be read, OSError."""

    def close(self) -> None: ...


OpenTable = Callable[[Path, str], Table]
"""Opens a file; of a workbook the sheet of this name. Raises FileProblemError, OSError."""


class ImportStore(Protocol):
    async def id_key(self) -> bytes:
        """The installation's own, from which ids of imported rows are made; the same for ever."""

    async def take_in(self, customers: Sequence[Customer], callbacks: Sequence[Callback]) -> TakenIn:
        """Add those not yet known by id, in one transaction; what is known stays as it is."""

    def numbers(self, plan_id: str) -> AsyncIterator[Sequence[tuple[str, tuple[str, ...]]]]:
        """Every callback of the plan with the numbers of its customer (E.164), some at a time."""

    async def begin(self, record: Import) -> None: ...

    async def note(self, record: Import, problems: Sequence[ImportProblem] = ()) -> None:
        """The import as it stands now, and problems that were found since."""

    async def interrupt(self, before: datetime) -> None:
        """Those that run by their own account, and gave no sign of life since then, are INTERRUPTED."""

    async def get(self, import_id: str) -> Import | None: ...

    async def latest(
        self, limit: int = 100, plan_id: str | None = None, after: tuple[datetime, str] | None = None
    ) -> list[Import]:
        """The newest first. after: start and id of the last one that was read."""

    def problems(self, import_id: str) -> AsyncIterator[ImportProblem]:
        """In the order of their rows."""

    async def problem_page(
        self, import_id: str, *, limit: int, after: int = 0, remarks: bool = True
    ) -> list[tuple[int, ImportProblem]]:
        """Some problems with their numbers, in the order of their rows. after: number of the last one that was read.
        remarks: also those that did not keep their rows out.
        """
