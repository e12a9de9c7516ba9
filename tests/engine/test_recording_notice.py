"""Where the policy says so, the customer is told of the recording, and the visit log tells that he was."""

from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import Failure, SayNotice
from callcenter.domain.policies.policy import load_policy
from engine.story import NOTICE_POLICY, Story


async def talked(story: Story, plan: str) -> str:
    await story.add_callback(plan=plan)
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    return call


async def test_he_is_told_and_the_log_says_when(story: Story) -> None:
    await story.books.policies.add(load_policy(NOTICE_POLICY))
    await story.add_plan("noticed", "noticed")
    call = await talked(story, "noticed")
    assert [command for _, command in story.switch.asked if isinstance(command, SayNotice)] == [
        SayNotice(("sound:conf-now-recording",))
    ]
    record, log = await story.record(call), await story.log(call)
    assert log.log.notice_at == record.call.notice_at
    assert log.log.notice_at is not None
    assert "NoticeSaid" in await story.journal(call)


async def test_a_notice_that_fails_is_an_alarm_and_not_in_the_log(story: Story) -> None:
    await story.books.policies.add(load_policy(NOTICE_POLICY))
    await story.add_plan("noticed", "noticed")
    story.switch.fails(SayNotice, Failure.REFUSED)
    call = await talked(story, "noticed")
    assert story.alarms == ["notice_failed"]
    assert (await story.log(call)).log.notice_at is None


async def test_another_policy_says_nothing(story: Story) -> None:
    call = await talked(story, "quick")
    assert "SayNotice" not in story.switch.commands(call)
    assert (await story.log(call)).log.notice_at is None
