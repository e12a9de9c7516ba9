"""What every test may ask for: the real Asterisk, and a telephone network to call."""

from collections.abc import Iterator

import pytest

from lab.asterisk import AsteriskFiles, find_asterisk
from lab.errors import LabError
from lab.lab import Lab


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
