"""What the engine asks of the books about those who ring back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from callcenter.domain.phone import PhoneNumber
from callcenter.domain.queue.returns import Candidate, ReturnCall, ReturnFound, ReturnSearch


class ReturnStore(Protocol):
    """Calls that came in."""

    async def save(self, call: ReturnCall) -> None:
        """Written anew, or as it is now."""

    async def miss(self, call: ReturnCall) -> None:
        """As `save`; and its callback, if it waits, waits no longer for its time and comes first (V4-05). That the
        customer rang back is kept with it until he is called.
        """

    async def of_channel(self, node: str, channel: str) -> ReturnCall | None:
        """The latest that came in on this channel."""

    async def unsettled(self, node: str) -> list[ReturnCall]:
        """Those of which it is not known what became of them, the oldest first."""

    async def candidates(self, number: PhoneNumber) -> Sequence[Candidate]:
        """All callbacks of the customers who were called at this number; where none was, of those who have it."""

    async def latest(self, search: ReturnSearch, limit: int, after: tuple[datetime, str] | None) -> list[ReturnFound]:
        """The newest first, from behind `after`: its instant and id."""

    async def missed_since(self, since: datetime) -> int:
        """How many callers were missed, unknown ones aside."""
