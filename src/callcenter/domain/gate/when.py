"""The gate's rules about the time: zone, calendar, windows, gaps and changed times."""

from datetime import datetime
from functools import lru_cache

from callcenter.domain.dials.hours import Hours, closes_at, hours_of, next_open, open_now
from callcenter.domain.dials.hours import slot_outside as slot_outside_of
from callcenter.domain.dials.retry import earliest_by_gap, used_times
from callcenter.domain.gate.facts import DialFacts, RuleFunction
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.instant import utc
from callcenter.domain.times.windows import Opening

_APPOINTMENT = "N1-08, N9-06"


def _not_yet(facts: DialFacts, now: datetime) -> Refusal | None:
    callback = facts.case.callback
    dislikes = facts.case.customer.dislikes_calls
    by_gap = earliest_by_gap(facts.policy, facts.attempts, callback.round, dislikes_calls=dislikes)
    if callback.appointment_at is not None:
        # The gap is there to leave the customer in peace, and he named the time himself.
        by_gap = None
    opens = [moment for moment in (callback.not_before, by_gap) if moment is not None and moment > now]
    if not opens:
        return None
    source = facts.policy.attempts.source_of("min_gap_minutes")
    return Refusal(Rule.CALLBACK_NOT_YET, source, Strength.OVERRIDE, opens_at=utc(max(opens)))


def _appointment_later(facts: DialFacts, now: datetime) -> Refusal | None:
    agreed = facts.case.callback.appointment_at
    if agreed is None or agreed <= now:
        return None
    return Refusal(Rule.APPOINTMENT_LATER, _APPOINTMENT, Strength.OVERRIDE, opens_at=utc(agreed))


def _zone_unknown(facts: DialFacts, now: datetime) -> Refusal | None:
    return _closed_by(Rule.ZONE_UNKNOWN, facts, now)


def _calendar_unknown(facts: DialFacts, now: datetime) -> Refusal | None:
    return _closed_by(Rule.CALENDAR_UNKNOWN, facts, now)


def _window_unset(facts: DialFacts, now: datetime) -> Refusal | None:
    return _closed_by(Rule.WINDOW_UNSET, facts, now)


def _public_holiday(facts: DialFacts, now: datetime) -> Refusal | None:
    return _closed_by(Rule.PUBLIC_HOLIDAY, facts, now)


def _closing_day(facts: DialFacts, now: datetime) -> Refusal | None:
    return _closed_by(Rule.CLOSING_DAY, facts, now)


def _window_closed(facts: DialFacts, now: datetime) -> Refusal | None:
    return _closed_by(Rule.WINDOW_CLOSED, facts, now)


def _closed_by(rule: Rule, facts: DialFacts, now: datetime) -> Refusal | None:
    opening = opening_of(facts, now)
    return opening if isinstance(opening, Refusal) and opening.rule is rule else None


def _slot_used(facts: DialFacts, now: datetime) -> Refusal | None:
    opening = opening_of(facts, now)
    slot = slot_outside(facts, now) if isinstance(opening, Refusal) else opening.slot
    group = facts.policy.attempts
    used = used_times(facts.policy, facts.attempts, facts.case.callback.round)
    if not used.forbid(slot):
        return None
    following = next_open(_hours(facts), now, used.forbid)
    opens_at = None if isinstance(following, Refusal) else following.from_(now)
    source = group.source_of("change_time")
    return Refusal(Rule.SLOT_USED, source, group.dials_strength, opens_at, {"slot": slot})


@lru_cache(maxsize=16)
def opening_of(facts: DialFacts, now: datetime) -> Opening | Refusal:
    return open_now(_hours(facts), now)


def closing_of(facts: DialFacts, now: datetime) -> datetime | None:
    """When the windows close; see `hours.closes_at`."""
    return closes_at(_hours(facts), now)


def slot_outside(facts: DialFacts, now: datetime) -> str:
    """Where a dial counts that a reason allows outside the windows: once a day."""
    return slot_outside_of(_hours(facts), now)


def _hours(facts: DialFacts) -> Hours:
    return hours_of(facts.policy, facts.case, facts.number, facts.setup_seconds)


RULES_WHEN: tuple[tuple[Rule, RuleFunction], ...] = (
    (Rule.ZONE_UNKNOWN, _zone_unknown),
    (Rule.CALENDAR_UNKNOWN, _calendar_unknown),
    (Rule.WINDOW_UNSET, _window_unset),
    (Rule.PUBLIC_HOLIDAY, _public_holiday),
    (Rule.CLOSING_DAY, _closing_day),
    (Rule.WINDOW_CLOSED, _window_closed),
    (Rule.APPOINTMENT_LATER, _appointment_later),
    (Rule.CALLBACK_NOT_YET, _not_yet),
    (Rule.SLOT_USED, _slot_used),
)
