"""Which hours hold for one customer? Windows in all zones that may be his, his own hours, and what was agreed with him.

Where several zones count, a moment is open when it is open in each of them: openings are intersected. An appointment
adds an opening of its own. The gate, the retry rules and the click all ask here, so that they cannot disagree.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from callcenter.domain.dials.whereabouts import zones_of_case
from callcenter.domain.people import Case
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.hours import RingAtClose
from callcenter.domain.policies.policy import Policy
from callcenter.domain.refusal import Refusal, Rule, Strength
from callcenter.domain.times.calendar import DayMark, WorkCalendar, day_mark
from callcenter.domain.times.instant import utc
from callcenter.domain.times.own_hours import kept_own_hours
from callcenter.domain.times.windows import (
    Opening,
    Windows,
    in_zone,
    local_date,
    next_opening,
    opening_holding,
    openings,
    zone_of,
)

_HORIZON = timedelta(days=370)
_LONGEST_RUN = timedelta(days=2)
_NEVER = "days"
"""A closed window's detail: for so many days nothing opens."""


APPOINTMENT = "appointment"
"""How the slot of a dial is called that only the agreed time allowed."""

Avoided = Callable[[str], bool]
"""Is this slot one at which nothing may begin?"""


@dataclass(frozen=True, slots=True)
class Hours:
    """windows: without a rule where nobody filled them in. zones: IANA names, all of which must allow it; slots are
    named in the first. appointment: the time agreed with the customer, where it opens the windows. least: so long must
    it stay open once a dial begins. source, strength: of the windows; closing_source: of what holidays close.
    """

    windows: Windows
    calendar: WorkCalendar
    zones: tuple[str, ...]
    appointment: Opening | None = None
    least: timedelta = timedelta(0)
    source: str = "product"
    strength: Strength = Strength.HARD
    closing_source: str = "product"
    left_open: str = ""


def hours_of(policy: Policy, case: Case, number: PhoneNumber | None = None, setup_seconds: int = 0) -> Hours:
    """number: the one to be dialled; None for the customer's first. setup_seconds: between the agent's answer and the
    customer's first ring, at most.
    """
    group, zones = policy.windows, zones_of_case(case, number)
    common = hours_in(policy, zones, setup_seconds)
    wished = group.per_customer_override and case.customer.own_hours
    own = (kept_own_hours(case.customer.own_hours) or Windows(())) if wished else None
    return replace(
        common,
        windows=common.windows if own is None else own,
        calendar=policy.calendar.days_for_key if case.customer.key_customer else common.calendar,
        appointment=_appointment(policy, case, zones[0]),
        source=common.source if own is None else group.source_of("per_customer_override"),
    )


def hours_in(policy: Policy, zones: tuple[str, ...], setup_seconds: int = 0) -> Hours:
    """Those of a customer on this clock without wishes or appointments of his own. zones: IANA names, at least one, all
    of which must allow it. setup_seconds: as above.
    """
    group = policy.windows
    fits = group.ring_at_close is RingAtClose.MUST_FIT
    return Hours(
        windows=group.hours,
        calendar=policy.calendar.days,
        zones=zones,
        least=timedelta(seconds=policy.attempts.ring_seconds_min + setup_seconds + 1) if fits else timedelta(0),
        source=group.source_of("intervals" if group.intervals or not group.also else "also"),
        strength=group.strength,
        closing_source=policy.calendar.source_of("on_holiday"),
        left_open=group.left_open,
    )


def open_now(hours: Hours, now: datetime) -> Opening | Refusal:
    """The opening in which a dial may begin at this instant; else ZONE_UNKNOWN, CALENDAR_UNKNOWN, WINDOW_UNSET,
    PUBLIC_HOLIDAY, CLOSING_DAY or WINDOW_CLOSED, the last three with the next opening where there is one.
    """
    agreed = hours.appointment
    if agreed is not None and agreed.holds(now) and not _unknown_zone(hours):
        windowed = _usable_now(hours, now)
        return windowed if isinstance(windowed, Opening) else agreed
    found = _usable_now(hours, now)
    if found is not None:
        return found
    following = next_open(hours, now)
    closed = _why_closed(hours, now)
    if isinstance(following, Opening):
        return replace(closed, opens_at=following.from_(utc(now)))
    return _never(closed) if _opens_on_no_day(hours, now) else closed


