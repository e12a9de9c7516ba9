"""What is not wrong in a script, and yet worth a thought before it is used."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise

from callcenter.domain.scripts.script import MOST_QUESTIONS, Place, Script, places

_ORDER = (Place.INSTITUTION, Place.AGENT, Place.PURPOSE)
_SAID_FIRST = (Place.INSTITUTION, Place.AGENT, Place.STAFF_NUMBER)


class Advice(StrEnum):
    """TOO_MANY: more questions are always asked than should be (C7-06); MAYBE_TOO_MANY: after some answers.
    OPENING_LACKS: institution, name and staff number (C5-01). OPENING_ORDER: institution, self, then why (V14-03).
    NOT_ASKED_CONVENIENT: whether the customer may talk now (C5-02). NO_IDENTITY: nothing confirms who speaks (C9-03).
    """

    TOO_MANY = "too_many"
    MAYBE_TOO_MANY = "maybe_too_many"
    OPENING_LACKS = "opening_lacks"
    OPENING_ORDER = "opening_order"
    NOT_ASKED_CONVENIENT = "not_asked_convenient"
    NO_IDENTITY = "no_identity"


@dataclass(frozen=True, slots=True)
class Advised:
    """values: for its sentence."""

    advice: Advice
    values: Mapping[str, str] = field(default_factory=dict)


def advice(script: Script, most: int = MOST_QUESTIONS) -> tuple[Advised, ...]:
    """most: questions in one call."""
    found: list[Advised] = []
    always = sum(not question.only_if for question in script.questions)
    if always > most:
        found.append(Advised(Advice.TOO_MANY, {"many": str(always), "most": str(most)}))
    elif len(script.questions) > most:
        found.append(Advised(Advice.MAYBE_TOO_MANY, {"many": str(len(script.questions)), "most": str(most)}))
    said = [name for line in script.opening for name in places(line)]
    if lacking := [place for place in _SAID_FIRST if place not in said]:
        found.append(Advised(Advice.OPENING_LACKS, {"lacking": ", ".join(lacking)}))
    where = [said.index(place) for place in _ORDER if place in said]
    if any(one > other for one, other in pairwise(where)):
        found.append(Advised(Advice.OPENING_ORDER))
    if script.convenient is None:
        found.append(Advised(Advice.NOT_ASKED_CONVENIENT))
    if script.identity is None:
        found.append(Advised(Advice.NO_IDENTITY))
    return tuple(found)
