"""Which two times are offered to somebody for whom it does not suit now (C8-02)?"""

from datetime import UTC, datetime, time, timedelta

from callcenter.domain.dials.hours import Hours, next_open
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.instant import utc
from callcenter.domain.times.windows import zone_of

WISHED = (timedelta(hours=10), timedelta(hours=14))
"""By the local clocks, from midnight on: one in the morning, and on a later day one in the afternoon, as in "Friday at
10 or Saturday at 2".
"""

_MOST = 60
"""Openings that are looked at."""


def offers(hours: Hours, now: datetime) -> tuple[datetime, ...]:
    """Two UTC instants on two days after today, in which a dial may begin; fewer where it is not open so often. The
    first in the morning and the second in the afternoon, as far as the windows allow.
    """
    zone = zone_of(hours.zones[0])
    if isinstance(zone, Refusal):
        return ()
    found: list[datetime] = []
    day = utc(now).astimezone(zone).date() + timedelta(days=1)
    for wished in WISHED:
        at = _on_one_day(hours, datetime.combine(day, time.min, zone), wished)
        if at is None:
            break
        found.append(at)
        day = at.astimezone(zone).date() + timedelta(days=1)
    return tuple(found)


def _on_one_day(hours: Hours, after: datetime, wished: timedelta) -> datetime | None:
    """On the first day with an opening: at the wished time, else when the opening that is next to it begins."""
    zone, moment = after.tzinfo, after.astimezone(UTC)
    best: tuple[timedelta, datetime] | None = None
    target: datetime | None = None
    for _ in range(_MOST):
        opening = next_open(hours, moment)
        if isinstance(opening, Refusal):
            break
        start = opening.from_(moment)
        day = start.astimezone(zone).date()
        if target is not None and day != target.astimezone(zone).date():
            break
        target = (datetime.combine(day, time.min, zone) + wished).astimezone(UTC)
        at = min(max(start, target), opening.end - timedelta(minutes=1)) if opening.end > target else start
        distance = abs(at - target)
        if best is None or distance < best[0]:
            best = (distance, at)
        moment = opening.end
    return best[1] if best else None
