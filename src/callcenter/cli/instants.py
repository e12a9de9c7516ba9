"""A time as somebody types it."""

from datetime import UTC, datetime

import click

from callcenter.domain.times.windows import zone_of

AT = "Local time, like 2026-11-23T10:30, or with an offset."


def instant(text: str, zone_name: str, named: str) -> datetime:
    """UTC. zone_name: one that is known, for what has no offset. named: the option. Raises click.BadParameter."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time like 2026-11-23T10:30", param_hint=named) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(zone_name))  # type: ignore[arg-type]  # settings refuse unknown zones
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise click.BadParameter(f"{text!r} is out of range", param_hint=named) from None
