"""A problem that came up in a talk (C9-20; a major anomaly, C6-47): whose is it, by when, what was done about it?"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.plans.due import counting_of, last_second
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal
from callcenter.domain.scripts.answers import Raised
from callcenter.domain.times.instant import utc
from callcenter.domain.times.spans import Span, Unit

LONGEST_WORDS = 4000
"""Characters of what is told of a case, and of what was done."""

COMPLAINT = "complaint"
"""The kind of a case that an agent opens during the call (C6-52)."""

COMPLAINT_WITHIN = Span(1, Unit.WORKING_DAY)
"""Our own: the texts ask for details at once, and name no time for the answer to all complaints."""


class CaseState(StrEnum):
    """WITHDRAWN: the answer that raised it was corrected before the visit log was closed."""

    OPEN = "open"
    HANDLED = "handled"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class CaseDeed(StrEnum):
    RAISE = "raise"
    HANDLE = "handle"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


class Uncloseable(StrEnum):
    """Why a step is not taken."""

    NOT_FROM_HERE = "not_from_here"
    WORDS_LACKING = "words_lacking"


class Unvisitable(StrEnum):
    """Why no second visit is asked for. CLOSED: the case is, and a closed one waits for nothing."""

    NOT_MAJOR = "not_major"
    ASKED_ALREADY = "asked_already"
    CLOSED = "closed"


MOVES = {
    CaseDeed.RAISE: (frozenset({CaseState.WITHDRAWN}), CaseState.OPEN),
    CaseDeed.HANDLE: (frozenset({CaseState.OPEN}), CaseState.HANDLED),
    CaseDeed.CLOSE: (frozenset({CaseState.HANDLED}), CaseState.CLOSED),
    CaseDeed.REOPEN: (frozenset({CaseState.HANDLED, CaseState.CLOSED}), CaseState.OPEN),
    CaseDeed.WITHDRAW: (frozenset({CaseState.OPEN}), CaseState.WITHDRAWN),
}
"""It is closed only after somebody handled it. What is raised and withdrawn, the answers of the talk decide."""

BY_HAND = frozenset({CaseDeed.HANDLE, CaseDeed.CLOSE, CaseDeed.REOPEN})
"""Steps that people take, each with its words."""


@dataclass(frozen=True, slots=True)
class ProblemCase:
    """attempt_id: the talk. question: the script's question that raised it; empty for a complaint. title: what it is
    called. words: the customer's own (N1-23). due_at: UTC; it is to be handled by then. version: the row's.
    second_visit: the callback by which somebody else visits the customer again (C6-48); empty for none.
    """

    id: str
    callback_id: str
    attempt_id: str
    kind: str
    title: str
    major: bool
    department: str
    words: str
    question: str
    raised_at: datetime
    raised_by: str
    due_at: datetime
    state: CaseState = CaseState.OPEN
    version: int = 1
    second_visit: str = ""

    def overdue(self, now: datetime) -> bool:
        return self.state is CaseState.OPEN and self.due_at <= now


@dataclass(frozen=True, slots=True)
class CaseStep:
    """at: UTC. who: the account's id; login: as it was then. note: what was done, or why."""

    case_id: str
    at: datetime
    who: str
    login: str
    deed: CaseDeed
    after: CaseState
    note: str = ""


@dataclass(frozen=True, slots=True)
class CaseSearch:
    """What is empty does not matter. overdue_at: only those that were to be handled before then; UTC."""

    state: CaseState | None = None
    department: str = ""
    major: bool = False
    overdue_at: datetime | None = None
    callback_id: str = ""
    attempt_id: str = ""


def moved(case: ProblemCase, deed: CaseDeed, note: str) -> ProblemCase | Uncloseable:
    """The case after this step."""
    before, after = MOVES[deed]
    if case.state not in before:
        return Uncloseable.NOT_FROM_HERE
    if deed in BY_HAND and not note.strip():
        return Uncloseable.WORDS_LACKING
    return replace(case, state=after, version=case.version + 1)


def case_id(attempt_id: str, raised: Raised) -> str:
    """The same for the same flag of the same talk: an answer that is sent twice raises one case."""
    text = f"{attempt_id}\n{raised.question.id}\n{raised.flag.kind}\n{raised.place}"
    return f"pc-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def due_of_case(span: Span, at: datetime, policy: Policy | None, zone: str) -> datetime:
    """UTC: of days the last second. Where the calendar or the zone is not known, at once: somebody has to look."""
    if span.unit is Unit.HOUR:
        return utc(at) + timedelta(hours=span.count)
    end = last_second(span, at, counting_of(policy, zone)) if policy else None
    return utc(at) if end is None or isinstance(end, Refusal) else end
