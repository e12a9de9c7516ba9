"""How often may a number, or a customer, be dialled at most, whichever plans ask for it? A group of a policy."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from callcenter.domain.policies.base import Group, Model
from callcenter.domain.refusal import Strength

MOST = 1000
"""No cap is as high: what is read for it stays little."""


class Whose(StrEnum):
    """What a cap counts the dials of."""

    NUMBER = "number"
    CUSTOMER = "customer"


class Span(StrEnum):
    """Over which time a cap counts. DAY: the local day, in the zone of the customer who is about to be called. The
    next three roll: the hours, or days of 24 hours, up to now.
    """

    DAY = "day"
    HOURS_24 = "24h"
    DAYS_7 = "7d"
    DAYS_30 = "30d"
    LIFETIME = "lifetime"


class Cap(Model):
    """most: so many dials, and no further one. strength: whether a reason lets one more through."""

    most: int = Field(ge=1, le=MOST)
    strength: Strength = Strength.HARD


class CapsGroup(Group):
    """At most so many dials of one number, and of one customer, over all plans (N6-09, N6-16); absent for no cap.

    What counts is every dial that was charged, whatever became of it, and every one that is going on; not one that the
    agent cancelled before it was answered, nor one that never went out. It counts at the instant at which it was begun.
    """

    number_day: Cap | None = None
    number_24h: Cap | None = None
    number_7d: Cap | None = None
    number_30d: Cap | None = None
    number_lifetime: Cap | None = None
    customer_day: Cap | None = None
    customer_24h: Cap | None = None
    customer_7d: Cap | None = None
    customer_30d: Cap | None = None
    customer_lifetime: Cap | None = None

    def of(self, whose: Whose) -> Mapping[Span, Cap]:
        """Those that are set, the shortest span first."""
        every = {span: getattr(self, key_of(whose, span)) for span in Span}
        return {span: cap for span, cap in every.items() if cap is not None}

    def most(self, whose: Whose) -> int:
        """So many of the latest dials decide; 0 without a cap."""
        return max((cap.most for cap in self.of(whose).values()), default=0)


def key_of(whose: Whose, span: Span) -> str:
    """The policy's name of this cap, for example `number_24h`."""
    return f"{whose.value}_{span.value}"
