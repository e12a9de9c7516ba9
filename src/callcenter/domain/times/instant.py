"""When is it? Every instant in the domain is aware and UTC; a naive one is refused at the door."""

from datetime import UTC, datetime


class NaiveInstantError(ValueError):
    """An instant without a time zone was given where an aware one is needed."""


def utc(moment: datetime) -> datetime:
    """The same instant in UTC. Raises NaiveInstantError for a moment without a zone."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise NaiveInstantError(f"instant without a time zone: {moment.isoformat()}")
    return moment.astimezone(UTC)
