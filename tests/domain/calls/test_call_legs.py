"""Who hung up first, and how does an agent's later leg join a call that goes on?"""

import pytest

from callcenter.domain.calls.call import CallState, next_deadline
from callcenter.domain.calls.words import (
    CUSTOMER,
    AgentJoinAsked,
    AgentPhoneLost,
    AgentUp,
    AlarmKind,
    BridgeGone,
    CallAgent,
    CommandFailed,
    CreateCustomer,
    CustomerCreated,
    DeadlineName,
    DeadlinePassed,
    DestroyBridge,
    Failure,
    HangUp,
    HangUpAsked,
    HangupRequested,
    JoinBridge,
    LegGone,
    LegJoined,
    LookUp,
    PartAbsent,
    PartFound,
    RaiseAlarm,
    Ringing,
)
from callcenter.domain.outcomes import EndReason, Outcome
from domain.call_values import Story, at

S = CallState
SECOND = "PJSIP/agent-1002"


def joining(story: Story | None = None) -> Story:
    """A talk into which a second leg was asked at second 20."""
    story = story or Story().talks()
    story.tell(AgentJoinAsked(at(20), SECOND))
    return story


# --- who hung up first -------------------------------------------------------------------------------------------


def test_a_customer_who_hangs_up_is_told_first() -> None:
    story = Story().talks()
    story.tell(HangupRequested(at(40), CUSTOMER), HangupRequested(at(40.1), "a1"), LegGone(at(40.2), CUSTOMER, 16))
    assert (story.call.hung_up_first, story.call.end_reason) == ("customer", EndReason.CUSTOMER)


def test_an_agent_who_hangs_up_is_told_first() -> None:
    story = Story().talks()
    story.tell(HangupRequested(at(40), "a1"), LegGone(at(40.1), "a1", 16))
    assert (story.call.hung_up_first, story.call.end_reason) == ("agent", EndReason.AGENT)
    assert set(story.commands) == {HangUp(CUSTOMER), DestroyBridge()}


def test_the_agents_button_is_the_agent_hanging_up() -> None:
    story = Story().talks()
    story.tell(HangUpAsked(at(40)))
    assert (story.call.hung_up_first, story.call.end_reason) == ("agent", EndReason.AGENT)


def test_the_agents_button_after_the_customer_hung_up_changes_nothing() -> None:
    story = Story().talks()
    story.tell(HangupRequested(at(40), CUSTOMER), HangUpAsked(at(40.1)))
    assert (story.call.hung_up_first, story.call.end_reason) == ("customer", EndReason.CUSTOMER)


def test_the_customers_leg_that_ends_while_the_agents_hang_up_is_on_its_way_is_the_agents_end() -> None:
    story = Story().talks()
    story.tell(HangupRequested(at(40), "a1"), LegGone(at(40), CUSTOMER, 16))
    assert story.call.end_reason is EndReason.AGENT


@pytest.mark.parametrize(
    ("asked", "cause", "reason"),
    [
        (True, 16, EndReason.CUSTOMER),
        (False, 16, EndReason.CUSTOMER),
        (True, 31, EndReason.CUSTOMER),
        (False, 44, EndReason.NETWORK),
        (True, 44, EndReason.NETWORK),
        (False, 38, EndReason.NETWORK),
        (False, None, EndReason.CUSTOMER),
    ],
)
def test_a_customers_leg_that_breaks_is_the_networks_end(asked: bool, cause: int | None, reason: EndReason) -> None:
    story = Story().talks()
    if asked:
        story.tell(HangupRequested(at(40), CUSTOMER))
    story.tell(LegGone(at(40), CUSTOMER, cause))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.ANSWERED, reason)


def test_a_hang_up_of_any_other_leg_is_nobodys() -> None:
    story = joining()
    story.tell(HangupRequested(at(21), "a2"))
    assert not story.call.hung_up_first


