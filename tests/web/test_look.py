"""How every page looks and feels to anybody: axe finds nothing, nothing jumps, little is loaded, keys do for all."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, async_playwright, expect

from callcenter.domain.calls.call import CallState
from lab.chromium import ChromiumFiles
from web.desk_states import MICROPHONE, desk_states, page_of, phone_states
from web.gallery import fill
from web.scripting import scripted
from web.visiting import Person, Site

TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST = "color-contrast"
AXE = """async ([runOnly, rules]) => {
  const options = { runOnly, rules, resultTypes: ["violations"], preload: false, iframes: false };
  const { violations } = await axe.run(document, options);
  return violations.flatMap((each) => each.nodes.map((node) => `${each.impact} ${each.id}: ${node.html}`));
}"""
DARK_TOO = frozenset(
    {
        *("calendar", "exclusions", "plan", "policy-diff", "queue", "recording", "script", "status", "import-preview"),
        *("sign-in", "phone-settings", "talking", "recording-failed", "log-with-mistakes", "return-offered", "refused"),
    }
)
"""What is looked at in dark colours too: together they show every colour that there is (see test_colours)."""

MOST_BYTES = 100_000
"""Of a first view, as it comes over the line; 200 kB are allowed."""

MOST_SHIFTED = 0.02
"""Of a whole call, as Chromium reckons it; up to 0.1 counts as good."""

SHIFTS = """
window.shifted = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    const moved = each.sources.map((source) => source.node?.id || source.node?.className || source.node?.nodeName);
    if (!each.hadRecentInput) window.shifted.push([each.value, moved.join(", ")]);
  }
}).observe({ type: "layout-shift", buffered: true });
"""
FOCUSED = """() => {
  const found = document.activeElement;
  if (!found || found === document.body) return null;
  const { left, top, width, height } = found.getBoundingClientRect();
  const style = getComputedStyle(found);
  const seen = document.elementFromPoint(left + width / 2, top + height / 2);
  const name = `${found.tagName} ${found.id || found.name || found.textContent.trim().slice(0, 30)}`;
  const label = found.closest("label");
  return {
    name,
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: Boolean(seen) && (found.contains(seen) || seen.contains(found) && !seen.closest(".phone, .saved, .top")),
    large: getComputedStyle(found).display === "inline" || (label || found).getBoundingClientRect().height >= 24,
  };
}"""


LONG_TAGS = """() => {
  for (const tag of document.querySelectorAll("main .tag")) {
    tag.textContent = "refused, and the list stays as it was before";
  }
  return document.documentElement.scrollWidth;
}"""
"""How wide the page is where each state is told at length."""


@asynccontextmanager
async def chromium_of(files: ChromiumFiles) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=files.executable, env=dict(files.environment), args=[*files.arguments, *MICROPHONE]
        )
        yield browser
        await browser.close()


class Axe:
    """Looks at pages, and writes down what it finds."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.found: list[str] = []

    async def look(self, page: Page, name: str, *, colours: bool = True) -> None:
        """colours: also at the contrast of words in light, and in dark where the page is one of DARK_TOO."""
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(self._source)
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        rules = {} if colours else {CONTRAST: {"enabled": False}}
        await self._run(page, f"{name}, light", {"type": "tag", "values": TAGS}, rules)
        if name in DARK_TOO:
            await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            await self._run(page, f"{name}, dark", {"type": "rule", "values": [CONTRAST]}, {})

    async def _run(self, page: Page, name: str, only: Mapping[str, object], rules: Mapping[str, object]) -> None:
        self.found += [f"{name}: {each}" for each in await page.evaluate(AXE, [only, rules])]


async def test_axe_finds_nothing_on_any_page_and_none_is_wider_than_a_telephone(
    site: Site, chromium: ChromiumFiles, axe: str
) -> None:
    views, looking = await fill(site), Axe(axe)
    async with chromium_of(chromium) as browser:
        for person in dict.fromkeys(view.person for view in views):
            page = await page_of(browser, "en-GB", site, person)
            for view in views:
                if view.person is person:
                    await page.goto(site.url + view.path)
                    await looking.look(page, view.name)
                    await page.set_viewport_size({"width": 360, "height": 800})
                    if await page.evaluate(LONG_TAGS) > 360:
                        looking.found.append(f"{view.name}: wider than the telephone")
                    await page.set_viewport_size({"width": 1280, "height": 800})
            await page.context.close()
    assert looking.found == []


