"""The recording of a talk is paused where the policy allows it, for a reason and a time, and never for ever."""

from dataclasses import replace

import pytest

from callcenter.domain.calls.call import Call, CallTerms, Renewal, must_be_kept_first
from callcenter.domain.calls.pausing import may_pause, may_resume
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentJoinAsked,
    AgentUp,
    AlarmKind,
    Command,
    CommandFailed,
    CreateSnoop,
    DeadlineName,
    Failure,
    HangUp,
    LegGone,
    LegJoined,
    MuteRecording,
    PauseAsked,
    RaiseAlarm,
    RecordingFinished,
    RecordingMuted,
    RecordingStarted,
    RecordingUnmuted,
    ResumeAsked,
    Sight,
    SnoopUp,
    Surveyed,
    SwitchLost,
    UnmuteRecording,
)
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.recording import Pause, PauseEnd, PauseReason
from callcenter.domain.refusal import Refusal, Rule
from domain.call_values import RUNNING, TERMS, Story, at

FOUND = {CUSTOMER: Sight.UP, BRIDGE: Sight.UP, "a1": Sight.UP, **RUNNING}
MUTE = (MuteRecording("ri1"), MuteRecording("ro1"))
UNMUTE = (UnmuteRecording("ri1"), UnmuteRecording("ro1"))
ASKED = PauseAsked(at(20), "ag1", " card number ")
PAUSED = Pause(at(20), "card number", "ag1")


def paused(terms: CallTerms = TERMS) -> Story:
    """From second 20."""
    story = Story(terms).talks()
    story.tell(ASKED, RecordingMuted(at(20), "ri1"), RecordingMuted(at(20), "ro1"))
    return story


def rule_of(refusal: Refusal | None) -> Rule | None:
    return refusal.rule if refusal else None


REFUSED: list[tuple[str, Call, Rule]] = [
    ("no policy allows it", Story(replace(TERMS, pause_seconds=0)).talks().call, Rule.PAUSE_FORBIDDEN),
    ("it rings", Story().rings().call, Rule.PAUSE_NO_TALK),
    ("it is over", Story().is_ending().call, Rule.PAUSE_NO_TALK),
    ("it is paused", paused().call, Rule.PAUSE_LASTS),
    (
        "it was paused as often as it may",
        replace(paused().call, pauses=(replace(PAUSED, ended_at=at(21), ended_by=PauseEnd.AGENT),) * 2),
        Rule.PAUSES_USED,
    ),
    ("a recorder has failed", replace(Story().talks().call, suspect=True), Rule.PAUSE_NO_RECORDER),
    ("a recorder is renewed", replace(Story().talks().call, renewal=Renewal.DUE), Rule.PAUSE_NO_RECORDER),
]


@pytest.mark.parametrize(("call", "rule"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_no_pause_where(call: Call, rule: Rule) -> None:
    assert rule_of(may_pause(call, "card number")) is rule


def test_no_pause_without_a_reason() -> None:
    assert rule_of(may_pause(Story().talks().call, "  ")) is Rule.PAUSE_UNREASONED
    assert may_pause(Story().talks().call, "card number") is None


@pytest.mark.parametrize("kind", PauseReason)
def test_a_chosen_reason_needs_no_words_and_another_does(kind: PauseReason) -> None:
    call = Story().talks().call
    assert rule_of(may_pause(call, " ", kind)) is (Rule.PAUSE_UNREASONED if kind is PauseReason.OTHER else None)
    story = Story().talks()
    story.tell(replace(ASKED, reason=" word ", kind=kind))
    assert story.call.pause == Pause(at(20), "word", "ag1", kind=kind)
    story = Story().talks()
    story.tell(replace(ASKED, reason="", kind=kind))
    assert (story.call.pause is None) == (kind is PauseReason.OTHER)


def test_a_refusal_tells_when_the_pause_that_lasts_ends_by_itself() -> None:
    refusal = may_pause(paused().call, "again")
    assert refusal is not None
    assert refusal.opens_at == at(80)


def test_one_that_failed_does_not_count() -> None:
    call = replace(Story().talks().call, pauses=(replace(PAUSED, ended_at=at(20), ended_by=PauseEnd.FAILED),) * 5)
    assert may_pause(call, "card number") is None


def test_both_recorders_are_muted_and_who_asked_and_why_is_kept_before() -> None:
    story = Story().talks()
    before = story.call
    assert story.tell(ASKED) == MUTE
    assert story.call.pause == PAUSED
    assert must_be_kept_first(before, story.call)


def test_what_is_not_allowed_any_more_when_its_turn_comes_changes_nothing() -> None:
    story = paused()
    before = story.call
    assert story.tell(PauseAsked(at(21), "ag1", "again")) == ()
    assert story.call == before


def test_resumed_it_writes_again() -> None:
    story = paused()
    assert may_resume(story.call) is None
    assert story.tell(ResumeAsked(at(32))) == UNMUTE
    assert story.call.pauses == (replace(PAUSED, ended_at=at(32), ended_by=PauseEnd.AGENT),)
    story.tell(RecordingUnmuted(at(32), "ri1"), RecordingUnmuted(at(32), "ro1"))
    assert story.call.muted == ()
    assert rule_of(may_resume(story.call)) is Rule.PAUSE_NONE
    assert story.tell(ResumeAsked(at(33))) == ()


def test_nobody_needs_to_remember_it() -> None:
    story = paused()
    told: list[Command] = []
    while DeadlineName.PAUSE not in story.pass_until(80):
        told.extend(story.see(80, 10**6 + len(told), 10**6 + len(told)))
    assert story.commands == UNMUTE
    assert story.call.pauses == (replace(PAUSED, ended_at=at(80), ended_by=PauseEnd.LIMIT),)


def test_it_ends_with_the_call() -> None:
    story = paused()
    story.tell(LegGone(at(41), CUSTOMER, 16))
    assert story.call.end_reason is EndReason.CUSTOMER
    assert story.call.pauses == (replace(PAUSED, ended_at=at(41), ended_by=PauseEnd.CALL),)


def test_it_ends_with_the_switch() -> None:
    story = paused()
    story.tell(SwitchLost(at(19)))
    assert story.call.outcome is Outcome.ANSWERED
    assert story.call.pauses == (replace(PAUSED, ended_at=at(20), ended_by=PauseEnd.CALL),)


@pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.NOT_SENT, Failure.UNAVAILABLE])
def test_a_recorder_that_cannot_be_muted_is_no_pause_and_the_other_one_writes_again(failure: Failure) -> None:
    story = Story().talks()
    story.tell(ASKED, RecordingMuted(at(20), "ri1"))
    alarm = RaiseAlarm(AlarmKind.RECORDER_NOT_PAUSED, "no")
    assert story.tell(CommandFailed(at(21), MUTE[1], failure, "no")) == (alarm, *UNMUTE)
    assert story.call.pauses == (replace(PAUSED, ended_at=at(21), ended_by=PauseEnd.FAILED),)
    assert story.call.renewal is Renewal.NONE


