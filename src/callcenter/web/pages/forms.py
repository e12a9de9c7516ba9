"""What was filled in: a form's fields, checked against their model; what is wrong is told at the field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from aiohttp import web
from pydantic import BaseModel, ValidationError

from callcenter.engine.uploads import Upload
from callcenter.web.asked import raw_body
from callcenter.web.language import N_, Translator
from callcenter.web.problems import Problem
from callcenter.web.uploading import FILE, receive_form

FormT = TypeVar("FormT", bound=BaseModel)

MISTAKES: Mapping[str, str] = {
    "missing": N_("Please fill this in."),
    "string_too_short": N_("This is too short."),
    "string_too_long": N_("This is too long."),
    "too_short": N_("Please choose at least one."),
    "enum": N_("Please choose one."),
}

MOST_FIELDS = 5000
"""Of one form."""

OTHER_MISTAKE = N_("This is not right.")


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the fields of a page, and what is wrong with it, by field."""

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Any:
        return self.values.get(name, "")

    def wrong(self, name: str) -> str:
        return self.errors.get(name, "")


class FormError(Exception):
    """The form as it was filled in, with what is wrong."""

    def __init__(self, form: Form) -> None:
        super().__init__(", ".join(form.errors))
        self.form = form


@dataclass(frozen=True, slots=True)
class Filled(Generic[FormT]):
    """model: the checked values. form: as they were typed, to be shown again."""

    model: FormT
    form: Form


async def fields_of(request: web.Request, lists: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of a posted form, as text; those named in `lists` as lists. Raises Problem."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Problem("media_type")
    raw = await raw_body(request)
    try:
        posted = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise Problem("bad_request") from error
    given: dict[str, Any] = {name: [] for name in lists}
    for name, value in posted:
        if "\x00" in value:
            raise Problem("bad_request")
        text = value.replace("\r\n", "\n")
        if name in lists:
            given[name].append(text)
        else:
            given[name] = text
    return given


async def file_of(request: web.Request, _: Translator) -> tuple[Upload | None, Form]:
    """A posted form with a file, None where none was chosen. Raises FormError for one that is too large; Problem."""
    try:
        received = await receive_form(request)
    except Problem as problem:
        if problem.code != "too_large":
            raise
        raise FormError(Form({}, {FILE: problem.details(_).detail})) from problem
    return received.upload, Form(received.fields)


def checked(given: Mapping[str, Any], model: type[FormT], _: Translator) -> Filled[FormT]:
    """Raises FormError. An empty field counts as left out."""
    form = Form(given)
    told = {name: value for name, value in given.items() if value not in ("", [])}
    try:
        return Filled(model.model_validate(told), form)
    except ValidationError as error:
        wrong = {
            str(each["loc"][0]) if each["loc"] else "": _(MISTAKES.get(each["type"], OTHER_MISTAKE))
            for each in reversed(error.errors(include_url=False, include_context=False, include_input=False))
        }
        raise FormError(Form(given, wrong)) from None


def with_error(form: Form, **errors: str) -> Form:
    return Form(form.values, {**form.errors, **errors})


def go(path: str, said: str = "") -> web.HTTPSeeOther:
    """To the page that follows a form. said: a code of `messages.SAID`."""
    mark = "&" if "?" in path else "?"
    return web.HTTPSeeOther(f"{path}{mark}said={said}" if said else path)
