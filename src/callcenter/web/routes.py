"""What a URL is: its method, path, handler, and the right it asks for. The table of them all is in `site.py`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from aiohttp import web
from pydantic import BaseModel

from callcenter.domain.access import Permission

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Open(Enum):
    """Routes that ask for no right of a role."""

    TO_ALL = "everybody"
    TO_SIGNED_IN = "whoever is signed in"


Needs = Permission | Open | frozenset[Permission]
"""What a route asks for; of a set, any one."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path.

    name: unique; the operation's id in the API's description. body, query, answer: what goes in and out, as models.
    headers: those that are looked at, each with its meaning. content: other media types of the answer. takes: other
    media types of what is sent. problems: codes beyond those that any route may answer with. page: an HTML page or a
    fragment of one, not part of the API's description.
    """

    method: str
    path: str
    handler: Handler
    needs: Needs
    name: str
    summary: str = ""
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    status: int = 200
    problems: tuple[str, ...] = ()
    page: bool = False
