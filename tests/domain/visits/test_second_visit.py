"""When a major anomaly holds its case open: as long as its second visit is not over."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.people import CallbackState
from callcenter.domain.visits.problem_cases import CaseState, ProblemCase
from callcenter.domain.visits.second_visit import StillToVisit, still_to_visit
from domain.values import MONDAY_10_15, case, policy

MAJOR = ProblemCase("pc", "c0", "t0", "complaint", "", True, "", "x", "", MONDAY_10_15, "li", MONDAY_10_15)
NAMED = replace(MAJOR, second_visit="c1")
FOLLOWS = policy('windows = "window.always"\n[escalation]\nmajor_anomaly_then = ["second_visit"]')
SILENT = policy('windows = "window.always"')
OVER = {CallbackState.DONE, CallbackState.CLOSED}


@pytest.mark.parametrize("state", CallbackState)
def test_the_case_waits_until_its_second_visit_is_made_or_given_up(state: CallbackState) -> None:
    visit = case(state=state).callback
    for governing in (None, SILENT, FOLLOWS):
        found = still_to_visit(NAMED, visit, governing)
        assert found == (None if state in OVER else StillToVisit(visit))


def test_where_the_policy_wants_one_and_there_is_none_yet_it_waits_too() -> None:
    assert still_to_visit(MAJOR, None, FOLLOWS) == StillToVisit(None)
    assert still_to_visit(MAJOR, None, SILENT) is None
    assert still_to_visit(MAJOR, None, None) is None


@given(st.sampled_from(CaseState), st.booleans(), st.sampled_from(CallbackState))
def test_nothing_waits_for_what_is_not_major_or_was_corrected(
    state: CaseState, major: bool, visited: CallbackState
) -> None:
    found = still_to_visit(replace(NAMED, state=state, major=major), case(state=visited).callback, FOLLOWS)
    assert (found is None) == (not major or state is CaseState.WITHDRAWN or visited in OVER)
