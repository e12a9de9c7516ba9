"""What of ours is on Asterisk? Single parts looked up, and everything that bears our name listed."""

import asyncio
from datetime import datetime

from callcenter.ari.client import AriClient, found
from callcenter.ari.generated import Channel
from callcenter.ari.naming import Naming
from callcenter.ari.wire import channel_sight
from callcenter.domain.calls.telephony import Survey
from callcenter.domain.calls.words import (
    BRIDGE,
    CUSTOMER,
    Sight,
    direction_of,
    is_recorder,
    is_snoop,
    number_of,
    recorder,
)

DIALLED = "CALLCENTER_DIALLED"
"""A variable on the customer's channel, set just before the dial. A second dial of a channel that does not ring yet
is accepted by Asterisk and kills the call, and nothing else tells that the first was sent.
"""
RUNNING = frozenset({"queued", "recording", "paused"})


class Sights:
    def __init__(self, client: AriClient, naming: Naming) -> None:
        self._client = client
        self._naming = naming

    async def of(self, attempt_id: str, part: str) -> Sight | None:
        """None where Asterisk says there is no such part. Raises TelephonyError."""
        name = self._naming.name(attempt_id, part)
        if part == BRIDGE:
            return Sight.UP if await found(self._client.bridges.get(name)) else None
        if is_recorder(part):
            live = await found(self._client.recordings.get_live(name))
            return Sight.UP if live is not None and live.state in RUNNING else None
        channel = await found(self._client.channels.get(name))
        return channel_sight(channel.state) if channel is not None else None

    async def was_dialled(self, channel: Channel) -> bool:
        if channel_sight(channel.state) is not Sight.DOWN:
            return True
        mark = await found(self._client.channels.get_channel_var(channel.id, variable=DIALLED))
        return mark is not None and mark.value == "1"

    async def survey(self, at: datetime) -> Survey:
        """Everything on Asterisk that bears our name. Raises TelephonyError.

        A customer's channel that was dialled and does not ring yet is DIALLED: it must not be dialled again.
        """
        channels, bridges = await asyncio.gather(self._client.channels.list_all(), self._client.bridges.list_all())
        calls: dict[str, dict[str, Sight]] = {}
        for channel in channels:
            place = self._naming.place(channel.id)
            if place is not None:
                parts = calls.setdefault(place.attempt_id, {})
                parts[place.part] = await self._channel_seen(channel, place.part)
        for bridge in bridges:
            place = self._naming.place(bridge.id)
            if place is not None and place.part == BRIDGE:
                calls.setdefault(place.attempt_id, {})[BRIDGE] = Sight.UP
        await self._add_recorders(calls)
        return Survey(at, calls)

    async def _channel_seen(self, channel: Channel, part: str) -> Sight:
        sight = channel_sight(channel.state)
        if part == CUSTOMER and sight is Sight.DOWN and await self.was_dialled(channel):
            return Sight.DIALLED
        return sight

    async def _add_recorders(self, calls: dict[str, dict[str, Sight]]) -> None:
        """Live recordings cannot be listed; each belongs to a snoop, and is asked for by its name."""
        asked = [
            (attempt_id, recorder(direction_of(part), number_of(part)))
            for attempt_id, parts in calls.items()
            for part in parts
            if is_snoop(part)
        ]
        sights = await asyncio.gather(*(self.of(*one) for one in asked))
        for (attempt_id, part), sight in zip(asked, sights, strict=True):
            if sight is not None:
                calls[attempt_id][part] = sight
