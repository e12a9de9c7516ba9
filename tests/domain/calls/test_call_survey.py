"""The service was away: what does it make of what it finds on the switch?"""

from dataclasses import replace

import pytest

from callcenter.domain.calls.call import CallState, PartState, RecorderLife, next_deadline
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentJoinAsked,
    AgentUp,
    AlarmKind,
    Answered,
    CheckRecorder,
    CommandFailed,
    Connect,
    CreateSnoop,
    DeadlineName,
    DeadlinePassed,
    DestroyBridge,
    Failure,
    HangUp,
    JoinBridge,
    LegJoined,
    Progress,
    RaiseAlarm,
    RecordingFinished,
    RecordingStarted,
    Ringing,
    Sight,
    SnoopUp,
    StopRecording,
    Surveyed,
)
from callcenter.domain.outcomes import EndReason, Outcome
from domain.call_values import EMPTY, RUNNING, Story, at

S = CallState
CONNECT = Connect("a1", 50)
LEGS = {"a1": Sight.UP, BRIDGE: Sight.UP}


def found(sight: Sight, **parts: Sight) -> dict[str, Sight]:
    """The customer's channel so, and all else as it should be."""
    return {CUSTOMER: sight, **LEGS, **RUNNING, **parts}


def without(parts: dict[str, Sight], *absent: str) -> dict[str, Sight]:
    return {part: sight for part, sight in parts.items() if part not in absent}


def resumed(story: Story, seconds: float, parts: dict[str, Sight]) -> Story:
    story.tell(Surveyed(at(seconds), parts))
    return story


# --- before the dial ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chapter", "parts", "commands"),
    [
        ("agent_rings", {}, ()),
        ("agent_rings", {"a1": Sight.RINGING}, (HangUp("a1"),)),
        ("prepares", {"a1": Sight.UP}, (HangUp("a1"),)),
        ("records", {"a1": Sight.UP, CUSTOMER: Sight.DOWN, **RUNNING}, (HangUp("a1"), HangUp(CUSTOMER))),
    ],
)
def test_a_call_that_was_not_dialled_is_given_back(
    chapter: str, parts: dict[str, Sight], commands: tuple[HangUp, ...]
) -> None:
    story = resumed(getattr(Story(), chapter)(), 3, parts)
    assert story.commands == commands
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.SERVICE_RESTART)
    assert story.call.state is (S.ENDING if parts else S.ENDED)
    assert set(story.call.parts) == set(parts)


def test_a_call_that_had_not_begun_ends() -> None:
    story = resumed(Story(), 3, {})
    assert (story.call.state, story.call.end_reason) == (S.ENDED, EndReason.SERVICE_RESTART)


# --- while it is dialled ---------------------------------------------------------------------------------------------


def test_a_dial_that_never_went_out_is_sent_and_its_bridge_given_back_later() -> None:
    story = resumed(Story().dials(), 3, without(found(Sight.DOWN), BRIDGE))
    assert story.commands == (CONNECT,)
    assert story.call.parts[BRIDGE] is PartState.REQUESTED
    resumed(story, 4, found(Sight.DOWN))
    assert story.commands == (CONNECT,)


def test_a_dial_that_never_went_out_is_stale_after_the_set_up_time() -> None:
    story = resumed(Story().dials(), 6.1, found(Sight.DOWN))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.SERVICE_RESTART)
    assert {HangUp("a1"), HangUp(CUSTOMER), DestroyBridge()} == set(story.commands)


@pytest.mark.parametrize("lost", ["ri1", "ro1"])
def test_nothing_is_dialled_when_a_recorder_was_lost(lost: str) -> None:
    story = resumed(Story().dials(), 3, without(found(Sight.DOWN), lost))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED)
    assert any(isinstance(command, RaiseAlarm) for command in story.commands)
    assert CONNECT not in story.commands


def test_nothing_is_dialled_when_the_agent_was_lost() -> None:
    story = resumed(Story().dials(), 3, without(found(Sight.DOWN), "a1"))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.AGENT_LOST)


def test_a_dial_that_went_out_unseen_is_not_sent_again_and_waits_anew_for_a_sign() -> None:
    story = Story().dials()
    story.tell(CommandFailed(at(2), CONNECT, Failure.UNKNOWN))
    resumed(story, 12, found(Sight.DIALLED))
    assert story.commands == ()
    assert not story.call.dial_unknown
    assert story.pass_until(36.9) == [DeadlineName.CHECK]
    assert story.pass_until(37) == [DeadlineName.RING]
    assert (story.call.outcome, story.call.dialled_at) == (Outcome.UNREACHABLE, at(1))


