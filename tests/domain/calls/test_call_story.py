"""The good story of one call, told as a table of events; and the ways in which its beginning fails."""

import pytest

from callcenter.domain.calls.call import Call, CallState, PartState, next_deadline, ring_until
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    AgentUp,
    AlarmKind,
    Answered,
    BridgeGone,
    CallAgent,
    CallEvent,
    CheckRecorder,
    Command,
    CommandFailed,
    Connect,
    CreateCustomer,
    CreateSnoop,
    CustomerCreated,
    DeadlineName,
    DeadlinePassed,
    DestroyBridge,
    Failure,
    HangUp,
    HangUpAsked,
    HangupRequested,
    LegGone,
    LookUp,
    OpenBridge,
    PartAbsent,
    PartFound,
    Progress,
    RaiseAlarm,
    RecorderSeen,
    RecordingFailed,
    RecordingFinished,
    RecordingStarted,
    Ringing,
    SnoopUp,
    Started,
    StartRecording,
    StopRecording,
    direction_of,
    number_of,
)
from callcenter.domain.outcomes import EndReason, Outcome
from callcenter.domain.recording import Direction
from domain.call_values import EMPTY, TERMS, Story, at

S = CallState

RELEASES: tuple[Command, ...] = (
    *map(HangUp, ("a1", "si1", "so1")),
    *map(StopRecording, ("ri1", "ro1")),
    DestroyBridge(),
)

GOOD_STORY: list[tuple[CallEvent, CallState, tuple[Command, ...]]] = [
    (Started(at(0)), S.AGENT_RINGING, (CallAgent("a1", TERMS.agent_endpoint, 30),)),
    (AgentUp(at(3), "a1"), S.PREPARING, (CreateCustomer(TERMS.customer_endpoint, "4001"), OpenBridge())),
    (PartFound(at(3.1), BRIDGE, up=True), S.PREPARING, ()),
    (CustomerCreated(at(3.1)), S.PREPARING, (CreateSnoop("si1"), CreateSnoop("so1"))),
    (SnoopUp(at(3.2), "so1"), S.PREPARING, (StartRecording("ro1"),)),
    (SnoopUp(at(3.2), "si1"), S.PREPARING, (StartRecording("ri1"),)),
    (RecordingStarted(at(3.3), "ri1"), S.PREPARING, ()),
    (RecordingStarted(at(3.3), "ro1"), S.PREPARING, (CheckRecorder(1),)),
    (RecorderSeen(at(3.4), 1, EMPTY, EMPTY), S.DIALLING, (Connect("a1", 50, in_place=True),)),
    (Ringing(at(5)), S.DIALLING, (CheckRecorder(1),)),
    (RecorderSeen(at(5), 1, EMPTY, EMPTY), S.DIALLING, ()),
    (Progress(at(5.1)), S.DIALLING, ()),
    (Ringing(at(5.1)), S.DIALLING, ()),
    (DeadlinePassed(at(7.3), DeadlineName.CHECK), S.DIALLING, (CheckRecorder(1),)),
    (RecorderSeen(at(7.3), 1, 32044, 32044), S.DIALLING, ()),
    (Answered(at(12)), S.TALKING, ()),
    (Answered(at(12)), S.TALKING, ()),
    (DeadlinePassed(at(42), DeadlineName.CHECK), S.TALKING, (CheckRecorder(1),)),
    (RecorderSeen(at(42), 1, 600044, 600044), S.TALKING, ()),
    (HangupRequested(at(60), CUSTOMER), S.TALKING, ()),
    (LegGone(at(60), CUSTOMER, 16), S.ENDING, RELEASES),
]


def test_the_good_story() -> None:
    story = Story()
    for event, state, commands in GOOD_STORY:
        assert (event, sorted(map(repr, story.tell(event)))) == (event, sorted(map(repr, commands)))
        assert (event, story.call.state) == (event, state)
    story.tell(RecordingFinished(at(60.1), "ri1"), RecordingFinished(at(60.1), "ro1"), BridgeGone(at(60.1)))
    story.tell(*(LegGone(at(60.2), part) for part in ("si1", "so1")))
    assert story.call.state is S.ENDING
    assert story.tell(LegGone(at(60.2), "a1", 16)) == ()
    call = story.call
    assert (call.state, call.outcome, call.end_reason) == (S.ENDED, Outcome.ANSWERED, EndReason.CUSTOMER)
    assert (call.hung_up_first, call.cause, call.sip) == ("customer", 16, None)
    assert (call.dialled_at, call.ringing_at, call.progress_at) == (at(3.4), at(5), at(5.1))
    assert (call.answered_at, call.ended_at) == (at(12), at(60))
    assert {part: (life.started_at, life.finished_at, life.ended) for part, life in call.recorders.items()} == {
        "ri1": (at(3.3), at(60.1), True),
        "ro1": (at(3.3), at(60.1), True),
    }
    assert next_deadline(call) is None


