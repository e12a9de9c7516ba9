"""What does a policy say, value by value, and in which values do two policies differ?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from callcenter.domain.policies.base import OWN, PRODUCT, Group
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.written import written

_NOT_COMPARED = frozenset({"name", "version", "effective_from", "title"})
"""What tells policies apart, and no rule."""


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """One value of a group. key: `no_answer.then` for a value within a value. value: as written in TOML. source: the
    rule's ID, `policy` or `product`. strength: how binding it is, empty where the group does not say.
    """

    group: str
    key: str
    value: Any
    source: str
    strength: str = ""

    @property
    def name(self) -> str:
        return f"{self.group}.{self.key}"


@dataclass(frozen=True, slots=True)
class Change:
    """before, after: None where that policy has no such value."""

    before: PolicyValue | None
    after: PolicyValue | None

    @property
    def either(self) -> PolicyValue:
        found = self.after or self.before
        assert found is not None  # noqa: S101 (for the type checker)
        return found

    @property
    def same_value(self) -> bool:
        return self.before is not None and self.after is not None and self.before.value == self.after.value

    @property
    def source_only(self) -> bool:
        """The same value, as binding as before, which only comes from elsewhere: it changes no decision."""
        return self.same_value and self.before is not None and self.before.strength == self.either.strength


def values_of(policy: Policy) -> tuple[PolicyValue, ...]:
    """Every value that holds, defaults too, in the order of the groups."""
    return tuple(
        value
        for name in type(policy).model_fields
        if name not in _NOT_COMPARED and isinstance(group := getattr(policy, name), Group)
        for value in _of_group(name, group)
    )


def differences(before: Policy, after: Policy) -> tuple[Change, ...]:
    """The values in which they differ, or whose source differs, in the order of the groups; not name, title, version
    and date.
    """
    old = {value.name: value for value in values_of(before)}
    new = {value.name: value for value in values_of(after)}
    order = {group: number for number, group in enumerate(Policy.model_fields)}
    names = sorted({**old, **new}, key=lambda name: order[(old.get(name) or new[name]).group])
    changes = (Change(old.get(name), new.get(name)) for name in names)
    return tuple(change for change in changes if _told(change.before) != _told(change.after) and not _unsaid(change))


def _unsaid(change: Change) -> bool:
    """Neither sets it: how binding a default of ours is makes no difference."""
    return change.same_value and change.either.source == PRODUCT and _source_before(change) == PRODUCT


def _source_before(change: Change) -> str:
    return change.before.source if change.before is not None else ""


def _of_group(name: str, group: Group) -> Iterator[PolicyValue]:
    for key in type(group).model_fields:
        if key == "source" or _is_strength(key):
            continue
        strength = _strength(group, key)
        for inner, value in _flat(key, getattr(group, key)):
            yield PolicyValue(name, inner, value, _source(group, inner, value), strength)


def _source(group: Group, path: str, value: object) -> str:
    """Of a table the sources of all that stands in it."""
    if not isinstance(value, dict) or not value:
        return group.source_of(path)
    return ", ".join(sorted({part for name in value for part in group.source_of(f"{path}.{name}").split(", ")}))


def _flat(key: str, value: object) -> Iterator[tuple[str, Any]]:
    """A table of values as those; of a table of tables each as one value, with what it sets."""
    if isinstance(value, BaseModel):
        for inner in type(value).model_fields:
            yield from _flat(f"{key}.{inner}", getattr(value, inner))
    elif isinstance(value, Mapping):
        for inner, item in value.items():
            yield f"{key}.{inner}", written(item)
    else:
        yield key, _whole(value)


def _whole(value: object) -> Any:
    """As written; of a table in a list also what its defaults say, so that two of them compare."""
    if isinstance(value, BaseModel):
        return {key: _whole(getattr(value, key)) for key in type(value).model_fields}
    if isinstance(value, (tuple, list)):
        return [_whole(each) for each in value]
    return written(value)


def _is_strength(key: str) -> bool:
    return key == "strength" or key.endswith("_strength")


def _strength(group: Group, key: str) -> str:
    """That of the value itself (`ring_strength` for `ring_seconds_min`), else the group's."""
    names = [name for name in type(group).model_fields if _is_strength(name)]
    own = [name for name in names if name != "strength" and key.startswith(name.removesuffix("strength"))]
    if key == "change_time":
        own = [name for name in names if name == "dials_strength"]
    found = getattr(group, next(iter(own or [name for name in names if name == "strength"]), ""), "")
    return str(getattr(found, "value", found))


def _told(value: PolicyValue | None) -> tuple[Any, ...] | None:
    # What is not there, and a table that is not: of neither anybody asks how binding it is.
    if value is None or value.value in (None, []):
        return None
    # Whether a default is ours or an institution repeats it by itself changes nothing.
    source = PRODUCT if value.source == OWN else value.source
    return value.value, source, value.strength
