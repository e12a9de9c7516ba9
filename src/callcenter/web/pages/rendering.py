"""Values into a page: templates, the texts of the reader's language, and what every page shows around its own part."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache, partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from babel import Locale, UnknownLocaleError
from jinja2 import Environment, PackageLoader, StrictUndefined

from callcenter.domain.access import Account, Permission
from callcenter.domain.refusal import Refusal
from callcenter.domain.visits.exhaustion import closing_of
from callcenter.domain.visits.open_logs import NONE_OPEN
from callcenter.domain.words.pause_words import pause_told
from callcenter.domain.words.policy_sentences import class_words, trigger_words
from callcenter.domain.words.script_words import span_words
from callcenter.domain.words.sentences import outcome_sentence, sentence
from callcenter.web.language import Translator
from callcenter.web.open_logs import OPEN_LOGS
from callcenter.web.pages.assets import asset_path
from callcenter.web.pages.menu import menu
from callcenter.web.pages.messages import said
from callcenter.web.pages.times import Times, minutes
from callcenter.web.pages.words import close_word, exhausted_word, recording_word, warning_word, who_word, word
from callcenter.web.parts import ACCOUNT, parts_of, words_of

LANGUAGES = (("zh", "中文"), ("en", "English"))


@cache
def environment() -> Environment:
    found = Environment(
        loader=PackageLoader("callcenter.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    found.globals.update(asset=asset_path, minutes=minutes, languages=LANGUAGES, right=Permission)
    return found


def render(request: web.Request, template: str, values: Mapping[str, Any], status: int = 200) -> web.Response:
    """The page, or the fragment of one, as this visitor sees it."""
    text = environment().get_template(template).render({**surroundings(request), **values})
    response = web.Response(text=text, content_type="text/html", status=status)
    # A part of a page is small, and waited for in mid-call.
    if "HX-Request" not in request.headers:
        response.enable_compression()
    return response


def surroundings(request: web.Request) -> dict[str, Any]:
    """What every template may use."""
    parts, _ = parts_of(request), words_of(request)
    known = request.get(ACCOUNT)
    return {
        "_": _,
        "language": _.language.value,
        "account": known,
        "may": partial(_may, known),
        "menu": menu(known, request.path),
        "open_logs": request.get(OPEN_LOGS) or NONE_OPEN,
        "said": said(request.query.get("said", ""), _),
        "here": with_query(request, lang=None),
        "times": times_of(request),
        "troubles": troubles(request, _) if known and known.may(Permission.READ_STATUS) else (),
        "word": partial(_word, _),
        "options": partial(_options, _),
        "exhausted_word": partial(exhausted_word, _=_),
        "who_word": partial(who_word, _=_),
        "close_word": partial(close_word, _=_),
        "closing_of": closing_of,
        "recording_word": partial(recording_word, _=_),
        "warning_word": partial(warning_word, _=_),
        "pause_told": lambda pause: pause_told(pause, _.language),
        "refusal_text": partial(_refusal, _, parts.terms.zone),
        "outcome_text": lambda outcome, end: outcome_sentence(outcome, end, _.language),
        "trigger_word": lambda trigger: trigger_words(trigger, _.language),
        "class_word": lambda customer_class: class_words(customer_class, _.language),
        "span_word": lambda span: span_words(span, _.language),
        "spoken": partial(_spoken, _.language.value),
        "with_query": partial(with_query, request),
    }


def times_of(request: web.Request) -> Times:
    parts = parts_of(request)
    return Times(parts.terms.zone, parts.service.clock.now())


def troubles(request: web.Request, _: Translator) -> tuple[str, ...]:
    """Why nothing can be dialled at all, if so: told on every page."""
    service = parts_of(request).service
    return tuple(sentence(refusal, _.language, service.zone) for refusal in service.asking.hindrances())


def with_query(request: web.Request, **changes: str | None) -> str:
    """This page's address with other parameters; None takes one away."""
    query = {name: value for name, value in request.query.items() if name != "said"}
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"{request.path}?{urlencode(query)}" if query else request.path


def _may(account: Account | None, permission: Permission) -> bool:
    return account is not None and account.may(permission)


def _word(_: Translator, value: StrEnum | None) -> str:
    return word(value, _)


def _spoken(reader: str, code: str) -> str:
    """A language's name for this reader; what is no code of one is told as it is."""
    try:
        return Locale.parse(code, sep="-").get_display_name(reader) or code
    except (ValueError, UnknownLocaleError):
        return code


def _options(_: Translator, values: Iterable[StrEnum]) -> list[tuple[str, str]]:
    return [(value.value, word(value, _)) for value in values]


def _refusal(_: Translator, own_zone: str, refusal: Refusal, zone: str = "") -> str:
    return sentence(refusal, _.language, zone or own_zone)
