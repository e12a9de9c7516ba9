"""Who rings in? Channels that the dialplan hands to us with the word `inbound`, as long as they wait for somebody."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from callcenter.ari import generated as ari
from callcenter.ari.client import AriClient, gone
from callcenter.ari.decoding import UnknownEvent, instant
from callcenter.ari.naming import Naming
from callcenter.domain.calls.telephony import NoticeOver, RangIn, RangOff, TelephonyError

INBOUND = "inbound"
"""The first argument of `Stasis(APP,inbound,${EXTEN})`; the second is what was dialled."""

_NOTICE = "notice"


class Inbound:
    """They bear the names that Asterisk gave them. One that is lent to a call is that call's customer meanwhile."""

    def __init__(self, client: AriClient, naming: Naming) -> None:
        self._client = client
        self._naming = naming
        self._known: set[str] = set()

    @property
    def subscriptions(self) -> list[str]:
        return [f"channel:{channel}" for channel in sorted(self._known)]

    async def told(self, event: ari.AnyEvent | UnknownEvent, now: datetime) -> RangIn | RangOff | NoticeOver | None:
        """What this event means for those who wait. now: for the rare event without a readable time of its own."""
        match event:
            case ari.StasisStart(args=[word, *rest]) if word == INBOUND:
                at = instant(event.timestamp) or now
                await self._follow(event.channel.id)
                return RangIn(at, event.channel.id, _number(event.channel), next(iter(rest), ""))
            case ari.StasisEnd() | ari.ChannelDestroyed() if event.channel.id in self._known:
                return self._left(event, now)
            case ari.PlaybackFinished() if event.playback.id.startswith(f"{self._naming.app}-{_NOTICE}-"):
                channel = event.playback.id.removeprefix(f"{self._naming.app}-{_NOTICE}-")
                return NoticeOver(instant(event.timestamp) or now, channel)
            case _:
                return None

    def _left(self, event: ari.StasisEnd | ari.ChannelDestroyed, now: datetime) -> RangOff | None:
        channel = event.channel.id
        lent = self._naming.is_lent(channel)
        if isinstance(event, ari.ChannelDestroyed) or not lent:
            self._known.discard(channel)
        if lent:
            return None
        return RangOff(instant(event.timestamp) or now, channel)

    async def _follow(self, channel: str) -> None:
        """Of a channel that came from the dialplan Asterisk tells the end only to who asked for it."""
        self._known.add(channel)
        with suppress(TelephonyError):
            await self._client.applications.subscribe(self._naming.app, event_source=[f"channel:{channel}"])

    async def waiting(self, now: datetime) -> tuple[RangIn, ...]:
        """All who are there, but for those who are lent to a call. Raises TelephonyError."""
        found = []
        for channel in await self._client.channels.list_all():
            plan = channel.dialplan
            app, word, *rest = [*((plan.app_data if plan else None) or "").split(","), "", ""][:3]
            ours = plan is not None and plan.app_name == "Stasis" and (app, word) == (self._naming.app, INBOUND)
            if not ours:
                continue
            await self._follow(channel.id)
            if not self._naming.is_lent(channel.id):
                found.append(RangIn(instant(channel.creationtime) or now, channel.id, _number(channel), rest[0]))
        return tuple(found)

    async def say(self, channel: str, sounds: Sequence[str]) -> None:
        """Answer, and play these (`sound:NAME`); NoticeOver follows. Raises TelephonyError."""
        await self._client.channels.answer(channel)
        await self._client.channels.play_with_id(channel, f"{self._naming.app}-{_NOTICE}-{channel}", media=list(sounds))

    async def turn_away(self, channel: str, cause: int) -> None:
        """Hang up. cause: Q.850. One who is gone is no error. Raises TelephonyError."""
        await gone(self._client.channels.hangup(channel, reason_code=str(cause)))


def _number(channel: ari.Channel) -> str:
    return (channel.caller.number if channel.caller else None) or ""
