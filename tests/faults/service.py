"""The service, made to die, by SIGKILL, at a chosen point: a file `dies-at` beside its settings holds `before:NAME` or
`after:NAME`. It may be written while the service runs, and is gone when it has died.

NAME is a part and what it does: `telephony.CallAgent`, `attempts.save.Answered`, `archive.keep`, ...; `step.Answered`
is a step of the call, before anything follows from it.
"""

import asyncio
import inspect
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from callcenter.app.archive import archive, check_archive
from callcenter.app.books import Books, open_books
from callcenter.app.service import ari_client, join, raw_recordings
from callcenter.ari.commands import SwitchSettings
from callcenter.ari.switch import Switch
from callcenter.cli.service import configure_log
from callcenter.domain.calls.call import Call
from callcenter.domain.calls.endings import Commands
from callcenter.domain.calls.steps import step
from callcenter.domain.calls.words import CallEvent
from callcenter.engine import runner
from callcenter.engine.ports import Archive, RawRecordings, Telephony
from callcenter.engine.stores import AttemptStore, RecordingStore
from callcenter.settings import load_settings
from callcenter.web.control import listening


class Dying:
    """Passes every call on, and kills the process before or after the chosen one."""

    def __init__(self, inner: object, name: str, point: Path) -> None:
        self._inner = inner
        self._name = name
        self._point = point

    def __getattr__(self, attribute: str) -> Any:
        target = getattr(self._inner, attribute)
        if not inspect.iscoroutinefunction(target):
            return target
        return self._wrapped(attribute, target)

    def _wrapped(self, attribute: str, target: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            names = [f"{self._name}.{each}" for each in told(attribute, args)]
            self._die(*(f"before:{name}" for name in names))
            result = await target(*args, **kwargs)
            self._die(*(f"after:{name}" for name in names))
            return result

        return call

    def _die(self, *here: str) -> None:
        die_at(self._point, *here)


def die_at(point: Path, *here: str) -> None:
    if point.exists() and point.read_text("utf-8") in here:
        point.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def steps_that_die(point: Path) -> None:
    def dying_step(call: Call, event: CallEvent) -> tuple[Call, Commands]:
        moved = step(call, event)
        die_at(point, f"after:step.{type(event).__name__}")
        return moved

    vars(runner)["step"] = dying_step


def told(attribute: str, args: tuple[Any, ...]) -> list[str]:
    match attribute:
        case "perform":
            return [type(args[1]).__name__]
        case "save":
            return [f"save.{type(event).__name__}" for event in args[1]]
        case "step":
            return [f"step.{args[1]}"]
        case _:
            return [attribute]


async def serve(config: Path) -> None:
    point = config.with_name("dies-at")
    settings = load_settings(config, {})
    configure_log(settings.log)
    steps_that_die(point)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with open_books(settings) as real, ari_client(settings) as client:
        books: Books = replace(
            real,
            attempts=cast(AttemptStore, Dying(real.attempts, "attempts", point)),
            recordings=cast(RecordingStore, Dying(real.recordings, "recordings", point)),
        )
        raw = cast(RawRecordings, Dying(raw_recordings(settings, client), "raw", point))
        await check_archive(settings.recordings.archive, real.recordings)
        kept = archive(settings, raw)
        await kept.sweep_work()
        phones = [agent.endpoint for agent in await books.people.agents()]
        switch = Dying(Switch(client, SwitchSettings(app=settings.ari.app), phones=phones), "telephony", point)
        dying_archive = cast(Archive, Dying(kept, "archive", point))
        service = join(settings, books, cast(Telephony, switch), raw, dying_archive)
        async with listening(service, settings.control.socket):
            await service.run(stop)
        kept.close()


def run(config: Path) -> None:
    asyncio.run(serve(config))
