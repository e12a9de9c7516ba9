"""What was found, how bad it is, and what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.ari.client import AriClient
from callcenter.settings import Settings


class Level(StrEnum):
    """WARNING: it works, but not as it should. SKIPPED: could not be looked at, and why."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """check: the name of what was looked at. what: one sentence. remedy: what to do; empty where all is well."""

    check: str
    level: Level
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A finding of a check that knows its own name."""

    level: Level
    what: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a check may look at. now: aware, UTC."""

    settings: Settings
    client: AriClient
    now: Callable[[], datetime]


def ok(what: str) -> Word:
    return Word(Level.OK, what)


def warning(what: str, remedy: str) -> Word:
    return Word(Level.WARNING, what, remedy)


def error(what: str, remedy: str) -> Word:
    return Word(Level.ERROR, what, remedy)


def skipped(what: str) -> Word:
    return Word(Level.SKIPPED, what)
