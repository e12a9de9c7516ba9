"""Pictures of every page and of the desk in each of its states, for people to look at. Run by scripts/shots."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from playwright.async_api import Page, async_playwright

from callcenter.app.books import open_books, upgrade_books
from engine.conftest import settings_in
from engine.story import Story
from lab.chromium import ChromiumFiles, find_chromium
from lab.errors import LabError
from web.desk_states import MICROPHONE, desk_states, page_of, phone_states
from web.gallery import View, fill
from web.visiting import Person, Site

PROJECT = Path(__file__).resolve().parent.parent
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
SCHEMES = ("light", "dark")
WIDTHS = (360, 1440)
HEIGHT = 900


class Camera:
    """Takes each view in light and dark, narrow and wide. only: a part of the names to be taken; all where empty."""

    def __init__(self, folder: Path, language: str, schemes: Sequence[str], widths: Sequence[int], only: str) -> None:
        self._folder = folder
        self._language = language
        self._schemes = schemes
        self._widths = widths
        self._only = only
        self.taken = 0

    async def take(self, page: Page, name: str) -> None:
        if self._only not in name:
            return
        for scheme in self._schemes:
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two it knows
            for width in self._widths:
                await page.set_viewport_size({"width": width, "height": HEIGHT})
                path = self._folder / f"{name}.{self._language}.{scheme}.{width}.png"
                # As high as the page is: what sticks to an edge stands where it does for who scrolls there.
                height = await page.evaluate("document.documentElement.scrollHeight")
                await page.set_viewport_size({"width": width, "height": max(HEIGHT, height)})
                await page.screenshot(path=path, animations="disabled")
                self.taken += 1
        await page.set_viewport_size({"width": max(self._widths), "height": HEIGHT})


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/shots", description=__doc__)
    parser.add_argument("--folder", type=Path, default=PROJECT / ".run" / "shots", help="where the pictures go")
    parser.add_argument("--languages", nargs="+", choices=LOCALES, default=list(LOCALES))
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=list(SCHEMES))
    parser.add_argument("--widths", nargs="+", type=int, default=list(WIDTHS), help="of the window, in pixels")
    parser.add_argument("--only", default="", help="a part of the names of those to be taken")
    chosen = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    try:
        chromium = find_chromium()
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    chosen.folder.mkdir(parents=True, exist_ok=True)
    for language in chosen.languages:
        camera = Camera(chosen.folder, language, chosen.schemes, chosen.widths, chosen.only)
        asyncio.run(_take_all(camera, chromium, LOCALES[language]))
        print(f"{camera.taken} pictures in {chosen.folder} ({language})")
    return 0


async def _take_all(camera: Camera, chromium: ChromiumFiles, locale: str) -> None:
    async with async_playwright() as playwright, _furnished() as (site, views):
        browser = await playwright.chromium.launch(
            executable_path=chromium.executable,
            env=dict(chromium.environment),
            args=[*chromium.arguments, *MICROPHONE],
        )
        for person in dict.fromkeys(view.person for view in views):
            page = await page_of(browser, locale, site, person)
            for view in views:
                if view.person is person:
                    await page.goto(site.url + view.path)
                    await camera.take(page, view.name)
            await page.context.close()
        page = await page_of(browser, locale, site, Person.AGENT)
        async for state in phone_states(site, page):
            await camera.take(page, state)
        await page.context.close()
        page = await page_of(browser, locale, site, Person.AGENT)
        async for state in desk_states(site, page):
            await camera.take(page, f"desk-{state}")
        await browser.close()


@asynccontextmanager
async def _furnished() -> AsyncIterator[tuple[Site, list[View]]]:
    folder = Path(tempfile.mkdtemp(prefix="callcenter-shots-"))
    settings = settings_in(folder)
    await upgrade_books(settings)
    try:
        async with open_books(settings) as books:
            story = Story(settings, books)
            await story.prepare()
            site = Site(story)
            await site.open()
            try:
                yield site, await fill(site)
            finally:
                await site.close()
                await story.kill()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
