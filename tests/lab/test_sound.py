"""Is what people say in tone mode heard at the switch, at its frequency, and only when it should be?"""

import asyncio
import wave
from pathlib import Path

import numpy as np
import pytest

from lab.lab import Lab
from lab.network import AGENT_HZ, ANNOUNCEMENT_HZ, CUSTOMER_HZ
from lab_caller import Caller

pytestmark = pytest.mark.asterisk


async def heard(lab: Lab, caller: Caller, channel: str, seconds: float = 1.0) -> Path:
    """A recording of what comes in on the channel from now on."""
    snoop = f"{channel}-ear"
    await caller.ari("POST", f"channels/{channel}/snoop/{snoop}", spy="in", app=caller.app)
    await caller.event("StasisStart", snoop)
    await caller.ari("POST", f"channels/{snoop}/record", name=snoop, format="wav")
    await asyncio.sleep(seconds)
    await caller.ari("POST", f"recordings/live/{snoop}/stop")
    await caller.event("RecordingFinished", snoop)
    return lab.switch.recordings / f"{snoop}.wav"


def strongest_hz(file: Path) -> tuple[float, float]:
    """The strongest frequency of the second half of the file, and its share of all the sound."""
    with wave.open(str(file)) as wav:
        rate = wav.getframerate()
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2").astype(float)
    late = samples[len(samples) // 2 :]
    power = np.abs(np.fft.rfft(late * np.hanning(len(late)))) ** 2
    peak = int(power.argmax())
    total = float(power.sum())
    share = float(power[max(0, peak - 3) : peak + 4].sum()) / total if total > 0 else 0.0
    return peak * rate / len(late), share


@pytest.mark.parametrize(
    ("endpoint", "frequency"),
    [("13900001001@trunk", CUSTOMER_HZ), ("13900001009@trunk", CUSTOMER_HZ), ("agent-1001", AGENT_HZ)],
)
async def test_who_talks_is_heard_at_his_frequency(lab: Lab, caller: Caller, endpoint: str, frequency: int) -> None:
    channel = await caller.call(endpoint)
    await caller.event("ChannelStateChange", channel, state="Up")
    found, share = strongest_hz(await heard(lab, caller, channel))
    await caller.hang_up(channel)
    assert found == pytest.approx(frequency, abs=5)
    assert share > 0.7


async def test_the_announcement_is_heard_before_any_answer(lab: Lab, caller: Caller) -> None:
    channel = await caller.call("13900001005@trunk")
    await caller.event("Dial", channel, dialstatus="PROGRESS")
    found, share = strongest_hz(await heard(lab, caller, channel))
    await caller.event("ChannelDestroyed", channel)
    assert found == pytest.approx(ANNOUNCEMENT_HZ, abs=5)
    assert share > 0.7


async def test_who_only_listens_is_silent(lab: Lab, caller: Caller) -> None:
    channel = await caller.call("13900001002@trunk")
    await caller.event("ChannelStateChange", channel, state="Up")
    file = await heard(lab, caller, channel)
    await caller.hang_up(channel)
    with wave.open(str(file)) as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype="<i2")
    assert len(samples) > 4000
    assert int(np.abs(samples).max()) < 50
