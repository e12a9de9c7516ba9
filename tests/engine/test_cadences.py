"""Callbacks that come again, made by the running service: once, also after an outage."""

import random
from datetime import datetime, timedelta

import pytest

from callcenter.app.offline import cadences
from callcenter.domain.people import Callback, CallbackState, Customer, PlanState, VisitType
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.engine.service import CADENCE_SECONDS, SWEEP_SECONDS
from engine.story import MONDAY_10_15, Story

PACED = """
name = "paced"
version = 1
effective_from = 2020-01-01
windows = "window.always"
cadence = "cadence.generic"
due = ["due.product", "due.tongjiang_new"]
title = {zh = "周期", en = "Paced"}
"""
DAY = timedelta(days=1)
LONG_AGO = MONDAY_10_15 - 400 * DAY


@pytest.fixture
async def paced(story: Story) -> Story:
    await story.books.policies.add(load_policy(PACED))
    await story.add_plan("paced", "paced")
    return story


async def add(
    story: Story,
    index: int,
    customer_class: str = "key",
    *,
    due_at: datetime = MONDAY_10_15,
    plan: str = "paced",
    trigger: str = "",
    zone: str = "",
) -> Callback:
    """A callback that is done, its customer last spoken to when it was due."""
    customer = Customer(
        f"customer-{index}",
        "王芳",
        "",
        (PhoneNumber(f"+86138{index:08}"),),
        zone,
        "zh",
        "",
        "",
        customer_class,
    )
    callback = Callback(
        f"cb-{index}",
        plan,
        customer.id,
        "",
        VisitType.ROUTINE_NEW,
        CallbackState.DONE,
        due_at,
        5,
        1,
        LONG_AGO,
        trigger=trigger,
        triggered_at=due_at if trigger else None,
    )
    await story.books.people.add_cases([customer], [callback])
    return callback


async def waiting(story: Story) -> list[Callback]:
    return [case.callback for case in await story.books.callbacks.cases(state="waiting", limit=1000)]


async def test_the_service_makes_a_callback_when_its_day_begins_and_not_before(paced: Story) -> None:
    first = await add(paced, 1)
    await paced.clock.advance((7 * DAY - timedelta(hours=11)).total_seconds())
    await paced.start()
    await paced.clock.advance(40 * 60)
    assert await waiting(paced) == []
    await paced.clock.advance(40 * 60)
    (made,) = await waiting(paced)
    assert (made.follows, made.plan_id, made.customer_id) == (first.id, "paced", first.customer_id)
    day_began = MONDAY_10_15.replace(hour=16, minute=0) + 6 * DAY
    assert day_began <= made.created_at <= day_began + timedelta(seconds=CADENCE_SECONDS + SWEEP_SECONDS)
    assert made.not_before is None, "its time has come, and the service has woken it"
    await paced.clock.advance(40 * 60)
    assert await waiting(paced) == [made]
    await paced.stop()


async def test_after_an_outage_of_weeks_one_follows_and_not_several(paced: Story) -> None:
    await add(paced, 1, due_at=MONDAY_10_15 - 50 * DAY)
    await paced.start()
    await paced.clock.advance(SWEEP_SECONDS)
    (made,) = await waiting(paced)
    assert made.due_at < MONDAY_10_15
    await paced.stop()


async def test_several_processes_make_one(paced: Story) -> None:
    for index in range(1, 31):
        await add(paced, index, due_at=MONDAY_10_15 - 50 * DAY)
    looks = [cadences(paced.books, paced.clock) for _ in range(3)]
    made = [await look.create() for look in looks]
    assert [each.created for each in made] == [30, 0, 0]
    assert len(await waiting(paced)) == 30


async def test_only_running_plans_with_a_pace_make_any(paced: Story) -> None:
    await paced.add_plan("resting", "paced", state=PlanState.PAUSED)
    await paced.add_plan("unruled", "no_such_policy")
    for index, plan in enumerate(("resting", "unruled", "strict", "quick"), 1):
        await add(paced, index, due_at=LONG_AGO, plan=plan)
    await add(paced, 5, "potential", due_at=LONG_AGO)
    assert (await cadences(paced.books, paced.clock).create()).created == 0


