"""How soon something is due, as people read it."""

import re

import pytest

from callcenter.domain.times.spans import Span, Unit
from callcenter.domain.words.script_words import span_words
from callcenter.domain.words.sentences import Language


@pytest.mark.parametrize(
    ("span", "english", "chinese"),
    [
        (Span(1, Unit.WORKING_DAY), "1 working day", "1个工作日"),
        (Span(24, Unit.HOUR), "24 hours", "24小时"),
        (Span(1, Unit.SAME_DAY), "same day", "当日"),
    ],
)
def test_a_span_is_told_in_both_languages(span: Span, english: str, chinese: str) -> None:
    assert (span_words(span, Language.EN), span_words(span, Language.ZH)) == (english, chinese)


@pytest.mark.parametrize("unit", Unit)
def test_no_unit_is_told_in_english_to_chinese_readers(unit: Unit) -> None:
    assert not re.search("[a-z]", span_words(Span(2, unit), Language.ZH))
