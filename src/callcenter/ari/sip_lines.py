"""Asterisk's own SIP WebSocket, for the phones in browsers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

import aiohttp

from callcenter.ari.errors import EndpointUnavailableError

SUBPROTOCOL = "sip"
LARGEST_FRAME = 64 * 1024
"""Bytes; Asterisk itself takes no larger SIP message."""

CONNECT_SECONDS = 5.0
CLOSE_SECONDS = 1.0
HEARTBEAT_SECONDS = 20.0
BAD_GATEWAY = 502


class AsteriskLine:
    """A SipLine."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, frame: str) -> None:
        await self._socket.send_str(frame)

    async def frames(self) -> AsyncIterator[str]:
        async for message in self._socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                yield str(message.data)
            elif message.type is aiohttp.WSMsgType.BINARY:
                yield bytes(message.data).decode("utf-8", "replace")


class AsteriskLines:
    """SipLines. url: Asterisk's own, `ws://127.0.0.1:8088/ws`. Use as an async context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsteriskLine]:
        if self._session is None:
            raise RuntimeError("the lines are not entered")
        try:
            socket = await self._session.ws_connect(
                self._url,
                protocols=(SUBPROTOCOL,),
                max_msg_size=LARGEST_FRAME,
                heartbeat=HEARTBEAT_SECONDS,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_SECONDS),
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise EndpointUnavailableError(BAD_GATEWAY, f"no SIP socket at {self._url}: {error}") from error
        async with socket:
            if socket.protocol != SUBPROTOCOL:
                raise EndpointUnavailableError(BAD_GATEWAY, f"{self._url} does not speak SIP")
            yield AsteriskLine(socket)
