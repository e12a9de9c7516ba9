"""What follows a callback that has ended: found once, added once, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Callback, CallbackState, PlanState
from callcenter.domain.plans.cadence import EndedSeries, Occurrence
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.exhaustion import Decision, DecisionKind
from callcenter.storage.cadences import SqlCadences
from callcenter.storage.decisions import SqlDecisions
from callcenter.storage.tables import attempts
from storage import cases, workers
from storage.cases import NOW
from storage.conftest import Stores
from storage.test_processes import at_once

LATER = NOW + timedelta(days=30)


def after(callback: Callback, now: datetime = LATER) -> Callback:
    return Occurrence(callback, NOW + timedelta(days=7), NOW + timedelta(days=8), "GB-10").callback(now)


async def ended(stores: Stores, plan_id: str = "plan-1", *, limit: int = 100, past: str = "") -> list[EndedSeries]:
    return await SqlCadences(stores.database).ended(plan_id, LATER, limit, past)


async def ids(stores: Stores) -> list[str]:
    return [each.case.callback.id for each in await ended(stores)]


async def visit(stores: Stores, index: int = 1, state: CallbackState = CallbackState.DONE) -> Callback:
    """The callback's customer is spoken to for a minute, and the callback is done."""
    begun = await stores.begin(index)
    await stores.attempts.finish(cases.closing(begun, state=state))
    return await stores.callback(index)


async def test_what_a_callback_comes_from_and_follows_is_read_back(stores: Stores) -> None:
    await stores.seed()
    customer = replace(cases.customer(7), customer_class="重点客户")
    first = replace(cases.callback(7), trigger="signing", triggered_at=NOW, follows="callback-00001")
    assert await stores.people.add_cases([customer], [first]) == 1
    case = await stores.callbacks.case(first.id)
    assert case is not None
    assert (case.callback, case.customer) == (first, customer)


async def test_a_series_that_has_ended_is_told_with_the_end_of_its_last_talk(stores: Stores) -> None:
    await stores.seed(2)
    done = await visit(stores)
    (found,) = await ended(stores)
    assert found.case.callback == done
    assert found.visited_at == NOW + timedelta(minutes=1)


async def test_that_the_customer_came_is_told_of_the_callback_whose_log_says_so(stores: Stores) -> None:
    await stores.seed(2)
    await visit(stores)
    (found,) = await ended(stores)
    assert (found.came, found.last.came) == (False, False)
    async with stores.database.write() as connection:
        of_it = attempts.c.callback_id == "callback-00001"
        await connection.execute(sa.update(attempts).where(of_it).values(disposition=Disposition.VISITED))
    (found,) = await ended(stores)
    assert (found.came, found.last.came) == (True, True)


async def test_a_callback_without_any_talk_counts_from_its_due_date(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await stores.add(replace(cases.callback(), state=CallbackState.DONE))
    (found,) = await ended(stores)
    assert found.visited_at == found.case.callback.due_at


async def test_a_closed_callback_counts_from_the_decision(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await stores.add(replace(cases.callback(), state=CallbackState.EXHAUSTED, exhausted_reason="no_answer"))
    assert await ended(stores) == []
    decided = NOW + timedelta(days=3)
    decision = Decision("callback-00001", decided, "a", "wang", DecisionKind.CLOSED, "refused", "", 1)
    change = CallbackChange(CallbackState.CLOSED, exhausted_reason="no_answer")
    assert await SqlDecisions(stores.database).take(decision, 1, change)
    (found,) = await ended(stores)
    assert found.visited_at == decided


async def test_a_dial_in_vain_is_no_visit(stores: Stores) -> None:
    await stores.seed()
    begun = await stores.begin()
    await stores.attempts.finish(cases.closing(begun, Outcome.NO_ANSWER, CallbackState.DONE))
    (found,) = await ended(stores)
    assert found.visited_at == found.case.callback.due_at


async def test_what_follows_is_added_once_and_the_series_goes_on(stores: Stores) -> None:
    await stores.seed()
    cadences = SqlCadences(stores.database)
    following = after(await visit(stores))
    assert await cadences.add_next(following)
    assert not await cadences.add_next(following)
    assert not await cadences.add_next(replace(following, id="another"))
    assert await ids(stores) == []
    case = await stores.callbacks.case(following.id)
    assert case is not None
    assert case.callback == following


async def test_nothing_is_added_while_another_of_the_series_waits(stores: Stores) -> None:
    await stores.seed()
    done = await visit(stores)
    waiting = replace(cases.callback(9), customer_id=done.customer_id, created_at=done.created_at - timedelta(days=9))
    await stores.people.add_cases([], [waiting])
    assert await ids(stores) == []
    assert not await SqlCadences(stores.database).add_next(after(done))


async def test_nothing_is_added_after_a_callback_that_was_taken_up_again(stores: Stores) -> None:
    await stores.seed()
    done = await visit(stores)
    assert await stores.callbacks.change(done.id, done.version, CallbackChange(CallbackState.WAITING))
    assert not await SqlCadences(stores.database).add_next(after(done))


async def test_another_trigger_or_plan_is_another_series(stores: Stores) -> None:
    await stores.seed()
    await stores.people.add_plan(cases.plan("plan-2", PlanState.RUNNING))
    done = await visit(stores)
    others = [
        replace(cases.callback(8), customer_id=done.customer_id, trigger="installation", triggered_at=NOW),
        replace(cases.callback(9, "plan-2"), customer_id=done.customer_id),
    ]
    await stores.people.add_cases([], others)
    assert await ids(stores) == [done.id]
    assert await SqlCadences(stores.database).add_next(after(done))


async def test_of_several_that_have_ended_the_one_made_last_is_followed_counting_from_the_last_talk(
    stores: Stores,
) -> None:
    await stores.seed()
    first = await visit(stores)
    last = replace(
        cases.callback(9), customer_id=first.customer_id, state=CallbackState.DONE, created_at=NOW - timedelta(hours=1)
    )
    await stores.people.add_cases([], [last])
    (found,) = await ended(stores)
    assert (found.case.callback, found.visited_at) == (last, NOW + timedelta(minutes=1))
    assert not await SqlCadences(stores.database).add_next(after(first))


async def test_only_what_is_old_enough_is_told_and_in_pages(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await stores.add(*(replace(cases.callback(index), state=CallbackState.DONE) for index in range(1, 6)))
    cadences = SqlCadences(stores.database)
    assert await cadences.ended("plan-1", NOW - timedelta(days=2), 100) == []
    first = await ended(stores, limit=2)
    rest = await ended(stores, past=first[-1].case.callback.id)
    found = [each.case.callback.id for each in (*first, *rest)]
    assert found == [f"callback-{index:05}" for index in range(1, 6)]
    assert await ended(stores, "plan-2") == []


async def test_processes_that_look_at_once_add_each_successor_once(stores: Stores, url: str) -> None:
    await stores.seed(0, agents=1)
    await stores.add(*(replace(cases.callback(index), state=CallbackState.DONE) for index in range(1, 101)))
    added = at_once(workers.add_successors, *((url,) for _ in range(3)))
    assert sum(added) == 100
    waiting = await stores.callbacks.cases(state="waiting", limit=1000)
    assert len(waiting) == len({case.callback.follows for case in waiting}) == 100
