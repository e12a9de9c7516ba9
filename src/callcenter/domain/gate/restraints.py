"""What do the books tell of whether a customer, or a number, may be called at all, and how often it was?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.domain.gate.caps import CountedDials
from callcenter.domain.gate.exclusions import Exclusion, wrong_numbers
from callcenter.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class Restraints:
    """exclusions: the customer's, but for those that were lifted. blocked: of the numbers that were asked for those on
    a blocklist, with the names of the lists. counted: dials that caps count.
    """

    exclusions: tuple[Exclusion, ...] = ()
    blocked: Mapping[PhoneNumber, tuple[str, ...]] = field(default_factory=dict)
    counted: CountedDials = field(default_factory=CountedDials)

    def keep_from(self, number: PhoneNumber, now: datetime) -> bool:
        """Is this number the customer's no more, or on a blocklist?"""
        return number in self.blocked or number in wrong_numbers(self.exclusions, now)
