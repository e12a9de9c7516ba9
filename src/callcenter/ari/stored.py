"""The raw recordings, read over HTTP from wherever Asterisk keeps them; a long one is never whole in memory."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

from callcenter.ari.client import TRANSPORT_ERRORS, AriClient, gone
from callcenter.ari.errors import NotFoundError, OutcomeUnknownError
from callcenter.domain.recording import MissingReason, RecordingMissingError

BLOCK_BYTES = 256 * 1024


class StoredRecordings:
    """name: the recording's, without extension."""

    def __init__(self, client: AriClient) -> None:
        self._client = client

    async def size(self, name: str) -> int | None:
        """Bytes of the file so far, None if there is none. Only the headers are read: Asterisk knows no HEAD."""
        try:
            async with self._client.stream(self._client.recordings.get_stored_file(name)) as answer:
                length = answer.content_length
                answer.close()
        except NotFoundError:
            return None
        if length is None:
            raise OutcomeUnknownError(f"Asterisk does not say how long {name} is")
        return length

    async def fetch(self, name: str, into: Path) -> None:
        """Put the file at `into`, by rename when it is whole. Raises RecordingMissingError when there is none,
        OutcomeUnknownError when it broke off, OSError when our own disk refuses; nothing is left at `into` then.
        """
        part = into.with_name(into.name + ".part")
        try:
            await self._download(name, part)
            await asyncio.to_thread(part.replace, into)
        except NotFoundError as error:
            raise RecordingMissingError(MissingReason.RAW_FILE_ABSENT, name) from error
        finally:
            await asyncio.to_thread(part.unlink, missing_ok=True)

    async def discard(self, name: str) -> None:
        """An absent one is no error."""
        await gone(self._client.recordings.delete_stored(name))

    async def _download(self, name: str, part: Path) -> None:
        async with aclosing(self._blocks(name)) as blocks:
            first = await anext(blocks, b"")
            with await asyncio.to_thread(part.open, "wb") as file:
                await asyncio.to_thread(file.write, first)
                async for block in blocks:
                    await asyncio.to_thread(file.write, block)

    async def _blocks(self, name: str) -> AsyncGenerator[bytes, None]:
        async with self._client.stream(self._client.recordings.get_stored_file(name)) as answer:
            try:
                async for block in answer.content.iter_chunked(BLOCK_BYTES):
                    yield block
            except TRANSPORT_ERRORS as error:
                raise OutcomeUnknownError(f"{name} broke off: {error}") from error
