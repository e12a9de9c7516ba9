"""Who rang in: found again by channel, matched by number, missed so that his callback comes first."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.attempt import CallDirection
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.queue.returns import MissedWhy, ReturnCall, ReturnSearch, ReturnState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.storage.returns import SqlReturns
from storage import cases
from storage.cases import LEASE, NOW
from storage.conftest import Stores

HOUR = timedelta(hours=1)
CALL = ReturnCall("return-1", NOW, "callcenter", "switch-1.7", cases.number(1), "4001")


@pytest.fixture
def returns(stores: Stores) -> SqlReturns:
    return SqlReturns(stores.database)


async def dialled(stores: Stores, index: int = 1, *, ordinal: int = 1) -> None:
    """Dialled in vain."""
    attempt = await stores.begin(index, ordinal=ordinal)
    await stores.attempts.finish(cases.closing(attempt, Outcome.NO_ANSWER, CallbackState.WAITING))


async def test_what_is_written_is_found_again_by_its_channel(stores: Stores, returns: SqlReturns) -> None:
    await stores.seed()
    await returns.save(CALL)
    taken = replace(
        CALL, state=ReturnState.TAKEN, callback_id="callback-00001", agent_id="agent-1", tried=("agent-1", "agent-9")
    )
    await returns.save(taken)
    later = replace(CALL, id="return-2", at=NOW + HOUR, number=None)
    await returns.save(later)
    assert await returns.of_channel("callcenter", "switch-1.7") == later
    assert await returns.of_channel("another", "switch-1.7") is None
    assert await returns.unsettled("callcenter") == [taken, later]
    await returns.save(replace(taken, state=ReturnState.ANSWERED, ended_at=NOW))
    assert await returns.unsettled("callcenter") == [later]


async def test_a_number_leads_to_all_callbacks_of_the_customer_who_was_called_at_it(
    stores: Stores, returns: SqlReturns
) -> None:
    await stores.seed(2)
    more = replace(cases.callback(1), id="callback-00009")
    await stores.people.add_cases([], [more])
    assert {each.case.callback.id for each in await returns.candidates(cases.number(1))} == {
        "callback-00001",
        "callback-00009",
    }
    await dialled(stores, 2)
    (found,) = await returns.candidates(cases.number(2))
    assert (found.case.callback.id, found.last_at, found.last_agent) == ("callback-00002", NOW, "agent-2")
    assert await returns.candidates(cases.number(7)) == ()


async def test_a_number_that_begins_like_another_is_not_taken_for_it(stores: Stores, returns: SqlReturns) -> None:
    await stores.seed()
    assert await returns.candidates(cases.number(1).__class__("+8613800000")) == ()


async def test_a_missed_caller_s_callback_comes_first_and_waits_no_longer(stores: Stores, returns: SqlReturns) -> None:
    await stores.seed(3)
    await dialled(stores, 3)
    late = NOW + timedelta(minutes=1)
    await returns.miss(
        replace(
            CALL,
            at=late,
            number=cases.number(3),
            callback_id="callback-00003",
            state=ReturnState.MISSED,
            missed_why=MissedWhy.NOBODY_FREE,
            ended_at=late,
        )
    )
    waiting = await stores.callback(3)
    assert (waiting.state, waiting.not_before, waiting.rang_back_at) == (CallbackState.WAITING, None, late)
    first = await stores.callbacks.claim_next("agent-1", late, late + LEASE)
    assert first is not None
    assert first.callback.id == "callback-00003"
    assert await returns.missed_since(NOW) == 1
    assert await returns.missed_since(NOW + HOUR) == 0


@pytest.mark.parametrize("state", [CallbackState.DONE, CallbackState.EXHAUSTED, CallbackState.CLOSED])
async def test_of_one_whose_callback_is_over_it_is_to_be_decided_until_it_is(
    stores: Stores, returns: SqlReturns, state: CallbackState
) -> None:
    await stores.seed(2)
    await dialled(stores, 2)
    missed = replace(CALL, callback_id="callback-00002", state=ReturnState.MISSED, missed_why=MissedWhy.GAVE_UP)
    await returns.miss(missed)
    undecided = ReturnSearch(undecided=True)
    assert await returns.latest(undecided, 10, None) == []
    before = await stores.callback(2)
    await stores.callbacks.change("callback-00002", before.version, CallbackChange(state))
    (found,) = await returns.latest(undecided, 10, None)
    assert (found.call.id, found.undecided) == ("return-1", True)
    for caller, many in (("agent-2", 1), ("agent-1", 0)):
        assert len(await returns.latest(replace(undecided, caller_id=caller), 10, None)) == many
    version = (await stores.callback(2)).version
    await stores.callbacks.change("callback-00002", version, CallbackChange(state, return_settled=True))
    assert await returns.latest(undecided, 10, None) == []
    assert (await stores.callback(2)).state is state


async def test_an_unknown_caller_moves_nothing(stores: Stores, returns: SqlReturns) -> None:
    await stores.seed()
    await returns.save(replace(CALL, state=ReturnState.UNKNOWN, ended_at=NOW))
    assert (await stores.callback()).rang_back_at is None
    (found,) = await returns.latest(ReturnSearch(state=ReturnState.UNKNOWN), 10, None)
    assert (found.call.id, found.case) == ("return-1", None)


async def test_the_next_change_of_a_callback_ends_that_he_rang_back(stores: Stores, returns: SqlReturns) -> None:
    await stores.seed()
    await returns.miss(replace(CALL, state=ReturnState.MISSED, callback_id="callback-00001", ended_at=NOW))
    await dialled(stores)
    assert (await stores.callback()).rang_back_at is None


async def test_calls_are_listed_newest_first_in_parts(stores: Stores, returns: SqlReturns) -> None:
    await stores.seed()
    for index in range(5):
        tried = ("agent-1",) if index == 2 else ()
        at = NOW + timedelta(minutes=index // 2)
        await returns.save(replace(CALL, id=f"return-{index}", at=at, tried=tried, callback_id="callback-00001"))
    first = await returns.latest(ReturnSearch(), 3, None)
    rest = await returns.latest(ReturnSearch(), 3, (first[-1].call.at, first[-1].call.id))
    assert [each.call.id for each in (*first, *rest)] == ["return-4", "return-3", "return-2", "return-1", "return-0"]
    assert all(each.case is not None and each.case.callback.id == "callback-00001" for each in first)
    (mine,) = await returns.latest(ReturnSearch(agent_id="agent-1"), 9, None)
    assert mine.call.id == "return-2"


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.CANCELLED])
@pytest.mark.parametrize("state", [CallbackState.EXHAUSTED, CallbackState.DONE, CallbackState.WRAP_UP])
async def test_an_inbound_attempt_leaves_a_callback_that_does_not_wait_until_they_talked(
    stores: Stores, state: CallbackState, outcome: Outcome
) -> None:
    await stores.seed()
    before = await stores.callback()
    assert await stores.callbacks.change(before.id, before.version, CallbackChange(state, exhausted_reason="refused"))
    attempt = replace(cases.attempt(), direction=CallDirection.INBOUND)
    assert await stores.attempts.begin(attempt, cases.call(attempt.id), NOW) is None
    assert (await stores.callback()).state is state
    await stores.attempts.finish(cases.closing(attempt, outcome, CallbackState.WRAP_UP))
    assert (await stores.callback()).state is (CallbackState.WRAP_UP if outcome is Outcome.ANSWERED else state)


async def test_an_inbound_attempt_takes_the_callback_from_whoever_has_it_and_is_one_at_a_time(stores: Stores) -> None:
    await stores.seed(2)
    await stores.callbacks.claim("callback-00001", "agent-2", NOW, NOW + LEASE)
    attempt = replace(cases.attempt(), direction=CallDirection.INBOUND)
    assert await stores.attempts.begin(attempt, cases.call(attempt.id), NOW) is None
    taken = await stores.callback()
    assert (taken.state, taken.leased_to, taken.leased_until) == (CallbackState.CALLING, "agent-1", None)
    again = replace(cases.attempt(ordinal=2), id="another", agent_id="agent-2", direction=CallDirection.INBOUND)
    refused = await stores.attempts.begin(again, cases.call("another"), NOW)
    assert isinstance(refused, Refusal)
    assert refused.rule in {Rule.CALLBACK_NOT_WAITING, Rule.NUMBER_LIVE}
