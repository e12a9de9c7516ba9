"""Who is next, for whom? Hand-out past what is closed, one number once, one agent once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.handing_out import LOOK_AGAIN, MOST_TRIED
from callcenter.engine.hours import BELIEVED
from callcenter.engine.service import SWEEP_SECONDS
from callcenter.storage import handing_out as waking
from callcenter.storage.tables import callbacks, customers
from engine.story import POLICY, SERVICE_DESK, Story


async def next_for(story: Story, agent: int = 1001) -> str | Rule | None:
    """The id of the callback handed out, or the rule that speaks against all."""
    answer = await story.service.dialing.next_for(str(agent))
    await story.clock.settle()
    return answer.callback.id if isinstance(answer, Case) else answer.rule if answer else None


async def test_an_empty_queue_has_nothing_for_anybody(story: Story) -> None:
    await story.start()
    assert await next_for(story) is None


async def test_what_is_closed_now_keeps_its_place_and_the_next_is_taken(story: Story) -> None:
    await story.add_callback("cb-1", plan="strict", zone="America/New_York")
    await story.add_callback("cb-2")
    await story.start()
    assert await next_for(story) == "cb-2"
    put_off = await story.callback("cb-1")
    assert put_off.state is CallbackState.WAITING
    assert put_off.leased_to is None


async def test_an_agent_has_only_so_many_in_hand_however_he_asks(story: Story) -> None:
    most = story.settings.calls.max_in_hand
    for place in range(1, most + 4):
        await story.add_callback(f"cb-{place}")
    await story.start()
    begun = story.clock.now()
    got = await asyncio.gather(*(next_for(story) for _ in range(most + 2)))
    assert sorted(str(each) for each in got) == sorted(
        [*(f"cb-{n}" for n in range(1, most + 1)), *["agent.hands_full"] * 2]
    )
    refusal = await story.service.dialing.next_for("1001")
    assert isinstance(refusal, Refusal)
    lease = timedelta(minutes=story.settings.calls.lease_minutes)
    assert refusal.opens_at is not None
    assert begun + lease <= refusal.opens_at <= story.clock.now() + lease
    assert await next_for(story, 1002) == f"cb-{most + 1}"
    assert await story.books.callbacks.give_back("cb-1", "agent-1001")
    assert await next_for(story) == "cb-1"
    await story.clock.advance(lease.total_seconds() + 1)
    assert await next_for(story) not in {None, Rule.HANDS_FULL}


async def test_a_conflict_of_interest_is_left_to_another_agent(story: Story) -> None:
    await story.add_agent(1003, department="理财一部")
    await story.add_callback("cb-1", department=SERVICE_DESK)
    await story.add_callback("cb-2")
    await story.start()
    assert await next_for(story, 1001) == "cb-2"
    left = await story.callback("cb-1")
    assert (left.state, left.not_before) == (CallbackState.WAITING, None)
    assert await next_for(story, 1003) == "cb-1"


async def test_a_closed_line_is_looked_at_once_however_long_it_is(story: Story) -> None:
    for place in range(1, 30):
        await story.add_callback(f"cb-{place}", plan="strict", zone="America/New_York")
    for place in range(30, 32):
        await story.add_callback(f"cb-{place}")
    await story.start()
    assert await next_for(story) == "cb-30"
    looked_at = [place for place in range(1, 30) if (await story.callback(f"cb-{place}")).version > 1]
    assert looked_at == [1]
    await story.clock.advance(timedelta(hours=13).total_seconds())
    assert await next_for(story) == "cb-1"


async def test_a_line_that_was_open_is_passed_over_once_it_has_closed(story: Story) -> None:
    for place in range(1, 4):
        await story.add_callback(f"cb-{place}", plan="strict")
    await story.add_callback("cb-9", plan="strict", zone="America/New_York")
    await story.add_callback("cb-10")
    await story.start()
    assert await next_for(story) == "cb-1"
    await story.clock.advance(timedelta(hours=1).total_seconds())
    assert await next_for(story) == "cb-10"
    assert (await story.callback("cb-2")).not_before is None


async def test_a_callback_with_hours_of_its_own_does_not_hold_up_its_line(story: Story) -> None:
    """It stands in a line that is open, and is closed all the same."""
    await story.add_callback("cb-1", plan="strict")
    await story.add_callback("cb-2", plan="strict")
    async with story.books.database.write() as connection:
        moved = sa.update(customers).values(zone="America/New_York").where(customers.c.id == "customer-cb-1")
        await connection.execute(moved)
    await story.start()
    assert await next_for(story) == "cb-2"
    moved_on = await story.callback("cb-1")
    assert (moved_on.clock, moved_on.not_before) == ("America/New_York", datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    await story.clock.advance(timedelta(hours=13).total_seconds())
    assert await next_for(story) == "cb-1"


async def test_a_due_appointment_outside_its_hours_waits_for_them_and_holds_up_nobody(story: Story) -> None:
    for place in (1, 2):
        await story.add_callback(f"cb-{place}", plan="strict", zone="America/New_York")
    await story.add_callback("cb-3")
    await story.start()
    async with story.books.database.write() as connection:
        agreed = story.clock.now() - timedelta(minutes=40)
        due = sa.update(callbacks).values(appointment_at=agreed).where(callbacks.c.plan_id == "strict")
        await connection.execute(due)
    assert await next_for(story) == "cb-3"
    assert (await story.callback("cb-1")).not_before == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("own", ["客户服务部", " 客户服务部 "], ids=["as the agent's", "otherwise"])
async def test_any_number_of_conflicts_keeps_an_agent_from_nothing_behind_them(story: Story, own: str) -> None:
    many = MOST_TRIED + 20
    for place in range(1, many + 1):
        await story.add_callback(f"cb-{place}", department=own)
    await story.add_callback(f"cb-{many + 1}")
    await story.start()
    assert await next_for(story, 1001) == f"cb-{many + 1}"
    assert await next_for(story, 1001) is None
    await story.add_agent(1003, department="理财一部")
    assert await next_for(story, 1003) == "cb-1"


async def test_a_row_of_callbacks_that_can_never_be_dialled_starves_nobody(story: Story) -> None:
    many = MOST_TRIED + 20
    for place in range(1, many + 1):
        await story.add_callback(f"cb-{place}", number=f"+1212{place:07}")
    await story.add_callback(f"cb-{many + 1}")
    await story.start()
    assert await next_for(story) is None
    assert await next_for(story) == f"cb-{many + 1}"
    looked_at = await story.callback("cb-1")
    assert looked_at.not_before == story.clock.now() + LOOK_AGAIN


async def test_a_plan_whose_trunk_is_not_set_up_is_passed_over_whole(story: Story) -> None:
    await story.add_plan("elsewhere", "quick", trunk="unknown")
    for place in range(1, 10):
        await story.add_callback(f"cb-{place}", plan="elsewhere")
    await story.add_callback("cb-10")
    await story.start()
    assert await next_for(story) == "cb-10"
    assert [(await story.callback(f"cb-{place}")).version for place in (1, 2)] == [3, 1]


async def test_a_new_version_of_the_policy_opens_a_line_that_was_closed(story: Story) -> None:
    await story.add_callback("cb-1", plan="strict", zone="America/New_York")
    await story.start()
    assert await next_for(story) is None
    opened = POLICY.replace('name = "quick"', 'name = "tongjiang"').replace("version = 1", "version = 2")
    await story.books.policies.add(load_policy(opened))
    await story.clock.advance(BELIEVED.total_seconds())
    assert await next_for(story) == "cb-1"


async def test_what_everybody_would_be_refused_is_told_once_and_given_back(story: Story) -> None:
    for place in range(1, 4):
        await story.add_callback(f"cb-{place}")
    await story.start()
    story.archive.free = 0
    assert await next_for(story) is Rule.DISK_FULL
    for place in range(1, 4):
        callback = await story.callback(f"cb-{place}")
        assert (callback.state, callback.not_before, callback.version) == (
            CallbackState.WAITING,
            None,
            3 if place == 1 else 1,
        )


async def test_a_busy_agent_is_given_nothing(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    await story.begin("cb-1")
    assert await next_for(story) is Rule.AGENT_BUSY
    assert (await story.callback("cb-2")).state is CallbackState.WAITING


async def test_two_agents_who_ask_at_once_get_two_callbacks(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    got = await asyncio.gather(next_for(story, 1001), next_for(story, 1002))
    assert set(got) == {"cb-1", "cb-2"}


async def test_a_callback_comes_back_when_its_agent_lets_the_lease_run_out(story: Story) -> None:
    await story.add_callback()
    await story.start()
    assert await next_for(story, 1001) == "cb-1"
    assert await next_for(story, 1002) is None
    refusal = await story.dial("cb-1", 1002)
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.CALLBACK_WITH_ANOTHER_AGENT
    await story.clock.advance(timedelta(minutes=15).total_seconds())
    assert await next_for(story, 1002) == "cb-1"


async def test_one_number_rings_once_though_two_callbacks_have_it(story: Story) -> None:
    number = "+8613900000001"
    await story.add_callback("cb-1", number=number)
    await story.add_callback("cb-2", number=number)
    await story.start()
    dial = story.service.dialing.dial
    answers = await asyncio.gather(dial("1001", "cb-1"), dial("1002", "cb-2"))
    await story.clock.settle()
    refusals = [answer for answer in answers if isinstance(answer, Refusal)]
    assert [refusal.rule for refusal in refusals] == [Rule.NUMBER_LIVE]
    # The one that was refused is nobody's, and not kept from others for the rest of a lease.
    states = {(await story.callback(name)).state for name in ("cb-1", "cb-2")}
    assert states == {CallbackState.CALLING, CallbackState.WAITING}
    assert len(story.switch.asked) == 1


async def test_the_books_decide_where_both_passed_the_gate(story: Story) -> None:
    """Two dials of one number, each asked the gate before the other was written."""
    number = "+8613900000001"
    await story.add_callback("cb-1", number=number)
    await story.add_callback("cb-2", number=number)
    await story.start()
    both, begin = asyncio.Barrier(2), story.service.attempts.begin

    async def together(*args: Any) -> Any:
        await both.wait()
        return await begin(*args)

    setattr(story.service.attempts, "begin", together)  # noqa: B010 (a store has no such setter)
    dial = story.service.dialing.dial
    answers = await asyncio.gather(dial("1001", "cb-1"), dial("1002", "cb-2"))
    await story.clock.settle()
    assert [answer.rule for answer in answers if isinstance(answer, Refusal)] == [Rule.NUMBER_LIVE]
    states = {(await story.callback(name)).state for name in ("cb-1", "cb-2")}
    assert states == {CallbackState.CALLING, CallbackState.WAITING}


async def test_a_double_click_makes_one_call(story: Story) -> None:
    await story.add_callback()
    await story.start()
    dial = story.service.dialing.dial
    answers = await asyncio.gather(dial("1001", "cb-1"), dial("1001", "cb-1"))
    await story.clock.settle()
    assert sum(isinstance(answer, Attempt) for answer in answers) == 1
    assert len(story.switch.asked) == 1
    assert (await story.callback()).state is CallbackState.CALLING
    assert len(await story.books.attempts.of_callback("cb-1")) == 1


async def test_one_agent_has_one_call(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    dial = story.service.dialing.dial
    answers = await asyncio.gather(dial("1001", "cb-1"), dial("1001", "cb-2"))
    await story.clock.settle()
    assert [answer.rule for answer in answers if isinstance(answer, Refusal)] == [Rule.AGENT_BUSY]
    assert {(await story.callback(name)).state for name in ("cb-1", "cb-2")} == {
        CallbackState.CALLING,
        CallbackState.WAITING,
    }


async def test_every_rule_is_explained_without_changing_anything(story: Story) -> None:
    await story.add_callback(plan="strict", zone="America/New_York")
    await story.start()
    explained = await story.service.asking.explain("cb-1", None)
    assert not isinstance(explained, Refusal)
    assert explained.refusal is not None
    assert explained.refusal.rule is Rule.WINDOW_CLOSED
    assert explained.possible_at == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert (await story.callback()).version == 1
    nowhere = await story.service.asking.explain("nowhere", None)
    assert isinstance(nowhere, Refusal)
    assert nowhere.rule is Rule.CALLBACK_NOT_FOUND


async def test_all_whose_time_has_come_are_woken_within_a_minute_whoever_asks(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came due first does not keep back what is more urgent."""
    monkeypatch.setattr(waking, "WAKES", 2)
    for place in range(1, 10):
        await story.add_callback(f"cb-{place}")
    await story.start()
    now = story.clock.now()
    for place in range(1, 10):
        # The most urgent comes due last.
        await story.books.callbacks.defer(f"cb-{place}", now + timedelta(seconds=40 - place))
    await story.clock.advance(SWEEP_SECONDS)
    assert [(await story.callback(f"cb-{place}")).not_before for place in range(1, 10)] == [None] * 9
    assert await next_for(story) == "cb-1"
