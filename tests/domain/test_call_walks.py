"""Whatever Asterisk, people, networks and kills do, in whatever order: the call ends, and leaves nothing behind."""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.call import CallState
from domain.service_model import Walk

WALKS = int(os.environ.get("CALLCENTER_TEST_WALKS", "2500"))
"""How many; more where there is time, for example 200000 in a night."""


def walked(seed: int, steps: int) -> Walk:
    walk = Walk(seed)
    try:
        walk.wander(steps)
        walk.calm_down()
        walk.judge()
    except Exception as error:
        pytest.fail(f"seed {seed}, {steps} steps: {error!r}\n" + "\n".join(walk.story))
    return walk


@settings(max_examples=WALKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**48), steps=st.integers(0, 160))
def test_every_walk_ends_with_nothing_left_on_the_switch(seed: int, steps: int) -> None:
    walked(seed, steps)
