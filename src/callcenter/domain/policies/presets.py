"""The rules of known institutions, as data: one TOML file a value of a group, and one for each whole policy."""

import re
from importlib import resources

_NAME = re.compile(r"[a-z0-9_]+(\.[A-Za-z0-9_]+)?", re.ASCII)
_FOLDER = "presets"


class UnknownPresetError(LookupError):
    """No preset has this name."""


def preset_names() -> tuple[str, ...]:
    """All names, sorted: `window.tongjiang` is the value of a group, `tongjiang` a whole policy."""
    files = (resources.files("callcenter.domain.policies") / _FOLDER).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def preset_text(name: str) -> str:
    """The preset's TOML. Raises UnknownPresetError."""
    if not _NAME.fullmatch(name):
        raise UnknownPresetError(name)
    file = resources.files("callcenter.domain.policies") / _FOLDER / f"{name}.toml"
    try:
        return file.read_text("utf-8")
    except FileNotFoundError as error:
        raise UnknownPresetError(name) from error
