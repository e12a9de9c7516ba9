"""When does a callback come again? From the last visit, by the customer's class or by what first caused it.

Visits of one customer in one plan for one trigger are one series. Its next occurrence is counted from the last visit
and from nothing else: however long nobody looked, one follows, never several.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.due import PHONE, by_date, counting_of, last_second
from callcenter.domain.instant import utc
from callcenter.domain.people import Callback, CallbackState, VisitType
from callcenter.domain.policy import Policy
from callcenter.domain.policy_visits import ANY_CLASS, DueRule
from callcenter.domain.refusal import Refusal
from callcenter.domain.spans import Counting, Span, Unit, day_start, end_of

ENDED = frozenset({CallbackState.DONE, CallbackState.CLOSED})
"""Where a callback must stand before the next of its series may come."""

_DIGEST_BYTES = 12
_SAME_DAY = Span(1, Unit.SAME_DAY)


@dataclass(frozen=True, slots=True)
class LastVisit:
    """The last callback of a series, which has ended. customer_class: the customer's, as it is now; empty for none.
    visited_at: UTC, when the customer was last spoken to, or his callback was closed. zone: IANA name, his own.
    """

    callback: Callback
    customer_class: str
    visited_at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """The next visit of a series. opens_at: UTC; from then on the callback is there and may be called. due_at: UTC,
    last second of a local day. source: the rule's ID.
    """

    follows: Callback
    opens_at: datetime
    due_at: datetime
    source: str

    @property
    def id(self) -> str:
        """The same, whoever makes it: there is one next visit after each."""
        digest = hashlib.blake2b(self.follows.id.encode(), digest_size=_DIGEST_BYTES, person=b"cadence")
        return f"cb-{digest.hexdigest()}"

    def callback(self, now: datetime) -> Callback:
        """As it waits in the queue, made at this UTC instant. After a new signing's visit the next is a continuing one
        (C6-23).
        """
        last = self.follows
        new = last.visit_type is VisitType.ROUTINE_NEW
        return Callback(
            id=self.id,
            plan_id=last.plan_id,
            customer_id=last.customer_id,
            purpose=last.purpose,
            visit_type=VisitType.ROUTINE_CONTINUING if new else last.visit_type,
            state=CallbackState.WAITING,
            due_at=self.due_at,
            priority=last.priority,
            round=1,
            created_at=utc(now),
            not_before=self.opens_at,
            trigger=last.trigger,
            triggered_at=last.triggered_at,
            follows=last.id,
        )


def next_occurrence(policy: Policy, last: LastVisit) -> Occurrence | Refusal | None:
    """The one that follows, whether its time has come or not; None where nothing follows.

    The trigger's own rule goes before the class's. Refuses with ZONE_UNKNOWN or CALENDAR_UNKNOWN.
    """
    counting = counting_of(policy, last.zone)
    rule = policy.due.rules.get(last.callback.trigger)
    if rule is not None and (rule.every is not None or rule.again_by is not None):
        return _of_trigger(policy, rule, last, counting)
    paced = policy.cadence.of_class(last.customer_class)
    if paced is None or paced.every is None or paced.channel != PHONE:
        return None
    known = last.customer_class if last.customer_class in policy.cadence.classes else ANY_CLASS
    return _repeated(policy, paced.every, last, counting, policy.cadence.source_of(f"classes.{known}.every"))


def _of_trigger(policy: Policy, rule: DueRule, last: LastVisit, counting: Counting) -> Occurrence | Refusal | None:
    table = f"rules.{last.callback.trigger}"
    stopped = rule.until is not None and last.callback.state is CallbackState.CLOSED
    if stopped or rule.channel not in {None, PHONE}:
        return None
    if rule.again_by is not None and last.callback.follows is None:
        return _second(rule.again_by, last, counting, policy.due.source_of(f"{table}.again_by"))
    if rule.every is None:
        return None
    return _repeated(policy, rule.every, last, counting, policy.due.source_of(f"{table}.every"))


def _second(span: Span, last: LastVisit, counting: Counting, source: str) -> Occurrence | Refusal:
    """Within so long after the trigger (N6-02), on a later day than the first."""
    begin = last.callback.triggered_at or last.visited_at
    due = last_second(span, begin, counting)
    opens = end_of(_SAME_DAY, last.visited_at, counting)
    if isinstance(due, Refusal):
        return due
    if isinstance(opens, Refusal):
        return opens
    least = last_second(_SAME_DAY, opens, counting)
    if isinstance(least, Refusal):
        return least
    return Occurrence(last.callback, opens, max(due, least), source)


def _repeated(policy: Policy, every: Span, last: LastVisit, counting: Counting, source: str) -> Occurrence | Refusal:
    """At least once in so long (C6-33, GB-10): due on the day on which it is over, and there from that day on, or some
    days ahead, but not on the day of the last visit.
    """
    due = last_second(every, last.visited_at, by_date(counting))
    if isinstance(due, Refusal):
        return due
    earliest = day_start(due, counting.zone, policy.cadence.ahead_days)
    following = end_of(_SAME_DAY, last.visited_at, counting)
    if isinstance(earliest, Refusal):
        return earliest
    if isinstance(following, Refusal):
        return following
    return Occurrence(last.callback, max(earliest, following), due, source)
