"""When may the customer be called next, which two times are offered to him (C8-02), and what stands against one?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from callcenter.domain.dials.hours import Hours, next_open, open_now
from callcenter.domain.gate.caps import CountedDials, over_cap
from callcenter.domain.policies.caps import Whose
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.calendar import day_mark
from callcenter.domain.times.windows import Opening, Weekday, in_zone, local_date, zone_of

DAYS = 7
"""So many days are drawn, today included."""

OFFERED = 2
"""Times that are offered at once: this one, or that one (C8-02)."""

SOON = timedelta(hours=2)
"""No time is offered that comes so soon: then he could as well talk now."""

WISHED = (10, 15)
"""Of the customer's clock: one offer in the morning and one in the afternoon, whatever hours of the night are open."""

_MOST_OPENINGS = 24
_HOUR = timedelta(hours=1)


class ConflictKind(StrEnum):
    """CLOSED: the windows, holidays or closing days. CAP: too many calls by then. AGENT: he has agreed with somebody
    else to call at that time.
    """

    PAST = "past"
    CLOSED = "closed"
    CAP = "cap"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Agreed:
    """A time that an agent agreed with a customer. at: UTC."""

    callback_id: str
    customer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Conflict:
    """allowed: the time may be agreed all the same, since an agreed time opens the windows. refusal: what the rule
    says, where one speaks. agreed: with whom the agent has agreed already.
    """

    kind: ConflictKind
    allowed: bool
    refusal: Refusal | None = None
    agreed: Agreed | None = None


@dataclass(frozen=True, slots=True)
class DayAhead:
    """A day of the customer's. openings: when he may be called then. times: to choose from, UTC: the beginning of each
    opening, and each whole hour in it, what is past left out. holiday: a public holiday or a closing day.
    """

    day: date
    openings: tuple[Opening, ...]
    times: tuple[datetime, ...]
    holiday: bool


def days_ahead(hours: Hours, now: datetime, count: int = DAYS) -> tuple[DayAhead, ...]:
    """The customer's next days, today first; none where his zone is not known. An appointment that stands already does
    not open anything.
    """
    zone = zone_of(hours.zones[0])
    if isinstance(zone, Refusal):
        return ()
    today, plain = local_date(zone, now), replace(hours, appointment=None)
    ends = [datetime.combine(today + timedelta(days=each + 1), time.min, zone).astimezone(UTC) for each in range(count)]
    found = _openings(plain, now, ends[-1])
    return tuple(_day(zone, today + timedelta(days=each), found, hours, now) for each in range(count))


def _day(zone: ZoneInfo, day: date, found: Sequence[Opening], hours: Hours, now: datetime) -> DayAhead:
    openings = tuple(each for each in found if local_date(zone, each.start) == day)
    times = tuple(at for opening in openings for at in _times_in(opening, zone) if at > now)
    return DayAhead(day, openings, times, day_mark(hours.calendar, day).holiday)


def offers(policy: Policy, hours: Hours, now: datetime, taken: Collection[datetime]) -> tuple[datetime, ...]:
    """The two times to be offered: those that the policy names (C8-02), else one in each of the two next days on which
    the customer may be called, in the morning and in the afternoon as far as that is open. taken: when the agent has
    agreed something already.
    """
    named = [at for each in policy.appointment.offers if (at := _next_named(each, hours, now)) is not None]
    near = timedelta(minutes=policy.appointment.tolerance_minutes)
    free = [at for at in named if not _near(at, taken, near)]
    if len(free) == OFFERED:
        return tuple(sorted(free))
    chosen: list[datetime] = []
    for ahead in days_ahead(hours, now, 2 * DAYS):
        later = [at for at in ahead.times if at >= now + SOON and not _near(at, taken, near)]
        if later:
            chosen.append(_nearest(WISHED[len(chosen)], later, hours))
        if len(chosen) == OFFERED:
            break
    return tuple(chosen)


def conflicts(
    policy: Policy, hours: Hours, counted: CountedDials, taken: Sequence[Agreed], at: datetime, now: datetime
) -> tuple[Conflict, ...]:
    """What stands against this time, as of now. counted: what the caps count of the number and the customer."""
    if at <= now:
        return (Conflict(ConflictKind.PAST, allowed=False),)
    found = []
    closed = open_now(replace(hours, appointment=None), at)
    if isinstance(closed, Refusal):
        found.append(Conflict(ConflictKind.CLOSED, policy.appointment.overrides_window, closed))
    for whose in Whose:
        refusal = over_cap(policy.caps, whose, counted.of(whose), hours.zones[0], at)
        if refusal is not None:
            found.append(Conflict(ConflictKind.CAP, allowed=False, refusal=refusal))
    near = timedelta(minutes=policy.appointment.tolerance_minutes)
    found += [Conflict(ConflictKind.AGENT, allowed=True, agreed=each) for each in taken if abs(each.at - at) < near]
    return tuple(found)


def _openings(hours: Hours, now: datetime, until: datetime) -> list[Opening]:
    found: list[Opening] = []
    moment = now
    while len(found) < DAYS * _MOST_OPENINGS:
        following = next_open(hours, moment)
        if isinstance(following, Refusal) or following.start >= until:
            break
        found.append(following)
        moment = following.end
    return found


def _times_in(opening: Opening, zone: ZoneInfo) -> list[datetime]:
    local = opening.start.astimezone(zone)
    whole = opening.start - timedelta(minutes=local.minute, seconds=local.second) + _HOUR
    found = [opening.start]
    while whole < opening.end:
        found.append(whole)
        whole += _HOUR
    return found


def _near(at: datetime, taken: Collection[datetime], within: timedelta) -> bool:
    return any(abs(each - at) < within for each in taken)


def _nearest(hour: int, times: Sequence[datetime], hours: Hours) -> datetime:
    """The time that is nearest to this hour of the customer's clock."""
    return min(times, key=lambda at: abs(_hour_of(in_zone(hours.zones[0], at)) - hour))


def _hour_of(local: datetime) -> float:
    return local.hour + local.minute / 60


def _next_named(offer: str, hours: Hours, now: datetime) -> datetime | None:
    """The next `Fri 10:00` in the customer's zone."""
    zone = zone_of(hours.zones[0])
    if isinstance(zone, Refusal):
        return None
    day, _, clock = offer.partition(" ")
    weekday = next(each for each in Weekday if each.name.casefold().startswith(day.casefold()))
    today = local_date(zone, now)
    for ahead in range(DAYS + 1):
        date_ = today + timedelta(days=ahead)
        at = datetime.combine(date_, time.fromisoformat(clock), zone).astimezone(UTC)
        if date_.weekday() == weekday.value and at >= now + SOON:
            return at
    return None
