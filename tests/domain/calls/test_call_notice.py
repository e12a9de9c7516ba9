"""The customer is told of the recording once he has answered, where the policy says so; that it was said is kept."""

from dataclasses import replace

from callcenter.domain.calls.words import (
    CUSTOMER,
    AlarmKind,
    Answered,
    CommandFailed,
    Failure,
    NoticeSaid,
    RaiseAlarm,
    SayNotice,
    Sight,
    Surveyed,
)
from domain.call_values import INCOMING, RUNNING, TERMS, Story, at

SAY = SayNotice(("sound:beep",))
TOLD = replace(TERMS, notice=SAY.sounds)


def test_it_is_said_when_he_answers_and_kept_when_it_was_said_whole() -> None:
    story = Story(TOLD).rings()
    assert story.tell(Answered(at(10))) == (SAY,)
    assert story.call.notice_at is None
    assert story.tell(NoticeSaid(at(13), whole=True)) == ()
    assert story.call.notice_at == at(13)


def test_who_rang_in_is_told_as_well() -> None:
    story = Story(replace(INCOMING, notice=SAY.sounds)).answers_waiting()
    assert story.tell(Answered(at(2))) == (SAY,)


def test_without_a_word_of_the_policy_nothing_is_said() -> None:
    assert SAY not in Story().rings().tell(Answered(at(10)))


def test_one_that_cannot_be_said_raises_an_alarm_and_is_not_kept_as_said() -> None:
    story = Story(TOLD).talks()
    assert story.tell(NoticeSaid(at(11), whole=False)) == (RaiseAlarm(AlarmKind.NOTICE_FAILED, "not said to its end"),)
    assert story.tell(CommandFailed(at(11), SAY, Failure.REFUSED, "no such sound")) == (
        RaiseAlarm(AlarmKind.NOTICE_FAILED, "no such sound"),
    )
    assert story.call.notice_at is None


def test_who_answered_while_nobody_looked_is_told_when_he_is_found() -> None:
    story = Story(TOLD).rings()
    found = {CUSTOMER: Sight.UP, "b": Sight.UP, "a1": Sight.UP, **RUNNING}
    assert SAY in story.tell(Surveyed(at(15), found))
