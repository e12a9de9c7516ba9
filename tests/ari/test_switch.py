"""Commands and news of whole calls, on the fake and on the real Asterisk."""

import asyncio
import json
from pathlib import Path

import pytest

from ari.conftest import Site
from ari.following import Follower, following
from callcenter.ari.errors import NotFoundError
from callcenter.ari.stored import StoredRecordings
from callcenter.domain.calls.telephony import PhoneNews, TelephonyRefused, TelephonyUnavailable
from callcenter.domain.calls.words import (
    AgentUp,
    Answered,
    BridgeGone,
    CallAgent,
    CheckRecorder,
    Connect,
    CreateCustomer,
    CreateSnoop,
    CustomerCreated,
    DestroyBridge,
    HangUp,
    HangupRequested,
    JoinBridge,
    LegGone,
    LegJoined,
    LookUp,
    OpenBridge,
    PartAbsent,
    PartFound,
    Progress,
    RecordingFinished,
    RecordingStarted,
    Ringing,
    Sight,
    SnoopUp,
    StartRecording,
    StopRecording,
)
from callcenter.domain.recording import MissingReason, RecordingMissingError
from lab.lab import Lab

OUR_NUMBER = "02100001234"


async def dial(follower: Follower, last_digit: int, *, attempt: str = "7") -> None:
    """The whole way to a ringing customer."""
    await follower.do(CallAgent("a1", "PJSIP/agent-1001", 10), attempt=attempt)
    await follower.call(AgentUp)
    await prepare(follower, last_digit, attempt=attempt)
    await follower.do(Connect("a1", 30), attempt=attempt)


async def prepare(follower: Follower, last_digit: int, *, attempt: str = "7") -> None:
    await follower.do(CreateCustomer(f"PJSIP/1380013800{last_digit}@trunk", OUR_NUMBER), attempt=attempt)
    await follower.call(CustomerCreated)
    for letter in "io":
        await follower.do(CreateSnoop(f"s{letter}1"), attempt=attempt)
        await follower.call(SnoopUp, f"s{letter}1")
        await follower.do(StartRecording(f"r{letter}1"), attempt=attempt)
        await follower.call(RecordingStarted, f"r{letter}1")


async def test_a_call_is_made_answered_and_ended_and_every_step_is_told(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 1)
        await follower.call(Ringing)
        await follower.call(Answered)
        assert await follower.do(HangUp("c")) == ()
        gone = await follower.call(LegGone, "c")
        for part in ("ri1", "ro1"):
            await follower.call(RecordingFinished, part)
        for part in ("si1", "so1"):
            await follower.call(LegGone, part)
        await follower.do(HangUp("a1"))
        await follower.call(LegGone, "a1")
        [bridge] = await follower.do(DestroyBridge())

        assert gone.cause == 16
        assert isinstance(bridge, BridgeGone)
        await follower.nothing_left()
        assert not [event for event in follower.events() if isinstance(event, HangupRequested)]


@pytest.mark.parametrize(("digit", "cause", "sip"), [(3, 17, 486), (7, 19, 480), (8, 34, 503)])
async def test_the_end_of_an_unanswered_leg_carries_cause_and_sip_status(
    site: Site, digit: int, cause: int, sip: int
) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, digit)
        gone = await follower.call(LegGone, "c")

        assert (gone.cause, gone.sip) == (cause, sip)
        assert not [event for event in follower.events() if isinstance(event, Answered)]


async def test_early_media_is_told_as_progress(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 5)
        await follower.call(Progress)
        gone = await follower.call(LegGone, "c")

        assert (gone.cause, gone.sip) == (1, 404)


async def test_a_customer_who_hangs_up_is_told_before_his_leg_is_gone(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 9)
        await follower.call(Answered)
        await follower.call(LegGone, "c")

        ends = [event for event in follower.events() if isinstance(event, HangupRequested | LegGone)]
        assert ends[0] == HangupRequested(ends[0].at, "c")


async def test_every_creation_may_be_repeated_and_nothing_is_made_twice(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 4)
        await follower.do(
            CallAgent("a1", "PJSIP/agent-1001", 10),
            CreateCustomer("PJSIP/13800138004@trunk", ""),
            CreateSnoop("si1"),
            StartRecording("ri1"),
        )
        await follower.call(Ringing)

        assert set((await follower.switch.survey()).calls["7"]) == {"a1", "c", "b", "si1", "so1", "ri1", "ro1"}