def test_a_mute_of_which_nobody_knows_makes_room_for_another_recorder() -> None:
    story = Story().talks()
    story.tell(ASKED)
    story.tell(CommandFailed(at(25), MUTE[0], Failure.UNKNOWN, "no answer"))
    assert story.call.pause is None
    assert story.pass_until(25) == [DeadlineName.CHECK]
    assert set(story.commands) == {HangUp("si1"), HangUp("so1")}


def test_a_recorder_that_stays_mute_is_replaced_and_the_gap_is_listed() -> None:
    story = paused()
    story.tell(ResumeAsked(at(32)))
    alarm = RaiseAlarm(AlarmKind.RECORDER_NOT_RESUMED, "no")
    assert story.tell(CommandFailed(at(33), UNMUTE[0], Failure.REFUSED, "no")) == (alarm,)
    assert story.tell(CommandFailed(at(33), UNMUTE[1], Failure.REFUSED, "no")) == ()
    assert story.call.recorder_failed_at == (at(33),)
    assert story.pass_until(33) == [DeadlineName.CHECK]
    assert set(story.commands) == {HangUp("si1"), HangUp("so1")}


def test_a_mute_told_after_the_pause_is_taken_back() -> None:
    story = paused()
    story.tell(ResumeAsked(at(32)), RecordingUnmuted(at(32), "ri1"), RecordingUnmuted(at(32), "ro1"))
    assert story.tell(RecordingMuted(at(32), "ri1")) == (UnmuteRecording("ri1"),)


def test_an_unmute_told_after_the_next_pause_began_is_taken_back() -> None:
    story = paused()
    story.tell(ResumeAsked(at(32)), PauseAsked(at(33), "ag1", "again"))
    assert story.tell(RecordingUnmuted(at(33), "ri1")) == (MuteRecording("ri1"),)


def test_a_new_recorder_begins_mute_in_a_pause() -> None:
    story = paused()
    story.tell(RecordingFinished(at(25), "ri1"))
    story.pass_until(26)
    assert CreateSnoop("si2") in story.commands
    assert story.call.muted == ("ro1",)
    story.tell(SnoopUp(at(26), "si2"))
    assert story.tell(RecordingStarted(at(26), "ri2")) == (MuteRecording("ri2"),)
    assert story.tell(ResumeAsked(at(27))) == (UnmuteRecording("ri2"),)


def test_another_agent_s_leg_is_recorded_from_the_end_of_the_pause_on() -> None:
    story = paused()
    story.tell(AgentJoinAsked(at(22), "PJSIP/agent-1002"), AgentUp(at(23), "a2"), LegJoined(at(23), "a2"))
    story.tell(LegGone(at(24), "a1"))
    before = story.call.segment
    story.pass_until(70)
    assert story.call.segment == before
    assert story.tell(ResumeAsked(at(71))) == UNMUTE
    assert story.pass_until(71) == [DeadlineName.CHECK]
    assert set(story.commands) == {HangUp("si1"), HangUp("so1")}


class TestAfterARestartOfTheService:
    def test_what_is_known_to_be_mute_is_not_touched(self) -> None:
        story = paused()
        assert story.tell(Surveyed(at(30), FOUND)) == ()
        assert story.call.pause == PAUSED

    def test_what_may_not_have_been_muted_is(self) -> None:
        story = Story().talks()
        story.tell(ASKED, RecordingMuted(at(20), "ri1"))
        assert story.tell(Surveyed(at(30), FOUND)) == (MuteRecording("ro1"),)

    def test_what_may_not_have_been_resumed_is(self) -> None:
        story = paused()
        story.tell(ResumeAsked(at(25)))
        assert story.tell(Surveyed(at(30), FOUND)) == UNMUTE

    def test_one_whose_time_is_over_ends_at_once(self) -> None:
        story = paused()
        story.tell(Surveyed(at(300), FOUND))
        assert DeadlineName.PAUSE in story.pass_until(300)
        assert story.call.pause is None

    def test_it_ends_with_a_call_that_ended_meanwhile(self) -> None:
        story = paused()
        story.tell(Surveyed(at(30), {}))
        assert story.call.pauses[-1].ended_by is PauseEnd.CALL

    def test_a_talk_without_a_pause_asks_for_nothing(self) -> None:
        assert Story().talks().tell(Surveyed(at(30), FOUND)) == ()
