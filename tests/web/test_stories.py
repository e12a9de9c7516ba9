"""What people do, in a real Chromium: an agent calls, compliance listens, a supervisor decides."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, async_playwright, expect

from callcenter.domain.audit import Action
from callcenter.domain.calls.call import CallState
from callcenter.domain.people import CallbackState
from lab.chromium import ChromiumFiles
from web.test_pages import used_up
from web.visiting import PASSWORD, Person, Site

SECONDS = 15
"""A page on a busy machine may be late."""


class Browsing:
    """One browser. said: errors and warnings of its console; a story ends without any."""

    def __init__(self, context: BrowserContext, site: Site) -> None:
        self._context = context
        self._site = site
        self.said: list[str] = []

    async def sign_in(self, person: Person, news: list[str | bytes] | None = None) -> Page:
        """news: gets what comes over the page's socket."""
        page = await self._context.new_page()
        heard: list[str | bytes] = [] if news is None else news

        def hear(told: str | bytes) -> None:
            heard.append(told)

        page.on("websocket", lambda socket: socket.on("framereceived", hear))
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        await page.goto(f"{self._site.url}/login")
        await page.fill("#login", person.value)
        await page.fill("#password", PASSWORD)
        await page.click("main button.first")
        await page.wait_for_url(lambda url: "/login" not in url)
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(message.text)


@pytest.fixture
async def browsing(site: Site, chromium: ChromiumFiles) -> AsyncIterator[Browsing]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable, env=dict(chromium.environment), args=[*chromium.arguments]
        )
        context = await browser.new_context(locale="en-GB")
        browsing = Browsing(context, site)
        yield browsing
        await browser.close()
    assert browsing.said == []


async def test_an_agent_calls_talks_and_writes_the_log(site: Site, browsing: Browsing) -> None:
    story = site.story
    news: list[str | bytes] = []
    page = await browsing.sign_in(Person.AGENT, news)
    await page.keyboard.press("Alt+KeyN")
    await expect(page.locator("#case .who")).to_have_text("王芳")
    await expect(page.locator("#case")).to_contain_text("May be called now")
    await expect(page.locator("#queue .queue li")).to_have_count(3)
    await page.get_by_role("button", name="Call 138****0003").click()
    state = page.locator("#call .state")
    await expect(state).to_contain_text("Your phone rings")
    call = (await story.books.attempts.of_callback("cb-3"))[0].id
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    story.switch.rings(call)
    await story.clock.settle()
    await expect(state).to_contain_text("The customer's phone rings")
    await page.evaluate("const now = performance.now.bind(performance); performance.now = () => now() + 11_000")
    await expect(state.locator(".ticking")).to_have_text(re.compile("0:[1-5][0-9]"))
    await expect(page.locator("#call")).to_contain_text("Recorder runs")
    await expect(page.locator("#hang-up-reason")).to_be_visible()
    story.switch.answers(call)
    await story.clock.settle()
    await expect(state).to_contain_text("Talking")
    await expect(state.locator(".ticking")).to_have_text(re.compile("0:0[0-9]"))
    await story.clock.advance(7)
    assert len(news) > 3
    await site.story.hang_up(call)
    log = page.locator("#log")
    await expect(log).to_contain_text("answered; the customer hung up")
    await log.get_by_label("What was said").fill("问了满意度")
    await expect(page.locator("#kept")).to_contain_text("Saved ")
    assert (await story.log(call)).log.content == "问了满意度"
    await log.get_by_label("Visit made", exact=True).check()
    await log.get_by_label("Problems the customer raised").fill("无")
    await page.keyboard.press("Alt+KeyS")
    await expect(page.locator("#handling_result-wrong")).to_be_visible()
    await expect(log.get_by_label("What was said")).to_have_value("问了满意度")
    # What could not be sent for what was lacking is told by the browser too.
    browsing.said.remove("Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)")
    await log.get_by_label("How they were handled").fill("已解释")
    await log.get_by_label("Yes", exact=True).check()
    await page.get_by_role("button", name="Close the log").click()
    await expect(page.locator("main")).to_contain_text("The visit log is closed.")
    assert (await story.callback("cb-3")).state is CallbackState.DONE


