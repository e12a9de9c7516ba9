"""Agents with a real Chromium, whose microphone plays a tone, at a house with the real Asterisk."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import soundfile
from playwright.async_api import BrowserContext, ConsoleMessage, Page, async_playwright, expect

from callcenter.app.offline import accounts_of
from callcenter.domain.access import Role
from callcenter.domain.people import PhoneChoice
from house import House
from lab.chromium import ChromiumFiles
from lab.lab import Lab

PASSWORD = "correct horse battery"
MICROPHONE_HZ = 1000
RATE = 48000
ALLOWED = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def microphone(folder: Path, hertz: int = MICROPHONE_HZ) -> Path:
    """What the microphone hears, over and over."""
    path = folder / f"{hertz}.wav"
    seconds = np.arange(10 * RATE) / RATE
    soundfile.write(path, 0.4 * np.sin(2 * np.pi * hertz * seconds), RATE, subtype="PCM_16")
    return path


async def agent_with_browser(house: House, number: str = "1001", phone: PhoneChoice = PhoneChoice.BROWSER) -> str:
    """An account of this agent, who chose that phone: the login."""
    login = f"agent{number}"
    async with house.books() as books:
        agent = await books.people.agent(number)
        assert agent is not None
        await books.people.add_agent(replace(agent, phone=phone))
        accounts = accounts_of(house.settings, books)
        await accounts.add(login, f"Agent {number}", frozenset({Role.AGENT}), PASSWORD, agent_key=number)
    return login


@asynccontextmanager
async def house_with_browsers(lab: Lab, folder: Path, *, prefix: str) -> AsyncIterator[House]:
    """Two agents, who have desk phones and chose the ones in their browsers."""
    house = House(folder, lab, folder.name, lab.agent_endpoint(1), prefix=prefix)
    await house.prepare()
    await agent_with_browser(house)
    await house.agents({"1002": lab.agent_endpoint(2)})
    await agent_with_browser(house, "1002")
    await house.serve()
    await house.in_sight()
    await stay_at(house, await address(house))
    yield house
    await house.stop()


async def address(house: House) -> str:
    """Of the site, as the service told it last."""
    async with asyncio.timeout(30):
        while True:
            for line in reversed(house.log.read_text("utf-8").splitlines()):
                if '"the site is open"' in line:
                    return str(json.loads(line)["address"])
            await asyncio.sleep(0.05)


async def stay_at(house: House, url: str) -> None:
    """The service comes back on the same port."""
    text = house.config.read_text("utf-8")
    house.config.write_text(text.replace("port = 0", f"port = {url.rpartition(':')[2]}"), "utf-8")


@dataclass
class Browser:
    """One browser. said: errors and warnings of its console."""

    context: BrowserContext
    url: str
    said: list[str] = field(default_factory=list)

    async def sign_in(self, login: str) -> Page:
        page = await self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        await page.goto(f"{self.url}/login")
        await page.fill("#login", login)
        await page.fill("#password", PASSWORD)
        await page.click("main button.first")
        await page.wait_for_url(lambda url: "/login" not in url)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(message.text)


@asynccontextmanager
async def browser(
    url: str, chromium: ChromiumFiles, *flags: str, permissions: Sequence[str] = ("microphone",)
) -> AsyncIterator[Browser]:
    """permissions: of its pages. One that has the microphone tells the switch its addresses, as a person's would."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(
            executable_path=chromium.executable, env=dict(chromium.environment), args=[*chromium.arguments, *flags]
        )
        context = await launched.new_context(locale="en-GB", permissions=list(permissions))
        yield Browser(context, url)
        await launched.close()


async def phone_is(page: Page, state: str, word: str = "") -> None:
    """Until the page says so."""
    wanted = f'#phone[data-state="{state}"]' + (f'[data-word="{word}"]' if word else "")
    await expect(page.locator(wanted)).to_have_count(1)