async def test_axe_finds_nothing_in_any_state_of_the_desk(site: Site, chromium: ChromiumFiles, axe: str) -> None:
    await fill(site)
    looking = Axe(axe)
    async with chromium_of(chromium) as browser:
        for states in (phone_states, desk_states):
            page = await page_of(browser, "zh-CN", site, Person.AGENT)
            async for state in states(site, page):
                await looking.look(page, state, colours=state in DARK_TOO)
            await page.context.close()
    assert looking.found == []


async def test_a_first_view_is_light_and_what_is_large_comes_when_it_is_used(
    site: Site, chromium: ChromiumFiles
) -> None:
    site.lines.answering = True
    async with chromium_of(chromium) as browser:
        page = await page_of(browser, "en-GB", site, Person.AGENT)
        for path in ("/login", "/desk"):
            loaded = await _loaded(page, site.url + path)
            assert (path, sum(loaded.values()) < MOST_BYTES) == (path, True), loaded
            assert not any("jssip" in url for url in loaded)
        await page.goto(f"{site.url}/desk")
        await page.locator("#phone-setup").click()
        async with page.expect_response(lambda response: "jssip" in response.url):
            await page.locator("input[name=phone-choice][value=browser]").check()
        await expect(page.locator("#phone[data-state=ready]")).to_be_visible()


async def _loaded(page: Page, url: str) -> dict[str, int]:
    """Bytes that came over the line for each address, with nothing in the browser's cache."""
    devtools = await page.context.new_cdp_session(page)
    urls: dict[str, str] = {}
    sizes: dict[str, int] = {}
    devtools.on("Network.responseReceived", lambda told: urls.update({told["requestId"]: told["response"]["url"]}))
    devtools.on(
        "Network.loadingFinished", lambda told: sizes.update({told["requestId"]: int(told["encodedDataLength"])})
    )
    await devtools.send("Network.enable")
    await devtools.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await page.goto(url, wait_until="networkidle")
    await devtools.detach()
    return {urls[key]: size for key, size in sizes.items() if key in urls}


async def test_nothing_jumps_in_a_whole_call(site: Site, chromium: ChromiumFiles) -> None:
    await scripted(site)
    async with chromium_of(chromium) as browser:
        for width, callback in ((1280, "cb-3"), (360, "cb-4")):
            page = await page_of(browser, "en-GB", site, Person.AGENT)
            await page.set_viewport_size({"width": width, "height": 900})
            await page.add_init_script(SHIFTS)
            await page.goto(f"{site.url}/desk?callback={callback}")
            await expect(page.locator("#queue .queue")).to_be_visible()
            assert await _shifted(page) == []
            await page.keyboard.press("Alt+KeyC")
            call = await _in_call(site, page, callback)
            # What the press of a key brings may stand anywhere; from now on nothing moves by itself.
            await page.evaluate("window.shifted.splice(0)")
            await _whole_call(site, page, call)
            assert await _shifted(page) == []
            await page.context.close()


