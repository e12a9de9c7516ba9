"""Helps a test to follow a switch's news: read on until something came, keep all that came."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from callcenter.ari.switch import Switch
from callcenter.domain.calls.telephony import CallNews, Connected, News, PhoneNews
from callcenter.domain.calls.words import CallEvent, Command

T = TypeVar("T")
PATIENCE = 15.0


class Follower:
    """Keeps every piece of news; `until` waits for the first that fits, among those that came, too."""

    def __init__(self, switch: Switch) -> None:
        self.switch = switch
        self.news: list[News] = []
        self._changed = asyncio.Condition()
        self.error: BaseException | None = None

    async def follow(self) -> None:
        try:
            async for item in self.switch.news():
                async with self._changed:
                    self.news.append(item)
                    self._changed.notify_all()
        except Exception as error:  # noqa: BLE001 (told to whoever waits)
            async with self._changed:
                self.error = error
                self._changed.notify_all()

    async def until(self, fits: Callable[[list[News]], T | None]) -> T:
        async with asyncio.timeout(PATIENCE), self._changed:
            while (found := fits(self.news)) is None:
                if self.error is not None:
                    raise self.error
                await self._changed.wait()
            return found

    async def connected(self, times: int = 1) -> Connected:
        def fits(news: list[News]) -> Connected | None:
            seen = [item for item in news if isinstance(item, Connected)]
            return seen[times - 1] if len(seen) >= times else None

        return await self.until(fits)

    async def call(self, kind: type[T], part: str | None = None) -> T:
        """The first event of this kind (and part) of any call."""

        def fits(news: list[News]) -> T | None:
            for event in calls_of(news):
                if isinstance(event, kind) and (part is None or getattr(event, "part", None) == part):
                    return event
            return None

        return await self.until(fits)

    async def news_of(self, kind: type[T]) -> T:
        """The first news of this kind."""
        return await self.until(lambda news: next((item for item in news if isinstance(item, kind)), None))

    async def phone(self, *, reachable: bool) -> PhoneNews:
        def fits(news: list[News]) -> PhoneNews | None:
            phones = [item for item in news if isinstance(item, PhoneNews)]
            return phones[-1] if phones and phones[-1].reachable is reachable else None

        return await self.until(fits)

    async def nothing_left(self) -> None:
        """Asterisk lists for a moment what it has just answered to have destroyed."""
        async with asyncio.timeout(PATIENCE):
            while (await self.switch.survey()).calls:  # noqa: ASYNC110 (Asterisk does not tell)
                await asyncio.sleep(0.05)

    def events(self) -> list[CallEvent]:
        return calls_of(self.news)

    async def do(self, *commands: Command, attempt: str = "7") -> tuple[CallEvent, ...]:
        """One after the other; the answers' events."""
        told: list[CallEvent] = []
        for command in commands:
            told += await self.switch.perform(attempt, command)
        return tuple(told)


def calls_of(news: list[News]) -> list[CallEvent]:
    return [item.event for item in news if isinstance(item, CallNews)]


@asynccontextmanager
async def following(switch: Switch) -> AsyncIterator[Follower]:
    """Connected, and at the end with nothing left on the switch."""
    follower = Follower(switch)
    task = asyncio.create_task(follower.follow())
    try:
        await follower.connected()
        yield follower
    finally:
        if follower.error is None:
            for attempt, parts in (await switch.survey()).calls.items():
                for part in parts:
                    await switch.release(attempt, part)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
