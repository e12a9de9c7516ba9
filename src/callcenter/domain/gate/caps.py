"""Would one more dial be too many for this number, or this customer, and when is it not any more?

A cap of n over some span asks one thing only: is the nth latest dial still within it? Dials that the clock, set back
meanwhile, puts into the future are within it too; so no span of that length, wherever it lies, ever holds more than n.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from callcenter.domain.policies.caps import Cap, CapsGroup, Span, Whose, key_of
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.days import day_of
from callcenter.domain.times.instant import utc

RULE_OF: Mapping[Whose, Rule] = {Whose.NUMBER: Rule.CAP_NUMBER, Whose.CUSTOMER: Rule.CAP_CUSTOMER}
_ROLLING: Mapping[Span, timedelta] = {
    Span.HOURS_24: timedelta(hours=24),
    Span.DAYS_7: timedelta(days=7),
    Span.DAYS_30: timedelta(days=30),
}
_STRICTEST = (Strength.HARD, Strength.OVERRIDE, Strength.ADVISORY)
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CountedDials:
    """When the latest dials that count were begun, in UTC, the newest first: as many as the highest cap asks for."""

    of_number: tuple[datetime, ...] = ()
    of_customer: tuple[datetime, ...] = ()

    def of(self, whose: Whose) -> tuple[datetime, ...]:
        return self.of_number if whose is Whose.NUMBER else self.of_customer


@dataclass(frozen=True, slots=True)
class CapTerms:
    """What holds for one dial. zone: IANA name, in which the customer's days are counted. overridden: rules for which
    a reason was given.
    """

    group: CapsGroup
    customer_id: str
    zone: str
    overridden: frozenset[Rule] = field(default=frozenset())

    @property
    def any(self) -> bool:
        return any(self.group.of(whose) for whose in Whose)


def over_cap(group: CapsGroup, whose: Whose, dials: Sequence[datetime], zone: str, now: datetime) -> Refusal | None:
    """CAP_NUMBER or CAP_CUSTOMER where one more dial would be too many; of several caps the strictest, then the one
    that lasts longest. opens_at: when that cap lets the next dial through, None where it never does.
    """
    caps = group.of(whose)
    until = {span: _until(span, cap, dials, zone) for span, cap in caps.items()}
    against = [span for span in caps if until[span] > utc(now)]
    if not against:
        return None
    span = min(against, key=lambda each: (_STRICTEST.index(caps[each].strength), -until[each].timestamp()))
    opens_at = None if until[span] == _NEVER else until[span]
    detail = {"most": str(caps[span].most), "span": span.value}
    return Refusal(RULE_OF[whose], group.source_of(key_of(whose, span)), caps[span].strength, opens_at, detail)


def refused_by_caps(terms: CapTerms, counted: CountedDials, now: datetime) -> Refusal | None:
    """The first cap that no given reason overrides."""
    for whose in Whose:
        refusal = over_cap(terms.group, whose, counted.of(whose), terms.zone, now)
        if refusal is not None and (refusal.strength is Strength.HARD or refusal.rule not in terms.overridden):
            return refusal
    return None


def _until(span: Span, cap: Cap, dials: Sequence[datetime], zone: str) -> datetime:
    """When the nth latest dial leaves the span; the beginning of time where there is none."""
    if len(dials) < cap.most:
        return datetime.min.replace(tzinfo=UTC)
    decisive = utc(dials[cap.most - 1])
    if span is Span.LIFETIME:
        return _NEVER
    if span is Span.DAY:
        return _end_of_day(decisive, zone)
    return decisive + _ROLLING[span]


def _end_of_day(moment: datetime, zone: str) -> datetime:
    # The rule about zones refuses an unknown one; here any day will do.
    return day_of(moment, zone)[1]
