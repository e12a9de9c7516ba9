"""How do presets and own values lie over each other in one group of a policy?

Several presets stand beside each other and must not contradict; an institution's own values lie over them all, and what
they replace loses the presets' source. Tables are laid over each other key by key, everything else as a whole.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from callcenter.domain.policies.base import PolicyError
from callcenter.domain.policies.presets import UnknownPresetError

_SOURCE = "source"
Table = dict[str, Any]


def composed(value: object, like: str, fits: Callable[[str], bool], preset: Callable[[str], str]) -> object:
    """The group's table: its own values over those of the presets it names. like: how their names look; fits: is this
    one of the group's? Raises PolicyError.
    """
    own: Table = dict(value) if isinstance(value, dict) else {"preset": value}
    if "preset" not in own:
        return own
    base: Table = {}
    for name in _names(own.pop("preset"), like, fits):
        try:
            base = _beside(base, parse_toml(preset(name)), name)
        except UnknownPresetError as error:
            raise PolicyError((f"there is no preset {name!r}",)) from error
    return _over(base, own)


def parse_toml(text: str) -> Table:
    """Raises PolicyError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError((f"this is not TOML: {error}",)) from error


def _names(wanted: object, like: str, fits: Callable[[str], bool]) -> Sequence[str]:
    names: list[str] = []
    for name in wanted if isinstance(wanted, list) and wanted else [wanted]:
        if not isinstance(name, str) or not fits(name):
            raise PolicyError((f"needs a table of values or the name of a preset {like}, not {name!r}",))
        names.append(name)
    return names


def _beside(first: Table, second: Table, name: str) -> Table:
    values, more = _values(first), _values(second)
    said = dict(_leaves(values))
    if different := sorted(path for path, value in _leaves(more) if path in said and said[path] != value):
        raise PolicyError((f"{name} says otherwise than the presets before it: {', '.join(different)}",))
    sources, added = _sources(first), _sources(second)
    both = {path: _joined(sources[path], rule) if path in sources else rule for path, rule in added.items()}
    return _laid(values, more) | {_SOURCE: sources | both}


def _over(base: Table, own: Table) -> Table:
    values = _values(own)
    replaced = [path for path, _ in _leaves(values)]
    kept = {path: rule for path, rule in _sources(base).items() if not any(_one_line(path, new) for new in replaced)}
    return _laid(_values(base), values) | {_SOURCE: kept | _sources(own)}


def _laid(under: Table, over: Mapping[str, Any]) -> Table:
    found = dict(under)
    for key, value in over.items():
        below = found.get(key)
        found[key] = _laid(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return found


def _leaves(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, object]]:
    """Each value with its path, for example `rules.signing.first_by`."""
    for key, value in table.items():
        path = f"{before}{key}"
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def _one_line(one: str, other: str) -> bool:
    """The same place, or one of them within the other."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _values(table: Mapping[str, Any]) -> Table:
    return {key: value for key, value in table.items() if key != _SOURCE}


def _sources(table: Mapping[str, Any]) -> Table:
    found = table.get(_SOURCE, {})
    return dict(found) if isinstance(found, dict) else {}


def _joined(one: str, other: str) -> str:
    return ", ".join(dict.fromkeys([*one.split(", "), *other.split(", ")]))
