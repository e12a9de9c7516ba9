"""How long does it ring, who may end it, and what if the dial itself goes wrong?"""

import pytest

from callcenter.domain.calls.call import CallState, may_hang_up, next_deadline, ring_until
from callcenter.domain.calls.words import (
    CUSTOMER,
    AlarmKind,
    Answered,
    BridgeGone,
    CallEvent,
    CheckRecorder,
    CommandFailed,
    Connect,
    DeadlineName,
    DeadlinePassed,
    DestroyBridge,
    Failure,
    HangUp,
    HangUpAsked,
    HangupRequested,
    LegGone,
    PartAbsent,
    Progress,
    RaiseAlarm,
    RecorderSeen,
    Ringing,
    SwitchLost,
)
from callcenter.domain.outcomes import EndReason, Outcome, OutcomeRule
from callcenter.domain.refusal import Rule, Strength
from domain.call_values import CHAPTERS, EMPTY, TERMS, Story, at

CONNECT = Connect("a1", 50)


@pytest.mark.parametrize(
    ("seconds", "reason", "allowed"),
    [
        (2.0, "", False),
        (21.9, "", False),
        (21.9, "   ", False),
        (21.9, "wrong number", True),
        (22.0, "", True),
        (30.0, "", True),
    ],
)
def test_a_ring_may_be_cancelled_after_twenty_seconds_or_with_a_reason(
    seconds: float, reason: str, allowed: bool
) -> None:
    refusal = may_hang_up(Story().rings().call, at(seconds), reason)
    assert (refusal is None) is allowed
    if refusal is not None:
        assert (refusal.rule, refusal.source, refusal.strength) == (Rule.RING_TOO_SHORT, "C6-55", Strength.OVERRIDE)
        assert refusal.opens_at == at(22)
        assert refusal.detail == {"rung": str(int(seconds - 2)), "least": "20"}


def test_a_silent_network_is_locked_from_the_dial_and_anew_from_the_first_sign() -> None:
    story = Story().dials()
    refusal = may_hang_up(story.call, at(20.9), "")
    assert refusal is not None
    assert refusal.opens_at == at(21)
    assert may_hang_up(story.call, at(21), "") is None
    story.tell(Progress(at(15)))
    refusal = may_hang_up(story.call, at(21), "")
    assert refusal is not None
    assert refusal.opens_at == at(35)


@pytest.mark.parametrize("state", [CallState.NEW, CallState.AGENT_RINGING, CallState.PREPARING, CallState.TALKING])
def test_where_nothing_rings_at_the_customers_the_agent_may_always_end_the_call(state: CallState) -> None:
    assert may_hang_up(CHAPTERS[state]().call, at(11), "") is None


@pytest.mark.parametrize("state", [CallState.ENDING, CallState.ENDED])
def test_what_is_over_cannot_be_ended_again(state: CallState) -> None:
    refusal = may_hang_up(CHAPTERS[state]().call, at(60), "why not")
    assert refusal is not None
    assert refusal.rule is Rule.CALL_NOT_RINGING
    assert refusal.detail == {"state": state}


def test_a_cancel_gives_the_customer_back_and_keeps_the_reason() -> None:
    story = Story().rings()
    commands = story.tell(HangUpAsked(at(5), "wrong number"))
    assert set(commands) == {HangUp("a1"), HangUp(CUSTOMER), DestroyBridge()}
    call = story.call
    assert (call.outcome, call.end_reason, call.hang_up_reason) == (
        Outcome.CANCELLED,
        EndReason.CANCELLED,
        "wrong number",
    )
    assert call.hung_up_first == "agent"
    story.tell(LegGone(at(5.1), CUSTOMER, 16))
    assert (story.call.outcome, story.call.cause) == (Outcome.CANCELLED, 16)


def test_the_ring_lasts_from_the_first_sign_whatever_the_second_is() -> None:
    story = Story().dials()
    story.tell(Progress(at(9)), Ringing(at(12)))
    assert ring_until(story.call) == at(29)
    story.see(9, EMPTY, EMPTY)
    story.pass_until(11.3)
    story.see(11.3, 64044, 64044)
    assert next_deadline(story.call) == (at(29), DeadlineName.RING)
    commands = story.tell(DeadlinePassed(at(29), DeadlineName.RING))
    assert HangUp(CUSTOMER, 19) in commands
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NO_ANSWER, EndReason.RING_TIMEOUT)


def test_a_network_that_never_replies_is_given_up_five_seconds_later() -> None:
    story = Story().dials()
    assert next_deadline(story.call) == (at(26), DeadlineName.RING)
    story.tell(DeadlinePassed(at(26), DeadlineName.RING))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.UNREACHABLE, EndReason.RING_TIMEOUT)


