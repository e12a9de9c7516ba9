"""Is every text that people read there in Chinese too, with the same values in it?"""

import re
from functools import cache
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from markupsafe import Markup

import callcenter.web
from callcenter.domain.words.sentences import Language
from callcenter.web.language import translator
from callcenter.web.pages.words import WORDS

FOLDER = Path(callcenter.web.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
MARKS = {"_": None, "N_": None}
PLACES = re.compile(r"\{[a-z_]*\}")
COMMENT = re.compile(r"^\s*//.*$|/\*.*?\*/", re.MULTILINE | re.DOTALL)
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`([^`]*)`|\'((?:[^\'\\\n]|\\.)*)\'')
TOLD = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}|[A-Z][a-z]+[.!?…]|[\u4e00-\u9fff]")
SELECTOR = re.compile(r"[#.\[:>=]")
"""What is looked for in the page; words for people have none of these but at their end."""


@cache
def marked() -> frozenset[str]:
    found = extract_from_dir(FOLDER, METHODS, keywords=MARKS)
    return frozenset(str(text) for _, _, text, _, _ in found)


@cache
def catalogue() -> dict[str, Message]:
    with (FOLDER / "locale" / "zh.po").open("rb") as file:
        return {str(message.id): message for message in read_po(file, locale="zh") if message.id}


def test_texts_are_found_in_templates_and_in_sources() -> None:
    assert {"Next callback", "You have no right to do this.", "Signed in"} <= marked()


def test_no_text_lacks_its_translation() -> None:
    empty = {text for text, message in catalogue().items() if not message.string or message.fuzzy}
    assert sorted((marked() - catalogue().keys()) | empty) == []


def test_no_translation_is_left_over() -> None:
    assert sorted(catalogue().keys() - marked()) == []


def test_a_translation_has_the_values_of_its_text() -> None:
    differing = [
        text
        for text, message in catalogue().items()
        if sorted(PLACES.findall(text)) != sorted(PLACES.findall(str(message.string)))
    ]
    assert differing == []


def test_the_pages_read_the_same_catalogue() -> None:
    assert translator(Language.ZH)("Next callback") == "下一个任务"
    assert translator(Language.ZH)("Attempt {number}", number=3) == "第 3 次拨打"
    assert translator(Language.EN)("Attempt {number}", number=3) == "Attempt 3"


def test_every_value_of_an_enumeration_has_its_word() -> None:
    lacking = [value for kind, words in WORDS.items() for value in kind if value not in words]
    assert lacking == []


def scripts() -> list[Path]:
    """Those of our own."""
    return sorted((FOLDER / "assets").glob("*.js"))


def texts_in(script: str) -> list[str]:
    """What looks like words for people."""
    literals = ["".join(found) for found in LITERAL.findall(COMMENT.sub("", script))]
    return [text for text in literals if TOLD.search(text) and not SELECTOR.search(text[:-1]) and text != "use strict"]


def test_scripts_tell_no_words_of_their_own() -> None:
    """Whatever a script shows stands in the page that loads it, in the reader's language."""
    assert len(scripts()) > 3
    assert {
        path.name: texts_in(path.read_text("utf-8")) for path in scripts() if texts_in(path.read_text("utf-8"))
    } == {}


def test_words_in_a_script_would_be_found() -> None:
    assert texts_in('note.textContent = "Not saved yet"; a = `再试一次`; b = "Saved.";') == [
        "Not saved yet",
        "再试一次",
        "Saved.",
    ]


def test_the_words_that_the_phone_says_stand_in_its_template() -> None:
    template = (FOLDER / "templates" / "phone.html").read_text("utf-8")
    script = (FOLDER / "assets" / "phone.js").read_text("utf-8")
    said = {*re.findall(r'\b(?:say|warn)\("([a-z_]+)"', script)}
    said |= {*re.findall(r'\b(?:tell|quit)\("[a-z]+", "([a-z_]+)"', script)}
    assert len(said) > 15
    assert sorted(word for word in said if f'data-word="{word}"' not in template) == []


def test_a_value_that_is_markup_stays_so_and_any_other_is_escaped() -> None:
    told = translator(Language.EN)("Rang back at {time}, and nobody could talk.", time=Markup("<time>10:15</time>"))
    assert isinstance(told, Markup)
    assert "<time>10:15</time>" in told
    both = translator(Language.EN)("{label}: {value}", label="<b>", value=Markup("<i>x</i>"))
    assert both == "&lt;b&gt;: <i>x</i>"
