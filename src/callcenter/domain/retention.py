"""How long must it be kept? At least three years from the visit, by the calendar where the customer lives."""

from datetime import UTC, date, datetime, timedelta, timezone

from callcenter.domain.policies.evidence import MIN_RETENTION_YEARS
from callcenter.domain.refusal import Refusal
from callcenter.domain.times.instant import utc
from callcenter.domain.times.windows import zone_of

_FIRST_TO_SEE_THE_DAY, _LAST_TO_SEE_THE_DAY = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))


def anniversary(day: date, years: int) -> date:
    """The same date so many years later; of 29 February, 1 March where that year has no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def keep_until(visit_at: datetime, years: int, zone_name: str) -> datetime:
    """UTC instant before which nothing of the visit may be deleted (C6-04, C6-19, C6-59): the end of the local day on
    which the visit is so many years old. An unknown zone costs up to three days more, never less.

    Raises ValueError for fewer than three years.
    """
    if years < MIN_RETENTION_YEARS:
        raise ValueError(f"visits are kept at least {MIN_RETENTION_YEARS} years, not {years}")
    zone = zone_of(zone_name)
    if isinstance(zone, Refusal):
        days = (utc(visit_at).astimezone(where).date() for where in (_FIRST_TO_SEE_THE_DAY, _LAST_TO_SEE_THE_DAY))
        last = max(anniversary(day, years) for day in days)
        return _midnight_after(last).replace(tzinfo=_LAST_TO_SEE_THE_DAY).astimezone(UTC)
    last = anniversary(utc(visit_at).astimezone(zone).date(), years)
    return _midnight_after(last).replace(tzinfo=zone).astimezone(UTC)


def _midnight_after(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
