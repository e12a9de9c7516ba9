"""Is every pair (state, event) expected, late or illegal, and never two of them?"""

import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.steps import LATE, TABLE, IllegalTransition, Row, replay, step
from callcenter.domain.calls.words import (
    CUSTOMER,
    AgentUp,
    BridgeGone,
    CallEvent,
    LegGone,
    PartAbsent,
    RecorderSeen,
    RecordingFailed,
    RecordingFinished,
    Ringing,
    Sight,
    Started,
    Surveyed,
)
from domain.call_values import (
    BEGIN,
    CHAPTERS,
    EMPTY,
    EVENT_TYPES,
    EVENTS,
    TERMS,
    WAITING_CHAPTERS,
    Story,
    Transition,
    at,
    seen_transitions,
)

PAIRS = [(state, kind) for state in CallState for kind in EVENT_TYPES]
STATES_SCRIPT = Path(__file__).parents[3] / "scripts/states"


def one_of(kind: type[CallEvent]) -> CallEvent:
    return next(event for event in (*EVENTS, Surveyed(BEGIN)) if isinstance(event, kind))


def test_the_examples_hold_every_type_of_event() -> None:
    assert {type(event) for event in EVENTS} | {Surveyed} == set(EVENT_TYPES)


def test_every_state_has_its_row_and_its_late_events() -> None:
    assert set(TABLE) == set(LATE) == set(CallState)
    for state in CallState:
        assert set(TABLE[state]) <= set(EVENT_TYPES)
        assert set(EVENT_TYPES) >= LATE[state]


@pytest.mark.parametrize("state", CallState)
def test_no_event_is_both_expected_and_late(state: CallState) -> None:
    assert not set(TABLE[state]) & LATE[state]


TOLD = [(state, kind, CHAPTERS[state]) for state, kind in PAIRS]
TOLD += [(state, kind, WAITING_CHAPTERS[state]) for state, kind in PAIRS if state in WAITING_CHAPTERS]


@pytest.mark.parametrize(("state", "kind", "chapter"), TOLD)
def test_each_pair_is_expected_late_or_illegal(
    state: CallState, kind: type[CallEvent], chapter: Callable[[], Story]
) -> None:
    call = chapter().call
    assert call.state is state
    event = one_of(kind)
    if kind in TABLE[state]:
        assert step(call, event)[0].state in TABLE[state][kind].to
    elif kind in LATE[state]:
        assert step(call, event) == (call, ())
    else:
        with pytest.raises(IllegalTransition, match=kind.__name__):
            step(call, event)


def test_an_illegal_event_leaves_the_call_unchanged() -> None:
    story = Story().prepares()
    before = story.call
    with pytest.raises(IllegalTransition):
        story.tell(Started(at(2)))
    assert story.call == before


def test_a_handler_that_leads_elsewhere_than_its_row_says_is_illegal(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {AgentUp: Row(TABLE[CallState.AGENT_RINGING][AgentUp].handler, frozenset({CallState.ENDED}))}
    monkeypatch.setitem(TABLE, CallState.AGENT_RINGING, rows)
    with pytest.raises(IllegalTransition, match="led from"):
        Story().prepares()


def test_an_ended_call_expects_nothing_and_nothing_comes_too_late_for_it() -> None:
    assert not TABLE[CallState.ENDED]
    assert LATE[CallState.ENDED] == set(EVENT_TYPES)


@pytest.mark.parametrize("state", CallState)
def test_every_state_can_reach_the_end(state: CallState) -> None:
    reached, new = {state}, {state}
    while new:
        new = {target for one in new for row in TABLE[one].values() for target in row.to} - reached
        reached |= new
    assert CallState.ENDED in reached


BARE: tuple[tuple[Callable[[], Story], Sight, CallEvent], ...] = tuple(
    (chapter, sight, event)
    for chapter, sight in ((lambda: Story().dials(), Sight.RINGING), (lambda: Story().talks(), Sight.UP))
    for event in (LegGone(at(41), CUSTOMER, 16), PartAbsent(at(41), CUSTOMER))
)


def bare_transitions() -> set[Transition]:
    """Ends of calls of which the switch holds one part only, and of one whose recorder stalled."""
    seen: set[Transition] = set()
    for chapter, sight, event in BARE:
        story = chapter()
        story.tell(Surveyed(at(40), {CUSTOMER: sight}))
        before = story.call.state
        story.tell(event)
        seen.add((before, type(event), story.call.state))
    lasts: tuple[CallEvent, ...] = (RecordingFinished(at(42), "ri1"), RecordingFailed(at(42), "ri1", "full"))
    for part, last in (*(("ri1", event) for event in lasts), ("b", BridgeGone(at(42)))):
        story = Story().is_ending()
        story.tell(Surveyed(at(41), {part: Sight.UP}), last)
        seen.add((CallState.ENDING, type(last), story.call.state))
    stalled = Story().dials()
    stalled.tell(Ringing(at(2)))
    stalled.see(6, EMPTY, EMPTY)
    seen.add((CallState.DIALLING, RecorderSeen, stalled.call.state))
    return seen


def test_the_rows_name_exactly_the_states_that_can_follow() -> None:
    seen: dict[tuple[CallState, type[CallEvent]], set[CallState]] = defaultdict(set)
    wandered = (
        transition
        for seed in range(250)
        for chapter in (*CHAPTERS.values(), *WAITING_CHAPTERS.values())
        for transition in seen_transitions(chapter(), 25, Random(seed))
    )
    recorded_only = replace(TERMS, end_unrecorded=True)
    strict = (
        transition
        for seed in range(50)
        for transition in seen_transitions(Story(recorded_only).talks(), 25, Random(seed))
    )
    for before, kind, after in (*wandered, *strict, *bare_transitions()):
        seen[before, kind].add(after)
    declared = {(state, kind): set(row.to) for state, rows in TABLE.items() for kind, row in rows.items()}
    assert {pair: targets for pair, targets in seen.items() if pair in declared} == declared


def test_a_replay_leads_where_the_steps_led() -> None:
    events: list[CallEvent] = [Started(at(0)), AgentUp(at(1), "a1")]
    assert replay(Story().call, events) == Story().prepares().call


def test_the_script_draws_every_state() -> None:
    drawn = subprocess.run([sys.executable, str(STATES_SCRIPT)], capture_output=True, text=True, check=True).stdout
    listed = subprocess.run(
        [sys.executable, str(STATES_SCRIPT), "--table"], capture_output=True, text=True, check=True
    ).stdout
    assert drawn.startswith("stateDiagram-v2")
    assert all(f"    {state} --> " in drawn for state in CallState)
    assert "    dialling --> talking: Answered, Surveyed" in drawn
    assert len(listed.splitlines()) == sum(len(TABLE[state]) + len(LATE[state]) for state in CallState)
