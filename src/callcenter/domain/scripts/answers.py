"""What was answered: is it an answer to this question, which questions are asked then, and what is still missing?"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from callcenter.domain.scripts.question import Answers, Kind, Question, RedFlag, Value
from callcenter.domain.scripts.script import Identity, Mode, Script
from callcenter.domain.times.instant import utc

LONGEST_ANSWER = 4000
"""Characters."""

LARGEST_NUMBER = 1e12
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)

IDENTITY = "identity."
"""Before the id of an identity question, in the key of its answer."""

CONVENIENT, AGREED, DEVIATION, UNANSWERED = "convenient", "agreed", "deviation", "unanswered"
"""Keys of what is no question of the script: may the customer talk now; the time agreed on instead, an instant in ISO
8601 (C8-02); where other words were found, and why (C6-39); why required questions stayed unanswered. No question has
such a key, for questions stand behind `q.`.
"""

QUESTION = "q."


class Unfit(StrEnum):
    """Why something is no answer."""

    UNKNOWN_QUESTION = "unknown_question"
    WRONG_KIND = "wrong_kind"
    NO_OPTION = "no_option"
    OUT_OF_RANGE = "out_of_range"
    TOO_LONG = "too_long"
    NO_DATE = "no_date"
    STRICT = "strict"


class Identified(StrEnum):
    """Is it the person that is to be spoken to? FAILED: the questions left cannot help any more."""

    NOT_ASKED = "not_asked"
    OPEN = "open"
    CONFIRMED = "confirmed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Raised:
    """A red flag, and the question whose answer raised it. place: which of the question's flags, from 0."""

    question: Question
    flag: RedFlag
    place: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a talk is by its script. shown, missing: ids of questions; missing: required ones without an answer."""

    shown: tuple[str, ...]
    missing: tuple[str, ...]
    raised: tuple[Raised, ...]
    identified: Identified


def taken(script: Script, key: str, given: object) -> Value | Unfit | None:
    """What is kept of an answer under this key: None for one that is taken back. given: a value of JSON."""
    kind, _, name = key.partition(".")
    if f"{kind}." == QUESTION:
        question = script.question(name)
        return Unfit.UNKNOWN_QUESTION if question is None else fit(question, given)
    if f"{kind}." == IDENTITY:
        known = {check.id for check in script.identity.checks} if script.identity else set[str]()
        return _truth(given) if name in known else Unfit.UNKNOWN_QUESTION
    if key == CONVENIENT:
        return _truth(given) if script.convenient else Unfit.UNKNOWN_QUESTION
    if key == AGREED:
        return _instant(given) if script.convenient else Unfit.UNKNOWN_QUESTION
    if key in {DEVIATION, UNANSWERED}:
        if script.mode is Mode.STRICT and given not in {None, ""}:
            return Unfit.STRICT
        return _text(given)
    return Unfit.UNKNOWN_QUESTION


def fit(question: Question, given: object) -> Value | Unfit | None:
    """The answer as it is kept; None for an empty one."""
    if given is None or given in ("", []):
        return None
    match question.kind:
        case Kind.YES_NO:
            return _truth(given)
        case Kind.CHOICE:
            return _of(question.options, given)
        case Kind.CHOICES:
            return _several(question.options, given)
        case Kind.RATING:
            return _number(given, 1, question.steps, whole=True)
        case Kind.NUMBER:
            return _number(given, question.least, question.most)
        case Kind.DATE:
            return _day(given)
        case Kind.TEXT:
            return _text(given)


def shown(script: Script, answers: Answers) -> tuple[Question, ...]:
    """The questions that these answers lead to. An answer to a question that is not asked counts for nothing. answers:
    by the ids of questions.
    """
    asked: list[Question] = []
    counted: dict[str, Value] = {}
    for question in script.questions:
        if all(condition.fits(counted.get(condition.question)) for condition in question.only_if):
            asked.append(question)
            if question.id in answers:
                counted[question.id] = answers[question.id]
    return tuple(asked)


def missing(script: Script, answers: Answers) -> tuple[Question, ...]:
    """Required questions that are asked and not answered."""
    return tuple(each for each in shown(script, answers) if each.required and each.id not in answers)


def raised(script: Script, answers: Answers) -> tuple[Raised, ...]:
    """Every red flag that an asked question's answer raises."""
    return tuple(
        Raised(question, flag, place)
        for question in shown(script, answers)
        for place, flag in enumerate(question.red_flags)
        if flag.fits(answers.get(question.id))
    )


