"""What every test may ask for: the real Asterisk and a telephone network to call, PostgreSQL, a browser."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from lab.asterisk import AsteriskFiles, find_asterisk
from lab.chromium import ChromiumFiles, find_chromium
from lab.errors import LabError
from lab.lab import Lab
from lab.pages import find_axe
from lab.postgres import Postgres, PostgresFiles, find_postgres


@pytest.fixture(scope="session")
def asterisk_files() -> AsteriskFiles:
    """The Asterisk that the set-up provided; skipped, with the reason, where there is none."""
    try:
        return find_asterisk()
    except LabError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def lab(asterisk_files: AsteriskFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A switch and a telephone network for the whole run, where people speak in tones. Leave no call behind."""
    with Lab(tmp_path_factory.mktemp("lab"), files=asterisk_files, talk="tone") as lab:
        yield lab


@pytest.fixture(scope="session")
def postgres_files() -> PostgresFiles:
    """The PostgreSQL that the set-up provided; skipped, with the reason, where there is none."""
    try:
        return find_postgres()
    except LabError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres(postgres_files: PostgresFiles) -> Iterator[Postgres]:
    """A server for the whole run; leave it running."""
    with Postgres(postgres_files) as server:
        yield server


BROWSER_PATIENCE_MS = 15_000
"""A page on a busy machine may be late; what never comes is waited for no longer."""


@pytest.fixture(scope="session")
def chromium() -> ChromiumFiles:
    """The browser that the set-up provided; skipped, with the reason, where there is none."""
    expect.set_options(timeout=BROWSER_PATIENCE_MS)
    try:
        return find_chromium()
    except LabError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of the checker of accessibility; skipped, with the reason, where the set-up did not fetch it."""
    try:
        return find_axe().read_text("utf-8")
    except LabError as error:
        pytest.skip(str(error))
