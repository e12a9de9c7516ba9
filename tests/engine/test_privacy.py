"""Numbers and names of customers never come into the log."""

from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.telephony import TelephonyRefused
from callcenter.domain.calls.words import CreateCustomer, Failure
from engine.story import Story

PERSONAL = ("13800000001", "王芳", "周经理", "坐席1001")


async def test_no_line_of_the_log_tells_who_was_called(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.loses_connection()
    story.switch.connects()
    await story.clock.advance(1)
    story.away.add("finish")
    await story.hang_up(call)
    story.away.clear()
    await story.clock.advance(60)
    story.switch.fails(CreateCustomer, Failure.NOT_SENT, TelephonyRefused(400, "refused"))
    assert len(story.logs) > 5
    for entry in story.logs:
        told = {name: value for name, value in entry.items() if name != "exc_info"}
        assert not [word for word in PERSONAL if word in str(told)], told
