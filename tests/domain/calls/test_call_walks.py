"""Whatever Asterisk, people, networks and kills do, in whatever order: the call ends, and leaves nothing behind."""

import os
import sys
from collections.abc import Hashable
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callcenter.domain.calls.call import Call, CallState
from callcenter.domain.calls.steps import IllegalTransition
from callcenter.domain.outcomes import EndReason, Outcome
from domain.service_model import Walk

WALKS = int(os.environ.get("CALLCENTER_TEST_WALKS", "2000"))
"""How many; more where there is time, for example 200000 in a night."""


def walked(seed: int, steps: int) -> Walk:
    walk = Walk(seed)
    try:
        walk.wander(steps)
        walk.calm_down()
        walk.judge()
    except (AssertionError, IllegalTransition, KeyError) as error:
        pytest.fail(f"seed {seed}, {steps} steps: {error!r}\n" + "\n".join(walk.story))
    return walk


@settings(max_examples=WALKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**48), steps=st.integers(0, 160))
def test_every_walk_ends_with_nothing_left_on_the_switch(seed: int, steps: int) -> None:
    walked(seed, steps)


def shape(call: Call) -> Hashable:
    """The call without its times and sizes."""
    marks = (call.suspect, call.connect_again, call.dial_unknown, call.growth_proven, call.agent_lost_at is None)
    signs = (call.ringing_at is None, call.progress_at is None, call.hung_up_first)
    return call.state, frozenset(call.parts.items()), call.agent, marks, signs, call.outcome, call.end_reason


def test_the_walks_lead_to_every_state_outcome_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    shapes: set[Hashable] = set()
    states: set[CallState] = set()
    outcomes: set[Outcome | None] = set()
    reasons: set[EndReason | None] = set()
    for seed in range(1200):
        walk = walked(seed, Random(seed).randrange(20, 160))
        shapes |= {shape(move.after) for move in walk.moves}
        states |= {move.after.state for move in walk.moves}
        outcomes.add(walk.call.outcome)
        reasons.add(walk.call.end_reason)
    with capsys.disabled():
        sys.stdout.write(f" ({len(shapes)} different calls) ")
    assert states == set(CallState) - {CallState.NEW}
    assert outcomes == {*Outcome}
    assert reasons == {*EndReason}