@pytest.mark.parametrize("started", ["ri1", "ro1"])
def test_one_recorder_alone_is_not_asked_for_its_files(started: str) -> None:
    story = Story().prepares()
    story.tell(CustomerCreated(at(1)), SnoopUp(at(1), "si1"), SnoopUp(at(1), "so1"))
    assert story.tell(RecordingStarted(at(1), started)) == ()


@pytest.mark.parametrize(("in_bytes", "out_bytes"), [(None, 44), (44, None), (None, None)])
def test_a_recorder_without_both_files_is_asked_again_and_not_dialled(
    in_bytes: int | None, out_bytes: int | None
) -> None:
    story = Story().records()
    assert story.see(1.1, in_bytes, out_bytes) == ()
    assert story.call.state is S.PREPARING
    assert next_deadline(story.call) == (at(1.125), DeadlineName.CHECK)
    assert story.tell(DeadlinePassed(at(1.125), DeadlineName.CHECK)) == (CheckRecorder(1),)
    assert story.see(1.2, EMPTY, EMPTY) == (Connect("a1", 50),)


def test_a_recorder_that_cannot_be_seen_is_asked_again() -> None:
    story = Story().records()
    story.tell(CommandFailed(at(1), CheckRecorder(1), Failure.UNKNOWN))
    assert next_deadline(story.call) == (at(1.5), DeadlineName.CHECK)


def test_a_recorder_that_never_opens_ends_the_call_with_an_alarm() -> None:
    story = Story().records()
    for tenth in range(10, 60):
        story.see(tenth / 10, None, None)
        story.pass_until(tenth / 10)
        assert story.call.state is S.PREPARING
    assert story.pass_until(6)[-1] is DeadlineName.SETUP
    assert (story.call.outcome, story.call.end_reason) == (Outcome.NOT_DIALLED, EndReason.RECORDER_FAILED)
    assert RaiseAlarm(AlarmKind.RECORDER_NOT_OPENED, "not open in time") in story.commands


def ended_with(story: Story, event: CallEvent) -> tuple[Outcome | None, EndReason | None, list[AlarmKind]]:
    commands = story.tell(event)
    assert story.call.over
    alarms = [command.kind for command in commands if isinstance(command, RaiseAlarm)]
    return story.call.outcome, story.call.end_reason, alarms


CREATE = CreateCustomer(TERMS.customer_endpoint, "4001")
CALL = CallAgent("a1", TERMS.agent_endpoint, 30)
NOT_OPENED = [AlarmKind.RECORDER_NOT_OPENED]


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (LegGone(at(5), "a1", 19), EndReason.AGENT_ABSENT),
        (LegGone(at(5), "a1", 21), EndReason.AGENT_ABSENT),
        (PartAbsent(at(5), "a1"), EndReason.AGENT_ABSENT),
        (CommandFailed(at(5), CALL, Failure.UNAVAILABLE), EndReason.AGENT_ABSENT),
        (CommandFailed(at(5), CALL, Failure.REFUSED), EndReason.SWITCH_REFUSED),
        (CommandFailed(at(5), CALL, Failure.NOT_SENT), EndReason.SWITCH_REFUSED),
        (DeadlinePassed(at(30), DeadlineName.AGENT_RING), EndReason.AGENT_ABSENT),
    ],
)
def test_an_agent_who_does_not_come_is_not_the_customers_fault(event: CallEvent, reason: EndReason) -> None:
    assert ended_with(Story().agent_rings(), event) == (Outcome.NOT_DIALLED, reason, [])


@pytest.mark.parametrize(
    ("event", "reason", "alarms"),
    [
        (LegGone(at(5), "a1", 16), EndReason.AGENT_ABSENT, []),
        (LegGone(at(5), CUSTOMER, 0), EndReason.SWITCH_REFUSED, [AlarmKind.TRUNK_REFUSED]),
        (LegGone(at(5), "si1"), EndReason.RECORDER_FAILED, NOT_OPENED),
        (RecordingFailed(at(5), "ri1", "full"), EndReason.RECORDER_FAILED, NOT_OPENED),
        (RecordingFinished(at(5), "ro1"), EndReason.RECORDER_FAILED, NOT_OPENED),
        (CommandFailed(at(5), CREATE, Failure.UNAVAILABLE), EndReason.SWITCH_REFUSED, [AlarmKind.TRUNK_REFUSED]),
        (CommandFailed(at(5), CREATE, Failure.NOT_SENT), EndReason.SWITCH_REFUSED, [AlarmKind.TRUNK_REFUSED]),
        (CommandFailed(at(5), CreateSnoop("si1"), Failure.REFUSED), EndReason.RECORDER_FAILED, NOT_OPENED),
        (CommandFailed(at(5), CreateSnoop("si1"), Failure.UNKNOWN), EndReason.RECORDER_FAILED, NOT_OPENED),
        (CommandFailed(at(5), StartRecording("ri1"), Failure.REFUSED), EndReason.RECORDER_FAILED, NOT_OPENED),
        (DeadlinePassed(at(6), DeadlineName.SETUP), EndReason.RECORDER_FAILED, NOT_OPENED),
    ],
)
def test_what_fails_before_the_dial_is_not_charged(
    event: CallEvent, reason: EndReason, alarms: list[AlarmKind]
) -> None:
    assert ended_with(Story().records(), event) == (Outcome.NOT_DIALLED, reason, alarms)


