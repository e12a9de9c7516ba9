"""What was looked for: the parameters of a list's address, and the page of it that follows."""

from datetime import date, datetime
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel

from callcenter.domain.times.days import span_of_day
from callcenter.web.language import PARAMETER
from callcenter.web.pages.forms import Form, FormError, checked
from callcenter.web.parts import words_of

AskedT = TypeVar("AskedT", bound=BaseModel)

NOT_ASKED = frozenset({PARAMETER, "said"})


def asked_of(request: web.Request, model: type[AskedT]) -> tuple[AskedT | None, Form]:
    """The checked parameters and the form that shows them; None, and what is wrong, where something is. What the model
    does not know does not matter.
    """
    given: dict[str, Any] = {
        name: value.strip()
        for name, value in request.query.items()
        if name in model.model_fields and name not in NOT_ASKED and _text(value)
    }
    try:
        return checked(given, model, words_of(request)).model, Form(given)
    except FormError as error:
        return None, error.form


def span(first: date | None, last: date | None, zone: str) -> tuple[datetime | None, datetime | None]:
    """From the beginning of the first day to the end of the last, UTC; None where a day is not given."""
    since = span_of_day(first, zone)[0] if first else None
    until = span_of_day(last, zone)[1] if last else None
    return since, until


def _text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in value
