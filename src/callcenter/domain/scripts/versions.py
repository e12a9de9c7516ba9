"""Versions of a script: as they are kept, the next one begun, and in what two of them differ."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from callcenter.domain.policies.written import written
from callcenter.domain.scripts.question import Question
from callcenter.domain.scripts.script import Script

_HEADER = re.compile(r"^\s*\[", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class KeptScript:
    """A version as it is kept; never changed. text: its author's TOML. at: UTC. login: of who added it, as it was."""

    script: Script
    text: str
    at: datetime
    login: str = ""


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class ScriptChange:
    """what: a question's id, or the name of another part of the script. names: of a changed question, in what. before,
    after: as far as it is words.
    """

    kind: ChangeKind
    what: str
    names: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


def as_version(text: str, version: int) -> str:
    """The text with this version in place of its own."""
    found = _HEADER.search(text)
    top, rest = (text, "") if found is None else (text[: found.start()], text[found.start() :])
    return re.sub(r"^version\s*=[^\n]*$", f"version = {version}", top, count=1, flags=re.MULTILINE) + rest


def differences(before: Script, after: Script) -> tuple[ScriptChange, ...]:
    """Of its words first, then question by question, by their ids."""
    found = [
        ScriptChange(ChangeKind.CHANGED, name, (), _told(getattr(before, name)), _told(getattr(after, name)))
        for name in ("title", "institution", "language", "mode", "opening", "convenient", "identity", "closing")
        if getattr(before, name) != getattr(after, name)
    ]
    if _sections(before) != _sections(after):
        found.append(ScriptChange(ChangeKind.CHANGED, "sections", (), _sections(before), _sections(after)))
    return (*found, *_of_questions(before, after))


def _of_questions(before: Script, after: Script) -> list[ScriptChange]:
    old, new = ({each.id: each for each in script.questions} for script in (before, after))
    found = [ScriptChange(ChangeKind.REMOVED, key, before=old[key].text) for key in old if key not in new]
    found += [ScriptChange(ChangeKind.ADDED, key, after=new[key].text) for key in new if key not in old]
    for key in new:
        if key in old and (names := _differing(old[key], new[key])):
            found.append(ScriptChange(ChangeKind.CHANGED, key, names, old[key].text, new[key].text))
    same = [[key for key in each if key in old and key in new] for each in (old, new)]
    if same[0] != same[1]:
        found.append(ScriptChange(ChangeKind.MOVED, "questions", (), ", ".join(same[0]), ", ".join(same[1])))
    return found


def _differing(one: Question, other: Question) -> tuple[str, ...]:
    return tuple(name for name in Question.model_fields if getattr(one, name) != getattr(other, name))


def _sections(script: Script) -> str:
    return "\n".join(line for section in script.sections for line in (section.title, *section.lines))


def _told(value: Any) -> str:
    plain = written(value)
    return "\n".join(map(str, plain)) if isinstance(plain, list) else "" if plain is None else str(plain)
