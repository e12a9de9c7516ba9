"""In which language does this person read? Chinese or English, for pages and problem reports alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from aiohttp import web
from babel.core import negotiate_locale
from babel.messages.pofile import read_po
from markupsafe import Markup

from callcenter.domain.words.sentences import Language

COOKIE = "callcenter_language"
PARAMETER = "lang"


def N_(text: str) -> str:  # noqa: N802 (the name that gettext's tools look for)
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


@dataclass(frozen=True, slots=True)
class Translator:
    """Texts in one language; English is the catalogue's own."""

    language: Language
    texts: Mapping[str, str]

    def __call__(self, text: str, **values: object) -> str:
        """The text in this language, with its {names} filled in: as markup where one of them is, the others escaped."""
        told = self.texts.get(text) or text
        if any(isinstance(value, Markup) for value in values.values()):
            return Markup(told).format(**values)  # noqa: S704 (the catalogue's own text)
        return told.format(**values) if values else told


@cache
def translator(language: Language) -> Translator:
    """The texts of `locale/LANGUAGE.po`."""
    if language is Language.EN:
        return Translator(language, {})
    source = files("callcenter.web").joinpath("locale", f"{language.value}.po")
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language.value)
    texts = {str(message.id): str(message.string) for message in catalogue if message.id and message.string}
    return Translator(language, texts)


def language_of(request: web.Request, preferred: str = "") -> Language:
    """What the address asks for, else what was chosen before, else the account's, else the browser's."""
    for wished in (request.query.get(PARAMETER), request.cookies.get(COOKIE), preferred):
        if wished in set(Language):
            return Language(wished)
    wishes = [part.split(";")[0].strip().replace("-", "_") for part in _accepted(request).split(",")]
    found = negotiate_locale([wish for wish in wishes if wish], [each.value for each in Language], sep="_")
    return Language(found) if found else Language.EN


def _accepted(request: web.Request) -> str:
    return request.headers.get("Accept-Language", "")[:1000]
