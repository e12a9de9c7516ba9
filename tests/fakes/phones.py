"""A switch for browsers' phones: what was made on it, and lines that a test speaks over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from callcenter.domain.calls.telephony import TelephonyUnavailable


class FakePhones:
    """A PhonesAtRunTime. made: name to password. away: it is out of reach."""

    prefix = "callcenter-phone-"

    def __init__(self) -> None:
        self.made: dict[str, str] = {}
        self.away = False

    async def make(self, name: str, password: str) -> None:
        self._reach()
        self.made.setdefault(name, password)

    async def remove(self, name: str) -> None:
        self._reach()
        self.made.pop(name, None)

    async def names(self) -> frozenset[str]:
        self._reach()
        return frozenset(self.made)

    def _reach(self) -> None:
        if self.away:
            raise TelephonyUnavailable(503, "out of reach")


class FakeLine:
    """A SipLine. said: what the browser said. answering: it registers whoever asks."""

    def __init__(self, *, answering: bool = False) -> None:
        self.said: list[str] = []
        self._answering = answering
        self._told: asyncio.Queue[str | None] = asyncio.Queue()

    async def send(self, frame: str) -> None:
        self.said.append(frame)
        if self._answering and frame.startswith("REGISTER "):
            self.tell(_registered(frame))

    async def frames(self) -> AsyncIterator[str]:
        while (frame := await self._told.get()) is not None:
            yield frame

    def tell(self, frame: str) -> None:
        """The switch says this."""
        self._told.put_nowait(frame)

    def register(self) -> None:
        """Whoever asked and was kept waiting is registered now."""
        for frame in self.said:
            if frame.startswith("REGISTER "):
                self.tell(_registered(frame))

    def close(self) -> None:
        self._told.put_nowait(None)


def _registered(frame: str) -> str:
    kept = ("via:", "from:", "to:", "call-id:", "cseq:", "contact:")
    lines = [line for line in frame.split("\r\n") if line.lower().startswith(kept)]
    return "\r\n".join(("SIP/2.0 200 OK", *lines, "Expires: 60", "Content-Length: 0", "", ""))


class FakeLines:
    """SipLines. opened: every line, the newest last. answering: they register whoever asks; else a test speaks."""

    def __init__(self) -> None:
        self.opened: list[FakeLine] = []
        self.answering = False
        self.away = False

    @asynccontextmanager
    async def open(self) -> AsyncIterator[FakeLine]:
        if self.away:
            raise TelephonyUnavailable(502, "no line")
        self.opened.append(FakeLine(answering=self.answering))
        yield self.opened[-1]
