"""A lab with a phone for each service that is killed, so that many can be killed at the same time."""

from collections.abc import Iterator

import pytest

from lab.asterisk import AsteriskFiles
from lab.lab import Lab

PHONES = 8


@pytest.fixture(scope="module")
def wide_lab(asterisk_files: AsteriskFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("wide-lab"), files=asterisk_files, talk="tone", agents=PHONES) as lab:
        yield lab
