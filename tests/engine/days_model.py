"""A small model of the queue, written without any of the product's rules: who may be called now, and who is next?

It looks at every minute on the customer's clock and at the list of all that was ever dialled; nothing is kept that
could be computed. Its calendar knows weekdays only: its days have no public holidays.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

TOLERANCE = timedelta(minutes=30)
"""So long after the agreed time the customer waits for the call."""

Hours = tuple[tuple[int, int], ...]
"""Minutes of the local day; an end above 1440 lies on the next day."""


@dataclass(frozen=True)
class Terms:
    """What the model knows of a policy. change: slot, day or none. most: dials in a round. cap: dials of a number in
    24 hours, 0 for any.
    """

    workdays: bool
    hours: Hours
    change: str
    most: int
    gap: timedelta
    cap: int = 0


@dataclass
class Dial:
    at: datetime
    ended_at: datetime
    outcome: str
    round: int
    slot: tuple[str, int]

    @property
    def charged(self) -> bool:
        return self.outcome not in {"not_dialled", "cancelled"}


@dataclass
class Waiting:
    """A callback as its customer would tell of it. stands: waiting, live, talked, done, exhausted."""

    id: str
    number: str
    zone: str
    policy: str
    due: datetime
    priority: int
    created: datetime
    stands: str = "waiting"
    round: int = 1
    dials: list[Dial] = field(default_factory=list)
    appointment: datetime | None = None
    not_before: datetime | None = None
    number_left: bool = True

    def of_round(self) -> list[Dial]:
        return [dial for dial in self.dials if dial.round == self.round and dial.charged]

    def unanswered(self) -> list[Dial]:
        """In this round, since the customer was last reached."""
        found: list[Dial] = []
        for dial in self.of_round():
            found = [] if dial.outcome == "answered" else [*found, dial]
        return found


def slot_at(terms: Terms, zone: str, now: datetime) -> tuple[str, int] | None:
    """The day on which the open hours began, and which of them they are; None when nothing is open."""
    local = now.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    for back in (0, 1):
        day = (local - timedelta(days=back)).date()
        if terms.workdays and day.weekday() >= 5:
            continue
        minute = local.hour * 60 + local.minute + back * 1440
        for place, (start, end) in enumerate(terms.hours):
            if start <= minute < end:
                return day.isoformat(), place
    return None


def slot_of(terms: Terms, one: Waiting, now: datetime) -> tuple[str, int] | None:
    """As `slot_at`; for a while the agreed time is a slot of its own, where nothing else is open."""
    found = slot_at(terms, one.zone, now)
    agreed = one.appointment
    if found is None and agreed is not None and agreed <= now < agreed + TOLERANCE:
        return agreed.astimezone(ZoneInfo(one.zone)).date().isoformat(), -1
    return found


def may_call(terms: Terms, one: Waiting, now: datetime) -> bool:
    """By the callback's own rules; who else is on the phone is not asked."""
    if one.stands != "waiting" or (one.not_before is not None and now < one.not_before):
        return False
    slot = slot_of(terms, one, now)
    if slot is None or (one.appointment is not None and now < one.appointment):
        return False
    if terms.cap and sum(dial.charged and dial.at > now - timedelta(days=1) for dial in one.dials) >= terms.cap:
        return False
    charged, vain = one.of_round(), one.unanswered()
    if charged and one.appointment is None and now < charged[-1].ended_at + terms.gap:
        return False
    if len(vain) >= terms.most:
        return False
    if terms.change == "slot":
        return slot not in [dial.slot for dial in vain]
    if terms.change == "day":
        return slot[0] not in [dial.slot[0] for dial in vain]
    return True


def follows(terms: Terms, one: Waiting) -> str:
    """Where a dial that was just added leaves the callback."""
    last = one.dials[-1]
    if last.outcome == "answered":
        return "talked"
    if not last.charged:
        return "waiting"
    if last.outcome == "invalid_number" or len(one.unanswered()) >= terms.most:
        return "exhausted"
    return "waiting"


def follows_talk(terms: Terms, one: Waiting, disposition: str) -> str:
    match disposition:
        case "success":
            return "done"
        case "refused" | "wrong_person":
            return "exhausted"
        case "incomplete" if len(one.of_round()) >= terms.most:
            return "exhausted"
        case _:
            return "waiting"


def order(one: Waiting) -> tuple[object, ...]:
    """Of those who may be called: what was agreed first, by its time."""
    by_due = one.due, -one.priority, one.created, one.id
    return (0, one.appointment, *by_due) if one.appointment else (1, *by_due)
