"""Which callbacks does a person want to see, and which part of the list? Values of a question, and of its answer."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.domain.people import CallbackState, Case

SHOWN_DIGITS = 4
"""How many last digits of a number everybody sees: who may not see it whole cannot find it by more."""

_DIGITS = re.compile(r"\+?[0-9]+", re.ASCII)


class CallbackOrder(StrEnum):
    """QUEUE: as they are handed out: due date, priority (9 first), oldest. NEWEST: the newest first. None of what is
    sorted by ever changes, so a list that is read page by page neither repeats nor leaves out a callback.
    """

    QUEUE = "queue"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class CallbackFilter:
    """All that is given must hold; None and empty ask for nothing. leased_to: an agent's id. due_before, due_from: UTC.
    text: part of the customer's name or organisation, or how the callback's id begins; or, with digits, how a number of
    the customer's ends. visible_to: the id of an agent, who sees what is his and what nobody has.
    """

    plan_id: str = ""
    states: frozenset[CallbackState] = frozenset()
    leased_to: str = ""
    due_before: datetime | None = None
    due_from: datetime | None = None
    text: str = ""
    digits: str = ""
    visible_to: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list a callback stands: what it is sorted by."""

    due_at: datetime
    priority: int
    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class ListPart:
    """after: the place of the last one read; None: from the beginning."""

    order: CallbackOrder
    limit: int
    after: Place | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """next: where the part that follows begins, None at the end of the list."""

    cases: tuple[Case, ...]
    next: Place | None


Counts = Mapping[str, Mapping[CallbackState, int]]
"""How many callbacks of each plan (by id) are in each state; zeros are left out."""


def place_of(case: Case) -> Place:
    callback = case.callback
    return Place(callback.due_at, callback.priority, callback.created_at, callback.id)


def searched(text: str, *, whole_numbers: bool) -> tuple[str, str]:
    """What was typed, as the filter's text and digits. whole_numbers: may who asks see numbers whole? Digits that he
    could not see find no number.
    """
    words = " ".join(unicodedata.normalize("NFKC", text).split())
    bare = words.replace(" ", "").replace("-", "")
    digits = bare.removeprefix("+") if _DIGITS.fullmatch(bare) else ""
    return words, digits if whole_numbers or len(digits) <= SHOWN_DIGITS else ""
