"""The engine of the stories, reached over its control channel and over the site."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from callcenter.web.control import listening
from engine.conftest import story, upgraded
from engine.story import Story
from web.visiting import Site

__all__ = ["story", "upgraded"]


@pytest.fixture
async def session(story: Story) -> AsyncIterator[aiohttp.ClientSession]:
    """To a running service with one callback."""
    await story.add_callback()
    await story.start()
    path = story.settings.control.socket
    async with (
        listening(story.service, path),
        aiohttp.ClientSession("http://callcenter", connector=aiohttp.UnixConnector(path=str(path))) as session,
    ):
        yield session


@pytest.fixture
async def site(story: Story) -> AsyncIterator[Site]:
    """The whole site, furnished: see `Site`."""
    site = Site(story)
    try:
        await site.open()
        yield site
    finally:
        await site.close()
