"""A policy's TOML under a person's hands: a preset put in, the next version begun. What else stands there stays."""

import re
from datetime import date

from callcenter.domain.policies.policy import PRESET_GROUPS

_HEADER = re.compile(r"^\s*\[", re.MULTILINE)

SKELETON = """\
name = "{name}"
version = {version}
effective_from = {day}
title = {{zh = "", en = ""}}

windows = "window.tongjiang"
"""
"""Where a new policy begins."""


def group_of_preset(preset: str) -> str | None:
    """The group for which this preset is a value; None for a whole policy, or none of ours."""
    prefix, dot, _ = preset.partition(".")
    return next((group for group, first in PRESET_GROUPS.items() if dot and first == prefix), None)


def with_preset(text: str, preset: str) -> str:
    """The text with this preset for its group: in the group's line or table, where it has one. A preset that is no
    group's changes nothing.
    """
    group = group_of_preset(preset)
    if group is None:
        return text
    top, rest = _halves(text)
    line = f'{group} = "{preset}"'
    named = re.compile(rf"^{group}\s*=\s*\"[^\"\n]*\"[^\n]*$", re.MULTILINE)
    if named.search(top):
        return named.sub(line, top, count=1) + rest
    table = re.search(rf"^\[{group}\][^\n]*\n", rest, re.MULTILINE)
    if table is None:
        return f"{top.rstrip()}\n{line}\n" + (f"\n{rest.lstrip()}" if rest else "")
    body, after = rest[table.end() :], rest[: table.end()]
    own, others = _halves(body)
    kept = re.sub(r"^preset\s*=[^\n]*\n?", "", own, count=1, flags=re.MULTILINE)
    return f'{top}{after}preset = "{preset}"\n{kept}{others}'


def as_version(text: str, version: int, day: date) -> str:
    """The text with this version and effective date, in place of its own."""
    top, rest = _halves(text)
    for key, value in (("version", str(version)), ("effective_from", day.isoformat())):
        top = re.sub(rf"^{key}\s*=[^\n]*$", f"{key} = {value}", top, count=1, flags=re.MULTILINE)
    return top + rest


def _halves(text: str) -> tuple[str, str]:
    """What comes before the first table, and the rest."""
    found = _HEADER.search(text)
    return (text, "") if found is None else (text[: found.start()], text[found.start() :])
