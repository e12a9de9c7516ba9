"""Which blocklists does this service replace just now? Each in the background; several at once are several lists."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from callcenter.domain.intake.blocklists import Load
from callcenter.engine.blocking import LOST_AFTER, Blocking, LoadOrder
from callcenter.engine.ports import Clock
from callcenter.engine.restraint_ports import BlocklistStore
from callcenter.engine.uploads import Upload, Uploads, remove

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class BlockingAtWorkParts:
    blocking: Blocking
    blocklists: BlocklistStore
    uploads: Uploads
    clock: Clock


class BlockingAtWork:
    """What pages and API ask for."""

    def __init__(self, parts: BlockingAtWorkParts) -> None:
        self._parts = parts
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def running(self) -> Mapping[str, asyncio.Task[None]]:
        """By the load's id."""
        return self._tasks

    async def begin(self) -> None:
        """What a killed service left runs no more."""
        now = self._parts.clock.now()
        await self._parts.blocklists.interrupt(now - LOST_AFTER, now)

    async def close(self) -> None:
        """Those under way end at once; their lists stay as they were."""
        tasks = [*self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def submit(self, upload: Upload, order: LoadOrder) -> Load:
        """Begin, and go on in the background. Raises LoadRunningError, and then the upload stays; OSError."""
        load = await self._parts.blocking.begin(replace(order, file=upload.path))
        file = await self._parts.uploads.give_to(upload, load.id)
        task = asyncio.create_task(self._run(load, replace(order, file=file)), name=load.id)
        self._tasks[load.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(load.id, None))
        return load

    async def _run(self, load: Load, order: LoadOrder) -> None:
        try:
            await self._parts.blocking.run(load, order)
        except Exception:  # one bad file never ends the service
            log.exception("blocklist not replaced", load=load.id)
        finally:
            await asyncio.shield(remove(order.file))