def test_a_deadline_that_was_moved_meanwhile_ends_nothing() -> None:
    story = Story().dials()
    story.tell(Ringing(at(25.9)))
    before = story.call
    assert story.tell(DeadlinePassed(at(26), DeadlineName.RING)) == ()
    assert story.tell(DeadlinePassed(at(26), DeadlineName.MAX_TALK)) == ()
    assert story.call == before


def test_the_switchs_own_limit_never_comes_before_ours() -> None:
    story = Story().dials()
    limit = next(command.ring_seconds for command in story.commands if isinstance(command, Connect))
    story.tell(Ringing(at(25.9)))
    until = ring_until(story.call)
    assert until is not None
    assert until < at(1 + limit)


@pytest.mark.parametrize(
    ("cause", "sip", "sign", "outcome", "reason"),
    [
        (17, 486, None, Outcome.BUSY, EndReason.NETWORK),
        (19, 480, Ringing(at(2)), Outcome.NO_ANSWER, EndReason.NETWORK),
        (19, 480, Progress(at(2)), Outcome.NO_ANSWER, EndReason.NETWORK),
        (19, 480, None, Outcome.UNREACHABLE, EndReason.NETWORK),
        (1, 404, Progress(at(2)), Outcome.INVALID_NUMBER, EndReason.NETWORK),
        (21, 403, None, Outcome.REJECTED, EndReason.NETWORK),
        (20, None, None, Outcome.UNREACHABLE, EndReason.NETWORK),
        (34, 503, None, Outcome.CONGESTION, EndReason.NETWORK),
        (None, None, None, Outcome.UNKNOWN, EndReason.UNSEEN),
    ],
)
def test_a_dial_ends_as_the_network_says(
    cause: int | None, sip: int | None, sign: CallEvent | None, outcome: Outcome, reason: EndReason
) -> None:
    story = Story().dials()
    story.tell(*([sign] if sign else []), LegGone(at(6), CUSTOMER, cause, sip))
    assert (story.call.outcome, story.call.end_reason) == (outcome, reason)
    assert (story.call.cause, story.call.sip) == (cause, sip)


def test_the_trunks_own_rows_decide_first() -> None:
    rows = (OutcomeRule(Outcome.INVALID_NUMBER, cause=17),)
    story = Story(type(TERMS)("PJSIP/agent-1001", "PJSIP/13800000001@trunk", outcome_rules=rows)).dials()
    story.tell(LegGone(at(6), CUSTOMER, 17, 486))
    assert story.call.outcome is Outcome.INVALID_NUMBER


def test_a_customer_found_absent_was_not_seen_to_end() -> None:
    story = Story().dials()
    story.tell(PartAbsent(at(6), CUSTOMER))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.UNKNOWN, EndReason.UNSEEN)


def test_a_bridge_that_goes_by_itself_ends_the_ring() -> None:
    story = Story().rings()
    story.tell(BridgeGone(at(6)))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.CANCELLED, EndReason.SWITCH_REFUSED)
    assert "b" not in story.call.parts


# --- the command that dials ------------------------------------------------------------------------------------


@pytest.mark.parametrize("failure", [Failure.UNKNOWN, Failure.NOT_SENT])
def test_a_dial_that_may_not_have_gone_out_is_asked_again_while_the_gates_word_holds(failure: Failure) -> None:
    story = Story().dials()
    story.tell(CommandFailed(at(1.2), CONNECT, failure))
    assert next_deadline(story.call) == (at(1.7), DeadlineName.CHECK)
    assert story.tell(DeadlinePassed(at(1.7), DeadlineName.CHECK)) == (CONNECT,)


def test_a_dial_that_never_left_is_not_charged() -> None:
    story = Story().dials()
    for second in (1, 3, 5, 6.1):
        story.tell(CommandFailed(at(second), CONNECT, Failure.NOT_SENT))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED)
    assert any(isinstance(command, RaiseAlarm) for command in story.commands)


@pytest.mark.parametrize("last", [Failure.UNKNOWN, Failure.NOT_SENT, Failure.REFUSED])
def test_a_dial_that_may_have_gone_out_gets_its_ring_time(last: Failure) -> None:
    story = Story().dials()
    story.tell(CommandFailed(at(2), CONNECT, Failure.UNKNOWN))
    assert story.tell(CommandFailed(at(7), CONNECT, last)) == ()
    assert story.call.state is CallState.DIALLING
    assert story.pass_until(25.9) in ([], [DeadlineName.CHECK])
    story.tell(DeadlinePassed(at(26), DeadlineName.RING))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.UNKNOWN, EndReason.UNSEEN)


