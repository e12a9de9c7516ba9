"""Is a press on Call lost while the phone in the browser is being connected? It waits, dials once, or says why not."""

from playwright.async_api import Page, async_playwright, expect

from callcenter.domain.people import PhoneChoice
from lab.chromium import ChromiumFiles
from web.desk_states import DENIED, MICROPHONE, page_of
from web.visiting import Person, Site

CALL = "#case button[data-key=c]"


async def test_a_press_on_call_waits_for_the_phone_dials_once_or_says_why_not(
    site: Site, chromium: ChromiumFiles
) -> None:
    await site.story.books.people.choose_phone("agent-1001", PhoneChoice.BROWSER)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable,
            env=dict(chromium.environment),
            args=[*chromium.arguments, *MICROPHONE],
        )
        page = await page_of(browser, "en-GB", site, Person.AGENT)
        await _presses(site, page)
        await expect(page.locator("#case")).to_contain_text("It dials once the phone is connected")
        await page.get_by_role("button", name="Do not dial").click()
        await expect(page.locator("[data-dial-told]")).to_be_hidden()
        await page.keyboard.press("Alt+KeyC")
        await page.keyboard.press("Alt+KeyC")
        await expect(page.get_by_role("button", name="Do not dial")).to_be_visible()
        assert len(await site.story.books.attempts.of_callback("cb-3")) == 0
        site.lines.opened[-1].register()
        await expect(page.locator("#call .state")).to_contain_text("Your phone rings")
        assert len(await site.story.books.attempts.of_callback("cb-3")) == 1
        await _from_another_page(site, page)
        await page.context.close()
        other = await page_of(browser, "en-GB", site, Person.OTHER_AGENT)
        await site.story.books.people.choose_phone("agent-1002", PhoneChoice.BROWSER)
        await other.add_init_script(DENIED)
        await other.goto(f"{site.url}/desk?callback=cb-4")
        await expect(other.locator("#phone[data-word=denied]")).to_be_visible()
        await other.locator(CALL).click()
        await expect(other.locator("#case")).to_contain_text("Not dialled: The microphone is not allowed")
        assert len(await site.story.books.attempts.of_callback("cb-4")) == 0
        await browser.close()


async def _presses(site: Site, page: Page) -> None:
    """Press Call on a page whose phone asks to be registered, and is kept waiting."""
    await page.goto(f"{site.url}/desk?callback=cb-3")
    await expect(page.locator("#phone[data-word=connecting]")).to_be_visible()
    await page.locator(CALL).click()


async def _from_another_page(site: Site, page: Page) -> None:
    """A page without the phone, beside the one that has it, dials as well: that one rings."""
    (attempt,) = await site.story.books.attempts.of_callback("cb-3")
    site.story.switch.agent_answers(attempt.id)
    await site.story.clock.advance(0.5)
    site.story.switch.busy(attempt.id)
    await site.story.clock.advance(3)
    second = await page.context.new_page()
    await second.goto(f"{site.url}/desk?callback=cb-5")
    await second.keyboard.press("Alt+KeyC")
    await expect(second.locator("#call .state")).to_contain_text("Your phone rings")
    await expect(second.locator("#phone[data-word=elsewhere]")).to_be_visible()
    assert len(await site.story.books.attempts.of_callback("cb-5")) == 1
