"""The browser of the tests: launched by Playwright, with fonts that show Chinese."""

from playwright.async_api import async_playwright

from lab.chromium import ChromiumFiles

WIDTHS = """text => {
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.font = "40px sans-serif";
    canvas.fillText(text, 0, 40);
    return canvas.getImageData(0, 0, 200, 60).data.join();
}"""


async def test_playwright_launches_it_and_chinese_has_its_glyphs(chromium: ChromiumFiles) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable, env=dict(chromium.environment), args=list(chromium.arguments)
        )
        page = await browser.new_page()
        drawn = {text: await page.evaluate(WIDTHS, text) for text in ("回", "访", "录", "\ue000")}
        await browser.close()
    # A glyph that is lacking is drawn as the same box, whatever it stands for.
    assert len(set(drawn.values())) == len(drawn)
