"""What quick work may ask of a database, whichever it is; and statements run by SQLite's own driver.

SQLAlchemy compiles a statement and knows how values are written and read. Its own way of running one takes longer than
SQLite takes for what is found by its key, so there the driver is given the compiled statement itself.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Dialect
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.expression import Executable, ReturnsRows
from sqlalchemy.types import TypeEngine

Row = Mapping[Any, Any]
"""By column, and by name where no other column of the statement has the same."""

Values = Mapping[str, Any]


class Rows(Protocol):
    def first(self) -> Row | None: ...

    def one(self) -> Row: ...

    def all(self) -> Sequence[Row]: ...


class Answer(Protocol):
    """What a statement left behind."""

    @property
    def rowcount(self) -> int: ...

    def mappings(self) -> Rows: ...


class Statements(Protocol):
    """A transaction's statements; of SQLAlchemy's `Connection` those parts that quick work needs."""

    @property
    def dialect(self) -> Dialect: ...

    def execute(self, statement: Executable, parameters: Values | Sequence[Values] | None = None) -> Answer: ...

    def scalar(self, statement: Executable, parameters: Values | None = None) -> Any: ...


class DriverStatements:
    """Run by SQLite's driver, at once."""

    def __init__(self, driver: sqlite3.Connection, dialect: Dialect) -> None:
        self._driver = driver
        self.dialect = dialect

    def execute(self, statement: Executable, parameters: Values | Sequence[Values] | None = None) -> "DriverAnswer":
        if parameters is None or isinstance(parameters, Mapping):
            values = parameters or {}
            compiled = self._compiled(statement, values)
            return DriverAnswer(self._driver.execute(compiled.sql, compiled.bound(values)), compiled)
        compiled = self._compiled(statement, parameters[0])
        every = [compiled.bound(values) for values in parameters]
        return DriverAnswer(self._driver.executemany(compiled.sql, every), compiled)

    def scalar(self, statement: Executable, parameters: Values | None = None) -> Any:
        row = self.execute(statement, parameters).first_values()
        return None if row is None else row[0]

    def _compiled(self, statement: Executable, values: Values) -> "_Compiled":
        names = tuple(values)
        known = _KNOWN.setdefault(statement, {})
        if (compiled := known.get(names)) is None:
            compiled = known[names] = _compile(statement, values, self.dialect)
        return compiled


class DriverAnswer:
    def __init__(self, cursor: sqlite3.Cursor, compiled: "_Compiled") -> None:
        self._rows: list[Any] = cursor.fetchall() if cursor.description else []
        self._compiled = compiled
        self.rowcount = cursor.rowcount

    def mappings(self) -> "DriverAnswer":
        return self

    def first_values(self) -> list[Any] | None:
        return self._compiled.read(self._rows[0]) if self._rows else None

    def first(self) -> Row | None:
        return self._row(self._rows[0]) if self._rows else None

    def one(self) -> Row:
        (row,) = self._rows
        return self._row(row)

    def all(self) -> list[Row]:
        return [self._row(row) for row in self._rows]

    def _row(self, row: Sequence[Any]) -> Row:
        return _DriverRow(self._compiled.read(row), self._compiled.places)


class _DriverRow(Mapping[Any, Any]):
    __slots__ = ("_places", "_values")

    def __init__(self, values: Sequence[Any], places: Mapping[Any, int]) -> None:
        self._values = values
        self._places = places

    def __getitem__(self, key: Any) -> Any:
        return self._values[self._places[key]]

    def __iter__(self) -> Iterator[Any]:
        return (key for key in self._places if isinstance(key, str))

    def __len__(self) -> int:
        return sum(1 for _ in self)


Processor = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Place:
    """A parameter's place. key: among the values given; empty where the statement has its own, which is `value`."""

    key: str
    value: Any
    process: Processor


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    parameters: tuple[_Place, ...]
    readers: tuple[Processor, ...]
    places: Mapping[Any, int]

    def bound(self, values: Values) -> list[Any]:
        """Raises KeyError for a missing value, and what the types raise for a wrong one."""
        return [
            place.value
            if not place.key
            else values[place.key]
            if place.process is None
            else place.process(values[place.key])
            for place in self.parameters
        ]

    def read(self, row: Sequence[Any]) -> list[Any]:
        return [value if reader is None else reader(value) for value, reader in zip(row, self.readers, strict=True)]


_KNOWN: WeakKeyDictionary[Executable, dict[tuple[str, ...], _Compiled]] = WeakKeyDictionary()
"""Those built once are compiled once, for each set of values they are given."""


def _compile(statement: Any, values: Values, dialect: Dialect) -> _Compiled:
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(values))
    if compiled.post_compile_params:
        raise TypeError(f"a list within a statement is for SQLAlchemy's own way: {compiled.string}")
    own = compiled.construct_params(dict(values))
    parameters = [_place(compiled.binds[name], own[name], values, dialect) for name in compiled.positiontup or ()]
    columns = tuple(statement.exported_columns) if isinstance(statement, ReturnsRows) else ()
    return _Compiled(compiled.string, tuple(parameters), _readers(columns, dialect), _places(columns))


def _place(bind: BindParameter[Any], own: Any, values: Values, dialect: Dialect) -> _Place:
    process = _implementation(bind.type, dialect).bind_processor(dialect)
    if bind.key in values:
        return _Place(bind.key, None, process)
    return _Place("", own if process is None else process(own), None)


def _readers(columns: Sequence[ColumnElement[Any]], dialect: Dialect) -> tuple[Processor, ...]:
    return tuple(_implementation(column.type, dialect).result_processor(dialect, None) for column in columns)


def _implementation(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    return kind.dialect_impl(dialect)


def _places(columns: Sequence[ColumnElement[Any]]) -> Mapping[Any, int]:
    names = [str(column.key) for column in columns]
    places: dict[Any, int] = dict(zip(columns, range(len(columns)), strict=True))
    return places | {name: place for place, name in enumerate(names) if names.count(name) == 1}
