"""After a visit on site or by letter (C3-05, C9-24): what becomes of its callback, by the rules as after a talk?"""

from collections.abc import Sequence
from datetime import datetime

from callcenter.domain.attempt import Attempt
from callcenter.domain.dials.retry import (
    AfterTalk,
    Appointment,
    Exhausted,
    ExhaustedReason,
    NextRound,
    TryAgain,
    after_log,
    after_refusal_met,
)
from callcenter.domain.outcomes import Disposition
from callcenter.domain.people import CallbackState, Case
from callcenter.domain.policies.policy import Policy
from callcenter.domain.times.instant import utc
from callcenter.domain.visits.paper import PaperResult, PaperVisit

MOVED_FROM = frozenset({CallbackState.WAITING, CallbackState.HANDED_OUT, CallbackState.EXHAUSTED})
"""While a call goes on, or its log is open, that log decides; what is over stays so."""


def after_paper(
    visit: PaperVisit,
    policy: Policy,
    case: Case,
    attempts: Sequence[Attempt],
    now: datetime,
    others: Sequence[PaperVisit] = (),
) -> AfterTalk | None:
    """None where the callback stays as it is: nobody was met, the letter is only on its way, or it does not wait.
    A time for the next visit is always kept (N11-15). attempts: of the callback; none of them is charged for this.
    others: its other visits of this kind.
    """
    if case.callback.state not in MOVED_FROM:
        return None
    again = visit.next_visit_at
    match visit.result:
        case PaperResult.MADE | PaperResult.REPLIED:
            told = Disposition.SUCCESS if again is None else Disposition.PROBLEM
            return after_log(policy, case, attempts, told, now, again, resolved=visit.resolved is not False)
        case PaperResult.REFUSED:
            before = refused_on_paper(
                case, attempts, [each for each in others if each.id != visit.id], visit.visited_at
            )
            follows = after_refusal_met(policy, case, attempts, visit.visited_at, now, before)
            decided = case.callback.state is CallbackState.EXHAUSTED and isinstance(follows, TryAgain | NextRound)
            # A supervisor was to decide of it: he still is, and a refusal does not put it back into the queue.
            return Exhausted(ExhaustedReason.REFUSED) if decided else follows
        case PaperResult.NOT_MET | PaperResult.SENT:  # pragma: no branch (all)
            return None if again is None else Appointment(utc(again))


def refused_on_paper(case: Case, attempts: Sequence[Attempt], visits: Sequence[PaperVisit], until: datetime) -> int:
    """How often the customer refused so in this round, which is behind the last dial of the one before. visits: of the
    callback. until: UTC, what came later does not count.
    """
    earlier = [each.ended_at or each.started_at for each in attempts if each.round < case.callback.round]
    return sum(
        each.result is PaperResult.REFUSED
        and each.visited_at <= until
        and (not earlier or each.visited_at > max(earlier))
        for each in visits
    )