async def test_after_a_vain_call_the_desk_is_ready_for_the_next(site: Site, browsing: Browsing) -> None:
    story = site.story
    page = await browsing.sign_in(Person.AGENT)
    await page.goto(f"{site.url}/desk?callback=cb-3")
    await page.get_by_role("button", name="Call 138****0003").click()
    following = page.get_by_role("button", name="Next callback")
    await expect(following).to_be_disabled()
    await expect(page.locator("#queue").get_by_text("You have a call already.")).to_have_count(1)
    await expect(page.locator("#queue .queue li")).not_to_have_count(0)
    call = (await story.books.attempts.of_callback("cb-3"))[0].id
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    story.switch.rings(call)
    await story.clock.advance(12)
    await expect(page.locator("#hang-up-reason")).to_be_visible()
    await page.keyboard.press("Alt+KeyH")
    await expect(page.locator("#hang-up-reason")).to_be_focused()
    await page.keyboard.type("he asked")
    browsing.said = [text for text in browsing.said if "409" not in text]
    await story.clock.advance(2)
    await expect(page.locator("#hang-up-reason")).to_have_value("he asked")
    await story.clock.advance(30)
    await expect(page.locator("#last")).to_contain_text("not answered; it rang long enough")
    await expect(following).to_be_enabled()
    await expect(page.locator("#queue")).to_contain_text("may be called")


async def test_what_is_typed_survives_a_service_out_of_reach_and_the_page_finds_back(
    site: Site, browsing: Browsing
) -> None:
    page = await browsing.sign_in(Person.AGENT)
    field = page.get_by_label("What was said")
    await site.stop_listening()
    await field.fill("nothing is lost")
    await page.get_by_role("button", name="Close the log").click()
    await expect(page.locator("#offline")).to_be_visible()
    await expect(field).to_have_value("nothing is lost")
    await site.restart()
    await page.get_by_label("What was said").press("End")
    async with page.expect_response(lambda response: "lost%21" in (response.request.post_data or "")):
        await page.keyboard.type("!")
    await expect(page.locator("#kept")).to_contain_text("Saved ")
    await expect(page.locator("#offline")).to_be_hidden()
    assert (await site.story.log(site.talk)).log.content == "nothing is lost!"
    await site.story.reach(CallState.TALKING, "cb-3", 1001)
    await expect(page.locator("#call .state")).to_contain_text("Talking", timeout=30_000)
    away = re.compile("net::ERR_(CONNECTION|SOCKET)|htmx")
    browsing.said = [text for text in browsing.said if not away.search(text)]


async def test_an_expired_session_is_told_keeps_what_is_typed_and_goes_on_after_a_sign_in_elsewhere(
    site: Site, browsing: Browsing
) -> None:
    page = await browsing.sign_in(Person.AGENT)
    field = page.get_by_label("What was said")
    await field.fill("typed before")
    await expect(page.locator("#kept")).to_contain_text("Saved ")
    await site.story.clock.advance(13 * 3600)
    await page.keyboard.press("Alt+KeyN")
    await expect(page.locator("#problem")).to_contain_text("You are not signed in.")
    await field.fill("typed after")
    await expect(page.locator("#kept")).to_contain_text("you are signed out")
    assert await site.story.books.callbacks.in_hand("agent-1001") == ()
    await browsing.sign_in(Person.AGENT)
    await field.press("End")
    await page.keyboard.type("!")
    await expect(page.locator("#kept")).to_contain_text("Saved ")
    assert (await site.story.log(site.talk)).log.content == "typed after!"
    browsing.said = [text for text in browsing.said if not re.search("401|HTTP Authentication", text)]


async def heard(audio: Locator, so: str) -> None:
    """Wait until it is so. so: a condition of the player's properties."""
    so = f"({{ currentTime, duration, playbackRate, paused }}) => {so}"
    until = f"async (sound) => {{ while (!({so})(sound)) await new Promise(requestAnimationFrame); }}"
    async with asyncio.timeout(SECONDS):
        await audio.evaluate(until)


