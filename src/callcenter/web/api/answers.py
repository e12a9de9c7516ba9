"""How the API answers: models as JSON, and pages of a list."""

import base64
import binascii
from datetime import datetime
from typing import Annotated, Generic, TypeVar

import msgspec
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from callcenter.domain.refusal import Rule, Strength
from callcenter.web.asked import Asked
from callcenter.web.language import N_
from callcenter.web.problems import FieldProblem, Problem

ItemT = TypeVar("ItemT", bound=BaseModel)

Instant = Annotated[datetime, PlainSerializer(lambda at: at.isoformat(), return_type=str)]
"""UTC, as ISO 8601."""

MOST = 200
"""Items of one page of a list."""


class Answer(BaseModel):
    """What goes out."""

    model_config = ConfigDict(frozen=True)


class Page(Answer, Generic[ItemT]):
    """A part of a list, in the order that the list's route tells. What was read is neither repeated nor left out when
    rows come or go meanwhile.
    """

    items: list[ItemT]
    next: str | None = Field(default=None, description="The cursor of the page that follows; null at the end.")


class Paged(Asked):
    """Which part of a list."""

    cursor: str = Field(default="", max_length=500, description="`next` of the page before; empty: the beginning.")
    limit: int = Field(default=50, ge=1, le=MOST, description="Items at most.")


class RefusalShown(Answer):
    """A rule says no."""

    rule: Rule
    source: str = Field(description="Where the rule comes from; `product`: a default of ours.")
    strength: Strength = Field(description="Whether it may be overridden with a reason.")
    opens_at: Instant | None = Field(description="When this rule no longer refuses, where that is known.")
    message: str = Field(description="A sentence in your language.")


def answer(model: BaseModel, status: int = 200) -> web.Response:
    return web.Response(text=model.model_dump_json(), status=status, content_type="application/json")


CursorT = TypeVar("CursorT", bound=tuple[object, ...])


def to_cursor(place: tuple[object, ...]) -> str:
    """The sort values of the last item, as an opaque text."""
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).rstrip(b"=").decode()


def from_cursor(text: str, kind: type[CursorT]) -> CursorT | None:
    """None for the beginning. kind: the tuple's type, such as `tuple[datetime, str]`. Raises Problem: invalid."""
    if not text:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise Problem("invalid", errors=[FieldProblem(field="cursor", message=N_("is none of ours"))]) from error
