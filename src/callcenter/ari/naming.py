"""Which call does this channel, bridge or recording belong to? Its name says it: `<app>-<attempt id>-<part>`."""

import re
from typing import NamedTuple

MAX_LENGTH = 149
"""Characters; `POST /channels/create` cuts a longer id without a word, and the channel cannot be reached."""

_SAFE = re.compile(r"[A-Za-z0-9._-]+")
_PART = re.compile(r"c|b|a[1-9][0-9]*|[sr][io][1-9][0-9]*")


class Place(NamedTuple):
    attempt_id: str
    part: str


class Naming:
    """app: the name of the ARI application, also the first part of every name."""

    def __init__(self, app: str) -> None:
        if not _SAFE.fullmatch(app):
            raise ValueError(f"application name outside [A-Za-z0-9._-]: {app!r}")
        self.app = app
        self._prefix = f"{app}-"

    def name(self, attempt_id: str, part: str) -> str:
        """Raises ValueError for an id or part that would not come back from `place`."""
        name = f"{self._prefix}{attempt_id}-{part}"
        if not _SAFE.fullmatch(attempt_id) or not _PART.fullmatch(part) or len(name) > MAX_LENGTH:
            raise ValueError(f"not a name for the switch: {name!r}")
        return name

    def place(self, name: str) -> Place | None:
        """None for what is not ours, such as the other half of a Local channel (`...;2`)."""
        if not name.startswith(self._prefix) or not _SAFE.fullmatch(name):
            return None
        attempt_id, _, part = name.removeprefix(self._prefix).rpartition("-")
        return Place(attempt_id, part) if attempt_id and _PART.fullmatch(part) else None
