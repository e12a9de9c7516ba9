"""What the network does, and what follows: each last digit, each kind of agent's phone, three dials in vain."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from asterisk.calling import Dialled, after, dial
from asterisk.hearing import listen
from callcenter.domain.people import CallbackState
from callcenter.domain.recording import MissingReason, RecordingState
from house import House
from lab.lab import Lab
from lab.network import AGENT_HZ, ANNOUNCEMENT_HZ, CUSTOMER_HZ

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

RING_SECONDS = 4
"""Long enough for the announcement to be heard to its end."""

AGENT_RING_SECONDS = 3
TALKS, SILENT, BUSY, RINGS, INVALID, REJECTS, OFF, CONGESTED, HANGS_UP, SLOW = 1, 2, 3, 4, 5, 6, 7, 8, 9, 0
DIGITS = (TALKS, SILENT, BUSY, RINGS, INVALID, REJECTS, OFF, CONGESTED, HANGS_UP, SLOW)
NEVER_ANSWERS, AGENT_BUSY, AGENT_HANGS_UP, UNREGISTERED = "1901", "1902", "1903", "1999"
ABSENT = (NEVER_ANSWERS, AGENT_BUSY, UNREGISTERED)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(big_lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    house = House(
        tmp_path_factory.mktemp("numbers"),
        big_lab,
        "numbers",
        big_lab.agent_endpoint(1),
        prefix="1360000",
        ring_seconds=RING_SECONDS,
        more_policy=f"[call]\nagent_ring_seconds = {AGENT_RING_SECONDS}\n",
    )
    await house.prepare()
    phones = {str(1000 + n): big_lab.agent_endpoint(n) for n in range(2, len(DIGITS) + 1)}
    await house.agents(phones | {number: f"agent-{number}" for number in (*ABSENT, AGENT_HANGS_UP)})
    await house.start()
    yield house
    await house.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_digit(house: House) -> Mapping[int, Dialled]:
    """One dial of each kind of number, all at the same time."""
    wanted = [(digit, *await house.callback(digit)) for digit in DIGITS]
    async with asyncio.TaskGroup() as tasks:
        work = {
            digit: tasks.create_task(
                dial(house, callback, number, str(1001 + place), at={"Answered": after(2)} if digit != HANGS_UP else {})
            )
            for place, (digit, callback, number) in enumerate(wanted)
        }
    return {digit: task.result() for digit, task in work.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def by_agent(house: House) -> Mapping[str, Dialled]:
    """One dial of each agent whose phone has a character; the customer's rings, if it rings at all, for ever."""
    wanted = [(agent, *await house.callback(RINGS)) for agent in (*ABSENT, AGENT_HANGS_UP)]
    async with asyncio.TaskGroup() as tasks:
        work = {agent: tasks.create_task(dial(house, callback, number, agent)) for agent, callback, number in wanted}
    return {agent: task.result() for agent, task in work.items()}


@pytest.mark.parametrize(
    ("digit", "ending", "cause", "sip"),
    [
        (TALKS, ("answered", "agent"), 16, None),
        (SILENT, ("answered", "agent"), 16, None),
        (BUSY, ("busy", "network"), 17, 486),
        (RINGS, ("no_answer", "ring_timeout"), 19, 480),
        (INVALID, ("invalid_number", "network"), 1, 404),
        (REJECTS, ("rejected", "network"), 21, 403),
        (OFF, ("unreachable", "network"), 19, 480),
        (CONGESTED, ("congestion", "network"), 34, 503),
        (HANGS_UP, ("answered", "customer"), 16, None),
        (SLOW, ("no_answer", "ring_timeout"), 19, 480),
    ],
)
async def test_each_number_has_its_outcome(
    by_digit: Mapping[int, Dialled], digit: int, ending: tuple[str, str], cause: int, sip: int | None
) -> None:
    dialled = by_digit[digit]
    call = dialled.settled.record.call
    assert (dialled.ending, call.cause, call.sip) == (ending, cause, sip)
    assert len(dialled.seen) == 1
    assert dialled.alarms == []


@pytest.mark.parametrize(
    ("digit", "state", "reason"),
    [
        (TALKS, CallbackState.WRAP_UP, None),
        (BUSY, CallbackState.WAITING, None),
        (RINGS, CallbackState.WAITING, None),
        (INVALID, CallbackState.EXHAUSTED, "invalid_number"),
        (REJECTS, CallbackState.WAITING, None),
        (OFF, CallbackState.WAITING, None),
        (CONGESTED, CallbackState.WAITING, None),
        (HANGS_UP, CallbackState.WRAP_UP, None),
        (SLOW, CallbackState.WAITING, None),
    ],
)
async def test_what_follows_is_decided_at_once(
    by_digit: Mapping[int, Dialled], digit: int, state: CallbackState, reason: str | None
) -> None:
    dialled = by_digit[digit]
    callback = dialled.settled.callback
    assert (callback.state, callback.exhausted_reason) == (state, reason)
    (closed,) = [line for line in dialled.lines if line["kind"] == "closed"]
    assert closed["follows"] == (f"{state}: {reason}" if reason else state)
    assert dialled.settled.record.attempt.charged
    if state is CallbackState.WAITING:
        assert callback.leased_to is None
        assert callback.not_before is not None


