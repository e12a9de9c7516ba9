"""One Asterisk as the engine knows it: carries out a call's commands, tells its news, lists what is ours."""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime

from callcenter.ari import events
from callcenter.ari.client import AriClient
from callcenter.ari.commands import Commands, SwitchSettings
from callcenter.ari.decoding import UnknownEvent
from callcenter.ari.events import EventSource, Pace, utc_now
from callcenter.ari.inbound import Inbound
from callcenter.ari.naming import Naming
from callcenter.ari.sights import Sights
from callcenter.ari.wire import ONLINE, endpoint_name, translate
from callcenter.domain.calls.telephony import (
    CallNews,
    Connected,
    Lost,
    News,
    PhoneNews,
    RangIn,
    Survey,
    TelephonyError,
)
from callcenter.domain.calls.words import CallEvent, Command

RECENT = 512
"""News remembered, so that an event told twice is passed on once."""


class Switch:
    """phones: the agents' endpoints, as they are dialled (`PJSIP/agent-1001`), whose reachability is news."""

    def __init__(
        self,
        client: AriClient,
        settings: SwitchSettings | None = None,
        *,
        phones: Iterable[str] = (),
        pace: Pace | None = None,
        now: Callable[[], datetime] = utc_now,
        unknown: Callable[[UnknownEvent], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._settings = settings or SwitchSettings()
        self._naming = Naming(self._settings.app)
        self._commands = Commands(client, self._settings, self._naming, now)
        self._sights = Sights(client, self._naming)
        self._inbound = Inbound(client, self._naming)
        self._now = now
        self._unknown = unknown
        self._reachable: dict[str, bool | None] = dict.fromkeys(phones)
        self._recent: dict[CallNews, None] = {}
        self.source = EventSource(client, self._settings.app, subscriptions=self._subscriptions, pace=pace, now=now)

    async def news(self) -> AsyncIterator[News]:
        """Raises UnauthorizedError or ReplacedError, both a TelephonyFatalError."""
        async for item in self.source.events():
            match item:
                case events.Connected():
                    yield Connected(item.at, item.startup_time, item.version)
                    for phone in await self._phones_now():
                        yield phone
                case events.Lost():
                    yield Lost(item.at, item.reason)
                case UnknownEvent():
                    self._unknown(item)
                case _:
                    told = self._fresh(translate(item, self._naming, self._now()))
                    if told is not None:
                        yield told
                    rang = await self._inbound.told(item, self._now())
                    if rang is not None:
                        yield rang

    async def watch(self, endpoint: str) -> None:
        """One more agent's phone whose reachability is news, from its next change on. Raises TelephonyError."""
        self._reachable.setdefault(endpoint, None)
        await self._client.applications.subscribe(self._settings.app, event_source=[f"endpoint:{endpoint}"])

    def _subscriptions(self) -> list[str]:
        return [*(f"endpoint:{endpoint}" for endpoint in self._reachable), *self._inbound.subscriptions]

    def _fresh(self, news: CallNews | PhoneNews | None) -> CallNews | PhoneNews | None:
        """Asterisk tells an event once for each subscription that it fits, and an endpoint's state with each call."""
        if isinstance(news, PhoneNews):
            if self._reachable.get(news.endpoint, news.reachable) is news.reachable:
                return None
            self._reachable[news.endpoint] = news.reachable
        elif news is not None:
            if news in self._recent:
                return None
            self._recent[news] = None
            if len(self._recent) > RECENT:
                del self._recent[next(iter(self._recent))]
        return news

    async def _phones_now(self) -> list[PhoneNews]:
        if not self._reachable:
            return []
        try:
            listed = await self._client.endpoints.list_all()
        except TelephonyError:
            return []
        online = {endpoint_name(endpoint) for endpoint in listed if endpoint.state == ONLINE}
        told = [PhoneNews(self._now(), endpoint, endpoint in online) for endpoint in self._reachable]
        return [news for news in told if self._fresh(news) is not None]

    async def perform(self, attempt_id: str, command: Command) -> tuple[CallEvent, ...]:
        """Raises TelephonyNotSent, TelephonyRefused, TelephonyUnavailable or TelephonyUnknown."""
        return await self._commands.perform(attempt_id, command)

    def recording_name(self, attempt_id: str, part: str) -> str:
        """The name under which Asterisk keeps the raw file of this recorder."""
        return self._naming.name(attempt_id, part)

    def lend(self, attempt_id: str, channel: str) -> None:
        """The channel of somebody who rang in is the customer's of this call, until it is given back."""
        self._naming.lend(attempt_id, channel)

    def unlend(self, attempt_id: str) -> None:
        self._naming.unlend(attempt_id)

    async def waiting(self) -> tuple[RangIn, ...]:
        """All who rang in and are in no call. Raises TelephonyError."""
        return await self._inbound.waiting(self._now())

    async def say(self, channel: str, sounds: Sequence[str]) -> None:
        """Answer somebody who waits, and play these; NoticeOver follows. Raises TelephonyError."""
        await self._inbound.say(channel, sounds)

    async def turn_away(self, channel: str, cause: int) -> None:
        """Hang up on somebody who waits. cause: Q.850. Raises TelephonyError."""
        await self._inbound.turn_away(channel, cause)

    async def survey(self) -> Survey:
        """Everything on Asterisk that bears our name. Raises TelephonyError."""
        return await self._sights.survey(self._now())

    async def release(self, attempt_id: str, part: str) -> None:
        """Destroy a part that belongs to no live call; an absent one is no error. Raises TelephonyError."""
        await self._commands.release(attempt_id, part)
