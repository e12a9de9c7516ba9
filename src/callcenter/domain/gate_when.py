"""The gate's rules about the time: zone, calendar, windows, gaps and changed times."""

from dataclasses import replace
from datetime import datetime

from callcenter.domain.dial_facts import DialFacts, RuleFunction
from callcenter.domain.instant import utc
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.retry import earliest_by_gap, next_changed_opening, used_times, zone_name
from callcenter.domain.windows import Opening, local_date, opening_at, zone_of


def _not_yet(facts: DialFacts, now: datetime) -> Refusal | None:
    callback = facts.case.callback
    dislikes = facts.case.customer.dislikes_calls
    by_gap = earliest_by_gap(facts.policy, facts.attempts, callback.round, dislikes_calls=dislikes)
    opens = [moment for moment in (callback.not_before, by_gap) if moment is not None and moment > now]
    if not opens:
        return None
    source = facts.policy.attempts.source_of("min_gap_minutes")
    return Refusal(Rule.CALLBACK_NOT_YET, source, Strength.OVERRIDE, opens_at=utc(max(opens)))


def _time(rule: Rule) -> RuleFunction:
    def ask(facts: DialFacts, now: datetime) -> Refusal | None:
        opening = opening_of(facts, now)
        return opening if isinstance(opening, Refusal) and opening.rule is rule else None

    return ask


def _slot_used(facts: DialFacts, now: datetime) -> Refusal | None:
    opening = opening_of(facts, now)
    slot = slot_outside(facts, now) if isinstance(opening, Refusal) else opening.slot
    group = facts.policy.attempts
    used = used_times(facts.policy, facts.attempts, facts.case.callback.round)
    if not used.forbid(slot):
        return None
    following = next_changed_opening(facts.policy, zone_name(facts.case), now, used)
    opens_at = None if isinstance(following, Refusal) else following.from_(now)
    source = group.source_of("change_time")
    return Refusal(Rule.SLOT_USED, source, group.dials_strength, opens_at, {"slot": slot})


def opening_of(facts: DialFacts, now: datetime) -> Opening | Refusal:
    windows = facts.policy.windows
    found = opening_at(windows.hours, facts.policy.calendar.days, zone_name(facts.case), now)
    if isinstance(found, Refusal) and found.rule is Rule.WINDOW_CLOSED:
        return replace(found, source=windows.source_of("intervals"), strength=windows.strength)
    return found


def slot_outside(facts: DialFacts, now: datetime) -> str:
    """Where a dial counts that a reason allows outside the windows: once a day."""
    zone = zone_of(zone_name(facts.case))
    day = utc(now).date() if isinstance(zone, Refusal) else local_date(zone, now)
    return f"{day.isoformat()}/outside"


RULES_WHEN: tuple[tuple[Rule, RuleFunction], ...] = (
    (Rule.ZONE_UNKNOWN, _time(Rule.ZONE_UNKNOWN)),
    (Rule.CALENDAR_UNKNOWN, _time(Rule.CALENDAR_UNKNOWN)),
    (Rule.WINDOW_CLOSED, _time(Rule.WINDOW_CLOSED)),
    (Rule.CALLBACK_NOT_YET, _not_yet),
    (Rule.SLOT_USED, _slot_used),
)
