"""What was there with a customer before? What an agent reads before he dials (N1-09)."""

from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.outcomes import Disposition, Outcome
from callcenter.domain.people import Channel
from callcenter.domain.visits.paper import PaperResult
from callcenter.domain.visits.problem_cases import ProblemCase


@dataclass(frozen=True, slots=True)
class PastVisit:
    """at: UTC. plan, agent: by name. outcome: of a call. result: of a visit without one. content, problems, own_words:
    as in the visit log, empty while nobody has written them.
    """

    at: datetime
    channel: Channel
    plan: str
    agent: str
    outcome: Outcome | None
    disposition: Disposition | None
    result: PaperResult | None
    content: str
    problems: str
    own_words: str


@dataclass(frozen=True, slots=True)
class History:
    """Of one customer, in every plan. visits: the newest first. problems: those still open, the most urgent first."""

    visits: tuple[PastVisit, ...]
    problems: tuple[ProblemCase, ...]