def never_opens(refusal: Refusal) -> bool:
    """Is it closed for a year and longer? Waiting does not help: the hours of two zones, say, never meet."""
    return refusal.rule is Rule.WINDOW_CLOSED and _NEVER in refusal.detail


def next_open(hours: Hours, after: datetime, avoided: Avoided | None = None) -> Opening | Refusal:
    """The first opening in which a dial may begin at or after `after`, and whose slot is not avoided.

    Otherwise ZONE_UNKNOWN, WINDOW_UNSET; CALENDAR_UNKNOWN, when an unknown day comes first; WINDOW_CLOSED, when some
    370 days hold none.
    """
    after, agreed = utc(after), hours.appointment
    windowed = _next_usable(hours, after, avoided or _nothing)
    if agreed is None or agreed.end <= after or (avoided is not None and avoided(agreed.slot)) or _unknown_zone(hours):
        return windowed
    if isinstance(windowed, Opening) and windowed.from_(after) <= agreed.from_(after):
        return windowed
    return agreed


def closes_at(hours: Hours, now: datetime) -> datetime | None:
    """When the windows that are open at this instant close, those that follow one another without a gap taken together;
    None where none is open, also where only an appointment or a reason allows the call. At most some days ahead.
    """
    found = _common_now(hours, now)
    end = found.end if isinstance(found, Opening) else None
    while isinstance(found, Opening) and end is not None and end < utc(now) + _LONGEST_RUN:
        end = found.end
        found = _common_now(hours, end)
    return end


def slot_outside(hours: Hours, now: datetime) -> str:
    """Where a dial counts that a reason allows outside the windows: once a day."""
    return f"{in_zone(hours.zones[0], now).date().isoformat()}/outside"


def slot_now(hours: Hours, now: datetime) -> str:
    """The minute of a call that needs no window: a customer's own."""
    zone = zone_of(hours.zones[0])
    local = utc(now) if isinstance(zone, Refusal) else utc(now).astimezone(zone)
    return f"{local.date().isoformat()}/{local:%H:%M}"


def _appointment(policy: Policy, case: Case, zone_name: str) -> Opening | None:
    agreed, group, zone = case.callback.appointment_at, policy.appointment, zone_of(zone_name)
    if agreed is None or not group.overrides_window or isinstance(zone, Refusal):
        return None
    local = utc(agreed).astimezone(zone)
    slot = f"{local.date().isoformat()}/{APPOINTMENT} {local:%H:%M}"
    return Opening(utc(agreed), utc(agreed) + timedelta(minutes=group.tolerance_minutes), slot)


def _usable_now(hours: Hours, now: datetime) -> Opening | Refusal | None:
    found = _common_now(hours, now)
    if not isinstance(found, Opening):
        return found
    usable = _shortened(hours, found)
    return usable if usable is not None and usable.holds(now) else None


def _common_now(hours: Hours, now: datetime) -> Opening | Refusal | None:
    if not hours.windows.rules:
        return _unset(hours)
    found = [opening_holding(hours.windows, hours.calendar, zone, now) for zone in hours.zones]
    refusal = next((each for each in found if isinstance(each, Refusal)), None)
    return refusal or _common(found)


def _next_usable(hours: Hours, after: datetime, avoided: Avoided) -> Opening | Refusal:
    moment = after
    while True:
        found = _next_common(hours, moment) if moment <= after + _HORIZON else _closed(hours)
        if isinstance(found, Refusal):
            return found
        usable = _shortened(hours, found)
        if usable is not None and usable.end > after and not avoided(usable.slot):
            return usable
        moment = found.end


def _next_common(hours: Hours, after: datetime) -> Opening | Refusal:
    """The first opening that all zones share and that ends after this instant."""
    if not hours.windows.rules:
        return _unset(hours)
    if len(hours.zones) == 1:
        found = next_opening(hours.windows, hours.calendar, hours.zones[0], after)
    else:
        found = _first_common(hours.windows, hours.calendar, hours.zones, after.date())
        never = isinstance(found, Refusal) and found.rule is Rule.WINDOW_CLOSED
        if not never and (isinstance(found, Refusal) or found.end <= after):
            found = _search_common(hours.windows, hours.calendar, hours.zones, after)
    return _closed(hours) if isinstance(found, Refusal) and found.rule is Rule.WINDOW_CLOSED else found


