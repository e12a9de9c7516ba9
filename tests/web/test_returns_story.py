"""A customer rings back, as an agent lives it in a real Chromium: seen, heard, taken or passed on by a key."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from callcenter.domain.calls.call import CallState
from lab.chromium import ChromiumFiles
from web.test_stories import Browsing
from web.visiting import Person, Site

NUMBER = "13800000003"
SHOTS = os.environ.get("CALLCENTER_TEST_SHOTS", "")
"""A folder for pictures of what is seen, where somebody wants to look at them."""


@pytest.fixture
async def browsers(site: Site, chromium: ChromiumFiles) -> AsyncIterator[tuple[Browsing, Browsing]]:
    """The agent's, and the supervisor's."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable, env=dict(chromium.environment), args=[*chromium.arguments]
        )
        desk, office = [Browsing(await browser.new_context(locale="en-GB"), site) for _ in range(2)]
        yield desk, office
        await browser.close()
    assert desk.said + office.said == []


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        for width in (390, 1280):
            await page.set_viewport_size({"width": width, "height": 900})
            await page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)


async def rings_in(site: Site) -> None:
    site.story.switch.rings_in(NUMBER)
    await site.story.clock.settle()


async def test_an_agent_hears_sees_and_takes_a_customer_who_rings_back(
    site: Site, browsers: tuple[Browsing, Browsing]
) -> None:
    page = await browsers[0].sign_in(Person.AGENT)
    # The desk asks by itself where its socket is down.
    await page.route_web_socket("**/api/v1/events", lambda socket: socket.close())
    await page.reload()
    await expect(page.locator("#offer")).to_have_count(0)
    await rings_in(site)
    offer = page.locator("#offer")
    await expect(offer).to_contain_text("A customer rings back")
    await expect(offer).to_contain_text("138****0003")
    await expect(offer).to_have_attribute("data-rung", "1")
    await shot(page, "offer")
    await page.keyboard.press("Alt+KeyA")
    await expect(page.locator("#call")).to_contain_text("Your phone rings")
    await expect(offer).to_have_count(0)
    (call,) = site.story.service.calls.live
    site.story.switch.agent_answers(call.attempt_id)
    await site.story.clock.advance(0.5)
    assert site.story.state(call.attempt_id) is CallState.TALKING
    await expect(page.locator("#call")).to_contain_text("Talking")


async def test_an_agent_who_passes_him_on_is_left_in_peace_and_his_return_is_marked(
    site: Site, browsers: tuple[Browsing, Browsing]
) -> None:
    page = await browsers[0].sign_in(Person.AGENT)
    await rings_in(site)
    await expect(page.locator("#offer")).to_be_visible()
    await page.keyboard.press("Alt+KeyR")
    await expect(page.locator("#offer")).to_have_count(0)
    await expect(page.locator("#queue")).to_contain_text("rang back")
    await shot(page, "missed")
    await page.goto(f"{site.url}/desk?callback=cb-3")
    await expect(page.locator("#case")).to_contain_text("Rang back at")
    supervisor = await browsers[1].sign_in(Person.SUPERVISOR)
    await supervisor.goto(f"{site.url}/returns")
    await expect(supervisor.locator("#returns")).to_contain_text("nobody was free")
    await shot(supervisor, "list")
