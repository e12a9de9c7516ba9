"""The queue: who gets which callback, for how long."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.people import Callback, CallbackState, Case, PlanState
from callcenter.domain.queue.handing_out import PassedOver
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import CallbackChange
from storage import cases
from storage.cases import LEASE, NOW
from storage.conftest import Stores

FIRST = "callback-00001"


async def next_id(stores: Stores, *skip: str) -> str | None:
    case = await stores.callbacks.claim_next("agent-1", NOW, NOW + LEASE, PassedOver(callbacks=frozenset(skip)))
    return case.callback.id if case else None


async def refused(stores: Stores, agent_id: str = "agent-1", callback_id: str = FIRST) -> Rule:
    answer = await stores.callbacks.claim(callback_id, agent_id, NOW, NOW + LEASE)
    assert isinstance(answer, Refusal)
    return answer.rule


async def test_a_claimed_case_comes_with_its_customer_and_plan(stores: Stores) -> None:
    await stores.seed()
    case = await stores.callbacks.claim_next("agent-1", NOW, NOW + LEASE)
    leased = replace(
        cases.callback(),
        state=CallbackState.HANDED_OUT,
        leased_to="agent-1",
        leased_until=NOW + LEASE,
        version=2,
    )
    assert case == Case(leased, cases.customer(), cases.plan())
    assert await stores.callbacks.case(FIRST) == case


async def test_the_order_is_due_date_then_priority_then_age(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    due, created = NOW, NOW - timedelta(days=9)
    wanted = [
        replace(cases.callback(1), due_at=due - timedelta(days=1), priority=0),
        replace(cases.callback(5), due_at=due, priority=9),
        replace(cases.callback(4), due_at=due, priority=3, created_at=created),
        replace(cases.callback(2), due_at=due, priority=3, created_at=created + timedelta(seconds=1)),
        replace(cases.callback(3), due_at=due, priority=3, created_at=created + timedelta(seconds=1)),
    ]
    await stores.add(*sorted(wanted, key=lambda callback: callback.id, reverse=True))
    assert [case.callback.id for case in await stores.callbacks.cases()] == [callback.id for callback in wanted]
    assert [await next_id(stores) for _ in range(6)] == [*(callback.id for callback in wanted), None]


@pytest.mark.parametrize(
    "callback",
    [
        replace(cases.callback(), not_before=NOW + timedelta(microseconds=1)),
        replace(cases.callback(), state=CallbackState.CALLING),
        replace(cases.callback(), state=CallbackState.EXHAUSTED),
        replace(
            cases.callback(),
            state=CallbackState.HANDED_OUT,
            leased_to="agent-2",
            leased_until=NOW + timedelta(microseconds=1),
        ),
    ],
    ids=["not yet", "in call", "exhausted", "leased"],
)
async def test_what_is_not_free_is_not_handed_out(stores: Stores, callback: Callback) -> None:
    await stores.seed(0, agents=1)
    await stores.add(callback)
    assert await next_id(stores) is None


async def test_a_callback_is_free_at_the_instant_its_time_comes(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await stores.add(replace(cases.callback(), not_before=NOW))
    assert await next_id(stores) == FIRST


async def test_skipped_callbacks_stay_where_they_are(stores: Stores) -> None:
    await stores.seed(3)
    assert await next_id(stores, FIRST, "callback-00002") == "callback-00003"
    assert (await stores.callback(1)).state is CallbackState.WAITING


async def test_a_paused_plan_hands_out_nothing(stores: Stores) -> None:
    await stores.seed()
    await stores.people.add_plan(cases.plan(state=PlanState.PAUSED))
    assert await next_id(stores) is None
    assert await refused(stores) is Rule.PLAN_NOT_RUNNING


async def test_a_lease_that_ran_out_is_handed_out_again(stores: Stores) -> None:
    await stores.seed()
    await stores.callbacks.claim_next("agent-1", NOW, NOW + LEASE)
    assert (
        await stores.callbacks.claim_next("agent-2", NOW + LEASE - timedelta(microseconds=1), NOW + 2 * LEASE) is None
    )
    case = await stores.callbacks.claim_next("agent-2", NOW + LEASE, NOW + 2 * LEASE)
    assert case is not None
    assert case.callback.leased_to == "agent-2"
    assert not await stores.callbacks.give_back(FIRST, "agent-1")
    assert (await stores.callback()).leased_to == "agent-2"


async def test_an_agent_renews_his_own_lease_and_no_other(stores: Stores) -> None:
    await stores.seed()
    await next_id(stores)
    later = NOW + timedelta(minutes=1)
    case = await stores.callbacks.claim(FIRST, "agent-1", later, later + LEASE)
    assert isinstance(case, Case)
    assert case.callback.leased_until == later + LEASE
    refusal = await stores.callbacks.claim(FIRST, "agent-2", later, later + LEASE)
    assert isinstance(refusal, Refusal)
    assert (refusal.rule, refusal.opens_at) == (Rule.CALLBACK_WITH_ANOTHER_AGENT, later + LEASE)


async def test_a_callback_may_be_claimed_before_its_time(stores: Stores) -> None:
    await stores.seed(0, agents=1)
    await stores.add(replace(cases.callback(), not_before=NOW + timedelta(days=1)))
    assert isinstance(await stores.callbacks.claim(FIRST, "agent-1", NOW, NOW + LEASE), Case)


@pytest.mark.parametrize(
    ("state", "rule"),
    [
        (CallbackState.EXHAUSTED, Rule.CALLBACK_EXHAUSTED),
        (CallbackState.CALLING, Rule.CALLBACK_NOT_WAITING),
        (CallbackState.WRAP_UP, Rule.CALLBACK_NOT_WAITING),
        (CallbackState.DONE, Rule.CALLBACK_NOT_WAITING),
        (CallbackState.CLOSED, Rule.CALLBACK_NOT_WAITING),
    ],
)
async def test_a_claim_that_is_refused_says_why(stores: Stores, state: CallbackState, rule: Rule) -> None:
    await stores.seed(0, agents=1)
    await stores.add(replace(cases.callback(), state=state))
    assert await refused(stores) is rule
    assert (await stores.callback()).version == 1


async def test_an_unknown_callback_is_not_found(stores: Stores) -> None:
    assert await refused(stores, callback_id="nowhere") is Rule.CALLBACK_NOT_FOUND
    assert await stores.callbacks.case("nowhere") is None


async def test_a_callback_given_back_waits_again(stores: Stores) -> None:
    await stores.seed()
    await next_id(stores)
    assert not await stores.callbacks.give_back(FIRST, "agent-2")
    assert await stores.callbacks.give_back(FIRST, "agent-1")
    assert await stores.callback() == replace(cases.callback(), version=3)
    assert not await stores.callbacks.give_back(FIRST, "agent-1")


async def test_the_leases_that_an_agent_holds_are_told_in_order(stores: Stores) -> None:
    await stores.seed(3, agents=2)
    for hours in (3, 1):
        await stores.callbacks.claim_next("agent-1", NOW, NOW + timedelta(hours=hours))
    await stores.callbacks.claim_next("agent-2", NOW, NOW + timedelta(hours=2))
    assert await stores.callbacks.held_until("agent-1", NOW) == (NOW + timedelta(hours=1), NOW + timedelta(hours=3))
    assert await stores.callbacks.held_until("agent-1", NOW + timedelta(hours=1)) == (NOW + timedelta(hours=3),)
    assert await stores.callbacks.held_until("agent-2", NOW + timedelta(hours=2)) == ()


async def test_what_is_in_an_agents_hand_is_told_in_the_order_of_the_queue(stores: Stores) -> None:
    await stores.seed(3, agents=2)
    first = await stores.callbacks.claim_next("agent-1", NOW, NOW + LEASE)
    second = await stores.callbacks.claim_next("agent-2", NOW, NOW + LEASE)
    third = await stores.callbacks.claim_next("agent-1", NOW, NOW + LEASE)
    assert await stores.callbacks.in_hand("agent-1") == (first, third)
    assert await stores.callbacks.in_hand("agent-2") == (second,)
    assert await stores.callbacks.in_hand("agent-3") == ()
    assert third is not None
    assert await stores.callbacks.give_back(third.callback.id, "agent-1")
    assert await stores.callbacks.in_hand("agent-1") == (first,)


async def test_a_callback_in_a_call_is_not_held(stores: Stores) -> None:
    await stores.seed(1)
    case = await stores.callbacks.claim_next("agent-1", NOW, NOW + LEASE)
    assert case is not None
    change = CallbackChange(CallbackState.WRAP_UP)
    assert await stores.callbacks.change(case.callback.id, case.callback.version, change)
    assert await stores.callbacks.held_until("agent-1", NOW) == ()
    assert await stores.callbacks.in_hand("agent-1") == ()


async def test_a_deferred_callback_waits_until_its_time(stores: Stores) -> None:
    await stores.seed()
    await next_id(stores)
    await stores.callbacks.defer(FIRST, NOW + timedelta(hours=1))
    deferred = await stores.callback()
    assert deferred == replace(cases.callback(), not_before=NOW + timedelta(hours=1), version=3)
    assert await next_id(stores) is None


async def test_a_call_under_way_is_not_deferred(stores: Stores) -> None:
    await stores.seed()
    await stores.begin()
    before = await stores.callback()
    await stores.callbacks.defer(FIRST, NOW + timedelta(hours=1))
    assert await stores.callback() == before


async def test_a_change_names_the_version_it_saw(stores: Stores) -> None:
    await stores.seed()
    exhausted = CallbackChange(CallbackState.EXHAUSTED, exhausted_reason="dials_used_up", round=2)
    assert await stores.callbacks.change(FIRST, 1, exhausted)
    assert not await stores.callbacks.change(FIRST, 1, CallbackChange(CallbackState.WAITING))
    changed = await stores.callback()
    assert (changed.state, changed.exhausted_reason, changed.round, changed.version) == (
        CallbackState.EXHAUSTED,
        "dials_used_up",
        2,
        2,
    )
    assert await stores.callbacks.change(FIRST, 2, CallbackChange(CallbackState.WAITING))
    assert (await stores.callback()).round == 2


async def test_callbacks_are_listed_by_state_and_plan(stores: Stores) -> None:
    await stores.seed(3)
    await stores.people.add_plan(cases.plan("plan-2"))
    await stores.add(cases.callback(4, "plan-2"))
    await next_id(stores)
    assert len(await stores.callbacks.cases(limit=2)) == 2
    assert [case.callback.id for case in await stores.callbacks.cases(plan_id="plan-2")] == ["callback-00004"]
    assert [case.callback.id for case in await stores.callbacks.cases(state="handed_out")] == [FIRST]
    with pytest.raises(ValueError, match="asleep"):
        await stores.callbacks.cases(state="asleep")


async def test_eight_who_ask_at_once_never_get_the_same_callback(stores: Stores) -> None:
    await stores.seed(300, agents=8)

    async def take_all(index: int) -> list[str]:
        taken = []
        while case := await stores.callbacks.claim_next(f"agent-{index}", NOW, NOW + LEASE):
            assert case.callback.leased_to == f"agent-{index}"
            taken.append(case.callback.id)
        return taken

    taken = await asyncio.gather(*(take_all(index) for index in range(1, 9)))
    everything = [callback_id for ids in taken for callback_id in ids]
    assert len(everything) == len(set(everything)) == 300
    assert all(taken), "each of the eight got some"


async def test_of_many_changes_to_one_version_one_wins(stores: Stores) -> None:
    """Read a row, change it, write it back, as often as it takes: nothing is lost."""
    await stores.seed()

    async def add_one() -> None:
        while True:
            seen = await stores.callback()
            if await stores.callbacks.change(FIRST, seen.version, CallbackChange(seen.state, round=seen.round + 1)):
                return

    await asyncio.gather(*(add_one() for _ in range(40)))
    assert (await stores.callback()).round == 41
