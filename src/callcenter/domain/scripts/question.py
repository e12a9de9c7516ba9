"""What is asked, how is it answered, when is it asked at all, and which answers raise a problem?"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from callcenter.domain.policies.base import Model
from callcenter.domain.policies.words import SpanField, Word
from callcenter.domain.times.spans import Span, Unit

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""What a question is known by, in every version: answers are kept under it."""

Said = Annotated[str, Field(min_length=1, max_length=2000)]
"""Words that are spoken."""

Value = str | int | float | bool | tuple[str, ...]
"""An answer: `choice`, `text` and `date` a text, `choices` several, `rating` a whole number, `number` any number,
`yes_no` true or false.
"""

Answers = Mapping[str, Value]
"""By the question's key; what was not answered is not there."""

MOST_OPTIONS = 20


class Kind(StrEnum):
    CHOICE = "choice"
    CHOICES = "choices"
    RATING = "rating"
    TEXT = "text"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"


class AnswerTest(Model):
    """Does an answer fit? Exactly one of these. equals, differs: the very answer, of `yes_no` true or false. contains:
    of `choices` one of the chosen, of `text` a part. at_least, at_most: of `rating` and `number`.
    """

    equals: str | bool | int | float | None = None
    differs: str | bool | int | float | None = None
    contains: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = [name for name in ("equals", "differs", "contains", "at_least", "at_most") if self.told(name)]
        if len(said) != 1:
            raise ValueError("exactly one of equals, differs, contains, at_least and at_most is needed")
        return self

    def told(self, name: str) -> bool:
        return getattr(self, name) is not None

    def fits(self, answer: Value | None) -> bool:
        """What was not answered fits nothing."""
        if answer is None:
            return False
        if self.equals is not None:
            return _same(answer, self.equals)
        if self.differs is not None:
            return not _same(answer, self.differs)
        if self.contains is not None:
            return self.contains in answer if isinstance(answer, tuple | str) else False
        if isinstance(answer, bool) or not isinstance(answer, int | float):
            return False
        return answer >= self.at_least if self.at_least is not None else answer <= (self.at_most or 0)


def _same(answer: Value, wanted: Value) -> bool:
    """1 is no yes: a truth is only ever compared with a truth."""
    return isinstance(answer, bool) is isinstance(wanted, bool) and answer == wanted


class Condition(AnswerTest):
    """An earlier question, and what its answer must be."""

    question: Key


class RedFlag(AnswerTest):
    """An answer that raises a problem (C6-26), or a major anomaly (C6-47). title: what it is called. department: who
    handles it, within `due`.
    """

    kind: Word
    title: Annotated[str, Field(min_length=1, max_length=200)]
    major: bool = False
    department: Annotated[str, Field(min_length=1, max_length=100)]
    due: SpanField = Span(1, Unit.WORKING_DAY)


class Question(Model):
    """options: of `choice` and `choices`. scale: of `rating`, 1 to so much. least, most: of `number`. only_if: it is
    asked where all of these hold. hint: for the agent alone.
    """

    id: Key
    text: Said
    kind: Kind
    required: bool = False
    hint: Annotated[str, Field(max_length=500)] = ""
    options: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = ()
    scale: int | None = Field(default=None, ge=2, le=10)
    least: float | None = None
    most: float | None = None
    only_if: tuple[Condition, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()

    @property
    def steps(self) -> int:
        """Of a rating: from 1 to so much."""
        return self.scale or 5

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        chosen = self.kind in {Kind.CHOICE, Kind.CHOICES}
        if chosen and not 2 <= len(self.options) <= MOST_OPTIONS:  # noqa: PLR2004 (one is no choice)
            raise ValueError(f"a choice needs 2 to {MOST_OPTIONS} options")
        if len(set(self.options)) != len(self.options):
            raise ValueError("the same option stands there twice")
        if self.options and not chosen:
            raise ValueError(f"only a choice has options, not {self.kind.value}")
        if self.scale is not None and self.kind is not Kind.RATING:
            raise ValueError(f"only a rating has a scale, not {self.kind.value}")
        if (self.least is not None or self.most is not None) and self.kind is not Kind.NUMBER:
            raise ValueError(f"only a number has least and most, not {self.kind.value}")
        if self.least is not None and self.most is not None and self.most < self.least:
            raise ValueError("most is less than least")
        for flag in self.red_flags:
            if wrong := unfitting(self, flag):
                raise ValueError(f"red flag {flag.kind}: {wrong}")
        return self


def unfitting(question: Question, test: AnswerTest) -> str:
    """Why no answer to this question could ever be what the test asks for; empty where one could."""
    kind, wanted = question.kind, test.equals if test.equals is not None else test.differs
    if test.contains is not None:
        if kind not in {Kind.CHOICES, Kind.TEXT}:
            return f"contains is for choices and text, and {question.id} is {kind.value}"
        return "" if kind is Kind.TEXT else _no_option(question, test.contains)
    if test.at_least is not None or test.at_most is not None:
        numbers = {Kind.RATING, Kind.NUMBER}
        return "" if kind in numbers else f"at_least and at_most are for numbers, and {question.id} is {kind.value}"
    match kind:
        case Kind.YES_NO:
            return "" if isinstance(wanted, bool) else f"{question.id} is answered true or false"
        case Kind.CHOICE:
            return _no_option(question, str(wanted))
        case Kind.RATING | Kind.NUMBER:
            fine = isinstance(wanted, int | float) and not isinstance(wanted, bool)
            return "" if fine else f"{question.id} is answered by a number"
        case Kind.TEXT | Kind.DATE:
            return "" if isinstance(wanted, str) else f"{question.id} is answered by a text"
        case Kind.CHOICES:
            return f"use contains: {question.id} may have several answers"


def _no_option(question: Question, wanted: str) -> str:
    return "" if wanted in question.options else f"{question.id} has no option {wanted!r}"
