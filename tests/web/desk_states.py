"""The agent's desk in each of its states, one after the other, as a day brings them."""

from collections.abc import AsyncIterator

from playwright.async_api import Browser, Page, expect

from callcenter.domain.calls.words import Progress, RecordingFinished
from web.gallery import LONG
from web.visiting import PASSWORD, Person, Site

MICROPHONE = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")
PATIENCE = 15_000
DENIED = """
navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("denied", "NotAllowedError"));
navigator.permissions.query = () => Promise.resolve({ state: "denied" });
"""
IN_A_TALK = """
document.getElementById("phone").dataset.state = "talk";
for (const each of document.querySelectorAll(".phone-tools button")) each.disabled = false;
document.getElementById("phone-mute").setAttribute("aria-pressed", "true");
document.getElementById("phone-quality").textContent = document.querySelector("[data-word=quality]").textContent;
"""
REGISTERED = "#phone[data-state=ready]"


async def page_of(browser: Browser, locale: str, site: Site, person: Person) -> Page:
    """A page in a browser of its own, with a microphone, at which this person has signed in."""
    context = await browser.new_context(locale=locale, permissions=["microphone"])
    context.set_default_timeout(PATIENCE)
    page = await context.new_page()
    await page.goto(f"{site.url}/login")
    if person is not Person.ANONYMOUS:
        await page.fill("#login", person.value)
        await page.fill("#password", PASSWORD)
        await page.click("main button.first")
        await page.wait_for_url(lambda url: "/login" not in url)
    return page


async def desk_states(site: Site, page: Page) -> AsyncIterator[str]:
    """Bring the page of agent 1001 from state to state: each state's name. The site is one that `gallery.fill` made."""
    async for name in _before_the_call(site, page):
        yield name
    async for name in _in_the_call(site, page):
        yield name
    async for name in _afterwards(site, page):
        yield name


async def _before_the_call(site: Site, page: Page) -> AsyncIterator[str]:
    desk = f"{site.url}/desk"
    await page.goto(desk)
    await expect(page.locator("#queue .queue")).to_be_visible()
    yield "idle"
    await page.locator("#take-break summary").click()
    yield "break-asked"
    await page.get_by_role("button").and_(page.locator("#take-break button")).click()
    await expect(page.locator("#pause")).to_be_visible()
    yield "break"
    await page.locator("#pause button").click()
    await page.goto(f"{desk}?callback={LONG}")
    await expect(page.locator("#queue .queue")).to_be_visible()
    yield "callable"
    site.story.switch.rings_in("13800000003")
    await site.story.clock.settle()
    await expect(page.locator("#offer")).to_be_visible()
    yield "return-offered"
    await page.locator("#offer [data-key=r]").click()
    await expect(page.locator("#offer")).to_have_count(0)


async def _in_the_call(site: Site, page: Page) -> AsyncIterator[str]:
    story, switch = site.story, site.story.switch
    await page.goto(f"{site.url}/desk?callback=cb-3")
    # While a phone in a browser registers, the button goes to and fro.
    await page.wait_for_load_state("networkidle")
    await page.locator("[data-key=c]").first.click()
    await expect(page.locator("#call .state")).to_be_visible()
    yield "agent-rings"
    call = (await story.books.attempts.of_callback("cb-3"))[-1].id
    switch.agent_answers(call)
    await story.clock.advance(0.5)
    story.service.calls.post(call, Progress(story.clock.now()))
    await story.clock.settle()
    await expect(page.locator("#call progress")).to_be_visible()
    yield "announcement"
    switch.rings(call)
    await story.clock.advance(7)
    yield "customer-rings"
    switch.answers(call)
    await story.clock.advance(92)
    await expect(page.locator(f"#script-{call}")).to_be_visible()
    await expect(page.locator(".hang-up")).to_be_visible()
    yield "talking"
    await page.keyboard.press("Alt+KeyH")
    yield "hang-up-asked"
    story.service.calls.post(call, RecordingFinished(story.clock.now(), "ri1"))
    await story.clock.advance(1.5)
    await expect(page.locator("#recorder-failed")).to_be_visible()
    yield "recording-failed"
    await story.hang_up(call)
    await expect(page.locator("[data-key=s]")).to_be_visible()
    yield "wrap-up"
    await page.locator("[data-key=s]").click()
    await expect(page.locator(".wrong").first).to_be_visible()
    yield "log-with-mistakes"
    await page.goto(f"{site.url}/desk/logs/{call}")
    await page.locator("details.times summary").click()
    await expect(page.locator(".ahead")).to_be_visible()
    yield "times-to-offer"


async def _afterwards(site: Site, page: Page) -> AsyncIterator[str]:
    await site.story.begin(LONG, 1001)
    call = (await site.story.books.attempts.of_callback(LONG))[-1].id
    site.story.switch.agent_answers(call)
    await site.story.clock.advance(0.5)
    site.story.switch.busy(call)
    await site.story.clock.advance(3)
    await page.goto(f"{site.url}/desk")
    await expect(page.locator("#last")).to_be_visible()
    yield "last-in-vain"
    site.story.switch.reachable = False
    site.story.switch.loses_connection()
    await site.story.clock.advance(2)
    await page.goto(f"{site.url}/desk?callback=cb-6")
    yield "switch-away"
    site.story.switch.reachable = True
    site.story.switch.connects()
    await site.story.clock.advance(60)
    await page.goto(f"{site.url}/desk")
    site.story.clock.jump(10 * 3600)
    await page.goto(f"{site.url}/desk?callback=cb-6")
    await expect(page.locator("#case .note.bad")).to_be_visible()
    yield "refused"
    await page.context.clear_cookies()
    await page.locator("[data-key=n]").click()
    await expect(page.locator("#problem")).to_be_visible()
    yield "session-expired"
    await site.stop_listening()
    await page.locator("[data-key=n]").click()
    await expect(page.locator("#offline")).to_be_visible()
    yield "offline"


async def phone_states(site: Site, page: Page) -> AsyncIterator[str]:
    """The phone in the browser in each of its states. The page is one of agent 1001, in a browser with a microphone."""
    site.lines.answering = True
    await page.goto(f"{site.url}/desk")
    await page.locator("#phone-setup").click()
    await page.locator("input[name=phone-choice][value=browser]").check()
    await expect(page.locator(REGISTERED)).to_be_visible()
    await page.locator("#phone-test").click()
    await expect(page.locator("#phone-heard")).not_to_be_empty()
    yield "phone-settings"
    await page.keyboard.press("Escape")
    yield "phone-ready"
    await page.evaluate("document.getElementById('phone-sure').showModal()")
    yield "phone-hang-up-asked"
    await page.keyboard.press("Escape")
    await page.evaluate("document.getElementById('phone-keypad').showModal()")
    yield "phone-keypad"
    await page.keyboard.press("Escape")
    await page.evaluate(IN_A_TALK)
    yield "phone-in-a-talk"
    site.lines.answering = False
    for line in site.lines.opened:
        line.close()
    await expect(page.locator("#phone[data-state=wait]")).to_be_visible()
    yield "phone-lost"
    site.lines.answering = True
    await page.add_init_script(DENIED)
    await page.reload()
    await expect(page.locator("#phone[data-word=denied]")).to_be_visible()
    yield "phone-denied"
