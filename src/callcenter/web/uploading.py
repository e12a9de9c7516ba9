"""A file that comes with a request: written to the disk piece by piece, and never as a whole in memory."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Annotated, TypeVar

from aiohttp import BodyPartReader, MultipartReader, web
from pydantic import Field, StringConstraints, ValidationError

from callcenter.engine.imports_at_work import ImportsAtWork
from callcenter.engine.uploads import Upload, UploadsTooManyError, UploadTooLargeError
from callcenter.web.asked import BROKEN_BODY, Asked
from callcenter.web.language import N_
from callcenter.web.parts import account_of, parts_of
from callcenter.web.problems import FieldProblem, Problem, members

MULTIPART = "multipart/form-data"
FILE = "file"
LARGEST_FIELD = 64 * 1024
MOST_FIELDS = 50
_AROUND = 1024 * 1024
"""Bytes of a multipart body besides its file."""

_PIECE = 64 * 1024
_MEGABYTE = 1_000_000


Sheet = Annotated[str, StringConstraints(max_length=200)]
SentT = TypeVar("SentT", bound="BesideFile")


@dataclass(slots=True)
class Received:
    """upload: None where no file was chosen. fields: those beside it, as text."""

    upload: Upload | None = None
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Receiver:
    imports: ImportsAtWork
    account_id: str

    async def keep(self, name: str, pieces: AsyncIterator[bytes]) -> Upload:
        try:
            return await self.imports.uploads.receive(self.account_id, name, pieces)
        except UploadTooLargeError as error:
            raise too_large(self.imports) from error
        except UploadsTooManyError as error:
            raise Problem("too_many", N_("You are sending several files already; wait for them.")) from error


def too_large(imports: ImportsAtWork) -> Problem:
    return Problem(
        "too_large", N_("At most {size} MB can be uploaded."), size=max(1, imports.uploads.most_bytes // _MEGABYTE)
    )


async def receive_raw(request: web.Request, name: str) -> Upload:
    """The whole body is the file. Raises Problem: too_large, too_many, bad_request."""
    imports = parts_of(request).imports_at_work
    _check_length(request, imports, 0)
    return await _Receiver(imports, account_of(request).id).keep(name, _body(request))


async def receive_form(request: web.Request) -> Received:
    """A multipart form with one file. Raises Problem: too_large, too_many, bad_request; then nothing is kept."""
    imports = parts_of(request).imports_at_work
    _check_length(request, imports, _AROUND)
    receiver = _Receiver(imports, account_of(request).id)
    received = Received()
    try:
        await _read_parts(await request.multipart(), receiver, received)
    except BaseException as error:
        if received.upload is not None:
            await asyncio.shield(imports.uploads.forget(received.upload))
        if isinstance(error, (ValueError, AssertionError, UnicodeError, *BROKEN_BODY)):
            raise Problem("bad_request", N_("The form cannot be read.")) from error
        raise
    return received


async def _read_parts(parts: MultipartReader, receiver: _Receiver, received: Received) -> None:
    async for part in parts:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise Problem("bad_request", N_("The form cannot be read."))
        if part.name != FILE:
            received.fields[part.name[:100]] = await _text(part)
            if len(received.fields) > MOST_FIELDS:
                raise Problem("bad_request", N_("The form cannot be read."))
        elif received.upload is not None:
            raise Problem("bad_request", N_("Send one file at a time."))
        elif part.filename:
            received.upload = await receiver.keep(part.filename, _pieces(part))
        else:
            # A browser sends an empty part where no file was chosen.
            await part.release()


class BesideFile(Asked):
    """Beside a file that is sent: parameters of the address, or fields of the form."""

    sheet: Sheet = Field(default="", description="Of a workbook with several filled sheets.")
    name: str = Field(default="", max_length=500, description="The file's name, for people; a form names it itself.")


async def receive(request: web.Request, sent: SentT) -> tuple[Upload, SentT]:
    """The file, as a form's or as the whole body, and what stands beside it. sent: what the address tells, which holds
    for a whole body. Raises Problem: too_large, too_many, bad_request, invalid; then nothing is kept.
    """
    if request.content_type != MULTIPART:
        return await receive_raw(request, sent.name), sent
    received = await receive_form(request)
    if received.upload is None:
        raise Problem("invalid", errors=[FieldProblem(field=FILE, message=N_("no file was sent"))])
    given = {name: value for name, value in received.fields.items() if value}
    try:
        return received.upload, type(sent).model_validate(given)
    except ValidationError as error:
        await forget(request, received.upload)
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Problem("invalid", errors=members(found)) from None


async def forget(request: web.Request, upload: Upload | None) -> None:
    if upload is not None:
        await parts_of(request).imports_at_work.uploads.forget(upload)


def _check_length(request: web.Request, imports: ImportsAtWork, around: int) -> None:
    if (request.content_length or 0) > imports.uploads.most_bytes + around:
        raise too_large(imports)


async def _body(request: web.Request) -> AsyncIterator[bytes]:
    try:
        async for piece in request.content.iter_chunked(_PIECE):
            yield piece
    except BROKEN_BODY as error:
        raise Problem("bad_request", N_("The body is not what its headers say.")) from error


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(_PIECE):
        yield piece


async def _text(part: BodyPartReader) -> str:
    raw = bytearray()
    while piece := await part.read_chunk(_PIECE):
        raw += piece
        if len(raw) > LARGEST_FIELD:
            raise Problem("too_large")
    text = raw.decode("utf-8")
    if "\x00" in text:
        raise Problem("bad_request", N_("A text contains the character NUL."))
    return text
