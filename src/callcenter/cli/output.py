"""How commands speak: tables and sentences for people, JSON for scripts, one sentence for an error."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

UNBROKEN = frozenset({"attempt", "attempt_id", "callback", "number", "at"})
"""Columns that people copy from: never broken over two lines."""

PIPE_WIDTH = 200
"""Columns where there is no terminal to ask."""

console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
problems = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(*sentences: str, code: int = 1) -> NoReturn:
    """End the command with these sentences on standard error."""
    for line in sentences:
        problems.print(line, style="red", markup=False)
    sys.exit(code)


def said(error: BaseException) -> str:
    """The error as a sentence; of the system's errors, without the number."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_rows(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, empty: str) -> None:
    """A table of these columns; `empty` is said where there is no row."""
    if not rows:
        console.print(empty)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), no_wrap=column in UNBROKEN)
    for row in rows:
        table.add_row(*(Text(_cell(row.get(column))) for column in columns))
    console.print(table)


def print_values(values: Mapping[str, Any]) -> None:
    """One value a line."""
    width = max((len(name) for name in values), default=0)
    for name, value in values.items():
        console.print(f"{name.replace('_', ' '):<{width}}  {_cell(value)}", markup=False)


def local(at: datetime | str | None, zone: str) -> str:
    """An instant as people in this zone read it, to the second."""
    if at is None:
        return ""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


def _cell(value: Any) -> str:
    """Without control characters: a name from somewhere must not steer a terminal."""
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else " " for character in text)
