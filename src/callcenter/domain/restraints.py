"""What do the books tell of whether a customer, or a number, may be called at all, and how often it was?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.domain.caps import CountedDials
from callcenter.domain.exclusions import Exclusion, wrong_numbers
from callcenter.domain.phone import PhoneNumber


@dataclass(frozen=True, slots=True)
class Restraints:
    """exclusions: the customer's, but for those that were lifted. blocked: of the numbers that were asked for those on
    a blocklist, with the names of the lists. counted: dials that caps count.
    """

    exclusions: tuple[Exclusion, ...] = ()
    blocked: Mapping[PhoneNumber, tuple[str, ...]] = field(default_factory=dict)
    counted: CountedDials = field(default_factory=CountedDials)

    def number_of(self, numbers: Sequence[PhoneNumber], now: datetime) -> PhoneNumber | None:
        """The first that is neither wrong nor blocked; the first of all where each is, so that it is told why."""
        wrong = wrong_numbers(self.exclusions, now)
        fine = (number for number in numbers if number not in wrong and number not in self.blocked)
        return next(fine, next(iter(numbers), None))
