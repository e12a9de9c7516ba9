"""A door to Asterisk's ARI that can be opened and shut while Asterisk itself goes on."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from lab import ports


class Door:
    """port: where the service knocks. target: the port behind the door."""

    def __init__(self, target: int) -> None:
        self.port = ports.free_port(socket.SOCK_STREAM)
        self._target = target
        self._guests: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Open; at the end everybody is shown out."""
        server = await asyncio.start_server(self._accept, ports.LOOPBACK, self.port)
        try:
            yield
        finally:
            server.close()
            for guest in self._guests:
                guest.cancel()
            await asyncio.gather(*self._guests, return_exceptions=True)
            self._guests.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        guest = asyncio.current_task()
        assert guest is not None
        self._guests.add(guest)
        far_reader, far_writer = await asyncio.open_connection(ports.LOOPBACK, self._target)
        try:
            await asyncio.gather(_through(reader, far_writer), _through(far_reader, writer))
        except asyncio.CancelledError:
            return
        finally:
            for each in (writer, far_writer):
                each.transport.abort()
            await asyncio.sleep(0)


async def _through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
