"""What follows a call is kept with the policy's version and the values that decided."""

import json
from typing import Any

from callcenter.domain.calls.call import CallState
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import CallbackState
from engine.story import Story


async def decisions(story: Story, call: str) -> list[dict[str, Any]]:
    entries = await story.books.attempts.journal(call)
    return [json.loads(entry.detail) for entry in entries if entry.event == "Decided"]


async def test_a_dial_in_vain_keeps_what_decided_of_the_next(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.DIALLING)
    await story.hang_up(call)
    (found,) = await decisions(story, call)
    assert (found["policy"], found["policy_version"], found["state"]) == ("quick", 1, "waiting")
    assert found["reason"] == "not_reached"
    assert found["rules"]["attempts.change_time"] == "policy"
    callback = await story.callback()
    assert callback.not_before is not None
    assert found["not_before"] == callback.not_before.isoformat()


async def test_a_talk_keeps_what_followed_its_end_and_what_followed_its_log(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    await story.service.visits.close(
        call, {"disposition": Disposition.REFUSED, "content": "no", "problems": "none", "handling_result": "none"}
    )
    after_call, after_log = await decisions(story, call)
    assert (after_call["state"], after_call["rules"]) == (CallbackState.WRAP_UP, {})
    assert (after_log["state"], after_log["reason"]) == (CallbackState.EXHAUSTED, "refused")
