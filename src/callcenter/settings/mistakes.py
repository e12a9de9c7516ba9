"""What is wrong with a setting, in a sentence for the one who wrote it: the key, the fault, the place, the way out."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from callcenter.settings.model import Settings

Location = Sequence[int | str]


@dataclass(frozen=True, slots=True)
class Place:
    """file: the file's path as it was given, or `environment`. variable: its name there."""

    file: str
    variable: str = ""

    def __str__(self) -> str:
        return f"environment variable {self.variable}" if self.variable else self.file


def origin_of(location: Location, places: Mapping[tuple[str, ...], Place]) -> Place | None:
    """The place of the setting, or of the nearest one that holds it; None for what stands nowhere."""
    keys = tuple(str(key) for key in location)
    return next((places[keys[:length]] for length in range(len(keys), 0, -1) if keys[:length] in places), None)


def sentence(error: ErrorDetails, place: Place | None, file: Path) -> str:
    """file: where a setting that is missing would be written. The value itself is told by the checks that may."""
    location = [key for key in error["loc"] if key != "[key]"]
    key = _dotted(location)
    if error["type"] == "missing":
        listed = any(isinstance(part, int) for part in location)
        return f"{key} is missing: set it in {file}{'' if listed else f', or as {_variable(location)}'}."
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no setting {key}{_hint(location, place)}"
    if error["loc"][-1] == "[key]":
        return f"{place}: the name {key} should be small letters, digits, - and _, at most 32."
    return f"{place or 'default'}: {key} {_fault(error)}."


def is_consequence(error: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """A list whose only item is wrong is also told to be too short."""
    location = error["loc"]
    return error["type"] == "too_short" and any(
        other["loc"][: len(location)] == location and other is not error for other in errors
    )


def _fault(error: ErrorDetails) -> str:
    given = error.get("ctx", {})
    match error["type"]:
        case "model_type" | "dict_type" | "mapping_type":
            return "is a group: its keys are set one by one"
        case "greater_than_equal":
            return f"should be at least {given['ge']}"
        case "less_than_equal":
            return f"should be at most {given['le']}"
        case "string_too_short" | "too_short":
            return "must not be empty"
        case "string_pattern_mismatch":
            return f"should match {given['pattern']}"
        case "value_error":
            return str(given["error"])
        case _:
            return error["msg"].removeprefix("Input ").removeprefix("Value error, ").rstrip(".")


def _dotted(location: Location) -> str:
    text = ""
    for key in location:
        text += f"[{key + 1}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _variable(location: Location) -> str:
    return "CALLCENTER_" + "__".join(str(key).upper() for key in location)


def _hint(location: Location, place: Place | None) -> str:
    """The nearest name among those of the same group, else among all."""
    *above, last = location
    beside = difflib.get_close_matches(str(last), _keys_in(above), n=1)
    near = [*above, beside[0]] if beside else _anywhere(location)
    if not near:
        return "."
    written = _variable(near) if place is not None and place.variable else _dotted(near)
    return f"; did you mean {written}?"


def _anywhere(location: Location) -> list[int | str]:
    """Underscores tell groups from keys in the environment: `ari_password` is near `ari.password`."""
    every = {name.replace(".", "_"): name for name in _all_names()}
    written = "_".join(str(key) for key in location)
    close = difflib.get_close_matches(written, every, n=1, cutoff=0.75)
    return [*every[close[0]].split(".")] if close else []


def _all_names() -> list[str]:
    return [
        f"{group}.{key}"
        for group, field in Settings.model_fields.items()
        for model in models_in(field)
        if group != "trunks"
        for key in model.model_fields
    ]


def _keys_in(location: Location) -> list[str]:
    models: list[type[BaseModel]] = [Settings]
    for key in location:
        fields = [model.model_fields[str(key)] for model in models if str(key) in model.model_fields]
        models = [inner for field in fields for inner in models_in(field)] or models
    return [name for model in models for name in model.model_fields]


def models_in(field: FieldInfo) -> list[type[BaseModel]]:
    """The groups that a field holds: itself one, or a table or list of them."""
    return _models(field.annotation)


def _models(kind: Any) -> list[type[BaseModel]]:
    if isinstance(kind, type) and not get_args(kind) and issubclass(kind, BaseModel):
        return [kind]
    if get_origin(kind) is Annotated:
        return _models(get_args(kind)[0])
    if get_origin(kind) is not None or isinstance(kind, UnionType):
        return [model for inner in get_args(kind) for model in _models(inner)]
    return []
