"""The measured desk: a real Chromium whose microphone plays a tone, worked as an agent works it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import numpy as np
import soundfile
from playwright.async_api import Page, async_playwright

from benches.desk_place import DeskPlace
from lab.chromium import ChromiumFiles
from lab.errors import LabError

MICROPHONE_HZ = 1000
RATE = 48_000
STEP_MS = 30_000
QUIET_MS = 300
LOG_SECONDS = 30.0
SCRIPT = Path(__file__).with_name("desk_page.js")
FLAGS = (
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)
MY_PHONE = "async () => (await (await fetch('/api/v1/phone/credential', { method: 'POST' })).json()).user"
ASK = """async ([method, path, body]) => {
  const given = body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
  const answer = await fetch("/api/v1" + path, { method, ...given });
  return { status: answer.status, told: await answer.json().catch(() => null) };
}"""
WORDS = {"content": "问候、核实身份、满意度", "problems": "无", "handling_result": "无需处理", "disposition": "success"}


@dataclass(frozen=True, slots=True)
class Felt:
    """One call of the measured agent, in milliseconds. heard: the later of both ends."""

    rang: float
    heard: float
    heard_by_agent: float
    heard_by_customer: float
    wrap_up: float


@dataclass(frozen=True, slots=True)
class Unheard:
    """A call in which one end, or both, heard nothing of the other until the customer hung up."""

    number: str
    by_agent: bool
    by_customer: bool


class MeasuredDesk:
    def __init__(self, page: Page, place: DeskPlace, session: aiohttp.ClientSession) -> None:
        self._page = page
        self._place = place
        self._session = session
        self._phone = ""

    async def sign_in(self, password: str) -> None:
        await self._page.goto("/login")
        await self._page.fill("#login", f"agent{self._place.measured}")
        await self._page.fill("#password", password)
        await self._page.click("main button.first")
        await self._page.wait_for_url(lambda url: "/login" not in url)
        await self._page.goto("/desk")
        await self._ready()
        self._phone = await self._page.evaluate(MY_PHONE)

    async def _ready(self) -> None:
        await self._page.locator("#phone[data-state=ready]").wait_for()

    async def _quiet(self) -> None:
        await self._page.evaluate("(most) => bench.quiet(most)", QUIET_MS)

    async def call(self) -> Felt | Unheard:
        """The next callback, from the click to the closed log. The customer hangs up."""
        # What the page still loads, say the queue beside, is no part of the click.
        await self._quiet()
        await self._page.locator("button[data-key=n]").click()
        button = self._page.locator("#case button[data-key=c]:enabled")
        await button.wait_for()
        # The customers' numbers are the names of their callbacks here.
        action = await self._page.locator("#case form[action$='/dial']").first.get_attribute("action") or ""
        number = action.split("/")[-2]
        await self._quiet()
        await self._page.evaluate("bench.begin()")
        await button.click()
        for name in ("rang", "heard", "form"):
            await self._until(name)
        told = await self._page.evaluate("bench.marks()")
        await self._close_log()
        await self._ready()
        there = self._place.lab.network.marks(number)
        if told["heard"] is None or "NOISE" not in there:
            return Unheard(number, told["heard"] is not None, "NOISE" in there)
        mine, his = told["heard"] - 1000 * there["answers"], 1000 * (there["NOISE"] - there["answers"])
        return Felt(
            rang=told["rang"] - told["clicked"],
            heard=max(mine, his),
            heard_by_agent=mine,
            heard_by_customer=his,
            wrap_up=told["form"] - 1000 * there["hangs-up"],
        )

    async def bare_ring(self) -> float:
        """Milliseconds from one request to Asterisk to the same phone that rings, with no service in between but its
        socket for SIP.
        """
        switch = self._place.lab.switch
        body = {"endpoint": f"PJSIP/{self._phone}", "context": "callcenter-doctor", "extension": "agent", "priority": 1}
        await self._page.evaluate("bench.begin()")
        asked = time.time()
        async with self._session.post(f"{switch.ari_url}/channels", json=body) as answer:
            answer.raise_for_status()
            channel = (await answer.json())["id"]
        rang = await self._until("rang_wall")
        async with self._session.delete(f"{switch.ari_url}/channels/{channel}") as answer:
            await answer.read()
        await self._ready()
        return rang - 1000 * asked

    async def _until(self, name: str) -> float:
        try:
            async with asyncio.timeout(STEP_MS / 1000):
                return float(await self._page.evaluate("(name) => bench.until(name)", name) or 0)
        except TimeoutError:
            marks = await self._page.evaluate("bench.marks()")
            text = await self._page.locator("#main").inner_text()
            raise LabError(f"The measured desk waited in vain for {name!r}; {marks}; it shows:\n{text}") from None

    async def _close_log(self) -> None:
        attempt = await self._page.locator("#log form[data-log]").get_attribute("data-log") or ""
        log = await self._ask("GET", f"/attempts/{attempt}/log")
        filled = await self._ask("PATCH", f"/attempts/{attempt}/log", {"version": log["log"]["version"], **WORDS})
        body = {"version": filled["log"]["version"]}
        async with asyncio.timeout(LOG_SECONDS):
            # It cannot be closed before the recording is stored.
            while not await self._closed_now(attempt, body):  # noqa: ASYNC110 (nothing but asking tells)
                await asyncio.sleep(0.5)

    async def _closed_now(self, attempt: str, body: dict[str, int]) -> bool:
        return "callback_state" in await self._ask("POST", f"/attempts/{attempt}/log/close", body, fine=422)

    async def _ask(self, method: str, path: str, body: Any = None, fine: int = 200) -> Any:
        answer = await self._page.evaluate(ASK, [method, path, body])
        if answer["status"] not in {200, fine}:
            raise LabError(f"{method} {path}: {answer}")
        return answer["told"]


@asynccontextmanager
async def measured_desk(place: DeskPlace, chromium: ChromiumFiles, password: str) -> AsyncIterator[MeasuredDesk]:
    """Signed in, its phone ready."""
    microphone = place.folder / "microphone.wav"
    seconds = np.arange(10 * RATE) / RATE
    soundfile.write(microphone, 0.4 * np.sin(2 * np.pi * MICROPHONE_HZ * seconds), RATE, subtype="PCM_16")
    switch = place.lab.switch
    login = {"Authorization": aiohttp.encode_basic_auth(switch.ari_user, switch.ari_password)}
    flags = [*chromium.arguments, *FLAGS, f"--use-file-for-fake-audio-capture={microphone}"]
    async with async_playwright() as playwright, aiohttp.ClientSession(headers=login) as session:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable, env=dict(chromium.environment), args=flags
        )
        context = await browser.new_context(
            locale="en-GB", base_url=f"http://127.0.0.1:{place.web_port}", permissions=["microphone"]
        )
        context.set_default_timeout(STEP_MS)
        await context.add_init_script(path=SCRIPT)
        desk = MeasuredDesk(await context.new_page(), place, session)
        await desk.sign_in(password)
        yield desk
        await browser.close()
