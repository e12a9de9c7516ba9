"""The form of a visit log: what an agent types, as values of the log, and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import Field

from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import Channel
from callcenter.domain.visits.drafting import FieldChange
from callcenter.domain.visits.visitlog import RecordingException, VisitLog
from callcenter.web.asked import Asked
from callcenter.web.pages.forms import Form, FormError, checked
from callcenter.web.pages.rendering import times_of
from callcenter.web.pages.times import from_field
from callcenter.web.parts import words_of

TEXTS = (
    "contact",
    "content",
    "problems",
    "own_words",
    "handling_result",
    "outcome_reason",
    "exception_note",
    "offer_text",
    "offer_taken_by",
)
CHOICES = ("disposition", "exception", "offered", "resolved", "offer_taken", "dislikes_calls")
FIELDS = (*TEXTS, *CHOICES, "next_visit_at")
VERSION = "v-"
"""Before a field's name: which version of it the page has shown."""

LONGEST_VERSION = 9
"""Digits."""


class LogForm(Asked):
    """What the agent writes. Fields that are not there stay as they are."""

    contact: str = Field(default="", max_length=500)
    content: str = Field(default="", max_length=10_000)
    problems: str = Field(default="", max_length=10_000)
    own_words: str = Field(default="", max_length=10_000)
    handling_result: str = Field(default="", max_length=10_000)
    outcome_reason: str = Field(default="", max_length=500)
    disposition: Disposition | None = None
    resolved: bool | None = None
    next_visit_at: str = Field(default="", max_length=30, pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$")
    exception: RecordingException | None = None
    exception_note: str = Field(default="", max_length=500)
    dislikes_calls: bool = False
    offered: Channel | None = None
    offer_text: str = Field(default="", max_length=500)
    offer_taken: bool | None = None
    offer_taken_by: str = Field(default="", max_length=200)


def values_of(request: web.Request, given: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """What is typed, as values of the log. An empty choice is none. zone: the customer's. Raises FormError."""
    _ = words_of(request)
    typed = {name: value for name, value in given.items() if not name.startswith(VERSION)}
    model = checked(typed, LogForm, _).model
    values: dict[str, Any] = {name: getattr(model, name) for name in (*TEXTS, *CHOICES) if name in typed}
    if "next_visit_at" in typed:
        try:
            values["next_visit_at"] = from_field(model.next_visit_at, zone)
        except (ValueError, OverflowError):
            raise FormError(Form(typed, {"next_visit_at": _("This is no date and time.")})) from None
    return values


def changes_of(given: Mapping[str, Any], values: Mapping[str, Any]) -> list[FieldChange]:
    """Those whose version the form tells."""
    told = {name: version_in(given.get(VERSION + name, "")) for name in values}
    return [FieldChange(name, value, based) for name, value in values.items() if (based := told[name]) is not None]


def version_in(text: str) -> int | None:
    """None where it tells none; a tampered one has seen nothing."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_VERSION else 0


def form_of(request: web.Request, log: VisitLog, zone: str) -> Form:
    return Form({name: shown_in_field(request, getattr(log, name), zone) for name in FIELDS})


def shown_in_field(request: web.Request, value: Any, zone: str) -> str:
    """As a page's field has it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return times_of(request).field(value, zone)
        case _:
            return str(value)
