"""Between a browser's socket and Asterisk's: each message looked at, and handed on as it is."""

from dataclasses import dataclass

import structlog
from aiohttp import WSMsgType, web

from callcenter.engine.browser_phones import BrowserPhone
from callcenter.engine.handsets import Handsets
from callcenter.engine.ports import SipLine
from callcenter.web.phone.frames import is_keepalive, objection, registered

log = structlog.get_logger()


class FrameRefusedError(Exception):
    """A browser sent what its phone may not say."""


@dataclass(frozen=True, slots=True)
class Relay:
    """One browser's phone on its line. The switch's word counts for whether it is registered."""

    phone: BrowserPhone
    browser: web.WebSocketResponse
    line: SipLine
    handsets: Handsets

    async def to_switch(self) -> None:
        """Until the browser goes. Raises FrameRefusedError."""
        async for message in self.browser:
            if message.type is not WSMsgType.TEXT:
                raise FrameRefusedError("no text")
            frame = str(message.data)
            if is_keepalive(frame):
                continue
            if why := objection(frame, self.phone.name):
                raise FrameRefusedError(why)
            await self.line.send(frame)

    async def to_browser(self) -> None:
        """Until the switch closes the line."""
        async for frame in self.line.frames():
            stands = registered(frame)
            if stands:
                self.handsets.connect(self.phone.endpoint, self.phone.agent_id, self)
            elif stands is False:
                self.hang_out()
            await self.browser.send_str(frame)

    def hang_out(self) -> None:
        """It is not registered any more, unless another socket has taken it over."""
        self.handsets.disconnect(self.phone.endpoint, self)