# --- an agent's leg that is lost ----------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", [True, False])
def test_an_agents_leg_that_falls_silent_has_its_grace(asked: bool) -> None:
    story = Story().talks()
    if asked:
        story.tell(HangupRequested(at(20), "a1"))
    story.tell(LegGone(at(20), "a1", 44))
    assert story.call.state is S.TALKING
    assert next_deadline(story.call) == (at(35), DeadlineName.AGENT_GRACE)
    commands = story.tell(DeadlinePassed(at(35), DeadlineName.AGENT_GRACE))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.ANSWERED, EndReason.AGENT_LOST)
    assert commands[0] == RaiseAlarm(AlarmKind.AGENT_LOST)
    assert next_deadline(story.call) == (at(37), DeadlineName.RELEASE)


def test_a_phone_that_lost_its_registration_is_an_alarm_and_no_end() -> None:
    story = Story().talks()
    assert story.tell(AgentPhoneLost(at(20))) == (RaiseAlarm(AlarmKind.AGENT_LOST, "phone not registered"),)
    assert story.call.state is S.TALKING


# --- a later leg --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chapter", ["rings", "talks"])
def test_a_second_leg_joins_before_the_first_is_dropped(chapter: str) -> None:
    story = joining(getattr(Story(), chapter)())
    assert story.commands == (CallAgent("a2", SECOND, 30),)
    assert story.tell(AgentUp(at(22), "a2")) == (JoinBridge("a2"),)
    assert story.call.agent == "a1"
    assert story.tell(LegJoined(at(22.1), "a2")) == (HangUp("a1"),)
    assert story.tell(LegGone(at(22.2), "a1", 16)) == ()
    assert (story.call.agent, story.call.agent_lost_at, story.call.has("a1")) == ("a2", None, False)
    assert story.tell(LegJoined(at(22.3), "a2")) == ()
    assert story.tell(AgentUp(at(22.3), "a2")) == ()
    assert story.tell(PartAbsent(at(22.4), "a1")) == ()


def test_a_third_leg_has_a_name_of_its_own_and_replaces_the_second() -> None:
    story = joining()
    assert story.tell(AgentJoinAsked(at(21), SECOND)) == (CallAgent("a3", SECOND, 30),)
    story.tell(AgentUp(at(22), "a2"), LegJoined(at(22), "a2"), LegGone(at(22), "a1", 16), AgentUp(at(23), "a3"))
    assert story.tell(LegJoined(at(23), "a3")) == (HangUp("a2"),)
    assert story.tell(AgentJoinAsked(at(24), SECOND)) == (CallAgent("a4", SECOND, 30),)


def test_a_leg_asked_for_earlier_does_not_push_out_a_later_one() -> None:
    story = joining()
    story.tell(AgentJoinAsked(at(21), SECOND), AgentUp(at(22), "a3"), LegJoined(at(22), "a3"))
    assert story.tell(AgentUp(at(23), "a2")) == (HangUp("a2"),)
    assert story.tell(LegGone(at(23), "a2")) == ()
    assert story.call.agent == "a3"


def test_a_second_leg_that_never_answers_leaves_the_first() -> None:
    story = joining()
    assert story.tell(LegGone(at(50), "a2", 19)) == ()
    assert (story.call.state, story.call.agent, story.call.has("a2")) == (S.TALKING, "a1", False)


@pytest.mark.parametrize("failure", [Failure.REFUSED, Failure.UNAVAILABLE, Failure.NOT_SENT])
def test_a_second_leg_that_cannot_be_called_leaves_the_first(failure: Failure) -> None:
    story = joining()
    assert story.tell(CommandFailed(at(20), CallAgent("a2", SECOND, 30), failure)) == ()
    assert not story.call.has("a2")


