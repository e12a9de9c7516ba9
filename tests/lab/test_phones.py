"""Do the agents' phones register, and behave by their names?"""

import pytest

from lab.lab import Lab
from lab.network import BUSY, HANGS_UP, NEVER_ANSWERS, UNREGISTERED
from lab.switch import AriError
from lab_caller import Caller

pytestmark = pytest.mark.asterisk


def test_every_phone_but_one_is_registered(lab: Lab) -> None:
    expected = {lab.agent_endpoint(1), lab.agent_endpoint(2), lab.agent_endpoint(3), NEVER_ANSWERS, BUSY, HANGS_UP}
    contacts = lab.switch.cli("pjsip show contacts")
    assert all(f"sip:{name}@127.0.0.1:{lab.network.sip_port}" in contacts for name in expected)
    assert not lab.switch.online(UNREGISTERED)


def test_there_is_no_agent_beyond_the_last(lab: Lab) -> None:
    with pytest.raises(ValueError, match="agents 1 to 3, not 4"):
        lab.agent_endpoint(4)


async def test_a_phone_answers_by_itself_and_speaks(lab: Lab, caller: Caller) -> None:
    channel = await caller.call(lab.agent_endpoint(1))
    await caller.event("ChannelStateChange", channel, state="Up")
    await caller.hang_up(channel)
    phone = lab.network.seen_by_phones()[-1]
    assert phone.number == lab.agent_endpoint(1)
    assert phone.answered_at is not None
    assert (phone.answered_at - phone.started_at).total_seconds() >= 0.2


async def test_one_phone_is_busy(caller: Caller) -> None:
    channel = await caller.call(BUSY)
    destroyed = await caller.event("ChannelDestroyed", channel)
    assert (destroyed["cause"], destroyed["tech_cause"]) == (17, 486)


async def test_one_phone_rings_and_is_never_answered(lab: Lab, caller: Caller) -> None:
    channel = await caller.call(NEVER_ANSWERS)
    await caller.event("ChannelStateChange", channel, state="Ringing")
    await caller.hang_up(channel)
    assert not lab.network.seen_by_phones()[-1].answered_at


async def test_one_phone_answers_and_hangs_up(caller: Caller) -> None:
    channel = await caller.call(HANGS_UP)
    await caller.event("ChannelStateChange", channel, state="Up")
    destroyed = await caller.event("ChannelDestroyed", channel)
    assert destroyed["cause"] == 16


async def test_an_endpoint_without_a_phone_is_refused_at_once(caller: Caller) -> None:
    with pytest.raises(AriError) as refused:
        await caller.call(UNREGISTERED)
    assert refused.value.status == 500
    assert "Allocation failed" in str(refused.value)