def test_early_media_that_was_heard_is_not_forgotten() -> None:
    story = Story().dials()
    story.tell(Progress(at(3)))
    story.see(3, EMPTY, EMPTY)
    story.pass_until(5.3)
    story.see(5.3, 64044, 64044)
    resumed(story, 12, found(Sight.DIALLED))
    assert (story.call.state, story.commands) == (S.DIALLING, ())
    assert next_deadline(story.call) == (at(23), DeadlineName.RING)


def test_a_ring_whose_beginning_was_missed_begins_when_it_is_seen() -> None:
    story = resumed(Story().dials(), 12, found(Sight.RINGING))
    assert story.commands == (CheckRecorder(1),)
    assert story.call.ringing_at == at(12)
    assert next_deadline(story.call) == (at(14.3), DeadlineName.CHECK)


def test_a_ring_goes_on_as_it_was() -> None:
    story = Story().rings()
    before = next_deadline(story.call)
    resumed(story, 12, found(Sight.RINGING))
    assert (story.commands, next_deadline(story.call)) == ((), before)


@pytest.mark.parametrize("sight", [Sight.RINGING, Sight.DIALLED])
def test_a_look_at_the_recorder_that_was_lost_with_the_service_is_made_again(sight: Sight) -> None:
    story = Story().dials()
    story.tell(Progress(at(2)), Ringing(at(2)), DeadlinePassed(at(4.3), DeadlineName.CHECK))
    resumed(story, 4.5, found(sight))
    assert next_deadline(story.call) == (at(4.5), DeadlineName.CHECK)


def test_an_answer_that_was_missed_is_a_talk() -> None:
    story = resumed(Story().dials(), 12, found(Sight.UP))
    assert (story.call.state, story.call.answered_at) == (S.TALKING, at(12))
    assert next_deadline(story.call) == (at(14.3), DeadlineName.CHECK)


def test_a_customer_who_is_gone_leaves_an_unknown_outcome() -> None:
    story = resumed(Story().rings(), 12, LEGS)
    assert (story.call.outcome, story.call.end_reason) == (Outcome.UNKNOWN, EndReason.UNSEEN)
    assert {HangUp("a1"), DestroyBridge()} == set(story.commands)
    assert all(life.ended and life.finished_at is None for life in story.call.recorders.values())


def test_a_ring_without_its_recorder_is_cancelled() -> None:
    story = resumed(Story().rings(), 12, without(found(Sight.RINGING), "si1", "ri1"))
    story.tell(DeadlinePassed(at(13), DeadlineName.CHECK))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.CANCELLED, EndReason.RECORDER_FAILED)
    assert RaiseAlarm(AlarmKind.RECORDER_STALLED, "sizes (32044, 32044)") in story.commands


# --- in a talk -------------------------------------------------------------------------------------------------------


def test_a_talk_goes_on_untouched() -> None:
    story = Story().talks()
    before = replace(story.call, parts=dict.fromkeys(story.call.parts, PartState.UP))
    resumed(story, 30, found(Sight.UP))
    assert story.commands == ()
    assert story.call == before


def test_a_talk_whose_look_at_the_recorder_was_lost_is_looked_at() -> None:
    story = Story().talks()
    story.pass_until(40)
    resumed(story, 45, found(Sight.UP))
    assert next_deadline(story.call) == (at(45), DeadlineName.CHECK)


@pytest.mark.parametrize(("agent", "reason"), [(True, EndReason.CUSTOMER), (False, EndReason.UNSEEN)])
def test_a_talk_that_ended_unseen_keeps_its_outcome(agent: bool, reason: EndReason) -> None:
    story = resumed(Story().talks(), 60, {"a1": Sight.UP} if agent else {})
    assert (story.call.outcome, story.call.end_reason) == (Outcome.ANSWERED, reason)
    assert story.call.state is (S.ENDING if agent else S.ENDED)


def test_a_talk_whose_agent_was_lost_has_the_grace_from_now_on() -> None:
    story = resumed(Story().talks(), 15, without(found(Sight.UP), "a1"))
    assert next_deadline(story.call) == (at(30), DeadlineName.AGENT_GRACE)
    resumed(story, 20, without(found(Sight.UP), "a1"))
    assert next_deadline(story.call) == (at(30), DeadlineName.AGENT_GRACE)


