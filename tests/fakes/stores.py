"""The real stores, watched: what is written, when, and what happens when the database is away."""

import inspect
from collections.abc import Callable
from typing import Any

from callcenter.storage.errors import DatabaseFailedError
from fakes.clock import FakeClock


class Watched:
    """Passes every call on to a store, writes down those that change something, and fails when the test says so.

    away: names of operations that find no database (`save`, `finish`, ...); `*` for all.
    """

    def __init__(self, store: object, clock: FakeClock, doings: list[str], away: set[str]) -> None:
        self._store = store
        self._clock = clock
        self._doings = doings
        self._away = away

    def __getattr__(self, name: str) -> Any:
        target = getattr(self._store, name)
        return self._wrapped(name, target) if inspect.iscoroutinefunction(target) else target

    def _wrapped(self, name: str, target: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            if self._away & {name, "*"}:
                raise DatabaseFailedError(5, "the database failed: SQLITE_IOERR")
            with self._clock.work():
                result = await target(*args, **kwargs)
            self._doings.extend(_told(name, args))
            return result

        return call


def _told(name: str, args: tuple[Any, ...]) -> list[str]:
    match name:
        case "save" if len(args) == 2 and isinstance(args[1], list):
            return [f"save {type(event).__name__}" for event in args[1]]
        case "begin" | "finish":
            return [name]
        case "step":
            return [f"step {args[1]}"]
        case "keep":
            return ["step stored"]
        case _:
            return []