async def test_a_trigger_repeats_by_its_own_rule(paced: Story) -> None:
    await add(paced, 1, "", due_at=MONDAY_10_15 - 170 * DAY, trigger="installation")
    look = cadences(paced.books, paced.clock)
    assert (await look.create()).created == 0
    await paced.clock.advance(20 * DAY.total_seconds())
    assert (await look.create()).created == 1
    (made,) = await waiting(paced)
    assert (made.trigger, made.triggered_at) == ("installation", MONDAY_10_15 - 170 * DAY)


async def test_a_customer_whose_zone_is_unknown_stops_nobody_else(paced: Story) -> None:
    await add(paced, 1, due_at=LONG_AGO, zone="Mars/Olympus")
    await add(paced, 2, due_at=LONG_AGO)
    made = await cadences(paced.books, paced.clock).create()
    assert (made.created, made.refused) == (1, {Rule.ZONE_UNKNOWN: 1})


async def test_a_failing_look_is_told_and_the_next_one_makes_up_for_it(paced: Story) -> None:
    await add(paced, 1, due_at=LONG_AGO)
    await paced.start()
    paced.away.add("ended")
    await paced.clock.advance(SWEEP_SECONDS)
    assert await waiting(paced) == []
    assert any("come again broke off" in str(entry["event"]) for entry in paced.logs)
    paced.away.clear()
    await paced.clock.advance(SWEEP_SECONDS + CADENCE_SECONDS)
    assert len(await waiting(paced)) == 1
    await paced.stop()


async def test_what_will_come_is_told_in_order_and_nothing_is_made(paced: Story) -> None:
    await add(paced, 1, "ordinary")
    await add(paced, 2, "key")
    await add(paced, 3, "key", due_at=MONDAY_10_15 - 2 * DAY)
    look = cadences(paced.books, paced.clock)
    coming = await look.coming(MONDAY_10_15 + 40 * DAY)
    assert [each.case.customer.id for each in coming] == ["customer-3", "customer-2", "customer-1"]
    assert [each.case.customer.id for each in await look.coming(MONDAY_10_15 + 6 * DAY)] == ["customer-3"]
    assert await look.coming(MONDAY_10_15 + 40 * DAY, "strict") == []
    assert await waiting(paced) == []


async def test_more_series_than_a_page_are_all_found(paced: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callcenter.engine.cadences.PAGE", 3)
    for index in range(1, 11):
        await add(paced, index, due_at=LONG_AGO)
    assert (await cadences(paced.books, paced.clock).create()).created == 10


@pytest.mark.parametrize("seed", range(4))
async def test_over_random_outages_no_occurrence_arises_twice_and_no_gap_stays(paced: Story, seed: int) -> None:
    """Looks of two processes and visits at random; after each look nothing that was ripe is without a successor."""
    chance = random.Random(seed)
    for index in range(1, 4):
        await add(paced, index, chance.choice(["key", "ordinary"]), due_at=MONDAY_10_15 - chance.randrange(40) * DAY)
    looks = [cadences(paced.books, paced.clock) for _ in range(2)]
    created = 0
    for _ in range(25):
        await paced.clock.advance(chance.choice([1, 8, 24, 24 * 9, 24 * 40]) * 3600)
        created += (await chance.choice(looks).create()).created
        assert await looks[0].coming(paced.clock.now()) == []
        open_ones = await waiting(paced)
        assert len({callback.customer_id for callback in open_ones}) == len(open_ones)
        for callback in open_ones:
            if chance.random() < 0.5:
                assert await paced.books.callbacks.change(
                    callback.id, callback.version, CallbackChange(CallbackState.DONE)
                )
    everything = [case.callback for case in await paced.books.callbacks.cases(limit=10_000)]
    followed = [callback.follows for callback in everything if callback.follows is not None]
    assert len(followed) == len(set(followed)) == created == len(everything) - 3