@lru_cache(maxsize=4096)
def _first_common(windows: Windows, calendar: WorkCalendar, zones: tuple[str, ...], day: date) -> Opening | Refusal:
    """From the UTC midnight of this day. Kept, since zones that never meet take a year's search to say so."""
    return _search_common(windows, calendar, zones, datetime(day.year, day.month, day.day, tzinfo=UTC))


def _search_common(
    windows: Windows, calendar: WorkCalendar, zones: tuple[str, ...], after: datetime
) -> Opening | Refusal:
    """None that is shared can begin before the last of the zones' own next ones does."""
    moment = after
    while moment <= after + _HORIZON:
        found = [next_opening(windows, calendar, zone, moment) for zone in zones]
        refusal = next((each for each in found if isinstance(each, Refusal)), None)
        if refusal is not None:
            return refusal
        shared = _common(found)
        if shared is not None:
            return shared
        moment = max(each.start for each in found if isinstance(each, Opening))
    return Refusal(Rule.WINDOW_CLOSED)


def _common(found: list[Opening | Refusal | None] | list[Opening | Refusal]) -> Opening | None:
    """What these openings share; the slot is the first's."""
    all_open = [each for each in found if isinstance(each, Opening)]
    if len(all_open) < len(found):
        return None
    start, end = max(each.start for each in all_open), min(each.end for each in all_open)
    return Opening(start, end, all_open[0].slot) if start < end else None


def _shortened(hours: Hours, opening: Opening) -> Opening | None:
    """Without its last part, in which a whole ring would not fit; where another opening follows at once it does."""
    if not hours.least or isinstance(_common_now(hours, opening.end), Opening):
        return opening
    end = opening.end - hours.least
    return replace(opening, end=end) if end > opening.start else None


def _why_closed(hours: Hours, now: datetime) -> Refusal:
    zones = [zone for zone in map(zone_of, hours.zones) if not isinstance(zone, Refusal)]
    for zone in zones:
        day = local_date(zone, now)
        if _closed_by_holiday(hours, zone, day):
            own = day_mark(hours.calendar, day) is DayMark.OWN_CLOSING_DAY
            rule = Rule.CLOSING_DAY if own else Rule.PUBLIC_HOLIDAY
            return Refusal(rule, hours.closing_source, hours.strength, detail={"day": day.isoformat()})
    return _closed(hours)


def _closed_by_holiday(hours: Hours, zone: ZoneInfo, day: date) -> bool:
    """Would some window open on this day, were it a working day?"""
    if not day_mark(hours.calendar, day).holiday:
        return False
    at_work = replace(
        hours.calendar,
        own_closing_days=hours.calendar.own_closing_days - {day},
        own_working_days=hours.calendar.own_working_days | {day},
    )
    return not openings(hours.windows, hours.calendar, zone, day) and bool(openings(hours.windows, at_work, zone, day))


def _opens_on_no_day(hours: Hours, now: datetime) -> bool:
    """Also where the calendar does not know all of the days: every Monday to Friday is taken for a working day."""
    found = next_open(replace(hours, calendar=WorkCalendar()), now)
    return isinstance(found, Refusal) and found.rule is Rule.WINDOW_CLOSED


def _never(closed: Refusal) -> Refusal:
    return replace(closed, detail={**closed.detail, _NEVER: str(_HORIZON.days)})


def _closed(hours: Hours) -> Refusal:
    detail = {"zone": " + ".join(hours.zones)}
    return Refusal(Rule.WINDOW_CLOSED, hours.source, hours.strength, detail=detail)


def _unset(hours: Hours) -> Refusal:
    return Refusal(Rule.WINDOW_UNSET, hours.source, detail={"said": hours.left_open or "-"})


def _unknown_zone(hours: Hours) -> bool:
    return any(isinstance(zone_of(zone), Refusal) for zone in hours.zones)


def _nothing(_slot: str) -> bool:
    return False
