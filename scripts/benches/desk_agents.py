"""Agents at their desks, without browsers: they ask for the same pages and fragments as a browser does, at the same
times, have a phone on the desk, and go on until they are told to stop.
"""

import asyncio
import json
import random
import re
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from lab.errors import LabError

SETTLE_SECONDS, LATER_SECONDS = 0.06, 0.25
"""As the page waits after news, before it looks again: see `heard` in its script."""

THINK_SECONDS = (1.0, 3.0)
WRITE_SECONDS = (3.0, 8.0)
IDLE_SECONDS = 1.0
CLOSE_SECONDS = 60.0
CALL_SECONDS = 120.0
KEY = re.compile(r'name="key" value="([^"]+)"')
SHOWN = re.compile(r'action="/desk/callbacks/([^/"]+)/dial"')
LIVE = re.compile(r'action="/desk/attempts/([^/"]+)/hang-up"')
MADE = re.compile(r'data-made="([a-z]+)"')
WORDS = {"content": "问候、核实身份、满意度", "problems": "无", "handling_result": "无需处理", "disposition": "success"}


@dataclass(slots=True)
class Tally:
    """What all of them did together. talking: how many do just now. requests: for pages and parts of pages."""

    calls: int = 0
    talking: int = 0
    requests: int = 0
    troubles: list[str] = field(default_factory=list)


def _soon(told: dict[str, Any]) -> float:
    if told["kind"] == "closed" or told.get("event") == "Answered":
        return 0.0
    ending = told.get("event") == "HangupRequested" or told.get("state") in {"ending", "ended"}
    return LATER_SECONDS if ending or told["kind"] == "recording" else SETTLE_SECONDS


class DeskAgent:
    def __init__(self, url: str, number: str, password: str, tally: Tally) -> None:
        self._url, self._number, self._password, self._tally = url, number, password, tally
        self._chance = random.Random(number)  # noqa: S311 (a simulated person)
        self._made_busy = self._looking = self._again = self._renewing = False
        self._wanted: asyncio.TimerHandle | None = None
        self._closed: dict[str, asyncio.Event] = {}
        self._answered: set[str] = set()
        self._session: aiohttp.ClientSession
        self._tasks: asyncio.TaskGroup

    async def work(self, begin_after: float) -> None:
        """Until cancelled."""
        await asyncio.sleep(begin_after)
        jar = aiohttp.CookieJar(unsafe=True)  # the site is an address here, not a name
        async with (
            aiohttp.ClientSession(self._url, headers={"Origin": self._url}, cookie_jar=jar) as self._session,
            asyncio.TaskGroup() as self._tasks,
        ):
            login = {"login": f"agent{self._number}", "password": self._password}
            await self._ask("POST", "/session", login)
            await self._page("GET", "/desk")
            async with self._session.ws_connect("/api/v1/events", heartbeat=20) as events:
                self._tasks.create_task(self._hear(events))
                while True:
                    await self._one()

    async def _one(self) -> None:
        shown = await self._page("POST", "/desk/next")
        await self._page("GET", "/desk/queue")
        callback, key = SHOWN.search(shown), KEY.search(shown)
        if callback is None or key is None:
            self._tally.troubles.append(f"agent {self._number}: nothing to dial")
            await asyncio.sleep(IDLE_SECONDS)
            return
        await asyncio.sleep(self._chance.uniform(*THINK_SECONDS))
        dialled = await self._page("POST", f"/desk/callbacks/{callback[1]}/dial", {"key": key[1]})
        live = LIVE.search(dialled)
        if live is None:
            self._tally.troubles.append(f"agent {self._number}: {callback[1]} was not dialled")
            return
        attempt = live[1]
        await self._page("GET", "/desk/queue")
        closed = self._closed.setdefault(attempt, asyncio.Event())
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await closed.wait()
        finally:
            del self._closed[attempt]
            if attempt in self._answered:
                self._answered.discard(attempt)
                self._tally.talking -= 1
        self._tally.calls += 1
        await asyncio.sleep(self._chance.uniform(*WRITE_SECONDS))
        await self._write_log(attempt)

    async def _hear(self, events: aiohttp.ClientWebSocketResponse) -> None:
        async for message in events:
            told = json.loads(message.data)
            attempt = told.get("attempt")
            if told["kind"] == "closed":
                self._closed.setdefault(attempt, asyncio.Event()).set()
            if told["kind"] == "call" and told["event"] == "Answered":
                self._answered.add(attempt)
                self._tally.talking += 1
            self._refresh(_soon(told))

    def _refresh(self, soon: float) -> None:
        loop = asyncio.get_running_loop()
        if self._wanted is not None and self._wanted.when() <= loop.time() + soon:
            return
        if self._wanted is not None:
            self._wanted.cancel()
        self._wanted = loop.call_later(soon, self._begin_to_look)

    def _begin_to_look(self) -> None:
        self._wanted = None
        self._again = self._looking
        if not self._looking:
            self._looking = True
            self._tasks.create_task(self._look())

    async def _look(self) -> None:
        """What the page's script asks for after news, and once more where a call has begun or ended."""
        now = await self._page("GET", "/desk/now")
        self._looking = False
        if self._again:
            self._refresh(0)
        if (" data-busy" in now) != self._made_busy and not self._renewing:
            self._renewing = True
            await self._page("GET", "/desk")
            self._renewing = False
            await self._page("GET", "/desk/queue")

    async def _page(self, method: str, path: str, form: dict[str, str] | None = None) -> str:
        self._tally.requests += 1
        # aiohttp follows where the answer to a form leads, as a browser does.
        data = (form or {}) if method == "POST" else None
        async with self._session.request(method, path, data=data) as answer:
            text = await answer.text()
            if not answer.ok and answer.status != 409:  # noqa: PLR2004 (HTTP: a rule refused)
                raise LabError(f"{method} {path}: {answer.status} {text[:500]}")
            if (made := MADE.search(text)) is not None:
                self._made_busy = made[1] == "busy"
            return text

    async def _write_log(self, attempt: str) -> None:
        log = (await self._ask("GET", f"/attempts/{attempt}/log"))["log"]
        filled = await self._ask("PATCH", f"/attempts/{attempt}/log", {"version": log["version"], **WORDS})
        body = {"version": filled["log"]["version"]}
        async with asyncio.timeout(CLOSE_SECONDS):
            # It cannot be closed before the recording is stored.
            while not await self._closed_now(attempt, body):  # noqa: ASYNC110 (nothing but asking tells)
                await asyncio.sleep(IDLE_SECONDS)

    async def _closed_now(self, attempt: str, body: dict[str, int]) -> bool:
        return "callback_state" in await self._ask("POST", f"/attempts/{attempt}/log/close", body, fine=422)

    async def _ask(self, method: str, path: str, body: Any = None, fine: int = 200) -> Any:
        async with self._session.request(method, f"/api/v1{path}", json=body) as answer:
            told = await answer.json(content_type=None) if answer.content_length != 0 else {}
            if answer.ok or answer.status == fine:
                return told
            raise LabError(f"{method} {path}: {answer.status} {told}")
