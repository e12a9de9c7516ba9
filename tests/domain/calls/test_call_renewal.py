"""After another agent's leg joined: the recorder is closed and opened again, for it is often deaf to the new leg."""

import pytest

from callcenter.domain.calls.call import CallState, Renewal, next_deadline
from callcenter.domain.calls.words import (
    CUSTOMER,
    AgentJoinAsked,
    AgentUp,
    AlarmKind,
    Answered,
    CheckRecorder,
    CreateSnoop,
    DeadlineName,
    HangUp,
    LegGone,
    LegJoined,
    RaiseAlarm,
    RecordingFinished,
    RecordingStarted,
    Sight,
    SnoopUp,
    Surveyed,
)
from domain.call_values import RUNNING, Story, at

S = CallState
CHECK = DeadlineName.CHECK
OLD_LISTENERS = (HangUp("si1"), HangUp("so1"))
NEW_LISTENERS = (CreateSnoop("si2"), CreateSnoop("so2"))


def joined(story: Story, seconds: float = 20) -> Story:
    """A second leg is in the bridge."""
    story.tell(AgentJoinAsked(at(seconds), "PJSIP/agent-1002"), AgentUp(at(seconds), "a2"))
    story.tell(LegJoined(at(seconds), "a2"))
    return story


def closing() -> Story:
    story = joined(Story().talks())
    assert story.tell(LegGone(at(20), "a1")) == ()
    assert story.pass_until(20) == [CHECK]
    assert story.commands == OLD_LISTENERS
    return story


def test_the_old_leg_is_gone_before_the_listeners_are_made_anew() -> None:
    story = joined(Story().talks())
    assert HangUp("a1") in story.commands
    assert story.pass_until(20.9) == []
    assert story.tell(LegGone(at(20.9), "a1")) == ()
    assert story.pass_until(20.9) == [CHECK]
    assert story.commands == OLD_LISTENERS


def test_an_old_leg_that_does_not_go_is_not_waited_for_long() -> None:
    story = joined(Story().talks())
    assert story.pass_until(21) == [CHECK]
    assert story.commands == OLD_LISTENERS


def test_a_leg_that_was_lost_before_is_not_waited_for() -> None:
    story = Story().talks()
    story.tell(LegGone(at(15), "a1"))
    assert story.pass_until(16) == []
    joined(story)
    assert story.pass_until(20) == [CHECK]
    assert story.commands == OLD_LISTENERS


def test_the_old_listeners_are_gone_before_new_ones_are_made() -> None:
    story = closing()
    assert story.tell(RecordingFinished(at(20.1), "ri1")) == ()
    assert story.tell(LegGone(at(20.1), "si1")) == ()
    assert story.tell(LegGone(at(20.1), "so1")) == ()
    assert story.tell(RecordingFinished(at(20.1), "ro1")) == NEW_LISTENERS
    story.tell(SnoopUp(at(20.2), "si2"), SnoopUp(at(20.2), "so2"), RecordingStarted(at(20.2), "ri2"))
    assert story.tell(RecordingStarted(at(20.2), "ro2")) == (CheckRecorder(2),)
    assert (story.call.segment, story.call.renewal, story.call.suspect) == (2, Renewal.NONE, False)
    assert story.call.recorders["ri1"].finished_at == at(20.1)


def test_a_leg_that_joins_while_it_rings_renews_the_recorder_at_the_answer() -> None:
    story = joined(Story().rings(), 5)
    assert next_deadline(story.call) == (at(22), DeadlineName.RING)
    story.tell(Answered(at(10)))
    assert story.pass_until(10) == [CHECK]
    assert story.commands == OLD_LISTENERS


def test_listeners_that_do_not_go_in_time_are_replaced_with_an_alarm() -> None:
    story = closing()
    assert story.pass_until(21) == [CHECK]
    alarm = RaiseAlarm(AlarmKind.RECORDER_ENDED_EARLY, "segment 1")
    assert story.commands == (alarm, *OLD_LISTENERS, *NEW_LISTENERS)
    assert story.call.renewal is Renewal.NONE


def test_a_look_at_the_old_files_on_the_way_changes_nothing() -> None:
    story = closing()
    story.see(20.05, 32044, 32044)
    assert story.call.renewal is Renewal.UNDER_WAY
    assert next_deadline(story.call) == (at(21), CHECK)
    story.see(20.06, 64044, 64044)
    assert next_deadline(story.call) == (at(21), CHECK)


def test_a_customer_who_hangs_up_meanwhile_ends_the_talk_as_ever() -> None:
    story = closing()
    story.tell(LegGone(at(20.1), "si1"), LegGone(at(20.1), CUSTOMER, 16))
    assert story.call.state is S.ENDING
    assert not any(isinstance(command, CreateSnoop) for command in story.commands)


@pytest.mark.parametrize("listening", [True, False])
def test_a_renewal_that_was_cut_off_is_made_good(*, listening: bool) -> None:
    story = closing()
    found = {CUSTOMER: Sight.UP, "b": Sight.UP, "a2": Sight.UP} | (RUNNING if listening else {})
    story.tell(Surveyed(at(20.5), found))
    story.pass_until(21 if listening else 22)
    assert story.call.segment == (1 if listening else 2)
    assert set(OLD_LISTENERS if listening else NEW_LISTENERS) <= set(story.commands)


def test_a_listener_that_breaks_before_its_renewal_is_replaced_all_the_same() -> None:
    story = Story().talks()
    story.tell(AgentJoinAsked(at(20), "PJSIP/agent-1002"), AgentUp(at(20), "a2"))
    story.tell(Surveyed(at(20), {CUSTOMER: Sight.UP, "b": Sight.UP, "a1": Sight.UP, "a2": Sight.UP} | RUNNING))
    story.tell(LegJoined(at(20), "a2"), LegGone(at(20), "si1"))
    assert story.call.suspect
    story.pass_until(22)
    assert story.call.segment == 2
    assert story.call.renewal is Renewal.NONE
