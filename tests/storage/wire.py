"""A stretch of wire between the service and its database, which can be cut at the worst moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto

from sqlalchemy import make_url

COMMIT = b"COMMIT;"


class Cut(Enum):
    """When the next connection that commits is cut: before the database hears of it, or before it can answer."""

    BEFORE_COMMIT = auto()
    AFTER_COMMIT = auto()


class Wire:
    """url: the database's address through it. cut: once."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self.cut: Cut | None = None
        self._port = port
        self._links: set[_Link] = set()

    def silence(self) -> None:
        """Nothing more comes through on the connections of now, and neither end is told."""
        for link in self._links:
            link.silent = True

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._port)
        link = _Link(self, writer, far_writer)
        self._links.add(link)
        with suppress(ConnectionError):
            await asyncio.gather(link.to_database(reader), link.to_service(far_reader))
        link.close()
        self._links.discard(link)


class _Link:
    def __init__(self, wire: Wire, service: asyncio.StreamWriter, database: asyncio.StreamWriter) -> None:
        self.silent = False
        self._wire = wire
        self._service = service
        self._database = database
        self._no_answer = False

    async def to_database(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65536):
            if COMMIT in data and self._wire.cut is not None:
                cut, self._wire.cut = self._wire.cut, None
                if cut is Cut.BEFORE_COMMIT:
                    break
                self._no_answer = True
            if not self.silent:
                self._database.write(data)
        self.close()

    async def to_service(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65536):
            if self._no_answer:
                break
            if not self.silent:
                self._service.write(data)
        self.close()

    def close(self) -> None:
        self._service.close()
        self._database.close()


@asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[Wire]:
    """A wire to this database, on loopback."""
    address = make_url(url)
    assert address.port is not None
    wire = Wire(address.port)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wire.url = address.set(port=port).render_as_string(hide_password=False)
    try:
        yield wire
    finally:
        server.close()
