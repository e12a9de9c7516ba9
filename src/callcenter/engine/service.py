"""The running service: adopts what an earlier life left, serves calls, archives; stops without ending a talk."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import structlog

from callcenter.domain.calls.call import Call
from callcenter.engine.archiving import Archivist
from callcenter.engine.asking import Asking
from callcenter.engine.cadences import Cadences
from callcenter.engine.calls import Calls
from callcenter.engine.dialing import Dialing
from callcenter.engine.feed import Feed
from callcenter.engine.going_on import GoingOn
from callcenter.engine.handsets import Handsets
from callcenter.engine.health import Health
from callcenter.engine.outside import Outside
from callcenter.engine.pausing import Pausing
from callcenter.engine.ports import Clock
from callcenter.engine.replanning import Replanning
from callcenter.engine.returns import Returns
from callcenter.engine.stores import AttemptStore
from callcenter.engine.visits import Visits

log = structlog.get_logger()

SWEEP_SECONDS = 60.0
CADENCE_SECONDS = 900.0
"""How often somebody looks which callbacks come again; their times are days."""

DRAIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Service:
    """All that happens, joined. node: the name of this instance; it adopts only its own calls. zone:
    IANA name, in which people are told of instants.
    """

    node: str
    calls: Calls
    asking: Asking
    dialing: Dialing
    visits: Visits
    archivist: Archivist
    replanning: Replanning
    cadences: Cadences
    attempts: AttemptStore
    clock: Clock
    feed: Feed
    health: Health
    going_on: GoingOn
    handsets: Handsets
    returns: Returns
    pausing: Pausing
    outside: Outside
    zone: str = "UTC"

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until `stop` is set. Calls that are up then live on in the switch and are adopted by the next start.

        Raises an ExceptionGroup with a TelephonyFatalError where the switch cannot be had at all.
        """
        live = await self._live()
        log.info("service starts", node=self.node, adopted=len(live))
        async with asyncio.TaskGroup() as tasks:
            work = [
                tasks.create_task(self.calls.run(tuple(live)), name="calls"),
                tasks.create_task(self.archivist.run(), name="archivist"),
                tasks.create_task(self.returns.run(), name="returns"),
                tasks.create_task(self._sweep(), name="sweep"),
                tasks.create_task(self.replanning.keep_on(), name="replanning"),
                tasks.create_task(self._repeat(), name="cadences"),
            ]
            ready()
            await stop.wait()
            self.health.stopping = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self.calls.drain(), DRAIN_SECONDS)
            left_up = len(self.calls.live)
            for task in work:
                task.cancel()
        log.info("service stopped", calls_left_up=left_up)

    async def _live(self) -> list[Call]:
        """Those of this instance that are live in the books."""
        return [record.call for record in await self.attempts.live() if record.call.node == self.node]

    async def _sweep(self) -> None:
        while True:
            await self.clock.sleep(SWEEP_SECONDS)
            try:
                await self.calls.sweep()
                await self._find_forgotten()
                await self.going_on.sweep()
                await self.dialing.wake()
            except Exception:  # the next one may fare better, and calls go on meanwhile
                log.exception("sweep broke off")

    async def _repeat(self) -> None:
        while True:
            await self.clock.sleep(SWEEP_SECONDS)
            try:
                made = await self.cadences.create()
                if made.created or made.refused:
                    log.info("callbacks come again", created=made.created, refused=dict(made.refused))
            except Exception:  # the next look may fare better, and calls go on meanwhile
                log.exception("look for callbacks that come again broke off")
            await self.clock.sleep(CADENCE_SECONDS)

    async def _find_forgotten(self) -> None:
        """Calls that were written and never begun: the books failed just after, or whoever dialled was cut off."""
        before = self.clock.now() - timedelta(seconds=SWEEP_SECONDS)
        # Who runs before the books are read may end meanwhile, and is not forgotten.
        running = {call.attempt_id for call in self.calls.live}
        for call in await self._live():
            if call.attempt_id not in running and call.entered_at < before:
                self.calls.adopt(call)
