"""The connection to the switch breaks and comes back, surveys fail, things are found that belong to nobody."""

import asyncio

import pytest

from callcenter.domain.calls.call import CallState
from callcenter.domain.calls.telephony import CallNews, Connected, TelephonyFatalError, TelephonyUnknown
from callcenter.domain.calls.words import (
    AgentUp,
    Connect,
    CreateCustomer,
    CustomerCreated,
    HangUp,
    HangUpAsked,
    RecordingStarted,
    SnoopUp,
)
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.people import CallbackState
from callcenter.domain.refusal import Refusal, Rule
from callcenter.engine.calls import last_seen_alive
from engine.story import Story


async def test_a_talk_outlives_a_lost_connection(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.loses_connection()
    await story.clock.advance(60)
    story.switch.connects()
    await story.clock.advance(1)
    assert story.state(call) is CallState.TALKING
    await story.hang_up(call)
    record = await story.record(call)
    assert (record.attempt.outcome, record.attempt.end_reason) == (Outcome.ANSWERED, EndReason.CUSTOMER)
    assert story.switch.dials == 1


async def test_while_the_switch_is_out_of_sight_nothing_is_asked_of_it(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.loses_connection()
    await story.clock.settle()
    asked = len(story.switch.asked)
    story.service.calls.post(call, HangUpAsked(story.clock.now(), "enough"))
    await story.clock.advance(100)
    assert len(story.switch.asked) == asked
    assert story.state(call) is CallState.TALKING
    story.switch.connects()
    await story.clock.advance(3)
    assert (await story.record(call)).attempt.end_reason is EndReason.AGENT
    journal = await story.journal(call)
    # The talk had not changed, so the survey left no step; what was asked meanwhile is done after it.
    assert journal[-1] != "HangUpAsked"
    assert "HangUpAsked" in journal


async def test_commands_of_a_step_saved_after_the_connection_broke_are_not_given(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    story.away.add("save")
    story.switch.agent_answers(call)
    await story.clock.advance(0.1)
    assert story.state(call) is CallState.DIALLING
    story.switch.loses_connection()
    await story.clock.settle()
    story.away.clear()
    await story.clock.advance(1)
    assert (await story.record(call)).call.state is CallState.DIALLING
    assert story.switch.dials == 0
    story.switch.connects()
    await story.clock.advance(1)
    assert story.switch.dials == 1


async def test_nobody_rings_while_nobody_would_see_it(story: Story) -> None:
    """The recorder's files are found just after the connection broke: the dial waits for the next sight."""
    await story.add_callback()
    await story.start()
    call = await story.begin()
    story.switch.size_gate = asyncio.Event()
    story.switch.agent_answers(call)
    await story.clock.settle()
    story.switch.loses_connection()
    await story.clock.settle()
    story.switch.size_gate.set()
    await story.clock.advance(2)
    assert (await story.record(call)).call.state is CallState.DIALLING
    assert story.switch.dials == 0
    story.switch.connects()
    await story.clock.advance(1)
    assert story.switch.dials == 1
    assert story.state(call) is CallState.DIALLING


async def test_what_was_seen_comes_before_what_was_told_since(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.DIALLING)
    story.switch.loses_connection()
    await story.clock.settle()
    story.switch.answers(call)
    story.switch.survey_gate = asyncio.Event()
    story.switch.connects()
    await story.clock.settle()
    story.switch.hangs_up(call)
    await story.clock.settle()
    assert story.state(call) is CallState.DIALLING
    story.switch.survey_gate.set()
    await story.clock.advance(3)
    record = await story.record(call)
    assert (record.attempt.outcome, record.attempt.end_reason) == (Outcome.ANSWERED, EndReason.CUSTOMER)
    journal = await story.journal(call)
    assert journal.index("Surveyed") < journal.index("HangupRequested") < journal.index("LegGone")


async def test_of_two_quick_reconnects_only_the_last_ones_survey_counts(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    first = story.switch.survey_gate = asyncio.Event()
    story.switch.loses_connection()
    story.switch.connects()
    await story.clock.settle()
    story.switch.loses_connection()
    await story.clock.settle()
    story.switch.hangs_up(call)
    story.switch.survey_gate = None
    story.switch.connects()
    await story.clock.settle()
    assert story.sees_switch()
    first.set()
    await story.clock.advance(3)
    record = await story.record(call)
    assert record.attempt.outcome is Outcome.ANSWERED
    assert story.switch.left == {}
    assert story.service.calls.live == ()


async def test_a_survey_of_the_connection_before_opens_nothing(story: Story) -> None:
    await story.start()
    old = story.switch.survey_gate = asyncio.Event()
    story.switch.loses_connection()
    story.switch.connects()
    await story.clock.settle()
    new = story.switch.survey_gate = asyncio.Event()
    story.switch.loses_connection()
    story.switch.connects()
    await story.clock.settle()
    old.set()
    await story.clock.settle()
    assert not story.sees_switch()
    new.set()
    await story.clock.settle()
    assert story.sees_switch()


async def test_an_older_sight_that_was_not_yet_taken_gives_way_to_the_newer(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.loses_connection()
    story.switch.connects()
    story.switch.loses_connection()
    story.switch.hangs_up(call)
    story.switch.connects()
    await story.clock.advance(3)
    assert (await story.journal(call)).count("Surveyed") == 1
    assert (await story.record(call)).attempt.outcome is Outcome.ANSWERED


async def test_nothing_is_dialled_between_connect_and_survey(story: Story) -> None:
    await story.add_callback()
    story.switch.survey_gate = asyncio.Event()
    await story.start()
    refusal = await story.dial()
    assert isinstance(refusal, Refusal)
    assert refusal.rule is Rule.SWITCH_DOWN
    story.switch.survey_gate.set()
    await story.clock.settle()
    assert not isinstance(await story.dial(), Refusal)


async def test_a_connection_told_anew_without_a_loss_is_looked_over_too(story: Story) -> None:
    await story.add_callback()
    await story.start()
    story.switch.survey_gate = asyncio.Event()
    story.switch.tells(Connected(story.clock.now(), story.switch.started_at, "22"))
    await story.clock.settle()
    assert not story.sees_switch()
    story.switch.survey_gate.set()
    await story.clock.settle()
    assert story.sees_switch()


@pytest.mark.parametrize("error", [TelephonyUnknown("no answer"), ValueError("what is this?")])
async def test_a_survey_that_fails_is_tried_again_until_it_works(story: Story, error: Exception) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.survey_errors.extend([error, error])
    story.switch.loses_connection()
    story.switch.connects()
    await story.clock.advance(1.5)
    assert not story.sees_switch()
    await story.clock.advance(1)
    assert story.sees_switch()
    assert story.state(call) is CallState.TALKING
    assert story.runs()


async def test_what_bears_our_name_and_belongs_to_no_live_call_is_given_back(story: Story) -> None:
    orphan = story.switch.call("0123456789aborphan")
    orphan.perform(CreateCustomer("PJSIP/13800000009@trunk", ""))
    await story.start()
    assert story.switch.released == [("0123456789aborphan", "c")]
    assert story.switch.left == {}


async def test_strays_are_given_back_as_they_come(story: Story) -> None:
    await story.start()
    now = story.clock.now()
    for event in (CustomerCreated(now), AgentUp(now, "a1"), SnoopUp(now, "si1"), RecordingStarted(now, "ri1")):
        story.switch.tells(CallNews("stray", event))
    await story.clock.settle()
    assert {part for _, part in story.switch.released} == {"c", "a1", "si1", "ri1"}
    assert story.runs()


async def test_the_sweep_takes_what_was_left_behind_and_no_live_call(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    model = story.switch.call("late")
    model.listened_to = False
    model.perform(CreateCustomer("PJSIP/13800000009@trunk", ""))
    await story.clock.advance(60)
    assert story.switch.released == [("late", "c")]
    assert story.state(call) is CallState.TALKING


async def test_a_sweep_that_breaks_ends_nothing(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.survey_errors.append(ValueError("what is this?"))
    await story.clock.advance(125)
    assert story.runs()
    assert story.state(call) is CallState.TALKING
    assert story.switch.surveys > 2


async def test_a_restarted_switch_has_ended_the_calls_of_before(story: Story) -> None:
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    ringing = await story.reach(CallState.DIALLING, "cb-1", 1001)
    story.switch.restarts()
    await story.clock.advance(1)
    story.switch.connects()
    await story.clock.advance(1)
    assert (await story.record(ringing)).attempt.outcome is Outcome.UNKNOWN
    assert (await story.callback("cb-1")).state is CallbackState.WAITING
    assert not isinstance(await story.dial("cb-2", 1001), Refusal)


async def test_a_command_that_may_have_happened_is_looked_up_and_not_repeated(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    story.switch.fails(CreateCustomer, TelephonyUnknown("no answer"))
    story.switch.agent_answers(call)
    await story.clock.advance(3)
    assert story.switch.commands().count("CreateCustomer") == 1
    assert "LookUp" in story.switch.commands()
    assert (await story.record(call)).attempt.outcome is Outcome.NOT_DIALLED
    assert story.switch.left == {}


async def test_the_switch_that_turns_us_away_ends_the_service_with_its_sentence(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.turns_us_away("the password is wrong")
    error = await story.failed()
    while isinstance(error, BaseExceptionGroup):
        assert len(error.exceptions) == 1
        error = error.exceptions[0]
    assert isinstance(error, TelephonyFatalError)
    assert str(error) == "the password is wrong"
    assert story.switch.call(call).left()


async def test_one_call_that_hangs_at_the_books_holds_up_no_other(story: Story) -> None:
    """After a reconnect each call is looked over as soon as no step of it is under way."""
    await story.add_callback("cb-1")
    await story.add_callback("cb-2")
    await story.start()
    stuck = await story.reach(CallState.TALKING, "cb-1", 1001)
    other = await story.reach(CallState.TALKING, "cb-2", 1002)
    let_go = story.switch.holds(HangUp)
    story.service.calls.post(stuck, HangUpAsked(story.clock.now(), ""))
    await story.clock.settle()
    story.switch.loses_connection()
    story.switch.connects()
    await story.clock.settle()
    assert story.sees_switch()
    story.switch.hangs_up(other)
    await story.clock.settle()
    let_go()
    await story.clock.advance(5)
    assert (await story.record(other)).attempt.end_reason is EndReason.CUSTOMER
    assert (await story.record(stuck)).attempt.end_reason is EndReason.AGENT
    assert story.switch.left == {}


async def test_a_call_is_not_judged_by_a_survey_from_before_its_last_command(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    let_go = story.switch.holds(Connect)
    story.switch.agent_answers(call)
    await story.clock.settle()
    story.switch.loses_connection()
    story.switch.connects()
    await story.clock.settle()
    let_go()
    await story.clock.advance(1)
    assert story.switch.commands().count("Connect") == 1
    assert story.switch.dials == 1
    assert story.state(call) is CallState.DIALLING


async def test_a_dial_whose_answer_is_lost_rings_once(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.begin()
    story.switch.agent_answers(call)
    story.switch.fails(Connect, TelephonyUnknown("no answer"))
    await story.clock.advance(2)
    assert story.switch.dials == 1
    story.switch.rings(call)
    story.switch.answers(call)
    await story.clock.advance(1)
    assert story.state(call) is CallState.TALKING


async def test_when_the_switch_was_last_seen_alive_is_the_latest_that_it_told(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    live = story.service.calls.live[0]
    assert live.attempt_id == call
    assert last_seen_alive(live) == live.answered_at


async def test_an_agents_phone_that_is_lost_raises_an_alarm_and_the_talk_goes_on(story: Story) -> None:
    await story.add_callback()
    await story.start()
    call = await story.reach(CallState.TALKING)
    story.switch.phone("PJSIP/agent-1002", reachable=False)
    await story.clock.settle()
    assert story.alarms == []
    story.switch.phone("PJSIP/agent-1001", reachable=False)
    await story.clock.settle()
    assert story.alarms == ["agent_lost"]
    assert story.state(call) is CallState.TALKING
