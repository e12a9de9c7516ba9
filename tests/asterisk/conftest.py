"""A lab with phones enough for many calls at once, shared by all of these tests."""

from collections.abc import Iterator

import pytest

from lab.asterisk import AsteriskFiles
from lab.lab import Lab

PHONES = 12


@pytest.fixture(scope="session")
def big_lab(asterisk_files: AsteriskFiles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("big-lab"), files=asterisk_files, talk="tone", agents=PHONES) as lab:
        yield lab
