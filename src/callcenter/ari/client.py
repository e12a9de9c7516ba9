"""The REST client: one session to one Asterisk, each request with its own deadline, each failure told apart.

A POST is never repeated by itself: what happened to it is for the caller to find out.
"""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import NoneType, SimpleNamespace, TracebackType
from typing import Any, Self, TypeVar

import aiohttp
import msgspec
from yarl import URL

from callcenter.ari import generated
from callcenter.ari.errors import NotFoundError, NotSentError, OutcomeUnknownError, refusal
from callcenter.ari.transport import Operation

T = TypeVar("T")

TRANSPORT_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
# Asterisk closes an idle connection after 15 s; ours must be gone before, or a POST meets the closing end.
KEEPALIVE_SECONDS = 5.0

_UNREAD_HEADERS = ("Accept", "Accept-Encoding", "User-Agent")
"""Asterisk does not look at them."""


@dataclass(frozen=True, slots=True)
class Address:
    """url: ARI's base, for example `http://127.0.0.1:8088/ari`."""

    url: str
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Limits:
    """connections: at most at a time, below Asterisk's own `sessionlimit` (100). deadline: seconds for a request
    as a whole; deadlines: other values by operation name. connect: seconds to reach Asterisk.
    """

    connections: int = 40
    deadline: float = 5.0
    connect: float = 2.0
    deadlines: Mapping[str, float] | None = None

    def of(self, operation: str) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(
            total=(self.deadlines or {}).get(operation, self.deadline), sock_connect=self.connect
        )

    def of_stream(self) -> aiohttp.ClientTimeout:
        """A long file may take as long as it keeps coming."""
        return aiohttp.ClientTimeout(total=None, sock_connect=self.connect, sock_read=self.deadline)


class AriClient:
    """Use as an async context manager. The operations hang on it by resource: `client.channels.hangup(...)`."""

    def __init__(self, address: Address, limits: Limits | None = None) -> None:
        self._base = address.url.rstrip("/")
        self._headers = {"Authorization": aiohttp.encode_basic_auth(address.user, address.password)}
        self._limits = limits or Limits()
        self._session: aiohttp.ClientSession | None = None
        self.applications = generated.Applications(self)
        self.asterisk = generated.Asterisk(self)
        self.bridges = generated.Bridges(self)
        self.channels = generated.Channels(self)
        self.endpoints = generated.Endpoints(self)
        self.playbacks = generated.Playbacks(self)
        self.recordings = generated.Recordings(self)

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            headers=self._headers,
            skip_auto_headers=_UNREAD_HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
            json_serialize_bytes=msgspec.json.encode,
            connector=aiohttp.TCPConnector(limit=self._limits.connections, keepalive_timeout=KEEPALIVE_SECONDS),
            trace_configs=[_sent_tracing()],
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the client is not entered")
        return self._session

    async def perform(self, operation: Operation, returns: type[T]) -> T:
        """Raises NotSentError, a RefusedError, or OutcomeUnknownError."""
        answer = await self._request(operation, self._limits.of(operation.name))
        async with answer:
            body = await _read(answer, operation)
        if returns is NoneType:
            return None  # type: ignore[return-value]  # T is None here, which mypy does not see
        try:
            return msgspec.json.decode(body, type=returns, strict=False)
        except msgspec.MsgspecError as error:
            raise OutcomeUnknownError(f"{operation.name}: {error}") from error

    @asynccontextmanager
    async def stream(self, operation: Operation) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer with its headers read. Raises as `perform`; what breaks while the body is read is aiohttp's."""
        answer = await self._request(operation, self._limits.of_stream())
        async with answer:
            yield answer

    async def open_events(self, app: str, *, close_seconds: float) -> aiohttp.ClientWebSocketResponse:
        """The event socket of an application. Raises aiohttp's own errors. We answer and send pings ourselves."""
        url = URL(f"{self._base}/events", encoded=True).with_query(app=app, subscribeAll="false")
        return await self.session.ws_connect(
            url,
            autoping=False,
            max_msg_size=0,
            timeout=aiohttp.ClientWSTimeout(ws_close=close_seconds),
        )

    async def _request(self, operation: Operation, patience: aiohttp.ClientTimeout) -> aiohttp.ClientResponse:
        url = URL(self._base + operation.path, encoded=True)
        query = operation.query()
        mark = SimpleNamespace(sent=False)
        try:
            answer = await self.session.request(
                operation.method,
                url.with_query(query) if query else url,
                json=operation.body(),
                timeout=patience,
                trace_request_ctx=mark,
                allow_redirects=False,
            )
        except TRANSPORT_ERRORS as error:
            kind = OutcomeUnknownError if mark.sent else NotSentError
            raise kind(_broken(operation, error)) from error
        if not answer.ok:
            async with answer:
                raise refusal(answer.status, _detail(await _read(answer, operation)))
        return answer


async def _read(answer: aiohttp.ClientResponse, operation: Operation) -> bytes:
    try:
        return await answer.read()
    except TRANSPORT_ERRORS as error:
        raise OutcomeUnknownError(_broken(operation, error)) from error


def _broken(operation: Operation, error: BaseException) -> str:
    return f"{operation.name}: {type(error).__name__} {error}".rstrip()


async def found(request: Awaitable[T]) -> T | None:
    """The answer, or None where Asterisk says there is no such thing: `await found(client.channels.get(id))`.

    The way out of an ambiguous creation, too: a 409 or an unknown outcome is settled by asking for the thing.
    """
    try:
        return await request
    except NotFoundError:
        return None


async def gone(request: Awaitable[None]) -> bool:
    """Carry out a deletion; False where the thing was not there in the first place, which is as good."""
    try:
        await request
    except NotFoundError:
        return False
    return True


def _detail(body: bytes) -> str:
    """Asterisk says `message`, or `error` where an allocation failed."""
    try:
        told: Any = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return body[:200].decode(errors="replace")
    if isinstance(told, dict):
        return str(told.get("message") or told.get("error") or told)
    return str(told)


def _sent_tracing() -> aiohttp.TraceConfig:
    """Marks a request as sent before its first byte leaves."""

    async def mark(
        session: aiohttp.ClientSession,  # noqa: ARG001 (the signature is aiohttp's)
        context: SimpleNamespace,
        params: aiohttp.TraceRequestHeadersSentParams,  # noqa: ARG001 (as above)
    ) -> None:
        if context.trace_request_ctx is not None:
            context.trace_request_ctx.sent = True

    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(mark)
    return tracing
