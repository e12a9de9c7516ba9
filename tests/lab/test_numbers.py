"""Does each last digit behave as told, in the network's own record and in what the switch sees?"""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from lab.lab import Lab
from lab.record import SeenCall
from lab_caller import Caller

pytestmark = pytest.mark.asterisk


def number(last_digit: int) -> str:
    """A number nobody dialled before."""
    return f"139{uuid4().int % 10**7:07d}{last_digit}"


async def seen(lab: Lab, dialled: str, until: Callable[[SeenCall], bool] = lambda call: not call.live) -> SeenCall:
    """The network's record of the only call to the number, once it has come so far."""
    async with asyncio.timeout(5):
        while True:
            calls = await asyncio.to_thread(lab.network.seen, dialled)
            if len(calls) == 1 and until(calls[0]):
                return calls[0]
            assert len(calls) <= 1
            await asyncio.sleep(0.02)


async def test_a_talking_customer_rings_answers_and_stays(lab: Lab, caller: Caller) -> None:
    dialled = number(1)
    channel = await caller.call(f"{dialled}@trunk")
    await caller.event("ChannelStateChange", channel, state="Up")
    call = await seen(lab, dialled, lambda call: call.answered_at is not None)
    assert call.live
    assert call.ringing_at is not None
    assert call.answered_at is not None
    assert (call.answered_at - call.started_at).total_seconds() >= 0.2
    await caller.hang_up(channel)
    ended = await seen(lab, dialled)
    assert ended.hung_up_by == "caller"


async def test_a_listening_customer_answers_and_is_not_taken_for_dead(lab: Lab, caller: Caller) -> None:
    dialled = number(2)
    channel = await caller.call(f"{dialled}@trunk")
    await caller.event("ChannelStateChange", channel, state="Up")
    await asyncio.sleep(1)
    packets = (await caller.ari("GET", f"channels/{channel}/rtp_statistics"))["rxcount"]
    assert packets >= 10
    await caller.hang_up(channel)
    assert (await seen(lab, dialled)).hung_up_by == "caller"


@pytest.mark.parametrize(
    ("last_digit", "network_cause", "cause", "sip_code"),
    [
        (3, 17, 17, 486),  # busy
        (5, 1, 1, 404),  # does not exist
        (6, 21, 21, 403),  # rejects
        (7, 20, 19, 480),  # switched off: Asterisk keeps the SIP code and forgets cause 20
        (8, 34, 34, 503),  # congestion
    ],
)
async def test_a_call_that_comes_to_nothing_ends_with_its_cause(
    lab: Lab,
    caller: Caller,
    last_digit: int,
    network_cause: int,
    cause: int,
    sip_code: int,
) -> None:
    dialled = number(last_digit)
    channel = await caller.call(f"{dialled}@trunk")
    destroyed = await caller.event("ChannelDestroyed", channel)
    call = await seen(lab, dialled)
    assert (destroyed["cause"], destroyed["tech_cause"]) == (cause, sip_code)
    assert (call.hung_up_by, call.cause, call.answered_at) == ("network", network_cause, None)
    assert call.ended_at is not None
    assert (call.ended_at - call.started_at).total_seconds() >= 0.2


async def test_a_number_that_does_not_exist_is_announced_before_it_ends(lab: Lab, caller: Caller) -> None:
    dialled = number(5)
    channel = await caller.call(f"{dialled}@trunk")
    await caller.event("Dial", channel, dialstatus="PROGRESS")
    await asyncio.sleep(1)
    packets = (await caller.ari("GET", f"channels/{channel}/rtp_statistics"))["rxcount"]
    assert packets >= 10
    await caller.event("ChannelDestroyed", channel)
    call = await seen(lab, dialled)
    assert call.progress_at is not None
    assert call.ringing_at is None


async def test_a_rejecting_customer_rings_first(lab: Lab, caller: Caller) -> None:
    dialled = number(6)
    channel = await caller.call(f"{dialled}@trunk")
    await caller.event("ChannelStateChange", channel, state="Ringing")
    await caller.event("ChannelDestroyed", channel)
    assert (await seen(lab, dialled)).ringing_at is not None


async def test_a_ringing_number_rings_until_the_caller_gives_up(lab: Lab, caller: Caller) -> None:
    dialled = number(4)
    channel = await caller.call(f"{dialled}@trunk")
    await caller.event("ChannelStateChange", channel, state="Ringing")
    await asyncio.sleep(1)
    assert (await seen(lab, dialled, lambda call: call.ringing_at is not None)).live
    await caller.hang_up(channel)
    call = await seen(lab, dialled)
    assert (call.answered_at, call.hung_up_by) == (None, "caller")


async def test_a_customer_who_drops_hangs_up_first_after_two_seconds(lab: Lab, caller: Caller) -> None:
    dialled = number(9)
    channel = await caller.call(f"{dialled}@trunk")
    destroyed = await caller.event("ChannelDestroyed", channel)
    call = await seen(lab, dialled)
    assert destroyed["cause"] == 16
    assert call.hung_up_by == "network"
    assert call.answered_at is not None
    assert call.ended_at is not None
    assert 1.9 <= (call.ended_at - call.answered_at).total_seconds() <= 3


@pytest.mark.slow
async def test_a_late_customer_answers_after_25_seconds_of_ringing(lab: Lab, caller: Caller) -> None:
    dialled = number(0)
    channel = await caller.call(f"{dialled}@trunk")
    await caller.event("ChannelStateChange", channel, state="Ringing")
    await asyncio.sleep(20)
    assert (await seen(lab, dialled, lambda _: True)).answered_at is None
    await caller.event("ChannelStateChange", channel, state="Up")
    call = await seen(lab, dialled, lambda call: call.answered_at is not None)
    assert call.ringing_at is not None
    assert call.answered_at is not None
    assert 24.9 <= (call.answered_at - call.ringing_at).total_seconds() <= 27
    await caller.hang_up(channel)


async def test_an_international_number_arrives_as_dialled(lab: Lab, caller: Caller) -> None:
    dialled = "+86" + number(3)
    channel = await caller.call(f"{dialled}@trunk")
    await caller.event("ChannelDestroyed", channel)
    assert (await seen(lab, dialled)).cause == 17


async def test_twenty_calls_at_once_are_all_seen(lab: Lab, caller: Caller) -> None:
    dialled = [number(3) for _ in range(20)]
    channels = await asyncio.gather(*(caller.call(f"{one}@trunk") for one in dialled))
    for channel in channels:
        await caller.event("ChannelDestroyed", channel)
    for one in dialled:
        await seen(lab, one)
