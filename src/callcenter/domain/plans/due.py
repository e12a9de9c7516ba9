"""From what a customer's signing, installation, repair or complaint was, when is he to be called, and by when?"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.domain.policies.policy import Policy
from callcenter.domain.policies.visits import DueRule
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.spans import Counting, MonthReading, Span, Unit, end_of, start_of

PHONE = "phone"
_SECOND = timedelta(seconds=1)
_SAME_DAY = Span(1, Unit.SAME_DAY)


@dataclass(frozen=True, slots=True)
class Due:
    """When a callback is due. not_before: UTC, None for at once. due_by: UTC, the last second of a local day.
    completed_by: UTC, the last second of the day by which all is done (C6-32); None where nothing is said.
    coverage_percent: how many of all such customers are to be reached; None where nothing is said. source: of due_by,
    the rule's ID.
    """

    trigger: str
    not_before: datetime | None
    due_by: datetime
    completed_by: datetime | None
    coverage_percent: float | None
    strength: Strength
    source: str


def counting_of(policy: Policy, zone: str) -> Counting:
    """How this policy counts days for a customer in this IANA zone."""
    return Counting(policy.calendar.days, zone, policy.due.month, policy.due.days)


def due_of(policy: Policy, trigger: str, triggered_at: datetime, zone: str) -> Due | Refusal:
    """When the first callback is due that this trigger causes: by the earlier of first_by and completed_by; else on
    the day from which it may be made; else, where it only comes again and again, before it would come again.

    Refuses with TRIGGER_UNKNOWN, DUE_UNKNOWN where the rule sets no time that can be computed (C9-09), ZONE_UNKNOWN or
    CALENDAR_UNKNOWN.
    """
    wanted, trigger = trigger, policy.due.known_as(trigger) or ""
    if not trigger:
        known = ", ".join(policy.due.rules) or "-"
        return Refusal(Rule.TRIGGER_UNKNOWN, detail={"trigger": wanted, "policy": policy.name, "known": known})
    rule = policy.due.rules[trigger]
    counting = counting_of(policy, zone)
    earliest = start_of(rule.not_before, triggered_at, counting) if rule.not_before else None
    if isinstance(earliest, Refusal):
        return earliest
    ends: dict[str, datetime] = {}
    for value, span, begin in _limits(rule, triggered_at, earliest):
        end = last_second(span, begin, by_date(counting) if value == "every" else counting)
        if isinstance(end, Refusal):
            return end
        ends[value] = end
    if not ends:
        source = policy.due.source_of(f"rules.{trigger}.case_date")
        return Refusal(Rule.DUE_UNKNOWN, source, detail={"trigger": trigger, "policy": policy.name})
    first = min(ends, key=ends.__getitem__)
    return Due(
        trigger=trigger,
        not_before=earliest,
        due_by=ends[first],
        completed_by=ends.get("completed_by"),
        coverage_percent=rule.coverage_percent,
        strength=rule.strength,
        source=policy.due.source_of(f"rules.{trigger}.{first}"),
    )


def by_date(counting: Counting) -> Counting:
    """What comes again after a month comes on the same date: the calendar's month has no end to keep to there."""
    return replace(counting, month=MonthReading.SAME_DAY)


def last_second(span: Span, begin: datetime, counting: Counting) -> datetime | Refusal:
    """UTC: the last second of the local day on which the span is over. ZONE_UNKNOWN, CALENDAR_UNKNOWN."""
    end = end_of(span, begin, counting)
    return end if isinstance(end, Refusal) else end - _SECOND


def _limits(rule: DueRule, triggered_at: datetime, earliest: datetime | None) -> list[tuple[str, Span, datetime]]:
    """Which of the rule's values the first callback keeps to, with the span and where it begins."""
    within = [("first_by", rule.first_by), ("completed_by", rule.completed_by)]
    found = [(value, span, triggered_at) for value, span in within if span is not None]
    if rule.channel not in {None, PHONE}:
        return []
    if found:
        return found
    if earliest is not None:
        return [("not_before", _SAME_DAY, earliest)]
    return [] if rule.every is None else [("every", rule.every, triggered_at)]
