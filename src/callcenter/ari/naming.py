"""Which call does this channel, bridge or recording belong to? Its name says it: `<app>-<attempt id>-<part>`."""

import re
from typing import NamedTuple

MAX_LENGTH = 149
"""Characters; `POST /channels/create` cuts a longer id without a word, and the channel cannot be reached."""

_SAFE = re.compile(r"[A-Za-z0-9._-]+")
_CUSTOMER = "c"
_PART = re.compile(r"c|b|n|a[1-9][0-9]*|[sr][io][1-9][0-9]*")


class Place(NamedTuple):
    attempt_id: str
    part: str


class Naming:
    """app: the name of the ARI application, also the first part of every name. A customer who rang in has a name that
    Asterisk gave; it is lent to his call.
    """

    def __init__(self, app: str) -> None:
        if not _SAFE.fullmatch(app):
            raise ValueError(f"application name outside [A-Za-z0-9._-]: {app!r}")
        self.app = app
        self._prefix = f"{app}-"
        self._lent: dict[str, str] = {}
        self._lent_to: dict[str, str] = {}

    def lend(self, attempt_id: str, channel: str) -> None:
        """From now on this channel is the customer's of this call."""
        self.unlend(attempt_id)
        self._lent[attempt_id] = channel
        self._lent_to[channel] = attempt_id

    def unlend(self, attempt_id: str) -> None:
        channel = self._lent.pop(attempt_id, None)
        if channel is not None and self._lent_to.get(channel) == attempt_id:
            del self._lent_to[channel]

    def is_lent(self, channel: str) -> bool:
        return channel in self._lent_to

    def name(self, attempt_id: str, part: str) -> str:
        """Raises ValueError for an id or part that would not come back from `place`."""
        if part == _CUSTOMER and attempt_id in self._lent:
            return self._lent[attempt_id]
        name = f"{self._prefix}{attempt_id}-{part}"
        if not _SAFE.fullmatch(attempt_id) or not _PART.fullmatch(part) or len(name) > MAX_LENGTH:
            raise ValueError(f"not a name for the switch: {name!r}")
        return name

    def place(self, name: str) -> Place | None:
        """None for what is not ours, such as the other half of a Local channel (`...;2`)."""
        if name in self._lent_to:
            return Place(self._lent_to[name], _CUSTOMER)
        if not name.startswith(self._prefix) or not _SAFE.fullmatch(name):
            return None
        attempt_id, _, part = name.removeprefix(self._prefix).rpartition("-")
        return Place(attempt_id, part) if attempt_id and _PART.fullmatch(part) else None
