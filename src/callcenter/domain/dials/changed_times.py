"""At which times was the customer tried already, so that a further dial is at a changed time (C6-57)?"""

from dataclasses import dataclass, field

from callcenter.domain.policies.retry import ChangeTime


@dataclass(frozen=True, slots=True)
class UsedTimes:
    """The times at which a further dial would not be at a changed time (C6-57). last: the slot of the last dial."""

    change: ChangeTime
    slots: frozenset[str] = field(default=frozenset())
    last: str = ""

    def forbid(self, slot: str) -> bool:
        match self.change:
            case ChangeTime.SLOT:
                return slot in self.slots
            case ChangeTime.HALF_DAY:
                return slot in self.slots or half_of(slot) == half_of(self.last) != ""
            case ChangeTime.DAY:
                return _day_of(slot) in {_day_of(used) for used in self.slots}
            case ChangeTime.NONE:  # pragma: no branch (there is no fifth)
                return False


def half_of(slot: str) -> str:
    """`am` or `pm`, by when the slot begins; empty outside all windows.

    `2026-11-23/10:00-11:00` is am, `2026-11-23/14:00-16:00` pm.
    """
    hour = slot.partition("/")[2][:2]
    if not hour.isdigit():
        return ""
    return "am" if int(hour) < NOON else "pm"


NOON = 12


def _day_of(slot: str) -> str:
    return slot.partition("/")[0]