def identified(identity: Identity | None, answers: Answers) -> Identified:
    """answers: by the ids of the identity questions, true where it matched."""
    if identity is None:
        return Identified.CONFIRMED
    told = [answers[check.id] for check in identity.checks if check.id in answers]
    right = sum(each is True for each in told)
    if right >= identity.must_match:
        return Identified.CONFIRMED
    if right + len(identity.checks) - len(told) < identity.must_match:
        return Identified.FAILED
    return Identified.OPEN if told else Identified.NOT_ASKED


def standing(script: Script, kept: Answers) -> Standing:
    """kept: everything under its key, as `taken` knows them."""
    answers = under(QUESTION, kept)
    return Standing(
        shown=tuple(question.id for question in shown(script, answers)),
        missing=tuple(question.id for question in missing(script, answers)),
        raised=raised(script, answers),
        identified=identified(script.identity, under(IDENTITY, kept)),
    )


def under(mark: str, kept: Answers) -> Answers:
    """Those whose key begins so, by the rest of it."""
    return {key.removeprefix(mark): value for key, value in kept.items() if key.startswith(mark)}


def excused(script: Script, kept: Answers) -> bool:
    """Is it said why required questions stayed unanswered? Only an adaptable script takes a reason."""
    return script.mode is Mode.ADAPTABLE and bool(str(kept.get(UNANSWERED, "")).strip())


def _truth(given: object) -> bool | Unfit | None:
    if given is None or given == "":
        return None
    return given if isinstance(given, bool) else Unfit.WRONG_KIND


def _of(options: Collection[str], given: object) -> str | Unfit:
    if not isinstance(given, str):
        return Unfit.WRONG_KIND
    return given if given in options else Unfit.NO_OPTION


def _several(options: Collection[str], given: object) -> tuple[str, ...] | Unfit:
    """In the order of the options, whatever the order in which they were chosen."""
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        return Unfit.WRONG_KIND
    chosen = set(given)
    return tuple(each for each in options if each in chosen) if chosen <= set(options) else Unfit.NO_OPTION


def _number(given: object, least: float | None, most: float | None, *, whole: bool = False) -> float | int | Unfit:
    if isinstance(given, bool) or not isinstance(given, int | float):
        return Unfit.WRONG_KIND
    if not -LARGEST_NUMBER <= given <= LARGEST_NUMBER:
        return Unfit.OUT_OF_RANGE
    if whole and given != int(given):
        return Unfit.WRONG_KIND
    if (least is not None and given < least) or (most is not None and given > most):
        return Unfit.OUT_OF_RANGE
    return int(given) if given == int(given) else given


def _day(given: object) -> str | Unfit:
    if not isinstance(given, str):
        return Unfit.WRONG_KIND
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return Unfit.NO_DATE
    return day.isoformat() if FIRST_DAY <= day <= LAST_DAY else Unfit.OUT_OF_RANGE


def _instant(given: object) -> str | Unfit | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str):
        return Unfit.WRONG_KIND
    try:
        at = utc(datetime.fromisoformat(given))
    except (ValueError, OverflowError):
        return Unfit.NO_DATE
    return at.isoformat() if FIRST_DAY <= at.date() <= LAST_DAY else Unfit.OUT_OF_RANGE


def _text(given: object) -> str | Unfit | None:
    if given is None:
        return None
    if not isinstance(given, str):
        return Unfit.WRONG_KIND
    if len(given) > LONGEST_ANSWER:
        return Unfit.TOO_LONG
    return given if given.strip() else None
