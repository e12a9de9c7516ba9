"""From which instant to which is it a certain day, where people live?"""

from datetime import UTC, date, datetime, time, timedelta

from callcenter.domain.refusal import Refusal
from callcenter.domain.times.windows import in_zone, zone_of


def span_of_day(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """UTC instants of the day's beginning and of the next day's, in this IANA zone; UTC's where it is unknown. A day on
    which clocks change has 23 or 25 hours.
    """
    zone = zone_of(zone_name)
    there = UTC if isinstance(zone, Refusal) else zone
    first, following = (datetime.combine(each, time.min, there) for each in (day, day + timedelta(days=1)))
    return first.astimezone(UTC), following.astimezone(UTC)


def day_of(moment: datetime, zone_name: str) -> tuple[datetime, datetime]:
    """As `span_of_day`, of the day that it is there at this instant."""
    return span_of_day(in_zone(zone_name, moment).date(), zone_name)


def days_from(first: date, last: date) -> list[date]:
    """Each day from first to last, both included; none where last is before first."""
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
