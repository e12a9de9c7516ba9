"""Customers who ring back: matched, offered, talked with and recorded, or told that nobody is there. Never lost."""

import pytest

from callcenter.domain.attempt import Attempt, CallDirection
from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.words import StartRecording
from callcenter.domain.duty import Break, BreakReason
from callcenter.domain.outcomes import Disposition, EndReason, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.queue.returns import MissedWhy, ReturnCall, ReturnSearch, ReturnState
from callcenter.domain.recording import RecordingState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.domain.visits.closing import CallbackChange
from callcenter.engine.feed import ReturnMoved
from callcenter.engine.returns import Offer
from engine.story import SALES, Story

NUMBER = "13800000001"
"""Of callback cb-1, as the network tells it."""

NOTICE = ("sound:vm-nobodyavail", "sound:vm-goodbye")


async def begun(story: Story, *agents: int) -> None:
    """One callback, these agents at their desks, and the service runs."""
    await story.add_callback()
    await story.sign_in(*agents)
    await story.start()


async def rings_in(story: Story, number: str = NUMBER) -> str:
    channel = story.switch.rings_in(number)
    await story.clock.settle()
    return channel


def offered(story: Story, agent: int) -> Offer:
    offer = story.service.returns.offer_to(f"agent-{agent}")
    assert offer is not None, f"nobody rings for {agent}"
    return offer


def asked(story: Story) -> set[int]:
    return {number for number in (1001, 1002, 1003) if story.service.returns.offer_to(f"agent-{number}")}


async def accept(story: Story, agent: int) -> str:
    """The attempt's id."""
    attempt = await story.service.returns.accept(f"agent-{agent}", offered(story, agent).call.id)
    assert isinstance(attempt, Attempt), attempt
    await story.clock.settle()
    return attempt.id


async def decline(story: Story, agent: int) -> None:
    assert story.service.returns.decline(f"agent-{agent}", offered(story, agent).call.id)
    await story.clock.settle()


async def talk(story: Story, agent: int = 1001) -> str:
    """Taken, picked up, recorded, answered."""
    call = await accept(story, agent)
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    assert story.state(call) is CallState.TALKING
    return call


async def kept(story: Story, channel: str) -> ReturnCall:
    found = await story.books.returns.of_channel("callcenter", channel)
    assert found is not None
    return found


