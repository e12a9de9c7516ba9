"""The real clock."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime


class WallClock:
    """The machine's time, and the running loop's timers."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def call_at(self, when: datetime, wake: Callable[[], None]) -> Callable[[], None]:
        delay = max(0.0, (when - self.now()).total_seconds())
        return asyncio.get_running_loop().call_later(delay, wake).cancel

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
