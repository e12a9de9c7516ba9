"""When was it, for people? Instants in the installation's zone, in the customer's own, and how long something takes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from markupsafe import Markup

from callcenter.domain.refusal import Refusal
from callcenter.domain.times.windows import zone_of


def known_zone(name: str) -> tuple[tzinfo, str]:
    """The zone of this IANA name; UTC where it is unknown, and its name."""
    found = zone_of(name)
    return (UTC, "UTC") if isinstance(found, Refusal) else (found, name)


@dataclass(frozen=True, slots=True)
class Times:
    """zone: IANA name of the installation's zone. now: UTC."""

    zone: str
    now: datetime

    @property
    def own(self) -> tzinfo:
        """The installation's zone."""
        return known_zone(self.zone)[0]

    def at(self, instant: datetime | None, zone: str = "", *, seconds: bool = False) -> Markup:
        """Date and time in that zone, the installation's where none is given; empty for none."""
        if instant is None:
            return Markup()
        there, _ = known_zone(zone or self.zone)
        local = instant.astimezone(there)
        told = local.strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
        return Markup('<time datetime="{}">{}</time>').format(instant.isoformat(timespec="seconds"), told)

    def clock(self, zone: str, instant: datetime | None = None, *, seconds: bool = False) -> str:
        """What the clocks show there then, or now where no instant is given."""
        there, _ = known_zone(zone)
        return (instant or self.now).astimezone(there).strftime("%H:%M:%S" if seconds else "%H:%M")

    def field(self, instant: datetime | None, zone: str) -> str:
        """The value of a date and time field."""
        if instant is None:
            return ""
        there, _ = known_zone(zone)
        return instant.astimezone(there).strftime("%Y-%m-%dT%H:%M")

    def today(self) -> date:
        """Of the installation."""
        there, _ = known_zone(self.zone)
        return self.now.astimezone(there).date()

    def since(self, instant: datetime | None) -> int:
        """Whole seconds from then to now, at least 0."""
        return max(0, int((self.now - instant).total_seconds())) if instant else 0

    def late(self, instant: datetime | None) -> bool:
        return instant is not None and instant < self.now


def minutes(seconds: float) -> str:
    """`1:05`, or `1:02:03` from an hour on."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    mins, secs = divmod(rest, 60)
    return f"{hours}:{mins:02}:{secs:02}" if hours else f"{mins}:{secs:02}"


def from_field(text: str, zone: str) -> datetime | None:
    """The instant that a date and time field tells in this zone; None for an empty one. Raises ValueError."""
    if not text:
        return None
    there, _ = known_zone(zone)
    given = datetime.fromisoformat(text)
    if given.tzinfo is not None:
        raise ValueError("a field's time has no zone of its own")
    return given.replace(tzinfo=there).astimezone(UTC)