@pytest.mark.parametrize(("up", "commands"), [(True, (JoinBridge("a2"),)), (False, ())])
def test_a_second_leg_whose_call_is_unknown_is_looked_up(up: bool, commands: tuple[JoinBridge, ...]) -> None:
    story = joining()
    assert story.tell(CommandFailed(at(20), CallAgent("a2", SECOND, 30), Failure.UNKNOWN)) == (LookUp("a2"),)
    assert story.tell(PartFound(at(21), "a2", up=up)) == commands
    assert story.tell(PartFound(at(21), CUSTOMER, up=True)) == ()


@pytest.mark.parametrize("failure", list(Failure))
def test_a_second_leg_that_cannot_join_is_given_back(failure: Failure) -> None:
    story = joining()
    story.tell(AgentUp(at(22), "a2"))
    assert story.tell(CommandFailed(at(22), JoinBridge("a2"), failure)) == (HangUp("a2"),)
    assert story.call.agent == "a1"


def test_a_second_leg_told_up_twice_joins_once() -> None:
    story = joining()
    story.tell(AgentUp(at(22), "a2"))
    assert story.tell(PartFound(at(22), "a2", up=True)) == ()


@pytest.mark.parametrize("hung_up", [True, False])
def test_an_old_leg_that_goes_before_the_new_one_is_in_ends_nothing(hung_up: bool) -> None:
    story = joining()
    if hung_up:
        story.tell(HangupRequested(at(21), "a1"))
    story.tell(LegGone(at(21), "a1", 16))
    assert (story.call.state, story.call.hung_up_first) == (S.TALKING, "")
    assert next_deadline(story.call) == (at(36), DeadlineName.AGENT_GRACE)
    story.tell(AgentUp(at(22), "a2"))
    assert story.tell(LegJoined(at(22), "a2")) == ()
    assert (story.call.agent, story.call.agent_lost_at) == ("a2", None)
    story.tell(LegGone(at(60), CUSTOMER, 16))
    assert story.call.end_reason is EndReason.CUSTOMER


def test_an_old_page_that_hung_up_does_not_speak_for_the_new() -> None:
    story = Story().talks()
    story.tell(HangupRequested(at(20), "a1"), AgentJoinAsked(at(20), SECOND), LegGone(at(20.1), "a1", 16))
    story.tell(AgentUp(at(21), "a2"), LegJoined(at(21), "a2"))
    assert not story.call.hung_up_first
    story.tell(LegGone(at(40), "a2", 27))
    assert story.call.state is S.TALKING
    assert story.call.agent_lost_at == at(40)


def test_what_the_customer_did_first_outlives_a_change_of_legs() -> None:
    story = joining()
    story.tell(HangupRequested(at(21), CUSTOMER), AgentUp(at(22), "a2"), LegJoined(at(22), "a2"))
    assert story.call.hung_up_first == "customer"


def test_a_new_leg_that_fails_after_the_old_one_went_leaves_the_rest_of_the_grace() -> None:
    story = joining()
    story.tell(LegGone(at(21), "a1", 16), LegGone(at(30), "a2", 19))
    assert next_deadline(story.call) == (at(36), DeadlineName.AGENT_GRACE)


def test_a_customer_who_hangs_up_meanwhile_takes_every_leg_along() -> None:
    story = joining()
    story.tell(HangupRequested(at(21), CUSTOMER))
    commands = story.tell(LegGone(at(21), CUSTOMER, 16))
    assert {HangUp("a1"), HangUp("a2")} < set(commands)
    assert story.tell(AgentUp(at(21), "a2")) == (HangUp("a2"),)
    assert story.tell(LegJoined(at(21), "a2")) == (HangUp("a2"),)
    assert story.tell(PartFound(at(21), "a2", up=True)) == (HangUp("a2"),)


def test_a_leg_that_is_gone_cannot_join() -> None:
    story = joining()
    story.tell(AgentUp(at(22), "a2"), LegGone(at(22), "a2", 16))
    assert story.tell(LegJoined(at(22), "a2")) == ()
    assert story.call.agent == "a1"


# --- giving back ---------------------------------------------------------------------------------------------------


