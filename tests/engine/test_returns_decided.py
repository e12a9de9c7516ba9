"""A missed return call is kept until he is called, or a supervisor decides; also about what is over meanwhile."""

from callcenter.domain.calls.call import CallState
from callcenter.domain.duty import Break, BreakReason
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import CallbackState
from callcenter.domain.queue.returns import ReturnSearch
from engine.story import Story
from engine.test_returns import begun, rings_in


async def test_one_who_is_missed_while_his_log_is_written_is_not_forgotten_when_it_closes(story: Story) -> None:
    await begun(story, 1001)
    call = await story.reach(CallState.TALKING)
    await story.hang_up(call)
    await story.books.duty.begin_break(Break("agent-1001", BreakReason.LUNCH, "", story.clock.now()))
    await rings_in(story)
    rang = story.clock.now()
    said = {"content": "x", "problems": "无", "handling_result": "无", "resolved": True}
    await story.service.visits.close(call, {**said, "disposition": Disposition.SUCCESS.value})
    done = await story.callback()
    assert (done.state, done.rang_back_at) == (CallbackState.DONE, rang)
    (found,) = await story.books.returns.latest(ReturnSearch(undecided=True), 10, None)
    assert found.case is not None
    assert found.case.callback.id == "cb-1"


async def test_who_is_called_after_he_rang_back_waits_for_no_answer_any_more(story: Story) -> None:
    await begun(story)
    await rings_in(story)
    await story.clock.advance(61)
    assert (await story.callback()).rang_back_at is not None
    await story.sign_in(1001)
    await story.begin()
    assert (await story.callback()).rang_back_at is None
