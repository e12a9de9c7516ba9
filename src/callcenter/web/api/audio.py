"""The sound itself: every play and every download is in the audit before its first byte is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from aiohttp import hdrs, web
from pydantic import Field

from callcenter.domain.access import Permission, may_hear, may_take
from callcenter.domain.audit import Action
from callcenter.domain.recording import AudioFormat, KeptRecording, RecordingGoneError
from callcenter.domain.times.windows import in_zone
from callcenter.domain.visits.searches import AttemptFound
from callcenter.engine.ports import KeptFile
from callcenter.web.api.evidence import found_by_path
from callcenter.web.asked import Asked, query_of
from callcenter.web.language import N_
from callcenter.web.parts import account_of, audit, forbidden, parts_of
from callcenter.web.problems import Problem
from callcenter.web.ranges import UNIT, Span, UnsatisfiableError, span_of
from callcenter.web.routes import Route

log = structlog.get_logger()

MEDIA_TYPES: Mapping[AudioFormat, str] = {
    AudioFormat.FLAC: "audio/flac",
    AudioFormat.WAV: "audio/wav",
    AudioFormat.OPUS: "audio/ogg",
}
_ENDINGS: Mapping[AudioFormat, str] = {AudioFormat.OPUS: "opus"}
_UNFIT = re.compile(r"[^\w.-]+")
_LONGEST_NAME = 60
_PARTIAL = 206


class AudioAsked(Asked):
    download: bool = Field(default=False, description="To be kept as a file; asks for the right to take recordings.")


@dataclass(frozen=True, slots=True)
class _Wanted:
    found: AttemptFound
    kept: KeptRecording
    download: bool

    @property
    def etag(self) -> str:
        return f'"{self.kept.sha256}"'


async def audio(request: web.Request) -> web.StreamResponse:
    """The right is asked for anew with every range: a log that is closed meanwhile ends its agent's listening."""
    wanted = await _wanted(request)
    try:
        async with parts_of(request).archive.reading(
            wanted.kept.path, wanted.kept.size_bytes, wanted.kept.sha256
        ) as file:
            if request.method == hdrs.METH_HEAD:
                return await _begun(request, wanted, Span(0, wanted.kept.size_bytes - 1, whole=True))
            span = _span(request, wanted)
            await _write_down(request, wanted, span)
            return await _sent(request, wanted, span, file)
    except RecordingGoneError as error:
        parts_of(request).evidence.alarm(wanted.found.attempt.id, error.reason, wanted.kept.path)
        raise Problem(
            "gone", N_("The file is not in the archive as it was kept: {reason}."), reason=error.reason.value
        ) from error


async def _wanted(request: web.Request) -> _Wanted:
    """What the path names, for who may hear it. Raises Problem: not_found, forbidden."""
    download = query_of(request, AudioAsked).download
    found = await found_by_path(request)
    parts, account, attempt_id = parts_of(request), account_of(request), found.attempt.id
    if not may_hear(account, found.attempt.agent_id, log_open=found.log_open is True):
        raise await forbidden(request, "recording", attempt_id, Permission.HEAR_RECORDINGS)
    if download and not may_take(account):
        raise await forbidden(request, "recording", attempt_id, Permission.TAKE_RECORDINGS)
    record = await parts.recordings.get(attempt_id)
    if record is None or record.kept is None:
        raise Problem("not_found", N_("No recording of this dial is kept."))
    return _Wanted(found, record.kept, download)


def _span(request: web.Request, wanted: _Wanted) -> Span:
    size = wanted.kept.size_bytes
    header, if_range = request.headers.get(hdrs.RANGE), request.headers.get(hdrs.IF_RANGE)
    try:
        return span_of(header, size, if_range=if_range, etag=wanted.etag)
    except UnsatisfiableError as error:
        raise Problem("range", headers={hdrs.CONTENT_RANGE: f"{UNIT} */{size}"}) from error


async def _write_down(request: web.Request, wanted: _Wanted, span: Span) -> None:
    kept = wanted.kept
    await audit(
        request,
        Action.TAKEN if wanted.download else Action.PLAYED,
        "recording",
        wanted.found.attempt.id,
        bytes=f"{span.first}-{span.last}/{kept.size_bytes}",
        sha256=kept.sha256,
    )


async def _begun(request: web.Request, wanted: _Wanted, span: Span) -> web.StreamResponse:
    kept = wanted.kept
    response = web.StreamResponse(
        status=200 if span.whole else _PARTIAL,
        headers={
            hdrs.CONTENT_TYPE: MEDIA_TYPES[kept.format],
            hdrs.ACCEPT_RANGES: UNIT,
            hdrs.ETAG: wanted.etag,
            hdrs.CONTENT_DISPOSITION: disposition(
                _name(wanted, parts_of(request).terms.zone), kept.format, download=wanted.download
            ),
        },
    )
    response.content_length = span.length
    if not span.whole:
        response.headers[hdrs.CONTENT_RANGE] = f"{UNIT} {span.first}-{span.last}/{kept.size_bytes}"
    await response.prepare(request)
    return response


async def _sent(request: web.Request, wanted: _Wanted, span: Span, file: KeptFile) -> web.StreamResponse:
    """A block is read when the one before has been taken; who goes away ends it."""
    response = await _begun(request, wanted, span)
    try:
        async for block in file.blocks(span.first, span.last):
            await response.write(block)
    except ConnectionError:
        return response
    except (RecordingGoneError, OSError) as error:
        # The answer has begun: only its early end can still tell that something is wrong.
        log.warning("recording broke off", attempt=wanted.found.attempt.id, why=str(error))
        if isinstance(error, RecordingGoneError):
            parts_of(request).evidence.alarm(wanted.found.attempt.id, error.reason, wanted.kept.path)
        if request.transport is not None:
            request.transport.abort()
    return response


def _name(wanted: _Wanted, zone: str) -> tuple[str, str]:
    """For every file system, and with the customer's name: `20261123-101500_王芳_ATTEMPT`."""
    attempt = wanted.found.attempt
    time = f"{in_zone(zone, wanted.kept.started_at):%Y%m%d-%H%M%S}"
    who = wanted.found.customer or wanted.found.organisation
    return f"{time}_{attempt.id}", f"{time}_{_UNFIT.sub('-', who)[:_LONGEST_NAME]}_{attempt.id}"


def disposition(names: tuple[str, str], kind: AudioFormat, *, download: bool) -> str:
    """Content-Disposition (RFC 6266). names: in plain letters, and in full."""
    ending = _ENDINGS.get(kind, kind.value)
    plain, full = (f"{_UNFIT.sub('-', name)}.{ending}" for name in names)
    plain = plain.encode("ascii", "replace").decode().replace("?", "-")
    shown = "attachment" if download else "inline"
    return f"{shown}; filename=\"{plain}\"; filename*=UTF-8''{quote(full, safe='')}"


_NEEDS = frozenset({Permission.HEAR_RECORDINGS, Permission.USE_DESK})
_CONTENT = tuple(MEDIA_TYPES.values())
ROUTES = (
    Route(
        "GET",
        "/recordings/{attempt}/audio",
        audio,
        _NEEDS,
        "getAudio",
        "The file as it is kept, whole or a range of it (206). Agents hear their own talks until the log is closed. "
        "Every play and download is audited.",
        query=AudioAsked,
        content=_CONTENT,
        problems=("gone", "range"),
    ),
    Route(
        "HEAD",
        "/recordings/{attempt}/audio",
        audio,
        _NEEDS,
        "headAudio",
        "What GET would send, without the sound.",
        query=AudioAsked,
        content=_CONTENT,
        problems=("gone",),
    ),
)
