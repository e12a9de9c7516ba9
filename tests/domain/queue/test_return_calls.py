"""Which callback is a return call about, and who is asked first?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.duty import AtWork, Break, BreakReason
from callcenter.domain.people import Agent, Callback, CallbackState, Case, Channel, Customer, Plan, PlanState, VisitType
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.queue.returns import Candidate, about, asked_first

NOW = datetime(2026, 11, 23, 2, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLAN = Plan("p", "p", "", VisitType.SPECIAL, Channel.PHONE, "x", "Asia/Shanghai", "t", PlanState.RUNNING)
CUSTOMER = Customer("c", "王芳", "", (PhoneNumber("+8613800000001"),), "", "zh", "周经理", "理财一部")
OPEN = [state for state in CallbackState if state not in {CallbackState.DONE, CallbackState.CLOSED}]


def candidate(name: str, state: CallbackState, last: int | None = None, due: int = 0, agent: str = "") -> Candidate:
    """last, due: in hours."""
    callback = Callback(name, "p", "c", "", VisitType.SPECIAL, state, NOW + due * HOUR, 5, 1, NOW)
    return Candidate(Case(callback, CUSTOMER, PLAN), None if last is None else NOW + last * HOUR, agent)


def at_work(name: str, *, free: int = 0, logs: int = 0) -> AtWork:
    """free: since so many hours ago."""
    agent = Agent(name, name, name, "客户服务部", f"PJSIP/{name}")
    return AtWork(agent, True, None, None, logs, None, NOW - free * HOUR)


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([candidate("a", CallbackState.DONE, last=9), candidate("b", CallbackState.WAITING)], "b"),
        ([candidate("a", CallbackState.WAITING, last=1), candidate("b", CallbackState.WAITING, last=2)], "b"),
        ([candidate("a", CallbackState.WAITING), candidate("b", CallbackState.EXHAUSTED, last=1)], "b"),
        ([candidate("a", CallbackState.WAITING, due=2), candidate("b", CallbackState.WAITING, due=1)], "b"),
        ([candidate("a", CallbackState.CLOSED, last=1), candidate("b", CallbackState.DONE, last=2)], "b"),
    ],
)
def test_open_ones_come_first_then_the_one_called_last_then_what_is_due(
    candidates: list[Candidate], expected: str
) -> None:
    for given_so in (candidates, candidates[::-1]):
        found = about(given_so)
        assert found is not None
        assert found.case.callback.id == expected


def test_nothing_is_about_nothing() -> None:
    assert about([]) is None


@given(
    st.lists(st.tuples(st.sampled_from(CallbackState), st.none() | st.integers(-99, 0)), min_size=1, max_size=6),
)
def test_nothing_closed_is_taken_while_something_is_open(given_so: list[tuple[CallbackState, int | None]]) -> None:
    found = about([candidate(str(place), state, last) for place, (state, last) in enumerate(given_so)])
    assert found is not None
    assert found.open is any(state in OPEN for state, _ in given_so)


WAITING = candidate("a", CallbackState.WAITING, last=-1, agent="last")


def first(team: list[AtWork], *, barred: str = "", tried: set[str] | None = None, asked: Candidate = WAITING) -> str:
    found = asked_first(asked, team, lambda agent: agent.id == barred, tried or set())
    return found.id if found else ""


def test_who_called_him_last_is_asked_first_though_he_has_a_log_to_write() -> None:
    assert first([at_work("other", free=9), at_work("last", logs=1)]) == "last"


def test_then_who_is_free_longest_and_at_last_who_has_a_log_to_write() -> None:
    team = [at_work("logs", free=9, logs=1), at_work("short", free=1), at_work("long", free=2)]
    assert first(team) == "long"
    assert first(team, tried={"long"}) == "short"
    assert first(team, tried={"long", "short"}) == "logs"
    assert first(team, tried={"long", "short", "logs"}) == ""


def test_nobody_is_asked_who_may_not_or_cannot() -> None:
    free = at_work("last")
    assert first([free]) == "last"
    assert first([free], barred="last") == ""
    assert first([replace(free, signed_in=False)]) == ""
    assert first([replace(free, dialling_since=NOW)]) == ""
    assert first([replace(free, pause=Break("last", BreakReason.REST, "", NOW))]) == ""
    elsewhere = replace(WAITING, case=replace(WAITING.case, plan=replace(PLAN, agent_ids=("somebody",))))
    assert first([free], asked=elsewhere) == ""
