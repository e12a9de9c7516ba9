"""What is a table that was opened? Its rows, one after another, and how far the reading has come."""

from collections.abc import Iterator
from typing import Protocol

from callcenter.domain.intake.row import SourceRow


class Table(Protocol):
    """delimited: cells may have slipped over a separator. sheet: its name; empty for CSV. size_bytes, position: of what
    is read; for XLSX, unpacked.
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
        """Every row but those without a cell. Raises FileProblemError from where it cannot be read."""

    def close(self) -> None: ...
