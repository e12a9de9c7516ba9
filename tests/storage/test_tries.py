"""What the next try depends on: what the customer saw and said, who dislikes calls, what waits for a new number."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.visits.closing import CallbackChange
from callcenter.domain.visits.exhaustion import Decision, DecisionKind
from callcenter.domain.visits.searches import StoppedSearch
from callcenter.storage.decisions import SqlDecisions
from storage import cases
from storage.cases import NOW
from storage.conftest import Stores

WEEK = timedelta(days=7)


async def test_an_attempt_keeps_what_the_customer_was_shown(stores: Stores) -> None:
    await stores.seed()
    lease = NOW + cases.LEASE
    await stores.callbacks.claim("callback-00001", "agent-1", NOW, lease)
    begun = replace(cases.attempt(), caller_id="客服 <4001112222>")
    assert await stores.attempts.begin(begun, cases.call(begun.id), NOW) is None
    record = await stores.attempts.get(begun.id)
    assert record is not None
    assert record.attempt.caller_id == "客服 <4001112222>"
    assert (await stores.attempts.of_callback(begun.callback_id))[0].disposition is None


@pytest.mark.parametrize("dislikes", [True, False])
async def test_a_closed_log_tells_the_attempt_and_the_customer(stores: Stores, dislikes: bool) -> None:
    await stores.seed(2)
    closing = cases.closing(await stores.begin())
    await stores.attempts.finish(closing)
    log = replace(closing.log, disposition=Disposition.WRONG_PERSON, dislikes_calls=dislikes)
    assert await stores.logs.save(log, 1, NOW)
    assert not await _dislikes(stores), "an open log says nothing yet"
    assert await stores.logs.close(log, 2, NOW, CallbackChange(CallbackState.WAITING))
    (told,) = await stores.attempts.of_callback(log.callback_id)
    assert told.disposition is Disposition.WRONG_PERSON
    assert await _dislikes(stores) is dislikes
    assert not await _dislikes(stores, 2)


async def test_a_mark_can_be_taken_away_again(stores: Stores) -> None:
    await stores.seed()
    for ordinal, dislikes in ((1, True), (2, False)):
        closing = cases.closing(await stores.begin(ordinal=ordinal))
        await stores.attempts.finish(closing)
        log = replace(closing.log, disposition=Disposition.INCOMPLETE, dislikes_calls=dislikes)
        assert await stores.logs.close(log, 1, NOW, CallbackChange(CallbackState.WAITING))
        assert await _dislikes(stores) is dislikes


async def test_a_vain_dial_says_nothing_of_the_customer(stores: Stores) -> None:
    await stores.seed()
    closing = cases.closing(await stores.begin(), Outcome.BUSY, CallbackState.WAITING)
    await stores.attempts.finish(replace(closing, log=replace(closing.log, dislikes_calls=True)))
    assert not await _dislikes(stores)


async def _dislikes(stores: Stores, index: int = 1) -> bool:
    case = await stores.callbacks.case(f"callback-{index:05}")
    assert case is not None
    return case.customer.dislikes_calls


async def used_up(stores: Stores, index: int, until_in: timedelta | None) -> None:
    callback = await stores.callback(index)
    until = None if until_in is None else NOW + until_in
    change = CallbackChange(CallbackState.EXHAUSTED, exhausted_reason="dials_used_up", number_wanted_until=until)
    assert await stores.callbacks.change(callback.id, callback.version, change)


async def test_what_waits_for_a_number_is_found_when_its_time_is_over(stores: Stores) -> None:
    await stores.seed(4)
    for index, until_in in ((1, WEEK), (2, timedelta(0)), (3, -WEEK), (4, None)):
        await used_up(stores, index, until_in)
    decisions = SqlDecisions(stores.database)
    assert [each.id[-1] for each in await decisions.numbers_overdue(NOW)] == ["3", "2"]
    assert [each.id[-1] for each in await decisions.numbers_overdue(NOW, 1)] == ["3"]
    waiting = await decisions.stopped(StoppedSearch(number_wanted=True), None, 10)
    assert [each.case.callback.id[-1] for each in waiting] == ["1", "2", "3"]
    assert waiting[0].case.callback.number_wanted_until == NOW + WEEK


async def test_a_new_number_comes_before_the_others_with_its_decision(stores: Stores) -> None:
    await stores.seed()
    await used_up(stores, 1, WEEK)
    decisions, fresh = SqlDecisions(stores.database), cases.number(77)
    found = Decision("callback-00001", NOW, "account-1", "boss", DecisionKind.NUMBER_FOUND, fresh.masked, "", 1)
    change = CallbackChange(CallbackState.WAITING, round=2)
    assert not await decisions.take(found, 1, change, fresh)
    assert await decisions.take(found, 2, change, fresh)
    case = await stores.callbacks.case("callback-00001")
    assert case is not None
    assert case.customer.numbers == (fresh, cases.number(1), cases.number(1001))
    assert (case.callback.round, case.callback.number_wanted_until) == (2, None)
    assert await decisions.of_callback("callback-00001") == [found]


async def test_a_change_may_set_a_new_due_date(stores: Stores) -> None:
    await stores.seed()
    before = await stores.callback()
    change = CallbackChange(CallbackState.WAITING, not_before=NOW, round=2, due_at=NOW + WEEK)
    assert await stores.callbacks.change(before.id, before.version, change)
    after = await stores.callback()
    assert (after.round, after.due_at, after.not_before) == (2, NOW + WEEK, NOW)
    assert await stores.callbacks.change(before.id, after.version, CallbackChange(CallbackState.DONE))
    assert (await stores.callback()).due_at == NOW + WEEK