@pytest.mark.parametrize(
    ("digit", "reason"),
    [
        (BUSY, "占线，网络结束呼叫"),
        (RINGS, "未接听，振铃超时"),
        (INVALID, "空号，网络结束呼叫"),
        (REJECTS, "拒接，网络结束呼叫"),
        (OFF, "关机或不在服务区，网络结束呼叫"),
        (CONGESTED, "线路拥塞，网络结束呼叫"),
    ],
)
async def test_a_vain_dial_is_logged_with_its_reason_and_the_log_closes_by_itself(
    by_digit: Mapping[int, Dialled], digit: int, reason: str
) -> None:
    """C6-56."""
    log = by_digit[digit].settled.log
    assert log.closed_at is not None
    assert log.log.outcome is by_digit[digit].settled.record.attempt.outcome
    assert log.log.outcome_reason == reason


@pytest.mark.parametrize("digit", [TALKS, SILENT, HANGS_UP])
async def test_the_log_of_a_talk_stays_open(by_digit: Mapping[int, Dialled], digit: int) -> None:
    assert by_digit[digit].settled.log.closed_at is None


async def test_the_announcement_before_any_answer_is_in_the_customer_s_channel(
    house: House, by_digit: Mapping[int, Dialled]
) -> None:
    dialled = by_digit[INVALID]
    (seen,) = dialled.seen
    assert seen.progress_at is not None
    assert seen.answered_at is None
    sound = listen(house, dialled.settled)
    assert sound.left.since(seen.progress_at, 2.0).between(0.3, 1.8).is_tone(ANNOUNCEMENT_HZ)
    first, _ = sound.left.heard
    assert abs((first - seen.progress_at).total_seconds()) <= 0.1


async def test_a_customer_who_only_listens_leaves_his_channel_silent_and_the_agent_is_heard(
    house: House, by_digit: Mapping[int, Dialled]
) -> None:
    dialled = by_digit[SILENT]
    sound = listen(house, dialled.settled)
    answered_at = dialled.settled.record.call.answered_at
    assert answered_at is not None
    assert sound.left.silent
    assert sound.right.since(answered_at, 1.5).between(0.3, 1.5).is_tone(AGENT_HZ)


async def test_both_talk_to_the_end_that_the_agent_made(house: House, by_digit: Mapping[int, Dialled]) -> None:
    sound = listen(house, by_digit[TALKS].settled)
    assert sound.left.between(-1.2, -0.2).is_tone(CUSTOMER_HZ)
    assert sound.right.between(-1.2, -0.2).is_tone(AGENT_HZ)


async def test_every_call_that_was_dialled_has_its_recording(by_digit: Mapping[int, Dialled]) -> None:
    states = {digit: dialled.settled.recording.state for digit, dialled in by_digit.items()}
    assert set(states.values()) == {RecordingState.VERIFIED}, states


@pytest.mark.parametrize("agent", ABSENT)
async def test_an_absent_agent_costs_the_customer_nothing(by_agent: Mapping[str, Dialled], agent: str) -> None:
    dialled = by_agent[agent]
    settled = dialled.settled
    assert dialled.ending == ("not_dialled", "agent_absent")
    assert dialled.seen == []
    assert not settled.record.attempt.charged
    assert (settled.callback.state, settled.callback.leased_to) == (CallbackState.WAITING, None)
    assert (settled.recording.state, settled.recording.reason) == (RecordingState.MISSING, MissingReason.NOT_DIALLED)
    assert settled.log.closed_at is not None
    assert settled.log.log.outcome_reason == "未拨出，回访人员话机未应答"


async def test_an_agent_who_hangs_up_while_it_rings_has_cancelled_the_dial(by_agent: Mapping[str, Dialled]) -> None:
    dialled = by_agent[AGENT_HANGS_UP]
    (seen,) = dialled.seen
    assert dialled.ending == ("cancelled", "agent")
    assert (seen.answered_at, seen.hung_up_by) == (None, "caller")
    assert not dialled.settled.record.attempt.charged
    assert dialled.settled.callback.state is CallbackState.WAITING


async def test_an_agent_who_hangs_up_in_the_talk_has_ended_it(house: House, by_agent: Mapping[str, Dialled]) -> None:
    assert by_agent
    dialled = await dial(house, *await house.callback(TALKS), AGENT_HANGS_UP)
    assert dialled.ending == ("answered", "agent")
    assert dialled.settled.callback.state is CallbackState.WRAP_UP


async def test_after_three_vain_dials_the_callback_is_exhausted_and_says_why(
    house: House, by_digit: Mapping[int, Dialled]
) -> None:
    first = by_digit[BUSY]
    second = await dial(house, first.callback, first.number, "1003")
    assert second.settled.callback.state is CallbackState.WAITING
    third = await dial(house, first.callback, first.number, "1003")
    assert [line["follows"] for line in third.lines if line["kind"] == "closed"] == ["exhausted: dials_used_up"]
    rows = (await house.command("callbacks", "--state", "exhausted", "--json")).json
    reasons = {row["callback"]: row["exhausted_reason"] for row in rows}
    assert reasons == {first.callback: "dials_used_up", by_digit[INVALID].callback: "invalid_number"}
    (refused,) = [line async for line in house.dial(first.callback, "1003")]
    assert (refused["kind"], refused["rule"]) == ("refused", "callback.exhausted")
    assert len(house.lab.network.seen(first.number)) == 3


async def test_nothing_is_left_on_the_switch(
    house: House, by_digit: Mapping[int, Dialled], by_agent: Mapping[str, Dialled]
) -> None:
    assert len(by_digit) + len(by_agent) == 14
    assert house.left_on_switch() == []
    assert list(house.lab.switch.recordings.glob(f"{house.app}-*")) == []
