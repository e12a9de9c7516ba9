"""Which constraint was broken? The two databases tell it differently: one the name, the other the columns."""

import re
from collections.abc import Iterator

from sqlalchemy import Index, UniqueConstraint

from callcenter.storage.tables import metadata

_UNIQUE = re.compile(r"UNIQUE constraint failed: (?P<columns>[\w., ]+)", re.ASCII)
_NAMED = re.compile(r"(?:CHECK constraint failed:|kept by) (?P<name>\w+)", re.ASCII)
_KIND = re.compile(r"(?P<kind>NOT NULL|FOREIGN KEY) constraint failed", re.ASCII)


# Where SQLite tells no name either.
_KINDS = {"23502": "not null", "23503": "foreign key"}


def broken_constraint(error: BaseException | None) -> str:
    """The constraint's name in `tables.py`; `foreign key`, `not null` or `unknown` where that is not told."""
    for cause in _causes(error):
        if kind := _KINDS.get(str(getattr(cause, "sqlstate", ""))):
            return kind
        name = getattr(cause, "constraint_name", None)
        if isinstance(name, str):
            return name
    text = str(error)
    if match := _UNIQUE.search(text):
        columns = frozenset(match["columns"].split(", "))
        return _BY_COLUMNS.get(columns, "unique")
    if match := _NAMED.search(text):
        return match["name"]
    if match := _KIND.search(text):
        return match["kind"].lower()
    return "unknown"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _unique_names() -> Iterator[tuple[frozenset[str], str]]:
    for table in metadata.tables.values():
        unique: list[Index | UniqueConstraint] = [index for index in table.indexes if index.unique]
        unique += [rule for rule in table.constraints if isinstance(rule, UniqueConstraint)]
        for rule in unique:
            yield frozenset(f"{table.name}.{column.name}" for column in rule.columns), str(rule.name)
        key = table.primary_key
        yield frozenset(f"{table.name}.{column.name}" for column in key.columns), f"pk_{table.name}"


_BY_COLUMNS = dict(_unique_names())