def test_a_talk_without_its_recorder_gets_a_new_segment() -> None:
    story = resumed(Story().talks(), 60, without(found(Sight.UP), "ro1"))
    assert story.call.recorders["ro1"] == RecorderLife(at(1), None, ended=True)
    story.tell(DeadlinePassed(at(61), DeadlineName.CHECK))
    assert CreateSnoop("so2") in story.commands


def test_a_recorder_whose_start_was_missed_starts_when_it_is_seen() -> None:
    story = Story().talks()
    story.tell(RecordingFinished(at(20), "ri1"), DeadlinePassed(at(21), DeadlineName.CHECK))
    story.tell(SnoopUp(at(21), "si2"), SnoopUp(at(21), "so2"), RecordingStarted(at(21), "ri2"))
    second = {"si2": Sight.UP, "so2": Sight.UP, "ri2": Sight.UP, "ro2": Sight.UP}
    resumed(story, 23, {CUSTOMER: Sight.UP, **LEGS, **second})
    assert story.call.recorders["ri2"].started_at == at(21)
    assert story.call.recorders["ro2"].started_at == at(23)
    assert not story.call.suspect
    assert next_deadline(story.call) == (at(26), DeadlineName.CHECK)


# --- later legs ------------------------------------------------------------------------------------------------------


def test_a_later_leg_that_is_up_joins() -> None:
    story = Story().talks()
    story.tell(AgentJoinAsked(at(20), "PJSIP/agent-1002"))
    resumed(story, 30, found(Sight.UP, a2=Sight.UP))
    assert story.commands == (JoinBridge("a2"),)
    assert story.tell(AgentUp(at(29), "a2")) == ()
    assert story.tell(LegJoined(at(30), "a2")) == (HangUp("a1"),)


def test_a_later_leg_that_still_rings_joins_when_it_is_up() -> None:
    story = Story().talks()
    story.tell(AgentJoinAsked(at(20), "PJSIP/agent-1002"))
    resumed(story, 30, found(Sight.UP, a2=Sight.RINGING))
    assert story.commands == ()
    assert story.tell(AgentUp(at(31), "a2")) == (JoinBridge("a2"),)


def test_an_old_leg_whose_hang_up_was_lost_is_dropped() -> None:
    story = Story().talks()
    story.tell(AgentJoinAsked(at(20), "PJSIP/agent-1002"), AgentUp(at(21), "a2"), LegJoined(at(21), "a2"))
    resumed(story, 30, found(Sight.UP, a2=Sight.UP))
    assert story.commands == (HangUp("a1"),)
    assert story.call.agent == "a2"


@pytest.mark.parametrize("sight", [Sight.RINGING, Sight.UP])
def test_a_later_leg_joins_a_ring_too(sight: Sight) -> None:
    story = Story().rings()
    story.tell(AgentJoinAsked(at(5), "PJSIP/agent-1002"))
    resumed(story, 12, found(sight, a2=Sight.UP))
    assert story.commands == (JoinBridge("a2"),)


def test_a_later_leg_is_given_back_with_a_dial_that_is_given_up() -> None:
    story = Story().dials()
    story.tell(AgentJoinAsked(at(2), "PJSIP/agent-1002"))
    resumed(story, 12, found(Sight.DOWN, a2=Sight.UP))
    assert HangUp("a2") in story.commands
    assert JoinBridge("a2") not in story.commands


# --- after the end -------------------------------------------------------------------------------------------------


def test_what_is_left_of_an_ended_call_is_given_back() -> None:
    story = resumed(Story().is_ending(), 50, {"a1": Sight.UP, "ri1": Sight.UP})
    assert story.commands == (HangUp("a1"), StopRecording("ri1"))
    assert set(story.call.parts) == {"a1", "ri1"}
    assert story.call.recorders["ro1"].ended
    assert not story.call.recorders["ri1"].ended
    assert next_deadline(story.call) == (at(52), DeadlineName.RELEASE)


def test_an_ending_call_of_which_nothing_is_left_has_ended() -> None:
    story = resumed(Story().is_ending(), 50, {})
    assert (story.call.state, story.commands, next_deadline(story.call)) == (S.ENDED, (), None)
    assert all(life.ended for life in story.call.recorders.values())


def test_events_from_before_the_survey_change_nothing_after_it() -> None:
    story = resumed(Story().dials(), 12, found(Sight.UP))
    before = story.call
    assert story.tell(Ringing(at(5)), RecordingStarted(at(1), "ri1"), SnoopUp(at(1), "si1"), Answered(at(9))) == ()
    assert story.call == before
