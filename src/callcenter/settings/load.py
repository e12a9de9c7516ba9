"""Settings from a TOML file and from `CALLCENTER_…` variables, which win; everything that is wrong is told at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from callcenter.settings.mistakes import Place, is_consequence, origin_of, sentence
from callcenter.settings.model import Settings

PREFIX = "CALLCENTER_"
CONFIG_VARIABLE = "CALLCENTER_CONFIG"
DEFAULT_FILE = Path("callcenter.toml")

_SEPARATOR = "__"


class ConfigError(Exception):
    """The settings cannot be used. mistakes: one sentence each, with the key, what is wrong, and where it stands."""

    def __init__(self, mistakes: tuple[str, ...]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(slots=True)
class _Source:
    """values: nested by group and key. places: where each value stands, by its path. broken: part of it could not
    be read, so that what seems to be missing may be there.
    """

    values: dict[str, Any] = field(default_factory=dict)
    places: dict[tuple[str, ...], Place] = field(default_factory=dict)
    mistakes: list[str] = field(default_factory=list)
    broken: bool = False


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """path: the file that was asked for, else CALLCENTER_CONFIG names it, else `callcenter.toml` is taken if it is
    there. Relative paths in the settings are relative to the file's folder, without a file to the working directory.

    Raises ConfigError.
    """
    named = path or (Path(environ[CONFIG_VARIABLE]) if environ.get(CONFIG_VARIABLE) else None)
    file = named or (DEFAULT_FILE if DEFAULT_FILE.exists() else None)
    from_file = _read_file(file) if file else _Source()
    from_environment = _read_environment(environ)
    groups: dict[str, Any] = {name: {} for name in Settings.model_fields}
    values = _merged(_merged(groups, from_file.values), from_environment.values)
    base = (file.parent if file else Path()).absolute()
    mistakes = [*from_file.mistakes, *from_environment.mistakes]
    try:
        settings = Settings.model_validate(values, context={"base": base})
    except ValidationError as error:
        places = from_file.places | from_environment.places
        errors = error.errors(include_url=False, include_input=False)
        told = [
            sentence(each, origin_of(each["loc"], places), file or DEFAULT_FILE)
            for each in errors
            if not (from_file.broken and each["type"] == "missing") and not is_consequence(each, errors)
        ]
        raise ConfigError((*mistakes, *told)) from None
    if mistakes:
        raise ConfigError(tuple(mistakes))
    return settings


def _read_file(file: Path) -> _Source:
    source = _Source(broken=True)
    text = ""
    try:
        text = file.read_bytes().decode()
        source.values = tomllib.loads(text)
    except OSError as error:
        source.mistakes.append(f"The settings file {file} cannot be read: {error.strerror}.")
    except UnicodeDecodeError as error:
        source.mistakes.append(f"{file} is not UTF-8 text (byte {error.start + 1}).")
    except tomllib.TOMLDecodeError as error:
        end = f"line {text.count(chr(10)) + 1}, column {len(text) - text.rfind(chr(10))}"
        told = str(error).replace("at end of document", f"at {end}, the end of the file")
        source.mistakes.append(f"{file} is not valid TOML: {told}.")
    else:
        source.broken = False
        source.places = dict.fromkeys(_paths(source.values), Place(str(file)))
    return source


def _read_environment(environ: Mapping[str, str]) -> _Source:
    source = _Source()
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        place = Place("environment", variable)
        keys = tuple(variable.removeprefix(PREFIX).lower().split(_SEPARATOR))
        if _put(source.values, keys, value):
            source.places |= {keys[:length]: place for length in range(1, len(keys) + 1)}
        else:
            source.mistakes.append(
                f"environment variable {variable}: another variable gives the same in whole or in part."
            )
    return source


def _put(values: dict[str, Any], keys: tuple[str, ...], value: str) -> bool:
    """False when a key on the way has a value of its own already."""
    *groups, last = keys
    for group in groups:
        inner: Any = values.setdefault(group, {})
        if not isinstance(inner, dict):
            return False
        values = inner
    if last in values:
        return False
    values[last] = value
    return True


def _paths(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, value in values.items():
        found.append((*above, key))
        if isinstance(value, dict):
            found += _paths(value, (*above, key))
    return found


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """The second wins, group by group and key by key."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        result[key] = _merged(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return result
