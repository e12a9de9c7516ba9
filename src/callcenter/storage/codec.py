"""Values as JSON and back: the snapshot of a call, the events of its journal, visit logs.

What is read back is what was written, to the microsecond. A field that this program does not know is an error: the
value was written by a newer one, and leaving the field out would lose it at the next save.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

import msgspec

from callcenter.domain.calls.call import Call
from callcenter.domain.calls.words import CallEvent
from callcenter.domain.recording import Fallback, Levels, Pause
from callcenter.domain.times.instant import utc
from callcenter.domain.visits.visitlog import VisitLog
from callcenter.storage.errors import SnapshotError

_PLACE = re.compile(r"at `\$\.?([^`]*)`$")
_NAMES: dict[type[Any], tuple[str, ...]] = {}
ValueT = TypeVar("ValueT")
Json = dict[str, Any]
_AS_IT_IS = frozenset({str, int, float, bool, type(None)})
"""These very types, and none derived from them: most values of a call are of them."""

_WAYS: dict[type[Any], Callable[[Any], Any]] = {}


def dump(value: object) -> Json:
    """The fields of a dataclass in what JSON has. Raises NaiveInstantError for an instant without a zone."""
    return {name: _plain(getattr(value, name)) for name in _names(type(value))}


def load_call(stored: Json) -> Call:
    """Raises SnapshotError."""
    return _load(stored, Call)


def load_log(stored: Json) -> VisitLog:
    """Raises SnapshotError."""
    return _load(stored, VisitLog)


def plain(value: object) -> Any:
    """One value in what JSON has. Raises NaiveInstantError for an instant without a zone."""
    return _plain(value)


def load_log_fields(stored: Json) -> Json:
    """Values of some fields of a visit log, by name, as its own types. Raises SnapshotError."""
    log = _load({"attempt_id": "", "callback_id": "", **stored}, VisitLog)
    return {name: getattr(log, name) for name in stored}


def load_levels(stored: Json) -> Levels:
    """Raises SnapshotError."""
    return _load(stored, Levels)


def load_pause(stored: Json) -> Pause:
    """Raises SnapshotError."""
    return _load(stored, Pause)


def load_fallback(stored: Json) -> Fallback:
    """Raises SnapshotError."""
    return _load(stored, Fallback)


def dump_event(event: CallEvent) -> Json:
    """The event's values but for its instant, which has a column of its own; a command in it is told by name."""
    values = {name: getattr(event, name) for name in _names(type(event)) if name != "at"}
    return {
        name: {"name": type(value).__name__, **dump(value)} if is_dataclass(value) else _plain(value)
        for name, value in values.items()
    }


def to_text(value: object) -> str:
    """As the database's JSON columns write it."""
    return msgspec.json.encode(value).decode()


def from_text(text: str | bytes) -> Any:
    return msgspec.json.decode(text)


def _plain(value: object) -> Any:
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind not in _WAYS:
        _WAYS[kind] = _way_of(kind)
    return _WAYS[kind](value)


def _way_of(kind: type[Any]) -> Callable[[Any], Any]:
    """How a value of this type becomes what JSON has; looked up once."""
    if issubclass(kind, Enum):
        return {member: member.value for member in kind}.__getitem__
    if issubclass(kind, datetime):
        return lambda value: utc(value).isoformat()
    if issubclass(kind, bool | int | float | str):
        return lambda value: value
    if issubclass(kind, Mapping):
        return lambda value: {str(_plain(key)): _plain(item) for key, item in value.items()}
    if issubclass(kind, tuple | list):
        return lambda value: [_plain(item) for item in value]
    return dump


def _names(kind: type[Any]) -> tuple[str, ...]:
    """The names of a dataclass's fields; looked up once."""
    if kind not in _NAMES:
        if not is_dataclass(kind):
            raise TypeError(f"a {kind.__name__} has no place in JSON")
        _NAMES[kind] = tuple(field.name for field in fields(kind))
    return _NAMES[kind]


def _load(stored: Json, kind: type[ValueT]) -> ValueT:
    try:
        value = msgspec.convert(stored, kind)
    except msgspec.ValidationError as error:
        # The rest of the library's message may repeat the value.
        place = _PLACE.search(str(error))
        raise SnapshotError(
            f"a stored {kind.__name__} lacks a field, or has a wrong value, at {place[1] if place else 'its top'}"
        ) from None
    if unknown := sorted(_unknown(stored, dump(value))):
        raise SnapshotError(
            f"a stored {kind.__name__} has fields that this program does not know, a newer one wrote it: "
            + ", ".join(unknown)
        )
    return value


def _unknown(stored: Any, understood: Any, path: str = "") -> set[str]:
    """Where `stored` tells something that the value read from it does not."""
    if isinstance(stored, Mapping) and isinstance(understood, Mapping):
        missing = {f"{path}{key}" for key in stored if key not in understood}
        shared = [key for key in stored if key in understood]
        return missing.union(*(_unknown(stored[key], understood[key], f"{path}{key}.") for key in shared))
    if isinstance(stored, list) and isinstance(understood, list):
        pairs = enumerate(zip(stored, understood, strict=True))
        return set().union(*(_unknown(one, other, f"{path}{index}.") for index, (one, other) in pairs))
    return set()
