"""What the fake Asterisk is made of: channels, bridges, recordings, applications, faults."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Json = dict[str, Any]


@dataclass
class Channel:
    id: str
    endpoint: str
    app: str
    state: str = "Down"
    variables: dict[str, str] = field(default_factory=dict)
    target: str = ""
    dials: int = 0
    number: str = ""
    args: str = ""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def snoop(self) -> bool:
        return bool(self.target)

    def json(self) -> Json:
        blank = {"name": "", "number": ""}
        data = ",".join(part for part in (self.app, self.args) if part)
        return {
            "id": self.id,
            "name": f"{self.endpoint}-00000001",
            "state": self.state,
            "protocol_id": "",
            "caller": {"name": "", "number": self.number},
            "connected": blank,
            "accountcode": "",
            "dialplan": {"context": "default", "exten": "s", "priority": 1, "app_name": "Stasis", "app_data": data},
            "creationtime": stamp(),
            "language": "en",
        }


@dataclass
class Bridge:
    id: str
    channels: list[str] = field(default_factory=list)
    dissolving: bool = False

    def json(self) -> Json:
        return {"id": self.id, "technology": "simple_bridge", "bridge_type": "mixing", "channels": self.channels}


@dataclass
class Recording:
    name: str
    channel_id: str
    state: str = "recording"
    silent: bool = False
    believed_muted: bool = False

    def mutes(self) -> None:
        """Whether it was muted before or not: what is, is turned over."""
        self.silent, self.believed_muted = not self.silent, True

    def unmutes(self) -> None:
        if self.believed_muted:
            self.silent, self.believed_muted = not self.silent, False

    def json(self) -> Json:
        return {
            "name": self.name,
            "format": "wav",
            "state": self.state,
            "target_uri": f"channel:{self.channel_id}",
        }


@dataclass
class App:
    socket: web.WebSocketResponse | None = None
    subscriptions: set[str] = field(default_factory=set)
    disallowed: list[Json] = field(default_factory=list)


@dataclass
class Faults:
    """What goes wrong next. lose: operations, as `POST /channels/create`, that are carried out and whose connection
    then breaks; hang: those that are carried out and never answered. stale_conflict: after one real 409, an
    originate that fails answers 409, too. cut_files: a download breaks off
    half-way. frozen: nothing is answered at all, sockets stay open.
    """

    lose: set[str] = field(default_factory=set)
    hang: set[str] = field(default_factory=set)
    stale_conflict: bool = False
    cut_files: bool = False
    frozen: bool = False


class Refuse(Exception):  # noqa: N818 (it is an answer)
    def __init__(self, status: int, message: str, key: str = "message") -> None:
        super().__init__(message)
        self.status = status
        self.body = {key: message}


def stamp(moment: datetime | None = None) -> str:
    return (moment or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