def test_everything_is_asked_for_again_until_it_is_gone() -> None:
    story = Story().is_ending()
    assert next_deadline(story.call) == (at(42), DeadlineName.RELEASE)
    story.tell(CommandFailed(at(40), HangUp("a1"), Failure.UNKNOWN), LegGone(at(41), "si1"))
    for second in (42, 44, 46):
        commands = story.tell(DeadlinePassed(at(second), DeadlineName.RELEASE))
        assert {HangUp("a1"), DestroyBridge()} < set(commands)
        assert HangUp("si1") not in commands
    story.tell(*(PartAbsent(at(46), part) for part in ("a1", "so1", "ri1", "ro1")))
    assert set(story.call.parts) == {"b"}
    story.tell(PartAbsent(at(46), "b"))
    assert story.call.state is S.ENDED


def test_a_bridge_told_gone_twice_is_gone() -> None:
    story = Story().is_ending()
    story.tell(BridgeGone(at(40)), BridgeGone(at(40)))
    assert not story.call.has("b")


@pytest.mark.parametrize("failure", list(Failure))
def test_a_creation_under_way_at_the_end_is_settled(failure: Failure) -> None:
    create = CreateCustomer("PJSIP/13800000001@trunk", "4001")
    story = Story().prepares()
    story.tell(HangUpAsked(at(1.5)))
    commands = story.tell(CommandFailed(at(2), create, failure))
    assert commands == ((LookUp(CUSTOMER),) if failure is Failure.UNKNOWN else ())
    assert story.call.has(CUSTOMER) is (failure is Failure.UNKNOWN)
    assert story.tell(CustomerCreated(at(2))) == (HangUp(CUSTOMER),)


def test_what_the_network_says_of_a_call_we_ended_is_kept_and_changes_no_outcome() -> None:
    story = Story().rings()
    story.tell(DeadlinePassed(at(22), DeadlineName.RING), LegGone(at(22), CUSTOMER, 19, 487))
    story.tell(LegGone(at(22), CUSTOMER, 17, 486), Ringing(at(22)))
    assert (story.call.outcome, story.call.cause, story.call.sip) == (Outcome.NO_ANSWER, 19, 487)


# --- a page that is loaded anew before the agent's phone was answered ---------------------------------------------


def ringing_again() -> Story:
    story = Story().agent_rings()
    story.tell(AgentJoinAsked(at(3), SECOND))
    return story


def test_a_phone_that_is_asked_for_while_the_first_rings_rings_in_its_place() -> None:
    story = ringing_again()
    assert set(story.commands) == {CallAgent("a2", SECOND, 30), HangUp("a1")}
    assert (story.call.state, story.call.agent) == (S.AGENT_RINGING, "a2")
    story.tell(LegGone(at(3.1), "a1", 16), AgentUp(at(4), "a2"))
    assert (story.call.state, story.call.agent) == (S.PREPARING, "a2")
    assert any(isinstance(command, CreateCustomer) for command in story.commands)


def test_it_has_what_is_left_of_the_time() -> None:
    story = ringing_again()
    assert next_deadline(story.call) == next_deadline(Story().agent_rings().call)


def test_a_first_phone_that_answers_too_late_or_fails_ends_nothing() -> None:
    story = ringing_again()
    assert story.tell(AgentUp(at(3.1), "a1")) == (HangUp("a1"),)
    failed = CommandFailed(at(3.2), CallAgent("a1", "PJSIP/agent-1001", 30), Failure.UNAVAILABLE, "gone")
    assert story.tell(failed) == ()
    assert (story.call.state, story.call.agent) == (S.AGENT_RINGING, "a2")


def test_a_second_phone_that_is_absent_leaves_the_customer_in_peace() -> None:
    story = ringing_again()
    story.tell(LegGone(at(3.1), "a1", 16), LegGone(at(20), "a2", 19))
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.AGENT_ABSENT)
