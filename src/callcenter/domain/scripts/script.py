"""The script of a talk as one frozen value with a version: what is said, who is spoken to, what is asked.

A script is TOML. Its words may hold {institution}, {agent}, {staff_number}, {customer}, {organisation}, {purpose},
{plan} and {manager}; each is filled in at the desk (C5-01, V14-03). Text in double braces stays as it is.
"""

import json
import string
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from callcenter.domain.policies.base import Model, PolicyError
from callcenter.domain.policies.layers import parse_toml
from callcenter.domain.policies.mistakes import mistake_of
from callcenter.domain.policies.words import Word
from callcenter.domain.scripts.question import Key, Question, Said, unfitting

LONGEST_TEXT = 60_000
"""Characters of a script's TOML."""

MOST_QUESTIONS = 5
"""In one call, in principle (C7-06)."""


class Place(StrEnum):
    """What the words of a script may leave open."""

    INSTITUTION = "institution"
    AGENT = "agent"
    STAFF_NUMBER = "staff_number"
    CUSTOMER = "customer"
    ORGANISATION = "organisation"
    PURPOSE = "purpose"
    PLAN = "plan"
    MANAGER = "manager"


TELLS_NOTHING = frozenset({Place.INSTITUTION, Place.AGENT, Place.STAFF_NUMBER})
"""What may be said to somebody who is not known yet."""


class Mode(StrEnum):
    """STRICT: read out as it is (C9-18). ADAPTABLE: the agent may find other words, with a note why (C6-39)."""

    STRICT = "strict"
    ADAPTABLE = "adaptable"


class Check(Model):
    """One identity question (C9-03). against: where the agent finds what the answer must be; it is never read out."""

    id: Key
    text: Said
    against: Annotated[str, Field(min_length=1, max_length=200)]


class Identity(Model):
    """must_match: so many answers must be right."""

    checks: tuple[Check, ...] = Field(min_length=1, max_length=10)
    must_match: int = Field(ge=1)

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.must_match > len(self.checks):
            raise ValueError(f"must_match is {self.must_match}, more than there are checks, {len(self.checks)}")
        return self


class Section(Model):
    title: Annotated[str, Field(min_length=1, max_length=200)]
    lines: tuple[Said, ...] = ()
    questions: tuple[Question, ...] = ()


class Script(Model):
    """version: 1-based. language: BCP 47, the one it is spoken in. institution: as it names itself. convenient: asks
    whether the customer may talk now; None asks nothing.
    """

    name: str = Field(pattern=r"^[a-z0-9_]{1,60}$")
    version: int = Field(ge=1, le=1_000_000)
    title: Annotated[str, Field(min_length=1, max_length=200)]
    institution: Annotated[str, Field(min_length=1, max_length=200)]
    trade: Word | None = None
    language: str = Field(default="zh", pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")
    mode: Mode = Mode.STRICT
    opening: tuple[Said, ...] = Field(min_length=1, max_length=20)
    convenient: Said | None = None
    identity: Identity | None = None
    sections: tuple[Section, ...] = Field(default=(), max_length=40)
    closing: tuple[Said, ...] = Field(default=(), max_length=20)

    @property
    def questions(self) -> tuple[Question, ...]:
        """In the order in which they are asked."""
        return tuple(question for section in self.sections for question in section.questions)

    def question(self, key: str) -> Question | None:
        return next((each for each in self.questions if each.id == key), None)

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if wrong := [*_twice(self), *_branches(self), *_placeholders(self)]:
            raise ValueError("\n".join(wrong))
        return self

    def words(self) -> Iterator[str]:
        """Everything that is spoken."""
        yield from self.opening
        yield from [self.convenient] if self.convenient else []
        yield from [check.text for check in self.identity.checks] if self.identity else []
        for section in self.sections:
            yield from section.lines
            yield from [question.text for question in section.questions]
        yield from self.closing


def _twice(script: Script) -> Iterator[str]:
    checks = script.identity.checks if script.identity else ()
    for ids in ([each.id for each in script.questions], [each.id for each in checks]):
        for each in sorted({each for each in ids if ids.count(each) > 1}):
            yield f"{each}: this id stands there twice"


def _branches(script: Script) -> Iterator[str]:
    """Only on earlier questions: so no branch can lead back to itself."""
    before: dict[str, Question] = {}
    for question in script.questions:
        for condition in question.only_if:
            asked = before.get(condition.question)
            if asked is None:
                yield f"{question.id}: only_if must name an earlier question, not {condition.question}"
            elif wrong := unfitting(asked, condition):
                yield f"{question.id}: only_if can never hold: {wrong}"
        before[question.id] = question


def _placeholders(script: Script) -> Iterator[str]:
    """The answer to an identity question is never read out (C9-03)."""
    checked = [check.text for check in script.identity.checks] if script.identity else []
    for text in script.words():
        try:
            named = set(places(text))
        except ValueError as error:
            yield str(error)
            continue
        if unknown := sorted(named - set(Place)):
            yield f"unknown placeholders: {', '.join(unknown)}; known are {', '.join(Place)}"
        elif text in checked and (told := sorted(named - TELLS_NOTHING)):
            yield f"an identity question must not read out the answer: {', '.join(told)}"


def places(text: str) -> tuple[str, ...]:
    """The placeholders in a text, in order. Raises ValueError where a brace is left open."""
    try:
        found = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"a brace is left open in {text[:40]!r}") from error
    if any(spec or conversion for _, name, spec, conversion in found if name is not None):
        raise ValueError(f"a placeholder is written like {{agent}}, in {text[:40]!r}")
    return tuple(name for _, name, _, _ in found if name is not None)


def load_script(text: str) -> Script:
    """The script that this TOML describes. Raises PolicyError with every mistake in it."""
    raw = parse_toml(text)
    try:
        return Script.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        told = [mistake_of(dict(detail)) for detail in error.errors()]
        raise PolicyError(tuple(line for each in told for line in each.split("\n"))) from error
