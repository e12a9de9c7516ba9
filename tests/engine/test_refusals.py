"""A refusal is a refusal, in a call or on paper: the policy counts both, and one rule says what follows."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from callcenter.app.offline import paper
from callcenter.domain.calls.call import CallState
from callcenter.domain.dials.retry import ExhaustedReason
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import CallbackState, Channel
from callcenter.domain.policies.policy import load_policy
from callcenter.domain.visits.paper import PaperResult, PaperVisit
from engine.story import POLICY, Story

Way = Callable[[Story], Awaitable[None]]
TWICE = f"""{POLICY.replace("version = 1", "version = 2").replace("2026-01-01", "2026-02-01")}
[retry.refused]
then = "retry"
delay_minutes = 10
most = 1
afterwards = "manual"
"""


async def on_paper(story: Story) -> None:
    now = story.clock.now()
    visit = PaperVisit(
        "", "cb-1", "agent-1002", Channel.ONSITE, now, PaperResult.REFUSED, "", "", "", "", now, "boss", now
    )  # fmt: skip
    async with story.books.audit.together():
        await paper(story.settings, story.books, story.clock).write(await story.case(), visit)


async def in_a_call(story: Story) -> None:
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    told = {"content": "x", "problems": "无", "handling_result": "无", "disposition": Disposition.REFUSED}
    await story.service.visits.close(call, told)


@pytest.mark.parametrize("first", [on_paper, in_a_call])
@pytest.mark.parametrize("second", [on_paper, in_a_call])
async def test_the_second_refusal_is_the_second_whichever_way_the_first_was_made(
    story: Story, first: Way, second: Way
) -> None:

    assert await story.books.policies.add(load_policy(TWICE), TWICE)
    await story.add_callback()
    await story.start()
    began = story.clock.now()
    await first(story)
    waits = await story.callback()
    assert waits.state is CallbackState.WAITING
    assert waits.not_before is not None
    assert timedelta(minutes=10) <= waits.not_before - began <= timedelta(minutes=12)
    await story.clock.advance(15 * 60)
    await second(story)
    over = await story.callback()
    assert (over.state, over.exhausted_reason) == (CallbackState.EXHAUSTED, ExhaustedReason.MANUAL)
