"""How many dials does each coming hour bring, and when is the queue empty, at the present pace?

A reckoning, not a promise: every callback waits from its next opening on, agents dial as many an hour as they did, and
each callback takes as many dials as it took so far.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.instant import utc
from callcenter.domain.times.windows import local_date, openings, zone_of

HOUR = timedelta(hours=1)
SHOWN_HOURS = 72
HORIZON_HOURS = 24 * 180
_SOME = 1e-6
"""Dials below which nothing is left: a sum of parts is no whole number."""


@dataclass(frozen=True, slots=True)
class Pace:
    """dials_per_hour: of all agents, in hours in which they dial. dials_per_callback: until it leaves the queue."""

    dials_per_hour: float
    dials_per_callback: float


@dataclass(frozen=True, slots=True)
class HourLoad:
    """at: the hour's beginning, UTC. ready: callbacks that may be dialled from this hour on and not before. dials: made
    in this hour at the pace; what is ready where the pace is not known.
    """

    at: datetime
    ready: int
    dials: float


@dataclass(frozen=True, slots=True)
class Load:
    """hours: without gaps. exhausted_at: the end of the hour in which the last callback is dialled for the last time;
    None where the pace is not known, nothing waits, or half a year is not enough.
    """

    hours: tuple[HourLoad, ...]
    exhausted_at: datetime | None


@dataclass(slots=True)
class Demand:
    """Callbacks by zone and by the hour from which each may be dialled, added one after another."""

    since: datetime
    by_zone: dict[str, Counter[datetime]] = field(default_factory=dict)

    def add(self, zone: str, opens_at: datetime, count: int = 1) -> None:
        self.by_zone.setdefault(zone, Counter())[max(hour_of(opens_at), hour_of(self.since))] += count


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour, UTC."""
    return utc(moment).replace(minute=0, second=0, microsecond=0)


def pace_of(dials: int, hours: int, left: int) -> Pace | None:
    """dials: made in so many different hours, after which so many callbacks had left the queue; None without dials."""
    if not dials or not hours:
        return None
    return Pace(dials / hours, max(1.0, dials / left) if left else float(max(1, dials)))


def load_of(policy: Policy, demand: Demand, pace: Pace | None) -> Load:
    """What the windows of this policy, asked in each customer's zone, and the pace make of the demand."""
    start = hour_of(demand.since)
    if pace is None:
        return Load(tuple(_ready_only(demand, start)), None)
    shares = {zone: _open_shares(policy, zone, demand.since) for zone in sorted(demand.by_zone)}
    waiting = dict.fromkeys(shares, 0.0)
    hours: list[HourLoad] = []
    exhausted_at: datetime | None = None
    coming = sum(sum(counts.values()) for counts in demand.by_zone.values())
    for ahead in range(HORIZON_HOURS):
        hour = start + ahead * HOUR
        ready = {zone: counts[hour] for zone, counts in demand.by_zone.items()}
        coming -= sum(ready.values())
        for zone, count in ready.items():
            waiting[zone] += count * pace.dials_per_callback
        begun = sum(waiting.values()) > _SOME
        dials = _serve(waiting, {zone: share.get(hour, 0.0) for zone, share in shares.items()}, pace)
        if ahead < SHOWN_HOURS:
            hours.append(HourLoad(hour, sum(ready.values()), round(dials, 3)))
        if begun and not coming and sum(waiting.values()) <= _SOME:
            exhausted_at = hour + HOUR
        if (exhausted_at or not (coming or begun)) and ahead >= SHOWN_HOURS - 1:
            break
    return Load(tuple(hours), exhausted_at)


def dials_shown(hour: HourLoad) -> int:
    """For people: a whole number, and none is told as none only where it is."""
    return ceil(hour.dials - _SOME) if hour.dials < 1 else round(hour.dials)


def _serve(waiting: dict[str, float], shares: Mapping[str, float], pace: Pace) -> float:
    """Take what the hour allows from the open zones, each in proportion to what waits there; how much was taken."""
    wanted = {zone: min(many, pace.dials_per_hour * shares[zone]) for zone, many in waiting.items() if shares[zone]}
    capacity = pace.dials_per_hour * max((shares[zone] for zone, many in wanted.items() if many > 0), default=0.0)
    total = sum(wanted.values())
    part = min(1.0, capacity / total) if total else 0.0
    for zone, many in wanted.items():
        waiting[zone] -= many * part
    return total * part


def _ready_only(demand: Demand, start: datetime) -> Iterator[HourLoad]:
    for ahead in range(SHOWN_HOURS):
        hour = start + ahead * HOUR
        ready = sum(counts[hour] for counts in demand.by_zone.values())
        yield HourLoad(hour, ready, float(ready))


def _open_shares(policy: Policy, zone_name: str, since: datetime) -> dict[datetime, float]:
    """For each hour from then on in which a window of the policy is open in this zone, how much of the hour it is."""
    zone = zone_of(zone_name)
    if isinstance(zone, Refusal):
        return {}
    seconds: dict[datetime, float] = {}
    yesterday = local_date(zone, since) - timedelta(days=1)
    for ahead in range(HORIZON_HOURS // 24 + 2):
        found = openings(policy.windows.hours, policy.calendar.days, zone, yesterday + timedelta(days=ahead))
        for opening in () if isinstance(found, Refusal) else found:
            hour = hour_of(opening.start)
            while hour < opening.end:
                spent = (min(opening.end, hour + HOUR) - max(opening.start, hour, since)).total_seconds()
                seconds[hour] = seconds.get(hour, 0.0) + max(0.0, spent)
                hour += HOUR
    return {hour: min(1.0, spent / HOUR.total_seconds()) for hour, spent in seconds.items()}
