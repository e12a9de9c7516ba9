"""A policy as a person writes it: plain values, and TOML that reads back as the same policy."""

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from pydantic import BaseModel

from callcenter.domain.policies.policy import Policy
from callcenter.domain.times.seasons import Season
from callcenter.domain.times.spans import Span
from callcenter.domain.times.windows import Interval, Weekday


@dataclass(frozen=True, slots=True)
class KeptPolicy:
    """A version as it is kept. text: the TOML of who wrote it, where that was kept beside it."""

    policy: Policy
    text: str | None = None

    @property
    def toml(self) -> str:
        return self.text or policy_toml(self.policy)


def written(value: object) -> Any:
    """As it stands in TOML, and only what was set: what a default says must stay a default."""
    match value:
        case BaseModel():
            return {name: written(getattr(value, name)) for name in sorted(value.model_fields_set)}
        case Mapping():
            return {key: written(item) for key, item in value.items()}
        case Weekday():
            return value.name.lower()
        case Enum():
            return value.value
        case Interval() | Season() | Span():
            return str(value)
        case date():
            return value.isoformat()
        case AbstractSet():
            return [written(item) for item in sorted(value)]
        case tuple() | list():
            return [written(item) for item in value]
        case _:
            return value


def policy_toml(policy: Policy) -> str:
    """TOML from which `load_policy` makes the same policy; what it takes from presets stands there value by value."""
    values = written(policy)
    head = [f"name = {_text(policy.name)}", f"version = {policy.version}", f"effective_from = {policy.effective_from}"]
    groups = {name: values[name] for name in Policy.model_fields if name in values and isinstance(values[name], dict)}
    return "\n".join([*head, *(line for name, group in groups.items() for line in _table(name, group))]) + "\n"


def value_toml(value: object) -> str:
    """One value as it is written in TOML; empty for None, which TOML cannot say: the key is left out."""
    return "" if value is None else _value(value)


def _table(path: str, table: Mapping[str, Any]) -> list[str]:
    """A table's own values first, then the tables in it: TOML knows no way back."""
    kept = {key: value for key, value in table.items() if value is not None}
    inner = {key: value for key, value in kept.items() if isinstance(value, Mapping)}
    listed = {key: value for key, value in kept.items() if _of_tables(value)}
    own = [f"{_key(key)} = {_value(value)}" for key, value in kept.items() if key not in inner and key not in listed]
    lines = ["", f"[{path}]", *own]
    for key, value in inner.items():
        lines += _table(f"{path}.{_key(key)}", value)
    for key, value in listed.items():
        for each in value:
            first, header, *rest = _table(f"{path}.{_key(key)}", each)
            lines += [first, f"[{header}]", *rest]
    return lines


def _of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, Mapping) for each in value)


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case Mapping():
            return "{" + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(_value(item) for item in value) + "]"
        case _:
            return _text(str(value))


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _text(key)


def _text(text: str) -> str:
    # JSON's way of writing a text is one of TOML's, but for the one control character that JSON leaves alone.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
