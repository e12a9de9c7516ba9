"""The whole engine on a fake switch, a fake clock and a real database; a test tells it a story."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from callcenter.app.books import open_books, upgrade_books
from callcenter.settings import Settings, load_settings
from engine.story import CONFIG, Story


def settings_in(folder: Path) -> Settings:
    config = folder / "callcenter.toml"
    config.write_text(CONFIG.format(folder=folder), "utf-8")
    return load_settings(config, {})


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and the policies that come with the program, made once and copied for each test."""
    folder = tmp_path_factory.mktemp("books")
    asyncio.run(upgrade_books(settings_in(folder)))
    return folder / "callcenter.db"


@pytest.fixture
async def story(upgraded: Path, tmp_path: Path) -> AsyncIterator[Story]:
    settings = settings_in(tmp_path)
    shutil.copy(upgraded, tmp_path / "callcenter.db")
    async with open_books(settings) as books:
        with capture_logs() as logs:
            story = Story(settings, books, logs)
            await story.prepare()
            yield story
            await story.kill()