async def test_compliance_finds_a_recording_listens_and_checks_it(site: Site, browsing: Browsing) -> None:
    page = await browsing.sign_in(Person.COMPLIANCE)
    await page.get_by_role("link", name="Recordings", exact=True).click()
    await page.get_by_label("Last digits of the number").fill("0001")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator("#rows tr")).to_have_count(1)
    await page.locator("#rows a").first.click()
    audio = page.locator("audio")
    await expect(audio).to_be_visible()
    await page.wait_for_load_state("networkidle")
    # Who only looks at the page has heard nothing.
    assert Action.PLAYED not in {entry.deed.action for entry in await site.audit()}
    assert await audio.evaluate("async (sound) => { await sound.play(); return sound.duration }") == pytest.approx(
        1, abs=0.1
    )
    # What its own menu offers would be audited as a play: who may, has a link for it.
    await expect(audio).to_have_attribute("controlslist", "nodownload")
    await audio.evaluate("(sound) => sound.pause()")
    await page.get_by_label("Speed").select_option("1.5")
    await page.keyboard.press("Alt+l")
    await heard(audio, "currentTime === duration && playbackRate === 1.5")
    await page.keyboard.press("Alt+j")
    await heard(audio, "currentTime === 0")
    await page.get_by_label("Who is heard").select_option("The agent alone")
    await page.keyboard.press("Alt+k")
    await heard(audio, "!paused")
    await expect(page.locator("main")).to_contain_text("SHA-256")
    await page.get_by_role("button", name="Check the file now").click()
    await expect(page.locator("main")).to_contain_text("The file was unchanged when it was last checked")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download").click()
    assert (await (await download.value).path()).stat().st_size > 100
    await page.goto(f"{site.url}/recordings/proof")
    await expect(page.locator("main")).to_contain_text("Complete: every dial has its verified recording.")


async def test_a_supervisor_closes_a_used_up_callback_and_takes_it_back(site: Site, browsing: Browsing) -> None:
    await used_up(site.story)
    page = await browsing.sign_in(Person.SUPERVISOR)
    await expect(page).to_have_url(f"{site.url}/exhausted")
    await page.locator("section .queue a").click()
    await expect(page.locator("main")).to_contain_text("not answered; it rang long enough")
    await page.get_by_label("Reason", exact=True).select_option("wrong_number")
    await page.locator("summary", has_text="Close").click()
    await page.get_by_role("button", name="Yes, close").click()
    await expect(page.locator("main")).to_contain_text("The callback is closed.")
    assert (await site.story.callback("cb-4")).state is CallbackState.CLOSED
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("main")).to_contain_text("The close is undone: the callback waits for a decision again.")
    assert (await site.story.callback("cb-4")).state is CallbackState.EXHAUSTED


@pytest.mark.parametrize("width", [360, 1600])
async def test_no_page_is_wider_than_the_screen(site: Site, browsing: Browsing, width: int) -> None:
    await used_up(site.story)
    for person, paths in {
        Person.AGENT: ("/desk", "/desk?callback=cb-3", f"/desk/logs/{site.talk}"),
        Person.SUPERVISOR: (
            *("/exhausted", "/exhausted/cb-4", "/queue", "/queue/cb-4", "/queue/cb-4/exclusions", "/status", "/me"),
            *("/plans", "/plans/-new", "/plans/quick", "/plans/quick/why", "/blocklists", "/calendar", "/imports"),
            *("/policies", "/policies/tongjiang", "/policy-diff?before=tongjiang:1&after=quick:1"),
        ),
        Person.COMPLIANCE: ("/recordings", f"/recordings/{site.talk}", "/recordings/proof", "/audit"),
        Person.ADMIN: ("/accounts", "/policy-editor?from=tongjiang"),
    }.items():
        page = await browsing.sign_in(person)
        await page.set_viewport_size({"width": width, "height": 800})
        for path in paths:
            await page.goto(site.url + path)
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert (path, wide) == (path, 0)
        await page.get_by_role("button", name="Sign out").click()
