"""An agent with a headset: a real Chromium, its microphone a tone, the real Asterisk, the telephone network."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from asterisk.browsing import ALLOWED, MICROPHONE_HZ, Browser, address, agent_with_browser, browser, microphone, phone_is
from asterisk.hearing import listen
from house import House, Settled
from lab.chromium import ChromiumFiles
from lab.lab import Lab
from lab.network import CUSTOMER_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

TALKS, HANGS_UP = 1, 9


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One agent, who has a desk phone and chose the one in his browser."""
    house = House(tmp_path_factory.mktemp("browser"), big_lab, "browser", big_lab.agent_endpoint(1), prefix="1370000")
    await house.prepare()
    await agent_with_browser(house)
    await house.serve()
    await house.in_sight()
    yield house
    await house.stop()


@pytest_asyncio.fixture(loop_scope="module")
async def agent(house: House, chromium: ChromiumFiles, tmp_path: Path) -> AsyncIterator[Browser]:
    """His browser. What it says on its console is looked at in the end."""
    flags = (*ALLOWED, f"--use-file-for-fake-audio-capture={microphone(tmp_path)}")
    async with browser(await address(house), chromium, *flags) as browsing:
        yield browsing


async def dial(house: House, page: Page, last_digit: int) -> str:
    """Take the one callback that waits, and press the button: the callback's id."""
    callback, _ = await house.callback(last_digit)
    await page.goto(f"{page.url.partition('/desk')[0]}/desk?callback={callback}")
    await phone_is(page, "ready")
    await page.get_by_role("button", name="Call ").first.click()
    return callback


async def test_an_agent_dials_from_the_page_and_talks_and_the_customer_hangs_up(house: House, agent: Browser) -> None:
    page = await agent.sign_in("agent1001")
    await phone_is(page, "ready")
    callback = await dial(house, page, HANGS_UP)
    await phone_is(page, "talk")
    await expect(page.locator("#call .state")).to_contain_text("Talking")
    await expect(page.locator("#phone-quality")).to_contain_text("Line: good")
    await expect(page.locator("#log")).to_contain_text("answered; the customer hung up")
    await phone_is(page, "ready")
    settled = await house.settled(callback)
    assert settled.record.attempt.end_reason == "customer"
    heard(house, settled)
    assert agent.said == []


def heard(house: House, settled: Settled) -> None:
    """The customer in the left channel, and the browser's microphone in the right one."""
    answered = settled.record.call.answered_at
    assert answered is not None
    sound = listen(house, settled)
    talk = answered + timedelta(seconds=0.5)
    assert sound.left.since(talk, 1.0).is_tone(CUSTOMER_HZ)
    assert sound.right.since(talk, 1.0).is_tone(MICROPHONE_HZ)
