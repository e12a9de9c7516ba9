"""What the engine asks of the database about who must not be called."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.gate.caps import CountedDials
from callcenter.domain.gate.exclusions import Exclusion, Lifting
from callcenter.domain.gate.lifting import Standing, TakenOut
from callcenter.domain.gate.restraints import Restraints
from callcenter.domain.intake.blocklists import Blocklist, Load
from callcenter.domain.people import CallbackState, Customer
from callcenter.domain.phone import PhoneNumber
from callcenter.domain.policies.caps import CapsGroup
from callcenter.domain.visits.closing import CallbackChange


class RestraintStore(Protocol):
    """What customers said of further visits; nothing of it is deleted."""

    async def restraints(self, customer_id: str, numbers: Sequence[PhoneNumber]) -> Restraints:
        """What stands against this customer and these numbers, seen in one moment; of dials nothing."""

    async def counted(self, number: PhoneNumber, customer_id: str, caps: CapsGroup) -> CountedDials:
        """The latest dials that these caps count, over all plans."""

    async def blocked(self, number: PhoneNumber) -> tuple[str, ...]:
        """The lists that this number is on, by name."""

    async def add(self, exclusion: Exclusion) -> None: ...

    async def lift(self, exclusion_id: str, lifting: Lifting) -> bool:
        """False when it was lifted before, or is nowhere."""

    async def get(self, exclusion_id: str) -> Exclusion | None: ...

    async def of_customer(self, customer_id: str) -> list[Exclusion]:
        """Also those that were lifted or are over; the newest first."""

    async def latest(
        self, limit: int = 100, after: tuple[datetime, str] | None = None, *, standing: bool = False
    ) -> list[Exclusion]:
        """The newest first. after: the instant and id of the last one that was read. standing: not those lifted."""

    async def customer(self, customer_id: str) -> Customer | None: ...

    async def take_out(
        self, exclusion: Exclusion, states: Sequence[CallbackState], state: CallbackState, reason: str
    ) -> int:
        """The customer's callbacks that this is about, and that are in one of these states, leave the queue; how many.
        One whose round is used up keeps the reason it has. Where they stood is noted: see TakenOutStore.
        """


class TakenOutStore(Protocol):
    """Where callbacks stood before they left the queue because their customer must not be visited."""

    async def take_out(self, callback_id: str, version: int, change: CallbackChange) -> bool:
        """Apply the change if the row still has this version, and note where it stood; False, and nothing is written,
        when someone else was quicker.
        """

    async def of_customer(self, customer_id: str) -> list[TakenOut]:
        """Those that nobody has touched since, by id."""

    async def move(self, taken: TakenOut, to: Standing) -> bool:
        """The callback stands there from now on; False when somebody else was quicker. What is noted of it holds on,
        unless it stands where it stood before.
        """

    async def leave_out(self, callback_ids: Sequence[str]) -> None:
        """They stay out of the queue, whatever is lifted later."""


class BlocklistStore(Protocol):
    """Lists of numbers, each replaced as a whole: until `switch` the numbers hold that held before."""

    async def begin(self, load: Load) -> Load | None:
        """Write the load down, with its generation and how many numbers hold until then; None when another load of
        the same list is under way.
        """

    async def put(self, load: Load, numbers: Sequence[str]) -> int:
        """Beside those that hold; how many were not in this generation yet. numbers: E.164."""

    async def note(self, load: Load) -> bool:
        """The load as it stands now; False when it does not run any more: nothing is written then."""

    async def switch(self, load: Load) -> bool:
        """From now on the load's numbers hold, and no others of its list. False, and nothing is changed, when it does
        not run any more.
        """

    async def clear(self, name: str, after: str = "") -> str | None:
        """Delete numbers that no longer hold, or that a load left which came to nothing, among the next ones behind
        `after`; where it got to, None at the end.
        """

    async def interrupt(self, before: datetime, at: datetime) -> None:
        """Those that run by their own account, and gave no sign of life since `before`, are INTERRUPTED."""

    async def lists(self) -> list[Blocklist]:
        """By name."""

    async def load(self, load_id: str) -> Load | None: ...

    async def loads(self, limit: int = 100, after: tuple[datetime, str] | None = None, name: str = "") -> list[Load]:
        """The newest first. after: start and id of the last one that was read."""