async def test_a_customer_rings_back_is_offered_talked_with_recorded_and_logged(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    offer = offered(story, 1001)
    assert (offer.case.callback.id, offer.call.called) == ("cb-1", "4001")
    call = await talk(story)
    record = await story.record(call)
    assert (record.attempt.direction, record.attempt.caller_id) == (CallDirection.INBOUND, "4001")
    assert (await story.callback()).state is CallbackState.CALLING
    await story.clock.advance(30)
    story.switch.guest_hangs_up(channel)
    await story.clock.advance(3)
    record, recording, log = await story.record(call), await story.recording(call), await story.log(call)
    assert (record.attempt.outcome, record.attempt.end_reason) == (Outcome.ANSWERED, EndReason.CUSTOMER)
    assert recording.state is RecordingState.VERIFIED
    assert log.closed_at is None
    assert log.log.slot == "2026-11-23/10:15"
    assert (await story.callback()).state is CallbackState.WRAP_UP
    answered = await kept(story, channel)
    assert (answered.state, answered.attempt_id, answered.agent_id) == (ReturnState.ANSWERED, call, "agent-1001")
    assert story.switch.left == {}
    assert story.switch.dials == 0
    assert story.alarms == []


async def test_both_recorders_run_before_he_is_answered(story: Story) -> None:
    await begun(story, 1001)
    await rings_in(story)
    await talk(story)
    asks = [each for each in story.doings if each.startswith("ask ")]
    assert asks.index("ask Connect") > max(place for place, each in enumerate(asks) if each == "ask StartRecording")
    assert "ask CreateCustomer" not in asks


async def test_no_recorder_no_talk(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    call = await accept(story, 1001)
    story.switch.fails(StartRecording, RuntimeError("no disk"), RuntimeError("no disk"))
    story.switch.agent_answers(call)
    await story.clock.advance(0.5)
    assert (await story.record(call)).attempt.end_reason is EndReason.RECORDER_FAILED
    assert (channel, NOTICE) in story.switch.said
    assert (await kept(story, channel)).missed_why is MissedWhy.HINDERED


async def test_he_is_offered_first_to_who_called_him_last(story: Story) -> None:
    await begun(story, 1001, 1002)
    call = await story.begin(agent=1002)
    story.switch.agent_answers(call)
    await story.clock.advance(1)
    story.switch.busy(call)
    await story.clock.advance(5)
    await rings_in(story)
    assert asked(story) == {1002}
    await decline(story, 1002)
    assert asked(story) == {1001}


async def test_who_does_not_answer_in_twenty_seconds_is_asked_no_more(story: Story) -> None:
    await begun(story, 1001, 1002)
    channel = await rings_in(story)
    (first,) = asked(story)
    await story.clock.advance(19.9)
    assert asked(story) == {first}
    await story.clock.advance(0.2)
    (second,) = asked(story)
    assert second != first
    await story.clock.advance(20)
    assert asked(story) == set()
    missed = await kept(story, channel)
    assert (missed.state, missed.missed_why) == (ReturnState.MISSED, MissedWhy.NOBODY_FREE)
    assert set(missed.tried) == {"agent-1001", "agent-1002"}


async def test_nobody_who_may_not_or_cannot_is_asked(story: Story) -> None:
    await story.add_callback()
    await story.add_callback("cb-2")
    await story.add_agent(1003, department=SALES)
    await story.sign_in(1001, 1002, 1003)
    await story.start()
    await story.begin("cb-2", 1002)
    await story.books.duty.begin_break(Break("agent-1001", BreakReason.LUNCH, "", story.clock.now()))
    channel = await rings_in(story)
    assert asked(story) == set()
    assert (await kept(story, channel)).missed_why is MissedWhy.NOBODY_FREE


async def test_one_who_is_missed_hears_a_notice_and_comes_first_in_the_queue(story: Story) -> None:
    await story.add_callback("cb-2")
    await story.add_callback("cb-1")
    await story.start()
    await story.books.callbacks.defer("cb-2", story.clock.now().replace(hour=9))
    channel = await rings_in(story, "13800000002")
    assert story.switch.said == [(channel, NOTICE)]
    assert story.switch.guests == {channel}
    story.switch.notice_ends(channel)
    await story.clock.settle()
    assert story.switch.turned_away == [(channel, 16)]
    waiting = await story.callback("cb-2")
    assert (waiting.not_before, waiting.rang_back_at) == (None, story.clock.now())
    case = await story.service.dialing.next_for("1001")
    assert case is not None
    assert not isinstance(case, Refusal)
    assert case.callback.id == "cb-2"


async def test_a_notice_that_never_ends_is_ended(story: Story) -> None:
    await begun(story)
    channel = await rings_in(story)
    await story.clock.advance(61)
    assert story.switch.turned_away == [(channel, 16)]


async def test_one_who_gives_up_while_it_rings_is_a_missed_call_too(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    story.switch.guest_hangs_up(channel)
    await story.clock.settle()
    assert asked(story) == set()
    assert (await kept(story, channel)).missed_why is MissedWhy.GAVE_UP
    assert (await story.callback()).rang_back_at == story.clock.now()
    assert story.switch.said == []


async def test_an_unknown_or_withheld_number_is_told_so_and_listed(story: Story) -> None:
    await begun(story, 1001)
    unknown, withheld = await rings_in(story, "13999999999"), await rings_in(story, "anonymous")
    assert asked(story) == set()
    assert {channel for channel, _ in story.switch.said} == {unknown, withheld}
    listed = await story.books.returns.latest(ReturnSearch(state=ReturnState.UNKNOWN), 10, None)
    assert {each.call.number.e164 if each.call.number else None for each in listed} == {"+8613999999999", None}
    assert all(each.case is None for each in listed)


async def test_a_return_call_is_no_dial_of_the_round(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    call = await talk(story)
    story.switch.guest_hangs_up(channel)
    await story.clock.advance(3)
    said = {
        "content": "改日再谈",
        "problems": "无",
        "handling_result": "无",
        "disposition": Disposition.INCOMPLETE.value,
    }
    await story.service.visits.close(call, said)
    waiting = await story.callback()
    assert (waiting.state, waiting.round) == (CallbackState.WAITING, 1)
    (attempt,) = await story.books.attempts.of_callback("cb-1")
    assert not attempt.charged


async def test_an_agent_whose_phone_stays_silent_gives_him_to_the_next(story: Story) -> None:
    await begun(story, 1001, 1002)
    channel = await rings_in(story)
    (first,) = asked(story)
    call = await accept(story, first)
    assert asked(story) == set()
    await story.clock.advance(31)
    assert (await story.record(call)).attempt.end_reason is EndReason.AGENT_ABSENT
    (second,) = asked(story)
    assert second != first
    assert story.switch.guests == {channel}
    await talk(story, second)
    assert len(await story.books.attempts.of_callback("cb-1")) == 2


async def test_he_gives_up_while_the_agent_s_phone_rings(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    call = await accept(story, 1001)
    story.switch.guest_hangs_up(channel)
    await story.clock.advance(3)
    attempt = (await story.record(call)).attempt
    assert (attempt.outcome, attempt.end_reason) == (Outcome.CANCELLED, EndReason.CUSTOMER)
    assert (await kept(story, channel)).missed_why is MissedWhy.GAVE_UP
    waiting = await story.callback()
    assert (waiting.state, waiting.rang_back_at) == (CallbackState.WAITING, story.clock.now().replace(second=0))
    assert story.switch.left == {}


@pytest.mark.parametrize("state", [CallbackState.EXHAUSTED, CallbackState.DONE])
async def test_he_may_ring_about_what_nobody_waits_for_any_more(story: Story, state: CallbackState) -> None:
    await begun(story, 1001)
    before = await story.callback()
    await story.books.callbacks.change("cb-1", before.version, CallbackChange(state, exhausted_reason="refused"))
    channel = await rings_in(story)
    call = await talk(story)
    story.switch.guest_hangs_up(channel)
    await story.clock.advance(3)
    assert (await story.callback()).state is CallbackState.WRAP_UP
    assert (await story.log(call)).closed_at is None


async def test_an_offer_is_this_agent_s_alone_and_taken_once(story: Story) -> None:
    await begun(story, 1001, 1002)
    await rings_in(story)
    (first,) = asked(story)
    other, offer = 2003 - first, offered(story, first)
    for agent, key in ((other, offer.call.id), (first, "nothing")):
        answer = await story.service.returns.accept(f"agent-{agent}", key)
        assert isinstance(answer, Refusal)
        assert answer.rule is Rule.RETURN_GONE
    assert not story.service.returns.decline(f"agent-{other}", offer.call.id)
    await accept(story, first)
    assert isinstance(await story.service.returns.accept(f"agent-{first}", offer.call.id), Refusal)


async def test_a_second_click_declines_for_nobody_else(story: Story) -> None:
    await begun(story, 1001, 1002)
    await rings_in(story)
    (first,) = asked(story)
    offer = offered(story, first)
    story.service.returns.decline(f"agent-{first}", offer.call.id)
    story.service.returns.decline(f"agent-{first}", offer.call.id)
    await story.clock.settle()
    assert asked(story) == {2003 - first}


async def test_who_cannot_take_him_after_all_lets_him_go_to_the_next(story: Story) -> None:
    await begun(story, 1001, 1002)
    await story.add_callback("cb-2")
    await rings_in(story)
    (first,) = asked(story)
    await story.begin("cb-2", first)
    answer = await story.service.returns.accept(f"agent-{first}", offered(story, first).call.id)
    assert isinstance(answer, Refusal)
    assert answer.rule is Rule.AGENT_BUSY
    await story.clock.settle()
    assert asked(story) == {2003 - first}


async def test_of_two_who_ring_at_once_each_is_offered_to_another(story: Story) -> None:
    await begun(story, 1001, 1002)
    await story.add_callback("cb-2")
    await rings_in(story)
    await rings_in(story, "13800000002")
    assert asked(story) == {1001, 1002}


async def test_a_service_killed_while_he_waits_finds_him_and_asks_anew(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    await story.kill()
    await story.start()
    assert asked(story) == {1001}
    assert len(await story.books.returns.latest(ReturnSearch(), 10, None)) == 1
    await talk(story)
    assert (await kept(story, channel)).state is ReturnState.TAKEN


async def test_one_who_gave_up_while_nobody_looked_is_missed(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    await story.kill()
    story.switch.guest_hangs_up(channel)
    await story.start()
    assert (await kept(story, channel)).missed_why is MissedWhy.GAVE_UP
    assert (await story.callback()).rang_back_at is not None


async def test_a_talk_outlives_the_service_and_is_closed_by_its_next_life(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    call = await talk(story)
    await story.kill()
    await story.clock.advance(20)
    await story.start()
    assert story.state(call) is CallState.TALKING
    story.switch.guest_hangs_up(channel)
    await story.clock.advance(3)
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED
    assert (await kept(story, channel)).state is ReturnState.ANSWERED
    assert story.switch.left == {}


async def test_a_service_killed_before_the_answer_offers_him_anew(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    call = await accept(story, 1001)
    await story.kill()
    await story.start()
    await story.clock.advance(3)
    assert (await story.record(call)).attempt.end_reason is EndReason.SERVICE_RESTART
    assert (await kept(story, channel)).state is ReturnState.WAITING
    assert asked(story) == {1001}


async def test_a_talk_that_ended_while_nobody_looked_is_settled(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    call = await talk(story)
    await story.kill()
    story.switch.guest_hangs_up(channel)
    await story.start()
    await story.clock.advance(3)
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED
    assert (await kept(story, channel)).state is ReturnState.ANSWERED


async def test_a_lost_connection_holds_nobody_up(story: Story) -> None:
    await begun(story, 1001)
    channel = await rings_in(story)
    story.switch.loses_connection()
    await story.clock.settle()
    story.switch.connects()
    await story.clock.settle()
    assert asked(story) == {1001}
    story.switch.restarts()
    story.switch.connects()
    await story.clock.settle()
    assert asked(story) == set()
    assert (await kept(story, channel)).missed_why is MissedWhy.GAVE_UP


async def test_agents_are_told_of_their_offers(story: Story) -> None:
    await begun(story, 1001)
    await rings_in(story)
    await decline(story, 1001)
    told = [(update.agent_id, update.state) for update in story.updates if isinstance(update, ReturnMoved)]
    assert ("agent-1001", "offered") in told
    assert ("agent-1001", "withdrawn") in told
    assert told[-1] == ("", "missed")