async def test_nothing_jumps_when_a_call_was_in_vain(site: Site, chromium: ChromiumFiles) -> None:
    async with chromium_of(chromium) as browser:
        page = await page_of(browser, "en-GB", site, Person.AGENT)
        await page.set_viewport_size({"width": 360, "height": 740})
        await page.add_init_script(SHIFTS)
        await page.goto(f"{site.url}/desk?callback=cb-3")
        await expect(page.locator("#queue .queue")).to_be_visible()
        await page.keyboard.press("Alt+KeyC")
        await expect(page.locator("#call")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        call = (await site.story.books.attempts.of_callback("cb-3"))[-1].id
        await page.evaluate("window.shifted.splice(0)")
        site.story.switch.agent_answers(call)
        await site.story.clock.advance(0.5)
        site.story.switch.rings(call)
        await site.story.clock.advance(7)
        site.story.switch.busy(call)
        await site.story.clock.advance(3)
        await expect(page.locator("#last")).to_be_visible()
        await expect(page.locator("#queue .queue")).to_be_visible()
        await page.wait_for_load_state("networkidle")
        assert await _shifted(page) == []


async def _shifted(page: Page) -> list[list[object]]:
    """What moved, where that was too much."""
    found: list[list[object]] = await page.evaluate("window.shifted.splice(0)")
    return found if sum(float(str(value)) for value, _ in found) > MOST_SHIFTED else []


async def _in_call(site: Site, page: Page, callback: str) -> str:
    await expect(page.locator("#call")).to_be_visible()
    call = (await site.story.books.attempts.of_callback(callback))[-1].id
    await expect(page.locator(f"#script-{call}")).to_be_visible()
    await page.wait_for_load_state("networkidle")
    return call


async def _whole_call(site: Site, page: Page, call: str) -> None:
    story, state = site.story, page.locator("#call .state")
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    story.switch.rings(call)
    await story.clock.advance(7)
    await expect(state).to_contain_text("The customer's phone rings")
    story.switch.answers(call)
    await story.clock.advance(65)
    assert story.state(call) is CallState.TALKING
    await expect(state).to_contain_text("Talking")
    await page.locator("#content").fill("noted while they talk")
    await story.hang_up(call)
    await expect(page.locator("#call-over")).to_be_visible()
    await expect(page.locator("[data-key=s]")).to_be_visible()


async def test_the_keyboard_does_for_everything_and_shows_where_it_is(site: Site, chromium: ChromiumFiles) -> None:
    await scripted(site)
    await site.story.reach(CallState.TALKING, "cb-3", 1001)
    async with chromium_of(chromium) as browser:
        page = await page_of(browser, "en-GB", site, Person.AGENT)
        await expect(page.locator("#queue .queue")).to_be_visible()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        await _walk(page)
        await _sheet_of_keys(page)
        await page.context.close()
        page = await page_of(browser, "en-GB", site, Person.SUPERVISOR)
        for path in ("/queue", "/plans/-new"):
            await page.goto(site.url + path)
            await _walk(page)
        # All places stand in one line beside the rest, in English too.
        await page.set_viewport_size({"width": 1280, "height": 720})
        assert await page.evaluate("document.querySelector('.top').offsetHeight") < 60
        assert await page.evaluate("document.querySelector('.places').scrollWidth") < 800
        more = page.locator("details.more")
        await more.locator("summary").focus()
        await page.keyboard.press("Enter")
        await expect(more.get_by_role("link", name="Calendar")).to_be_visible()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Escape")
        await expect(more.get_by_role("link", name="Calendar")).to_be_hidden()
        await expect(more.locator("summary")).to_be_focused()


async def _walk(page: Page) -> None:
    """Through the whole page and back by the Tab key: each place is seen, outlined and large enough to be hit."""
    await page.evaluate("document.activeElement.blur()")
    places, bad = [], []
    for key in ("Tab", "Shift+Tab"):
        for _ in range(150):
            await page.keyboard.press(key)
            at = await page.evaluate(FOCUSED)
            if at is None:
                break
            places.append(at["name"])
            if not (at["outlined"] and at["seen"] and at["large"]):
                bad.append({**at, "key": key})
    assert len(places) > 20
    assert bad == []


async def _sheet_of_keys(page: Page) -> None:
    sheet, field = page.locator("#help"), page.locator("#content")
    await field.focus()
    await page.keyboard.type("so?")
    await expect(field).to_have_value("so?")
    await expect(sheet).to_be_hidden()
    opener = page.locator("[data-help]")
    await opener.focus()
    await page.keyboard.press("?")
    await expect(sheet).to_be_visible()
    await page.keyboard.press("Tab")
    assert await page.evaluate(
        "document.activeElement.closest('#help') !== null || document.activeElement === document.body"
    )
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()
    await expect(opener).to_be_focused()
