"""Decisions: beside what they change, once, and never over somebody else's."""

import asyncio
from dataclasses import replace

import pytest

from callcenter.domain.people import CallbackState
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.exhaustion import Decision, DecisionKind
from callcenter.domain.visits.searches import Place, StoppedSearch
from callcenter.storage.decisions import SqlDecisions
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

AGAIN = CallbackChange(CallbackState.WAITING, round=2)


@pytest.fixture
async def decisions(stores: Stores) -> SqlDecisions:
    """Three callbacks: 1 and 2 are used up, 3 waits."""
    await stores.seed(3)
    for index, reason in ((1, "dials_used_up"), (2, "refused")):
        callback = await stores.callback(index)
        change = CallbackChange(CallbackState.EXHAUSTED, exhausted_reason=reason)
        assert await stores.callbacks.change(callback.id, callback.version, change)
    return SqlDecisions(stores.database)


def decision(index: int = 1, kind: DecisionKind = DecisionKind.GIVEN_BACK) -> Decision:
    return Decision(
        callback_id=f"callback-{index:05}",
        at=NOW,
        who="account-1",
        login="supervisor",
        kind=kind,
        reason="a new number",
        note="",
        round=1,
        exhausted_reason="dials_used_up",
        not_before=NOW + cases.LEASE,
    )


async def test_a_decision_stands_beside_what_it_changed(decisions: SqlDecisions, stores: Stores) -> None:
    assert await decisions.take(decision(), 2, AGAIN)
    callback = await stores.callback(1)
    assert (callback.state, callback.round, callback.version) == (CallbackState.WAITING, 2, 3)
    assert await decisions.of_callback(callback.id) == [decision()]


async def test_of_many_who_decide_at_once_one_does(decisions: SqlDecisions) -> None:
    taken = await asyncio.gather(*(decisions.take(decision(), 2, AGAIN) for _ in range(8)))
    assert sorted(taken) == [False] * 7 + [True]
    assert len(await decisions.of_callback("callback-00001")) == 1


async def test_what_is_used_up_is_listed_and_counted(decisions: SqlDecisions, stores: Stores) -> None:
    seen: list[str] = []
    after: Place | None = None
    while page := await decisions.stopped(StoppedSearch(), after, 1):
        callback = page[0].case.callback
        seen.append(callback.id[-1])
        after = callback.due_at, callback.id
    assert seen == ["1", "2"]
    assert await decisions.stopped_by_reason(StoppedSearch()) == {"dials_used_up": 1, "refused": 1}
    for search, expected in (
        (StoppedSearch(reason="refused"), ["2"]),
        (StoppedSearch(plan_id="plan-2"), []),
        (StoppedSearch(customer="李"), ["1", "2"]),
        (StoppedSearch(customer="_"), []),
        (StoppedSearch(closed=True), []),
    ):
        found = await decisions.stopped(search, None, 10)
        assert [each.case.callback.id[-1] for each in found] == expected
    closing = replace(decision(2, DecisionKind.CLOSED), not_before=None)
    change = CallbackChange(CallbackState.CLOSED, exhausted_reason="refused")
    assert await decisions.take(closing, (await stores.callback(2)).version, change)
    (closed,) = await decisions.stopped(StoppedSearch(closed=True), None, 10)
    assert (closed.case.callback.exhausted_reason, closed.decisions) == ("refused", (closing,))
