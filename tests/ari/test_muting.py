"""A recorder that is told not to take what it hears, on the fake and on the real Asterisk."""

import asyncio
import uuid

import pytest

from ari.conftest import Site, address_of
from ari.following import following
from ari.test_switch import dial
from asterisk.hearing import listen_mono
from callcenter.domain.calls.words import (
    Answered,
    MuteRecording,
    PartAbsent,
    RecordingFinished,
    RecordingMuted,
    RecordingUnmuted,
    StopRecording,
    UnmuteRecording,
)
from lab.lab import Lab
from lab.network import AGENT_HZ, CUSTOMER_HZ

BOTH = ("ri1", "ro1")
STRETCH_SECONDS = 0.8


async def test_muting_and_unmuting_may_be_repeated(fake_site: Site) -> None:
    assert fake_site.fake is not None
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await dial(follower, 1)
        recording = fake_site.fake.live[f"{fake_site.app}-7-ri1"]
        for _ in range(3):
            assert [type(told) for told in await follower.do(MuteRecording("ri1"))] == [RecordingMuted]
            assert recording.silent
        for _ in range(3):
            assert [type(told) for told in await follower.do(UnmuteRecording("ri1"))] == [RecordingUnmuted]
            assert not recording.silent


async def test_what_is_not_recorded_cannot_be_muted(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        told = await follower.do(MuteRecording("ri1"), UnmuteRecording("ro1"))
        assert [(type(event), event.part) for event in told if isinstance(event, PartAbsent)] == [
            (PartAbsent, "ri1"),
            (PartAbsent, "ro1"),
        ]


@pytest.mark.asterisk
@pytest.mark.slow
async def test_silence_is_written_as_long_as_it_is_muted_however_often_that_is_asked(lab: Lab) -> None:
    real_site = Site(address_of(lab), f"test{uuid.uuid4().hex[:8]}", None, lab)
    async with real_site.client() as client, following(real_site.switch(client)) as follower:
        await dial(follower, 1)
        await follower.call(Answered)
        for kind in (None, MuteRecording, UnmuteRecording, MuteRecording, UnmuteRecording):
            if kind is not None:
                await follower.do(*(kind(part) for part in BOTH * 2))
            await asyncio.sleep(STRETCH_SECONDS)
        await follower.do(*(StopRecording(part) for part in BOTH))
        for part, hertz in zip(BOTH, (CUSTOMER_HZ, AGENT_HZ), strict=True):
            await follower.call(RecordingFinished, part)
            sound = listen_mono(lab.switch.recordings / f"{real_site.app}-7-{part}.wav")
            heard = [
                sound.between(-STRETCH_SECONDS * (back + 1) + 0.2, -STRETCH_SECONDS * back - 0.2)
                for back in (4, 3, 2, 1)
            ]
            assert [stretch.silent for stretch in heard] == [False, True, False, True]
            assert heard[0].is_tone(hertz)
            assert heard[2].is_tone(hertz)
