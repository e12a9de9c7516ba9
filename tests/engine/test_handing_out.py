"""Who is next, for whom? Hand-out past what is closed, one number once, one agent once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.domain.attempt import Attempt
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.refusal import Refusal, Rule
from engine.story import SERVICE_DESK, Story


async def next_for(story: Story, agent: int = 1001) -> str | Rule | None:
    """The id of the callback handed out, or the rule that speaks against all."""
    answer = await story.service.dialing.next_for(str(agent))
    await story.clock.settle()
    return answer.callback.id if isinstance(answer, Case) else answer.rule if answer else None


async def test_an_empty_queue_has_nothing_for_anybody(story: Story) -> None:
    await story.start()
    assert await next_for(story) is None


async def test_what_is_closed_now_is_put_off_until_it_opens_and_the_next_is_taken(story: Story) -> None:
    await story.add_callback("cb-1", plan="strict", zone="America/New_York")
    await story.add_callback("cb-2")
    await story.start()
    assert await next_for(story) == "cb-2"
    put_off = await story.callback("cb-1")
    assert put_off.state is CallbackState.WAITING
    assert put_off.not_before == datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
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
