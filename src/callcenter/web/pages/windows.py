"""Two windows on one visit log: what was written in one is not overwritten by another that has not seen it."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

from callcenter.web.language import N_
from callcenter.web.problems import Problem

MOST = 10_000
"""Logs whose last writer is remembered."""


@dataclass(frozen=True, slots=True)
class Window:
    """One showing of a log's form. seen: the log's version that it showed."""

    seen: int
    id: str

    @property
    def field(self) -> str:
        """As the form carries it."""
        return f"{self.seen}.{self.id}"


class Windows:
    """Who wrote last into each log. Of one process, since its start: a window that is not known may write."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def check(self, attempt_id: str, window: Window) -> None:
        """Raises Problem (changed_meanwhile) where another window wrote what this one has not seen."""
        writer, version = self._last.get(attempt_id, (window.id, 0))
        if writer != window.id and version > window.seen:
            raise Problem(
                "changed_meanwhile",
                N_("This log was written in another window: copy what you need from here, then load the page again."),
            )

    def wrote(self, attempt_id: str, window: Window, version: int) -> None:
        """version: the log's, after it."""
        self._last[attempt_id] = (window.id, version)
        self._last.move_to_end(attempt_id)
        while len(self._last) > MOST:
            self._last.popitem(last=False)


WINDOWS = web.AppKey("WINDOWS", Windows)


def new_window(version: int) -> Window:
    return Window(version, secrets.token_hex(8))


def window_in(field: str) -> Window:
    """From the form's field; one that was tampered with has seen nothing."""
    seen, _, name = field.partition(".")
    return Window(int(seen) if seen.isdecimal() and len(seen) < len(str(2**31)) else 0, name[:32])