def test_a_refused_repetition_leaves_the_networks_word_to_come() -> None:
    story = Story().dials()
    story.tell(CommandFailed(at(2), CONNECT, Failure.UNKNOWN), CommandFailed(at(3), CONNECT, Failure.REFUSED))
    story.tell(LegGone(at(3), CUSTOMER, 17, 486))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.BUSY, EndReason.NETWORK)


@pytest.mark.parametrize("sign", [Ringing(at(1.4)), Progress(at(1.4))])
def test_a_sign_proves_an_unknown_dial_and_the_recorder_is_still_looked_at(sign: CallEvent) -> None:
    story = Story().dials()
    story.tell(CommandFailed(at(1.2), CONNECT, Failure.UNKNOWN))
    assert story.tell(sign) == (CheckRecorder(1),)
    assert next_deadline(story.call) == (at(3.7), DeadlineName.CHECK)
    assert story.tell(DeadlinePassed(at(3.7), DeadlineName.CHECK)) == (CheckRecorder(1),)
    story.see(3.7, 32044, 32044)
    story.tell(DeadlinePassed(at(21.4), DeadlineName.RING))
    assert story.call.outcome is Outcome.NO_ANSWER


def test_an_answer_proves_an_unknown_dial() -> None:
    story = Story().dials()
    story.tell(CommandFailed(at(1.2), CONNECT, Failure.UNKNOWN), Answered(at(2)))
    assert not story.call.connect_again
    assert not story.call.dial_unknown
    assert story.tell(DeadlinePassed(at(4.3), DeadlineName.CHECK)) == (CheckRecorder(1),)


@pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.UNAVAILABLE])
def test_a_refused_dial_is_the_trunks_fault_and_not_charged(failure: Failure) -> None:
    story = Story().dials()
    commands = story.tell(CommandFailed(at(1.2), CONNECT, failure, "no such endpoint"))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.SWITCH_REFUSED)
    assert RaiseAlarm(AlarmKind.TRUNK_REFUSED, "no such endpoint") in commands


def test_a_dial_refused_because_the_agent_is_gone_is_no_fault_of_the_trunk() -> None:
    story = Story().dials()
    story.tell(LegGone(at(1.1), "a1", 44))
    commands = story.tell(CommandFailed(at(1.2), CONNECT, Failure.REFUSED))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.AGENT_LOST)
    assert not any(isinstance(command, RaiseAlarm) for command in commands)


# --- the agent while it rings ------------------------------------------------------------------------------------


def test_an_agent_who_hangs_up_while_it_rings_cancels_and_is_named() -> None:
    story = Story().rings()
    story.tell(HangupRequested(at(5), "a1"), LegGone(at(5), "a1", 16))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.CANCELLED, EndReason.AGENT)


def test_an_agents_leg_that_breaks_has_its_grace_while_it_rings() -> None:
    story = Story().rings()
    story.tell(LegGone(at(5), "a1", 44))
    assert next_deadline(story.call) == (at(20), DeadlineName.AGENT_GRACE)
    commands = story.tell(DeadlinePassed(at(20), DeadlineName.AGENT_GRACE))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.CANCELLED, EndReason.AGENT_LOST)
    assert RaiseAlarm(AlarmKind.AGENT_LOST) in commands


# --- a switch that was restarted ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (CallState.NEW, Outcome.NOT_DIALLED),
        (CallState.AGENT_RINGING, Outcome.NOT_DIALLED),
        (CallState.PREPARING, Outcome.NOT_DIALLED),
        (CallState.DIALLING, Outcome.UNKNOWN),
        (CallState.TALKING, Outcome.ANSWERED),
    ],
)
def test_a_lost_switch_ends_the_call_at_once(state: CallState, outcome: Outcome) -> None:
    story = CHAPTERS[state]()
    commands = story.tell(SwitchLost(at(50)))
    call = story.call
    assert (call.state, call.outcome, call.end_reason) == (CallState.ENDED, outcome, EndReason.SWITCH_LOST)
    assert (call.parts, call.ended_at, next_deadline(call)) == ({}, at(50), None)
    assert commands == (RaiseAlarm(AlarmKind.SWITCH_LOST),)
    assert all(life.ended and life.finished_at is None for life in call.recorders.values())


def test_a_switch_lost_while_ending_changes_no_outcome_and_keeps_what_was_told() -> None:
    story = Story().is_ending()
    story.tell(RecorderSeen(at(40), 1, 1, 1))
    before = story.call
    assert story.tell(SwitchLost(at(50))) == ()
    call = story.call
    assert (call.state, call.outcome, call.end_reason) == (CallState.ENDED, before.outcome, before.end_reason)
    assert call.ended_at == at(40)