def test_an_agent_who_hangs_up_before_the_dial_is_told_so() -> None:
    story = Story().records()
    story.tell(HangupRequested(at(2), "a1"))
    assert ended_with(story, LegGone(at(2), "a1", 16)) == (Outcome.NOT_DIALLED, EndReason.AGENT, [])


@pytest.mark.parametrize("chapter", ["agent_rings", "prepares", "records"])
def test_a_call_may_be_cancelled_before_the_dial(chapter: str) -> None:
    story = getattr(Story(), chapter)()
    assert ended_with(story, HangUpAsked(at(2))) == (Outcome.CANCELLED, EndReason.CANCELLED, [])
    assert HangUp("a1") in story.commands


def test_an_unknown_originate_is_looked_up_and_not_repeated() -> None:
    story = Story().agent_rings()
    assert story.tell(CommandFailed(at(5), CALL, Failure.UNKNOWN)) == (LookUp("a1"),)
    assert story.tell(PartFound(at(5), "a1", up=False)) == ()
    assert story.call.state is S.AGENT_RINGING
    assert story.tell(CommandFailed(at(5), LookUp("a1"), Failure.UNKNOWN)) == ()
    assert story.tell(PartFound(at(6), "a1", up=True)) == (CREATE, OpenBridge())


def test_an_agent_found_up_twice_is_not_taken_for_the_customer() -> None:
    story = Story().agent_rings()
    story.tell(CommandFailed(at(5), CALL, Failure.UNKNOWN), AgentUp(at(5), "a1"))
    assert story.tell(PartFound(at(5), "a1", up=True)) == ()
    assert story.call.parts[CUSTOMER] is PartState.REQUESTED


def test_an_unknown_creation_of_the_customers_channel_is_looked_up() -> None:
    story = Story().prepares()
    assert story.tell(CommandFailed(at(2), CREATE, Failure.UNKNOWN)) == (LookUp(CUSTOMER),)
    assert story.tell(CommandFailed(at(2), LookUp(CUSTOMER), Failure.UNKNOWN)) == ()
    opening = (CreateSnoop("si1"), CreateSnoop("so1"))
    assert story.tell(PartFound(at(2), CUSTOMER, up=False)) == opening
    assert story.tell(CustomerCreated(at(2))) == ()


@pytest.mark.parametrize("failure", list(Failure))
@pytest.mark.parametrize("command", [CreateSnoop("si1"), StartRecording("ri1")])
def test_what_may_have_come_up_is_kept_in_mind_until_it_is_known(
    command: CreateSnoop | StartRecording, failure: Failure
) -> None:
    story = Story().prepares()
    story.tell(CustomerCreated(at(1)))
    if isinstance(command, StartRecording):
        story.tell(SnoopUp(at(1), "si1"))
    story.tell(CommandFailed(at(2), command, failure))
    assert story.call.has(command.part) is (failure is Failure.UNKNOWN)


def test_a_leg_that_is_not_the_agents_is_given_back() -> None:
    story = Story().agent_rings()
    assert story.tell(AgentUp(at(1), "a2")) == (HangUp("a2"),)
    assert story.tell(LegGone(at(1), "a2")) == ()
    assert story.call.state is S.AGENT_RINGING
    assert story.tell(CommandFailed(at(1), HangUp("a2"), Failure.REFUSED)) == ()


def test_a_snoop_told_twice_is_recorded_once() -> None:
    story = Story().prepares()
    story.tell(CustomerCreated(at(1)))
    assert story.tell(SnoopUp(at(1), "si1")) == (StartRecording("ri1"),)
    assert story.tell(SnoopUp(at(1), "si1")) == ()
    story.tell(RecordingStarted(at(1.1), "ri1"))
    assert story.tell(RecordingStarted(at(1.5), "ri1")) == ()
    assert story.call.recorders["ri1"].started_at == at(1.1)
    assert story.tell(SnoopUp(at(1), "si2")) == (HangUp("si2"),)


def test_the_parts_names_tell_what_they_are() -> None:
    assert direction_of("si3") is direction_of("ri12") is Direction.IN
    assert direction_of("so3") is Direction.OUT
    assert [number_of(part) for part in ("a12", "si3", "ro10")] == [12, 3, 10]


def test_a_call_that_was_not_dialled_has_no_ring_to_end() -> None:
    call: Call = Story().prepares().call
    assert ring_until(call) is None
    assert next_deadline(call) == (at(6), DeadlineName.SETUP)
