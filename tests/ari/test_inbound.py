"""Customers who ring in, on the fake and on the real Asterisk."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ari.conftest import Site
from ari.following import PATIENCE, Follower, following
from callcenter.domain.calls.telephony import NoticeOver, RangIn, RangOff
from callcenter.domain.calls.words import (
    AgentUp,
    Answered,
    CallAgent,
    Connect,
    CreateSnoop,
    GiveBack,
    HangUp,
    HangupRequested,
    LegGone,
    LookUp,
    NoticeSaid,
    OpenBridge,
    PartAbsent,
    PartFound,
    RecordingFinished,
    RecordingStarted,
    SayNotice,
    Sight,
    SnoopUp,
    StartRecording,
)

NUMBER, CALLED = "13700137001", "4001"


@asynccontextmanager
async def rung_in(site: Site, number: str = NUMBER) -> AsyncIterator[tuple[Follower, RangIn]]:
    """Somebody has rung in; at the end he is gone."""
    async with site.client() as client, following(site.switch(client)) as follower:
        await site.ring_in(number, CALLED)
        told = await follower.news_of(RangIn)
        yield follower, told
        await follower.switch.turn_away(told.channel, 16)


async def record(follower: Follower) -> None:
    for letter in "io":
        await follower.do(CreateSnoop(f"s{letter}1"))
        await follower.call(SnoopUp, f"s{letter}1")
        await follower.do(StartRecording(f"r{letter}1"))
        await follower.call(RecordingStarted, f"r{letter}1")


async def talk(follower: Follower, told: RangIn) -> None:
    """The whole way to a talk."""
    follower.switch.lend("7", told.channel)
    await follower.do(CallAgent("a1", "PJSIP/agent-1001", 10))
    await follower.call(AgentUp)
    await follower.do(OpenBridge())
    await record(follower)
    await follower.do(Connect("a1", 30, in_place=True, answer=True))
    await follower.call(Answered)


async def test_who_rings_in_is_told_with_his_number_and_what_he_called(site: Site) -> None:
    async with rung_in(site) as (follower, told):
        assert (told.number, told.called) == (NUMBER, CALLED)
        assert [(each.channel, each.number, each.called) for each in await follower.switch.waiting()] == [
            (told.channel, NUMBER, CALLED)
        ]
        assert (await follower.switch.survey()).calls == {}


async def test_who_hangs_up_while_he_waits_is_told_as_gone_once(site: Site) -> None:
    async with rung_in(site) as (follower, told):
        await site.hang_up(NUMBER)
        assert (await follower.news_of(RangOff)).channel == told.channel
        assert await follower.switch.waiting() == ()
        await asyncio.sleep(0.1)
        assert sum(isinstance(item, RangOff) for item in follower.news) == 1


async def test_one_who_is_lent_to_a_call_is_its_customer(site: Site) -> None:
    async with rung_in(site) as (follower, told):
        follower.switch.lend("7", told.channel)
        [found] = await follower.do(LookUp("c"))
        assert isinstance(found, PartFound)
        assert not found.up
        assert (await follower.switch.survey()).calls == {"7": {"c": Sight.RINGING}}
        assert await follower.switch.waiting() == ()
        [back] = await follower.do(GiveBack())
        assert isinstance(back, PartAbsent)
        assert (await follower.switch.survey()).calls == {}
        assert len(await follower.switch.waiting()) == 1
        assert not [item for item in follower.news if isinstance(item, RangOff)]


async def test_he_is_recorded_before_he_is_answered_and_every_step_is_told(site: Site) -> None:
    async with rung_in(site) as (follower, told):
        await talk(follower, told)
        parts = (await follower.switch.survey()).calls["7"]
        assert set(parts) == {"a1", "c", "b", "si1", "so1", "ri1", "ro1"}
        assert parts["c"] is Sight.UP
        order = [type(event) for event in follower.events()]
        assert order.index(RecordingStarted) < order.index(Answered)
        assert await follower.do(Connect("a1", 30, answer=True))
        await follower.do(HangUp("c"))
        gone = await follower.call(LegGone, "c")
        assert gone.cause == 16
        for part in ("ri1", "ro1"):
            await follower.call(RecordingFinished, part)


async def test_he_hangs_up_first_and_that_is_told(site: Site) -> None:
    async with rung_in(site) as (follower, told):
        await talk(follower, told)
        await site.hang_up(NUMBER)
        gone = await follower.call(LegGone, "c")
        assert gone.cause == 16
        ends = [event for event in follower.events() if isinstance(event, HangupRequested | LegGone)]
        assert ends[0] == HangupRequested(ends[0].at, "c")
        assert not [item for item in follower.news if isinstance(item, RangOff)]


async def test_his_end_is_told_after_the_connection_was_made_anew(site: Site) -> None:
    async with rung_in(site) as (_, told), site.client() as client:
        async with asyncio.timeout(PATIENCE):
            again = Follower(site.switch(client))
            task = asyncio.create_task(again.follow())
            await again.connected()
            assert [each.channel for each in await again.switch.waiting()] == [told.channel]
            again.switch.lend("7", told.channel)
            await site.hang_up(NUMBER)
            assert (await again.call(LegGone, "c")).cause == 16
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_notice_is_said_to_its_end(site: Site) -> None:
    async with rung_in(site) as (follower, told):
        await follower.switch.say(told.channel, ["sound:beep"])
        assert (await follower.news_of(NoticeOver)).channel == told.channel


async def test_the_notice_of_the_recording_is_said_within_the_talk(site: Site) -> None:
    async with rung_in(site) as (follower, told):
        await talk(follower, told)
        await follower.do(SayNotice(("sound:beep",)))
        assert (await follower.call(NoticeSaid)).whole
        assert (await follower.switch.survey()).calls["7"]["c"] is Sight.UP


async def test_a_notice_that_is_nowhere_is_told_as_not_said(site: Site) -> None:
    async with rung_in(site) as (follower, told):
        if site.fake is not None:
            site.fake.no_sounds = True
        await talk(follower, told)
        await follower.do(SayNotice(("sound:nowhere/at-all",)))
        assert not (await follower.call(NoticeSaid)).whole


async def test_turning_away_who_is_gone_is_no_error(fake_site: Site) -> None:
    async with fake_site.client() as client:
        await fake_site.switch(client).turn_away("nobody", 17)


@pytest.mark.parametrize("part", ["a1", "b", "si1"])
def test_only_the_customer_s_name_is_lent(fake_site: Site, part: str) -> None:
    switch = fake_site.switch(None)  # type: ignore[arg-type]  # nothing is asked of it
    switch.lend("7", "switch-1.7")
    assert switch.recording_name("7", part) == f"callcenter-7-{part}"
    assert switch.recording_name("7", "c") == "switch-1.7"
    switch.unlend("7")
    assert switch.recording_name("7", "c") == "callcenter-7-c"
