"""A customer who rang in: his channel is there before the call, is answered and not dialled, and never hung up on."""

from collections.abc import Callable

import pytest

from callcenter.domain.calls.call import CallState, may_hang_up
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentUp,
    AlarmKind,
    Answered,
    CallAgent,
    CommandFailed,
    Connect,
    CreateSnoop,
    DeadlineName,
    DeadlinePassed,
    DestroyBridge,
    Failure,
    GiveBack,
    HangUp,
    HangUpAsked,
    HangupRequested,
    LegGone,
    LookUp,
    OpenBridge,
    PartAbsent,
    PartFound,
    RaiseAlarm,
    RecordingFailed,
    Sight,
    Started,
    Surveyed,
    SwitchLost,
)
from callcenter.domain.outcomes import EndReason, Outcome
from domain.call_values import INCOMING, RUNNING, Story, at

ANSWER = Connect("a1", 50, in_place=False, answer=True)


def waiting() -> Story:
    return Story(INCOMING)


def ending(story: Story) -> tuple[Outcome | None, EndReason | None]:
    return story.call.outcome, story.call.end_reason


def test_the_agent_is_called_and_the_waiting_customer_looked_for() -> None:
    assert waiting().tell(Started(at(0))) == (CallAgent("a1", "PJSIP/agent-1001", 30), LookUp(CUSTOMER))


def test_no_channel_is_made_for_him_and_the_recorder_opens_on_his_own() -> None:
    story = waiting().agent_rings()
    story.tell(PartFound(at(0), CUSTOMER, up=False))
    assert story.tell(AgentUp(at(1), "a1")) == (OpenBridge(), CreateSnoop("si1"), CreateSnoop("so1"))


def test_an_agent_who_is_quicker_than_the_look_waits_for_it() -> None:
    story = waiting().agent_rings()
    assert story.tell(AgentUp(at(1), "a1")) == (OpenBridge(), LookUp(CUSTOMER))
    assert story.tell(PartFound(at(1), CUSTOMER, up=False)) == (CreateSnoop("si1"), CreateSnoop("so1"))


def test_he_is_answered_only_when_both_recorders_write() -> None:
    story = waiting().prepares_for_waiting()
    assert story.call.state is CallState.PREPARING
    story = waiting().answers_waiting()
    assert story.commands == (ANSWER,)
    story.tell(Answered(at(1.1)))
    assert (story.call.state, story.call.answered_at) == (CallState.TALKING, at(1.1))


def test_a_recorder_that_does_not_open_leaves_him_waiting_unanswered() -> None:
    story = waiting().prepares_for_waiting()
    alarm, *commands = story.tell(RecordingFailed(at(2), "ri1", "full"))
    assert alarm == RaiseAlarm(AlarmKind.RECORDER_NOT_OPENED, "ri1 ended")
    assert set(commands) == {DestroyBridge(), GiveBack(), HangUp("a1"), HangUp("si1"), HangUp("so1")}
    assert ending(story) == (Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED)


@pytest.mark.parametrize("chapter", [Story.agent_rings, Story.prepares_for_waiting, Story.answers_waiting])
def test_an_agent_who_backs_out_before_the_talk_gives_him_back(chapter: Callable[[Story], Story]) -> None:
    story = chapter(waiting())
    assert may_hang_up(story.call, at(2), "") is None
    commands = story.tell(HangUpAsked(at(2)))
    assert GiveBack() in commands
    assert HangUp(CUSTOMER) not in commands
    assert ending(story) == (Outcome.CANCELLED, EndReason.CANCELLED)


def test_an_agent_s_phone_that_stays_silent_gives_him_back() -> None:
    story = waiting().agent_rings()
    assert story.tell(DeadlinePassed(at(30), DeadlineName.AGENT_RING)) == (HangUp("a1"), GiveBack())
    assert ending(story) == (Outcome.NOT_DIALLED, EndReason.AGENT_ABSENT)
    story = waiting().agent_rings()
    assert story.tell(LegGone(at(3), "a1", 21)) == (GiveBack(),)
    story.tell(PartAbsent(at(3), CUSTOMER))
    assert story.call.state is CallState.ENDED


@pytest.mark.parametrize("chapter", [Story.agent_rings, Story.prepares_for_waiting, Story.answers_waiting])
@pytest.mark.parametrize("gone", [LegGone(at(2), CUSTOMER, 16), PartAbsent(at(2), CUSTOMER)])
def test_he_hangs_up_before_the_talk(chapter: Callable[[Story], Story], gone: LegGone | PartAbsent) -> None:
    story = chapter(waiting())
    commands = story.tell(HangupRequested(at(2), CUSTOMER), gone)
    assert GiveBack() not in commands
    assert HangUp("a1") in commands
    assert ending(story) == (Outcome.CANCELLED, EndReason.CUSTOMER)


def test_an_answer_that_leads_to_none_gives_him_back_after_the_ring_time() -> None:
    story = waiting().answers_waiting()
    assert story.pass_until(20) == []
    assert story.pass_until(27) == [DeadlineName.RING]
    assert ending(story) == (Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED)
    assert GiveBack() in story.commands


def test_an_answer_that_may_have_been_given_is_given_again() -> None:
    story = waiting().answers_waiting()
    story.tell(CommandFailed(at(1), ANSWER, Failure.UNKNOWN))
    assert story.tell(DeadlinePassed(at(1.5), DeadlineName.CHECK)) == (ANSWER,)


def test_after_a_talk_he_is_hung_up_on_as_anybody() -> None:
    story = waiting().answers_waiting()
    story.tell(Answered(at(1.1)))
    commands = story.tell(HangUpAsked(at(30)))
    assert HangUp(CUSTOMER) in commands
    assert GiveBack() not in commands
    assert ending(story) == (Outcome.ANSWERED, EndReason.AGENT)


@pytest.mark.parametrize("chapter", [lambda story: story, Story.agent_rings, Story.prepares_for_waiting])
def test_a_restart_before_the_answer_gives_him_back(chapter: Callable[[Story], Story]) -> None:
    story = chapter(waiting())
    commands = story.tell(Surveyed(at(9), {CUSTOMER: Sight.RINGING, "a1": Sight.UP}))
    assert set(commands) == {GiveBack(), HangUp("a1")}
    assert ending(story) == (Outcome.NOT_DIALLED, EndReason.SERVICE_RESTART)


def test_a_survey_finds_him_answered_or_answers_him_now() -> None:
    found = {CUSTOMER: Sight.RINGING, BRIDGE: Sight.UP, "a1": Sight.UP, **RUNNING}
    story = waiting().answers_waiting()
    assert story.tell(Surveyed(at(3), found)) == (ANSWER,)
    story = waiting().answers_waiting()
    story.tell(Surveyed(at(3), {**found, CUSTOMER: Sight.UP}))
    assert story.call.state is CallState.TALKING


def test_a_restart_of_the_switch_leaves_nobody_waiting() -> None:
    story = waiting().prepares_for_waiting()
    story.tell(SwitchLost(at(5)))
    assert (story.call.state, story.call.parts) == (CallState.ENDED, {})
    assert ending(story) == (Outcome.NOT_DIALLED, EndReason.SWITCH_LOST)
