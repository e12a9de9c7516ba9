"""When does a callback come again? From the last visit, by the customer's class or by what first caused it.

Visits of one customer in one plan for one trigger are one series. Its next occurrence is counted from the last visit
and from nothing else: however long nobody looked, one follows, never several.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.dials.retry import zone_name
from callcenter.domain.people import Callback, CallbackState, Case, VisitType
from callcenter.domain.plans.due import PHONE, by_date, counting_of, last_second
from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.rounds import Until
from callcenter.domain.policies.visits import DueRule
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.instant import utc
from callcenter.domain.times.spans import Counting, Span, Unit, day_start, end_of, least_days

ENDED = frozenset({CallbackState.DONE, CallbackState.CLOSED})
"""Where a callback must stand before the next of its series may come."""

_DIGEST_BYTES = 12
_SAME_DAY = Span(1, Unit.SAME_DAY)
_DAYS_OF_ZONES = 2
"""Between two local dates lie up to so many days less than their difference says."""


@dataclass(frozen=True, slots=True)
class LastVisit:
    """The last callback of a series, which has ended. customer_class: the customer's, as it is now; empty for none.
    visited_at: UTC, when the customer was last spoken to, or his callback was closed. zone: IANA name, his own. came:
    an agent said that what it was called for has happened, the customer came (N6-03).
    """

    callback: Callback
    customer_class: str
    visited_at: datetime
    zone: str
    came: bool = False


@dataclass(frozen=True, slots=True)
class EndedSeries:
    """A series whose last callback has ended, and of which nothing waits. visited_at, came: as of a LastVisit."""

    case: Case
    visited_at: datetime
    came: bool = False

    @property
    def last(self) -> LastVisit:
        customer = self.case.customer
        return LastVisit(self.case.callback, customer.customer_class, self.visited_at, zone_name(self.case), self.came)


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
    trigger = policy.due.known_as(last.callback.trigger)
    if trigger is not None and _repeats(policy.due.rules[trigger]):
        return _of_trigger(policy, trigger, last, counting)
    known = policy.cadence.known_as(last.customer_class)
    if known is None:
        return None
    paced = policy.cadence.classes[known]
    if paced.every is None or paced.channel != PHONE:
        return None
    return _repeated(policy, paced.every, last, counting, policy.cadence.source_of(f"classes.{known}.every"))


def ends_when_he_comes(policy: Policy, trigger: str) -> bool:
    """Is a callback of this trigger one of which an agent may say that the customer came (N6-03)?"""
    known = policy.due.known_as(trigger)
    repeats_until = known is not None and policy.due.rules[known].until is not None
    return repeats_until or policy.rounds.until is Until.CUSTOMER_VISITS


def ripe_before(policy: Policy, now: datetime) -> datetime | None:
    """UTC: no callback made later than that can have a next one that opens by now; None where this policy repeats
    nothing. Nothing is missed by looking at the older ones alone.
    """
    spans = [rule.every for rule in policy.cadence.classes.values()]
    for rule in policy.due.rules.values():
        spans += [rule.every, rule.again_by and _SAME_DAY]
    found = [least_days(span) for span in spans if span is not None]
    if not found:
        return None
    return utc(now) - timedelta(days=max(0, min(found) - policy.cadence.ahead_days - _DAYS_OF_ZONES))


def _repeats(rule: DueRule) -> bool:
    return rule.every is not None or rule.again_by is not None


def _of_trigger(policy: Policy, trigger: str, last: LastVisit, counting: Counting) -> Occurrence | Refusal | None:
    rule, table = policy.due.rules[trigger], f"rules.{trigger}"
    stopped = rule.until is not None and (last.came or last.callback.state is CallbackState.CLOSED)
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
