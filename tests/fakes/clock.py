"""A clock that only a test moves: nobody sleeps, timers come in order, and tasks run until they wait for the time."""

import asyncio
import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count

QUIET_ROUNDS = 30
"""So many turns of the loop without work of a thread, and every task waits for something that only a test brings."""

STRIDE = timedelta(hours=1)


class FakeClock:
    """A Clock. now: aware, UTC."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._timers: list[tuple[datetime, int, Callable[[], None]]] = []
        self._called_off: set[int] = set()
        self._numbers = count()
        self._working = 0
        self._rested = asyncio.Event()
        self._rested.set()

    def now(self) -> datetime:
        return self._now

    def call_at(self, when: datetime, wake: Callable[[], None]) -> Callable[[], None]:
        number = next(self._numbers)
        if when <= self._now:
            return asyncio.get_running_loop().call_soon(wake).cancel
        heapq.heappush(self._timers, (when, number, wake))
        return lambda: self._called_off.add(number)

    async def sleep(self, seconds: float) -> None:
        over = asyncio.Event()
        call_off = self.call_at(self._now + timedelta(seconds=seconds), over.set)
        try:
            await over.wait()
        finally:
            call_off()

    @contextmanager
    def work(self) -> Iterator[None]:
        """What a thread does meanwhile, and no turn of the loop would wait for."""
        self._working += 1
        self._rested.clear()
        try:
            yield
        finally:
            self._working -= 1
            if not self._working:
                self._rested.set()

    async def settle(self) -> None:
        """Let every task run until it waits for the time, or for something that only a test brings."""
        quiet = 0
        while quiet < QUIET_ROUNDS:
            if self._working:
                await self._rested.wait()
                quiet = 0
            await asyncio.sleep(0)
            quiet += 1

    async def advance(self, seconds: float) -> None:
        """Time goes on; each timer on its way rings at its own instant, and what it wakes is let run. Only of a way of
        hours all but the last one is gone in strides, at whose ends wakes what was due in them: nobody lives through
        days minute by minute.
        """
        await self.settle()
        until = self._now + timedelta(seconds=seconds)
        while until - self._now > 2 * STRIDE:
            self.jump(STRIDE.total_seconds())
            await self.settle()
        while self._timers and self._timers[0][0] <= until:
            when, number, wake = heapq.heappop(self._timers)
            if number in self._called_off:
                self._called_off.discard(number)
                continue
            self._now = when
            wake()
            await self.settle()
        self._now = until
        await self.settle()

    def jump(self, seconds: float) -> None:
        """The time is another at once, as after a sleep of the machine; what was due meanwhile wakes now, together."""
        self._now += timedelta(seconds=seconds)
        while self._timers and self._timers[0][0] <= self._now:
            _, number, wake = heapq.heappop(self._timers)
            if number in self._called_off:
                self._called_off.discard(number)
            else:
                wake()
