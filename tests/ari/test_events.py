"""The event stream: connects, loses, connects again, and never loses its head."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ari.conftest import QUICK, Site, address_of
from callcenter.ari import generated
from callcenter.ari.client import Address, AriClient, Limits
from callcenter.ari.decoding import UnknownEvent
from callcenter.ari.errors import ReplacedError, UnauthorizedError
from callcenter.ari.events import UNWANTED, Connected, EventSource, Item, Lost, Pace
from fakes.asterisk import FakeAsterisk
from lab.lab import Lab

PATIENCE = 20.0


class Reader:
    def __init__(self, events: AsyncIterator[Item]) -> None:
        self._events = events

    async def next(self) -> Item:
        async with asyncio.timeout(PATIENCE):
            return await anext(self._events)

    async def connected(self) -> Connected:
        """The next item that is one."""
        while not isinstance(item := await self.next(), Connected):
            pass
        return item

    async def lost(self) -> Lost:
        while not isinstance(item := await self.next(), Lost):
            pass
        return item


@asynccontextmanager
async def reading(source: EventSource) -> AsyncIterator[Reader]:
    events = source.events()
    try:
        yield Reader(events)
    finally:
        await events.aclose()  # type: ignore[attr-defined]  # an async generator, by its type an iterator


async def test_the_first_thing_told_is_the_connection_with_version_and_start(site: Site) -> None:
    async with site.client() as client, reading(EventSource(client, site.app, pace=QUICK)) as reader:
        first = await reader.next()

    assert isinstance(first, Connected)
    assert first.epoch == 1
    assert first.version.startswith("22.")
    assert first.startup_time <= first.at
    assert not first.restarted


async def test_filter_and_subscriptions_are_in_force_before_the_connection_is_told(site: Site) -> None:
    wanted = ["endpoint:PJSIP/agent-1001", "endpoint:PJSIP/nobody", "endpoint:PJSIP/agent-1002"]
    async with site.client() as client:
        source = EventSource(client, site.app, subscriptions=lambda: wanted, pace=QUICK)
        async with reading(source) as reader:
            await reader.connected()
            application = await client.applications.get(site.app)

    assert application.events_disallowed == [{"type": name} for name in UNWANTED]
    assert set(application.endpoint_ids or []) >= {wanted[0].removeprefix("endpoint:")} or site.fake


async def test_a_wrong_password_ends_the_stream_with_a_clear_error(site: Site) -> None:
    client = AriClient(Address(site.address.url, site.address.user, "wrong"))
    async with client, reading(EventSource(client, site.app, pace=QUICK)) as reader:
        with pytest.raises(UnauthorizedError, match="password"):
            await reader.next()


async def test_a_second_program_under_our_name_ends_the_stream(site: Site) -> None:
    async with site.client() as client, reading(EventSource(client, site.app, pace=QUICK)) as ours:
        await ours.connected()
        async with reading(EventSource(client, site.app, pace=QUICK)) as theirs:
            await theirs.connected()
            with pytest.raises(ReplacedError, match=site.app):
                await ours.lost()


async def test_a_broken_socket_is_told_and_connected_again(fake_site: Site) -> None:
    fake = fake_site.fake
    assert fake is not None
    async with fake_site.client() as client, reading(EventSource(client, "callcenter", pace=QUICK)) as reader:
        first = await reader.connected()
        fake.break_sockets()
        lost = await reader.lost()
        again = await reader.connected()

    assert first.at <= lost.at <= again.at
    assert again.epoch == 2
    assert not again.restarted


async def test_a_set_up_that_fails_is_told_and_tried_again(fake_site: Site) -> None:
    fake = fake_site.fake
    assert fake is not None
    fake.faults.lose.add("PUT /applications/callcenter/eventFilter")
    fake.faults.hang.add("GET /asterisk/info")
    limits = Limits(deadline=0.1)
    async with fake_site.client(limits) as client, reading(EventSource(client, "callcenter", pace=QUICK)) as reader:
        lost = await reader.next()
        fake.faults.hang.clear()
        then = await reader.connected()

    assert isinstance(lost, Lost)
    assert "setting up failed" in lost.reason
    assert then.epoch == 1


async def test_an_asterisk_that_is_not_there_is_told_once_and_found_when_it_comes(fake: FakeAsterisk) -> None:
    await fake.stop()
    async with AriClient(fake.address) as client, reading(EventSource(client, "callcenter", pace=QUICK)) as reader:
        lost = await reader.next()
        await asyncio.sleep(QUICK.ceiling)
        await fake.start()
        then = await reader.next()

    assert isinstance(lost, Lost)
    assert "no connection" in lost.reason
    assert isinstance(then, Connected)


async def test_a_restart_of_asterisk_is_noticed(fake: FakeAsterisk) -> None:
    async with AriClient(fake.address) as client, reading(EventSource(client, "callcenter", pace=QUICK)) as reader:
        first = await reader.connected()
        await fake.restart()
        again = await reader.connected()

    assert again.restarted
    assert again.startup_time > first.startup_time


async def test_a_silent_asterisk_is_given_up_by_our_own_watchdog(fake: FakeAsterisk) -> None:
    client = AriClient(fake.address, Limits(deadline=0.2))
    async with client, reading(EventSource(client, "callcenter", pace=QUICK)) as reader:
        await reader.connected()
        fake.freeze()
        lost = await reader.lost()
        fake.thaw()
        again = await reader.connected()

    assert "silent" in lost.reason
    assert again.epoch == 2


async def test_pings_keep_a_quiet_socket_alive(fake: FakeAsterisk) -> None:
    pace = Pace(ping=0.01)
    async with AriClient(fake.address) as client, reading(EventSource(client, "callcenter", pace=pace)) as reader:
        await reader.connected()
        async with asyncio.timeout(PATIENCE):
            await fake.pinged(5)
        fake.say("callcenter", '{"type": "StillHere"}')
        item = await reader.next()

    assert isinstance(item, UnknownEvent)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ('{"type": "MoonPhase", "phase": "full"}', "MoonPhase"),
        ('{"type": "ChannelDestroyed"}', "ChannelDestroyed"),
        ('{"type": "ChannelDestroyed", "channel": 7}', "ChannelDestroyed"),
        ("[]", ""),
        ("no json", ""),
    ],
)
async def test_what_cannot_be_read_is_kept_and_the_next_event_comes(fake: FakeAsterisk, text: str, type_: str) -> None:
    async with AriClient(fake.address) as client, reading(EventSource(client, "callcenter", pace=QUICK)) as reader:
        await reader.connected()
        fake.say("callcenter", text)
        kept = await reader.next()
        fake.tell("callcenter", "PlaybackFinished", playback={"id": "p1", "state": "done"})
        after = await reader.next()

    assert isinstance(kept, UnknownEvent)
    assert (kept.type, kept.raw) == (type_, text)
    assert kept.problem
    assert isinstance(after, generated.PlaybackFinished)


async def test_events_that_come_before_the_set_up_is_done_follow_the_connection(fake: FakeAsterisk) -> None:
    def subscriptions() -> tuple[str, ...]:
        for n in range(3):
            fake.tell("callcenter", "PlaybackFinished", playback={"id": f"p{n}", "state": "done"})
        return ("endpoint:PJSIP/agent-1001",)

    async with AriClient(fake.address) as client:
        source = EventSource(client, "callcenter", subscriptions=subscriptions, pace=QUICK)
        async with reading(source) as reader:
            items = [await reader.next() for _ in range(4)]

    assert isinstance(items[0], Connected)
    assert [item.playback.id for item in items if isinstance(item, generated.PlaybackFinished)] == ["p0", "p1", "p2"]


async def test_a_slow_reader_loses_nothing_and_the_backlog_is_measured(fake: FakeAsterisk) -> None:
    async with AriClient(fake.address) as client:
        source = EventSource(client, "callcenter", pace=QUICK)
        async with reading(source) as reader:
            await reader.connected()
            for n in range(5000):
                fake.tell("callcenter", "PlaybackFinished", playback={"id": f"p{n}", "state": "done"})
            first = await reader.next()
            async with asyncio.timeout(PATIENCE):
                await fake.pinged(fake.pings + 2)
            measured = source.backlog
            items = [first, *[await reader.next() for _ in range(4999)]]

    assert [item.playback.id for item in items if isinstance(item, generated.PlaybackFinished)] == [
        f"p{n}" for n in range(5000)
    ]
    assert measured == 4999
    assert source.high_water >= measured
    assert source.backlog == 0


def test_waits_double_up_to_a_ceiling_and_are_spread() -> None:
    pace = Pace(first=1.0, ceiling=10.0)

    for failures, whole in ((0, 1.0), (1, 2.0), (3, 8.0), (4, 10.0), (10_000, 10.0)):
        waits = {pace.wait(failures) for _ in range(50)}
        assert all(whole / 2 <= wait <= whole for wait in waits)
        assert len(waits) > 1


@pytest.mark.asterisk
@pytest.mark.slow
async def test_the_real_asterisk_frozen_killed_and_started_again(harsh_lab: Lab) -> None:
    client = AriClient(address_of(harsh_lab), Limits(deadline=0.5))
    async with client, reading(EventSource(client, "callcenter", pace=QUICK)) as reader:
        first = await reader.connected()
        os.kill(harsh_lab.switch.pid, signal.SIGSTOP)
        try:
            frozen = await reader.lost()
        finally:
            os.kill(harsh_lab.switch.pid, signal.SIGCONT)
        thawed = await reader.connected()
        await asyncio.to_thread(harsh_lab.switch.kill)
        killed = await reader.lost()
        await asyncio.to_thread(harsh_lab.switch.start)
        restarted = await reader.connected()

    assert "silent" in frozen.reason
    assert (thawed.startup_time, thawed.restarted) == (first.startup_time, False)
    assert killed.at >= thawed.at
    assert restarted.restarted
    assert restarted.startup_time > first.startup_time
