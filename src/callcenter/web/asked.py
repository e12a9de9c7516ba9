"""What was asked: the body and the parameters of a request, checked against their models."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, TypeVar

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)

from callcenter.web.language import N_
from callcenter.web.problems import FieldProblem, Problem, members

JSON = "application/json"
LARGEST_BODY = 256 * 1024
"""Bytes of a JSON body, or of a form without a file."""

BODY_SECONDS = 30
"""So long such a body may take to come."""

BROKEN_BODY = (HttpProcessingError, web.RequestPayloadError)
"""What reading a body raises that is not packed, or not cut into parts, as its headers say."""

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}", re.ASCII)
ModelT = TypeVar("ModelT", bound=BaseModel)


class Asked(BaseModel):
    """What comes in: nothing that is not known, no text with NUL in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=10_000, hide_input_in_errors=True)


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(N_("holds characters that cannot be printed"))
    return text


Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_printable)]
"""One line for people; it may be empty."""

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
"""One line for people."""


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def _instant(at: object) -> datetime:
    # A number would be taken for seconds since 1970: 2026 is a year to whoever writes it.
    try:
        if isinstance(at, str) and _INSTANT.match(at):
            return datetime.fromisoformat(at)
    except ValueError:
        pass
    raise ValueError(N_("is no instant; it is written like 2026-11-23T10:00:00+08:00"))


def _in_utc(at: datetime) -> datetime:
    if not FIRST_DAY <= at.date() <= LAST_DAY:
        raise ValueError(N_("lies outside the years 2000 to 2199"))
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(_instant), AfterValidator(_in_utc)]
"""An instant with its offset, as ISO 8601."""

Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A day, as ISO 8601."""


async def body_of(request: web.Request, model: type[ModelT]) -> ModelT:
    """Raises Problem: bad_request, media_type, too_large, invalid."""
    if request.content_type != JSON:
        raise Problem("media_type", N_("Send application/json."))
    raw = await raw_body(request)
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Problem("bad_request", N_("The body is not JSON.")) from error
    _check_text(given)
    # As JSON: a number stays a number, and is taken for no text or truth value.
    return _validated(lambda: model.model_validate_json(raw, strict=True))


async def raw_body(request: web.Request) -> bytes:
    """All of it, whatever length it names or hides. Raises Problem: too_large, bad_request, too_slow."""
    if (request.content_length or 0) > LARGEST_BODY:
        raise Problem("too_large")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            raw = await request.content.read(LARGEST_BODY + 1)
            while len(raw) <= LARGEST_BODY and not request.content.at_eof():
                raw += await request.content.read(LARGEST_BODY + 1 - len(raw))
    except BROKEN_BODY as error:
        raise Problem("bad_request", N_("The body is not what its headers say.")) from error
    except TimeoutError as error:
        raise Problem("too_slow") from error
    if len(raw) > LARGEST_BODY:
        raise Problem("too_large")
    return raw


def query_of(request: web.Request, model: type[ModelT]) -> ModelT:
    """The parameters after the question mark; `lang` is taken everywhere. Raises Problem: invalid."""
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise Problem("invalid", errors=[FieldProblem(field=name[:200], message=N_("given more than once"))])
        given[name] = value
    if "lang" not in model.model_fields:
        given.pop("lang", None)
    _check_text(given)
    return _validated(lambda: model.model_validate(given))


def _validated(made: Callable[[], ModelT]) -> ModelT:
    try:
        return made()
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Problem("invalid", errors=members(found)) from None
    except (RecursionError, OverflowError) as error:
        raise Problem("invalid") from error


def _check_text(given: object) -> None:
    """No database takes NUL or half a surrogate pair in a text."""
    text = json.dumps(given, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Problem("bad_request", N_("A text is no Unicode text.")) from error
    if "\\u0000" in text:
        raise Problem("bad_request", N_("A text contains the character NUL."))
