"""A lab with phones enough for many calls at once, shared by all of these tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from asterisk.browsing import ALLOWED, Browser, address, browser, microphone
from house import House
from lab.asterisk import AsteriskFiles
from lab.chromium import ChromiumFiles
from lab.lab import Lab

PHONES = 12


@pytest.fixture(scope="session")
def big_lab(asterisk_files: AsteriskFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("big-lab"), files=asterisk_files, talk="tone", agents=PHONES) as lab:
        yield lab


@pytest_asyncio.fixture(loop_scope="module")
async def agent(house: House, chromium: ChromiumFiles, tmp_path: Path) -> AsyncIterator[Browser]:
    """The browser of an agent of the module's house. What it says on its console is looked at in the end."""
    flags = (*ALLOWED, f"--use-file-for-fake-audio-capture={microphone(tmp_path)}")
    async with browser(await address(house), chromium, *flags) as browsing:
        yield browsing
