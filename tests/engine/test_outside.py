"""A call on another phone is logged as the dial that it was; killed in the midst of it, the service finishes it."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.attempt import Attempt
from callcenter.domain.calls.call import CallState
from callcenter.domain.outcomes import Outcome
from callcenter.domain.people import Agent, CallbackState
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.recording import MissingReason, RecordingState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.fallback import OutsideCall, OutsideMistake
from callcenter.engine.outside import OutsideWrongError
from engine.story import Story

NUMBER = PhoneNumber("+8613800000001")


async def agent(story: Story, key: str = "1001") -> Agent:
    found = await story.books.people.agent(key)
    assert found is not None
    return found


def call(story: Story, outcome: Outcome = Outcome.ANSWERED, minutes_ago: int = 30) -> OutsideCall:
    began = story.clock.now() - timedelta(minutes=minutes_ago)
    return OutsideCall(NUMBER, began, began + timedelta(minutes=5), "duty mobile", outcome)


async def logged(story: Story, made: OutsideCall, key: str = "1001") -> Attempt:
    found = await story.service.outside.log(await agent(story, key), "cb-1", made)
    assert isinstance(found, Attempt), found
    return found


@pytest.fixture
async def begun(story: Story) -> Story:
    await story.add_callback()
    await story.start()
    return story


async def test_a_talk_opens_its_log_which_waits_for_the_recording(begun: Story) -> None:
    made = call(begun)
    attempt = await logged(begun, made)
    assert (attempt.phone, attempt.outcome, attempt.started_at) == ("duty mobile", Outcome.ANSWERED, made.began_at)
    assert attempt.ended_at == made.ended_at
    assert attempt.charged
    assert (await begun.callback()).state is CallbackState.WRAP_UP
    recording = await begun.recording(attempt.id)
    assert (recording.state, recording.reason) == (RecordingState.MISSING, MissingReason.OTHER_PHONE)
    log = await begun.log(attempt.id)
    assert log.closed_at is None
    assert log.log.visited_at == made.began_at
    assert begun.switch.asked == []


async def test_a_vain_one_counts_among_the_attempts_and_the_rules_decide_what_follows(begun: Story) -> None:
    for minutes in (30, 20, 10):
        await logged(begun, call(begun, Outcome.NO_ANSWER, minutes))
    assert (await begun.callback()).state is CallbackState.EXHAUSTED
    assert [each.ordinal for each in await begun.books.attempts.of_callback("cb-1")] == [1, 2, 3]
    refusal = await begun.service.outside.log(await agent(begun), "cb-1", call(begun, minutes_ago=8))
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.CALLBACK_EXHAUSTED


async def test_the_same_call_again_is_the_same_attempt(begun: Story) -> None:
    made = call(begun, Outcome.BUSY)
    assert (await logged(begun, made)).id == (await logged(begun, made)).id
    assert len(await begun.books.attempts.of_callback("cb-1")) == 1


async def test_what_cannot_be_true_is_refused(begun: Story) -> None:
    made = replace(call(begun), phone="", ended_at=begun.clock.now() + timedelta(hours=1))
    with pytest.raises(OutsideWrongError) as wrong:
        await begun.service.outside.log(await agent(begun), "cb-1", made)
    assert wrong.value.mistakes == (OutsideMistake.FUTURE, OutsideMistake.PHONE)
    assert await begun.books.attempts.of_callback("cb-1") == ()


async def test_a_number_that_is_not_the_customers_is_refused_and_the_callback_is_free_again(begun: Story) -> None:
    made = replace(call(begun), number=PhoneNumber("+8613900000009"))
    refusal = await begun.service.outside.log(await agent(begun), "cb-1", made)
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.NUMBER_OF_SOMEBODY_ELSE
    assert (await begun.callback()).leased_to is None


async def test_not_of_a_callback_that_another_agent_has_or_that_is_in_a_call(begun: Story) -> None:
    await begun.reach(CallState.TALKING, agent=1002)
    refusal = await begun.service.outside.log(await agent(begun), "cb-1", call(begun))
    assert isinstance(refusal, Refusal)
    assert refusal.rule in {Rule.CALLBACK_WITH_ANOTHER_AGENT, Rule.CALLBACK_NOT_WAITING}


async def test_killed_before_its_end_was_written_it_is_finished_by_the_next_life(begun: Story) -> None:
    begun.away.add("finish")
    task = asyncio.create_task(begun.service.outside.log(await agent(begun), "cb-1", call(begun)))
    await begun.clock.settle()
    (live,) = await begun.books.attempts.live()
    task.cancel()
    await begun.kill()
    begun.away.clear()
    await begun.start()
    await begun.clock.advance(1)
    assert (await begun.record(live.attempt.id)).attempt.outcome is Outcome.ANSWERED
    assert (await begun.recording(live.attempt.id)).reason is MissingReason.OTHER_PHONE
