"""Does sound come from Asterisk to this machine, and from here to Asterisk?"""

import asyncio
import ipaddress
import socket
import struct
from collections.abc import Sequence
from typing import Self, cast

from yarl import URL

from callcenter.ari.errors import RefusedError
from callcenter.ari.generated import Channel
from callcenter.ari.transport import Operation
from callcenter.doctor.finding import Surroundings, Word, error, ok, skipped
from callcenter.doctor.stage import Stage

PACKET_SECONDS = 0.02
PACKETS = 100
SAMPLES = 160
MARK = b"callcenter doctor"
WAIT_SECONDS = 2.0
MODULE = "chan_rtp.so"

_ULAW_SILENCE = b"\xff"


class Ear(asyncio.DatagramProtocol):
    """A UDP socket: anything tells that a packet came, marked that one came which was sent by ourselves."""

    def __init__(self) -> None:
        self.anything = asyncio.Event()
        self.marked = asyncio.Event()
        self.transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(cls, address: str) -> Self:
        _, ear = await asyncio.get_running_loop().create_datagram_endpoint(cls, local_addr=(address, 0))
        return ear

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A datagram transport of asyncio is one by its methods, not by its class.
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | object, int]) -> None:  # noqa: ARG002 (asyncio's)
        self.anything.set()
        if MARK in data:
            self.marked.set()

    @property
    def port(self) -> int:
        return int(self._open.get_extra_info("sockname")[1])

    def say(self, number: int, to: tuple[str, int]) -> None:
        """One RTP packet of G.711 with our mark in it."""
        head = struct.pack(">BBHII", 0x80, 0, number, number * SAMPLES, 0x0D0C)
        self._open.sendto(head + MARK.ljust(SAMPLES, _ULAW_SILENCE), to)

    def close(self) -> None:
        self._open.close()

    @property
    def _open(self) -> asyncio.DatagramTransport:
        if self.transport is None:
            raise RuntimeError("the socket is not open")
        return self.transport


async def sound(at: Surroundings) -> Sequence[Word]:
    """Two sockets of ours, bridged on Asterisk: what is sent to one must come out of the other."""
    running = {module.name for module in await at.client.asterisk.list_modules() if module.status == "Running"}
    if MODULE not in running:
        return [
            skipped(f"Only with the module {MODULE} (and res_rtp_multicast.so) can it be tried; calls do not need it.")
        ]
    address = await asyncio.to_thread(local_address, URL(at.settings.ari.url))
    ears: list[Ear] = []
    try:
        async with Stage(at.client) as stage:
            legs = [await _leg(stage, ears, address) for _ in range(2)]
            return [await _tried(stage, ears, legs, address)]
    except RefusedError as refused:
        return [
            error(f"Asterisk makes no channel for sound: {refused}.", "See rtp.conf (rtpstart, rtpend) and the log.")
        ]
    finally:
        for ear in ears:
            ear.close()


def local_address(url: URL) -> str:
    """The address of this machine that Asterisk's machine would answer to. Raises OSError."""
    family, kind, protocol, _, target = socket.getaddrinfo(url.host, url.port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.connect(target)
        return str(probe.getsockname()[0])


async def _leg(stage: Stage, ears: list[Ear], address: str) -> str:
    ear = await Ear.open(address)
    ears.append(ear)
    channel = stage.channel(f"sound-{len(ears)}")
    host = f"[{address}]" if ":" in address else address
    await stage.client.perform(
        Operation(
            "channels.external_media",
            "POST",
            "/channels/externalMedia",
            {
                "app": stage.app,
                "channelId": channel,
                "external_host": f"{host}:{ear.port}",
                "format": "ulaw",
                "variables": stage.variables(),
            },
        ),
        Channel,
    )
    await stage.in_stasis(channel)
    return channel


async def _tried(stage: Stage, ears: Sequence[Ear], legs: Sequence[str], address: str) -> Word:
    first, second = ears
    client = stage.client
    await client.channels.play_with_id(legs[1], f"{stage.app}-tone", media=["tone:600/1000"])
    if not await _happens(second.anything):
        return error(
            f"No sound comes from Asterisk to {address}.",
            "Let UDP from Asterisk's ports (rtp.conf: rtpstart to rtpend) through the firewalls in between.",
        )
    await client.playbacks.stop(f"{stage.app}-tone")
    bridge = stage.bridge("sound")
    await client.bridges.create_with_id(bridge, type_="mixing")
    await client.bridges.add_channel(bridge, channel=list(legs))
    there = await _far_address(stage, legs[0])
    for number in range(PACKETS):
        first.say(number, there)
        await asyncio.sleep(PACKET_SECONDS)
        if second.marked.is_set():
            return ok(f"Sound goes to Asterisk at {there[0]} and comes back to {address}.")
    return error(
        f"Sound comes from Asterisk, and none of ours reaches it at {there[0]}:{there[1]}.",
        "Let UDP to Asterisk's ports (rtp.conf: rtpstart to rtpend) through the firewalls in between.",
    )


async def _happens(event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            return await event.wait()
    except TimeoutError:
        return False


async def _far_address(stage: Stage, leg: str) -> tuple[str, int]:
    channels = stage.client.channels
    host = (await channels.get_channel_var(leg, variable="UNICASTRTP_LOCAL_ADDRESS")).value
    port = (await channels.get_channel_var(leg, variable="UNICASTRTP_LOCAL_PORT")).value
    return str(ipaddress.ip_address(host)), int(port)
