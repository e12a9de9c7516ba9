"""A caller for each test of the telephone network."""

from collections.abc import AsyncIterator

import pytest

from lab.lab import Lab
from lab_caller import Caller, listening


@pytest.fixture
async def caller(lab: Lab) -> AsyncIterator[Caller]:
    async with listening(lab) as caller:
        yield caller
