"""The real stores, watched: what is written, when, and what happens when the database is away."""

import inspect
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
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
        if inspect.iscoroutinefunction(target):
            return self._wrapped(name, target)
        if inspect.isasyncgenfunction(getattr(target, "__wrapped__", None)):
            return self._context(name, target)
        return target

    def _context(self, name: str, target: Callable[..., Any]) -> Callable[..., Any]:
        @asynccontextmanager
        async def context(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
            opened = AsyncExitStack()
            given = await self._wrapped(name, opened.enter_async_context)(target(*args, **kwargs))
            try:
                yield given
            finally:
                # Its end is a commit, or a rollback.
                with self._clock.work():
                    await opened.__aexit__(*sys.exc_info())

        return context

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
