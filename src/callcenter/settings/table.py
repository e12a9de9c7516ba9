"""The README's section of settings, made of the settings themselves."""

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from callcenter.settings.mistakes import models_in
from callcenter.settings.model import OutcomeRow, Settings

HEAD = "| setting | meaning | unit | allowed | default |\n|---|---|---|---|---|"


def settings_table() -> str:
    """Markdown: a heading, a sentence and a table for each group."""
    return "\n\n".join(_section(name, field) for name, field in Settings.model_fields.items())


def _section(name: str, field: FieldInfo) -> str:
    (model,) = models_in(field)
    prefix = f"{name}.NAME" if name == "trunks" else name
    rows = [*_rows(prefix, model)]
    if name == "trunks":
        rows += _rows(f"{prefix}.outcomes[]", OutcomeRow)
    return f"**{prefix}** {(model.__doc__ or '').strip()}\n\n" + "\n".join([HEAD, *rows])


def _rows(prefix: str, model: type[BaseModel]) -> Iterator[str]:
    for key, field in model.model_fields.items():
        extra = field.json_schema_extra
        unit, allowed = (str(extra[name]) for name in ("unit", "allowed")) if isinstance(extra, dict) else ("", "")
        cells = (f"`{prefix}.{key}`", field.description or "", unit, allowed or _allowed(field), _default(field))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _allowed(field: FieldInfo) -> str:
    kind = field.annotation
    if get_origin(kind) is Literal:
        return _choices(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _choices([str(member.value) for member in kind])
    limits = {
        name: value
        for part in field.metadata
        for name in ("ge", "le")
        if (value := getattr(part, name, None)) is not None
    }
    if limits:
        return f"{limits['ge']} … {limits['le']}"
    pattern = next((part.pattern for part in field.metadata if getattr(part, "pattern", None)), None)
    if pattern:
        return f"`{pattern}`"
    return "`true`, `false`" if bool in get_args(kind) else "path" if "Path" in str(kind) else "text"


def _choices(values: Sequence[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if field.is_required():
        return "none: must be set"
    if isinstance(value, SecretStr) or value is None:
        return "any"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{each}"' for each in value) + "]`"
    return f"`{value}`" if str(value) else "empty"
