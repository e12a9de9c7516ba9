"""On whose clock does the customer live? What the record, the number and the plan say of the time zone.

What counts as evidence, from the strongest:

* The zone in the customer's record: somebody wrote it down because he knew.
* A fixed line stands in one place. Where it stands in another zone than the record says, one of the two is wrong,
  and nobody can tell which: both count. North American numbers do not tell fixed from mobile and count as fixed.
* A mobile number tells only where it was given out, and its owner travels and keeps it when he moves. It counts where
  the record says nothing, and never against the record.
* A number of a service (free call, shared cost, internet telephony, one number for a whole firm) stands nowhere.
* The plan's zone is no evidence of the customer, only what remains where there is none.

A number may belong to several zones, and a mobile one of a wide country does. Where the record names one of them, that
settles it; else all of them count. Where several zones count, the customer is called only while all of them allow it.
"""

from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from callcenter.domain.people import Case
from callcenter.domain.phone import PhoneNumber, parsed_number

_FIXED = frozenset({PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE})
_SOMEWHERE = _FIXED | {PhoneNumberType.MOBILE}
_NOWHERE = "Etc/Unknown"


@dataclass(frozen=True, slots=True)
class NumberZones:
    """The IANA zones a number may be in; none where it tells nothing. fixed: its line cannot be carried away."""

    zones: tuple[str, ...]
    fixed: bool


_TELLS_NOTHING = NumberZones((), fixed=False)


def zones_of(record: str, number: PhoneNumber | None, plan: str) -> tuple[str, ...]:
    """The IANA zones that must all allow a call, at least one; the first is the one that times are told in.

    record: the zone in the customer's record, empty for none; plan: the plan's. Names are not checked here.
    """
    told = number_zones(number) if number is not None else _TELLS_NOTHING
    if record:
        against = told.fixed and record not in told.zones
        return (record, *told.zones) if against else (record,)
    if plan in told.zones:
        return (plan, *(zone for zone in told.zones if zone != plan))
    return told.zones or (plan,)


def zones_of_case(case: Case, number: PhoneNumber | None = None) -> tuple[str, ...]:
    """As `zones_of`. number: the one to be dialled; None for the customer's first."""
    dialled = number or next(iter(case.customer.numbers), None)
    return zones_of(case.customer.zone, dialled, case.plan.zone)


@lru_cache(maxsize=65536)
def number_zones(number: PhoneNumber) -> NumberZones:
    """What the number itself says of where it is."""
    parsed = parsed_number(number.e164)
    kind = phonenumbers.number_type(parsed)
    if kind not in _SOMEWHERE:
        return _TELLS_NOTHING
    zones = tuple(zone for zone in timezone.time_zones_for_number(parsed) if zone != _NOWHERE)
    return NumberZones(zones, kind in _FIXED)