async def test_connecting_again_at_once_does_not_dial_again(site: Site) -> None:
    """A second dial before the first ring is accepted by Asterisk, and kills the call."""
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 4)
        await follower.do(Connect("a1", 30), Connect("a1", 30))
        await follower.call(Ringing)

        [found] = await follower.do(LookUp("c"))
        assert isinstance(found, PartFound)
        assert not found.up


async def test_over_an_opened_bridge_the_customer_is_dialled_once(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await follower.do(CallAgent("a1", "PJSIP/agent-1001", 10))
        await follower.call(AgentUp)
        opened = await follower.do(OpenBridge(), OpenBridge())
        await prepare(follower, 4)
        before = (await follower.switch.survey()).calls["7"]
        await follower.do(Connect("a1", 30, in_place=True))
        at_once = (await follower.switch.survey()).calls["7"]
        await follower.do(Connect("a1", 30))
        await follower.call(Ringing)

        assert [(event.part, event.up) for event in opened if isinstance(event, PartFound)] == [("b", True)] * 2
        assert (before["b"], before["c"]) == (Sight.UP, Sight.DOWN)
        assert at_once["c"] is Sight.DIALLED


async def test_what_was_not_brought_together_bears_no_mark_of_a_dial(site: Site) -> None:
    """Else the next look would take it for dialled, and nobody would ever dial it."""
    async with site.client() as client, following(site.switch(client)) as follower:
        await follower.do(OpenBridge())
        await prepare(follower, 4)
        with pytest.raises(TelephonyRefused):
            await follower.do(Connect("a1", 30, in_place=True))

        assert (await follower.switch.survey()).calls["7"]["c"] is Sight.DOWN


async def test_connecting_again_leaves_in_the_bridge_what_is_in_it(fake_site: Site) -> None:
    """A channel added again leaves the bridge for a moment, in the middle of a word."""
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await dial(follower, 4)
        await follower.do(Connect("a1", 30))
        assert fake_site.fake is not None

        added = [path for _, path, _ in fake_site.fake.requests if path.endswith("/addChannel")]
        assert len(added) == 1


async def test_an_event_told_twice_is_news_once(fake_site: Site) -> None:
    """Asterisk tells an event once for every subscription that it fits."""
    fake = fake_site.fake
    assert fake is not None
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        channel = {"id": "callcenter-7-c", "name": "PJSIP/trunk-1", "state": "Ringing"}
        for state, at in (("Ringing", "01"), ("Ringing", "01"), ("Up", "02")):
            told = {"type": "ChannelStateChange", "timestamp": f"2026-01-01T00:00:{at}.000+0000"}
            fake.say("callcenter", json.dumps(told | {"channel": channel | {"state": state}}))
        await follower.call(Answered)

        assert [type(event) for event in follower.events()] == [Ringing, Answered]


async def test_a_later_agent_joins_the_running_call(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 1)
        await follower.call(Answered)
        await follower.do(CallAgent("a2", "PJSIP/agent-1002", 10))
        await follower.call(AgentUp, "a2")
        [joined] = await follower.do(JoinBridge("a2"))
        await follower.do(HangUp("a1"))
        await follower.call(LegGone, "a1")

        assert isinstance(joined, LegJoined)
        assert (await follower.switch.survey()).calls["7"]["a2"] is Sight.UP


async def test_the_survey_tells_each_part_and_how_far_it_is(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await prepare(follower, 4)
        before = (await follower.switch.survey()).calls["7"]
        await follower.do(CallAgent("a1", "PJSIP/agent-1001", 10))
        await follower.call(AgentUp)
        await follower.do(Connect("a1", 30))
        at_once = (await follower.switch.survey()).calls["7"]

        recorded = dict.fromkeys(("si1", "so1", "ri1", "ro1"), Sight.UP)
        assert before == {"c": Sight.DOWN, **recorded}
        assert at_once == {"a1": Sight.UP, "b": Sight.UP, "c": Sight.DIALLED, **recorded}


async def test_asking_for_what_is_not_there_is_answered_and_is_no_error(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        parts = ("c", "b", "ri1", "a1")
        looked = await follower.do(*(LookUp(part) for part in parts))
        removed = await follower.do(HangUp("c"), StopRecording("ri1"), DestroyBridge())
        for part in parts:
            await follower.switch.release("7", part)

        assert [event.part for event in looked if isinstance(event, PartAbsent)] == list(parts)
        assert [event.part for event in removed if isinstance(event, PartAbsent)] == ["c", "ri1", "b"]


async def test_a_bridge_may_be_destroyed_twice_even_while_it_goes(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await client.bridges.create_with_id(f"{site.app}-7-b", type_="mixing")
        told = await follower.do(DestroyBridge(), DestroyBridge())

        assert [type(event) for event in told] == [BridgeGone, PartAbsent]


async def test_a_phone_without_registration_is_unavailable(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        with pytest.raises(TelephonyUnavailable) as refused:
            await follower.do(CallAgent("a1", "PJSIP/agent-1999", 10))

        assert refused.value.status == 500


async def test_what_is_not_for_the_switch_is_a_mistake_of_the_caller(fake_site: Site) -> None:
    async with fake_site.client() as client:
        with pytest.raises(ValueError, match="not for the switch"):
            await fake_site.switch(client).perform("7", CheckRecorder(1))


async def test_connecting_without_a_customer_is_refused(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        with pytest.raises(TelephonyRefused):
            await follower.do(Connect("a1", 30))


async def test_a_recording_is_measured_fetched_and_discarded(site: Site, tmp_path: Path) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        stored = StoredRecordings(client)
        name = f"{site.app}-7-ri1"
        await prepare(follower, 4)
        assert await stored.size(name) == 44
        await follower.do(StopRecording("ri1"))
        await follower.call(RecordingFinished, "ri1")
        await stored.fetch(name, tmp_path / "in.wav")
        size = await stored.size(name)
        await stored.discard(name)
        await stored.discard(name)

        assert (tmp_path / "in.wav").stat().st_size == size
        assert (tmp_path / "in.wav").read_bytes()[:4] == b"RIFF"
        assert not (tmp_path / "in.wav.part").exists()
        assert await stored.size(name) is None
        with pytest.raises(RecordingMissingError) as missing:
            await stored.fetch(name, tmp_path / "again.wav")
        assert missing.value.reason is MissingReason.RAW_FILE_ABSENT


async def test_the_agents_phones_are_told_at_the_connect_and_when_they_change(site: Site) -> None:
    phones = ("PJSIP/agent-1001", "PJSIP/agent-1999", "PJSIP/nobody")
    async with site.client() as client:
        switch = site.switch(client, phones=phones)
        async with following(switch) as follower:
            await follower.until(lambda news: news if len(news) > len(phones) else None)
            await follower.do(CallAgent("a1", "PJSIP/agent-1001", 10))
            await follower.call(AgentUp)

            told = [(item.endpoint, item.reachable) for item in follower.news if isinstance(item, PhoneNews)]
            assert told == [("PJSIP/agent-1001", True), ("PJSIP/agent-1999", False), ("PJSIP/nobody", False)]
            assert len([event for event in follower.events() if isinstance(event, AgentUp)]) == 1


async def test_a_lost_and_a_regained_registration_are_told(site: Site) -> None:
    async with site.client() as client, following(site.switch(client, phones=("PJSIP/agent-1001",))) as follower:
        await follower.phone(reachable=True)
        await site.set_phone("agent-1001", online=False)
        await follower.phone(reachable=False)
        await site.set_phone("agent-1001", online=True)
        await follower.phone(reachable=True)


async def test_a_phone_may_be_watched_later(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await follower.switch.watch("PJSIP/agent-1001")
        await site.set_phone("agent-1001", online=False)
        await follower.phone(reachable=False)
        await site.set_phone("agent-1001", online=True)
        await follower.phone(reachable=True)


@pytest.mark.asterisk
@pytest.mark.parametrize("site", ["real"], indirect=True)
async def test_the_customer_sees_our_number_and_not_the_agents(site: Site, lab: Lab) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        await dial(follower, 1)
        await follower.call(Answered)

    assert lab.network.seen("13800138001")[-1].caller == OUR_NUMBER


async def test_a_snoop_of_nothing_is_refused(site: Site) -> None:
    async with site.client() as client, following(site.switch(client)) as follower:
        with pytest.raises(NotFoundError):
            await follower.do(CreateSnoop("si1"))


async def test_a_new_snoop_waits_for_the_end_of_the_old_ones(fake_site: Site) -> None:
    async with fake_site.client() as client, following(fake_site.switch(client)) as follower:
        await prepare(follower, 4)
        making = asyncio.create_task(follower.do(CreateSnoop("si2")))
        await follower.do(HangUp("si1"))
        made, _ = await asyncio.wait({making}, timeout=0.1)
        assert not made
        await follower.do(HangUp("so1"))
        await making
        await follower.call(SnoopUp, "si2")
